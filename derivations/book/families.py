"""Families of exact worlds that together decide a statement about every network of a kind.

A `Family` builds the finitely many worlds in which a statement has to be checked, and `certify` computes, from
the terms as they are written, whether they suffice: widths at least as large as the number of indices that a
monomial can carry (width lemma), numbers of examples that exceed the degree in N (examples lemma). The lemmas
are stated and proved in `reductions`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ..exact.general import GeneralWorld
from .terms import NotDecisive, Terms, Value


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
    classes: tuple[int, ...] = ()  # several numbers of outputs
    width: int = 2
    sizes: int = 0
    exactly: int = 0  # the number of examples, where the statement is about one number only
    lemmas: bool = True  # False where the lemmas themselves are being derived

    @property
    def examples(self) -> tuple[int, ...]:
        """sums + marked, ..., 2 sums + marked: one more value than the degree in N."""
        if self.exactly:
            return (self.exactly,)
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
        if self.classes:
            for classes in self.classes:
                yield from replace(self, outputs=classes, classes=()).instances()
            return
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

    def certify(self, *sides: Value) -> None:
        """Check that the worlds are large enough for the terms as they are written.

        Every summed index takes two ends of letters and every free label is one more end, so a graph with these many
        ends has at most half as many indices. Degrees are counted before anything cancels: in a world that is too
        narrow a false identity cancels like a true one.

        Raises:
            NotDecisive: naming the width, or the number of sums, that is too small.
        """
        load = sides[0].load
        for side in sides[1:]:
            load = load | side.load
        labels = 2 if any(side.array.size > 1 for side in sides) else 0
        needed = (load.ends + load.below + labels) // 2
        if needed > self.width:
            raise NotDecisive(f"a term may carry {needed} indices of a layer, the world has {self.width}", needed)
        if self.lemmas and not self.exactly and load.sums > self.sums:
            raise NotDecisive(f"{load.sums} sums over examples are multiplied, the family has {self.sums}")

    def explain(self, checked: int) -> str:
        """What was checked, in words."""
        if not self.lemmas:
            return f"equal normal forms in {checked} exact worlds of letters"
        depth = "one layer" if self.layers == "single" else "every depth"
        numbers = ", ".join(map(str, self.examples))
        if self.exactly:
            return (
                f"equal normal forms in {checked} exact worlds: {depth} by the depth lemma, every width by the "
                f"width lemma (widths from {self.width}), N = {numbers}"
            )
        return (
            f"equal normal forms in {checked} exact worlds: {depth} by the depth lemma, every width by the width "
            f"lemma (widths from {self.width}), every N by the examples lemma (N = {numbers})"
            + (f", every number of classes likewise (C = {', '.join(map(str, self.classes))})" if self.classes else "")
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


__all__ = ["Family", "NotDecisive"]

PIECEWISE_LINEAR = {"network": ("linear", "relu", "leaky-relu")}
