"""Training error and expected error in exact numbers, each against a second way to it."""

import math
from fractions import Fraction

import pytest

from derivations.book.library import derivation
from derivations.cases import empirical_risk


@pytest.mark.parametrize("noise", ["1/4", "1/10", "1/2"])
def test_the_nearest_neighbour_errs_where_two_labels_differ(noise):
    p = Fraction(noise)
    found = empirical_risk.nearest_neighbour(noise, largest=4)
    assert found["expected_error"] == 2 * p * (1 - p)
    assert found["training_error"] == found["largest_change"] == 0


def test_weights_counted_layer_by_layer():
    first, later = (3 * 9 + 1) * 16, (16 * 9 + 1) * 16
    found = empirical_risk.convolution_weights()
    assert found["five_filters"] == first + 4 * later + (16 + 1) * 10
    assert found["four_filters"] == first + 3 * later + (16 * 4 + 1) * 10


def test_the_bound_says_nothing_at_the_size_of_the_figure_and_something_far_beyond():
    assert empirical_risk.fixed_network()["log_bound_here"][1] > 0
    assert empirical_risk.fixed_network(10**9)["log_bound_here"][2] < 0


def test_a_class_of_one_weight_memorises_and_no_minimiser_breaches_the_inequality():
    found = empirical_risk.risk_minimisers(largest=3)
    assert found["memorised"] == 1 and found["largest_breach"] == 0
    assert found["least_risk"] == found["largest_risk"] == Fraction(1, 2)


def test_two_networks_meet_the_conditions_and_others_do_not():
    found = empirical_risk.two_margin_maximisers()
    assert found["first_residual"] == found["second_residual"] == 0 < found["least_multiplier"]
    assert float(found["second_error"][0]) == pytest.approx(math.atan(2 / 3) / math.pi)


def test_the_share_of_wrong_signs_by_counting():
    up, down = (5 / 13, 12 / 13), (5 / 13, -12 / 13)
    wrong, count = 0, 20_000
    for i in range(count):
        x = (math.cos(2 * math.pi * (i + 0.5) / count), math.sin(2 * math.pi * (i + 0.5) / count))
        f = sum(max(u[0] * x[0] + u[1] * x[1], 0) for u in (up, down)) - max(-x[0], 0)
        wrong += (f > 0) != (x[0] > 0)
    assert wrong / count == pytest.approx(float(empirical_risk.two_margin_maximisers()["second_error"][0]), abs=1e-3)


def test_the_margin_loses_slope_at_the_change():
    found = empirical_risk.change_of_support()
    assert found["tie"] == 0 and found["before"] < 1 < found["after"] and found["jump"] < 0

    def margin(t):
        w = (math.log(2 + 4 * t) / 2, math.log(5 + t))
        return min(2 * w[0], w[1]) / math.hypot(*w)

    step = 1e-6
    assert (margin(1 + step) - margin(1)) < (margin(1) - margin(1 - step))


@pytest.mark.parametrize(
    "name",
    ["normalised_loss", "one_ray", "change_of_support", "nearest_neighbour", "fixed_network", "minimiser_of_the_risk"],
)
def test_the_derivations_check(name):
    assert derivation(f"real_data.{name}").steps
