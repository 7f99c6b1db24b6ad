"""Spectra in figures: signs and zeros that the caption names."""

import numpy as np
import pytest

from numerics.curvature import Architecture, Objective, hessian
from numerics.figures import spectra


def test_along_the_flow_one_eigenvalue_stays_negative_and_zeros_stay():
    values = np.array(spectra.spectrum_along_flow()["eigenvalues"])
    assert ((values < 0).sum(axis=1) == 1).all() and ((values == 0).sum(axis=1) >= 1).all()
    assert (values > 0).any(axis=1).all()


def test_under_decay_one_zero_stays_until_the_minimum_is_at_zero_weights():
    data = spectra.spectrum_under_decay()
    values, decay = np.array(data["eigenvalues"]), np.array(data["decay"])
    before = decay < data["collapse"]
    assert ((values[before] == 0).sum(axis=1) == 1).all() and (values[~before] > 0).all() and (values >= 0).all()
    assert values[0][1:6] == pytest.approx(decay[0] * np.array([2, 2, 2, 4, 4]), rel=1e-3)


@pytest.mark.parametrize("decay", [1e-6, 0.1, 1.0, 3.0])
def test_the_minimum_is_stationary(decay):
    random = np.random.default_rng(5)
    inputs, targets = random.standard_normal((2, 3)), np.array([1.0, -2.0])
    first, second = spectra.minimum(inputs, targets, decay)
    residual = second @ first @ inputs.T - targets
    assert 2 * second.T @ residual @ inputs + 2 * decay * first == pytest.approx(np.zeros((2, 3)), abs=1e-8)
    assert 2 * residual @ inputs @ first.T + 2 * decay * second == pytest.approx(np.zeros((1, 2)), abs=1e-8)
    found = hessian([first, second], inputs, targets, Architecture("linear"), Objective("square", False, decay))
    assert np.linalg.eigvalsh(found.matrix * np.exp(found.log_scale)).min() > -1e-8
