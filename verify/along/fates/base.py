"""A trajectory whose end is known exactly, and what that says of terms.

Notation: a law is (c, (p, q, r), u) for u c t^p (log t)^q (log log t)^r, up to a factor that tends to 1. The factor u
is a product of powers of positive functions that stay between two positive numbers; which, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from flint import arb, fmpq

from derivations.exact.point import decided

from ...claim import Setting
from ...formula.nodes import BinOp, Call, Name, Neg, Node
from ...formula.shapes import Sizes
from ...points.rational import RationalPoint
from ...points.values import numbers_of
from ...statements.words import FIXED, continuous, indices_of, names
from ...world import rational


class Law(NamedTuple):
    """Leading behaviour of a scalar: c, (p, q, r) and the exponents of unknown factors."""

    value: Any
    growth: tuple[Fraction, ...]
    unknown: tuple[tuple[str, Fraction], ...] = ()

    def times(self, other: Law, power: int = 1) -> Law:
        """A product, or quotient with power = -1."""
        factors = dict(self.unknown)
        for name, e in other.unknown:
            factors[name] = factors.get(name, Fraction(0)) + power * e
        value = self.value * other.value if power == 1 else self.value / other.value
        growth = tuple(u + power * v for u, v in zip(self.growth, other.growth, strict=True))
        return Law(value, growth, tuple(sorted((n, e) for n, e in factors.items() if e)))

    def scaled(self, factor: Any) -> Law:
        return self._replace(value=self.value * factor)

    def raised(self, exponent: Fraction) -> Law | None:
        """A power, of a positive quantity unless the exponent is a whole number."""
        value = _to_power(self.value, exponent)
        if value is None:
            return None
        unknown = tuple((n, e * exponent) for n, e in self.unknown if exponent)
        return Law(value, tuple(u * exponent for u in self.growth), unknown)

    def log(self) -> Law | None:
        """log(u c t^p (log t)^q ...) by its largest term."""
        if decided(">", self.value) is not True:
            return None
        p, q, r = self.growth
        if p or q:
            return Law(_rational(p or q), powers(0, 1, 0) if p else powers(0, 0, 1))
        value = None if r or self.unknown else arb(self.value).log()
        return None if value is None or decided("!=", value) is not True else Law(value, self.growth)

    @property
    def order(self) -> int:
        """1 for what grows without bound, -1 for what vanishes, 0 for what stays in between."""
        flat = powers(0, 0, 0)
        return (self.growth > flat) - (self.growth < flat)

    @property
    def sign(self) -> int:
        return 1 if decided(">", self.value) is True else -1 if decided("<", self.value) is True else 0


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

    def bounded(self, body: Node) -> bool:
        """Whether |body| certainly stays below some number, by no law that is known."""
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
                return Law(fmpq(1), powers(1, 0, 0))
            case Neg(arg=arg):
                inner = self.law(arg, bound, sizes)
                return None if inner is None else inner.scaled(fmpq(-1))
            case Call(func="log" | "sqrt" | "abs" as func, args=(arg,)) if not self.settled(node, bound):
                inner = self.law(arg, bound, sizes)
                return None if inner is None else _of_function(func, inner)
            case BinOp(op=op, left=left, right=right) if not self.settled(node, bound):
                return self._combined(op, left, right, bound, sizes)
        value = self.constant(node, bound, sizes) if fixed(node, bound) else self.limit(node, bound, sizes)
        if value is None or len(value) != 1 or decided("!=", value[0]) is not True:
            return None
        return Law(value[0], powers(0, 0, 0))

    def settled(self, node: Node, bound: dict[str, int]) -> bool:
        """Whether the limit of a term is known without a look at its parts."""
        return fixed(node, bound) or ("t" not in names(node) and self.knows(node))

    def _combined(self, op: str, left: Node, right: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        first = self.law(left, bound, sizes)
        if op == "**":
            exponent = rational(right, bound, sizes)
            return None if first is None or exponent is None else first.raised(exponent)
        second = self.law(right, bound, sizes)
        if first is None or second is None:
            return None
        match op:
            case "*" | "/":
                return first.times(second, 1 if op == "*" else -1)
            case "+" | "-":
                return _sum(first, second if op == "+" else second.scaled(fmpq(-1)))
        return None

    def others(self) -> Iterator[Fate]:
        """Trajectories with known ends from other starts on the same data."""
        return iter(())


def fixed(node: Node, bound: dict[str, int]) -> bool:
    """Whether a term has one value all along a trajectory."""
    return not names(node) - FIXED - indices_of(node) - set(bound)


def powers(p: int, q: int, r: int) -> tuple[Fraction, Fraction, Fraction]:
    return Fraction(p), Fraction(q), Fraction(r)


def _sum(first: Law, second: Law) -> Law | None:
    """The larger one; of two that grow alike, their sum if it does not cancel."""
    if first.growth != second.growth:
        return first if first.growth > second.growth else second
    if first.unknown != second.unknown:
        return None
    total = first.value + second.value
    return first._replace(value=total) if decided("!=", total) is True else None


def _of_function(func: str, inner: Law) -> Law | None:
    match func:
        case "log":
            return inner.log()
        case "sqrt":
            return inner.raised(Fraction(1, 2))
    return inner.scaled(fmpq(inner.sign)) if inner.sign else None


def _to_power(value: Any, exponent: Fraction) -> Any:
    """c^e; exact where e is a whole number."""
    if exponent.denominator == 1:
        return value ** int(exponent)
    if decided(">", value) is not True:
        return None
    base = arb(value) if isinstance(value, fmpq) else value
    return base ** arb(_rational(exponent))


def _rational(v: Fraction) -> fmpq:
    return fmpq(v.numerator, v.denominator)


class Unknown(Fate):
    """A trajectory of which only symmetries and conserved quantities are used."""

    def knows(self, body: Node) -> bool:
        return False

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        return None
