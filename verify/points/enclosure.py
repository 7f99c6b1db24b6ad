r"""Boxes of weights in which interval Newton proves exactly one stationary point.

Notation: F = grad L (p,), H = hess L (p, p); X = m +- r a box around rational weights m; Y an approximate inverse of
H(m). If the Krawczyk operator

    K(X) = m - Y F(m) + (I - Y H(X)) (X - m)

lies inside X, the box holds exactly one zero of F, and H is regular all over it. Where H(X) is positive definite,
that zero is a local minimum.

Reference: A. Neumaier, Interval Methods for Systems of Equations (1990), Thm 5.1.8.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, fmpq

from derivations.exact.point import PointWorld
from derivations.exact.ring import OutOfLetters, Undecidable

from ..claim import Setting
from ..formula.nodes import Grad, Hess, Name
from ..world import Evaluator
from .rational import RationalPoint

BITS = 192
REFINED = 24  # decimals of the midpoint
RADIUS = Fraction(1, 10**16)
NEWTON = 12


class BoxWorld(PointWorld):
    """A point whose weights are known up to a radius: every value is a ball that holds it."""

    radius: Fraction = Fraction(0)

    def at_precision(self, bits: int):
        valuation = super().at_precision(bits)
        if self.radius:
            for layer in range(1, len(self.layers) + 1):
                for i, j in self._cells(layer):
                    index = self.ring.position[f"w{layer}_{i}_{j}"]
                    radius = arb(_q(self.radius))
                    valuation.values[index] = arb(valuation.values[index]) + radius * arb(0, 1)
        return valuation


def box_world(point: RationalPoint, radius: Fraction, setting: Setting, widths: tuple[int, ...]) -> BoxWorld:
    """The world of a box, with as many letters as it takes."""
    spare: int | None = None
    while True:
        try:
            made = BoxWorld(
                weights=point.W,
                inputs=point.x,
                labels=point.y,
                decay=point.decay,
                spare=spare,
                **setting.keywords(widths),
            )
            break
        except OutOfLetters:
            spare = 2 * (spare or 64)
    made.radius = radius
    return made


def refined(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> RationalPoint | None:
    """The stationary point near given weights, to `REFINED` decimals, by Newton's method in balls."""
    for _ in range(NEWTON):
        move = newton_step(*linearised(point, Fraction(0), setting, widths))
        if move is None:
            return None
        point = moved(point, move)
        if max(abs(v) for v in move) < RADIUS:
            return point
    return None


def newton_step(value: arb_mat, slope: arb_mat) -> list[Fraction] | None:
    """slope^-1 value, in floats of the one and in balls of the other; None where there is none."""
    if any(not e.is_finite() for e in value.entries()):
        return None
    inverse = _inverse(slope)
    return None if inverse is None else [Fraction(float(e.mid())) for e in (inverse * value.mid()).entries()]


def holds_one(point: RationalPoint, setting: Setting, widths: tuple[int, ...], minimum: bool = False) -> bool:
    """Whether the box of radius `RADIUS` holds exactly one stationary point; with `minimum` a local minimum."""
    slope, curvature = linearised(point, Fraction(0), setting, widths)
    _, box = linearised(point, RADIUS, setting, widths)
    return interval_newton(slope, curvature, box) and (not minimum or positive_definite(box))


def interval_newton(value: arb_mat, slope: arb_mat, box: arb_mat) -> bool:
    """Whether the Krawczyk operator takes the box of radius `RADIUS` into itself: F and its derivative at the middle,
    and the derivative all over the box."""
    inverse = _inverse(slope)
    if inverse is None or not all(e.is_finite() for m in (value, box) for e in m.entries()):
        return False
    size = value.nrows()
    eye = arb_mat([[int(i == j) for j in range(size)] for i in range(size)])
    spread = arb_mat([[arb(_q(RADIUS)) * arb(0, 1)] for _ in range(size)])
    image = (eye - inverse * box) * spread - inverse * value
    return all(bool(abs(e) < arb(_q(RADIUS))) for e in image.entries())


def positive_definite(matrix: arb_mat) -> bool:
    """Whether every pivot of a symmetric matrix of balls is certainly positive."""
    rows = [[matrix[i, j] for j in range(matrix.ncols())] for i in range(matrix.nrows())]
    for k in range(len(rows)):
        if not bool(rows[k][k] > 0):
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return True


def linearised(
    point: RationalPoint,
    radius: Fraction,
    setting: Setting,
    widths: tuple[int, ...],
) -> tuple[arb_mat, arb_mat]:
    """(grad L, hess L) over the box."""
    world = box_world(point, radius, setting, widths)
    evaluator = Evaluator(world, setting.sizes(widths))
    terms = evaluator.term(Grad(Name("L"), None)), evaluator.term(Hess(Name("L"), None, None, "W"))
    world.at_precision(BITS)
    try:
        slope, curvature = (world.numbers(t) for t in terms)
    except ValueError as error:  # a series whose denominator is not known to differ from zero
        raise Undecidable(f"derivatives over the box: {error}") from error
    size = slope.size
    return _balls(slope.reshape(size, 1)), _balls(curvature.reshape(size, size))


def _balls(values: np.ndarray) -> arb_mat:
    return arb_mat([[v if isinstance(v, arb) else arb(v) for v in row] for row in values.tolist()])


def _inverse(matrix: arb_mat) -> arb_mat | None:
    """An approximate inverse, from floats; None where there is none."""
    floats = np.array([[float(e.mid()) for e in row] for row in matrix.tolist()])
    if not np.isfinite(floats).all():
        return None
    try:
        inverse = np.linalg.inv(floats)
    except np.linalg.LinAlgError:
        return None
    return arb_mat([[arb(v) for v in row] for row in inverse.tolist()]) if np.isfinite(inverse).all() else None


def moved(point: RationalPoint, move: list[Fraction]) -> RationalPoint:
    rest = iter(move)
    unit = 10**REFINED

    def less(v: Fraction) -> Fraction:
        return Fraction(round((v - next(rest)) * unit), unit)

    return replace(point, W=tuple(tuple(tuple(less(v) for v in row) for row in w) for w in point.W))


def _q(v: Fraction) -> fmpq:
    return fmpq(v.numerator, v.denominator)
