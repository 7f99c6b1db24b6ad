"""Starts of ReLU networks whose gates stand for ever, or do so after an example is lost.

grouped    each unit sees one group of examples (`derivations.trajectories.standing_gates`): all of one label, or as
           few as go together
losing     the first unit sees example 1, and example 2 barely; 2 lies opposite to all others, which turn the unit away
           from it: separated at first, lost for good

Notation: in the plane of the first two inputs x_1 points east; the remaining inputs are small integers, which put the
examples in general position.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ..claim import Setting
from ..points.rational import RationalPoint
from .separator import least_separator

Vector = tuple[Fraction, ...]
TRIES = 4  # data sets for each family


def made_starts(setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Starts on data made for them; none where the setting has another kind of network or labels."""
    fits = setting.network == "relu" and len(widths) > 2 and widths[-1] == 1 and setting.loss != "square"
    if not fits or widths[0] < 2 or setting.examples < 3 or setting.data not in ("generic", "separable"):
        return
    rng = np.random.default_rng(0)
    for _ in range(TRIES if widths[0] > 2 else 1):
        data = _two_sided(setting.examples, widths[0], rng)
        yield from regrouped(replace(data, W=tuple(((Fraction(0),) * c,) * r for c, r in _shapes(widths))))
        yield from _losing(setting.examples, widths, rng)


def _shapes(widths: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return itertools.pairwise(widths)


def _vector(planar: tuple[int, int], scale: Fraction | int, inputs: int, rng: np.random.Generator) -> Vector:
    """A vector with these first two inputs, `inputs` times as long as the small integers that follow."""
    rest = [Fraction(int(v)) for v in rng.integers(-1, 2, inputs - 2)]
    return tuple(scale * v for v in (*(Fraction(inputs * v) for v in planar), *rest))


# ---- groups that stand from the start


def _two_sided(examples: int, inputs: int, rng: np.random.Generator) -> RationalPoint:
    """Two examples of label 1 a little more than a right angle apart, and the others opposite to both."""
    planar = [(8, 0), (-1, 8), *((-3, -1 - j) for j in range(examples - 2))]
    x = tuple(_vector(v, Fraction(1, 4 * inputs), inputs, rng) for v in planar)
    return RationalPoint((), x, (1, 1, *(-1,) * (examples - 2)), ())


def regrouped(start: RationalPoint) -> Iterator[RationalPoint]:
    """Networks of the same widths on the same data, one for each way to share out the examples."""
    gram = [[_dot(a, b) for b in start.x] for a in start.x]
    for groups in (_by_label(start.y), _together(gram, start.y)):
        network = _network(groups, start, gram)
        if network is not None:
            yield replace(start, W=network)


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((u * v for u, v in zip(a, b, strict=True)), Fraction(0))


def _by_label(labels: Sequence[int]) -> list[list[int]]:
    return [[n for n, y in enumerate(labels) if y == sign] for sign in sorted(set(labels), reverse=True)]


def _together(gram: Sequence[Sequence[Fraction]], labels: Sequence[int]) -> list[list[int]]:
    """The smallest groups of one label with no acute angle between two groups."""
    groups: list[list[int]] = []
    for n, y in enumerate(labels):
        near = [g for g in groups if labels[g[0]] == y and any(gram[n][m] > 0 for m in g)]
        groups = [g for g in groups if g not in near] + [sorted([n, *(m for g in near for m in g)])]
    return sorted(groups)


def _network(groups: list[list[int]], start: RationalPoint, gram: Sequence[Sequence[Fraction]]) -> tuple | None:
    """One unit a layer for each group, and the others for a group without obtuse angles."""
    found = [_owners(len(w), groups, gram) for w in start.W[:-1]]
    owners = [o for o in found if o is not None]
    kept = [least_separator([v if n in g else tuple(-u for u in v) for n, v in enumerate(start.x)]) for g in groups]
    rows = [row for row in kept if row is not None]
    if len(owners) < len(found) or len(rows) < len(kept):
        return None
    signs = [start.y[g[0]] for g in groups]
    layers = [tuple(tuple(2 * v for v in rows[g]) for g in owners[0])]
    for below, here in itertools.pairwise(owners):
        layers.append(tuple(tuple(Fraction(1 if g == b else -1) for b in below) for g in here))
    return (*layers, (tuple(Fraction(signs[g]) for g in owners[-1]),))


def _owners(units: int, groups: list[list[int]], gram: Sequence[Sequence[Fraction]]) -> list[int] | None:
    """The group of each unit of a layer."""
    if units < len(groups):
        return None
    acute = [i for i, g in enumerate(groups) if all(gram[n][m] >= 0 for n in g for m in g)]
    spare = units - len(groups)
    if spare and not acute:
        return None
    return [*range(len(groups)), *([acute[-1]] * spare if spare else [])]


# ---- an example that is lost


def _losing(examples: int, widths: tuple[int, ...], rng: np.random.Generator) -> Iterator[RationalPoint]:
    """Example 2, short and opposite to the others, which a single unit sees a little."""
    d = widths[0]
    planar = [(4, 0), (-1, -1), *((-2, 3 + j) for j in range(examples - 2))]
    scales = [Fraction(1, d), Fraction(1, 4 * d), *(Fraction(1, d),) * (examples - 2)]
    x = tuple(_vector(v, s, d, rng) for v, s in zip(planar, scales, strict=True))
    toward = (Fraction(1, 4), Fraction(-5, 16), *(Fraction(0),) * (d - 2))
    barely = (Fraction(1, 64) - _dot(toward, x[1])) / _dot(x[1], x[1])
    first = tuple(u + barely * v for u, v in zip(toward, x[1], strict=True))
    away = (Fraction(-1, 4), Fraction(1, 2), *(Fraction(0),) * (d - 2))
    layers: list[tuple] = [(first, *(away,) * (widths[1] - 1))]
    for below, here in list(_shapes(widths))[1:-1]:
        layers.append(
            tuple(tuple(Fraction(1 if (i > 0) == (j > 0) else -1) for i in range(below)) for j in range(here))
        )
    layers.append((tuple(Fraction(1 if j == 0 else -1) for j in range(widths[-2])),))
    if min(widths[1:-1]) > 1:
        yield RationalPoint(tuple(layers), x, (1, 1, *(-1,) * (examples - 2)), ())
