r"""Sparse polynomials whose monomials may have any rational exponents, over letters counted from 0.

A letter with a negative exponent is one that does not vanish, a letter with a broken one is not negative: who writes
such a power answers for it. Sums and products are then those of functions, and zero means zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from functools import reduce

Exponent = Fraction | int  # a whole one is an int, which is much faster
Monomial = tuple[tuple[int, Exponent], ...]
UNIT: Monomial = ()


class Laurent:
    """A finite sum of rational numbers times monomials; immutable."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Fraction]):
        self.terms = {m: c for m, c in terms.items() if c}

    @classmethod
    def number(cls, value: Fraction | int) -> Laurent:
        return cls({UNIT: Fraction(value)})

    @classmethod
    def letter(cls, index: int, exponent: Exponent = 1) -> Laurent:
        return cls({((index, whole(exponent)),): Fraction(1)})

    def __add__(self, other: Laurent) -> Laurent:
        total = dict(self.terms)
        for m, c in other.terms.items():
            total[m] = total[m] + c if m in total else c
        return Laurent(total)

    def __neg__(self) -> Laurent:
        return self.scaled(Fraction(-1))

    def __sub__(self, other: Laurent) -> Laurent:
        return self + (-other)

    def __mul__(self, other: Laurent) -> Laurent:
        total: dict[Monomial, Fraction] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                key = product(m, n)
                total[key] = total[key] + c * d if key in total else c * d
        return Laurent(total)

    def __pow__(self, exponent: int) -> Laurent:
        return reduce(lambda a, b: a * b, [self] * exponent, Laurent.number(1))

    def scaled(self, factor: Fraction) -> Laurent:
        factor = Fraction(factor)
        return Laurent({m: c * factor for m, c in self.terms.items()})

    def is_zero(self) -> bool:
        return not self.terms

    def constant(self) -> Fraction | None:
        """The number that this is, if it is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(UNIT) if len(self.terms) == 1 else None

    def monomial(self) -> tuple[Monomial, Fraction] | None:
        """(monomial, coefficient) if there is one term."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    def letters(self) -> set[int]:
        return {i for m in self.terms for i, _ in m}

    def key(self) -> tuple:
        """A value by which equal polynomials are told to be equal."""
        return tuple(sorted(self.terms.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Laurent) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return self.written(lambda i: f"z{i}")

    def written(self, name) -> str:
        """The polynomial as text, letters by their names."""
        return " + ".join(_term(c, m, name) for m, c in sorted(self.terms.items())) or "0"


def _term(c: Fraction, m: Monomial, name) -> str:
    letters = [name(i) if e == 1 else f"{name(i)}^({e})" for i, e in m]
    front = [str(c)] if c != 1 or not m else []
    return "*".join(front + letters)


def product(*monomials: Monomial) -> Monomial:
    total: dict[int, Exponent] = {}
    for m in monomials:
        for i, e in m:
            total[i] = total.get(i, 0) + e
    return tuple(sorted((i, whole(e)) for i, e in total.items() if e))


def whole(e: Exponent) -> Exponent:
    return e if isinstance(e, int) else int(e) if e.denominator == 1 else e


def power(m: Monomial, exponent: Exponent) -> Monomial:
    return tuple((i, whole(e * exponent)) for i, e in m) if exponent else UNIT


def mean(monomials: Iterable[Monomial], weights: Iterable[Fraction]) -> Monomial:
    """The product of powers whose exponents are the weights."""
    return product(*(power(m, w) for m, w in zip(monomials, weights, strict=True)))


def is_nonnegative(m: Monomial, letters: Collection[int]) -> bool:
    """Whether a monomial is a square times powers of letters that are not negative."""
    return all(i in letters or (e.denominator == 1 and e.numerator % 2 == 0) for i, e in m)


def vanishes_nowhere(m: Monomial, letters: Collection[int]) -> bool:
    """Whether every letter of a monomial is one that is not zero."""
    return all(i in letters for i, _ in m)
