"""A trajectory whose end is known exactly, and what that says of terms.

Notation: a law is (c, (p, q, r)) for c t^p (log t)^q (log log t)^r.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, fmpq

from derivations.exact.point import decided

from ...claim import Setting
from ...formula.nodes import BinOp, Call, Name, Neg, Node
from ...formula.shapes import Sizes
from ...rational import RationalPoint
from ...world import rational
from ..values import continuous, names, numbers_of

Law = tuple[Any, tuple[Fraction, ...]]


@dataclass
class Fate:
    """A trajectory from `start` of which `end` is known: the point it tends to."""

    start: RationalPoint
    end: RationalPoint
    story: str
    setting: Setting
    certificate: ClassVar[str] = ""  # why the end is known, in the words in which a witness stores it

    def knows(self, body: Node) -> bool:
        """Whether the limit of a term is its value at the end, which the trajectory need not reach."""
        return "t" not in names(body) and continuous(body)

    def candidates(self, body: Node) -> list[Node]:
        """Terms one of which has the limit of this one, if that exists."""
        return [body]

    def because(self, body: Node) -> str:
        """Why a term has the limit that it has, in words."""
        return self.story

    def unbounded(self, body: Node) -> bool:
        """Whether |body| certainly tends to infinity."""
        return False

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        """The limit of a term, or None."""
        return numbers_of(body, self.end, self.setting, sizes, bound) if self.knows(body) else None

    def constant(self, side: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        """A side of a relation without limit: a number of the setting, or its value at the start."""
        return numbers_of(side, self.start, self.setting, sizes, bound)

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """Leading behaviour of a scalar term in t, or None."""
        match node:
            case Name(name="t"):
                return fmpq(1), powers(1, 0, 0)
            case Call(func="log", args=(Name(name="t"),)):
                return fmpq(1), powers(0, 1, 0)
            case Call(func="log", args=(Call(func="log", args=(Name(name="t"),)),)):
                return fmpq(1), powers(0, 0, 1)
            case Neg(arg=arg):
                return _scaled(self.law(arg, bound, sizes), fmpq(-1))
            case BinOp(op=op, left=left, right=right) if "t" in names(node) or self.unbounded(left):
                return self._combined(op, left, right, bound, sizes)
        value = self.limit(node, bound, sizes)
        if value is None or len(value) != 1 or decided("!=", value[0]) is not True:
            return None
        return value[0], powers(0, 0, 0)

    def _combined(self, op: str, left: Node, right: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        first = self.law(left, bound, sizes)
        if op == "**":
            exponent = rational(right, bound, sizes)
            return None if first is None or exponent is None else _raised(first, exponent)
        second = self.law(right, bound, sizes)
        if first is None or second is None:
            return None
        (a, p), (b, q) = first, second
        match op:
            case "*":
                return a * b, tuple(u + v for u, v in zip(p, q, strict=True))
            case "/":
                return a / b, tuple(u - v for u, v in zip(p, q, strict=True))
            case "+" | "-" if p != q:
                return first if p > q else _scaled(second, fmpq(1 if op == "+" else -1))
        return None

    def others(self) -> Iterator[Fate]:
        """Trajectories with known ends from other starts on the same data."""
        return iter(())


def powers(p: int, q: int, r: int) -> tuple[Fraction, Fraction, Fraction]:
    return Fraction(p), Fraction(q), Fraction(r)


def _scaled(law: Law | None, factor: fmpq) -> Law | None:
    return None if law is None else (law[0] * factor, law[1])


def _raised(law: Law, exponent: Fraction) -> Law | None:
    if decided(">", law[0]) is not True:
        return None
    base = arb(law[0]) if isinstance(law[0], fmpq) else law[0]
    return base ** arb(fmpq(exponent.numerator, exponent.denominator)), tuple(u * exponent for u in law[1])


class Unknown(Fate):
    """A trajectory of which only symmetries and conserved quantities are used."""

    def knows(self, body: Node) -> bool:
        return False
