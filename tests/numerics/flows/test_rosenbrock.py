"""The Rosenbrock step: order of the step and of its interpolant, damping, refusal of what is not finite."""

import numpy as np
import pytest

from numerics.flows.rosenbrock import next_step_size, rosenbrock_step


def oscillator(y):
    """Nonlinear autonomous field with a known invariant circle: y' = (1 + |y|^2)(-y2, y1)."""
    return (1 + y @ y) * np.array([-y[1], y[0]])


def oscillator_jacobian(y):
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    return (1 + y @ y) * turn + np.outer(turn @ y, 2 * y)


def exact(y, time):
    angle = (1 + y @ y) * time
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ y


def errors(h):
    y = np.array([0.6, -0.3])
    step = rosenbrock_step(oscillator, y, oscillator(y), oscillator_jacobian(y), h)
    inside = max(np.linalg.norm(step.at(theta) - exact(y, theta * h)) for theta in (0.25, 0.5, 0.8))
    return np.linalg.norm(step.end - exact(y, h)), np.linalg.norm(step.error), inside


def test_local_errors_have_the_orders_of_the_method():
    coarse, fine = errors(0.2), errors(0.1)
    end, estimate, inside = (np.log2(a / b) for a, b in zip(coarse, fine, strict=True))
    assert 5.5 < end < 6.7  # order 5: local error h^6
    assert 4.5 < estimate < 5.7  # embedded order 4: h^5
    assert 4.5 < inside < 5.7  # interpolant of order 4: h^5


def test_interpolant_meets_both_ends():
    y = np.array([0.6, -0.3])
    step = rosenbrock_step(oscillator, y, oscillator(y), oscillator_jacobian(y), 0.1)
    assert np.array_equal(step.at(0.0), y)
    assert np.array_equal(step.at(1.0), step.end)


def test_very_stiff_decay_is_damped_in_one_step():
    matrix = np.diag([-1e12, -1.0])
    y = np.array([1.0, 1.0])
    step = rosenbrock_step(lambda z: matrix @ z, y, matrix @ y, matrix, 0.1)
    assert abs(step.end[0]) < 1e-9
    assert abs(step.end[1] - np.exp(-0.1)) < 1e-6


def test_a_step_that_is_not_finite_is_refused():
    y = np.array([1.0])
    assert rosenbrock_step(lambda z: np.full(1, np.nan), y, y, np.zeros((1, 1)), 0.1) is None


@pytest.mark.parametrize(("error", "grows"), [(0.01, True), (0.5, True), (30.0, False), (0.0, True), (1e9, False)])
def test_step_size_follows_the_error_within_bounds(error, grows):
    h = next_step_size(1.0, error)
    assert (h > 1.0) == grows
    assert 0.2 <= h <= 6.0
