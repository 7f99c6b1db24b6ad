"""The judge: two pure functions, from evidence to the verdict on a statement, and on a claim.

Nobody types a verdict. The tables are those of the README's "How to read a verdict".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .evidence import Counterexample, Evidence, Exact, Failure, Measured, Simulated

STATEMENT_VERDICTS = ("proved", "supported", "refuted", "undecided", "vacuous", "conflict", "broken")
CLAIM_VERDICTS = (
    "holds",
    "supported",
    "corrected",
    "conditional",
    "refuted",
    "vacuous",
    "open",
    "definition",
    "failed",
)
GOOD = ("proved", "supported")
# best first: where a sentence has several readings the most favourable one counts
PREFERENCE = ("proved", "supported", "undecided", "vacuous", "refuted", "broken", "conflict")


@dataclass(frozen=True)
class Judgement:
    """A verdict and, in one sentence, why."""

    verdict: str
    message: str = ""


def judge(evidence: Sequence[Evidence], *, owed: bool) -> Judgement:
    """The verdict on one statement in one setting.

    Args:
        evidence: everything both worlds found.
        owed: whether an exact decision is owed (relations at points, ranks, signs, conserved and monotone
            forms), so that agreement of a simulation alone is not enough.
    """
    failures = [e for e in evidence if isinstance(e, Failure)]
    if failures:
        return Judgement("broken", failures[0].message)
    exact = [e for e in evidence if isinstance(e, Exact)]
    simulated = [e for e in evidence if isinstance(e, Simulated)]
    witnesses = [e for e in evidence if isinstance(e, Counterexample)]
    measured = [e for e in evidence if isinstance(e, Measured)]
    if measured:
        return _judge_measured(measured, owed=owed)
    proved = any(e.outcome == "proved" for e in exact)
    refuted_exactly = any(e.outcome == "refuted" for e in exact)
    violated = any(e.violations for e in simulated)
    if proved and (witnesses or refuted_exactly or violated):
        return Judgement("conflict", "the exact world proves it, yet an admissible point violates it")
    if witnesses:
        return Judgement("refuted", witnesses[0].shows)
    if refuted_exactly:
        return Judgement("refuted", next(e.message for e in exact if e.outcome == "refuted"))
    if not any(e.instances for e in simulated):
        return _without_samples(exact, simulated, proved)
    if violated:
        return Judgement("undecided", "simulated points violate it, but no witness was certified")
    return _agreed(exact, simulated, proved, owed)


def _agreed(exact: list[Exact], simulated: list[Simulated], proved: bool, owed: bool) -> Judgement:
    """Some points agree and none violates: whether that is agreement with the proof, or support."""
    agree, silent = sum(e.agree for e in simulated), sum(e.cannot_tell for e in simulated)
    unmet = next((e.unmet for e in simulated if e.unmet), "")
    if unmet:
        told = "proved, but " if proved else ""
        return Judgement("undecided", f"{told}agreement says nothing: {unmet}")
    if proved:
        return Judgement("proved")
    if owed:
        reason = next((e.message for e in exact if e.message), "the exact world did not decide")
        return Judgement("undecided", f"{reason}; {agree} simulated points agree" + _beside(simulated))
    if silent > agree:
        return Judgement("undecided", f"most simulated points cannot tell{_beside(simulated)}")
    return Judgement("supported")


def _beside(simulated: list[Simulated]) -> str:
    """How many points cannot tell, and why, as the end of a sentence; '' if none."""
    silent = Counter[str]()
    for e in simulated:
        silent.update(e.reasons)
    told = ", ".join(f"{n} {why}" for why, n in silent.most_common(3))
    return f", {sum(silent.values())} cannot tell ({told})" if told else ""


def _without_samples(exact: list[Exact], simulated: list[Simulated], proved: bool) -> Judgement:
    """No point agrees or violates: vacuous, unless points cannot tell or the simulation was not asked at all."""
    if not simulated:
        return Judgement("undecided", next((e.message for e in exact if e.message), "no evidence"))
    silent = _beside(simulated)
    if silent:
        reason = "proved" if proved else next((e.message for e in exact if e.message), "not decided exactly")
        return Judgement("undecided", f"{reason}, but no simulated point agrees{silent}")
    if any(e.message for e in simulated):
        message = next(e.message for e in simulated if e.message)
        return Judgement("undecided", message if not proved else f"proved, but not simulated: {message}")
    unmet = next((e.unmet for e in simulated if e.unmet), "no admissible point was found")
    excluded = sorted(((n, why) for e in simulated for why, n in e.excluded.items() if n), reverse=True)
    reasons = ", ".join(f"{n} {why}" for n, why in excluded)
    return Judgement("vacuous", f"{unmet} ({reasons})" if reasons else unmet)


def _judge_measured(measured: list[Measured], *, owed: bool) -> Judgement:
    relations = {m.relation for m in measured}
    names = ", ".join(m.name for m in measured)
    if "fails" in relations and all(m.exact for m in measured if m.relation == "fails"):
        return Judgement("refuted", f"{names}: the relation fails over the whole interval")
    if relations == {"holds"}:
        return Judgement("proved" if all(m.exact for m in measured) else "supported")
    if "fails" in relations:
        return Judgement("undecided", f"{names}: the measurement contradicts it, which alone refutes nothing")
    missing = [n for m in measured for n, (_, low, high) in m.quantities.items() if low is None or high is None]
    if missing:
        return Judgement("undecided", f"{names}: not at hand: {', '.join(missing)}")
    return Judgement("undecided", f"{names}: the relation does not hold over the whole interval")


def combine(judgements: Sequence[Judgement]) -> Judgement:
    """One statement in several settings: it must hold in each."""
    order = ("conflict", "broken", "refuted", "undecided", "vacuous", "supported", "proved")
    return min(judgements, key=lambda j: order.index(j.verdict))


def judge_claim(
    printed: Judgement | None,
    corrected: Judgement | None,
    *,
    kind: str,
    assuming: bool,
    open_reason: str,
) -> str:
    """The verdict on a claim, from those on its printed and corrected statements."""
    if "conflict" in (printed and printed.verdict, corrected and corrected.verdict):
        return "failed"
    if printed is None:
        return "definition" if kind == "definition" else "failed"
    stands = corrected is not None and corrected.verdict in GOOD
    match printed.verdict:
        case "proved" | "supported" if kind == "definition":
            return "definition"
        case "proved":
            return "holds"
        case "supported":
            return "supported"
        case "refuted" | "vacuous" if stands:
            return "conditional" if assuming else "corrected"
        case "refuted" | "vacuous" as verdict:
            return verdict
        case "undecided" if kind == "conjecture" or open_reason:
            return "open"
    return "failed"
