"""Exact values of terms, and what their words say about them."""

from __future__ import annotations

from typing import Any

from flint import arb

from derivations.exact.point import OutsideDomain, decided
from derivations.exact.ring import OutOfLetters, Undecidable

from ..claim import Setting
from ..formula.nodes import Node
from ..formula.shapes import Sizes
from ..world import CannotEvaluate, Evaluator
from .rational import RationalPoint

BITS = 256  # of the balls in which irrational values are compared


# what evaluation at a point may raise where it has no meaning or no exact value
OUTSIDE = (OutsideDomain, Undecidable, CannotEvaluate, OutOfLetters, ZeroDivisionError)


def numbers_of(node: Node, point: RationalPoint, setting: Setting, sizes: Sizes, bound: dict[str, int]) -> Any:
    """The exact or enclosed values of a term at a point, as a flat array."""
    world = point.world(setting, tuple(sizes.widths))
    value = Evaluator(world, sizes).term(node, bound)
    world.at_precision(BITS)
    return world.numbers(value).reshape(-1)


def compared(op: str, left: Any, right: Any) -> bool | None:
    """Whether a relation holds between arrays of numbers: certified, or None."""
    if len(left) != len(right):
        return None
    seen = [decided(op, a - b) for a, b in zip(left, right, strict=True)]
    if op == "!=":
        return True if True in seen else None if None in seen else False
    return False if False in seen else None if None in seen else True


def differing(left: Any, right: Any) -> str:
    """The first entries of two arrays of numbers that certainly differ, in words."""
    a, b, at = first_difference(left, right)
    return f"left {shown(a)}, right {shown(b)}" + (f" (entry {at + 1})" if len(left) > 1 else "")


def first_difference(left: Any, right: Any) -> tuple[Any, Any, int]:
    """The first entries of two arrays of numbers that certainly differ, and which they are."""
    pairs = list(zip(left, right, strict=True))
    at = next((i for i, (a, b) in enumerate(pairs) if decided("!=", a - b) is True), 0)
    return *pairs[at], at


def written(point: RationalPoint) -> str:
    """The layers as text."""
    return ", ".join("[" + "; ".join(" ".join(map(str, row)) for row in w) + "]" for w in point.W)


def shown(value: Any) -> str:
    """A number, short."""
    return value.str(8, radius=False) if isinstance(value, arb) else str(value)
