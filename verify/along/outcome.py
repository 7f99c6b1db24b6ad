"""What runs say of a statement.

In a relation with a limit on one side, the other side is a number of the setting or is taken at the start.
"""

from __future__ import annotations

from numerics.trajectories.asymptotics import Finding

from ..claim import Setting
from ..formula.nodes import Along, And, Compare, Limit, Logic, Node, walk
from ..points.batch import Batch, evaluate
from ..statements.pointwise import as_pointwise
from ..world import CannotEvaluate
from . import predicates as tends
from .course import Course


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
            rate = as_pointwise(node) or node
            return all_of([at_start(rate, bound, c, setting) for c in courses])
        case Along(func=func, args=args):
            return all_of([tends.predicate(func, args, bound, c) for c in courses])
        case Compare() if any(isinstance(n, Limit) for n in walk(node)):
            return all_of([tends.relation(node, bound, c) for c in courses])
        case Compare():
            return all_of([at_start(node, bound, c, setting) for c in courses])
    raise CannotEvaluate("this form of a statement about trajectories is not simulated")


def _implied(
    node: Node, bound: dict[str, int], courses: list[Course], setting: Setting, premise: Node, conclusion: Node
) -> Finding | None:
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
    """A relation at the point from which the statement is judged."""
    widths = tuple(course.sizes.widths)
    seen = evaluate(node, bound, Batch(setting, widths, course.begin, 0))
    if not bool(seen.compared[0]):
        return Finding(None, "the point is outside the domain")
    when = "at the start" if course.begin is course.start else "where the statement begins to speak"
    return Finding(bool(seen.holds[0]), when)
