"""A start at which every velocity is exactly zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from ...formula.nodes import Name, Node
from ...formula.shapes import Sizes
from ...points.rational import RationalPoint
from ...points.rest import loss_at_zero, rests
from ...statements.words import names
from .base import Fate


class Rest(Fate):
    """A start at which every velocity is exactly zero."""

    certificate = "rest"

    def knows(self, body: Node) -> bool:
        """Every term without t is constant."""
        return "t" not in names(body)

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        value = loss_at_zero(self.start, self.setting) if body == Name("L") and not any(self.start.decay) else None
        if value is None:
            return super().limit(body, bound, sizes)
        return np.array([value], dtype=object)

    def others(self) -> Iterator[Fate]:
        """The same start with two rows of a layer, or two hidden units, exchanged in sign or place, if at rest."""
        for k in range(len(self.start.W)):
            for factor in (Fraction(-1), Fraction(2)):
                for i in range(len(self.start.W[k])):
                    yield from self._varied(k, i, factor)

    def _varied(self, k: int, i: int, factor: Fraction) -> Iterator[Fate]:
        rows = list(self.start.W[k])
        rows[i] = tuple(factor * v for v in rows[i])
        point = replace(self.start, W=(*self.start.W[:k], tuple(rows), *self.start.W[k + 1 :]))
        if rests(point, self.setting, _widths(point)):
            yield Rest(point, point, self.story, self.setting)


def _widths(point: RationalPoint) -> tuple[int, ...]:
    return (len(point.W[0][0]), *(len(w) for w in point.W))
