"""A path's two runs, and the series of terms over log(1/decay)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from numerics.trajectories.pairs import Pair
from numerics.world.points import Points
from numerics.world.scaled import Scaled, ScaledWorld

from ..along.course import AlongEvaluator, Course, rows_of
from ..formula.nodes import Indexed, Limit, Node, walk
from ..formula.shapes import Sizes, integer
from ..statements.words import names
from ..world import CannotEvaluate, State, Value
from .theorems import MOVING


class PathEvaluator(AlongEvaluator):
    """Values of terms over the samples of a path; decays are known by their logarithms."""

    world: ScaledWorld
    shares: Any  # of each layer in the decay, a tensor

    def _name(self, name: str, bound: Mapping[str, int], state: State) -> Value:
        if name in bound:
            return super()._name(name, bound, state)
        if name == "t":
            raise CannotEvaluate("t has no value along a path in the weight decay")
        if name == "decay":
            if len(set(self.shares.tolist())) > 1:
                raise CannotEvaluate("'decay' with one value a layer: write decay[k]")
            return self.decay(0)
        return super()._name(name, bound, state)

    def _term(self, node: Node, bound: Mapping[str, int], state: State) -> Value:
        if isinstance(node, Indexed) and node.base == "decay":
            return self.decay(integer(node.index, bound, self.sizes) - 1)
        return super()._term(node, bound, state)

    def decay(self, layer: int) -> Scaled:
        """decay_k = share_k e^-s."""
        log = -self.world.log_t
        return Scaled(self.shares[layer] + 0 * log, log)


class Undefined(Exception):
    """A term that has no value at any point of a path."""


class Path(Course):
    """A path of stationary points, ready to have terms evaluated over its samples; its variable is log(1/decay).

    Attributes:
        flow: the flow from a start on the same data, where a limit in t is compared. Both are sampled at the same
            values of log t and log(1/decay): if either limit exists, they agree exactly if the difference vanishes.
    """

    flow: Course | None = None

    def __init__(self, run: Pair, start: Points, keywords: dict[str, Any], sizes: Sizes):
        super().__init__(run, start, keywords, sizes)
        if run.fine.message == "settled":  # laws are in powers of the decay, not of its logarithm
            self.x = np.exp(self.x)

    def beside(self, flow: Course) -> Path:
        """The part of this path that has samples of the flow beside it."""
        if self.run.fine.message == "settled":
            raise CannotEvaluate("a limit in t beside a path to finite weights")
        common = int(np.isclose(self.x[:, None], flow.x, rtol=1e-9).any(1).sum())
        run = replace(self.run, coarse=self.run.coarse.first(common), fine=self.run.fine.first(common))
        made = Path(run, self.start, self.keywords, self.sizes)
        made.flow = flow
        return made

    @cached_property
    def evaluator(self) -> PathEvaluator:
        """Over the samples of the coarse run, then those of the fine one."""
        made = PathEvaluator(ScaledWorld(*self.run.samples, **self.keywords), self.sizes)
        strengths = self.start.decay[0]
        made.shares = strengths / strengths.max()
        return made

    def side(self, node: Node, bound: dict[str, int]) -> Scaled:
        """A side of a relation about limits: the body of a limit, or a number of the data."""
        if isinstance(node, Limit):
            found = self.value(node.body, bound) if node.variable == "decay" else self._along(node.body, bound)
            if not bool(found.m.isfinite().any()):
                raise Undefined("not finite all along the path")
            return found
        if any(isinstance(n, Limit) for n in walk(node)):
            raise CannotEvaluate("a limit stands as a whole side of a relation")
        if names(node) & MOVING:
            raise CannotEvaluate("a side without limit that moves with the weight decay")
        return self.spread(Scaled(self.at_start.term(node, bound)))

    def _along(self, body: Node, bound: dict[str, int]) -> Scaled:
        """A term along the flow, where the path has samples."""
        if self.flow is None:
            raise CannotEvaluate("no flow beside the path")
        places = [int(np.argmin(np.abs(self.flow.x - x))) for x in self.x]
        return rows_of(self.flow.value(body, bound), [*places, *(len(self.flow.x) + i for i in places)])
