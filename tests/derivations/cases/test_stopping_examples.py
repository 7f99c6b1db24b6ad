"""Early stopping and decay on small problems, against grids in floating point."""

import numpy as np
import pytest

from derivations.cases.stopping_examples import noisy_labels, two_modes

TRUTH = np.array([2.0, 0.9])


def loss(w):
    return ((TRUTH - w) ** 2).sum(-1)


def test_descent_has_its_best_time_before_the_end_and_the_penalty_none():
    a = np.linspace(1e-3, 1, 2000)[:, None]
    stopped = loss(1 - np.hstack([a**2, a]))
    strength = np.geomspace(1e-6, 1e6, 2000)[:, None]
    penalised = loss(np.array([1.0, 0.5]) / (np.array([1.0, 0.5]) + strength))
    assert stopped.min() < loss(np.ones(2)) < penalised.min()
    found = two_modes()
    assert float(found["stopping_gain"]) == pytest.approx(loss(np.ones(2)) - loss(1 - np.array([1 / 900, 1 / 30])))
    assert found["penalty_gains"] == 0


def test_a_stop_that_comes_too_early_gains_nothing():
    assert two_modes("1/2")["stopping_gain"] < 0


def test_strengths_of_their_own_shrink_as_stopping_does():
    found = two_modes()
    assert found["filter_gap"] == 0 and found["least_strength"] > 0 > found["average_slope"]


def test_the_expected_loss_overfits_and_the_classification_does_not():
    found = noisy_labels("1/10")
    time = float(found["stopping_time"][0])
    w = np.log1p(time)
    assert time == pytest.approx(2) and 0.9 * np.exp(-w) == pytest.approx(0.1 * np.exp(w))
    assert float(found["stopped_loss"][0]) == pytest.approx(0.6)
    assert found["stopped_loss"][2] < found["later_loss"][1]
    assert found["stopped_error"] == found["later_error"]
    assert found["slope_before"][2] < 0 < found["slope_after"][1]
