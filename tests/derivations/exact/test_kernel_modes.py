"""The kernel taken apart, and the fibre of equal outputs, against kernels of exact Hessians at every depth."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from flint import fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.exact.kernel_modes import fibre_dimension, kernel_modes, output_gradients
from derivations.exact.spectra import rank
from derivations.exact.symmetries import NetworkPoint, classify, generators

small = st.sampled_from([-2, -1, 1, 2])


def gram(point):
    """The Hessian 2 J^T J of the square loss at networks that fit their data."""
    gradients = output_gradients(point)
    return 2 * (gradients.transpose() * gradients)


@st.composite
def fitted(draw, activation):
    """A network of 2 to 5 layers on one or two examples that it fits."""
    depth = draw(st.integers(2, 5))
    widths = [2, *draw(st.lists(st.integers(1, 2), min_size=depth - 1, max_size=depth - 1)), 1]
    matrix = lambda r, c: draw(st.lists(st.lists(small, min_size=c, max_size=c), min_size=r, max_size=r))  # noqa: E731
    weights = [matrix(r, c) for c, r in pairwise(widths)]
    try:
        return NetworkPoint(weights, activation, matrix(draw(st.integers(1, 2)), 2))
    except ValueError:
        return None


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky-relu", "power"])
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_the_parts_add_up_to_the_kernel_at_every_depth(activation, data):
    point = data.draw(fitted(activation))
    if point is None:
        return
    hessian = gram(point)
    modes = kernel_modes(point, hessian)
    parts = np.hstack([modes.symmetry, modes.level, modes.rest])
    assert parts.shape[1] == point.size - rank(hessian)
    assert np.abs(parts.T @ parts - np.eye(parts.shape[1])).max() < 1e-9
    floats = np.array([[float(v.p) / float(v.q) for v in row] for row in hessian.tolist()])
    assert np.abs(floats @ parts).max(initial=0) <= 1e-9 * np.abs(floats).max()


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_fitted_networks_with_independent_gradients_are_normally_hyperbolic(data):
    point = data.draw(fitted("linear"))
    if point is None:
        return
    found = classify(gram(point), generators(point), fibre=fibre_dimension(point))
    if fibre_dimension(point) is not None:
        assert found.split.nullity == fibre_dimension(point)
        assert found.kind in ("hyperbolic", "normally hyperbolic")
    assert found.inertia.negative == 0


def test_a_wide_layer_by_hand():
    """f = (1, 1) (w, v)^T x at (1, 0), x = 1: the rotations and scalings of two neurons; the fibre is w_2.w_1 = 1."""
    point = NetworkPoint([[[1], [0]], [[1, 0]]], "linear", [[1]])
    assert output_gradients(point).tolist() == fmpq_mat([[1, 0, 1, 0]]).tolist()
    modes = kernel_modes(point, gram(point))
    assert modes.symmetry.shape == (4, 3)  # all of the kernel
    assert modes.rest.shape == modes.level.shape == (4, 0)
    assert fibre_dimension(point) == 3
    assert modes.families == ("general-linear",)
    assert [m.shape for m in modes.layers(modes.symmetry[:, 0])] == [(2, 1), (1, 2)]
    assert modes.shares(np.array([1.0, 0, 1, 0])) == pytest.approx((0, 0, 0))
    assert modes.shares(np.array([0, 2.0, 0, 0])) == pytest.approx((1, 0, 0))


def test_two_inputs_of_a_relu_network_leave_a_level_curve():
    """A neuron that is on with its weights spread: freedoms that no symmetry explains, and a fibre that does."""
    point = NetworkPoint([[[1, 1], [2, 1]], [[1, 1]]], "relu", [[1, 1]])
    hessian = gram(point)
    found = classify(hessian, generators(point), fibre=fibre_dimension(point))
    assert found.kind == "normally hyperbolic"
    assert found.split.nullity == fibre_dimension(point) == 5


def test_without_inputs_or_with_decay_there_is_no_fibre():
    with pytest.raises(ValueError, match="inputs"):
        output_gradients(NetworkPoint([[[1]]], "linear"))
    assert fibre_dimension(NetworkPoint([[[1]], [[1]]], "linear", [[1]], decays=[Fraction(1, 2)] * 2)) is None
    assert fibre_dimension(NetworkPoint([[[1]]], "linear", [[1], [2]])) is None  # gradients 1 and 2 are dependent
