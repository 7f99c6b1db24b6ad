r"""Certified directions at rest: d(V[k]) = 0 for all k at the given norms, where a statement is violated.

A point at which every d(V[k]) is exactly zero is certified as it stands. Where the weights are irrational, the box

    G_k - a_k W_k = 0,    (|W_k|^2 - r_k^2)/2 = 0,        unknowns W and a = (a_1, ..., a_K),

holds exactly one direction at rest by interval Newton (as in `enclosure`), with r_k the norms of the point at hand.
With hidden layers that may be rotated no such box is regular; there the families answer:

    aligned    one example x = 2 u_0, W_k = c_k u_k u_(k-1)^T with unit vectors u_k
    symmetric  linear networks, y_n x_n = e_1 + delta_n with sum_n delta_n = 0 and delta_n orthogonal to e_1: all
               margins along e_1 are one, so that the gradient is along e_1; the layers as before with u_0 = e_1
    dead       rectifiers that are off on every example: every gradient is zero
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, fmpq

from derivations.exact.point import PointWorld

from ..claim import Setting
from ..formula.nodes import Indexed, Num, Rate
from ..points.certifier import Certifier
from ..points.enclosure import NEWTON, RADIUS, box_world, interval_newton, linearised, moved, newton_step
from ..points.rational import RationalPoint
from ..points.values import OUTSIDE
from ..world import Evaluator
from .certifier import SHOWN, PlaceCertifier, rounded

ZERO, ONE = Fraction(0), Fraction(1)
PATIENCE, FAR = 4, Fraction(1, 1000)  # steps of Newton's method after which moves that are as long lead nowhere
SCALES = ((1, 1), (2, 1), (1, 3), (-1, 1), (-1, 2), (Fraction(1, 2), Fraction(1, 2)))  # of the last layer, of the rest


class DirectionCertifier(PlaceCertifier):
    """Decides with certainty whether there is an admissible direction at rest at, or next to, a rational point, and
    whether it violates the statement."""

    def violates(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        self.enclosed, self.seen = False, point
        try:
            if self._empty(point):
                return False
            world = point.world(self.setting, self.widths)
            if directions_rest(world, self.sizes):
                return self.admissible(point, world) and self.holds(self.formula, world, bound) is False
            return self._violates_in_box(point, bound)
        except OUTSIDE:
            return False

    def _empty(self, point: RationalPoint) -> bool:
        return any(all(v == 0 for row in w for v in row) for w in point.W)

    def _violates_in_box(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        rotated = self.setting.network == "linear" and any(h > 1 for h in self.widths[1:-1])
        if rotated or not self._data(point) or self.setting.start in ("equal-norms", "balanced"):
            return False
        found = DirectionBox(point, self.setting, self.widths).refined()
        if found is None or not found.holds_one():
            return False
        self.seen, self.enclosed = rounded(found.point), True
        box = box_world(found.point, RADIUS, self.setting, self.widths)
        return self.admissible(found.point, box) and self.holds(self.formula, box, bound) is False

    def hypotheses(self) -> tuple[str, ...]:
        met = Certifier.hypotheses(self)
        if not self.enclosed:
            return (*met, "every d(V[k]) is exactly zero")
        return (
            *met,
            f"W are the first {SHOWN} decimals of a direction at rest: interval Newton proves exactly one of "
            f"these norms in a box of radius {float(RADIUS):.0e}, and what is shown holds all over it",
        )


def directions_rest(world: PointWorld, sizes: Any) -> bool:
    """Whether every d(V[k]) is exactly zero."""
    evaluator = Evaluator(world, sizes)
    speeds = (evaluator.term(Rate(Indexed("V", Num(Fraction(k))), None)) for k in range(1, len(world.layers) + 1))
    return all(_is_zero(world.value(e)) for v in speeds for e in v.reshape(-1))


def _is_zero(value: Any) -> bool:
    """Of a rational number, or of a ball that is one point."""
    return bool(value.is_zero()) if isinstance(value, arb) else value == 0


class DirectionBox:
    """The equations of a direction at rest near a point, at its norms; unknowns (W, a)."""

    def __init__(
        self,
        point: RationalPoint,
        setting: Setting,
        widths: tuple[int, ...],
        norms: Sequence[Fraction] | None = None,
        multipliers: Sequence[Fraction] | None = None,
    ):
        self.point, self.setting, self.widths = point, setting, widths
        self.flat = [[v for row in w for v in row] for w in point.W]
        self.norms = [sum((v * v for v in w), ZERO) for w in self.flat] if norms is None else list(norms)
        self.multipliers = list(multipliers) if multipliers is not None else self._estimated()

    def _estimated(self) -> list[Fraction]:
        """a_k = <G_k, W_k>/|W_k|^2, in floats."""
        slope = [float(e.mid()) for e in linearised(self.point, ZERO, self.setting, self.widths)[0].entries()]
        found, at = [], 0
        for w, norm in zip(self.flat, self.norms, strict=True):
            part, at = slope[at : at + len(w)], at + len(w)
            found.append(Fraction(sum(g * float(v) for g, v in zip(part, w, strict=True)) / float(norm)))
        return found

    def equations(self, radius: Fraction) -> tuple[arb_mat, arb_mat]:
        """(residuals, Jacobian) over the box."""
        slope, curvature = linearised(self.point, radius, self.setting, self.widths)
        size, depth = slope.nrows(), len(self.flat)
        layer = [k for k, w in enumerate(self.flat) for _ in w]
        w = [_around(v, radius) for part in self.flat for v in part]
        a = [_around(v, radius) for v in self.multipliers]
        values = [[slope[i, 0] - a[layer[i]] * w[i]] for i in range(size)]
        for k, norm in enumerate(self.norms):
            square = sum((w[i] * w[i] for i in range(size) if layer[i] == k), arb(0))
            values.append([(square - _q(norm)) / 2])
        rows = [
            [curvature[i, j] - (a[layer[i]] if i == j else 0) for j in range(size)]
            + [-w[i] if layer[i] == k else arb(0) for k in range(depth)]
            for i in range(size)
        ]
        rows += [[w[i] if layer[i] == k else arb(0) for i in range(size)] + [arb(0)] * depth for k in range(depth)]
        return arb_mat(values), arb_mat(rows)

    def refined(self) -> DirectionBox | None:
        """The direction at rest near the point, to many decimals, by Newton's method."""
        here, size = self, sum(map(len, self.flat))
        for count in range(NEWTON):
            move = newton_step(*here.equations(ZERO))
            if move is None:
                return None
            point = moved(here.point, move[:size])
            multipliers = [a - m for a, m in zip(here.multipliers, move[size:], strict=True)]
            here = DirectionBox(point, here.setting, here.widths, here.norms, multipliers)
            if max(map(abs, move)) < RADIUS:
                return here
            if count > PATIENCE and max(map(abs, move)) > FAR:
                return None
        return None

    def holds_one(self) -> bool:
        """Whether interval Newton proves exactly one solution in the box of radius `RADIUS`."""
        return interval_newton(*self.equations(ZERO), self.equations(RADIUS)[1])


def _around(value: Fraction, radius: Fraction) -> arb:
    return arb(_q(value)) + arb(_q(radius)) * arb(0, 1)


def _q(v: Fraction) -> fmpq:
    return fmpq(v.numerator, v.denominator)


# ---- families


def families(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Directions at rest with rational weights; whether they are admissible is for the certifier to say."""
    decay = _decays(setting, widths)
    for point in itertools.chain(_aligned(setting, widths), _symmetric(setting, widths), _dead(setting, widths)):
        yield replace(point, decay=decay)


def _decays(setting: Setting, widths: tuple[int, ...]) -> tuple[Fraction, ...]:
    asked = setting.weight_decay
    each = asked if isinstance(asked, tuple | list) else (asked,) * (len(widths) - 1)
    return tuple(Fraction(1, 4) if v == "any" else Fraction(v) for v in each)


def _aligned(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    if setting.examples != 1 or widths[-1] != 1 or setting.network not in ("linear", "relu", "leaky-relu"):
        return
    units = [_unit(h) for h in widths]
    for last, rest in SCALES:
        layers = _scaled(_outer_products(units), last, rest)
        for y in (1, -1):
            yield RationalPoint(layers, (tuple(2 * v for v in units[0]),), (y,), ())


def _unit(size: int) -> tuple[Fraction, ...]:
    """A rational unit vector with positive entries, by stereographic projection of (1, ..., 1)/size."""
    below = [Fraction(1, size)] * (size - 1)
    square = sum((v * v for v in below), ZERO)
    return (*(2 * v / (1 + square) for v in below), (1 - square) / (1 + square))


def _outer_products(units: Sequence[tuple[Fraction, ...]]) -> list[tuple]:
    """u_k u_(k-1)^T"""
    return [tuple(tuple(a * b for b in below) for a in here) for below, here in itertools.pairwise(units)]


def _scaled(layers: Sequence[Any], last: Fraction | int, rest: Fraction | int) -> tuple:
    factors = [Fraction(rest)] * (len(layers) - 1) + [Fraction(last)]
    return tuple(tuple(tuple(c * v for v in row) for row in w) for c, w in zip(factors, layers, strict=True))


def _symmetric(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    count, inputs = setting.examples, widths[0]
    if setting.network != "linear" or widths[-1] != 1 or count < 2 or inputs < 2:
        return
    axis = (ONE, *(ZERO,) * (inputs - 1))
    units = [axis, *((ONE, *(ZERO,) * (h - 1)) for h in widths[1:])]
    layers = _outer_products(units)
    for spread in (ONE, Fraction(1, 2), Fraction(3)):
        y = tuple((-1) ** n for n in range(count))
        x = tuple(tuple(t * v for v in z) for t, z in zip(y, _equal_margins(count, inputs, spread), strict=True))
        for last, rest in SCALES:
            yield RationalPoint(_scaled(layers, last, rest), x, y, ())


def _equal_margins(count: int, inputs: int, spread: Fraction) -> list[tuple[Fraction, ...]]:
    """e_1 + delta_n on the moment curve, in general position, with sum delta_n = 0."""
    curve = [[Fraction(n) ** j for j in range(1, inputs)] for n in range(count)]
    mean = [sum(column, ZERO) / count for column in zip(*curve, strict=True)]
    return [(ONE, *(spread * (v - m) for v, m in zip(row, mean, strict=True))) for row in curve]


def _dead(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    if setting.network != "relu" or len(widths) < 3 or setting.loss == "cross-entropy" or widths[-1] != 1:
        return
    x = tuple(tuple(Fraction(n) ** j for j in range(widths[0])) for n in range(1, setting.examples + 1))
    y = tuple((-1) ** n for n in range(setting.examples))
    shapes = list(itertools.pairwise(widths))
    layers = [tuple((ONE,) * d for _ in range(h)) for d, h in shapes]
    layers[0] = tuple((-ONE,) * widths[0] for _ in range(widths[1]))
    yield RationalPoint(tuple(layers), x, y, ())
