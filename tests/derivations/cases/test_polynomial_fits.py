"""Least squares on powers, against floating point where that is accurate enough."""

import numpy as np
import pytest

from derivations.cases.polynomial_fits import chebyshev_nodes, equally_spaced, minimum_norm_fits, perturbed_descent


def floats(points):
    return np.array([float(p) for p in points])


@pytest.mark.parametrize("degree", [3, 9])
def test_fits_of_small_degree(degree):
    found = minimum_norm_fits([degree], examples=6, tests=20, bits=200)[f"error_{degree}"]
    train, test = floats(chebyshev_nodes(6)), floats(equally_spaced(20))
    phi = np.vander(train, degree + 1, increasing=True)
    w = np.linalg.pinv(phi) @ np.sin(8 * np.pi * train)
    gap = np.vander(test, degree + 1, increasing=True) @ w - np.sin(8 * np.pi * test)
    assert float(found[0]) == pytest.approx((gap**2).mean(), rel=1e-9)
    assert found[1] <= found[0] <= found[2]


def test_expectations_against_many_simulated_runs():
    found = perturbed_descent(4, examples=3, tests=7, rounds=3, steps=50)
    g = np.random.default_rng(0)
    x = np.vander(floats(chebyshev_nodes(3)), 5, increasing=True)
    y = np.sin(8 * np.pi * floats(chebyshev_nodes(3)))
    test = floats(equally_spaced(7))
    phi, wanted = np.vander(test, 5, increasing=True), np.sin(8 * np.pi * test)
    runs, w = 20_000, np.zeros((20_000, 5))
    for turn in range(3):
        w = w + (turn > 0) * 0.45 * g.standard_normal((runs, 5))
        for _ in range(50):
            w = w - 0.2 * 2 / 3 * (w @ x.T - y) @ x
    simulated = {
        "train_error": ((w @ x.T - y) ** 2).mean(1),
        "test_error": ((w @ phi.T - wanted) ** 2).mean(1),
        "squared_norm": (w**2).sum(1),
    }
    for name, values in simulated.items():
        assert abs(float(found[f"last_{name}"][0]) - values.mean()) < 5 * values.std() / np.sqrt(runs)


def test_the_unseen_part_gains_its_variance_in_every_round():
    """Converged rounds: the difference of the squared norms is 41 s^2 times the unseen directions, but for the rest."""
    found = perturbed_descent()
    gain = float(found["last_squared_norm"][0] - found["first_squared_norm"][0])
    assert gain == pytest.approx(41 * 0.45**2 * found["unseen_directions"], rel=1e-2)
    assert found["largest_step"][1] > 1
