"""Scalars, vectors and matrices of nodes, as formulas add, multiply and reshape them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..formula.sizes import Shape, as_vector, count, normal
from .algebra import Graph, Uncovered


@dataclass(frozen=True)
class Array:
    """Entries row by row."""

    shape: Shape
    entries: tuple[int, ...]

    @property
    def item(self) -> int:
        if len(self.entries) != 1:
            raise Uncovered("an array where a scalar is wanted")
        return self.entries[0]

    @property
    def rows(self) -> list[list[int]]:
        """The rows of a matrix."""
        width = self.shape[1]
        return [list(self.entries[i : i + width]) for i in range(0, len(self.entries), width)]

    def reshaped(self, shape: Shape) -> Array:
        if count(shape) != len(self.entries):
            raise Uncovered("arrays that do not fit")
        return Array(shape, self.entries)

    @property
    def normal(self) -> Array:
        """1 x 1 is a scalar."""
        return Array(normal(self.shape), self.entries)

    @property
    def vector(self) -> Array:
        return self.reshaped(as_vector(self.shape) or (1,))

    @property
    def matrix(self) -> Array:
        return self if len(self.shape) == 2 else self.reshaped((*self.shape, 1, 1)[:2])

    @property
    def transposed(self) -> Array:
        return matrix_of(list(zip(*self.rows, strict=True))) if len(self.shape) == 2 else self

    def mapped(self, function: Callable[[int], int]) -> Array:
        return Array(self.shape, tuple(map(function, self.entries)))


def scalar(a: int) -> Array:
    return Array((), (a,))


def vector_of(entries: Sequence[int]) -> Array:
    return Array((len(entries),), tuple(entries))


def matrix_of(rows: Sequence[Sequence[int]]) -> Array:
    return Array((len(rows), len(rows[0])), tuple(e for row in rows for e in row))


def together(graph: Graph, a: Array, b: Array, join: Callable[[int, int], int]) -> Array:
    """Entry by entry; a 1 x d or d x 1 matrix beside a d-vector becomes one."""
    if a.shape != b.shape:
        a, b = a.reshaped(as_vector(a.shape)), b.reshaped(as_vector(b.shape))
    if a.shape != b.shape:
        raise Uncovered("arrays that do not fit")
    return Array(a.shape, tuple(join(x, y) for x, y in zip(a.entries, b.entries, strict=True)))


def scaled(graph: Graph, a: Array, b: Array) -> Array:
    """The product with a scalar."""
    factor, other = (a, b) if not normal(a.shape) else (b, a)
    return other.mapped(lambda e: graph.mul(e, factor.item))


def inner(graph: Graph, a: Array, b: Array) -> int:
    return graph.total(together(graph, a, b, graph.mul).entries)


def product(graph: Graph, a: Array, b: Array) -> Array:
    """``a @ b``, where thin matrices may stand for vectors."""
    if not a.shape or not b.shape:
        return scaled(graph, a, b)
    if a.shape[-1] != b.shape[0]:
        a, b = a.vector, b.vector
    if a.shape[-1] != b.shape[0]:
        raise Uncovered("arrays that do not fit")
    left = a if len(a.shape) == 2 else a.reshaped((1, *a.shape))
    right = b if len(b.shape) == 2 else b.reshaped((*b.shape, 1))
    columns = list(zip(*right.rows, strict=True))
    rows = [[graph.total(graph.mul(x, y) for x, y in zip(r, c, strict=True)) for c in columns] for r in left.rows]
    kept = (a.shape[:1] if len(a.shape) == 2 else ()) + (b.shape[1:] if len(b.shape) == 2 else ())
    return matrix_of(rows).reshaped(kept).normal


def null_projector(graph: Graph, a: Array) -> Array:
    """1 - A^+ A for A of full rank; 0 if there are as many rows as columns."""
    rows, columns = a.shape
    unit = [[graph.num(int(i == j)) for j in range(columns)] for i in range(columns)]
    if rows >= columns:
        return matrix_of(unit).mapped(lambda _: graph.zero)
    onto = product(graph, pseudoinverse(graph, a), a).matrix
    return together(graph, matrix_of(unit), onto.mapped(graph.neg), graph.plus)


def pseudoinverse(graph: Graph, a: Array) -> Array:
    """A^T (A A^T)^-1, or (A^T A)^-1 A^T where there are more rows than columns; A of full rank."""
    rows, columns = a.shape
    if rows > columns:
        return matrix_of(_solved(graph, product(graph, a.transposed, a).matrix.rows, a.transposed.rows))
    unit = [[graph.num(int(i == j)) for j in range(rows)] for i in range(rows)]
    over = _solved(graph, product(graph, a, a.transposed).matrix.rows, unit)
    return product(graph, a.transposed, matrix_of(over)).matrix


def _solved(graph: Graph, system: list[list[int]], right: list[list[int]]) -> list[list[int]]:
    """The solution of a linear system whose leading minors do not vanish, by elimination."""
    table = [[*row, *rest] for row, rest in zip(system, right, strict=True)]
    for i, pivot in enumerate(table):
        over = graph.inv(pivot[i])
        table[i] = pivot = [graph.mul(e, over) for e in pivot]
        for j, row in enumerate(table):
            if j != i:
                minus = graph.neg(row[i])
                table[j] = [graph.plus(e, graph.mul(minus, p)) for e, p in zip(row, pivot, strict=True)]
    return [row[len(system) :] for row in table]
