"""One example, layers of one norm, directions that rest: all weights grow along a ray, by one equation.

Notation: R = y f; F = y f(V; x), constant (`derivations.ray_growth`). W_k stays a multiple of V_k where the gradient
of f by every layer is one and the same multiple of the layer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any, ClassVar

from flint import ctx, fmpq

from derivations.ray_growth import LOSS, OUTPUT, Expansion, number, time

from ...claim import Setting
from ...formula.nodes import BinOp, Call, Grad, Indexed, Name, Neg, Node, Num
from ...formula.shapes import Sizes
from ...rational import RationalPoint
from ...world import Evaluator, rational
from ..values import BITS, DIRECTIONAL, OUTSIDE, continuous, indices_of, names, numbers_of
from .base import Fate, Law


@dataclass
class Ray(Fate):
    """A trajectory along a ray; `direction` is F."""

    direction: fmpq
    certificate: ClassVar[str] = "growth along a ray"

    def knows(self, body: Node) -> bool:
        """Directions rest."""
        return continuous(body) and not names(body) - DIRECTIONAL - indices_of(body)

    def unbounded(self, body: Node) -> bool:
        return (isinstance(body, Indexed) and body.base in ("rho", "W")) or body == Name("rho")

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """The leading term in R."""
        with ctx.workprec(BITS):
            found = self._expansion(node, bound, sizes)
            return None if found is None else found.leading

    def _expansion(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Expansion | None:
        depth = len(self.start.W)
        match node:
            case Name(name="t"):
                return time(depth, self.direction)
            case Name(name="L"):
                return LOSS
            case Name(name="rho"):
                return OUTPUT.scaled(1 / self.direction)
            case Indexed(base="rho"):
                return OUTPUT.scaled(1 / self.direction).power(Fraction(1, depth))
            case Indexed(base="f"):
                return OUTPUT.scaled(fmpq(int(self.start.y[0])))
            case Neg(arg=arg):
                inner = self._expansion(arg, bound, sizes)
                return None if inner is None else inner.scaled(-1)
            case _ if self.knows(node):
                values = numbers_of(node, self.start, self.setting, sizes, bound)
                return number(values[0]) if len(values) == 1 else None
            case Call(func="exp" | "log" | "li" as func, args=(arg,)):
                inner = self._expansion(arg, bound, sizes)
                return None if inner is None else getattr(inner, func)()
            case BinOp(op=op, left=left, right=right):
                return self._joined(op, left, right, bound, sizes)
        return None

    def _joined(self, op: str, left: Node, right: Node, bound: dict[str, int], sizes: Sizes) -> Expansion | None:
        a = self._expansion(left, bound, sizes)
        if a is None:
            return None
        if op == "**":
            exponent = rational(right, bound, sizes)
            return None if exponent is None else a.power(exponent)
        b = self._expansion(right, bound, sizes)
        if op == "/" and b is not None:
            b = b.power(Fraction(-1))
        if b is None or op not in ("+", "-", "*", "/"):
            return None
        return a * b if op in ("*", "/") else a + b.scaled(1 if op == "+" else -1)


def ray(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[Ray]:
    """The fate of a start on a ray, if it is one."""
    fits = (setting.network in ("linear", "relu", "leaky-relu") and setting.loss == "exponential" and len(point.x) == 1
            and setting.flow == "gradient" and widths[-1] == 1 and not any(point.decay)
            and not setting.output_activation)  # fmt: skip
    try:
        direction = _direction(point, setting, widths) if fits else None
    except OUTSIDE:
        return
    if direction is not None:
        story = "the layers have one norm and grow along a ray, where one equation for y f is left"
        yield Ray(point, point, story, setting, direction)


def _direction(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> fmpq | None:
    """F, if it is positive and rational and y grad(f, W[k]) = c W[k] with one c for all k."""
    world = point.world(setting, widths)
    evaluator = Evaluator(world, setting.sizes(widths))
    one = Num(Fraction(1))
    output = world.value(evaluator.term(Indexed("f", one)).reshape(-1)[0]) * int(point.y[0])
    squares = {sum((v * v for row in w for v in row), Fraction(0)) for w in point.W}
    if len(squares) != 1 or not output > 0:
        return None
    (square,) = squares
    slope = output / fmpq(square.numerator, square.denominator)
    for k, w in enumerate(point.W, 1):
        gradient = evaluator.term(Grad(Indexed("f", one), Indexed("W", Num(Fraction(k)))))
        for e, v in zip(gradient.reshape(-1), (v for row in w for v in row), strict=True):
            if world.value(e) * int(point.y[0]) != slope * fmpq(v.numerator, v.denominator):
                return None
    value = evaluator.term(Indexed("fV", one)).reshape(-1)[0]
    world.at_precision(BITS)
    found = world.value(value)
    return found * int(point.y[0]) if isinstance(found, fmpq) else None


def rays(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """A start on a ray: unit vectors u_k of positive entries, W_k = u_k u_(k-1)^T, x = 2 u_0."""
    if setting.examples != 1 or widths[-1] != 1 or setting.network not in ("linear", "relu", "leaky-relu"):
        return
    units = [_unit(h) for h in widths]
    layers: list[Any] = [tuple(tuple(a * b for b in below) for a in here) for below, here in itertools.pairwise(units)]
    yield RationalPoint(tuple(layers), (tuple(2 * v for v in units[0]),), (1,), (Fraction(0),) * len(layers))


def _unit(size: int) -> tuple[Fraction, ...]:
    """A rational unit vector with positive entries: small integers whose squares add up to a square."""
    every = (v for top in itertools.count(1) for v in itertools.combinations_with_replacement(range(1, top + 1), size))
    found = next(v for v in every if isqrt(sum(n * n for n in v)) ** 2 == sum(n * n for n in v))
    return tuple(Fraction(n, isqrt(sum(m * m for m in found))) for n in found)
