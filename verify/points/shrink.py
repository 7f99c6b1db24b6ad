"""Making a witness simple: numbers become 0, then 1 or -1, then small integers, while it remains a witness.

Certifying a point in exact arithmetic takes long and most simplifications fail. So the simplifications are chosen
by a guess in floats that looks at many points at once, and only what comes out is certified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from .rational import RationalPoint

LOOKS = 120  # guesses spent on one witness, each about many points
CERTIFICATIONS = 60  # spent where the guesses were wrong

Place = tuple
Change = tuple[Place, Fraction]
Still = Callable[[RationalPoint], bool]
Looks = Callable[[Sequence[RationalPoint]], Sequence[bool]]


def shrink(point: RationalPoint, still: Still, looks: Looks) -> RationalPoint:
    """A simpler point that is certainly still a witness.

    Args:
        point: a witness.
        still: whether a point is certainly a witness.
        looks: for each of many points, a guess.
    """
    path = guided(point, looks)
    small = last_certified(path, still)
    return small if small is path[-1] else one_by_one(small, still)


def guided(point: RationalPoint, looks: Looks) -> list[RationalPoint]:
    """Ever simpler points that look like witnesses, from the given one on."""
    left = LOOKS

    def guess(points: Sequence[RationalPoint]) -> Sequence[bool]:
        nonlocal left
        left -= 1
        return looks(points)

    path = [point]
    while left > 0:
        groups = _promising(path[-1], guess)
        more = _taken_together(path[-1], groups, lambda points: guess(points) if left > 0 else [False] * len(points))
        if not more:
            break
        path += more
    return path


def _promising(point: RationalPoint, looks: Looks) -> list[list[Change]]:
    """For each number, the simpler ones that look right as the only change; numbers without any left out."""
    groups = [[(place, v) for v in simpler(value)] for place, value in places(point)]
    changes = [change for group in groups for change in group]
    good = {c for c, ok in zip(changes, looks([changed(point, *c) for c in changes]), strict=True) if ok}
    kept = [[c for c in group if c in good] for group in groups]
    return [group for group in kept if group]


def _taken_together(point: RationalPoint, groups: list[list[Change]], looks: Looks) -> list[RationalPoint]:
    """The points reached by the changes one after the other, without those that fail in company."""
    path: list[RationalPoint] = []
    while groups:
        run = [point]
        for group in groups:
            run.append(changed(run[-1], *group[0]))
        good = looks(run[1:])
        reached = next((i for i, ok in enumerate(good) if not ok), len(run) - 1)
        path += run[1 : reached + 1]
        point = run[reached]
        groups = groups[reached:]
        if groups:
            groups = [groups[0][1:], *groups[1:]] if len(groups[0]) > 1 else groups[1:]
    return path


def last_certified(path: Sequence[RationalPoint], still: Still) -> RationalPoint:
    """The last point of the path if it is certified, else one that is, found by halving; the first one is known."""
    if len(path) == 1 or still(path[-1]):
        return path[-1]
    low, high = 0, len(path) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if still(path[middle]) else (low, middle)
    return path[low]


def one_by_one(point: RationalPoint, still: Still) -> RationalPoint:
    """Simplify number by number, each certified."""
    budget = CERTIFICATIONS
    for place, value in list(places(point)):
        for v in simpler(value):
            if budget <= 0:
                return point
            budget -= 1
            if still(changed(point, place, v)):
                point = changed(point, place, v)
                break
    return point


def places(point: RationalPoint) -> Iterator[tuple[Place, Fraction]]:
    """Every number of the weights and inputs, and where it stands."""
    for k, layer in enumerate(point.W):
        for i, row in enumerate(layer):
            for j, v in enumerate(row):
                yield ("W", k, i, j), v
    for n, row in enumerate(point.x):
        for j, v in enumerate(row):
            yield ("x", n, j), v


def simpler(value: Fraction) -> list[Fraction]:
    """Simpler numbers than this one, simplest first."""
    sign = 1 if value > 0 else -1
    options = [Fraction(0), Fraction(sign), Fraction(-sign), Fraction(round(value)), Fraction(2 * sign)]
    return [o for o in dict.fromkeys(options) if _cost(o) < _cost(value)]


def _cost(v: Fraction) -> tuple[int, int, bool]:
    return (v.denominator, abs(v.numerator), v < 0)


def changed(point: RationalPoint, place: Place, value: Fraction) -> RationalPoint:
    """The point with another number at one place."""

    def put(rows: tuple, path: tuple) -> tuple:
        head, *rest = path
        new = put(rows[head], tuple(rest)) if rest else value
        return (*rows[:head], new, *rows[head + 1 :])

    kind, *path = place
    return replace(point, **{kind: put(getattr(point, kind), tuple(path))})
