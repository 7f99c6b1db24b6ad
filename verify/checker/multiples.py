"""Terms that are a multiple of a known one: what follows from equations, and the signs of what has a known sign.

The multiple is c rho[k]^a rho^b N^m K^l with a rational c. It is guessed from the values at one point; that the two
terms are such multiples is then an equation of the formula language, to which the rule of ring identities is applied.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Compare, Indexed, Name, Node, Num, free_names, walk
from ..formula.sizes import Range
from .generality import LAYERED
from .identities import World, bound_further
from .residues import somewhere

POWERS = (range(-1, 2), range(-1, 2), range(-2, 3), range(-4, 5))  # of N, K, rho, rho[k]
ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))
Worlds = Callable[[Compare, tuple[Range, ...], Setting], Iterator[World]]


@dataclass(frozen=True)
class Multiple:
    """A factor and, as a formula, what it multiplies."""

    constant: Fraction
    powers: tuple[tuple[Node, int], ...]
    term: Node

    @property
    def formula(self) -> Node:
        above: Node = Num(abs(self.constant))
        for base, power in self.powers:
            if power > 0:
                above = BinOp("*", above, BinOp("**", base, Num(Fraction(power))))
        for base, power in self.powers:
            if power < 0:
                above = BinOp("/", above, BinOp("**", base, Num(Fraction(-power))))
        whole = BinOp("*", above, self.term)
        return whole if self.constant > 0 else BinOp("*", Num(Fraction(-1)), whole)

    @property
    def has_norms(self) -> bool:
        return any(base not in (Name("N"), Name("K")) for base, _ in self.powers)

    @property
    def divides_by_norms(self) -> bool:
        return any(power < 0 and base not in (Name("N"), Name("K")) for base, power in self.powers)


def difference(relation: Compare) -> Node:
    """Left minus right."""
    if relation.right == ZERO or (isinstance(relation.right, Call) and relation.right.func == "zeros_like"):
        return relation.left
    return BinOp("-", relation.left, relation.right)


def divides_by_layers(node: Node) -> bool:
    """Whether a term exists only where the layers that it is about are not zero."""
    nodes = [n for n in walk(node) if isinstance(n, Indexed)]
    if any(n.base == "fV" for n in nodes):
        return True
    layers = {n.index for n in nodes if n.base in LAYERED}
    return len(layers) == 1 and Name("rho") not in walk(node) and any(n.base in ("V", "lam") for n in nodes)


def multiple_of(
    whole: Node, term: Node, ranges: tuple[Range, ...], setting: Setting, worlds: Worlds
) -> Multiple | None:
    """The factor in whole = factor * term, guessed at one point; None if it is no such monomial there."""
    for world in worlds(Compare("==", whole, term), ranges, setting):
        for bound in bound_further(ranges, world):
            return _guessed(whole, term, world, bound)
    return None


def _guessed(whole: Node, term: Node, world: World, bound: dict[str, int]) -> Multiple | None:
    reader, graph = world.reader, world.graph
    bases = _bases(whole, term)
    left, right = reader.term(whole, bound).entries, reader.term(term, bound).entries
    norms = [reader.term(base, bound).item for base in bases]
    place = next((i for i, e in enumerate(right) if e != graph.zero), None)
    if place is None or len(left) != len(right) or left[place] == graph.zero:
        return None
    signed = reader.network.setting.loss in ("exponential", "logistic")
    labels = {f"y{n}": 1 for n in range(1, reader.network.examples + 1)} if signed else {}
    asked = [left[place], right[place], *norms]
    point = somewhere(graph, graph.below(asked), labels, reader.network.spheres(), (), f"guess/{world.where}")
    a, b, *values = (point.values[node] for node in asked)
    if b == 0:
        return None
    for powers in sorted(itertools.product(*POWERS[: len(bases)]), key=lambda p: sum(map(abs, p))):
        known = b
        for value, power in zip(values, powers, strict=True):
            known = known * pow(value, power, point.letters.modulus) % point.letters.modulus
        constant = point.letters.ratio(a, known)
        if constant is not None and constant != 0:
            chosen = tuple((base, p) for base, p in zip(bases, powers, strict=True) if p)
            return Multiple(constant, chosen, term)
    return None


def _bases(*terms: Node) -> list[Node]:
    """What a factor is made of: N, K, the product of norms, and the norm of the layer that is named first."""
    free = free_names(terms[0]) | free_names(terms[1])
    layers = [n.index for t in terms for n in walk(t) if isinstance(n, Indexed) and n.base in LAYERED]
    layers = [i for i in layers if not isinstance(i, Name) or i.name in free]
    return [Name("N"), Name("K"), Name("rho"), *(Indexed("rho", index) for index in layers[:1])]
