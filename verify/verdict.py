"""The judge: two pure functions, from evidence to the verdict on a statement, and on a claim.

Nobody types a verdict. The tables are those of the README's "How to read a verdict".
"""

from __future__ import annotations

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
    sampled = sum(e.instances for e in simulated)
    if not sampled:
        return _without_samples(exact, simulated, proved)
    if proved:
        return Judgement("proved")
    if violated:
        return Judgement("undecided", "simulated points violate it, but no witness was certified")
    if owed:
        reason = next((e.message for e in exact if e.message), "the exact world did not decide")
        return Judgement("undecided", f"{reason}; {sampled} simulated points agree")
    return Judgement("supported")


def _without_samples(exact: list[Exact], simulated: list[Simulated], proved: bool) -> Judgement:
    """No admissible point was evaluated: vacuous, unless the simulation was not asked for at all."""
    if not simulated:
        return Judgement("undecided", next((e.message for e in exact if e.message), "no evidence"))
    excluded = sorted(((n, why) for e in simulated for why, n in e.excluded.items() if n), reverse=True)
    reasons = ", ".join(f"{n} {why}" for n, why in excluded)
    if any(e.message for e in simulated):
        message = next(e.message for e in simulated if e.message)
        return Judgement("undecided", message if not proved else f"proved, but not simulated: {message}")
    return Judgement("vacuous", f"no admissible point was found ({reasons})" if reasons else "no admissible point")


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
