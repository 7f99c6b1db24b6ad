"""The closed form of the growth of norms against its special cases, and flows against the closed form."""

import math

import numpy as np
import pytest
from scipy.special import expi

from numerics.figures import growth

POINTS = np.array([1.5, 3.0, 10.0, 60.0])


@pytest.mark.parametrize(
    ("depth", "integral"),
    [(1, np.exp), (2, expi), (math.inf, lambda q: expi(q) - np.exp(q) / q)],
    ids=["K = 1", "K = 2", "K to infinity"],
)
def test_known_integrals(depth, integral):
    expected = np.log(integral(POINTS) - integral(1.0))
    assert growth.log_time(POINTS, depth) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("depth", [1, 3, math.inf])
def test_times_are_inverted(depth):
    q = np.array([1.01, 2.0, 40.0, 2000.0])
    found = growth.product_at(growth.log_time(q, depth) / math.log(10), depth)
    assert found == pytest.approx(q, rel=1e-10)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_flows_lie_on_the_curve(depth):
    log10_s = np.array([0.5, 3.0, 300.0])
    norms = growth.flow_norms(depth, log10_s - math.log10(depth))
    assert norms.shape == (3, depth) and np.ptp(norms, axis=1).max() <= 1e-9 * norms.max()
    # t is the solver's 1 + t from here on: its own error model is 1e-6 in the logarithms
    assert norms.prod(axis=1) == pytest.approx(growth.product_at(log10_s, depth), rel=1e-4)


def test_a_flow_tells_the_factor_k_from_its_square():
    printed = growth.product_at(np.array([3.0 + math.log10(5)]), 5)[0]
    found = growth.flow_norms(5, np.array([3.0 - math.log10(5)])).prod()
    assert abs(found - printed) > 0.1 * found


def test_what_the_caption_says():
    data = growth.norm_growth()
    last = [curve["product"][-1] for curve in data["curves"]]
    assert last == sorted(last), "deeper products are larger"
    layers = [curve["layer"][-1] for curve in data["curves"]]
    assert layers == sorted(layers, reverse=True) and layers[-1] == 1.0
    for curve in data["curves"]:
        assert curve["ratio"] == sorted(curve["ratio"], reverse=True) and 1 <= curve["ratio"][-1] < 1.01
