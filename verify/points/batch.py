"""A statement at a batch of points, in the two precisions of the ladder."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from numerics.network.activations import Activation
from numerics.sampling.labelling import Task
from numerics.sampling.nudge import nudged, single_roundoff
from numerics.world.jitter import JitteredWorld
from numerics.world.ladder import Comparison, compare
from numerics.world.points import Points
from numerics.world.simulated import SimulatedWorld

from ..claim import Hypothesis, Setting, Statement
from ..formula.nodes import And, Compare, Logic, Node
from ..formula.shapes import Sizes, bindings
from ..world import CannotEvaluate, Evaluator

MOST_BINDINGS = 48  # quantified indices tried at every point; evenly chosen when there are more

Sides = Callable[[Evaluator], tuple[Any, Any]]


@dataclass
class Batch:
    """Points of one setting in the two precisions of the ladder, and a source of fresh rounding errors."""

    setting: Setting
    widths: tuple[int, ...]
    points: Points
    seed: int

    def __post_init__(self) -> None:
        keywords = self.setting.keywords(self.widths)
        self.sizes = self.setting.sizes(self.widths)
        self.world = SimulatedWorld(self.points, **keywords)
        self.high = Evaluator(self.world, self.sizes)
        low = self.points.rounded()
        single = low.to(dtype=_single_precision(low))
        self.low = Evaluator(SimulatedWorld(single, dtype=single.x.dtype, **keywords), self.sizes)

    def nudged(self, draw: int) -> Evaluator:
        """The same points with every number changed by about one unit of float32."""
        points = nudged(self.points, seed=self.seed + draw)
        return Evaluator(SimulatedWorld(points, **self.setting.keywords(self.widths)), self.sizes)

    def again(self, draw: int) -> Evaluator:
        world = JitteredWorld(self.points, seed=self.seed + draw, **self.setting.keywords(self.widths))
        return Evaluator(world, self.sizes)

    def judged(self, op: str, sides: Sides) -> tuple[Comparison, Any]:
        """A relation at every point, and the mask of those that violate it beyond rounding."""
        result = compare(op, sides(self.high), sides(self.low), lambda i: sides(self.again(i)))
        violated = result.tied & result.compared if op == "!=" else result.violated
        if op != "!=" and bool(violated.any()):
            violated = _confirmed(violated, result.excess, sides, self)
        return result, violated


NUDGES, MOST_NUDGES, RARE = 3, 16, 16


def _single_precision(points: Points) -> Any:
    return points.x.float().dtype


@dataclass
class Outcome:
    """What was seen of a statement at each point of a batch: masks (B,)."""

    compared: Any
    violated: Any
    holds: Any  # certainly or up to rounding: not violated
    worst: tuple[float, float] = (0.0, 0.0)


@dataclass
class Violations:
    """Violating points of one batch, with the indices at which each statement fails."""

    batch: Batch
    where: list[tuple[int, dict[str, int]]] = field(default_factory=list)


def ratio(pair: tuple[float, float]) -> float:
    return pair[0] / pair[1] if pair[1] else 0.0


def interpolated(points: Points, setting: Setting, widths: tuple[int, ...]) -> Points:
    """The same networks with their own outputs as targets: zero square loss."""
    world = SimulatedWorld(points, **setting.keywords(widths))
    outputs = [world.output(world.state, n, False) for n in range(1, setting.examples + 1)]
    stacked = points.y.clone()
    for n, value in enumerate(outputs):
        stacked[:, n] = value[:, 0] if stacked.dim() == 2 else value
    return replace(points, y=stacked)


def satisfied(hypothesis: Hypothesis, batch: Batch) -> Any:
    mask = None
    for bound in bindings(hypothesis.ranges, batch.sizes):
        seen = evaluate(hypothesis.formula, bound, batch)
        ok = seen.compared & ~seen.violated
        mask = ok if mask is None else mask & ok
    return mask


@dataclass
class Everywhere(Outcome):
    """An outcome over all quantified indices; `bound_of` gives, for a violating point, where it fails."""

    bound_of: dict[int, dict[str, int]] = field(default_factory=dict)


def evaluate_everywhere(formula: Node, statement: Statement, batch: Batch) -> Everywhere:
    total: Everywhere | None = None
    for bound in some_bindings(statement, batch.sizes):
        seen = evaluate(formula, bound, batch)
        if total is None:
            total = Everywhere(seen.compared, seen.violated & seen.compared, seen.holds, seen.worst)
        else:
            total.compared = total.compared | seen.compared
            total.violated = total.violated | (seen.violated & seen.compared)
            total.worst = max(total.worst, seen.worst, key=ratio)
        for i in (seen.violated & seen.compared).nonzero().flatten():
            total.bound_of.setdefault(int(i), bound)
    if total is None:
        raise CannotEvaluate("the quantified indices have no values in this setting")
    return total


def some_bindings(statement: Statement, sizes: Sizes) -> list[dict[str, int]]:
    """All values of the quantified indices, or `MOST_BINDINGS` of them spread evenly."""
    everything = list(itertools.islice(bindings(statement.ranges, sizes), 100_000))
    if len(everything) <= MOST_BINDINGS:
        return everything
    step = len(everything) / MOST_BINDINGS
    return [everything[int(i * step)] for i in range(MOST_BINDINGS)]


def evaluate(node: Node, bound: dict[str, int], batch: Batch) -> Outcome:
    """A statement at every point of a batch."""
    match node:
        case Compare():
            return _evaluate_relation(node, bound, batch)
        case And(args=args):
            parts = [evaluate(a, bound, batch) for a in args]
            return _joined(parts)
        case Logic(func="implies", args=(premise, conclusion)):
            return _implied(evaluate(premise, bound, batch), evaluate(conclusion, bound, batch))
        case Logic(func="iff", args=(a, b)):
            left, right = evaluate(a, bound, batch), evaluate(b, bound, batch)
            return _joined([_implied(left, right), _implied(right, left)], either=True)
        case Logic(func="generically", args=(inner,)):
            return evaluate(inner, bound, batch)
        case Logic(func="somewhere", args=(inner,)):
            return _somewhere(evaluate(inner, bound, batch))
    raise CannotEvaluate("this form is not simulated yet")


def _evaluate_relation(node: Compare, bound: dict[str, int], batch: Batch) -> Outcome:
    def sides(evaluator: Evaluator) -> tuple[Any, Any]:
        left, right, _ = evaluator.difference(node.left, node.right, bound)
        return _batched(left, len(batch.points)), _batched(right, len(batch.points))

    result, violated = batch.judged(node.op, sides)
    worst = result.worst()
    pair = (0.0, 0.0) if worst is None else (float(result.excess[worst]), float(result.budget[worst]))
    holds = result.compared & ~violated
    return Outcome(result.compared, violated, holds & ~result.tied if node.op in ("<", ">") else holds, pair)


def _confirmed(violated: Any, excess: Any, sides: Sides, batch: Batch) -> Any:
    """The violations that are no rounding of operations inside a derivative, which the ladder does not see.

    When all numbers of a point are changed by one unit u of float32, a true difference changes by about u of its
    size, while one that is rounding changes by its own size. Halfway on the scale of logarithms lies sqrt(u). A
    rounding error is a few ulp and may come out the same a few times, so where few points differ they are looked at
    more often.
    """
    spread, left_over = excess.new_zeros(len(excess)), violated
    for i in range(MOST_NUDGES):
        left, right = sides(batch.nudged(i))
        gap = (left - right).reshape(len(batch.points), -1).abs().amax(1)
        spread = spread.maximum((gap - excess.abs()).abs())
        left_over = violated & ~(excess * single_roundoff() ** 0.5 < spread)
        many = int(left_over.sum()) * RARE >= len(violated)
        if not bool(left_over.any()) or (many and i + 1 >= NUDGES):
            break
    return left_over


def _batched(value: Any, count: int) -> Any:
    return value if value.shape[0] == count else value.expand(count, *value.shape[1:])


def _joined(parts: list[Outcome], either: bool = False) -> Outcome:
    first = parts[0]
    for part in parts[1:]:
        compared = first.compared | part.compared if either else first.compared & part.compared
        first = Outcome(
            compared, first.violated | part.violated, first.holds & part.holds, max(first.worst, part.worst, key=ratio)
        )
    return first


def _implied(premise: Outcome, conclusion: Outcome) -> Outcome:
    relevant = premise.holds & premise.compared & conclusion.compared
    return Outcome(relevant, relevant & conclusion.violated, relevant & conclusion.holds)


def _somewhere(inner: Outcome) -> Outcome:
    found = inner.holds & inner.compared
    if bool(found.any()):
        return Outcome(found, found & False, found, (0.0, 0.0))
    raise CannotEvaluate("no sampled point satisfies it, which does not refute that one exists")


def task_of(setting: Setting, widths: tuple[int, ...]) -> Task:
    """The setting as `numerics.sampling.labelling` knows it."""
    activation = Activation(setting.network, setting.degree, float(setting.slope), setting.smooth)
    return Task(widths, setting.examples, setting.loss, setting.data, activation, setting.output_activation)
