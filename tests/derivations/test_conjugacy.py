"""Conjugacy: what carries over, and that the checks are seen to fail."""

from fractions import Fraction

import pytest

from derivations import conjugacy


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
    assert found == {"norm": 1, "carried": 5, "field_gap": 0, "slope": 0}
