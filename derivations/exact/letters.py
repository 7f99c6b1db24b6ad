r"""Derived letters: what stands for exp, log, roots, gates, signs and activations of elements.

Arguments are compared by normal form, so one function of one argument is one letter wherever it is met.
Exponentials get letters by a rational basis of their arguments: exp(-2q) is the square of exp(-q).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq, fmpz

from .ring import Derivation, Element, Ring, Undecidable


@dataclass(frozen=True)
class Letter:
    """What a derived letter stands for: `kind` of `argument` (and `order` for jets and roots)."""

    kind: str  # 'exp' 'log' 'root' 'gate' 'sign' 'jet' 'whole'
    argument: Element
    order: int = 0


class Letters:
    """The derived letters of one ring.

    Args:
        slope: value of a leaky gate on the negative side (0 for ReLU).
        positive: base letters that are positive on the domain.
    """

    def __init__(self, ring: Ring, slope: Fraction = Fraction(0), positive: frozenset[int] = frozenset()):
        self.ring, self.slope = ring, slope
        self.table: dict[int, Letter] = {}
        self.positive: set[int] = set(positive)
        self._rates: dict[int, Element] = {}

    # ---- making letters

    def _find(self, kind: str, argument: Element, order: int = 0) -> int | None:
        for index, letter in self.table.items():
            if letter.kind == kind and letter.order == order and letter.argument.same(argument):
                return index
        return None

    def _make(self, kind: str, argument: Element, order: int = 0) -> int:
        found = self._find(kind, argument, order)
        if found is not None:
            return found
        index = self.ring.new_letter()
        self.table[index] = Letter(kind, argument, order)
        return index

    def exp(self, argument: Element) -> Element:
        argument = argument.canonical()
        if argument.num.is_zero():
            return self.ring.one
        known = self._known_exponent(argument)
        if known is not None:
            return known
        combination = self._in_basis(argument)
        if combination is None:
            index = self._make("exp", argument)
            self.positive.add(index)
            return self.ring.generator(index)
        if any(c.denominator != 1 for c in combination.values()):
            raise Undecidable("exponentials whose arguments differ by a fraction: write the smaller one first")
        result = self.ring.one
        for index, c in combination.items():
            result = result * self.ring.generator(index) ** int(c)
        return result

    def _known_exponent(self, argument: Element) -> Element | None:
        """The letter of this very argument, or the inverse of that of its opposite; elimination is dear."""
        for index, letter in self.table.items():
            if letter.kind == "exp" and letter.argument.den == argument.den:
                if letter.argument.num == argument.num:
                    return self.ring.generator(index)
                if letter.argument.num == -argument.num:
                    return self.ring.generator(index).inverse()
        return None

    def _in_basis(self, argument: Element) -> dict[int, Fraction] | None:
        """The argument as a rational combination of known exponents, by elimination on coefficients."""
        basis = [(i, let.argument) for i, let in self.table.items() if let.kind == "exp"]
        if not basis:
            return None
        common: dict[int, int] = {}
        for _, a in [*basis, (0, argument)]:
            common = {i: max(common.get(i, 0), a.den.get(i, 0)) for i in common.keys() | a.den.keys()}
        rest = self.ring.reduce(argument._over(common))
        known = [(i, self.ring.reduce(a._over(common))) for i, a in basis]
        if not set(self.ring.letters_of(rest)) <= {i for _, a in known for i in self.ring.letters_of(a)}:
            return None  # a letter that no known exponent has
        return eliminate([(i, a.to_dict()) for i, a in known], dict(rest.to_dict()))

    def log(self, argument: Element) -> Element:
        """log of a product of positive factors is the sum of their logs; log exp(a) = a.

        An argument with a factor of unknown sign is kept whole: log(w^2) is not 2 log w where w is negative.
        """
        argument = argument.canonical()
        value = argument.rational()
        if value is not None and value <= 0:
            raise Undecidable("the logarithm of a number that is not positive")
        if value == 1:
            return self.ring.zero
        if argument.num.is_constant() and not argument.den:
            return self.ring.generator(self._make("log", argument))
        constant, factors = self.ring.factor(argument.num)
        for i, e in argument.den.items():
            factors[i] = factors.get(i, 0) - e
        unknown = [i for i in factors if not self.is_positive(i)]
        if unknown and (len(factors) > 1 or constant != 1 or factors[unknown[0]] != 1):
            return self.ring.generator(self._make("log", argument))
        total = self.log(Element(self.ring, self.ring.context.constant(constant), {}))
        for i, e in factors.items():
            total = total + self._log_of_factor(i) * self.ring.constant(e)
        return total

    def _log_of_factor(self, factor: int) -> Element:
        if factor in self.table and self.table[factor].kind == "exp":
            return self.table[factor].argument
        argument = Element(self.ring, self.ring.factor_poly(factor), {})
        return self.ring.generator(self._make("log", argument))

    def root(self, argument: Element, degree: int) -> Element:
        """The positive root of an element that is positive on the domain."""
        outside, inside = self._extract_powers(argument.canonical(), degree)
        value = inside.rational()
        if value is not None and value < 0:
            raise Undecidable("the root of a negative number")
        exact = None if value is None else rational_root(value, degree)
        if exact is not None:
            return outside * self.ring.constant(exact)
        found = self._find("root", inside, degree)
        index = self._make("root", inside, degree)
        if found is None:
            self.positive.add(index)
            self.ring.relations[index] = self.ring.gens[index] ** degree - inside.num
        return outside * self.ring.generator(index)

    def _extract_powers(self, a: Element, degree: int) -> tuple[Element, Element]:
        """Split a = b^degree * c with c a polynomial, moving positive factors into b."""
        outside, top = self.ring.one, a.num
        for i, e in a.den.items():
            if not self.is_positive(i):
                raise Undecidable("a root of a quotient whose denominator may be negative")
            whole = -(-e // degree)
            outside = outside * Element(self.ring, self.ring.unit, {i: whole})
            top = top * self.ring.factor_poly(i) ** (whole * degree - e)
        content = top.term_content().monoms()[0] if not top.is_zero() else ()
        for i, e in enumerate(content):
            if int(e) // degree and i in self.positive:
                outside = outside * self.ring.generator(i) ** (int(e) // degree)
                top = top / self.ring.gens[i] ** (int(e) // degree * degree)
        return outside, Element(self.ring, top, {})

    def is_positive(self, factor: int) -> bool:
        """Whether a letter, or a registered factor with positive terms only, is positive on the domain."""
        if factor < len(self.ring.gens):
            return factor in self.positive
        poly = self.ring.factor_poly(factor)
        return all(c > 0 for c in poly.coeffs()) and set(self.ring.letters_of(poly)) <= self.positive

    def gate(self, argument: Element) -> Element:
        """The derivative of ReLU (1 or 0) or leaky ReLU (1 or slope), off the kink."""
        key, sign = self._up_to_positive(argument)
        one, slope = self.ring.one, self.ring.constant(self.slope)
        if key is None:
            return one if sign > 0 else slope
        found = self._find("gate", key)
        index = self._make("gate", key)
        g = self.ring.gens[index]
        if found is None:
            s = self.ring.context.constant(fmpq(self.slope.numerator, self.slope.denominator))
            self.ring.relations[index] = g**2 - (1 + s) * g + s
        letter = self.ring.generator(index)
        return letter if sign > 0 else one + slope - letter

    def rectified(self) -> list[Element]:
        """gate times argument for every ReLU gate: nonnegative wherever it exists."""
        if self.slope:
            return []
        gates = [(i, let.argument) for i, let in self.table.items() if let.kind == "gate"]
        return [self.ring.generator(i) * argument for i, argument in gates]

    def sign(self, argument: Element) -> Element:
        """sign of an element, +1 or -1, off zero."""
        key, sign = self._up_to_positive(argument)
        if key is None:
            return self.ring.constant(sign)
        index = self._make("sign", key)
        self.ring.relations[index] = self.ring.gens[index] ** 2 - 1
        return self.ring.generator(index) * self.ring.constant(sign)

    def _up_to_positive(self, argument: Element) -> tuple[Element | None, int]:
        """The argument stripped of positive factors, leading coefficient positive, and the sign taken out."""
        a = argument.canonical()
        if a.num.is_zero():
            raise Undecidable("the sign of zero")
        content = a.num.term_content()
        exponents = content.monoms()[0]
        stripped = a.num
        for i, e in enumerate(exponents):
            if e and i in self.positive:
                stripped = stripped / self.ring.gens[i] ** int(e)
        odd = [i for i, e in a.den.items() if e % 2 and i not in self.positive]
        for i in odd:
            stripped = stripped * self.ring.factor_poly(i)
        scale = stripped.leading_coefficient()
        sign = 1 if scale > 0 else -1
        stripped = stripped / self.ring.context.constant(scale)
        return (None, sign) if stripped.is_one() else (Element(self.ring, stripped, {}), sign)

    def jet(self, argument: Element, order: int) -> Element:
        """The `order`-th derivative of a smooth activation at the argument."""
        return self.ring.generator(self._make("jet", argument.canonical(), order))

    def whole(self, argument: Element) -> Element:
        """A letter for the element itself, where a power of it is too large to be written out.

        A zero normal form still proves: the identity holds whatever the letter is.
        """
        return self.ring.generator(self._make("whole", argument.canonical()))

    # ---- derivatives

    def rate(self, index: int, derivation: Derivation) -> Element:
        """The derivative of a derived letter, by the chain rule."""
        letter = self.table[index]
        if letter.kind in ("gate", "sign"):
            return self.ring.zero
        inner = derivation(letter.argument)
        if inner.num.is_zero():
            return self.ring.zero
        return self._outer_derivative(index, letter) * inner

    def _outer_derivative(self, index: int, letter: Letter) -> Element:
        if index in self._rates:
            return self._rates[index]
        own = self.ring.generator(index)
        match letter.kind:
            case "exp":
                outer = own
            case "whole":
                outer = self.ring.one
            case "log":
                outer = letter.argument.inverse()
            case "root":  # s = a^(1/m):  ds = s / (m a) da
                outer = own / (letter.argument * self.ring.constant(letter.order))
            case _:
                outer = self.jet(letter.argument, letter.order + 1)
        self._rates[index] = outer
        return outer


def eliminate(rows: list[tuple[int, dict]], rest: dict) -> dict[int, Fraction] | None:
    """Coefficients c with sum_i c_i row_i = rest, or None; rows are linearly independent."""
    reduced: list[tuple[tuple, dict, dict[int, Fraction]]] = []
    for name, row in rows:
        vector, combination = _sweep({k: _q(v) for k, v in row.items()}, {name: Fraction(1)}, reduced)
        if vector:
            reduced.append((min(vector), vector, combination))
    target, combination = _sweep({k: _q(v) for k, v in rest.items()}, {}, reduced)
    if target:
        return None
    return {i: -c for i, c in combination.items() if c}


def _sweep(vector: dict, combination: dict, reduced: list) -> tuple[dict, dict]:
    vector, combination = dict(vector), dict(combination)
    for pivot, row, made_of in reduced:
        if pivot in vector:
            factor = vector[pivot] / row[pivot]
            for key, value in row.items():
                vector[key] = vector.get(key, Fraction(0)) - factor * value
                if vector[key] == 0:
                    del vector[key]
            for key, value in made_of.items():
                combination[key] = combination.get(key, Fraction(0)) - factor * value
    return vector, combination


def _q(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def rational_root(value: Fraction, degree: int) -> Fraction | None:
    """The exact positive root of a nonnegative rational, or None."""
    if value < 0:
        return None
    roots = [int(fmpz(n).root(degree)) for n in (value.numerator, value.denominator)]
    exact = roots[0] ** degree == value.numerator and roots[1] ** degree == value.denominator
    return Fraction(*roots) if exact else None
