"""Conjugacy: what carries over, and that the checks are seen to fail."""

import math
from fractions import Fraction

import pytest

from derivations.cases import conjugacy


def test_another_exponent_carries_nothing():
    assert conjugacy.power_map(2, 3, Fraction(2, 3))["gap"] == 1


def test_only_equal_rates_give_a_diffeomorphism():
    assert [conjugacy.power_map(2, nu)["least_slope_at_zero"] for nu in (1, 2, 3)] == [0, 1, 0]


@pytest.mark.parametrize(("mu", "nu"), [(2, 3), (-1, -4), (5, 5)])
def test_a_power_carries_one_scalar_flow_to_another(mu, nu):
    found = conjugacy.power_map(mu, nu)
    assert found["gap"] == 0
    assert found["exponent"] == Fraction(nu, mu)


def test_a_power_in_floating_point():
    mu, nu, x, t = 3.0, 2.0, 0.7, 0.4
    q = float(conjugacy.power_map(3, 2)["exponent"])
    assert (x * 2.718281828459045 ** (mu * t)) ** q == pytest.approx(x**q * 2.718281828459045 ** (nu * t))


def test_series_and_frames():
    assert conjugacy.exponential_flow() == {"gap": 0, "diagonal_gap": 0}


def test_changes_of_coordinates_keep_eigenvalues():
    assert conjugacy.change_of_coordinates() == {"field_gap": 0, "eigenvalue_gap": 0}


def test_counting_eigenvalues_is_not_enough():
    found = conjugacy.same_count()
    assert found["left_count"] == found["right_count"] and found["gap"] != 0


def test_a_shift_along_the_kernel_keeps_the_flow_and_not_the_norm():
    found = conjugacy.kernel_shift(2)
    assert found == {"norm": 1, "carried": 5, "field_gap": 0, "slope": 0, "image_slope": 0}


def test_equal_eigenvalues_are_enough_and_equal_numbers_of_them_are_not():
    found = conjugacy.same_count()
    assert found["left_count"] == found["right_count"] == 3 and found["gap"] == 1
    assert found["spectrum_gap"] == found["rotation_gap"] == 0


def test_curvature_of_a_neuron_s_loss():
    found = conjugacy.neuron_curvature(3)
    z = 6 * math.pi + 5 * math.pi / 4
    assert float(found["wavy_factor"]) == pytest.approx((1 + math.cos(z)) ** 2 + math.sin(z))
    gate = 1 / (1 + math.exp(-1))
    assert float(found["softplus_factor"]) == pytest.approx(gate**2 - gate * (1 - gate))
    assert 0 < float(found["tanh_factor"]) <= 1
