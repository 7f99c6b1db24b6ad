"""The judge: two pure functions, from evidence to the verdict on a statement, and on a claim.

Nobody types a verdict. The tables are those of the README's "How to read a verdict".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .evidence import Counterexample, Evidence, Exact, Failure, Measured, Simulated
from .reach import WIDEST_FIRST, Reach

STATEMENT_VERDICTS = ("proved", "supported", "refuted", "undecided", "vacuous", "conflict", "broken")
CLAIM_VERDICTS = (
    "holds",
    "supported",
    "partly",
    "corrected",
    "conditional",
    "refuted",
    "vacuous",
    "open",
    "definition",
    "failed",
)
GOOD = ("proved", "supported")
ALARMS = ("conflict", "broken")
WRONG = ("refuted", "vacuous")
WORST_FIRST = (*ALARMS, "refuted", "undecided", "vacuous", "supported", "proved")
# a claim that restates another one is no better than that, from the best on
BETTER_FIRST = (
    "definition",
    "holds",
    "supported",
    "partly",
    "corrected",
    "conditional",
    "open",
    "vacuous",
    "refuted",
    "failed",
)


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
    empty = next((e for e in exact if e.outcome == "empty"), None)
    if empty and witnesses:
        return Judgement("conflict", "the exact world excludes every point, yet one is certified")
    if empty:
        return Judgement("vacuous", empty.message)
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
    return min(judgements, key=lambda j: WORST_FIRST.index(j.verdict))


def combine_in_class(judgements: Sequence[Judgement]) -> Judgement:
    """One statement in the settings of a class: those where nothing is admissible say nothing, unless that is all."""
    return combine([j for j in judgements if j.verdict != "vacuous"] or judgements)


# ---- claims


@dataclass(frozen=True)
class Judged:
    """One of the things that a claim says, judged.

    Attributes:
        printed, corrected: the verdicts on its two forms.
        reach, corrected_reach: how far these go, where the form stands.
        case: the corrected form speaks of a single case of a class.
        assuming: the corrected form assumes more than the paper, or speaks of a smaller class.
        open: why it is not decided.
    """

    printed: Judgement
    reach: Reach = Reach.ALL
    corrected: Judgement | None = None
    corrected_reach: Reach = Reach.ALL
    case: bool = False
    assuming: bool = False
    open: str = ""

    @property
    def alarms(self) -> bool:
        """Whether one of its forms is an alarm about the program."""
        return any(j is not None and j.verdict in ALARMS for j in (self.printed, self.corrected))

    @property
    def stands_corrected(self) -> bool:
        """Whether a corrected form of more than a single case stands."""
        return self.corrected is not None and self.corrected.verdict in GOOD and not self.case

    @property
    def on_condition(self) -> bool:
        """Whether the corrected form says it of less than the claim does."""
        return self.assuming or self.corrected_reach == Reach.PART


def judge_claim(clauses: Sequence[Judged], *, kind: str, open_reason: str = "") -> str:
    """The verdict on a claim, from those on all that it says: the first row of the table that applies.

    Args:
        clauses: its literal form, or its clauses; none where it asserts nothing.
    """
    if not clauses:
        return "definition" if kind == "definition" else "failed"
    undecided = [c for c in clauses if c.printed.verdict == "undecided"]
    explained = kind == "conjecture" or bool(open_reason) or all(c.open for c in undecided)
    if any(c.alarms for c in clauses) or (undecided and not explained):
        return "failed"
    wrong = [c for c in clauses if c.printed.verdict in WRONG]
    if any(c.printed.verdict == "refuted" and not c.stands_corrected for c in wrong):
        return "refuted"
    if wrong and all(c.stands_corrected for c in wrong):
        return "conditional" if any(c.on_condition for c in wrong) else "corrected"
    if undecided:
        return "open"
    return "vacuous" if wrong else _standing(clauses)


def _standing(clauses: Sequence[Judged]) -> str:
    """The verdict where everything that is said stands: by how far it reaches."""
    if any(c.reach == Reach.PART for c in clauses):
        return "partly"
    in_general = all(c.printed.verdict == "proved" and c.reach == Reach.ALL for c in clauses)
    return "holds" if in_general else "supported"


def least_favourable(readings: Sequence[Judged]) -> tuple[int, Judged]:
    """Of readings without a literal form the one that gives the verdict, by number; another one that stands counts as
    its corrected form."""

    def rank(n: int) -> tuple[int, int]:
        order = (*ALARMS, "refuted", "vacuous", "undecided", "supported", "proved")
        return order.index(readings[n].printed.verdict), -WIDEST_FIRST.index(readings[n].reach)

    number = min(range(len(readings)), key=rank)
    worst = readings[number]
    others = [r for r in readings if r.printed.verdict in GOOD]
    if worst.printed.verdict not in WRONG or worst.stands_corrected or not others:
        return number, worst
    best = min(others, key=lambda r: WIDEST_FIRST.index(r.reach))
    return number, replace(worst, corrected=best.printed, corrected_reach=best.reach, case=False)


def inherited(verdict: str, restated: Iterable[str]) -> str:
    """The verdict on a claim that restates others: no better than any of theirs."""
    return max((verdict, *restated), key=BETTER_FIRST.index)
