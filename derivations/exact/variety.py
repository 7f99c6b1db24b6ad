"""Points at which all relations between the letters of a ring hold: where two elements differ, they are not equal.

A relation is monic and of degree two in its letter, z^2 + a z + b. Its roots at a point are sought among rational
numbers. A sphere |W_k|^2 - rho_k^2 is met by a choice of rho_k: with R the square of the other entries, w^2 = rho^2 - R
has the solutions w = (R/d - d)/2, rho = (R/d + d)/2 for every d.
"""

from __future__ import annotations

import random
from fractions import Fraction

from flint import fmpq, fmpq_mpoly

from .letters import rational_root
from .ring import Element, Ring

SMALL = tuple(range(-5, 0)) + tuple(range(1, 6))


def is_one_of(element: Element, others: list[Element]) -> bool:
    """Whether an element equals one of the others by the relations. A point tells most of them apart."""
    point = rational_point(element.ring)
    value = None if point is None else value_at(element, point)
    if point is not None and value is not None:
        others = [o for o in others if value_at(o, point) in (None, value)]
    return any((element - o).is_zero() for o in others)


def value_at(element: Element, point: list[fmpq]) -> fmpq | None:
    """The value at a point, or None where a denominator vanishes."""
    below = fmpq(1)
    for i, e in element.den.items():
        below *= element.ring.factor_poly(i)(*point) ** e
    return None if below == 0 else element.num(*point) / below


def rational_point(ring: Ring) -> list[fmpq] | None:
    """Values of all letters at which every relation holds; None where none was found, or hypotheses fix letters."""
    if ring.values:
        return None
    draw = random.Random(len(ring.gens))
    point = [fmpq(draw.choice(SMALL)) for _ in ring.gens]
    for leading, sphere in ring.spheres.items():
        if not _meets_sphere(point, leading, sphere, ring):
            return None
    for index in sorted(ring.relations, reverse=True):  # lower letters stand behind
        root = _root(point, index, ring.relations[index])
        if root is None:
            return None
        point[index] = root
    every = (*ring.relations.values(), *ring.spheres.values())
    return point if all(p(*point) == 0 for p in every) else None


def _meets_sphere(point: list[fmpq], leading: int, sphere: fmpq_mpoly, ring: Ring) -> bool:
    """Chooses the leading entry and the norm, the one letter whose square the relation takes away."""
    norms = [i for i in ring.letters_of(sphere) if sphere + ring.gens[i] ** 2 == _without(sphere, i)]
    if len(norms) != 1:
        return False
    point[leading] = point[norms[0]] = fmpq(0)
    rest = sphere(*point)
    point[leading], point[norms[0]] = (rest - 1) / 2, (rest + 1) / 2
    return True


def _without(poly: fmpq_mpoly, index: int) -> fmpq_mpoly:
    """The polynomial at 0 in place of a letter."""
    return poly.subs({index: 0})


def _root(point: list[fmpq], index: int, relation: fmpq_mpoly) -> fmpq | None:
    """A rational root of a relation in its letter, the other letters given; for degree two."""
    if relation.degrees()[index] != 2:
        return None
    values = []
    for z in (0, 1, -1):
        point[index] = fmpq(z)
        values.append(relation(*point))
    b, half = values[0], (values[1] - values[2]) / 4
    square = half**2 - b
    root = rational_root(Fraction(int(square.p), int(square.q)), 2) if square >= 0 else None
    return None if root is None else fmpq(root.numerator, root.denominator) - half
