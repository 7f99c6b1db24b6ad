"""Rational starts at which nothing moves, and starts that conserved quantities hold apart.

fitted     square loss: a network that says what its targets are
dead       the last hidden layer is negative on every example: a ReLU network that says 0 and stays so
kernel     three linear layers or more: W_1 g = 0 for g = sum_n y_n x_n, and W_K W_(K-1) = 0 with f = 0
sparse     small sparse integers of which a search finds those with zero gradient
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..claim import Setting
from ..points.rational import RationalPoint
from .rays import unit

TRIES = 12  # data sets for each family
SPARSE = 4096  # sparse points looked at


def resting_points(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Candidates with zero velocity, to be certified; none where decay or separation moves every start."""
    decays = setting.weight_decay if isinstance(setting.weight_decay, tuple) else (setting.weight_decay,)
    if any(d != 0 for d in decays):
        return
    if setting.loss == "square":
        yield from _fitted(setting, widths)
    if setting.start not in ("random", "small", "equal-norms") or len(widths) < 3:
        return
    rng = np.random.default_rng(0)
    for _ in range(TRIES):
        x, y = _data(rng, setting, widths)
        if setting.network == "relu":
            yield _point(_dead(rng, widths), x, y, setting)
        if setting.network in ("linear", "relu") and len(widths) > 3 and setting.loss != "cross-entropy":
            yield _point(_kernel(widths, x, y), x, y, setting)
    if setting.network in ("power", "smooth"):
        yield from _sparse(setting, widths)


def _fitted(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Equal and balanced layers, of norms 1 and 2, whose outputs are the targets."""
    if setting.network not in ("linear", "relu", "leaky-relu") or setting.output_activation:
        return
    units = [unit(h) for h in widths]
    x = _rows(_data(np.random.default_rng(0), setting, widths)[0])
    for size in (1, 2):
        layers = tuple(
            tuple(tuple(size * a * b for b in below) for a in here) for below, here in itertools.pairwise(units)
        )
        inner = [size ** len(layers) * sum(a * b for a, b in zip(units[0], row, strict=True)) for row in x]
        outputs = [tuple(v * u for u in units[-1]) for v in inner]
        y = tuple(o[0] if len(o) == 1 else o for o in outputs)
        yield RationalPoint(layers, x, y, (Fraction(0),) * len(layers))


def _data(rng: np.random.Generator, setting: Setting, widths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positive integer inputs, with labels that a hyperplane through 0 gives; of both classes where a draw has them."""
    n, d = setting.examples, widths[0]
    for _ in range(TRIES):
        x = rng.integers(1, 6, (n, d))
        scores = x @ rng.integers(-3, 4, d)
        if scores.all() and len(set(np.sign(scores))) > 1:
            break
    if setting.loss == "cross-entropy":
        return x, 1 + (scores > 0).astype(int)
    y = np.where(scores > 0, 1, -1)
    wide = setting.loss == "square" and widths[-1] > 1
    return x, np.tile(y[:, None], (1, widths[-1])) if wide else y


def _dead(rng: np.random.Generator, widths: tuple[int, ...]) -> list[np.ndarray]:
    """Positive layers but for the last hidden one, which is negative."""
    layers = [rng.integers(1, 3, (r, c)) for c, r in itertools.pairwise(widths)]
    layers[-2] = -layers[-2]
    return layers


def _kernel(widths: tuple[int, ...], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """W_1 orthogonal to g, W_K reading one unit whose row of W_(K-1) is zero."""
    g = (y.reshape(len(y), -1)[:, :1] * x).sum(0)
    row = np.zeros(widths[0], dtype=int)
    row[0], row[1 % len(row)] = g[1 % len(g)], -g[0]
    layers = [np.ones((r, c), dtype=int) for c, r in itertools.pairwise(widths)]
    layers[0] = np.tile(row, (widths[1], 1))
    layers[-2][0] = 0
    layers[-1][:, 1:] = 0
    return layers


def _sparse(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Sparse integer networks whose gradient vanishes in floats."""
    from numerics.trajectories.pairs import motionless

    rng = np.random.default_rng(1)
    data = [_data(rng, setting, widths) for _ in range(SPARSE)]
    x, y = (np.stack(parts) for parts in zip(*data, strict=True))
    layers = [
        rng.integers(-1, 2, (SPARSE, r, c)) * (rng.random((SPARSE, r, c)) < 0.4) for c, r in itertools.pairwise(widths)
    ]
    for i in motionless(layers, x - 3, y, **setting.keywords(widths))[:TRIES]:
        yield _point([w[i] for w in layers], x[i] - 3, y[i], setting)


def _point(layers: list[np.ndarray], x: np.ndarray, y: np.ndarray, setting: Setting) -> RationalPoint:
    labels: tuple[Any, ...] = tuple(tuple(Fraction(int(v)) for v in t) if np.ndim(t) else int(t) for t in y)
    if setting.loss == "square" and np.ndim(y) == 1:
        labels = tuple(Fraction(v) for v in labels)
    return RationalPoint(tuple(_rows(w) for w in layers), _rows(x), labels, (Fraction(0),) * len(layers))


def _rows(a: np.ndarray) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(int(v)) for v in row) for row in a)


def dominating(point: RationalPoint) -> RationalPoint:
    """The same function with a last layer larger than the rows below it: W_K times c, W_(K-1) over c."""
    if len(point.W) < 2:
        return point
    rows, last = point.W[-2], point.W[-1]
    norms = [sum(v * v for v in row) for row in rows]
    entries = [min((v * v for v in column), default=Fraction(0)) for column in zip(*last, strict=True)]
    c = Fraction(1)
    while any(e and e * c**4 <= n for e, n in zip(entries, norms, strict=True)) and c < 2**20:
        c *= 2
    return replace(point, W=(*point.W[:-2], _times(rows, 1 / c), _times(last, c)))


def _times(rows: Any, c: Fraction) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(c * v for v in row) for row in rows)
