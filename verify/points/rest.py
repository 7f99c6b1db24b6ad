"""Whether a rational start is at rest: the gradient by every layer in rational arithmetic.

Notation: a_0 = x_n, z_k = W_k a_{k-1}, a_k = s(z_k); delta_k = dL/dz_k; dL/dW_k = sum_n delta_k a_{k-1}^T.

The loss's slope in f is rational at f = 0 for every loss, and everywhere for the square loss.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from ..claim import Setting
from ..formula.nodes import Grad, Indexed, Name, Num
from ..world import Evaluator
from .rational import RationalPoint
from .values import OUTSIDE

Vector = list[Fraction]
ACTIVATIONS = ("linear", "relu", "leaky-relu", "power")


def at_rest(point: RationalPoint, setting: Setting) -> bool | None:
    """Whether every dL/dW_k is exactly zero; None where the slopes are not rational or a gate is on its kink."""
    if setting.network not in ACTIVATIONS or setting.output_activation or any(point.decay):
        return None
    totals = [[[Fraction(0)] * len(row) for row in w] for w in point.W]
    for x, y in zip(point.x, point.y, strict=True):
        parts = _slopes(point, list(x), y, setting)
        if parts is None:
            return None
        for total, (delta, a) in zip(totals, parts, strict=True):
            for row, d in zip(total, delta, strict=True):
                for j, v in enumerate(a):
                    row[j] += d * v
    return all(v == 0 for total in totals for row in total for v in row)


def loss_at_zero(point: RationalPoint, setting: Setting) -> arb | None:
    """L where every output is zero and no example is told from another, for the losses of classification."""
    each = {"exponential": arb(1), "logistic": arb(2).log(), "cross-entropy": arb(len(point.W[-1])).log()}
    if setting.loss not in each or any(any(_outputs(point, list(x), setting)[-1]) for x in point.x):
        return None
    return each[setting.loss] * (1 if setting.average else len(point.x))


def _outputs(point: RationalPoint, a: Vector, setting: Setting) -> list[Vector]:
    """z_1, ..., z_K."""
    out = []
    for w in point.W:
        z = [sum((u * v for u, v in zip(row, a, strict=True)), Fraction(0)) for row in w]
        out.append(z)
        a = [_act(v, setting)[0] for v in z]
    return out


def _act(z: Fraction, setting: Setting) -> tuple[Fraction, Fraction]:
    """s(z) and s'(z)."""
    match setting.network:
        case "power":
            return z**setting.degree, setting.degree * z ** (setting.degree - 1)
        case "relu" | "leaky-relu" if z < 0:
            slope = setting.slope if setting.network == "leaky-relu" else Fraction(0)
            return slope * z, slope
    return z, Fraction(1)


def _slopes(point: RationalPoint, x: Vector, y: Any, setting: Setting) -> list[tuple[Vector, Vector]] | None:
    """(delta_k, a_{k-1}) of one example, layer by layer."""
    z = _outputs(point, x, setting)
    delta = _loss_slope(z[-1], y, setting)
    kinked = setting.network in ("relu", "leaky-relu")
    if delta is None or (kinked and any(v == 0 for row in z[:-1] for v in row)):
        return None
    parts = []
    for k in range(len(point.W) - 1, -1, -1):
        below = [_act(v, setting)[0] for v in z[k - 1]] if k else x
        parts.append((delta, below))
        if k:
            back = [
                sum((d * row[j] for d, row in zip(delta, point.W[k], strict=True)), Fraction(0))
                for j in range(len(below))
            ]
            delta = [b * _act(v, setting)[1] for b, v in zip(back, z[k - 1], strict=True)]
    return parts[::-1]


def _loss_slope(f: Vector, y: Any, setting: Setting) -> Vector | None:
    """dL/df of one example, up to 1/N, where it is rational."""
    if setting.loss == "square":
        targets = y if isinstance(y, tuple) else (y,)
        return [2 * (u - t) for u, t in zip(f, targets, strict=True)]
    if any(f):
        return None
    if setting.loss == "cross-entropy":
        return [Fraction(1, len(f)) - (c == y) for c in range(1, len(f) + 1)]
    return [-Fraction(y) / (1 if setting.loss == "exponential" else 2)]


def rests(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> bool:
    """Whether every gradient by a layer is exactly zero: then every flow stands still."""
    known = at_rest(point, setting)
    if known is not None:
        return known
    try:
        return _gradient_is_zero(point, setting, widths)
    except OUTSIDE:
        return False


def _gradient_is_zero(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> bool:
    world = point.world(setting, widths)
    evaluator = Evaluator(world, setting.sizes(widths))
    for k in range(1, len(widths)):
        slope = evaluator.term(Grad(Name("L"), Indexed("W", Num(Fraction(k)))))
        if any(world.value(e) != 0 for e in slope.reshape(-1)):
            return False
    return True
