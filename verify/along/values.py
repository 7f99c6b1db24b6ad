"""Exact values of terms, and what their words say about them."""

from __future__ import annotations

from typing import Any

from flint import arb

from derivations.exact.point import OutsideDomain, decided
from derivations.exact.ring import OutOfLetters, Undecidable

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Node, Rate, walk
from ..formula.shapes import Sizes
from ..rational import RationalPoint
from ..world import CannotEvaluate, Evaluator

BITS = 256  # of the balls in which irrational values are compared

# names whose values do not change along a trajectory
FIXED = frozenset({"K", "N", "p", "pi", "decay", "X", "Y", "min_norm", "max_margin", "svm", "x", "y"})
# names that depend on the direction of one layer alone
DIRECTIONAL = FIXED | {"V", "fV", "margin"}


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


def names(node: Node) -> set[str]:
    """All words of a term: names, and bases of indexed quantities."""
    found = {n.name for n in walk(node) if isinstance(n, Name)}
    return found | {n.base for n in walk(node) if isinstance(n, Indexed)}


# functions with jumps, and those of the network that have them
JUMPING = frozenset({"sign", "gate", "act1", "act2", "rank", "nullity", "distinct", "pinv", "null_projector"})


def continuous(body: Node) -> bool:
    """Whether a term is continuous in the weights wherever it is defined: no derivative, no function with jumps of
    anything but data."""
    for n in walk(body):
        if isinstance(n, Grad | Hess | Rate):
            return False
        if isinstance(n, Call) and n.func in JUMPING and names(n) - FIXED:
            return False
    return True


def is_bounded_term(body: Node) -> bool:
    """Whether a term is a polynomial in the direction of weights, in outputs and margin there, and in numbers of the
    setting: bounded, whatever the weights."""
    return keeps_bounds(body) and not names(body) - DIRECTIONAL - indices_of(body)


def keeps_bounds(body: Node) -> bool:
    """Whether a term is a polynomial in its words, as far as bounds are concerned."""
    return all(_keeps_bounds(n) for n in walk(body))


def _keeps_bounds(n: Node) -> bool:
    match n:
        case BinOp(op=op):
            return op in ("+", "-", "*", "@")
        case Call(func=func):
            return func in ("dot", "norm", "vec", "abs", "min", "max")
    return not isinstance(n, Grad | Hess | Rate)


def indices_of(body: Node) -> set[str]:
    """Names of indices, which are bound by sums or by the statement."""
    return {n.name for n in walk(body) if isinstance(n, Name) and len(n.name) == 1 and n.name.islower()} - {"t"}


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
