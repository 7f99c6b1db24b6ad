"""Hard margins in rational arithmetic, against least squares with constraints and against linear programs."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy.optimize import linprog, nnls

from derivations.cases import hard_margins
from derivations.cases.hard_margins import (
    equivalence,
    is_separable,
    least_norm_and_margin,
    least_norm_with_margin_one,
    margin_bound,
    nearest_to_origin,
    separable_sets,
)


def floats(matrix):
    return np.array(matrix.tolist(), dtype=float)


@pytest.mark.parametrize("signed", list(separable_sets(6, 7)), ids=str)
def test_the_shortest_vector_with_margins_of_at_least_one(signed):
    """Least distance programming: the residual of [A; b]^T u ~ e_(d+1) by nonnegative least squares gives w."""
    a = floats(signed)
    stacked = np.vstack([a.T, np.ones(len(a))])
    u, _ = nnls(stacked, np.append(np.zeros(a.shape[1]), 1))
    r = stacked @ u - np.append(np.zeros(a.shape[1]), 1)
    assert floats(least_norm_with_margin_one(signed)).ravel() == pytest.approx(-r[:-1] / r[-1], abs=1e-9)


@pytest.mark.parametrize(
    "entries", [[[1, 0], [-1, 1], [0, -1]], [[1, 0], [-1, 0]], [[0, 0], [1, 1]], [[1, 2], [3, -1]]]
)
def test_separable_sets_are_those_that_a_linear_program_separates(entries):
    a = np.array(entries, dtype=float)
    found = linprog(np.zeros(2), A_ub=-a, b_ub=-np.ones(len(a)), bounds=(None, None))
    assert is_separable(sympy.Matrix(entries)) == (found.status == 0)


def test_the_two_routes_agree():
    found = equivalence(4, 3)
    assert found["product_gap"] == found["turn"] == 0 < found["least_margin_squared"]


def test_a_longer_vector_leaves_a_gap(monkeypatch):
    monkeypatch.setattr(
        hard_margins, "least_norm_with_margin_one", lambda signed: 2 * least_norm_with_margin_one(signed)
    )
    assert equivalence(2, 3)["product_gap"] == 3


def test_the_nearest_point_bounds_every_margin():
    assert margin_bound(4) == {"remainder": 0, "total_gap": 0, "least_multiplier": 0, "gap_at_z": 0}


def test_another_point_of_the_hull_bounds_nothing(monkeypatch):
    def first_example(signed):
        return signed.row(0).T, [1] + [0] * (signed.rows - 1)

    monkeypatch.setattr(hard_margins, "nearest_to_origin", first_example)
    monkeypatch.setattr(hard_margins, "is_separable", lambda signed: signed.rows > 2 and signed[0, 0] != 0)
    assert margin_bound(8)["gap_at_z"] > 0


def test_weights_of_the_nearest_point():
    point, weights = nearest_to_origin(sympy.Matrix([[1, 1], [1, -1], [5, 0]]))
    assert list(point) == [1, 0] and weights == [Fraction(1, 2), Fraction(1, 2), 0]


def test_interpolant_and_support_vectors():
    found = least_norm_and_margin()
    assert found["least_norm_squared"] * found["max_margin_squared"] == 1
    assert found["interpolant_margin_squared"] == 2
    assert found["support_interpolant_margin_squared"] == found["max_margin_squared"] == 4
