"""Terms along a trajectory, and what each predicate asks of them.

Notation: e, g terms; q = e/g; De the increment of e from one sample to the next, over equal steps of log log t.

    limit(e) == v       e - v vanishes               converges(e)      De vanishes
    diverges(e)         |e| grows, D|e| does not vanish                 outgrows(e, g)    q diverges and is positive
    asymptotic(e, g)    q - 1 vanishes               bounded(e)        converges(e), or not: diverges(e)
    independent_of_start(limit(e))                   differences of e between starts on the same data vanish
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from numerics.along import Pair
from numerics.asymptotics import Finding, Series, limit_interval, vanishes
from numerics.points import Points
from numerics.scaled import Scaled, ScaledWorld, aligned

from .formula.nodes import BinOp, Compare, Limit, Node, walk
from .formula.shapes import Sizes
from .world import CannotEvaluate, Evaluator, State, Value


class AlongEvaluator(Evaluator):
    """Values of terms over the samples of a run; `t` is time."""

    def _name(self, name: str, bound: Mapping[str, int], state: State) -> Value:
        return self.world.time if name == "t" and name not in bound else super()._name(name, bound, state)


class Course:
    """Both runs from one start, ready to have terms evaluated over their samples."""

    def __init__(self, run: Pair, start: Points, keywords: dict[str, Any], sizes: Sizes):
        self.run, self.start, self.keywords, self.sizes = run, start, keywords, sizes
        self.x = run.fine.log_t.numpy()

    @property
    def family(self) -> str:
        return self.start.family[0]

    @cached_property
    def evaluator(self) -> AlongEvaluator:
        """Over the samples of the coarse run, then those of the fine one."""
        return AlongEvaluator(ScaledWorld(*self.run.samples, **self.keywords), self.sizes)

    @cached_property
    def at_start(self) -> Evaluator:
        from numerics.world import SimulatedWorld

        return Evaluator(SimulatedWorld(self.start, **self.keywords), self.sizes)

    def value(self, node: Node, bound: dict[str, int]) -> Scaled:
        """A term over all samples of both runs."""
        return self.spread(self.evaluator.term(node, bound))

    def spread(self, value: Scaled) -> Scaled:
        """A value with one entry a sample."""
        count = 2 * len(self.x)
        m = value.m.detach().expand(count, *value.m.shape[1:])
        return Scaled(m, None if value.s is None else value.s.detach().expand(count))

    def side(self, node: Node, bound: dict[str, int]) -> Scaled:
        """A side of a relation about limits: the body of a limit, or a number of the setting or the start."""
        if isinstance(node, Limit):
            if node.variable != "t":
                raise CannotEvaluate("limits in the weight decay are not simulated yet")
            return self.value(node.body, bound)
        if any(isinstance(n, Limit) for n in walk(node)):
            raise CannotEvaluate("a limit stands as a whole side of a relation")
        return self.spread(Scaled(self.at_start.term(node, bound)))

    def outside(self, after: str | None) -> str:
        """Why `after` leaves this run out, or ''."""
        if after is None:
            return ""
        world = self.evaluator.world.plain
        margins = world.margins(world.state, True)[len(self.x) :]
        if after == "separation":
            apart = bool((margins > 0).all(1).any()) or bool((self.at_start.world.margins(
                self.at_start.world.state, False) > 0).all())  # fmt: skip
            return "" if apart else "never separates"
        return self._without_last_change(margins)

    def _without_last_change(self, margins: Any) -> str:
        """No single support vector from some time on: the index still changes late, or two margins close up."""
        late = margins[len(margins) // 2 :]
        if len(set(late.argmin(1).tolist())) > 1:
            return "the support vector changes to the end"
        if margins.shape[1] == 1:
            return ""
        lowest = self.pick(Scaled(self._both_gaps()))
        seen = vanishes(lowest)
        return "" if seen.answer is False else "no single support vector in the limit"

    def _both_gaps(self) -> Any:
        world = self.evaluator.world.plain
        two = world.margins(world.state, True).sort(1).values
        return two[:, 1] - two[:, 0]

    def pick(self, r: Scaled, *terms: Scaled) -> Series:
        """The series of |r| with its error; `terms` are those whose difference r is."""
        half = len(self.x)
        size = r.log_size.numpy()
        terms_size = size if not terms else np.logaddexp.reduce([t.log_size.numpy() for t in terms])
        return _series(self.x, r, size, terms_size, half, self.run)

    def increments(self, e: Scaled) -> tuple[Scaled, Scaled]:
        """(De, e) at all samples but the first of each run, on one scale a sample."""
        half = len(self.x)
        earlier = _rows(e, [*range(half - 1), *range(half, 2 * half - 1)])
        later = _rows(e, [*range(1, half), *range(half + 1, 2 * half)])
        (a, b), scale = aligned([later, earlier])
        return Scaled(a - b, scale), later

    def change(self, e: Scaled) -> Series:
        """The series of |De|."""
        step, later = self.increments(e)
        size = step.log_size.numpy()
        return _series(self.x[1:], step, size, later.log_size.numpy(), len(self.x) - 1, self.run)


def _rounding(r: Scaled, run: Pair) -> np.ndarray:
    """log of what rounding of the weights leaves in a plain value, whatever cancels in it; -inf for scaled ones."""
    weights = run.fine.points.W
    if r.s is not None:
        return np.full(len(weights[0]), -np.inf)
    size = sum(w.flatten(1).norm(dim=1) for w in weights).numpy()
    return np.log(size * sum(w[0].numel() for w in weights) * np.finfo(float).eps)


def _series(x: np.ndarray, r: Scaled, size: np.ndarray, terms: np.ndarray, half: int, run: Pair) -> Series:
    """Errors: what the two runs differ by, and what the fine tolerance leaves of the terms."""
    (a, b), scale = aligned([_rows(r, range(half)), _rows(r, range(half, 2 * half))])
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = Scaled(a - b, scale).log_size.numpy()
        noise = np.logaddexp(apart, terms[half:] + np.log(run.fine.tolerance))
        noise = np.logaddexp(noise, _rounding(r, run)[-half:])
    return Series(x, size[:half], size[half:], noise, terms[half:], run.coarse.tolerance, run.power)


def _rows(value: Scaled, rows: Any) -> Scaled:
    index = list(rows)
    return Scaled(value.m[index], None if value.s is None else value.s[index])


# ---- predicates


def predicate(func: str, args: tuple[Node, ...], bound: dict[str, int], course: Course) -> Finding:
    """diverges, converges, bounded, asymptotic, outgrows."""
    if any(isinstance(n, Limit) for a in args for n in walk(a)):
        raise CannotEvaluate("a limit inside a predicate about trajectories")
    match func:
        case "converges":
            return converges(course.value(args[0], bound), course)
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
    (a, b), scale = aligned([e, value])
    return vanishes(course.pick(Scaled(a - b, scale), e, value))


def relation(node: Compare, bound: dict[str, int], course: Course) -> Finding:
    """A relation with a limit as a side."""
    left, right = (course.side(s, bound) for s in (node.left, node.right))
    left, right = course.evaluator._agree(left, right)
    equal = approaches(left, right, course)
    if node.op == "==":
        return equal
    if node.op == "!=":
        return equal if equal.answer is None else Finding(not equal.answer, equal.because)
    return _ordered(node.op, equal, left, right, course)


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
    return _rows(value, [*range(count), *range(half, half + count)])
