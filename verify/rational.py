"""A point in exact numbers: where the exact world certifies what a simulation found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivations.exact.point import PointWorld
from derivations.exact.ring import OutOfLetters

from .claim import Setting


@dataclass(frozen=True)
class RationalPoint:
    """Weights, inputs, labels and decays in exact numbers."""

    W: tuple[tuple[tuple[Fraction, ...], ...], ...]
    x: tuple[tuple[Fraction, ...], ...]
    y: tuple[Any, ...]
    decay: tuple[Fraction, ...]

    def world(self, setting: Setting, widths: tuple[int, ...]) -> PointWorld:
        keywords = setting.keywords(widths)
        spare: int | None = None
        while True:
            try:
                return PointWorld(weights=self.W, inputs=self.x, labels=self.y, decay=self.decay, spare=spare,
                                  **keywords)  # fmt: skip
            except OutOfLetters:
                spare = 2 * (spare or 64)
