r"""Fractions of polynomials over the rationals in letters with relations.

An `Element` is ``numerator / product of factors``: the numerator a flint polynomial, the denominator kept
factored and never expanded. Letters are of two sorts. *Base* letters are free (weights, inputs, labels).
*Derived* letters stand for a gate, a sign, a root, an exponential, a logarithm or an activation of an
element; each knows its derivative, and some carry a relation (g^2 = g, s^2 = q). Every relation is monic in
the highest letter of its own, so the relations are a Groebner basis as they stand and one pass of division,
highest letter first, gives the normal form.

Letters are ordered lexicographically with later derived letters higher, so that the leading term of the
relation of a derived letter is always a power of the letter itself.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from fractions import Fraction
from itertools import compress
from math import comb
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

MOST_PRODUCTS = 10**8  # of terms in one multiplication: some seconds, and a gigabyte or two at the worst
MOST_TERMS = 10**6  # that a power may have at the worst, to be written out


class OutOfLetters(Exception):
    """The ring has no derived letters left; build it again with more."""


class Undecidable(Exception):
    """The exact world has no way to form or decide this; the message says what."""


class Ring:
    """Polynomials in `base` letters and up to `spare` derived letters.

    Args:
        base: names of the free letters, highest first.
        spare: how many derived letters may be added later.
    """

    def __init__(self, base: Sequence[str], spare: int = 64):
        self.spare, self.free = spare, spare
        names = [f"_{i}" for i in range(spare)] + list(base)
        self.context = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self.gens = self.context.gens()
        self.position = {name: spare + i for i, name in enumerate(base)}
        self.factors: list[fmpq_mpoly] = []  # registered denominators that are not letters
        self.relations: dict[int, fmpq_mpoly] = {}  # letter -> monic relation, applied always
        self.spheres: dict[int, fmpq_mpoly] = {}  # w_11^2 = rho^2 - ..., applied after the last derivative
        self.values: dict[int, fmpq_mpoly] = {}  # letters that hypotheses fix, put in after the last derivative
        self._indices = range(len(self.gens))
        self.nothing = self.context.constant(0)
        self.unit = self.context.constant(1)
        self.zero = Element(self, self.nothing, {})
        self.one = Element(self, self.unit, {})

    def constant(self, value: Fraction | int) -> Element:
        q = Fraction(value)
        return Element(self, self.context.constant(fmpq(q.numerator, q.denominator)), {})

    def letter(self, name: str) -> Element:
        return self.generator(self.position[name])

    def generator(self, index: int) -> Element:
        return Element(self, self.gens[index], {})

    def new_letter(self) -> int:
        """The index of a fresh derived letter, higher than all before it."""
        if self.free == 0:
            raise OutOfLetters
        self.free -= 1
        return self.free

    def reduce(self, poly: fmpq_mpoly, spheres: bool = False) -> fmpq_mpoly:
        """Normal form modulo the relations; with `spheres` also modulo rho_k^2 = |W_k|^2 and the hypotheses."""
        if not spheres:
            return self._modulo(poly, self.relations)
        poly = self.on_spheres(self._with_values(poly))
        # |W_k|^2 brings back a rho_k that a hypothesis fixes; once more, and no sphere relation is left to apply
        return self.on_spheres(self._with_values(poly)) if self.values else poly

    def on_spheres(self, poly: fmpq_mpoly) -> fmpq_mpoly:
        """Normal form modulo the relations and rho_k^2 = |W_k|^2, without the hypotheses."""
        return self._modulo(poly, self.relations, self.spheres)

    def _modulo(self, poly: fmpq_mpoly, *tables: dict[int, fmpq_mpoly]) -> fmpq_mpoly:
        for table in tables:
            degrees = poly.degrees()  # a relation brings in lower letters only, so each pass asks again
            for index in sorted(table):
                if degrees[index] > 1:
                    poly = poly % table[index]
                    degrees = poly.degrees()
        return poly

    def _with_values(self, poly: fmpq_mpoly) -> fmpq_mpoly:
        """Put in the values of fixed letters, repeatedly, since a value may contain another such letter."""
        for _ in self.values:
            present = [i for i in self.values if poly.degrees()[i]]
            if not present:
                break
            images = list(self.gens)
            for i in present:
                images[i] = self.values[i]
            poly = poly.compose(*images, ctx=self.context)
        return poly

    def factor(self, poly: fmpq_mpoly) -> tuple[fmpq, dict[int, int]]:
        """Write a nonzero polynomial as constant times known factors; registers what is new."""
        monomial = poly.term_content()
        exponents = monomial.monoms()[0]
        content = poly.leading_coefficient()
        factors = {i: int(e) for i, e in enumerate(exponents) if e}
        rest = poly / (monomial / monomial.leading_coefficient() * content)  # monic, so that multiples are one factor
        if rest.is_one():
            return content, factors
        factors[self._registered(rest)] = 1
        return content, factors

    def _registered(self, poly: fmpq_mpoly) -> int:
        for i, known in enumerate(self.factors):
            if known == poly:
                return len(self.gens) + i
        self.factors.append(poly)
        return len(self.gens) + len(self.factors) - 1

    def factor_poly(self, index: int) -> fmpq_mpoly:
        n = len(self.gens)
        return self.gens[index] if index < n else self.factors[index - n]

    def letters_of(self, poly: fmpq_mpoly) -> list[int]:
        return list(compress(self._indices, poly.degrees())) if len(poly) else []


class Element:
    """``num / prod(factor ** exponent)``; immutable. Operators work on elements of one ring."""

    __slots__ = ("den", "num", "ring")

    def __init__(self, ring: Ring, num: fmpq_mpoly, den: dict[int, int]):
        self.ring, self.num, self.den = ring, num, den

    def __add__(self, other: Element) -> Element:
        if not len(self.num):
            return other
        if not len(other.num):
            return self
        if self.den == other.den:
            return Element(self.ring, self.num + other.num, self.den).tidy()
        common = {i: max(self.den.get(i, 0), other.den.get(i, 0)) for i in self.den.keys() | other.den.keys()}
        return Element(self.ring, self._over(common) + other._over(common), common)

    def _over(self, common: dict[int, int]) -> fmpq_mpoly:
        """The numerator over a common denominator."""
        num = self.num
        for i, e in common.items():
            missing = e - self.den.get(i, 0)
            if missing:
                num = times(num, self.ring.factor_poly(i) ** missing)
        return num

    def __neg__(self) -> Element:
        return Element(self.ring, -self.num, self.den)

    def __sub__(self, other: Element) -> Element:
        return self + (-other)

    def __mul__(self, other: Element) -> Element:
        if not (self.den or other.den):
            return Element(self.ring, times(self.num, other.num), {})
        if not (len(self.num) and len(other.num)):
            return self.ring.zero
        den = dict(self.den)
        for i, e in other.den.items():
            den[i] = den.get(i, 0) + e
        return Element(self.ring, times(self.num, other.num), den).tidy()

    def tidy(self) -> Element:
        """Cancel letters that stand above and below; exact and cheap."""
        if not self.den:
            return self
        if not len(self.num):
            return self.ring.zero
        gens = len(self.ring.gens)
        content = self.num.term_content()
        shared = [i for i in self.den if i < gens and len(content.derivative(i))]  # a monomial: its letters
        if not shared:
            return self
        exponents = content.monoms()[0]
        common = {i: min(self.den[i], int(exponents[i])) for i in shared}
        divisor = self.ring.unit
        for i, e in common.items():
            divisor = divisor * self.ring.gens[i] ** e
        den = {i: e - common.get(i, 0) for i, e in self.den.items()}
        return Element(self.ring, self.num / divisor, {i: e for i, e in den.items() if e})

    def inverse(self) -> Element:
        """1/self.

        Raises:
            Undecidable: if self vanishes identically, also by the relations.
        """
        if self.num.is_zero() or (len(self.num) > 1 and self.is_zero()):
            raise Undecidable("division by zero")
        constant, factors = self.ring.factor(self.num)
        top = self.ring.context.constant(1 / constant)
        for i, e in self.den.items():
            top = top * self.ring.factor_poly(i) ** e
        return Element(self.ring, top, factors).tidy()

    def __truediv__(self, other: Element) -> Element:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> Element:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        return Element(self.ring, self.num**exponent, {i: e * exponent for i, e in self.den.items() if exponent})

    def canonical(self) -> Element:
        """Reduced modulo the always-valid relations, known factors cancelled as far as they divide."""
        num = self.ring.reduce(self.num)
        den = dict(self.den)
        for i in [i for i in den if i >= len(self.ring.gens)]:
            poly = self.ring.factor_poly(i)
            while den.get(i, 0):
                quotient, rest = divmod(num, poly)
                if not rest.is_zero():
                    break
                num = quotient
                den[i] -= 1
        return Element(self.ring, num, {i: e for i, e in den.items() if e}).tidy()

    def normal_form(self) -> fmpq_mpoly:
        """The numerator modulo every relation, spheres included: zero exactly if the element vanishes on
        the domain as far as the letters are independent."""
        return self.ring.reduce(self.num, spheres=True)

    def is_zero(self) -> bool:
        return not len(self.num) or self.normal_form().is_zero()

    def same(self, other: Element) -> bool:
        """Equality modulo the always-valid relations."""
        return self.ring.reduce((self - other).num).is_zero()

    def rational(self) -> Fraction | None:
        """The element as a number, if it is one."""
        if self.den or not self.num.is_constant():
            return None
        if self.num.is_zero():
            return Fraction(0)
        c = self.num.leading_coefficient()
        return Fraction(int(c.p), int(c.q))

    def letters(self) -> set[int]:
        found = set(self.ring.letters_of(self.num))
        for i in self.den:
            found |= set(self.ring.letters_of(self.ring.factor_poly(i)))
        return found

    def __repr__(self) -> str:
        below = "*".join(f"({self.ring.factor_poly(i)})^{e}" for i, e in self.den.items())
        return f"({self.num})/({below})" if below else str(self.num)


def times(a: fmpq_mpoly, b: fmpq_mpoly) -> fmpq_mpoly:
    """The product.

    Raises:
        Undecidable: it has so many products of terms that writing them out is hopeless; counted before it begins.
    """
    if len(a) * len(b) > MOST_PRODUCTS:
        raise Undecidable(f"too large to write out: {len(a)} terms times {len(b)}")
    return a * b


def terms_of_power(poly: fmpq_mpoly, exponent: int) -> int:
    """How many terms a power has at most: by the multinomial theorem, and by the degrees of its letters."""
    count = len(poly)
    if count <= 1:
        return count
    box = 1
    for degree in poly.degrees():
        box *= exponent * degree + 1
        if box > MOST_TERMS:
            return comb(count + exponent - 1, exponent)
    return min(box, comb(count + exponent - 1, exponent))


class Derivation:
    """A derivation of the ring, given by its values on letters.

    Args:
        on_letter: value on the letter with this index; results are kept.
        moving: the base letters on which it may not vanish; None for all.
        derived: the derived letters, as they are when it is applied.
    """

    def __init__(
        self,
        ring: Ring,
        on_letter: Callable[[int, Derivation], Element],
        moving: Iterable[int] | None = None,
        derived: Container[int] = (),
    ):
        self.ring, self._on_letter = ring, on_letter
        self._moving = None if moving is None else dict.fromkeys(moving)
        self._derived: Any = derived
        self._known: dict[int, Element] = {}

    def letter(self, index: int) -> Element:
        if index not in self._known:
            self._known[index] = self._on_letter(index, self)
        return self._known[index]

    def _support(self, poly: fmpq_mpoly) -> Iterable[int]:
        return self.ring.letters_of(poly) if self._moving is None else (*self._moving, *self._derived)

    def poly(self, poly: fmpq_mpoly) -> Element:
        total = self.ring.zero
        for i in self._support(poly):
            slope = poly.derivative(i)
            if len(slope):  # the rate of a letter may make another letter: only of those that are there
                total = total + Element(self.ring, slope, {}) * self.letter(i)
        return total

    def factor(self, index: int) -> Element:
        """The value on a letter or a registered denominator."""
        if index >= len(self.ring.gens):
            return self.poly(self.ring.factor_poly(index))
        still = self._moving is not None and index not in self._moving and index not in self._derived
        return self.ring.zero if still else self.letter(index)

    def __call__(self, e: Element) -> Element:
        """Quotient rule on the factored denominator: D(p/q) = D(p)/q - (p/q) sum_i m_i D(q_i)/q_i."""
        result = self.poly(e.num)
        if not e.den:
            return result
        result = result * Element(self.ring, self.ring.unit, e.den)
        for i, m in e.den.items():
            change = self.factor(i)
            if len(change.num):
                one = Element(self.ring, self.ring.context.constant(m), {i: 1})
                result = result - e * one * change
        return result
