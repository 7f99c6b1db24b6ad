"""A quick guess, in floats and for many points at once, whether rational points are still witnesses.

The guess chooses which points are worth certifying; it decides nothing. Its one tolerance is of that kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from numerics.sampling.labelling import separates
from numerics.sampling.sample import checks
from numerics.world.ladder import Comparison, compare
from numerics.world.points import Points
from numerics.world.simulated import SimulatedWorld

from ..claim import Setting, Statement
from ..formula.nodes import Node
from ..statements.table import in_general_position
from ..world import CannotEvaluate, Evaluator
from .batch import Batch, Sides, evaluate, interpolated, satisfied, task_of
from .rational import RationalPoint

ROUGHLY = 1e-9  # a smaller gap may be rounding; a witness with a smaller gap is missed by the guess, no more
MOST_ENTRIES = 2_000_000  # numbers of the largest tensor that a guess may need


class Rough(Batch):
    """Points in float64 only."""

    def __post_init__(self) -> None:
        self.sizes = self.setting.sizes(self.widths)
        self.high = Evaluator(SimulatedWorld(self.points, **self.setting.keywords(self.widths)), self.sizes)

    def judged(self, op: str, sides: Sides) -> tuple[Comparison, Any]:
        found = sides(self.high)
        result = compare(op, found, found)
        return result, result.compared & (result.tied if op == "!=" else result.excess > ROUGHLY)


class Guide:
    """Guesses for points of one setting whether they are admissible and violate a statement.

    Args:
        formula: of the statement, as one about points.
        like: a batch of such points; says on what device and in what form.
        holds: whether points at which the statement holds are wanted instead.
    """

    def __init__(
        self,
        formula: Node,
        statement: Statement,
        setting: Setting,
        bound: dict[str, int],
        like: Batch,
        *,
        holds: bool = False,
    ):
        self.formula, self.statement, self.setting, self.bound = formula, statement, setting, bound
        self.like, self.holds = like, holds
        self.task = task_of(setting, like.widths)
        self.separator: tuple | None = None  # weights known to separate the data

    def __call__(self, points: Sequence[RationalPoint]) -> list[bool]:
        weights = sum(w[0].numel() for w in self.like.points.W)
        size = max(1, MOST_ENTRIES // weights**2)  # a Hessian has the square of that
        return [ok for i in range(0, len(points), size) for ok in self._guess(points[i : i + size])]

    def _guess(self, points: Sequence[RationalPoint]) -> list[bool]:
        batch = self._batch(points)
        try:
            seen = evaluate(self.formula, self.bound, batch)
            mask = seen.compared & (seen.holds if self.holds else seen.violated)
            for good in self._admissible(batch):
                mask = mask & good
        except CannotEvaluate:
            return [True] * len(points)
        return mask.tolist()

    def _batch(self, points: Sequence[RationalPoint]) -> Rough:
        old = self.like.points
        layers = zip(*(p.W for p in points), strict=True)
        W = tuple(old.x.new_tensor([floats(w) for w in layer]) for layer in layers)
        x = old.x.new_tensor([floats(p.x) for p in points])
        y = old.y.new_tensor([floats(p.y) for p in points])
        made = Points(W, x, y, old.x.new_tensor([floats(p.decay) for p in points]))
        if self.statement.at == "interpolating":
            made = interpolated(made, self.setting, self.like.widths)
        return Rough(self.setting, self.like.widths, made, 0)

    # ---- hypotheses

    def _admissible(self, batch: Rough) -> Iterator[Any]:
        """Masks of the points that meet each hypothesis."""
        start = self.setting.start
        if self.statement.after == "separation" and start == "random":
            start = "separating"
        for _, fails in checks(self.task, start):
            yield ~fails(batch.points)
        for hypothesis in self.setting.assume:
            yield satisfied(hypothesis, batch)
        if start in ("equal-norms", "balanced"):
            yield tied(batch.points, start)
        if not in_general_position(self.setting):
            yield (batch.points.x == self.like.points.x[:, None]).flatten(2).all(2).any(0)
        if self.setting.data == "separable" and self.separator is not None:
            yield separates(batch.points, self.task) | separates(self._separating(batch.points), self.task)

    def _separating(self, points: Points) -> Points:
        W = tuple(points.x.new_tensor([floats(w)] * len(points)) for w in self.separator or ())
        return Points(W, points.x, points.y, points.decay)


def tied(points: Points, start: str) -> Any:
    """The points with equal norms, or balanced ones."""
    if start == "equal-norms":
        squares = [(w**2).flatten(1).sum(1) for w in points.W]
        gaps = [(a - b).abs() for a, b in pairwise(squares)]
    else:
        gaps = [(b.transpose(1, 2) @ b - a @ a.transpose(1, 2)).abs().flatten(1).amax(1) for a, b in pairwise(points.W)]
    good = points.x.flatten(1).isfinite().all(1)
    for gap in gaps:
        good = good & (gap <= ROUGHLY)
    return good


def floats(value: Any) -> Any:
    """Nested tuples of exact numbers as nested lists of floats."""
    return [floats(v) for v in value] if isinstance(value, tuple) else float(value)
