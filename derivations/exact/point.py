"""The exact world at one rational point: gates are numbers, every value is a rational or an enclosing ball.

Weights stay letters while derivatives are taken and get their values at the end, so that one code forms
gradients, Hessians and rates here and over letters. What a witness shows is certified here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import numpy as np
from flint import Ordering, arb, arb_series, ctx, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from .arrays import Array, item
from .concrete import ConcreteWorld
from .letters import Letter, Letters, rational_root
from .point_spectra import NAMES as SPECTRAL
from .point_spectra import spectral
from .ring import Element, Undecidable
from .world import Point

Number = fmpq | arb
ZERO = fmpq(0)
FACTORED, TRIAL = 128, 10_000  # bits of numbers that are factored whole; primes tried in longer ones
PRECISIONS = (128, 512, 2048)  # bits; a sign that needs more is left undecided


class OutsideDomain(Exception):
    """Some part of the formula does not exist at this point (a kink, a zero layer, a tie, 1/0, log 0)."""


@cache
def _few_letters(count: int) -> tuple[fmpq_mpoly_ctx, tuple[fmpq_mpoly, ...]]:
    """A ring of a few letters, in which polynomials at a point are small."""
    small = fmpq_mpoly_ctx.get([f"z{i}" for i in range(count)], Ordering.lex)
    return small, small.gens()


@lru_cache(maxsize=1024)
def without_squares(q: fmpq) -> tuple[fmpq, fmpq]:
    """(s, r) with q = s^2 r for a positive rational q, r an integer without square factors.

    Factors beyond trial division are not looked for in long numbers: r may then hold a square, and two equal sums of
    roots may go unseen, which is undecided and not wrong.
    """
    whole, free = fmpq(1) / q.q, fmpq(1)
    product = q.p * q.q
    for factor, e in product.factor(trial_limit=TRIAL if product.bit_length() > FACTORED else None):
        root, rest = factor.sqrtrem() if e == 1 else (0, 1)
        whole, free = (whole * root, free) if not rest else (whole * factor ** (int(e) // 2), free * factor ** (e % 2))
    return whole, free


class Valuation:
    """Values of the letters of a ring at a point, computed when asked for."""

    def __init__(self, world: PointWorld, values: dict[int, Fraction | arb]):
        self.world = world
        self.values: dict[int, Number] = {
            i: v if isinstance(v, arb) else fmpq(v.numerator, v.denominator) for i, v in values.items()
        }
        self._surds: dict[int, tuple[str, fmpq]] = {}

    def letter(self, index: int) -> Number:
        if index not in self.values:
            self.values[index] = self._derived(index)
        return self.values[index]

    def _derived(self, index: int) -> Number:
        world = self.world
        if index in world.norms:
            return root(self._norm_square(index), 2)
        if index not in world.letters.table:
            if index == world.ring.position["pi"]:
                return arb.pi()
            raise Undecidable(f"letter {world.ring.gens[index]} has no value at a point")
        letter = world.letters.table[index]
        argument = self.element(letter.argument)
        match letter.kind:
            case "exp":
                return ball(argument).exp()
            case "log":
                if not argument > 0:
                    raise OutsideDomain("logarithm of a number that is not positive")
                return ball(argument).log()
            case "root":
                return root(argument, letter.order)
            case "jet":
                return jet(world.smooth, ball(argument), letter.order)
            case "whole":
                return argument
            case "number":
                return world.letters.numbers[index]()
        raise Undecidable(f"a {letter.kind} letter at a point")

    def poly(self, poly: fmpq_mpoly) -> Number:
        """The value of a polynomial; exact where exponentials, roots and rational numbers are all that it has."""
        present = {i: self.letter(i) for i, degree in enumerate(poly.degrees()) if degree > 0}
        rationals = {i: value for i, value in present.items() if isinstance(value, fmpq)}
        others = [i for i in present if i not in rationals]
        if not others:
            return poly(*(rationals.get(i, ZERO) for i in range(len(self.world.ring.gens))))
        small, letters = _few_letters(len(others))
        images = [small.constant(0)] * len(self.world.ring.gens)
        for i, value in present.items():
            images[i] = small.constant(value) if isinstance(value, fmpq) else letters[others.index(i)]
        return self._irrational(poly.compose(*images, ctx=small), others)

    def _irrational(self, poly: fmpq_mpoly, letters: list[int]) -> Number:
        """A polynomial in letters that are not rational.

        Powers of exponentials and square roots of rational numbers are collected to c e^a sqrt(q), q without squares.
        Different ones are linearly independent (Lindemann-Weierstrass), so a sum that vanishes is seen to.
        """
        sums: dict[tuple, fmpq] = {}
        for exponents, coefficient in poly.to_dict().items():
            exponent, square, rest = fmpq(0), fmpq(1), []
            for i, e in zip(letters, map(int, exponents), strict=True):
                kind, inside = self.surd(i) if e else ("", ZERO)
                if kind == "exp":
                    exponent += e * inside
                elif kind == "root":
                    coefficient = coefficient * inside ** (e // 2)
                    square *= inside if e % 2 else 1
                elif e:
                    rest.append((i, e))
            whole, free = without_squares(square)
            key = (exponent, free, tuple(rest))
            sums[key] = sums.get(key, fmpq(0)) + coefficient * whole
        return sum((c * self._product(*key) for key, c in sums.items() if c), fmpq(0))

    def _product(self, exponent: fmpq, square: fmpq, rest: tuple[tuple[int, int], ...]) -> Number:
        value: Number = fmpq(1) if exponent == 0 else arb(exponent).exp()
        value = value if square == 1 else arb(square).sqrt() * value
        for i, e in rest:
            value = self.letter(i) ** e * value
        return value

    def surd(self, index: int) -> tuple[str, fmpq]:
        """('exp', a) for a letter that is e^a, ('root', q) for sqrt(q), with a rational number; else ('', 0)."""
        if index not in self._surds:
            self._surds[index] = self._surd(index)
        return self._surds[index]

    def _surd(self, index: int) -> tuple[str, fmpq]:
        letter = self.world.letters.table.get(index)
        if index in self.world.norms:
            inside, kind = self._norm_square(index), "root"
        elif letter is not None and (letter.kind == "exp" or (letter.kind == "root" and letter.order == 2)):
            inside, kind = self.element(letter.argument), letter.kind
        else:
            return "", ZERO
        return (kind, inside) if isinstance(inside, fmpq) else ("", ZERO)

    def _norm_square(self, index: int) -> Number:
        layer = self.world.layers[self.world.norms.index(index)]
        return sum((self.element(e) ** 2 for e in layer.reshape(-1)), fmpq(0))

    def element(self, e: Element) -> Number:
        value = self.poly(e.num)
        for i, m in e.den.items():
            below = self.poly(self.world.ring.factor_poly(i)) if i >= len(self.world.ring.gens) else self.letter(i)
            if below == 0 or (isinstance(below, arb) and below.contains(0)):
                raise OutsideDomain("division by zero")
            value = value / below**m
        return value


class PointLetters(Letters):
    """Letters at a point: gates and signs are read off the point instead of becoming letters."""

    world: PointWorld
    numbers: dict[int, Callable[[], arb]]

    def number(self, enclose: Callable[[], arb]) -> Element:
        """A letter for a real number that `enclose` gives as a ball of the present precision."""
        index = self.ring.new_letter()
        self.table[index] = Letter("number", self.ring.zero, len(self.numbers))
        self.numbers[index] = enclose
        return self.ring.generator(index)

    def _in_basis(self, argument: Element) -> dict[int, Fraction] | None:
        """Whole powers only: what is no whole power of known exponentials gets a letter, for it has a value."""
        found = super()._in_basis(argument)
        return found if found is not None and all(c.denominator == 1 for c in found.values()) else None

    def gate(self, argument: Element) -> Element:
        if argument.num.is_zero() or self.world.value(argument) == 0:
            self.world.on_kink = True  # harmless unless a derivative is taken
            return self.ring.one
        positive = self.world.sign_of(argument) > 0
        return self.ring.one if positive else self.ring.constant(self.slope)

    def sign(self, argument: Element) -> Element:
        return self.ring.constant(self.world.sign_of(argument))


class PointWorld(ConcreteWorld):
    """A network at rational weights, inputs and labels.

    Args:
        weights: for each layer its rows of rationals, or of balls: then every value is a ball that contains the
            values at all weights in them.
        decay: values of "any" weight decays, one a layer.
        keywords: the setting, as for `ConcreteWorld`.
    """

    letters: PointLetters

    def __init__(
        self,
        *,
        weights: Sequence[Sequence[Sequence[Fraction | arb]]],
        inputs: Sequence[Sequence[Fraction]],
        labels: Sequence,
        decay: Sequence[Fraction] = (),
        **keywords: Any,
    ):
        super().__init__(inputs=inputs, labels=list(labels), **keywords)
        old = self.letters
        self.letters = PointLetters(self.ring, old.slope, frozenset(old.positive))
        self.letters.world, self.letters.numbers = self, {}
        self.on_kink = False
        values: dict[int, Fraction | arb] = {
            self.ring.position[f"w{k}_{i}_{j}"]: v if isinstance(v, arb) else Fraction(v)
            for k, layer in enumerate(weights, 1)
            for i, row in enumerate(layer)
            for j, v in enumerate(row)
        }
        for name, value in zip(self.decays, decay, strict=False):
            if isinstance(name, str):
                values[self.ring.position[name]] = Fraction(value)
        self.base_values = values
        self.valuation = Valuation(self, values)

    def at_precision(self, bits: int) -> Valuation:
        ctx.prec = bits
        self.valuation = Valuation(self, self.base_values)
        return self.valuation

    def value(self, e: Element) -> Number:
        return self.valuation.element(e)

    def sign_of(self, e: Element) -> int:
        """The certified sign of an element at the point.

        Raises:
            OutsideDomain: if it is zero, or too near zero to tell.
        """
        for bits in PRECISIONS:
            value = self.at_precision(bits).element(e)
            if value > 0:
                return 1
            if value < 0:
                return -1
            if isinstance(value, fmpq):
                break
        raise OutsideDomain("a point on a kink, or a sign of zero")

    def direction(self, state: Point, k: int) -> Array:
        self._has_direction(k)
        return super().direction(state, k)

    def outputs(self, state: Point, n: int, normalized: bool) -> list[Element]:
        if normalized:
            for k in range(1, len(self.layers) + 1):
                self._has_direction(k)
        return super().outputs(state, n, normalized)

    def _has_direction(self, k: int) -> None:
        if all(self.base_values[self.ring.position[f"w{k}_{i}_{j}"]] == 0 for i, j in self._cells(k)):
            raise OutsideDomain(f"V[{k}] at W[{k}] = 0")

    def _cells(self, k: int) -> list[tuple[int, int]]:
        r, c = self.shapes[k - 1]
        return [(i, j) for i in range(r) for j in range(c)]

    def gradient(self, state, body, space, layer):
        return self._smooth_here(super().gradient(state, body, space, layer))

    def hessian(self, state, body, space, layers):
        return self._smooth_here(super().hessian(state, body, space, layers))

    def rate(self, state, body, flow):
        return self._smooth_here(super().rate(state, body, flow))

    def _smooth_here(self, value: Array) -> Array:
        if self.on_kink:
            raise OutsideDomain("a derivative at a kink")
        return value

    def gates(self, state, k, n):
        return self._smooth_here(super().gates(state, k, n))

    def extreme(self, name: str, values: Sequence[Array]) -> Array:
        best = values[0]
        for other in values[1:]:
            gap = item(other) - item(best)
            if gap.num.is_zero():
                continue
            sign = self.sign_of(gap)
            if (sign < 0) == (name == "min"):
                best = other
        return best

    def apply(self, name: str, a: Array) -> Array:
        if name in SPECTRAL:
            return spectral(self, name, a)
        value = super().apply(name, a)
        return self._smooth_here(value) if name in ("act1", "act2") else value

    def compare(self, op: str, left: Array, right: Array) -> bool | None:
        """Whether the relation holds at the point: certified, or None."""
        verdicts = [self._compare(op, a - b) for a, b in zip(left.reshape(-1), right.reshape(-1), strict=True)]
        if op == "!=":  # matrices differ if some entry does
            return True if True in verdicts else None if None in verdicts else False
        return False if False in verdicts else None if None in verdicts else True

    def _compare(self, op: str, gap: Element) -> bool | None:
        """By the normal form, where norms cancel, or as it stands, where no norm need be irrational."""
        forms = (Element(gap.ring, gap.normal_form(), gap.den), gap)
        for bits in PRECISIONS:
            for form in forms:
                known = decided(op, self.at_precision(bits).element(form))
                if known is not None:
                    return known
        return None

    def numbers(self, a: Array) -> np.ndarray:
        """The values of an array's entries, at the present precision."""
        out = np.empty(a.shape, dtype=object)
        for index, e in np.ndenumerate(a):
            out[index] = self.valuation.element(e)
        return out


def decided(op: str, gap: Number) -> bool | None:
    """Whether ``gap op 0`` holds, if the ball tells."""
    if isinstance(gap, fmpq) or gap.is_zero():  # a ball that is the one number 0
        sign = (gap > 0) - (gap < 0)
        table = {"==": sign == 0, "!=": sign != 0, "<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}
        return table[op]
    if not gap.is_finite():
        return None
    positive, negative = bool(gap > 0), bool(gap < 0)
    if not (positive or negative):
        return None
    return {"==": False, "!=": True, "<": negative, "<=": negative, ">": positive, ">=": positive}[op]


def ball(value: Number) -> arb:
    return value if isinstance(value, arb) else arb(value)


def root(value: Number, degree: int) -> Number:
    """The positive root, exact where it is rational."""
    if not value >= 0:
        raise OutsideDomain("a root of a number that is not known to be positive")
    if isinstance(value, fmpq):
        exact = rational_root(Fraction(int(value.p), int(value.q)), degree)
        if exact is not None:
            return fmpq(exact.numerator, exact.denominator)
    return ball(value).root(degree)


def jet(smooth: str, z: arb, order: int) -> arb:
    """The `order`-th derivative at z of softplus, tanh or swish, from the power series of exp."""
    series = arb_series([z, arb(1)], order + 1)
    one = arb_series([arb(1)], order + 1)
    match smooth:
        case "softplus":
            value = (one + series.exp()).log()
        case "tanh":
            e = (series + series).exp()
            value = (e - one) / (e + one)
        case "swish":
            value = series / (one + (-series).exp())
        case _:
            raise Undecidable(f"no series for the activation '{smooth}'")
    factorial = 1
    for i in range(2, order + 1):
        factorial *= i
    return value[order] * factorial
