"""Exact ranks, inertia and eigenvalues against known matrices, a second route, and floats where floats suffice."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.exact.spectra import (
    Inertia,
    ball_eigenvalues,
    charpoly,
    distinct,
    eigenvalues,
    eigmax,
    eigmin,
    inertia,
    inertia_by_signs,
    kernel,
    nullity,
    rank,
    rank_bounds,
    rational,
    rational_matrix,
)


@st.composite
def symmetric(draw, largest=5):
    """Symmetric rational matrices, often singular: B D B^T with few columns and small integers."""
    size, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    entry = st.integers(-2, 2)
    row = st.lists(entry, min_size=columns, max_size=columns)
    b = rational_matrix(draw(st.lists(row, min_size=size, max_size=size)))
    weights = draw(st.lists(st.fractions(-2, 2, max_denominator=4), min_size=columns, max_size=columns))
    diagonal = fmpq_mat(columns, columns)
    for i, w in enumerate(weights):
        diagonal[i, i] = rational(w)
    return b * diagonal * b.transpose()


def balls(matrix, radius=0.0):
    return arb_mat(
        matrix.nrows(), matrix.ncols(), [arb(v) + arb(0, radius) if radius else arb(v) for v in matrix.entries()]
    )


@given(symmetric())
@settings(max_examples=60, deadline=None)
def test_two_routes_give_one_inertia(matrix):
    found = inertia(matrix)
    assert found == inertia_by_signs(matrix)
    assert found.positive + found.negative == rank(matrix)
    assert found.zero == nullity(matrix)


@given(symmetric(), st.lists(st.integers(-2, 2), min_size=25, max_size=25))
@settings(max_examples=40, deadline=None)
def test_inertia_is_unchanged_by_congruence(matrix, entries):
    size = matrix.nrows()
    change = fmpq_mat(size, size, entries[: size * size])
    if change.rank() == size:
        assert inertia(change * matrix * change.transpose()) == inertia(matrix)


@given(symmetric())
@settings(max_examples=30, deadline=None)
def test_eigenvalues_are_enclosed_counted_and_ordered(matrix):
    found = eigenvalues(matrix)
    signs = inertia(matrix)
    assert sum(e.multiplicity for e in found) == matrix.nrows()
    assert sum(e.multiplicity for e in found if e.ball > 0) == signs.positive
    assert sum(e.multiplicity for e in found if e.ball < 0) == signs.negative
    assert len([e for e in found if not e.ball.is_zero()]) == distinct(matrix)
    trace = sum((matrix[i, i] for i in range(matrix.nrows())), fmpq(0))
    assert (sum((e.ball * e.multiplicity for e in found), arb(0)) - trace).contains(0)
    floats = np.linalg.eigvalsh([[float(Fraction(int(v.p), int(v.q))) for v in row] for row in matrix.tolist()])
    ours = np.array([float(e.ball) for e in found for _ in range(e.multiplicity)])
    assert np.abs(ours - floats).max() <= 4 * len(floats) * np.finfo(float).eps * max(1, np.abs(floats).max())


@given(symmetric())
@settings(max_examples=30, deadline=None)
def test_balls_never_contradict_the_exact_answer(matrix):
    exact = inertia(matrix)
    for radius in (0.0, 2.0**-40, 0.3):
        found = inertia(balls(matrix, radius))
        assert found is None or found == exact
        lower, upper = rank_bounds(balls(matrix, radius))
        assert lower <= rank(matrix) <= upper
        assert eigmin(balls(matrix, radius)).overlaps(eigmin(matrix))
    if exact.zero == 0:
        assert inertia(balls(matrix, 0.0)) == exact


def test_hollow_matrices_need_two_by_two_pivots():
    assert inertia([[0, 1], [1, 0]]) == Inertia(1, 1, 0)
    assert inertia([[0, 1, 0], [1, 0, 0], [0, 0, 0]]) == Inertia(1, 1, 1)
    assert inertia([[0, 2, 1], [2, 0, 1], [1, 1, 0]]) == inertia_by_signs([[0, 2, 1], [2, 0, 1], [1, 1, 0]])
    hollow = arb_mat(2, 2, [arb(0, 0.1), arb(1), arb(1), arb(0, 0.1)])
    assert inertia(hollow) == Inertia(1, 1, 0)


def test_repeated_eigenvalues():
    """diag(2, 2, 1) turned by a rational rotation: a plain eigenvalue routine cannot isolate the double one."""
    turn = rational_matrix([[Fraction(3, 5), Fraction(-4, 5), 0], [Fraction(4, 5), Fraction(3, 5), 0], [0, 0, 1]])
    matrix = turn * rational_matrix([[2, 0, 0], [0, 1, 0], [0, 0, 2]]) * turn.transpose()
    assert [(e.ball.mid(), e.multiplicity) for e in eigenvalues(matrix)] == [(arb(1), 1), (arb(2), 2)]
    assert distinct(matrix) == 2
    assert [round(float(b)) for b in ball_eigenvalues(balls(matrix, 2.0**-60))] == [1, 2, 2]
    assert charpoly(matrix).coeffs() == [-4, 8, -5, 1]


def test_a_sign_far_below_the_unit_roundoff():
    """[[1, 1], [1, 1 + d]] has determinant d: at |d| = 10^-40 floats see a zero, exact arithmetic the sign."""
    tiny = Fraction(1, 10**40)
    for d, expected in ((tiny, Inertia(2, 0, 0)), (-tiny, Inertia(1, 1, 0)), (0, Inertia(1, 0, 1))):
        matrix = [[1, 1], [1, 1 + Fraction(d)]]
        assert inertia(matrix) == expected
        assert bool(eigmin(matrix) > 0) is expected.is_positive_definite
    assert eigmin([[1, 1], [1, 1]]).is_zero()
    assert eigmax([[1, 1], [1, 1]]) == 2


def test_balls_that_hold_zero_are_undecided():
    matrix = arb_mat(2, 2, [arb(1), arb(1), arb(1), arb(1, 1e-20)])
    assert inertia(matrix) is None
    assert rank(matrix) is None
    assert nullity(matrix) is None
    assert rank_bounds(matrix) == (1, 2)


@pytest.mark.parametrize("size", [1, 2, 7, 16])
def test_repeated_eigenvalues_of_balls_with_long_midpoints(size):
    """H D H / v^4 with H = v^2 I - 2 v v^T and |v|^2 irrational: each of the eigenvalues -1, 0, 3 many times over."""
    with ctx.workprec(160):
        v = [(arb(i) + 2).sqrt() for i in range(size)]
        square = sum((a * a for a in v), arb(0))
        mirror = arb_mat([[square * (i == j) - 2 * a * b for j, b in enumerate(v)] for i, a in enumerate(v)])
        expected = sorted((-1, 0, 3)[i % 3] for i in range(size))
        middle = arb_mat([[arb((-1, 0, 3)[i % 3]) * (i == j) for j in range(size)] for i in range(size)])
        turned = mirror * middle * mirror
        found = ball_eigenvalues(arb_mat([[e / square**2 for e in row] for row in turned.tolist()]))
    assert all(ball.contains(value) for ball, value in zip(found, expected, strict=True))
    assert all(float(ball.rad()) < 1e-30 for ball in found)


def test_irrational_entries():
    """[[e, 1], [1, 1/e]] is singular and undecidable by balls; lower the corner and it is indefinite."""
    e = arb(1).exp()
    assert inertia(arb_mat(2, 2, [e, arb(1), arb(1), 1 / e])) is None
    assert inertia(arb_mat(2, 2, [e, arb(1), arb(1), arb("0.36")])) == Inertia(1, 1, 0)
    assert inertia(arb_mat(2, 2, [e, arb(1), arb(1), arb("0.37")])) == Inertia(2, 0, 0)


def test_exact_zeros_among_balls_are_counted():
    matrix = arb_mat(3, 3, [arb(1, 0.1), 0, 0, 0, 0, 0, 0, 0, arb(-2, 0.5)])
    assert inertia(matrix) == Inertia(1, 1, 1)
    assert rank(matrix) == 2


def test_kernel_is_annihilated_and_full():
    matrix = rational_matrix([[1, 2, 3], [2, 4, 6], [1, 1, 1]])
    basis = kernel(matrix)
    assert (basis.nrows(), basis.ncols()) == (3, 1)
    assert all(v == 0 for v in (matrix * basis).entries())
    assert kernel([[1, 0], [0, 1]]).ncols() == 0
    assert kernel([[0, 0]]).ncols() == 2


def test_nonsense_is_refused():
    with pytest.raises(TypeError, match="float"):
        rank([[0.5]])
    with pytest.raises(ValueError, match="symmetric"):
        inertia([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="symmetric"):
        inertia(arb_mat(1, 2, [1, 2]))
    with pytest.raises(ValueError, match="differ"):
        inertia(arb_mat(2, 2, [1, 2, 3, 4]))
    with pytest.raises(ValueError, match="lengths"):
        rank([[1, 2], [3]])
    with pytest.raises(ValueError, match="finite"):
        eigmin(arb_mat(1, 1, [arb("inf")]))
    with pytest.raises(TypeError, match="balls"):
        rational_matrix(arb_mat(1, 1, [1]))
