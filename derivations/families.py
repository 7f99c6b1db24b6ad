"""Families of exact worlds that together decide a statement about every network of a kind.

A `Family` builds the finitely many worlds in which a statement has to be checked, and `certify` computes, from
the terms that were actually met, whether they suffice: widths at least as large as the number of indices that a
monomial can carry (width lemma), numbers of examples that exceed the degree in N (examples lemma). The lemmas
are stated and proved in `reductions`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .exact.general import GeneralWorld
from .exact.ring import Element
from .terms import Terms, Value

# For each way to write layers out: the dimensions that can vary, and the letters that carry an index in them.
DIMENSIONS = {
    "one": {"rows of W_k": ("w1", "B"), "columns of W_k": ("w1", "a")},
    "single": {"columns of W_1": ("w1", "a")},
    "two": {
        "rows of W_j": ("w1", "M"),
        "columns of W_j": ("w1", "a"),
        "rows of W_k": ("w2", "B"),
        "columns of W_k": ("w2", "M"),
    },
    "next": {"rows of W_k": ("w1", "w2"), "columns of W_k": ("w1", "a"), "rows of W_{k+1}": ("w2", "B")},
}


class NotDecisive(Exception):
    """The worlds of a family are too small to decide every width, or every N.

    Attributes:
        width: a width that would suffice; 0 if no width helps.
    """

    def __init__(self, message: str, width: int = 0):
        super().__init__(message)
        self.width = width


@dataclass(frozen=True)
class Family:
    """All networks of any depth that are linear off the kinks in each layer.

    Args:
        layers: 'one' layer k; 'two' layers j != k in both orders; 'pairs' also j = k; 'next' layers k, k + 1;
            'single' for networks of one layer.
        sums: the largest number of sums over examples that are multiplied.
        marked: distinguished examples; a step names them 1, ..., marked.
        width: the least width of a layer that is written out.
        sizes: degree of the statement in the sizes of the layers (traces and sizes as numbers).
        free: the largest number of free labels in one dimension (1 for gradients, 2 for Hessian blocks).
    """

    layers: str = "one"
    sums: int = 1
    marked: int = 0
    loss: str = "exponential"
    average: bool = True
    decay: str | int = 0
    flow: str = "gradient"
    gated: bool = True
    outputs: int = 1
    width: int = 2
    sizes: int = 0
    free: int = 1
    lemmas: bool = True  # False where the lemmas themselves are being derived

    @property
    def examples(self) -> tuple[int, ...]:
        """sums + marked, ..., 2 sums + marked: one more value than the degree in N."""
        least = self.sums + self.marked
        return tuple(range(max(1, least), 2 * self.sums + self.marked + 1)) or (1,)

    def shapes(self, written: str) -> Iterator[tuple[tuple[int, int], ...]]:
        n = self.width
        for i, j in itertools.product(range(self.sizes + 1), repeat=2):
            if i + j > self.sizes:
                continue
            match written:
                case "one":
                    yield ((n + i, n + 1 + j),)
                case "single":
                    yield ((self.outputs, n + 1 + j),)
                case "two":
                    yield ((n + i, n + 1 + j), (n + 1 + j, n + i))
                case "next":
                    yield ((n + i, n + 1 + j), (n + 1 + j, n + i))

    def instances(self) -> Iterator[tuple[Terms, tuple[int, ...]]]:
        """Every world of the family, with the layers that a step is about."""
        for written in {"pairs": ("two", "one")}.get(self.layers, (self.layers,)):
            both = self.layers in ("two", "pairs")
            chosen = {"one": [(1, 1)] if both else [(1,)], "single": [(1,)], "two": [(1, 2), (2, 1)], "next": [(1, 2)]}[
                written
            ]
            for shapes, examples in itertools.product(self.shapes(written), self.examples):
                for labels in self.labellings(examples):
                    terms = _world(self, written, shapes, examples, labels)
                    for layers in chosen:
                        yield terms, layers

    def labellings(self, examples: int) -> list:
        """Letters for +-1 and real labels; for classes every pattern up to renaming, two classes if N > 1."""
        if self.loss != "cross-entropy":
            return ["letters"]
        patterns = itertools.product(range(1, self.outputs + 1), repeat=examples)
        first_met = [p for p in patterns if all(c <= max(p[:i], default=0) + 1 for i, c in enumerate(p))]
        return [p for p in first_met if examples == 1 or len(set(p)) > 1]

    def certify(self, terms: Terms, *sides: Value) -> None:
        """Check that the world is large enough for the terms met in it.

        Raises:
            NotDecisive: naming the dimension, or the number of examples, that is too small.
        """
        world = terms.world
        written = "single" if self.layers == "single" else _written(self.layers, world)
        sizes = _sizes(written, world)
        elements = [e for side in sides for e in _first_row(side)]
        labelled = any(side.array.size > 1 for side in sides)
        for dimension, prefixes in DIMENSIONS[written].items():
            letters = _carriers(world, prefixes)
            free = self.free if labelled else 0
            needed = max((_degree(e, letters) + free) // 2 for e in elements)
            if needed > sizes[dimension]:
                said = f"a monomial may carry {needed} indices, the world has {sizes[dimension]} {dimension}"
                raise NotDecisive(said, needed)
        met = max(_examples_met(e, world) for e in elements)
        if met > self.sums + self.marked:
            raise NotDecisive(f"a monomial involves {met} examples, more than {self.sums} sums + {self.marked}")

    def explain(self, checked: int) -> str:
        """What was checked, in words."""
        if not self.lemmas:
            return f"equal normal forms in {checked} exact worlds of letters"
        depth = "one layer" if self.layers == "single" else "every depth"
        numbers = ", ".join(map(str, self.examples))
        return (
            f"equal normal forms in {checked} exact worlds: {depth} by the depth lemma, every width by the width "
            f"lemma (widths from {self.width}), every N by the examples lemma (N = {numbers})"
        )


@lru_cache(maxsize=64)
def _world(family: Family, written: str, shapes: tuple, examples: int, labels) -> Terms:
    world = GeneralWorld(
        shapes=shapes,
        examples=examples,
        loss=family.loss,
        average=family.average,
        weight_decay=family.decay,
        flow=family.flow,
        outputs=family.outputs,
        single=written == "single",
        adjacent=written == "next",
        gated=family.gated,
        labels=labels,
    )
    return Terms(world, label=f"shapes {shapes}, N = {examples}")


def _written(layers: str, world: GeneralWorld) -> str:
    if layers == "next":
        return "next"
    return "one" if len(world.layers) == 1 else "two"


def _sizes(written: str, world: GeneralWorld) -> dict[str, int]:
    first, last = world.shapes[0], world.shapes[-1]
    if written == "single":
        return {"columns of W_1": first[1]}
    if written == "one":
        return {"rows of W_k": first[0], "columns of W_k": first[1]}
    if written == "two":
        return {"rows of W_j": first[0], "columns of W_j": first[1], "rows of W_k": last[0], "columns of W_k": last[1]}
    return {"rows of W_k": first[0], "columns of W_k": first[1], "rows of W_{k+1}": last[0]}


def _carriers(world: GeneralWorld, prefixes: tuple[str, ...]) -> list[int]:
    """Letters of the ring that carry an index of one dimension."""
    return [
        i
        for name, i in world.ring.position.items()
        if name.split("_")[0].rstrip("0123456789") in _stems(prefixes) and _belongs(name, prefixes)
    ]


def _stems(prefixes: tuple[str, ...]) -> set[str]:
    return {p.rstrip("0123456789") for p in prefixes}


def _belongs(name: str, prefixes: tuple[str, ...]) -> bool:
    """w1_0_2 belongs to 'w1'; a3_1 and B3_0_1 to 'a' and 'B' whatever the example."""
    head = name.split("_")[0]
    return "_" in name and (head in prefixes or head.rstrip("0123456789") in prefixes)


def _first_row(side: Value) -> list[Element]:
    """Permuting rows and columns carries every entry to one of these without a change of degrees."""
    a = side.array
    return list(a.reshape(-1)[:1] if a.ndim < 2 else a[0])


def _degree(e: Element, letters: list[int]) -> int:
    """The largest total degree of a term of the numerator in the given letters; none may stand below."""
    chosen = set(letters)
    for i in e.den:
        if chosen & set(e.ring.letters_of(e.ring.factor_poly(i))):
            raise NotDecisive("a denominator carries indices")
    powers = _exponents(e)
    return int(powers[:, letters].sum(axis=1).max(initial=0))


def _exponents(e: Element) -> np.ndarray:
    """One row of exponents for each term of the numerator."""
    return np.array(e.num.monoms(), dtype=np.int64).reshape(-1, len(e.ring.gens))


def _examples_met(e: Element, world: GeneralWorld) -> int:
    """The largest number of different examples in one term; not told of sums of fractions."""
    below = [set().union(*(_examples_of(i, world) for i in e.ring.letters_of(e.ring.factor_poly(f)))) for f in e.den]
    if any(below):  # fractions of the letters of single examples: bringing them together mixes examples
        if any(len(b) > 1 for b in below):
            raise NotDecisive("a denominator mixes examples")
        return 0
    powers = _exponents(e)
    met = np.zeros((len(powers), world.examples + 1), dtype=bool)
    for i in e.ring.letters_of(e.num):
        for n in _examples_of(i, world):
            met[:, n] |= powers[:, i] > 0
    return int(met.sum(axis=1).max(initial=0))


def _examples_of(index: int, world: GeneralWorld) -> set[int]:
    if index in world.letters.table:
        argument = world.letters.table[index].argument
        return set().union(*(_examples_of(i, world) for i in argument.letters()))
    name = next(n for n, i in world.ring.position.items() if i == index)
    head = name.split("_")[0]
    return {int(head[1:])} if head[0] in "aBMy" and head[1:].isdigit() else set()
