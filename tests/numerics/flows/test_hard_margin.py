"""Certified hard margins: exact optimality, ties, refusals; KKT residual of the deep problem."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.flows.hard_margin import NotSeparable, deep_margin_kkt, hard_margin
from tests.numerics.flows.problems import separable_data

EPS = np.finfo(float).eps


def test_two_points_on_an_axis():
    found = hard_margin(np.array([[3.0, 1.0], [-3.0, 2.0]]), np.array([1, -1]))
    assert found.certified
    # z = (3, 1), (3, -2): the segment between them passes closest to the origin at (3, 0).
    assert found.inverse_square == Fraction(1, 9)
    assert np.allclose(found.direction, [1.0, 0.0], atol=EPS)
    assert found.support == (0, 1)


def test_ties_belong_to_the_support():
    inputs = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.0], [2.0, 5.0]])
    found = hard_margin(inputs, np.ones(4))
    assert found.certified
    assert found.support == (0, 1, 2)  # (1, 0) lies on the face although it needs no multiplier
    assert np.array_equal(found.slopes[:3], np.zeros(3))
    assert found.slopes[3] == pytest.approx(1.0)


def test_the_opposite_labels_and_repeated_points():
    inputs = np.array([[1.0, 2.0], [1.0, 2.0], [-1.0, -2.0]])
    found = hard_margin(inputs, np.array([1, 1, -1]))
    assert found.certified and found.inverse_square == Fraction(1, 5)


def test_what_cannot_be_separated_is_refused_with_its_multipliers():
    inputs = np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]])
    with pytest.raises(NotSeparable) as caught:
        hard_margin(inputs, np.ones(3))
    assert np.allclose(caught.value.multipliers @ inputs, 0.0, atol=10 * EPS)


@pytest.mark.parametrize("inputs", [np.zeros((1, 2)), np.array([[0.0, 0.0], [1.0, 2.0]])])
def test_a_zero_input_is_never_separated(inputs):
    with pytest.raises(NotSeparable, match="zero"):
        hard_margin(inputs, np.ones(len(inputs)))


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(2, 14))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_no_direction_does_better(seed, dimension, examples):
    inputs, labels = separable_data(seed, examples, dimension)
    found = hard_margin(inputs, labels)
    assert found.certified
    rows = inputs * labels[:, None]
    smallest = (rows @ found.direction).min()
    assert smallest == pytest.approx(found.margin, rel=100 * EPS * dimension)
    rng = np.random.default_rng(seed)
    others = found.direction + 0.1 * rng.normal(size=(200, dimension))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert (rows @ others.T).min(axis=0).max() <= found.margin * (1 + 100 * EPS * dimension)


def test_deep_kkt_residual_vanishes_at_a_kkt_point_and_not_elsewhere():
    inputs, labels = separable_data(3)
    found = hard_margin(inputs, labels)
    hidden = np.array([0.6, -0.8])
    first, second = np.outer(hidden, found.direction), hidden[None, :]

    def residual(first, second):
        rows = inputs * labels[:, None]
        margins = rows @ (second @ first).ravel()
        gradients = np.stack([np.append(np.outer(second, row).ravel(), first @ row) for row in rows])
        return deep_margin_kkt(np.append(first.ravel(), second.ravel()), margins, gradients, 2)

    at_optimum = residual(first, second)
    assert at_optimum.stationarity < 1e3 * EPS
    assert at_optimum.complementarity < 1e3 * EPS
    unbalanced = residual(2 * first, second)
    assert unbalanced.stationarity > 0.1
    with pytest.raises(ValueError, match="every y_n f_n > 0"):
        residual(-first, second)
