"""Signs of arguments from signs of functions: 1 - exp a > 0 says a < 0, and log a - log b > 0 says a > b.

What a hypothesis says of sums of exponentials or logarithms, each positive, is so carried to the outputs inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

from derivations.exact.ring import Element

from .order import sum_of_positives
from .programme import Programme, Sign

MOST_FUNCTIONS = 8  # of one kind that are looked at


def with_arguments(known: Sequence[Sign], world: Any, nonzero: set[int]) -> list[Sign]:
    """The signs, and those of the arguments of logarithms and then of exponentials that follow from them."""
    found = [*known, *_positive_logarithms(known, world)]
    for kind in ("log", "exp"):
        found += [
            Sign(inner, strict=True)
            for inner, outer in _pairs(kind, found, world)
            if _certain(outer, found, world, nonzero)
        ]
    return found


def _pairs(kind: str, known: Sequence[Sign], world: Any) -> Iterator[tuple[Element, Element]]:
    """(difference of arguments, difference of values) of increasing functions that occur in the signs."""
    values = _values(kind, known, world)
    if kind == "exp":
        one = (world.ring.zero, world.ring.one)
        pairs = [p for v in values for p in ((v, one), (one, v))]
    else:
        pairs = list(permutations(values, 2))
    yield from ((a - b, u - v) for (a, u), (b, v) in pairs)


def _values(kind: str, known: Sequence[Sign], world: Any) -> list[tuple[Element, Element]]:
    """(argument, value) of the functions of a kind that occur in the signs."""
    met = sorted(set().union(*(s.element.letters() for s in known)) & world.letters.table.keys())
    letters = [i for i in met if world.letters.table[i].kind == kind][:MOST_FUNCTIONS]
    return [(world.letters.table[i].argument, world.ring.generator(i)) for i in letters]


def _positive_logarithms(known: Sequence[Sign], world: Any) -> Iterator[Sign]:
    for argument, value in _values("log", known, world):
        if sum_of_positives(argument - world.ring.one, world.letters.positive):
            yield Sign(value)


def _certain(element: Element, known: Sequence[Sign], world: Any, nonzero: set[int]) -> bool:
    if element.den:
        return False
    return Programme(world.ring.reduce, element, known, world, nonzero).certified(True, "as they are")
