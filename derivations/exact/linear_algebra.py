"""Inverse, pseudoinverse and kernel projector of matrices of ring elements, by Gaussian elimination.

Over letters a pivot that is a nonzero polynomial is invertible at generic points. That is enough for the inputs,
which lie in general position, so that their Gram matrix is invertible; for other matrices the pseudoinverse jumps
where the rank drops, and it is refused. At a point of numbers the pivots are numbers.
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
    """A^T (A A^T)^-1 for independent rows, (A^T A)^-1 A^T for independent columns.

    Raises:
        Undecidable: for a matrix of letters other than the inputs.
    """
    rows, columns = a.shape
    if not (_is_constant(a) or _is_inputs(world, a)):
        raise Undecidable("the pseudoinverse of a matrix whose rank depends on the point")
    if rows <= columns:
        return world.matmul(a.T, inverse(world, world.matmul(a, a.T)))
    return world.matmul(inverse(world, world.matmul(a.T, a)), a.T)


def null_projector(world: Any, a: Array) -> Array:
    """I - A^+ A, the orthogonal projector on the kernel of A."""
    return world.add(world.identity(a.shape[1]), world.negate(world.matmul(pseudoinverse(world, a), a)))


def _is_constant(a: Array) -> bool:
    return all(e.rational() is not None for e in a.flat)


def _is_inputs(world: Any, a: Array) -> bool:
    """Whether a matrix is X or its transpose, of inputs in general position."""
    if not world.general_position:
        return False
    inputs = world.constant("X")
    return any(
        a.shape == m.shape and all(e.same(v) for e, v in zip(a.flat, m.flat, strict=True)) for m in (inputs, inputs.T)
    )


def _vanishes(e: Element) -> bool:
    return e.is_zero()


def _scaled(row: Array, factor: Element) -> Array:
    return np.array([(e * factor).canonical() for e in row], dtype=object)


def _minus(row: Array, other: Array, factor: Element) -> Array:
    return np.array([(e - o * factor).canonical() for e, o in zip(row, other, strict=True)], dtype=object)
