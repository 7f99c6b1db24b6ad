"""What a term tends to along a trajectory: a number, something of known sign that stays away from 0, or infinity.

A limit of a term exists only where the term settles at a number; a relation with one that does not exist fails. Where
|e| grows without bound the relation e < v fails for positive e and any v; for e > v nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import fmpq

from derivations.exact.point import decided

from ..formula.nodes import Node
from ..formula.shapes import Sizes
from ..points.values import compared, shown
from .fates import Fate


@dataclass(frozen=True)
class Tendency:
    """Where a term goes.

    Attributes:
        value: its limit, an array of numbers, if that is known.
        infinite: whether its absolute value tends to infinity.
        sign: of a scalar late on, 0 if unknown; it stays away from 0.
        converges: whether it has a limit, None if unknown.
    """

    value: Any = None
    infinite: bool = False
    sign: int = 0
    converges: bool | None = True

    @property
    def said(self) -> str:
        if self.infinite:
            return f"tends to {'minus ' if self.sign < 0 else ''}infinity"
        if self.value is None and not self.sign:
            return "stays bounded"
        if self.value is None:
            return f"stays {'above a positive' if self.sign > 0 else 'below a negative'} number and bounded"
        return f"tends to {shown(self.value[0])}" if len(self.value) == 1 else "has a finite limit"

    def related(self, op: str, other: Any) -> bool | None:
        """Whether `limit op other` holds; None where it is not known."""
        if self.value is not None:
            return compared(op, self.value, other)
        if op == "==" and self.infinite:
            return False
        below = op in ("<", "<=") if self.sign > 0 else op in (">", ">=") if self.sign < 0 else False
        if self.infinite:
            return False if below else None
        apart = op == "==" or below
        return False if apart and self.sign and len(other) == 1 and self._beyond(other[0]) else None

    def _beyond(self, other: Any) -> bool:
        """Whether a number is 0 or on the other side of it."""
        return decided("<=" if self.sign > 0 else ">=", other) is True


def tendency(fate: Fate, body: Node, bound: dict[str, int], sizes: Sizes) -> Tendency | None:
    """What is known of a term."""
    value = None if fate.unbounded(body) else fate.limit(body, bound, sizes)
    if value is not None:
        return Tendency(value)
    law = fate.law(body, bound, sizes)
    if law is None and fate.bounded(body):
        return Tendency(converges=None)
    if law is None:
        return Tendency(infinite=True, converges=False) if fate.unbounded(body) else None
    if law.order > 0:
        return Tendency(infinite=True, sign=law.sign, converges=False)
    if law.order < 0:
        return Tendency([fmpq(0)])
    return Tendency([law.value]) if not law.unknown else Tendency(sign=law.sign, converges=None)
