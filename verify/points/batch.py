"""A statement at a batch of points, in the two precisions of the ladder."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from numerics.network.activations import Activation
from numerics.sampling.labelling import Task
from numerics.sampling.nudge import double_roundoff, nudged, single_roundoff
from numerics.world.jitter import JitteredWorld
from numerics.world.ladder import Comparison, compare, compare_jumping
from numerics.world.points import Points
from numerics.world.simulated import SimulatedWorld

from ..claim import Hypothesis, Setting, Statement
from ..formula.nodes import And, Call, Compare, Grad, Hess, Logic, Node, Rate, walk
from ..formula.shapes import Sizes, bindings
from ..formula.text import to_text
from ..world import CannotEvaluate, Evaluator
from .answers import Answers, all_of, equivalent, found, implied, over_indices

MOST_BINDINGS = 48  # quantified indices tried at every point; evenly chosen when there are more

Sides = Callable[[Evaluator], tuple[Any, Any]]


@dataclass
class Batch:
    """Points of one setting in the two precisions of the ladder, and a source of fresh rounding errors."""

    setting: Setting
    widths: tuple[int, ...]
    points: Points
    seed: int
    still: bool = False  # stationary points, minima and the like, which a change of their numbers takes off their place

    def __post_init__(self) -> None:
        keywords = self.setting.keywords(self.widths)
        self.sizes = self.setting.sizes(self.widths)
        self.world = SimulatedWorld(self.points, **keywords)
        self.high = Evaluator(self.world, self.sizes)
        low = self.points.rounded()
        single = low.to(dtype=_single_precision(low))
        self.low = Evaluator(SimulatedWorld(single, dtype=single.x.dtype, **keywords), self.sizes)

    def nudged(self, draw: int, size: float) -> Evaluator:
        """The same points with every number changed by about this part of itself."""
        points = nudged(self.points, seed=self.seed + draw, size=size)
        return Evaluator(SimulatedWorld(points, **self.setting.keywords(self.widths)), self.sizes)

    def again(self, draw: int) -> Evaluator:
        world = JitteredWorld(self.points, seed=self.seed + draw, **self.setting.keywords(self.widths))
        return Evaluator(world, self.sizes)

    def judged(self, node: Compare, sides: Sides) -> Answers:
        """A relation at every point."""
        if jumps(node):
            return _of_jumping(node, sides, self)
        values = sides(self.high)
        result = compare(node.op, values, sides(self.low), lambda i: sides(self.again(i)))
        answers = answers_of(result, node.op, values)
        # a strict relation that holds by what is rounding is no agreement either
        differs = answers.violated | (answers.certain if _derived(node) else answers.violated)
        if bool(differs.any()):
            doubtful = differs & ~_confirmed(differs, result.excess, sides, self)
            for mask in ("violated", "certain") + (("holds",) if node.op in STRICT else ()):
                setattr(answers, mask, getattr(answers, mask) & ~doubtful)
            answers.reasons = {OFF_ITS_PLACE if self.still else ROUNDED_DERIVATIVE: doubtful, **answers.reasons}
        return answers


STRICT = ("<", ">", "!=")
NUDGES, MOST_NUDGES, RARE, FEW = 3, 16, 16, 8
COUNTS = ("rank", "nullity", "distinct")  # undefined where an eigenvalue is neither zero nor not
TIE = "tie within rounding"
OUT_OF_RANGE = "leaves the range of numbers"
MOVED = "a rank or a sign that rounding moves"
ROUNDED_DERIVATIVE = "rounding inside a derivative"
OFF_ITS_PLACE = "beside its place the difference is another"


def _single_precision(points: Points) -> Any:
    return points.x.float().dtype


def _derived(node: Node) -> bool:
    """Whether a relation has derivatives, whose inner operations the ladder does not see."""
    return any(isinstance(n, Grad | Hess | Rate) for n in walk(node))


def jumps(node: Node, functions: tuple[str, ...] = (*COUNTS, "sign")) -> bool:
    """Whether a relation has functions with whole values, which jump."""
    return any(isinstance(n, Call) and n.func in functions for n in walk(node))


def answers_of(result: Comparison, op: str, values: tuple[Any, Any]) -> Answers:
    """What the ladder saw. A tie tells nothing of < > !=, and is all that can be seen of ==."""
    told = result.compared & ~result.violated
    holds = told & ~result.tied if op in STRICT else told
    certain = holds & ~result.tied if op != "==" else holds & False
    beyond = _infinite(values) & ~result.compared
    worst = result.worst()
    pair = (0.0, 0.0) if worst is None else (float(result.excess[worst]), float(result.budget[worst]))
    exists = result.compared | beyond
    reasons = {OUT_OF_RANGE: beyond, TIE: result.compared}
    return Answers(exists, exists, holds, result.violated & result.compared, certain, pair, reasons)


def _infinite(values: tuple[Any, Any]) -> Any:
    """The points at which a side is infinite and none is undefined."""
    left, right = (v.reshape(len(v), -1) for v in values)
    undefined = left.isnan().any(1) | right.isnan().any(1)
    return (left.isinf().any(1) | right.isinf().any(1)) & ~undefined


def _of_jumping(node: Compare, sides: Sides, batch: Batch) -> Answers:
    """A relation with functions that jump. Points stay where they are but for a few units of float64."""
    values = sides(batch.high)
    beside = [sides(batch.nudged(i, FEW * double_roundoff())) for i in range(NUDGES)]
    result, moved = compare_jumping(node.op, values, beside)
    answers = answers_of(result, node.op, values)
    if jumps(node, COUNTS):
        moved = moved | ~(result.compared | _infinite(values))
    answers.exists = answers.compared = answers.exists | moved
    answers.holds, answers.violated = answers.holds & ~moved, answers.violated & ~moved
    answers.certain = answers.certain & ~moved
    answers.reasons = {MOVED: moved, **answers.reasons}
    return answers


Hits = list[tuple[int, dict[str, int]]]  # points, each with values of the indices


@dataclass
class Violations:
    """Violating points of one batch, with the indices at which each statement fails; and those that cannot tell, where
    exact numbers may."""

    batch: Batch
    where: Hits = field(default_factory=list)
    suspects: Hits = field(default_factory=list)


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
        ok = seen.granted
        mask = ok if mask is None else mask & ok
    return mask


@dataclass
class Everywhere:
    """Answers over all quantified indices, with indices at which a point is violated or cannot tell."""

    answers: Answers
    violated: Hits
    open: Hits


def evaluate_everywhere(formula: Node, statement: Statement, batch: Batch) -> Everywhere:
    """A statement at every point of a batch, for its indices' values."""
    parts: list[Answers] = []
    violated: dict[int, dict[str, int]] = {}
    blind: dict[int, dict[str, int]] = {}
    for bound in some_bindings(statement, batch.sizes):
        seen = evaluate(formula, bound, batch)
        parts.append(seen)
        for at, mask in ((violated, seen.violated & seen.compared), (blind, seen.open)):
            for i in mask.nonzero().flatten().tolist():
                at.setdefault(i, bound)
    if not parts:
        raise CannotEvaluate("the quantified indices have no values in this setting")
    return Everywhere(over_indices(parts), sorted(violated.items()), sorted(blind.items()))


def some_bindings(statement: Statement, sizes: Sizes) -> list[dict[str, int]]:
    """All values of the quantified indices, or `MOST_BINDINGS` of them spread evenly."""
    everything = list(itertools.islice(bindings(statement.ranges, sizes), 100_000))
    if len(everything) <= MOST_BINDINGS:
        return everything
    step = len(everything) / MOST_BINDINGS
    return [everything[int(i * step)] for i in range(MOST_BINDINGS)]


def evaluate(node: Node, bound: dict[str, int], batch: Batch) -> Answers:
    """A statement at every point of a batch."""
    match node:
        case Compare():
            return _evaluate_relation(node, bound, batch)
        case And(args=args):
            return all_of([evaluate(a, bound, batch) for a in args])
        case Logic(func="implies", args=(premise, conclusion)):
            return implied(evaluate(premise, bound, batch), evaluate(conclusion, bound, batch), to_text(premise))
        case Logic(func="iff", args=(a, b)):
            return equivalent(evaluate(a, bound, batch), evaluate(b, bound, batch), to_text(node))
        case Logic(func="generically", args=(inner,)):
            return evaluate(inner, bound, batch)
        case Logic(func="somewhere", args=(inner,)):
            return found(evaluate(inner, bound, batch))
    raise CannotEvaluate("this form is not simulated yet")


def _evaluate_relation(node: Compare, bound: dict[str, int], batch: Batch) -> Answers:
    def sides(evaluator: Evaluator) -> tuple[Any, Any]:
        left, right, _ = evaluator.difference(node.left, node.right, bound)
        return _batched(left, len(batch.points)), _batched(right, len(batch.points))

    return batch.judged(node, sides)


def _confirmed(violated: Any, excess: Any, sides: Sides, batch: Batch) -> Any:
    """The violations that are no rounding of operations inside a derivative, which the ladder does not see.

    When all numbers of a point are changed by one unit u of float32, a true difference changes by about u of its
    size, while one that is rounding changes by its own size. Halfway on the scale of logarithms lies sqrt(u). A
    rounding error is a few ulp and may come out the same a few times, so where few points differ they are looked at
    more often.
    """
    spread, left_over = excess.new_zeros(len(excess)), violated
    for i in range(MOST_NUDGES):
        left, right = sides(batch.nudged(i, single_roundoff()))
        gap = (left - right).reshape(len(batch.points), -1).abs().amax(1)
        spread = spread.maximum((gap - excess.abs()).abs())
        left_over = violated & ~(excess.abs() * single_roundoff() ** 0.5 < spread)
        many = int(left_over.sum()) * RARE >= len(violated)
        if not bool(left_over.any()) or (many and i + 1 >= NUDGES):
            break
    return left_over


def _batched(value: Any, count: int) -> Any:
    return value if value.shape[0] == count else value.expand(count, *value.shape[1:])


def task_of(setting: Setting, widths: tuple[int, ...]) -> Task:
    """The setting as `numerics.sampling.labelling` knows it."""
    activation = Activation(setting.network, setting.degree, float(setting.slope), setting.smooth)
    return Task(widths, setting.examples, setting.loss, setting.data, activation, setting.output_activation)
