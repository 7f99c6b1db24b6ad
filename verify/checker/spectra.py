"""The rule of Gram forms: +-M = sum_i c_i g_i g_i^T + D with D diagonal, entry by entry as a ring identity.

Candidates are what losses are made of: g_i the gradients of the outputs, by W or by V, of one layer or of all; c_i the
second derivative of an example's loss by its output (of two classes: by their difference), or 1; D twice the weight
decay, or nothing; and, of one neuron, the inputs with whatever factors they have. With q vectors of length m and D = 0
the rank is at most q, and so is the number of distinct eigenvalues that are not 0. With c_i > 0 and D = d:

- the least eigenvalue is at least d, and is d if q < m;
- there are at most q distinct ones beside d; if d > 0 the rank is m;
- if the g_i are inputs in general position and d = 0, the rank is min(q, m).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..claim import Setting
from ..formula.nodes import Call, Compare, Node
from ..formula.sizes import Range
from .algebra import Graph, Uncovered
from .identities import World, at_sizes, bound_further, is_zero
from .networks import Network

SPECTRAL = ("rank", "nullity", "eigmin", "eigmax", "distinct")


@dataclass(frozen=True)
class Form:
    """sum_i weights[i] vectors[i] vectors[i]^T + diagonal; `inputs`: the vectors are inputs in general position."""

    weights: tuple[int, ...]
    vectors: tuple[tuple[int, ...], ...]
    diagonal: tuple[int, ...]
    inputs: bool


def oriented(relation: Node) -> Compare:
    """The relation with its spectral quantity on the left."""
    if isinstance(relation, Compare):
        for way in (relation, relation.turned):
            if isinstance(way.left, Call) and way.left.func in SPECTRAL:
                return way
    raise Uncovered("a spectrum in something that is no relation")


def follows_from_gram_form(
    part: Compare, ranges: tuple[Range, ...], setting: Setting, interpolating: bool, seed: str
) -> bool:
    """Whether a Gram form decides the relation at all sizes of the setting."""
    relation, met = oriented(part), False
    for world in at_sizes(relation, ranges, setting):
        for bound in bound_further(ranges, world):
            met = True
            if not _decided(relation, bound, world, interpolating, seed):
                return False
    return met


def _decided(relation: Compare, bound: dict[str, int], world: World, interpolating: bool, seed: str) -> bool:
    graph, network, quantity = world.graph, world.reader.network, relation.left
    assert isinstance(quantity, Call) and isinstance(network, Network)
    matrix = world.reader.term(quantity.args[0], bound)
    rows = matrix.rows if matrix.shape else [[matrix.item]]
    value = world.reader.term(relation.right, bound).item
    for sign in (1, -1):
        if (quantity.func == "eigmin" and sign < 0) or (quantity.func == "eigmax" and sign > 0):
            continue
        for form in candidates(network, len(rows)):
            if not _implies(quantity.func, relation, value, form, sign, graph):
                continue
            gaps = _gaps(graph, rows, form, sign)
            if interpolating:
                gaps = graph.replaced(gaps, network.interpolating())
            if is_zero(world, tuple(gaps), f"{seed}/{world.where}/{bound}"):
                return True
    return False


def _gaps(graph: Graph, rows: list[list[int]], form: Form, sign: int) -> list[int]:
    """The entries of sign * M minus the form."""
    found = []
    scaled = [[graph.mul(c, e) for e in g] for c, g in zip(form.weights, form.vectors, strict=True)]
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            terms = [graph.mul(h[i], g[j]) for h, g in zip(scaled, form.vectors, strict=True)]
            terms += [form.diagonal[i]] if i == j else []
            found.append(graph.plus(graph.mul(graph.num(sign), entry), graph.neg(graph.total(terms))))
    return found


# ---- candidates


def candidates(network: Network, size: int) -> Iterator[Form]:
    """Forms with `size` rows."""
    each = range(1, len(network.shapes) + 1)
    choices = [[k] for k in each if network.shapes[k - 1][0] * network.shapes[k - 1][1] == size]
    if sum(r * c for r, c in network.shapes) == size:
        choices.append(list(each))
    linear = len(network.shapes) == 1 and network.outputs_count == 1 and not network.setting.output_activation
    if len(network.shapes) == 1 and network.shapes[0] == (1, size) and network.setting.output_activation:
        yield _of_one_neuron(network)
    general = network.setting.data in ("generic", "separable", "nonseparable")
    for layers in dict.fromkeys(map(tuple, choices)):
        for polar in (False, True):
            slopes = _slopes(network, layers, polar)
            for diagonal in _diagonals(network, layers, polar):
                yield Form(*_curved(network, slopes), diagonal, linear and general and not polar)
                flat = tuple(g for group in slopes for g in group)
                yield Form((network.graph.one,) * len(flat), flat, diagonal, linear and general and not polar)


def _of_one_neuron(network: Network) -> Form:
    """f = s(w.x): the Hessian of every example's loss is a multiple of x x^T."""
    g, weights, vectors = network.graph, [], []
    share = g.inv(network.count) if network.setting.average else g.one
    letter = network.letters[0][0][0]
    for n in range(1, network.examples + 1):
        x = network.input(n)
        slope = g.gradient(network.example_loss(n, False), [letter])[0]
        over = g.inv(g.mul(x[0], x[0]))
        weights.append(g.mul(g.mul(g.gradient(slope, [letter])[0], over), share))
        vectors.append(tuple(x))
    return Form(tuple(weights), tuple(vectors), (g.zero,) * len(vectors[0]), False)


def _slopes(network: Network, layers: Sequence[int], polar: bool) -> list[list[tuple[int, ...]]]:
    """For each example the gradients of its outputs."""
    letters = network.turned if polar else network.letters
    flat = [e for k in layers for row in letters[k - 1] for e in row]
    found = []
    for n in range(1, network.examples + 1):
        slopes = [network.graph.gradient(f, flat) for f in network.outputs(n, False, polar)]
        found.append([tuple(network.read_plainly(s) if polar else s) for s in slopes])
    return found


def _diagonals(network: Network, layers: Sequence[int], polar: bool) -> list[tuple[int, ...]]:
    g, decayed, none = network.graph, [], []
    for k in layers:
        scale = g.power(network.norms(False)[k - 1], Fraction(2)) if polar else g.one
        entries = network.shapes[k - 1][0] * network.shapes[k - 1][1]
        decayed += [g.mul(g.num(2), g.mul(network.decay(k), scale))] * entries
        none += [g.zero] * entries
    return list(dict.fromkeys((tuple(decayed), tuple(none))))


def _curved(network: Network, slopes: list) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Weights and vectors of the part of the Hessian that the curvature of the losses gives."""
    g = network.graph
    share = g.inv(network.count) if network.setting.average else g.one
    weights, vectors = [], []
    for n, group in enumerate(slopes, 1):
        for c, vector in _of_classes(network, n, group) if network.classes else _of_output(network, n, group):
            weights.append(g.mul(c, share))
            vectors.append(vector)
    return tuple(weights), tuple(vectors)


def _of_output(network: Network, n: int, group: list) -> list[tuple[int, tuple[int, ...]]]:
    g = network.graph
    if network.setting.loss == "square":
        return [(g.num(2), vector) for vector in group]
    power = g.exp(g.neg(g.mul(network.label(n)[0], network.outputs(n, False, False)[0])))
    below = g.inv(g.plus(g.one, power))
    return [(power if network.setting.loss == "exponential" else g.mul(power, g.mul(below, below)), group[0])]


def _of_classes(network: Network, n: int, group: list) -> list[tuple[int, tuple[int, ...]]]:
    """diag(p) - p p^T is the sum of p_a p_b (e_a - e_b)(e_a - e_b)^T over pairs of classes."""
    g = network.graph
    powers = [g.exp(f) for f in network.outputs(n, False, False)]
    over = g.inv(g.total(powers))
    found = []
    for a in range(len(powers)):
        for b in range(a):
            gap = tuple(g.plus(u, g.neg(v)) for u, v in zip(group[a], group[b], strict=True))
            found.append((g.mul(g.mul(powers[a], over), g.mul(powers[b], over)), gap))
    return found


# ---- what a form implies


def _implies(func: str, relation: Compare, value: int, form: Form, sign: int, graph: Graph) -> bool:
    """Whether the relation holds if the matrix is this form."""
    signed = all(graph.positive(c, roots=False) for c in form.weights)
    if func in ("eigmin", "eigmax"):
        if not signed:
            return False
        op = relation.op if sign > 0 else relation.turned.op
        return _least_is(op, value if sign > 0 else graph.neg(value), form, graph)
    number = graph.number(value)
    low, high = _count(func, form, graph, signed)
    return (
        number is not None
        and {
            "==": low == high == number,
            "<": high < number,
            "<=": high <= number,
            ">": low > number,
            ">=": low >= number,
            "!=": not low <= number <= high,
        }[relation.op]
    )


def _least_is(op: str, value: int, form: Form, graph: Graph) -> bool:
    """Whether the least eigenvalue stands in this relation to a value."""
    hit = len(set(form.diagonal)) == 1 and len(form.vectors) < len(form.diagonal)
    if op == "==":
        return hit and form.diagonal[0] == value
    if op == ">=" and all(d == value for d in form.diagonal):
        return True
    if graph.number(value) != 0:
        return False
    positive = all(graph.positive(d, roots=False) for d in form.diagonal)
    return {
        ">=": all(d == graph.zero or graph.positive(d) for d in form.diagonal),
        ">": positive,
        "<=": hit and form.diagonal[0] == graph.zero,
    }.get(op, False)


def _count(func: str, form: Form, graph: Graph, signed: bool) -> tuple[int, int]:
    """The least and the greatest that a count can be."""
    size, many = len(form.diagonal), len(form.vectors)
    none = all(d == graph.zero for d in form.diagonal)
    low, high = 0, min(size, many) if none else size
    if signed and all(graph.positive(d, roots=False) for d in form.diagonal):
        low = size
    elif signed and none and form.inputs:
        low = min(size, many)
    if func == "rank":
        return low, high
    if func == "nullity":
        return size - high, size - low
    if len(set(form.diagonal)) > 1 or not signed:
        return min(low, 1), high
    return min(low, 1), min(high, many + (0 if none or many >= size else 1))
