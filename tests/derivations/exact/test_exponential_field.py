"""Ranks and numbers of distinct eigenvalues over square roots and exponentials of rationals."""

import pytest
from flint import fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.exact.exponential_field import ExponentialMatrix, product, square_root
from derivations.exact.spectra import distinct, rank


def made(terms, size=2):
    return ExponentialMatrix({(fmpq(*q), d): fmpq_mat(rows) for (q, d), rows in terms.items()}, size)


def test_square_roots_by_hand():
    assert square_root(fmpq(8, 27)) == (fmpq(2, 9), 6)  # sqrt(8/27) = 2 sqrt(6)/9
    assert square_root(fmpq(4, 9)) == (fmpq(2, 3), 1)
    assert square_root(fmpq(0)) == (fmpq(0), 1)
    with pytest.raises(ValueError, match="root"):
        square_root(fmpq(-1))
    assert product((fmpq(1), 6), (fmpq(2), 10)) == (fmpq(2), (fmpq(3), 15))  # sqrt 60 = 2 sqrt 15


@pytest.mark.parametrize(("corner", "expected"), [(2, 1), (3, 2)])
def test_roots_and_exponentials_together(corner, expected):
    """[[e^(2/3), sqrt(2) e^(1/3)], [sqrt(2) e^(1/3), c]] is singular exactly for c = 2."""
    m = made({((2, 3), 1): [[1, 0], [0, 0]], ((1, 3), 2): [[0, 1], [1, 0]], ((0, 1), 1): [[0, 0], [0, corner]]})
    assert m.rank() == expected
    assert m.distinct() is None  # roots: not decided


def test_commensurable_exponents_are_powers_of_one_number():
    """[[e^3, e^(5/2)], [e^(5/2), e^2]]: the determinant e^5 - e^5 vanishes only because 5/2 + 5/2 = 3 + 2."""
    m = made({((3, 1), 1): [[1, 0], [0, 0]], ((5, 2), 1): [[0, 1], [1, 0]], ((2, 1), 1): [[0, 0], [0, 1]]})
    assert (m.rank(), m.distinct()) == (1, 1)


def test_two_roots_are_independent():
    """[[sqrt 2, sqrt 6], [1, sqrt 3]] is singular, [[sqrt 2, sqrt 3], [1, sqrt 3]] is not."""
    none = ((0, 1), 1)
    singular = made(
        {
            ((0, 1), 2): [[1, 0], [0, 0]],
            ((0, 1), 6): [[0, 1], [0, 0]],
            none: [[0, 0], [1, 0]],
            ((0, 1), 3): [[0, 0], [0, 1]],
        }
    )
    regular = made({((0, 1), 2): [[1, 0], [0, 0]], ((0, 1), 3): [[0, 1], [0, 1]], none: [[0, 0], [1, 0]]})
    assert (singular.rank(), regular.rank()) == (1, 2)
    primes = made({((0, 1), 2 * 3 * 5 * 7): [[1, 0], [0, 0]]})
    assert primes.rank() is None  # more roots than are written out


def test_repeated_eigenvalues_are_counted_once():
    e = ((1, 1), 1)
    assert (
        made({e: [[1, 0, 0], [0, 1, 0], [0, 0, 0]], ((0, 1), 1): [[0, 0, 0], [0, 0, 0], [0, 0, 1]]}, 3).distinct() == 2
    )
    assert made({e: [[0, 1], [1, 0]]}).distinct() == 2
    assert made({e: [[0, 0], [0, 0]]}).distinct() == 0
    assert ExponentialMatrix({}, 2).rank() == 0
    assert ExponentialMatrix({}, 2).distinct() == 0


small = st.integers(-2, 2)


@given(st.lists(small, min_size=6, max_size=6), st.lists(small, min_size=6, max_size=6), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_product_of_thin_factors_has_the_rank_of_its_core(a, b, denominator):
    """M = u u^T e^(1/d) + (u v^T + v u^T) + v v^T e^(-1/d) = (u e^s + v e^-s)(.)^T, s = 1/(2d): rank at most 1."""
    u, v = fmpq_mat(3, 1, a[:3]), fmpq_mat(3, 1, b[:3])
    q = fmpq(1, denominator)
    terms = {(q, 1): u * u.transpose(), (fmpq(0), 1): u * v.transpose() + v * u.transpose(), (-q, 1): v * v.transpose()}
    m = ExponentialMatrix(terms, 3)
    assert m.rank() == int(any(x != 0 for x in (*u.entries(), *v.entries())))
    assert m.distinct() == m.rank()


@given(st.lists(small, min_size=9, max_size=9))
@settings(max_examples=40, deadline=None)
def test_rational_matrices_agree_with_the_rational_route(entries):
    square = fmpq_mat(3, 3, entries)
    symmetric = square + square.transpose()
    m = ExponentialMatrix({(fmpq(1, 2), 1): symmetric}, 3)
    assert m.rank() == rank(symmetric)
    assert m.distinct() == distinct(symmetric)
