r"""Starts on rays (`fates.ray`): all outputs y_n f_n are equal, and every layer is a multiple of what pulls at it.

aligned   linear and leaky networks, ReLU networks on one example: W_k = u_k u_{k-1}^T for unit vectors u_k with
          positive entries; z_n = y_n x_n = (2 u_0 + v_n)/g_n, v_n orthogonal to u_0, sum_n v_n = 0, and g_n the slope
          of the path of example n
sided     ReLU networks of two layers: units along w_+ see the examples of label 1, units along w_- the others; the
          squares of the weights of a group add up to multiples of the number of its examples
powers    W_k constant, W_1 with equal rows w, layers with |W_k|^2 proportional to the degree of f in W_k; one example,
          several for odd powers, or two groups along orthogonal w_+, w_- with as many examples each
Notation: N examples of d inputs; small integers put the inputs in general position, whose draws are seeded.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import isqrt

import numpy as np

from ..claim import Setting
from ..points.certifier import general_position
from ..points.rational import RationalPoint
from .fates.below import degrees, homogeneous

Vector = tuple[Fraction, ...]
DRAWS = 20  # of data, until inputs are in general position
TRIED = 2000  # ways to weight the units of two groups
SMALL = Fraction(1, 8)  # of the parts v_n beside those that outputs see


def rays(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Starts on rays; none where no family fits."""
    if not homogeneous(setting, widths) or setting.data not in ("generic", "separable"):
        return
    if setting.network == "power" and len(widths) > 2:
        yield from _powers(setting, widths)
    elif setting.network != "relu" or len(widths) == 2 or setting.examples == 1:
        yield from _aligned(setting, widths)
    elif len(widths) == 3 and widths[1] > 1:
        yield from _sided(setting, widths)


def _labels(count: int) -> tuple[int, ...]:
    """1, -1, 1, ..."""
    return tuple(1 if n % 2 == 0 else -1 for n in range(count))


def _beside(axes: Sequence[Vector], count: int, rng: np.random.Generator) -> list[Vector]:
    """Vectors orthogonal to axes that are orthogonal to each other, with sum 0."""
    found: list[Vector] = []
    for _ in range(count):
        v = tuple(Fraction(int(e)) for e in rng.integers(-3, 4, len(axes[0])))
        for w in axes:
            share = dot(v, w) / dot(w, w)
            v = tuple(a - share * b for a, b in zip(v, w, strict=True))
        found.append(v)
    mean = tuple(sum(e, Fraction(0)) / count for e in zip(*found, strict=True))
    return [tuple(SMALL * (a - m) for a, m in zip(v, mean, strict=True)) for v in found]


def dot(a: Vector, b: Vector) -> Fraction:
    return sum((u * v for u, v in zip(a, b, strict=True)), Fraction(0))


def _times(c: Fraction | int, v: Vector) -> Vector:
    return tuple(c * e for e in v)


def _plus(a: Vector, b: Vector) -> Vector:
    return tuple(u + v for u, v in zip(a, b, strict=True))


def _first(made: Iterator[RationalPoint]) -> Iterator[RationalPoint]:
    """The first start with inputs in general position."""
    yield from itertools.islice((p for p in made if general_position(p.x)), 1)


# ---- one direction


def _aligned(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    units = [unit(h) for h in widths]
    layers = tuple(tuple(_times(a, below) for a in here) for below, here in itertools.pairwise(units))
    labels = _labels(setting.examples)
    slope = setting.slope if setting.network == "leaky-relu" else Fraction(1)
    paths = [Fraction(1) if y > 0 else Fraction(slope) ** (len(widths) - 2) for y in labels]
    yield from _first(_along(units[0], 2, labels, paths, layers))


def _along(
    axis: Vector,
    size: int,
    labels: Sequence[int],
    paths: Sequence[Fraction],
    layers: tuple,
) -> Iterator[RationalPoint]:
    """x_n = y_n (size axis + v_n)/g_n."""
    for seed in range(DRAWS):
        aside = _beside([axis], len(labels), np.random.default_rng(seed))
        x = tuple(
            _times(Fraction(y) / g, _plus(_times(size, axis), v)) for y, g, v in zip(labels, paths, aside, strict=True)
        )
        yield RationalPoint(layers, x, tuple(labels), ())


def unit(size: int) -> Vector:
    """A rational unit vector with positive entries: small integers whose squares add up to a square."""
    every = (v for top in itertools.count(1) for v in itertools.combinations_with_replacement(range(1, top + 1), size))
    found = next(v for v in every if isqrt(sum(n * n for n in v)) ** 2 == sum(n * n for n in v))
    return tuple(Fraction(n, isqrt(sum(m * m for m in found))) for n in found)


# ---- two groups of a ReLU network


def _sided(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Opposite directions, which make layers balanced, then others."""
    for other in ((-5, 0), (-4, 3)) if widths[0] > 1 else ((-5,),):
        axes = [_padded((5, 0), widths[0]), _padded(other, widths[0])]
        for plus, weights in _shares(widths[1], setting.examples):
            labels = (1,) * plus + (-1,) * (setting.examples - plus)
            yield from _first(_two_groups(axes, weights, labels))


def _padded(entries: Sequence[int], size: int) -> Vector:
    return tuple(Fraction(e) / 5 for e in (*entries, *(0,) * size)[:size])


def _shares(units: int, examples: int) -> Iterator[tuple[int, list[int]]]:
    """Numbers of examples of label 1, and weights a_i of the units, negative for the second group, in proportion:
    sum a_i^2 over a group by its number of examples is the same for both. The smallest weights for each number."""
    for plus in range(1, examples):
        for first in range(1, units):
            made = itertools.product(range(1, int(TRIED ** (1 / units)) + 1), repeat=units)
            fits = (a for a in made if _square(a[:first]) * (examples - plus) == _square(a[first:]) * plus)
            found = next(fits, None)
            if found is not None:
                yield plus, [*found[:first], *(-a for a in found[first:])]
                break


def _square(values: Sequence[int]) -> int:
    return sum(v * v for v in values)


def _two_groups(axes: list[Vector], weights: list[int], labels: tuple[int, ...]) -> Iterator[RationalPoint]:
    """x_n = c_g w_g + v_n with c_g = 1/n_g: rows |a_i| w_g below, a_i above."""
    rows = tuple(_times(abs(a), axes[a < 0]) for a in weights)
    last = (tuple(Fraction(a) for a in weights),)
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        x: list[Vector] = []
        for side, label in ((0, 1), (1, -1)):
            count = labels.count(label)
            aside = _beside([axes[side]], count, rng)
            x += [_times(Fraction(1, count), _plus(axes[side], _times(Fraction(1, 4), v))) for v in aside]
        yield RationalPoint((rows, last), tuple(x), labels, ())


# ---- powers


def _powers(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    count, odd = setting.examples, setting.degree % 2
    if count == 1 or odd:
        labels = _labels(count)
        for axis, layers in _constant(setting, widths):
            yield from _first(_along(axis, 1, labels, [Fraction(1)] * count, layers))
    elif len(widths) == 3 and count % 2 == 0 and widths[1] > 1 and widths[0] > 1:
        axes = _orthogonal(widths[0], setting.degree)
        if axes is not None:
            yield from _first(_two_powers(axes, widths, count, setting.degree))


def _constant(setting: Setting, widths: tuple[int, ...]) -> Iterator[tuple[Vector, tuple]]:
    """w and layers of equal entries on m_k units each, the others zero, with squared norms as the degrees."""
    hidden, every = widths[1:-1], degrees(setting, len(widths) - 1)
    for used in itertools.product(*(range(1, min(h, 2 * setting.degree) + 1) for h in hidden)):
        sizes = (*used, 1)
        entries = [
            _root(Fraction(d * used[-1], a * b)) for d, (a, b) in zip(every[1:], itertools.pairwise(sizes), strict=True)
        ]
        axis = _of_square(Fraction(every[0] * used[-1], used[0]), widths[0])
        if axis is not None and all(entries):
            first = tuple(axis if i < used[0] else _times(0, axis) for i in range(widths[1]))
            above = (
                _block(e or Fraction(0), a, b, (w, h))
                for e, (a, b), (w, h) in zip(
                    entries, itertools.pairwise(sizes), itertools.pairwise(widths[1:]), strict=True
                )
            )
            yield axis, (first, *above)
            return


def _root(v: Fraction) -> Fraction | None:
    a, b = isqrt(v.numerator), isqrt(v.denominator)
    return Fraction(a, b) if a * a == v.numerator and b * b == v.denominator else None


def _of_square(square: Fraction, size: int) -> Vector | None:
    """A vector of small integers with this squared norm, over its denominator."""
    wanted, entries = square.numerator * square.denominator, min(size, 4)
    for v in itertools.combinations_with_replacement(range(isqrt(wanted), -1, -1), entries):
        if _square(v) == wanted:
            return tuple(Fraction(e, square.denominator) for e in (*v, *(0,) * (size - entries)))
    return None


def _block(entry: Fraction, below: int, here: int, shape: tuple[int, int]) -> tuple[Vector, ...]:
    """Equal entries in the first units, zero elsewhere."""
    zero = Fraction(0)
    return tuple(tuple(entry if i < here and j < below else zero for j in range(shape[0])) for i in range(shape[1]))


def _orthogonal(size: int, degree: int) -> list[Vector] | None:
    """Two orthogonal integer vectors of squared norm `degree` times a square."""
    for entries in itertools.product(range(4), repeat=2):
        a, b = entries
        if (a or b) and _root(Fraction(a * a + b * b, degree)):
            return [tuple(Fraction(e) for e in (*v, *(0,) * (size - 2))) for v in ((a, b), (b, -a))]
    return None


def _two_powers(axes: list[Vector], widths: tuple[int, ...], count: int, degree: int) -> Iterator[RationalPoint]:
    """One unit a label, the others zero: x_n = w_g + v_n, v_n orthogonal to both."""
    last = _root(dot(axes[0], axes[0]) / degree) or Fraction(1)
    rows = (*axes, *(_times(0, axes[0]),) * (widths[1] - 2))
    top = ((last, -last, *(Fraction(0),) * (widths[1] - 2)),)
    labels = (1,) * (count // 2) + (-1,) * (count // 2)
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        x = [_plus(w, v) for w in axes for v in _beside(axes, count // 2, rng)]
        yield RationalPoint((rows, top), tuple(x), labels, ())
