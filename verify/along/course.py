"""A start's two runs, and the series of terms over their samples.

Notation: De the increment of e from one sample to the next, over equal steps of log log t.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from numerics.trajectories.asymptotics import Series
from numerics.trajectories.pairs import Pair
from numerics.world.points import Points
from numerics.world.scaled import Scaled, ScaledWorld, aligned
from numerics.world.simulated import SimulatedWorld

from ..formula.nodes import Limit, Node, walk
from ..formula.shapes import Sizes
from ..world import CannotEvaluate, Evaluator, State, Value


class AlongEvaluator(Evaluator):
    """Values of terms over the samples of a run; `t` is time."""

    world: ScaledWorld

    def _name(self, name: str, bound: Mapping[str, int], state: State) -> Value:
        return self.world.time if name == "t" and name not in bound else super()._name(name, bound, state)


class Course:
    """Both runs from one start, ready to have terms evaluated over their samples.

    `begin` is the point from which statements are judged: the start, or what the run passes when they begin.
    """

    begin: Points

    def __init__(self, run: Pair, start: Points, keywords: dict[str, Any], sizes: Sizes):
        self.run, self.start, self.keywords, self.sizes = run, start, keywords, sizes
        self.x, self.begin = run.fine.log_t.numpy(), start

    @property
    def family(self) -> str:
        return self.start.family[0]

    @cached_property
    def world(self) -> ScaledWorld:
        """The samples of the coarse run, then those of the fine one."""
        return ScaledWorld(*self.run.samples, **self.keywords)

    @cached_property
    def world_at_start(self) -> SimulatedWorld:
        return SimulatedWorld(self.start, **self.keywords)

    @cached_property
    def evaluator(self) -> AlongEvaluator:
        return AlongEvaluator(self.world, self.sizes)

    @cached_property
    def at_start(self) -> Evaluator:
        return Evaluator(self.world_at_start, self.sizes)

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
                raise CannotEvaluate("a limit in the weight decay, which no trajectory has")
            return self.value(node.body, bound)
        if any(isinstance(n, Limit) for n in walk(node)):
            raise CannotEvaluate("a limit stands as a whole side of a relation")
        return self.spread(Scaled(self.at_start.term(node, bound)))

    def pick(self, r: Scaled, *terms: Scaled) -> Series:
        """The series of |r| with its error; `terms` are those whose difference r is."""
        half = len(self.x)
        size = r.log_size.numpy()
        with np.errstate(invalid="ignore"):  # a term may have no value at some samples
            terms_size = size if not terms else np.logaddexp.reduce([t.log_size.numpy() for t in terms])
        return _series(self.x, r, size, terms_size, half, self.run)

    def increments(self, e: Scaled) -> tuple[Scaled, Scaled]:
        """(De, e) at all samples but the first of each run, on one scale a sample."""
        half = len(self.x)
        earlier = rows_of(e, [*range(half - 1), *range(half, 2 * half - 1)])
        later = rows_of(e, [*range(1, half), *range(half + 1, 2 * half)])
        (a, b), scale = aligned([later, earlier])
        return Scaled(a - b, scale), later

    def change(self, e: Scaled) -> Series:
        """The series of |De|."""
        step, later = self.increments(e)
        size = step.log_size.numpy()
        return _series(self.x[1:], step, size, later.log_size.numpy(), len(self.x) - 1, self.run)


def _rounding(r: Scaled, run: Pair) -> np.ndarray:
    """log of what rounding of weights and inputs, once an entry, leaves in a plain value, whatever cancels in it; -inf
    for scaled ones."""
    weights, inputs = run.fine.points.W, run.fine.points.x
    if r.s is not None:
        return np.full(len(weights[0]), -np.inf)
    size = sum(w.flatten(1).norm(dim=1) for w in weights).numpy()
    entries = sum(w[0].numel() for w in (*weights, inputs))
    return np.log(size * entries * np.finfo(float).eps)


def _series(x: np.ndarray, r: Scaled, size: np.ndarray, terms: np.ndarray, half: int, run: Pair) -> Series:
    """Errors: what the two runs differ by, and what the fine tolerance leaves of the terms."""
    (a, b), scale = aligned([rows_of(r, range(half)), rows_of(r, range(half, 2 * half))])
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = Scaled(a - b, scale).log_size.numpy()
        noise = np.logaddexp(apart, terms[half:] + np.log(run.fine.tolerance))
        noise = np.logaddexp(noise, _rounding(r, run)[-half:])
    return Series(x, size[:half], size[half:], noise, terms[half:], run.coarse.tolerance, run.power)


def rows_of(value: Scaled, rows: Any) -> Scaled:
    index = list(rows)
    return Scaled(value.m[index], None if value.s is None else value.s[index])
