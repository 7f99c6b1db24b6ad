"""What each predicate asks of terms along a trajectory.

Notation: e, g terms; q = e/g; De the increment of e from one sample to the next, over equal steps of log log t.

    limit(e) == v       e - v vanishes               converges(e)      De vanishes
    diverges(e)         |e| grows, D|e| does not vanish                 outgrows(e, g)    q diverges and is positive
    asymptotic(e, g)    q - 1 vanishes               bounded(e)        converges(e), or not: diverges(e)
    independent_of_start(limit(e))                   differences of e between starts on the same data vanish
"""

from __future__ import annotations

from itertools import combinations

from numerics.trajectories.asymptotics import Finding, Series, creeps, limit_interval, vanishes
from numerics.world.scaled import Scaled, aligned

from ..formula.nodes import BinOp, Compare, Limit, Node, walk
from ..statements.words import is_bounded_term
from ..world import CannotEvaluate
from .course import Course, rows_of


def predicate(func: str, args: tuple[Node, ...], bound: dict[str, int], course: Course) -> Finding:
    """diverges, converges, bounded, asymptotic, outgrows."""
    if any(isinstance(n, Limit) for a in args for n in walk(a)):
        raise CannotEvaluate("a limit inside a predicate about trajectories")
    match func:
        case "converges":
            return _unless_bounded(args[0], converges(course.value(args[0], bound), course))
        case "diverges":
            return diverges(course.value(args[0], bound), course)
        case "bounded":
            return is_bounded(course.value(args[0], bound), course)
        case "asymptotic":
            ratio = course.value(BinOp("/", args[0], args[1]), bound)
            return approaches(ratio, _one(ratio), course)
        case "outgrows":
            ratio = course.value(BinOp("/", args[0], args[1]), bound)
            return _positive(diverges(ratio, course), ratio)
    raise CannotEvaluate(f"{func} is not simulated along trajectories")


def _one(like: Scaled) -> Scaled:
    return Scaled(like.m.new_ones(like.m.shape))


def _positive(seen: Finding, ratio: Scaled) -> Finding:
    if seen.answer and float(ratio.m.reshape(-1)[-1]) < 0:
        return Finding(False, "tends to minus infinity")
    return seen


def converges(e: Scaled, course: Course) -> Finding:
    """Whether e has a finite limit."""
    seen = vanishes(course.change(e))
    return Finding(seen.answer, f"increments {seen.because}")


def _unless_bounded(body: Node, seen: Finding) -> Finding:
    """Increments of a bounded quantity cannot stay away from 0 with one sign: that they do so far tells nothing."""
    if seen.answer is False and is_bounded_term(body):
        return Finding(None, f"{seen.because} so far, of a bounded quantity")
    return seen


def diverges(e: Scaled, course: Course) -> Finding:
    """Whether |e| tends to infinity."""
    length = _length(e)
    seen = vanishes(course.change(length))
    if seen.answer is None:
        return seen
    if seen.answer:
        return Finding(False, f"settles: increments {seen.because}")
    rising = float(course.increments(length)[0].m[-1]) > 0
    return Finding(rising, f"increments {seen.because}")


def is_bounded(e: Scaled, course: Course) -> Finding:
    """Whether |e| stays below some number."""
    settled = converges(e, course)
    if settled.answer:
        return settled
    grown = diverges(e, course)
    return grown if grown.answer is None else Finding(not grown.answer, grown.because)


def _length(e: Scaled) -> Scaled:
    """|e|, one number a sample."""
    size = e.m.abs() if e.m.dim() == 1 else e.m.flatten(1).norm(dim=1)
    return Scaled(size, e.s)


def approaches(e: Scaled, value: Scaled, course: Course) -> Finding:
    """Whether e - value vanishes."""
    return vanishes(_difference(e, value, course))


def _difference(e: Scaled, value: Scaled, course: Course) -> Series:
    (a, b), scale = aligned([e, value])
    return course.pick(Scaled(a - b, scale), e, value)


def relation(node: Compare, bound: dict[str, int], course: Course) -> Finding:
    """A relation with a limit as a side."""
    left, right = (course.side(s, bound) for s in (node.left, node.right))
    left, right = course.evaluator._agree(left, right)
    equal = approaches(left, right, course)
    if node.op == "==" and equal.answer is not True:
        return equal
    missing = _missing(node, left, right, equal, course)
    if missing is not None:
        return missing
    if node.op == "==":
        return equal
    if node.op == "!=":
        return equal if equal.answer is None else Finding(not equal.answer, equal.because)
    return _ordered(node.op, equal, left, right, course)


def _missing(node: Compare, left: Scaled, right: Scaled, equal: Finding, course: Course) -> Finding | None:
    """What is said of a relation with a limit that does not exist, or may not; None where every limit does.

    What comes near a number has a limit; what comes near another moving term need not have one.
    """
    limits = [(side.body, e) for side, e in ((node.left, left), (node.right, right)) if isinstance(side, Limit)]
    if equal.answer and len(limits) == 1:
        return None
    seen = [_unless_bounded(body, converges(e, course)) for body, e in limits]
    return next((Finding(False, f"no limit: {s.because}") for s in seen if s.answer is False), None) or next(
        (s for s in seen if s.answer is None), None
    )


def _ordered(op: str, equal: Finding, left: Scaled, right: Scaled, course: Course) -> Finding:
    """<, <=, >, >= between scalars, by the interval of the limit of their difference."""
    if equal.answer:
        return Finding(op in ("<=", ">="), f"both sides agree in the limit: {equal.because}")
    gap = (left.flat - right.flat).numpy()
    if gap.ndim > 1:
        raise CannotEvaluate("an order between matrices")
    half = len(course.x)
    found = limit_interval(course.x, gap[:half], gap[half:], course.run.power)
    if found is None or found.low <= 0 <= found.high:
        return Finding(None, equal.because)
    if equal.answer is None and creeps(_difference(left, right, course)):
        return Finding(None, "the difference may vanish, more slowly than a fit can tell")
    return Finding((found.low > 0) == (op in (">", ">=")), f"difference tends to [{found.low:.4g}, {found.high:.4g}]")


def independent(body: Node, bound: dict[str, int], courses: list[Course]) -> Finding:
    """Whether runs from different starts on the same data have one limit."""
    if len(courses) < 2:
        return Finding(None, "one start only")
    seen = []
    for a, b in combinations(courses, 2):
        count = min(len(a.x), len(b.x))
        first, second = (_cut(c, c.value(body, bound), count) for c in (a, b))
        (m, n), scale = aligned([first, second])
        shorter = a if len(a.x) == count else b
        seen.append(vanishes(shorter.pick(Scaled(m - n, scale), first, second)))
    worst = next((s for s in seen if s.answer is False), None)
    return worst or next((s for s in seen if s.answer is None), seen[0])


def _cut(course: Course, value: Scaled, count: int) -> Scaled:
    half = len(course.x)
    return rows_of(value, [*range(count), *range(half, half + count)])
