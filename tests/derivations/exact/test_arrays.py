"""Matrix operations over a ring against small products computed by hand."""

import numpy as np

from derivations.exact.arrays import ArrayOperations, entrywise, item, matrix, scalar, vector
from derivations.exact.ring import Ring


class _Operations(ArrayOperations):
    ring = Ring(("u",))


WORLD = _Operations()


def _m(rows):
    return matrix([[WORLD.ring.constant(v) for v in row] for row in rows])


def _numbers(a):
    return entrywise(lambda e: e.rational(), a).tolist()


A, B = _m([[1, 2], [3, 4]]), _m([[0, 1], [1, 1]])


def test_products():
    assert _numbers(WORLD.matmul(A, B)) == [[2, 3], [4, 7]]
    assert _numbers(WORLD.matmul(A, vector([WORLD.ring.one, WORLD.ring.one]))) == [3, 7]
    assert item(WORLD.inner(A, B)).rational() == 2 + 3 + 4
    assert _numbers(WORLD.outer(A[0], B[1])) == [[1, 1], [2, 2]]
    assert _numbers(WORLD.transpose(A)) == [[1, 3], [2, 4]]


def test_sums_scales_and_parts():
    assert _numbers(WORLD.add(A, WORLD.negate(B))) == [[1, 1], [2, 3]]
    assert _numbers(WORLD.scale(scalar(WORLD.ring.constant(2)), A)) == [[2, 4], [6, 8]]
    assert _numbers(WORLD.divide(A, scalar(WORLD.ring.constant(2))))[0] == [WORLD.ring.constant(1).rational() / 2, 1]
    assert item(WORLD.trace(A)).rational() == 5
    assert _numbers(WORLD.row(A, 2)) == [3, 4]
    assert _numbers(WORLD.column(A, 2)) == [2, 4]
    assert item(WORLD.entry(A, 2, 1)).rational() == 3


def test_identities_and_zeros():
    assert _numbers(WORLD.matmul(WORLD.identity(2), A)) == _numbers(A)
    assert _numbers(WORLD.zeros((1, 2))) == [[0, 0]]
    assert _numbers(WORLD.diagonal(vector([WORLD.ring.one, WORLD.ring.zero]))) == [[1, 0], [0, 0]]
    assert np.shape(WORLD.reshape(A, (4,))) == (4,)
