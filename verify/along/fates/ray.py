"""All weights grow along a ray: directions rest, all outputs y_n f_n are one number R, and one equation is left.

Notation: `derivations.trajectories.ray_growth`. W_k(t) = z(t) W_k(0) where sum_n y_n grad f_n is one and the same
multiple kappa of every layer at the start: all losses keep one slope, and f has one degree in the weights.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, ClassVar

from flint import ctx, fmpq

from derivations.trajectories.ray_growth import OUTPUT, Expansion, clock, loss, number, speed

from ...claim import Setting
from ...formula import parse
from ...formula.nodes import BinOp, Call, Grad, Indexed, Name, Neg, Node, Num, Reduce, rebuild, substitute
from ...formula.shapes import Sizes, integer
from ...points.rational import RationalPoint
from ...points.values import BITS, OUTSIDE, numbers_of
from ...statements.equivalence import terms
from ...statements.words import DIRECTIONAL, continuous, indices_of, names
from ...world import Evaluator, rational
from .base import Fate, Law
from .below import degrees, homogeneous, is_layer, norm_of
from .rest import Rest

RESTING_FLOWS = ("gradient", "constrained", "weight-norm")  # in which a ray is one and the same trajectory
EXTREMES = {terms(parse(f"{which}(n, y[n]*f[n])")).text() for which in ("min", "max")}
PULL = parse("sum(n, y[n]*f[n])")
ONE = Num(Fraction(1))
STORY = "all weights grow along a ray, where one equation for the common output y[n]*f[n] is left"


def untied(node: Node) -> Node:
    """The term with the first output for the smallest or largest one, where all are one number: no tie is looked at."""
    if node == Name("margin"):
        return BinOp("*", Indexed("y", ONE), Indexed("fV", ONE))
    if isinstance(node, Reduce) and terms(node).text() in EXTREMES:
        return BinOp("*", Indexed("y", ONE), Indexed("f", ONE))
    return rebuild(node, untied)


class Held(Rest):
    """A start on a ray under the flow that keeps all norms."""

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        return super().limit(untied(body), bound, sizes)


@dataclass
class Ray(Fate):
    """A trajectory along a ray.

    Attributes:
        output: R_0.
        pull: kappa.
    """

    output: fmpq
    pull: fmpq
    certificate: ClassVar[str] = "growth along a ray"

    def knows(self, body: Node) -> bool:
        """Directions rest."""
        return continuous(body) and not names(body) - DIRECTIONAL - indices_of(body)

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        return super().limit(untied(body), bound, sizes)

    def unbounded(self, body: Node) -> bool:
        return is_layer(body) or body == Name("rho") or norm_of(body) is not None

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """The leading term in R."""
        with ctx.workprec(BITS):
            found = self._expansion(node, bound, sizes)
            leading = None if found is None else found.leading
            return None if leading is None else Law(leading[0], (*leading[1], Fraction(0)))

    @property
    def degree(self) -> int:
        return sum(degrees(self.setting, len(self.start.W)))

    def _expansion(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Expansion | None:
        depth, examples = len(self.start.W), len(self.start.x)
        layer = norm_of(node)
        if layer is not None:
            k = rational(layer, bound, sizes)
            return None if k is None else self._norms((int(k),))
        match node:
            case Name(name="t"):
                rate = self.pull / (examples if self.setting.average else 1)
                return clock(self.degree, speed(self.degree, rate, self.output))
            case Name(name="L"):
                return loss(1 if self.setting.average else examples, self.setting.loss == "logistic")
            case Name(name="rho"):
                return self._norms(range(1, depth + 1))
            case Indexed(base="f", index=index):
                n = rational(index, bound, sizes)
                return None if n is None else OUTPUT.scaled(fmpq(int(self.start.y[int(n) - 1])))
            case _ if self.knows(node):
                values = numbers_of(untied(node), self.start, self.setting, sizes, bound)
                return number(values[0]) if len(values) == 1 else None
            case Neg(arg=arg):
                inner = self._expansion(arg, bound, sizes)
                return None if inner is None else inner.scaled(-1)
            case Call(func="exp" | "log" | "li" | "sqrt" as func, args=(arg,)):
                inner = self._expansion(arg, bound, sizes)
                return inner and (inner.power(Fraction(1, 2)) if func == "sqrt" else getattr(inner, func)())
            case BinOp(op=op, left=left, right=right):
                return self._joined(op, left, right, bound, sizes)
            case Reduce():
                return self._reduced(node, bound, sizes)
        return None

    def _norms(self, layers: Any) -> Expansion:
        """prod |W_k| = prod |W_k(0)| z, z = (R/R_0)^(1/D): a root of prod |W_k(0)|^(2D)/R_0^2."""
        base, count = fmpq(1), 0
        for k in layers:
            square = sum((v * v for row in self.start.W[k - 1] for v in row), Fraction(0))
            base, count = base * fmpq(square.numerator, square.denominator) ** self.degree / self.output**2, count + 1
        root, scale = number(base).power(Fraction(1, 2 * self.degree)), OUTPUT.power(Fraction(count, self.degree))
        assert root is not None and scale is not None  # of positive numbers
        return root * scale

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

    def _reduced(self, node: Reduce, bound: dict[str, int], sizes: Sizes) -> Expansion | None:
        """Sums and products; the least or largest of terms that are all the same."""
        low, high = (integer(end, bound, sizes) for end in (node.low, node.high))
        every = [substitute(node.body, {node.index: Num(Fraction(i))}) for i in range(low, high + 1)]
        parts = [p for p in (self._expansion(e, bound, sizes) for e in every) if p is not None]
        if not parts or len(parts) < len(every):
            return None
        if node.func in ("min", "max"):
            return parts[0] if all(p == parts[0] for p in parts) and parts[0].error is None else None
        return reduce(Expansion.__add__ if node.func == "sum" else Expansion.__mul__, parts)


def ray(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[Ray]:
    """The fate of a start on a ray, if it is one."""
    if not homogeneous(setting, widths) or setting.flow not in RESTING_FLOWS or any(point.decay):
        return
    try:
        found = on_ray(point, setting, widths)
    except OUTSIDE:
        return
    if found is not None:
        yield Ray(point, point, STORY, setting, *found)


def held(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[Held]:
    """The fate of a start on a ray in the flow that keeps all norms: the pull of the data, and of decay, is radial."""
    if homogeneous(setting, widths) and setting.flow == "fixed-rho" and on_ray(point, setting, widths) is not None:
        yield Held(point, point, "norms are held and directions rest: the start is at rest", setting)


def on_ray(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> tuple[fmpq, fmpq] | None:
    """(R_0, kappa), if all outputs are one positive number and sum_n y_n grad f_n = kappa W."""
    world = point.world(setting, widths)
    signed = {world.value(world.signed_output(world.state, n, False)) for n in range(1, len(point.x) + 1)}
    if len(signed) != 1 or not min(signed) > 0 or world.on_kink:
        return None
    evaluator = Evaluator(world, setting.sizes(widths))
    ratios: set[Any] = set()
    for k, w in enumerate(point.W, 1):
        gradient = evaluator.term(Grad(PULL, Indexed("W", Num(Fraction(k)))))
        for e, v in zip(gradient.reshape(-1), itertools.chain.from_iterable(w), strict=True):
            slope = world.value(e)
            if v:
                ratios.add(slope / fmpq(v.numerator, v.denominator))
            elif slope != 0:
                return None
        if len(ratios) != 1:
            return None
    (pull,) = ratios
    (output,) = signed
    if not isinstance(pull, fmpq) or not isinstance(output, fmpq):
        return None
    return (output, pull) if pull > 0 else None
