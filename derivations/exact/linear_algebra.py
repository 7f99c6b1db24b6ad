"""Inverse, pseudoinverse and kernel projector of matrices of ring elements, by Gaussian elimination.

Over letters a pivot that is a nonzero polynomial is invertible at generic points, which is where inputs in
general position lie; at a point of numbers the pivots are numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import Array, ArrayOperations
from .ring import Element, Undecidable


def inverse(world: ArrayOperations, a: Array) -> Array:
    """The inverse of a square matrix.

    Raises:
        Undecidable: if a pivot vanishes identically.
    """
    n = a.shape[0]
    work = np.concatenate([a.copy(), world.identity(n)], axis=1)
    for column in range(n):
        pivot = next((i for i in range(column, n) if not _vanishes(work[i, column])), None)
        if pivot is None:
            raise Undecidable("the inverse of a singular matrix")
        work[[column, pivot]] = work[[pivot, column]]
        work[column] = _scaled(work[column], work[column, column].inverse())
        for i in range(n):
            if i != column and not _vanishes(work[i, column]):
                work[i] = _minus(work[i], work[column], work[i, column])
    return work[:, n:]


def pseudoinverse(world: Any, a: Array) -> Array:
    """A^T (A A^T)^-1 for independent rows, (A^T A)^-1 A^T for independent columns."""
    rows, columns = a.shape
    if rows <= columns:
        return world.matmul(a.T, inverse(world, world.matmul(a, a.T)))
    return world.matmul(inverse(world, world.matmul(a.T, a)), a.T)


def null_projector(world: Any, a: Array) -> Array:
    """I - A^+ A, the orthogonal projector on the kernel of A."""
    return world.add(world.identity(a.shape[1]), world.negate(world.matmul(pseudoinverse(world, a), a)))


def _vanishes(e: Element) -> bool:
    return e.is_zero()


def _scaled(row: Array, factor: Element) -> Array:
    return np.array([(e * factor).canonical() for e in row], dtype=object)


def _minus(row: Array, other: Array, factor: Element) -> Array:
    return np.array([(e - o * factor).canonical() for e, o in zip(row, other, strict=True)], dtype=object)
