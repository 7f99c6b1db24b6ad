"""The path of deep linear networks: its derivation, and both equilibria of three layers of one unit by hand."""

from math import exp

from scipy.optimize import brentq

from derivations.deep_paths import deep_path


def test_derivation():
    derived = deep_path()
    assert derived.name == "stationarity.deep_path" and derived.hypotheses["at"] == "minimum"
    assert {"stationarity.path_direction", "stationarity.path_rate"} <= set(derived.uses)


def second_derivative(rho, decay):
    """Of exp(-r^3) + 3 decay r^2, where r = rho."""
    return exp(-(rho**3)) * (9 * rho**4 - 6 * rho) + 6 * decay


def test_one_equilibrium_near_zero_and_one_far_away():
    """x = 1, y = 1: 2 decay = rho exp(-rho^3)."""
    ends = []
    for decay in (1e-3, 1e-6, 1e-12):
        near = brentq(lambda r, d=decay: r * exp(-(r**3)) - 2 * d, 0, 0.5)
        far = brentq(lambda r, d=decay: r * exp(-(r**3)) - 2 * d, 0.8, 10)
        assert second_derivative(near, decay) < 0 < second_derivative(far, decay)
        assert far**3 >= 1 / 3  # (K - 2) gamma/(K |z|^2)
        ends.append((near, far))
    nears, fars = zip(*ends, strict=True)
    assert nears[0] > nears[1] > nears[2] and nears[2] < 1e-11 and fars[0] < fars[1] < fars[2]
