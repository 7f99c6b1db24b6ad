"""A bound for the degree of a scalar as a fraction of polynomials in the letters that `residues` draws."""

from __future__ import annotations

from collections.abc import Sequence

from .algebra import Graph

OF_LEAF = 3  # a letter on a sphere is (s - t^2) / 2t
OF_EXPONENTIAL = 60 * 64  # a power of the letter drawn for exp(a / 60), up to exp(64 a)

Fraction = tuple[
    int, dict[int, int]
]  # degree above the line, and below it the nodes that were inverted, to which powers


def degree(graph: Graph, wholes: Sequence[int]) -> int:
    """The largest degree of a numerator among these scalars, over a common denominator each."""
    sizes: dict[int, Fraction] = {}
    for a in graph.below(wholes):
        sizes[a] = _of_node(graph, a, sizes)
    return max((sizes[a][0] for a in wholes), default=0)


def _of_node(graph: Graph, a: int, sizes: dict[int, Fraction]) -> Fraction:
    kind, *rest = graph.nodes[a]
    match kind:
        case "num":
            return 0, {}
        case "sum" | "plus":
            return _sum([sizes[p] for p in rest], sizes)
        case "mul":
            (m, below), (n, other) = sizes[rest[0]], sizes[rest[1]]
            joined = dict(below)
            for node, power in other.items():
                joined[node] = joined.get(node, 0) + power
            return m + n, joined
        case "inv":  # (n/d)^-1 = d/n, where n stands below the line as the node that is inverted
            _, below = sizes[rest[0]]
            return sum(power * sizes[node][0] for node, power in below.items()), {rest[0]: 1}
        case "exp":
            return OF_EXPONENTIAL, {}
    return OF_LEAF, {}


def _sum(terms: list[Fraction], sizes: dict[int, Fraction]) -> Fraction:
    below: dict[int, int] = {}
    for _, own in terms:
        for node, power in own.items():
            below[node] = max(below.get(node, 0), power)
    whole = sum(power * sizes[node][0] for node, power in below.items())
    tops = (top + whole - sum(power * sizes[node][0] for node, power in own.items()) for top, own in terms)
    return max(tops, default=0), below
