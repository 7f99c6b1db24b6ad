"""A point in exact numbers: where the exact world certifies what a simulation found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derivations.exact.point import PointWorld
from derivations.exact.ring import OutOfLetters

from ..claim import Setting
from ..statements.table import in_general_position
from .tables import exact_rows


@dataclass(frozen=True)
class RationalPoint:
    """Weights, inputs, labels and decays in exact numbers."""

    W: tuple[tuple[tuple[Fraction, ...], ...], ...]
    x: tuple[tuple[Fraction, ...], ...]
    y: tuple[Any, ...]
    decay: tuple[Fraction, ...]

    @classmethod
    def from_json(cls, found: Mapping[str, Any], loss: str) -> RationalPoint:
        """The point of a stored witness; classes of the cross-entropy are whole numbers."""
        y = tuple(int(v) if loss == "cross-entropy" else numbers(v) for v in found["y"])
        return cls(numbers(found["W"]), numbers(found["x"]), y, numbers(found.get("decay", ())))

    def world(self, setting: Setting, widths: tuple[int, ...]) -> PointWorld:
        keywords = setting.keywords(widths)
        spare: int | None = None
        while True:
            try:
                return PointWorld(
                    weights=self.W, inputs=self.x, labels=self.y, decay=self.decay, spare=spare, **keywords
                )
            except OutOfLetters:
                spare = 2 * (spare or 64)


def rational_point(points: Any, i: int, digits: int, setting: Setting) -> RationalPoint:
    """Point i of a batch, its numbers rounded to a few decimals."""

    def rounded(v: float) -> Fraction:
        return Fraction(round(v * 10**digits), 10**digits)

    W = tuple(tuple(tuple(rounded(v) for v in row) for row in w[i].tolist()) for w in points.W)
    x = tuple(tuple(rounded(v) for v in row) for row in points.x[i].tolist())
    y = tuple(_label(v, rounded, setting) for v in points.y[i].tolist())
    if not in_general_position(setting):
        rows = exact_rows(points.x[i].tolist(), points.y[i].tolist(), setting)
        x, y = tuple(r for r, _ in rows), tuple(t if setting.loss == "square" else int(t) for _, t in rows)
    decay = tuple(Fraction(v).limit_denominator(64) for v in points.decay[i].tolist())
    return with_decays(RationalPoint(W, x, y, decay), setting)


def with_decays(point: RationalPoint, setting: Setting) -> RationalPoint:
    """The point with the weight decay of its setting, layer by layer, and its own where the setting says "any"."""
    asked, depth = setting.weight_decay, len(point.W)
    each = asked if isinstance(asked, tuple) else (asked,) * depth
    held = point.decay or (Fraction(0),) * depth
    return replace(point, decay=tuple(h if a == "any" else Fraction(a) for a, h in zip(each, held, strict=True)))


def _label(value: Any, rounded: Callable[[float], Fraction], setting: Setting) -> Any:
    if isinstance(value, list):
        return tuple(rounded(v) for v in value)
    return rounded(value) if setting.loss == "square" else int(value)


def numbers(value: Any) -> Any:
    """Exact numbers from the strings in which they are stored."""
    return tuple(map(numbers, value)) if isinstance(value, list | tuple) else Fraction(value)
