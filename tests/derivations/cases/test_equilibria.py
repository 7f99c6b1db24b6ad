"""Exact equilibria of two neurons: each quantity against what is known by hand, and against floating point."""

from fractions import Fraction

import numpy as np
import pytest

from derivations.cases import equilibria
from derivations.exact.point import PointWorld


def test_without_a_penalty_one_eigenvalue_is_minus_the_loss_at_every_time():
    for scale in (1, 2, 5):
        found = equilibria.along_flow(scale)
        assert (found["least_over_loss"], found["negative"]) == (-1, 1)
        assert found["greatest_over_loss"] == max(2 * scale**2 - 1, 1)
        assert found["slope"] == 2 * scale**2


def test_inputs_that_no_example_has_are_zero_modes():
    assert equilibria.along_flow(2, inputs=1)["zero_modes"] == 0
    assert equilibria.along_flow(2, inputs=3)["zero_modes"] == 4


def test_by_directions_the_least_eigenvalue_scales_with_the_norms():
    assert equilibria.along_flow(3, space="V")["least_over_loss"] == -9


def test_directions_rest_while_norms_grow():
    found = equilibria.constrained_equilibrium(2)
    assert found["turning"] == 0 and found["growth"] > 0
    assert found["zero_modes"] == 1 and found["speed_without"] > 0


def test_the_valley_of_a_product_has_curvature_twice_the_squared_norm():
    found = equilibria.valley(2, 100)
    w = Fraction(201, 100)
    assert found["here"] == 2 * (4 + Fraction(1, 4))
    assert found["nearby"] == 2 * (w**2 + 1 / w**2)


def test_least_squares_on_the_gradient_has_the_hessian_of_the_product():
    found = equilibria.valley(3, 10)
    assert found["hessian_gap"] == 0 and found["zero_modes"] == found["linear_zero_modes"] == 1


def test_the_penalty_needed_falls_with_the_loss():
    found = equilibria.needed_penalty(3, 6)
    assert float(found["needed"]) == pytest.approx(9 * np.exp(-9) / 2)
    assert float(found["later_with_penalty"]) == pytest.approx(2e-3 - 36 * np.exp(-36))
    assert found["wrong_signs"] == found["later_wrong_signs"] == 1


def test_a_common_rotation_of_both_layers_is_the_zero_mode_by_directions():
    assert equilibria.constrained_equilibrium(3)["rotation_image"] == 0


def test_other_weights_may_see_separating_ones_from_the_wrong_side():
    found = equilibria.mirrored()
    assert found["own"] < 0 < found["product"]
    assert float(found["one_layer"]) == pytest.approx(-1 / (1 + np.exp(-2)))
    assert found["dead"] == 0


def test_the_two_neurons_are_off_every_kink():
    world = equilibria.pair_of_neurons(1, 2, "exponential")
    assert isinstance(world, PointWorld)
    assert all(world.sign_of(z) > 0 for z in world.preactivation(world.state, 1, 1))
