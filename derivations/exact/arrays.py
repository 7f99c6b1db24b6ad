"""Scalars, vectors and matrices of ring elements: numpy object arrays and the operations of a world on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from .ring import Element, Ring

Array = np.ndarray  # dtype object; shape () for a scalar


def scalar(e: Element) -> Array:
    out = np.empty((), dtype=object)
    out[()] = e
    return out


def vector(entries: Sequence[Element]) -> Array:
    out = np.empty(len(entries), dtype=object)
    out[:] = entries
    return out


def matrix(rows: Sequence[Sequence[Element]]) -> Array:
    out = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        out[i, :] = row
    return out


def entrywise(function: Callable[[Element], Element], a: Array) -> Array:
    out = np.empty(a.size, dtype=object)
    out[:] = [function(e) for e in a.flat]
    return out.reshape(a.shape)


def item(a: Array) -> Element:
    """The element of a scalar."""
    return a.reshape(-1)[0]


class ArrayOperations:
    """The value half of the world protocol, over one ring."""

    ring: Ring

    def number(self, value: Fraction | int) -> Array:
        return scalar(self.ring.constant(value))

    def shape(self, a: Array) -> tuple[int, ...]:
        return a.shape

    def reshape(self, a: Array, shape: tuple[int, ...]) -> Array:
        return a.reshape(shape)

    def add(self, a: Array, b: Array) -> Array:
        return self._pairwise(a, b, lambda p, q: p + q)

    def _pairwise(self, a: Array, b: Array, function: Callable[[Element, Element], Element]) -> Array:
        out = np.empty(a.size, dtype=object)
        out[:] = [function(p, q) for p, q in zip(a.flat, b.flat, strict=True)]
        return out.reshape(a.shape)

    def negate(self, a: Array) -> Array:
        return entrywise(lambda e: -e, a)

    def scale(self, a: Array, b: Array) -> Array:
        if a.shape == ():
            a, b = b, a
        factor = item(b)
        return entrywise(lambda e: e * factor, a)

    def divide(self, a: Array, b: Array) -> Array:
        inverse = item(b).inverse()
        return entrywise(lambda e: e * inverse, a)

    def matmul(self, a: Array, b: Array) -> Array:
        left = a if a.ndim == 2 else a.reshape(1, -1)
        right = b if b.ndim == 2 else b.reshape(-1, 1)
        out = np.empty((left.shape[0], right.shape[1]), dtype=object)
        columns = [list(column) for column in right.T]
        for i, row in enumerate(left):
            for j, column in enumerate(columns):
                out[i, j] = self.total(p * q for p, q in zip(row, column, strict=True))
        kept = (left.shape[:1] if a.ndim == 2 else ()) + (right.shape[1:] if b.ndim == 2 else ())
        return out.reshape(kept)

    def total(self, elements) -> Element:
        """The sum, halves first: adding polynomials costs as much as they have terms."""
        left = list(elements)
        while len(left) > 1:
            odd = left[-1:] if len(left) % 2 else []
            left = [a + b for a, b in zip(left[::2], left[1::2], strict=False)] + odd
        return left[0] if left else self.ring.zero

    def transpose(self, a: Array) -> Array:
        return a.T

    def inner(self, a: Array, b: Array) -> Array:
        return scalar(self.total(p * q for p, q in zip(a.reshape(-1), b.reshape(-1), strict=True)))

    def outer(self, a: Array, b: Array) -> Array:
        return matrix([[p * q for q in b] for p in a])

    def trace(self, a: Array) -> Array:
        return scalar(self.total(a[i, i] for i in range(a.shape[0])))

    def diagonal(self, a: Array) -> Array:
        zero = self.ring.zero
        return matrix([[e if i == j else zero for j in range(len(a))] for i, e in enumerate(a)])

    def identity(self, n: int) -> Array:
        return self.diagonal(vector([self.ring.one] * n))

    def zeros(self, shape: tuple[int, ...]) -> Array:
        return np.full(shape, self.ring.zero, dtype=object)

    def entry(self, a: Array, *index: int) -> Array:
        return scalar(a[tuple(i - 1 for i in index)])

    def row(self, a: Array, i: int) -> Array:
        return a[i - 1, :]

    def column(self, a: Array, j: int) -> Array:
        return a[:, j - 1]
