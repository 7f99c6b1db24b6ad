"""The rule of certified points: a stored point is admissible and satisfies the statement, in ball arithmetic.

Of a symmetric matrix M in balls: pivots that are not zero show a rank from below; vectors M v, M^2 v, ... that are
independent show as many distinct eigenvalues that are not zero; a v with v.Mv < c v.v shows an eigenvalue below c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from flint import acb_mat, arb, arb_mat, ctx, fmpq, fmpq_mat

from ..claim import Setting, Statement
from ..formula.nodes import And, Call, Compare, Node
from ..formula.shapes import bindings
from .algebra import Graph, Uncovered
from .enclosures import PRECISION, ball, enclosed
from .networks import Network
from .signs import SEPARATING
from .terms import Reader

COUNTS, ENDS = ("rank", "nullity", "distinct"), ("eigmin", "eigmax")
Stored = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A point of a network, with everything that is asked about it."""

    reader: Reader
    network: Network
    letters: dict[str, Fraction]
    interpolating: bool

    def balls(self, wholes: Sequence[int]) -> list[arb]:
        network = self.network
        if self.interpolating:
            wholes = network.graph.replaced(wholes, network.interpolating())
        return enclosed(network, wholes, self.letters)


def show_existence(inner: Node, statement: Statement, setting: Setting, stored: Sequence[Stored]) -> None:
    """Nothing, if for every list of widths and all indices one of the stored points does.

    Raises:
        Uncovered: naming what none of them shows.
    """
    if statement.at not in ("any", "interpolating") or statement.after:
        raise Uncovered(f"points at '{statement.at}'")
    for widths in setting.widths:
        for bound in bindings(statement.ranges, setting.sizes(widths)):
            tried = [p for p in stored if tuple(p["widths"]) == widths and p["indices"] == bound]
            if not any(_shows(inner, statement, setting, p, dict(bound)) for p in tried):
                raise Uncovered(f"no stored point shows it with widths {list(widths)}")


def _shows(inner: Node, statement: Statement, setting: Setting, point: Stored, bound: dict[str, int]) -> bool:
    place = place_of(setting, point, statement.at == "interpolating")
    before, ctx.prec = ctx.prec, PRECISION
    try:
        return _admissible(place, setting) and holds(inner, place, bound)
    finally:
        ctx.prec = before


def place_of(setting: Setting, point: Stored, interpolating: bool) -> Place:
    """The network and the letters of a stored point."""
    widths, examples = tuple(point["widths"]), len(point["x"])
    if examples != setting.examples:
        raise Uncovered("a point with another number of examples")
    classes = tuple(int(Fraction(v)) for v in point["y"]) if setting.loss == "cross-entropy" else ()
    graph = Graph()
    network = Network(graph, setting, widths, examples, graph.num(examples), classes)
    letters: dict[str, Fraction] = {}
    for k, layer in enumerate(point["W"], 1):
        letters |= {f"w{k}_{i}_{j}": Fraction(v) for i, row in enumerate(layer) for j, v in enumerate(row)}
    for n, (x, y) in enumerate(zip(point["x"], point["y"], strict=True), 1):
        letters |= {f"x{n}_{i}": Fraction(v) for i, v in enumerate(x)}
        own = y if isinstance(y, list | tuple) else None
        letters |= {f"y{n}_{c}": Fraction(v) for c, v in enumerate(own)} if own else {f"y{n}": Fraction(y)}
    for k, v in enumerate(point.get("decay") or (), 1):
        letters |= {f"decay{k}": Fraction(v), "decay": Fraction(v)}
    return Place(Reader(network, setting.sizes(widths)), network, letters, interpolating)


# ---- hypotheses


def _admissible(place: Place, setting: Setting) -> bool:
    """Whether the point certainly satisfies every hypothesis of its setting."""
    network, letters = place.network, place.letters
    if setting.data not in ("generic", "separable") or setting.start not in ("random", "small", "separating"):
        raise Uncovered("points of this data or start")
    if setting.data == "separable" and setting.start not in SEPARATING:
        raise Uncovered("points of separable data")
    layers = [
        [letters[f"w{k}_{i}_{j}"] for i in range(r) for j in range(c)] for k, (r, c) in enumerate(network.shapes, 1)
    ]
    if not all(any(layer) for layer in layers) or not _labelled(place, setting) or not _general(place):
        return False
    if setting.start == "separating" and not all(_separated(place, n) for n in range(1, setting.examples + 1)):
        return False
    known = [(h.formula, dict(b)) for h in setting.assume for b in bindings(h.ranges, place.reader.sizes)]
    return all(holds(formula, place, bound) for formula, bound in known)


def _labelled(place: Place, setting: Setting) -> bool:
    """Labels of both signs, or of more than one class, where there are two examples."""
    if setting.loss == "square":
        return True
    if setting.loss == "cross-entropy":
        return setting.examples == 1 or len(set(place.network.classes)) > 1
    labels = {place.letters[f"y{n}"] for n in range(1, setting.examples + 1)}
    return labels == {1, -1} or (setting.examples == 1 and labels <= {1, -1})


def _general(place: Place) -> bool:
    """Every min(N, d) inputs are independent."""
    width, each = place.network.widths[0], range(1, place.network.examples + 1)
    inputs = [[place.letters[f"x{n}_{i}"] for i in range(width)] for n in each]
    size = min(width, len(inputs))
    return all(_rank(chosen) == size for chosen in combinations(inputs, size))


def _rank(rows: Sequence[Sequence[Fraction]]) -> int:
    return fmpq_mat([[fmpq(v.numerator, v.denominator) for v in row] for row in rows]).rank()


def _separated(place: Place, n: int) -> bool:
    f = place.network.outputs(n, False, False)
    if place.network.classes:
        own, g = place.network.classes[n - 1] - 1, place.network.graph
        gaps = [g.plus(f[own], g.neg(v)) for c, v in enumerate(f) if c != own]
        return all(bool(v > 0) for v in place.balls(gaps))
    return bool(place.balls([place.network.graph.mul(place.network.label(n)[0], f[0])])[0] > 0)


# ---- statements


def holds(node: Node, place: Place, bound: dict[str, int]) -> bool:
    """Whether a statement is certain at the point."""
    if isinstance(node, And):
        return all(holds(arg, place, bound) for arg in node.args)
    if not isinstance(node, Compare):
        raise Uncovered("a point for something that is no relation")
    for way in (node, node.turned):
        if isinstance(way.left, Call) and way.left.func in (*COUNTS, *ENDS):
            return _of_spectrum(way, way.left, place, bound)
    gaps = place.balls(place.reader.gap(node.left, node.right, bound).entries)
    if node.op == "!=":
        return any(not v.contains(0) for v in gaps)
    certain = {"<": gaps[0] < 0, "<=": gaps[0] <= 0, ">": gaps[0] > 0, ">=": gaps[0] >= 0}
    return bool(certain.get(node.op, False))


def _of_spectrum(relation: Compare, quantity: Call, place: Place, bound: dict[str, int]) -> bool:
    array = place.reader.term(quantity.args[0], bound)
    rows = array.rows if array.shape else [[array.item]]
    balls = place.balls([e for row in rows for e in row])
    size, value = len(rows), place.balls([place.reader.term(relation.right, bound).item])[0]
    matrix = arb_mat(size, size, balls)
    if quantity.func in ENDS:
        low = quantity.func == "eigmin"
        return relation.op == ("<" if low else ">") and _beyond(matrix if low else -matrix, value if low else -value)
    rank, above = least_rank(matrix), relation.op in (">", ">=")
    if quantity.func == "nullity":
        most = ball(size - rank)
        return bool((most < value) if relation.op == "<" else relation.op == "<=" and (most <= value))
    least = ball(rank if quantity.func == "rank" else least_distinct(matrix))
    return above and bool(least > value if relation.op == ">" else least >= value)


def _beyond(matrix: arb_mat, value: arb) -> bool:
    """Whether a symmetric matrix has an eigenvalue below a value: some v with v.Mv < value v.v."""
    size = matrix.nrows()
    eigenvalues, vectors = acb_mat(arb_mat(size, size, [v.mid() for v in matrix.entries()])).eig(
        right=True, algorithm="approx"
    )
    least = min(range(size), key=lambda i: float(eigenvalues[i].real.mid()))
    v = arb_mat(size, 1, [vectors[i, least].real.mid() for i in range(size)])
    form, square = (v.transpose() * matrix * v)[0, 0], (v.transpose() * v)[0, 0]
    return bool(form < value * square)


def least_rank(matrix: arb_mat) -> int:
    """As many pivots as are certainly not zero."""
    rows = [[matrix[i, j] for j in range(matrix.ncols())] for i in range(matrix.nrows())]
    rank = 0
    while True:
        certain = [(i, j) for i in range(rank, len(rows)) for j in range(len(rows[0])) if not rows[i][j].contains(0)]
        if not certain:
            return rank
        i, j = max(certain, key=lambda p: float(abs(rows[p[0]][p[1]]).mid()))
        rows[rank], rows[i] = rows[i], rows[rank]
        pivot = rows[rank]
        for k in range(rank + 1, len(rows)):
            factor = rows[k][j] / pivot[j]
            rows[k] = [
                a - factor * b if c != j else arb(0) for c, (a, b) in enumerate(zip(rows[k], pivot, strict=True))
            ]
        rank += 1


def least_distinct(matrix: arb_mat) -> int:
    """As many of M v, M^2 v, ... as are certainly independent."""
    size = matrix.nrows()
    v = arb_mat(size, 1, [arb(1 + i * i) for i in range(size)])
    columns = []
    for _ in range(size):
        v = matrix * v
        columns.append([v[i, 0] for i in range(size)])
    return least_rank(arb_mat(size, size, [e for column in columns for e in column]))
