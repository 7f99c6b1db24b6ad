"""Growth rates and limits of single cases, against slow independent computations."""

from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb

from derivations.cases import growth_rates
from derivations.cases.growth_rates import growth, product_of_norms, time_reached, two_limits


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
@pytest.mark.parametrize("u", [40, 200])
def test_the_time_at_which_a_product_is_reached_is_enclosed(layers: int, u: int):
    power = mpmath.mpf(2) - mpmath.mpf(2) / layers
    with mpmath.workdps(40):
        shifted = mpmath.quad(lambda s: s**-power * mpmath.exp(s - u), [1, u / 2, u - 20, u - 5, u])
        log_t = float(mpmath.log(shifted / layers) + u)
    low, high = time_reached(layers, arb(u))
    assert float(low) - 1e-9 <= log_t <= float(high) + 1e-9


def test_one_layer_is_log_t():
    """R = t + e, so that u = log(t + e)."""
    low, high = product_of_norms(1, arb(60))
    exact = float(mpmath.log(mpmath.exp(60) + mpmath.e))
    assert float(low) <= exact + 1e-12 and exact - 1e-12 <= float(high) and float(high) - float(low) < 1e-9


def test_bounds_are_in_order_and_narrow():
    for value, low, high in growth(100, 1000).values():
        assert bool(low <= value) and bool(value <= high)
        assert float((high - low) / value.max(arb(1))) < 0.1


def test_two_starts_end_with_two_margins():
    found = two_limits()
    assert (found["first_margin"], found["second_margin"]) == (Fraction(5, 13), Fraction(1, 2))
    assert found["least_margin_gain_nearby"] > 0


def test_both_ends_are_stationary_for_the_margin():
    found = two_limits()
    assert found["first_kkt_residual"] == found["second_kkt_residual"] == 0
    assert found["first_multiplier"] == Fraction(13, 10) and found["second_multiplier"] == 1


def test_another_direction_is_not_stationary(monkeypatch):
    skewed = {(1, 0): [1, 1]}
    monkeypatch.setattr(growth_rates, "Matrix", lambda rows: sympy.Matrix(skewed.get(tuple(rows), rows)))
    x = [sympy.Matrix([5, 12]) / 13, sympy.Matrix([5, -12]) / 13]
    assert growth_rates.stationarity_of_two_limits(x)["first_kkt_residual"] > 0
