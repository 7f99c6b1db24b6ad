"""How the auditor asks the simulated world about whole trajectories: limits, rates, independence of the start.

A start is run twice (`numerics.along`), the terms are evaluated over the samples of both runs, and
`numerics.asymptotics` says what they tend to. Each start then agrees, contradicts, or cannot tell. A start that
contradicts is no witness: a fitted rate refutes nothing, so that the statement stays undecided unless the exact
side (`trajectories_exact`) certifies one.

In a relation with a limit on one side, the other side is a number of the setting or is taken at the start.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from numerics.along import chosen, fading, pair, with_data_of
from numerics.asymptotics import Finding
from numerics.points import Points, concatenate

from . import trajectories_terms as tends
from .claim import Setting, Statement
from .evidence import Simulated
from .formula.nodes import Along, And, Compare, Grad, Hess, Limit, Logic, Node, Rate, walk
from .pointwise import as_pointwise
from .trajectories_exact import decide_along, refute_along, replay_along
from .trajectories_terms import Course
from .world import CannotEvaluate

__all__ = ["decide_along", "refute_along", "replay_along", "simulate_along"]

STARTS = {"brief": (1, 1), "quick": (3, 3), "full": (8, 8)}  # random, adversarial
DATA_SETS = {"brief": 1, "quick": 2, "full": 6}  # for statements that compare starts on the same data
SAME_DATA = 3  # starts compared
MOST_LOST = 3  # runs that may get nowhere before the others are not tried
FADING = 256  # starts searched for some that separate and later do not


@dataclass
class Tally:
    """What the starts of a setting say."""

    agree: int = 0
    lost: int = 0  # runs that ended before their time
    contradict: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # of the starts that cannot tell
    excluded: Counter[str] = field(default_factory=Counter)
    because: dict[str, str] = field(default_factory=dict)  # family: what contradicts

    def add(self, seen: Finding | None, family: str) -> None:
        if seen is None:
            self.excluded["premise not met"] += 1
        elif seen.answer is None:
            self.reasons[seen.because] += 1
        elif seen.answer:
            self.agree += 1
        else:
            self.contradict += 1
            self.because.setdefault(family, seen.because)

    @property
    def judged(self) -> int:
        return self.agree + self.contradict

    @property
    def silent(self) -> int:
        return sum(self.reasons.values())


def simulate_along(statement: Statement, setting: Setting, *, profile: str, seed: int, device: str = "cpu",
                   ) -> tuple[Simulated, list]:  # fmt: skip
    """The statement along sampled trajectories of a setting. Runs are on the CPU, whatever the device.

    Returns:
        the evidence, and no violating points: those of a trajectory are no witnesses.
    """
    started = time.perf_counter()
    tally = Tally()
    try:
        for widths in setting.widths:
            for family in families(statement, setting, widths, profile, seed, tally):
                judge_family(statement, setting, family, tally)
    except (CannotEvaluate, ValueError) as reason:
        return Simulated(0, 0, 0.0, 0.0, device="cpu", message=str(reason)), []
    return _evidence(tally, time.perf_counter() - started), []


def _evidence(tally: Tally, seconds: float) -> Simulated:
    """Starts judged and starts that contradict; no instance where most of them cannot tell."""
    told = tally.judged >= tally.silent
    excluded = {k: v for k, v in sorted(tally.excluded.items()) if v}
    message = ""
    if tally.silent:
        why = "; ".join(f"{n} {reason}" for reason, n in tally.reasons.most_common(3))
        message = f"{tally.silent} of {tally.silent + tally.judged} starts cannot tell ({why})"
        excluded["cannot tell"] = tally.silent
    detail: dict[str, Any] = {"agree": tally.agree, "contradict": tally.contradict}
    if tally.because:
        detail["contradicted in families"] = dict(sorted(tally.because.items()))
    if not message and not tally.judged and tally.lost:
        message = "no run got far enough"
    instances = tally.judged if told or tally.contradict else 0
    return Simulated(instances, tally.contradict, 0.0, 0.0, excluded, "cpu", detail, message, seconds)


# ---- starts


def families(statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str, seed: int,
             tally: Tally) -> Iterator[list[Course]]:  # fmt: skip
    """Runs that are judged together: one by one, or several on the same data where starts are compared."""
    from .simulate import draw

    batch = draw(statement, setting, widths, "quick", seed, "cpu", tally.excluded)
    if batch is None:
        return
    if any(isinstance(n, Along) and n.func == "independent_of_start" for n in walk(statement.formula)):
        groups = shared_data(batch.points, statement, setting, widths, profile)
    else:
        starts = hard_starts(batch.points, statement, setting, widths, profile)
        groups = (starts.instance(i) for i in range(len(starts)))
    shallow = any(isinstance(n, Grad | Hess | Rate) for n in walk(statement.formula))
    for group in groups:
        if tally.lost >= MOST_LOST:
            tally.reasons["not run, for others got nowhere"] += 1
            continue
        courses = _courses(group, statement, setting, widths, shallow, tally)
        if courses:
            yield courses


def hard_starts(points: Points, statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str,
                ) -> Points:  # fmt: skip
    """Random and adversarial starts; where kinked networks start separating, those that lose an example later."""
    few = chosen(points, *STARTS[profile])
    loses = setting.network == "relu" and setting.start == "separating" and len(widths) > 2 and widths[-1] == 1
    dear = setting.flow != "gradient"  # a step through many events costs a tenth of a second there
    if not loses or dear or setting.loss == "square" or setting.data not in ("generic", "separable"):
        return few
    lost = fading(points.select(range(min(FADING, len(points)))), 2, **setting.keywords(widths))
    lost = admitted(lost, setting, widths)
    return concatenate([lost, few]) if len(lost) else few


def admitted(points: Points, setting: Setting, widths: tuple[int, ...]) -> Points:
    """The points that satisfy the setting's further hypotheses."""
    from .simulate import Batch, satisfied

    for hypothesis in setting.assume:
        if len(points):
            points = points.select(satisfied(hypothesis, Batch(setting, widths, points, 0)))
    return points


def shared_data(points: Points, statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str,
                ) -> Iterator[Points]:  # fmt: skip
    """Batches of a few starts on one data set each."""
    few = chosen(points, 12, 12)
    for i in range(0, len(few), max(len(few) // DATA_SETS[profile], 1)):
        group = with_data_of(few, i, setting.start, setting.keywords(widths))
        group = admitted(group, setting, widths)
        if len(group) > 1:
            yield group.select(range(min(SAME_DATA, len(group))))


def _courses(group: Points, statement: Statement, setting: Setting, widths: tuple[int, ...], shallow: bool,
             tally: Tally) -> list[Course]:  # fmt: skip
    """The runs of a group that say something about t to infinity and that `after` admits."""
    keywords = setting.keywords(widths)
    kept = []
    for i in range(len(group)):
        start = group.instance(i)
        run = pair(start, shallow=shallow, **keywords)
        tally.lost += run.lost is not None
        if run.ended:
            (tally.reasons if run.lost else tally.excluded)[run.ended] += 1
            continue
        made = Course(run, start, keywords, setting.sizes(widths))
        reason = made.outside(statement.after)
        if reason:
            tally.excluded[reason] += 1
        else:
            kept.append(made)
    return kept


# ---- statements


def judge_family(statement: Statement, setting: Setting, courses: list[Course], tally: Tally) -> None:
    """Adds what the runs of one family say of a statement, over all quantified indices."""
    from .simulate import some_bindings

    seen: list[Finding | None] = []
    for bound in some_bindings(statement, courses[0].sizes):
        seen.append(outcome(statement.formula, bound, courses, setting))
    met = [s for s in seen if s is not None]
    said = all_of(met) if met else None
    if said is not None and said.answer and any(c.run.short for c in courses):
        said = Finding(None, "run out of steps")
    tally.add(said, courses[0].family)


def outcome(node: Node, bound: dict[str, int], courses: list[Course], setting: Setting) -> Finding | None:
    """What the runs say of a statement; None where a premise is not met."""
    match node:
        case And(args=args):
            parts = [p for p in (outcome(a, bound, courses, setting) for a in args) if p is not None]
            return all_of(parts) if parts else None
        case Logic(func="implies", args=(premise, conclusion)):
            return _implied(node, bound, courses, setting, premise, conclusion)
        case Logic(func="iff", args=(a, b)):
            left, right = (outcome(s, bound, courses, setting) for s in (a, b))
            return _equal(left, right)
        case Logic(func="generically", args=(inner,)):
            return outcome(inner, bound, courses, setting)
        case Along(func="independent_of_start", args=(limit,)):
            body = limit.body if isinstance(limit, Limit) else limit
            return tends.independent(body, bound, courses)
        case Along(func="conserved" | "nondecreasing" | "nonincreasing"):
            return all_of([at_start(as_pointwise(node), bound, c, setting) for c in courses])
        case Along(func=func, args=args):
            return all_of([tends.predicate(func, args, bound, c) for c in courses])
        case Compare() if any(isinstance(n, Limit) for n in walk(node)):
            return all_of([tends.relation(node, bound, c) for c in courses])
        case Compare():
            return all_of([at_start(node, bound, c, setting) for c in courses])
    raise CannotEvaluate("this form of a statement about trajectories is not simulated")


def _implied(node: Node, bound: dict[str, int], courses: list[Course], setting: Setting, premise: Node,
             conclusion: Node) -> Finding | None:  # fmt: skip
    met = outcome(premise, bound, courses, setting)
    if met is None or met.answer is False:
        return None
    if met.answer is None:
        return met
    return outcome(conclusion, bound, courses, setting)


def _equal(left: Finding | None, right: Finding | None) -> Finding | None:
    if left is None or right is None:
        return None
    if left.answer is None or right.answer is None:
        return left if left.answer is None else right
    return Finding(left.answer == right.answer, f"{left.because}; {right.because}")


def all_of(parts: list[Finding]) -> Finding:
    """A conjunction: the first part that contradicts, else the first that cannot tell, else the first."""
    for answer in (False, None):
        for part in parts:
            if part.answer is answer:
                return part
    return parts[0]


def at_start(node: Node, bound: dict[str, int], course: Course, setting: Setting) -> Finding:
    """A relation at the start of a run."""
    from .simulate import Batch, evaluate

    widths = tuple(course.sizes.widths)
    seen = evaluate(node, bound, Batch(setting, widths, course.start, 0))
    if not bool(seen.compared[0]):
        return Finding(None, "the start is outside the domain")
    return Finding(bool(seen.holds[0]), "at the start")
