"""Generators against exact losses: what they keep, what they force on the kernel, and how points are classified."""

from fractions import Fraction
from itertools import pairwise

import pytest
from flint import fmpq, fmpq_mat, fmpq_mpoly_ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.exact.spectra import inertia, rational, rational_matrix
from derivations.exact.symmetries import (
    Generator,
    NetworkPoint,
    classify,
    generators,
    split_kernel,
    tangent_to_level_set,
)


def square_loss(point, targets):
    """The loss near the point as a polynomial in all weights: gates are constants there. (ring, polynomial)."""
    ring = fmpq_mpoly_ctx.get([f"w{i}" for i in range(point.size)], "lex")
    letters, start, layers = ring.gens(), 0, []
    for w in point.weights:
        rows, columns = w.nrows(), w.ncols()
        layers.append([letters[start + i * columns : start + (i + 1) * columns] for i in range(rows)])
        start += rows * columns
    loss = ring.from_dict({})
    for n in range(point.inputs.nrows()):
        hidden = [ring.constant(point.inputs[n, j]) for j in range(point.inputs.ncols())]
        for k, layer in enumerate(layers, start=1):
            hidden = [sum((a * b for a, b in zip(row, hidden, strict=True)), ring.constant(0)) for row in layer]
            if k < point.depth:
                hidden = [activate(point, k, n, i, z) for i, z in enumerate(hidden)]
        for c, f in enumerate(hidden):
            loss += (f - rational(targets[n][c])) ** 2
    for decay, layer in zip(point.decays, layers, strict=True):
        loss += decay * sum((w * w for row in layer for w in row), ring.constant(0))
    return letters, loss


def activate(point, k, n, i, z):
    if point.activation == "power":
        return z**point.degree
    if point.activation == "relu":
        return z if point.gates(k)[i][n] else 0 * z
    return z


def values(point):
    return [v for w in point.weights for v in w.entries()]


def derivatives(point, targets):
    """(gradient, Hessian) of the square loss at the point, exact."""
    letters, loss = square_loss(point, targets)
    slopes = [loss.derivative(i) for i in range(len(letters))]
    at = values(point)
    gradient = [s(*at) for s in slopes]
    hessian = fmpq_mat(len(letters), len(letters), [s.derivative(i)(*at) for s in slopes for i in range(len(letters))])
    return gradient, hessian


def families(found):
    return {g.family for g in found}


@st.composite
def points(draw, activation, widths, decays=()):
    entry = st.sampled_from([Fraction(n, 2) for n in (-3, -2, -1, 1, 2, 3)])

    def matrix(rows, columns):
        return draw(st.lists(st.lists(entry, min_size=columns, max_size=columns), min_size=rows, max_size=rows))

    weights = [matrix(h, d) for d, h in pairwise(widths)]
    inputs = matrix(3, widths[0])
    try:
        point = NetworkPoint(weights, activation, inputs, decays=decays)
    except ValueError:
        point = None
    return point, matrix(3, widths[-1])


@pytest.mark.parametrize("activation", ["linear", "relu", "power"])
@pytest.mark.parametrize("decays", [(), (1, 2)])
def test_every_generator_is_tangent_to_the_level_set(activation, decays):
    @given(points(activation, [2, 3, 1], decays))
    @settings(max_examples=15, deadline=None)
    def check(drawn):
        point, targets = drawn
        if point is None:
            return
        gradient, hessian = derivatives(point, targets)
        found = generators(point)
        assert all(tangent_to_level_set(found, gradient))
        for g in (g for g in found if not g.is_symmetry):
            v = fmpq_mat(point.size, 1, list(g.vector))
            assert (v.transpose() * hessian * v)[0, 0] == 0

    check()


def test_a_scaling_alone_is_not_tangent():
    """Scaling one layer moves the outputs: the check must be seen to say no."""
    point = NetworkPoint([[[1, 2]], [[3]]], "linear", [[1, 1]])
    gradient, _ = derivatives(point, [[1]])
    assert tangent_to_level_set([Generator("scaling", "W_2", (fmpq(0), fmpq(0), fmpq(3)))], gradient) == [False]


def test_linear_networks_have_the_general_linear_group():
    point = NetworkPoint([[[1, 0], [0, 1]], [[1, 1]]], "linear")
    assert families(generators(point)) == {"general-linear"}
    assert len(generators(point)) == 4
    with_decay = NetworkPoint([[[1, 0], [0, 1]], [[1, 1]]], "linear", decays=(1, 1))
    assert [g.family for g in generators(with_decay)] == ["rotation"]


def test_a_deep_linear_minimum_is_morse_bott():
    """f = w2 w1 x at zero loss: the minima w1 w2 = 1 are a hyperbola, one symmetry mode, and no other zero."""
    point = NetworkPoint([[[2]], [[Fraction(1, 2)]]], "linear", [[1]])
    gradient, hessian = derivatives(point, [[1]])
    found = classify(hessian, generators(point), gradient)
    assert found.kind == "normally hyperbolic"
    assert (found.split.nullity, found.split.symmetry_modes, found.split.rest.ncols()) == (1, 1, 0)
    assert (found.inertia.positive, found.inertia.negative) == (1, 0)


def test_weight_decay_breaks_the_rescaling_and_leaves_the_rotation():
    """(w1 w2 - 1)^2 + d (w1^2 + w2^2): w1 = w2 with w1^2 = 1 - d. At d = 3/4 the point (1/2, 1/2) is hyperbolic."""
    point = NetworkPoint([[[Fraction(1, 2)]], [[Fraction(1, 2)]]], "linear", [[1]], decays=[Fraction(3, 4)] * 2)
    gradient, hessian = derivatives(point, [[1]])
    assert classify(hessian, generators(point), gradient).kind == "hyperbolic"
    # Two hidden neurons: the same minimum is a circle of them, one rotation mode, and one more direction.
    wide = NetworkPoint([[[Fraction(1, 2)], [0]], [[Fraction(1, 2), 0]]], "linear", [[1]], decays=[Fraction(3, 4)] * 2)
    gradient, hessian = derivatives(wide, [[1]])
    found = classify(hessian, generators(wide), gradient)
    assert found.kind == "normally hyperbolic"
    assert found.split.symmetry_modes == 1


def test_the_origin_of_a_deeper_network_is_degenerate():
    """At W = 0 of a 3-layer linear network the Hessian vanishes and no generator moves: all of the kernel is left."""
    point = NetworkPoint([[[0]], [[0]], [[0]]], "linear", [[1]])
    gradient, hessian = derivatives(point, [[1]])
    found = classify(hessian, generators(point), gradient)
    assert found.kind == "degenerate"
    assert (found.split.nullity, found.split.symmetry_modes) == (3, 0)
    # With two layers it is a hyperbolic saddle.
    two = NetworkPoint([[[0]], [[0]]], "linear", [[1]])
    gradient, hessian = derivatives(two, [[1]])
    found = classify(hessian, generators(two), gradient)
    assert found.kind == "hyperbolic"
    assert (found.inertia.positive, found.inertia.negative) == (1, 1)


def test_relu_minimum_with_a_dead_unit():
    """One neuron fits y = x, the other is off: rescaling, and the dead neuron's two weights, are all of the kernel."""
    point = NetworkPoint([[[1], [-1]], [[1, 2]]], "relu", [[1], [2]])
    gradient, hessian = derivatives(point, [[1], [2]])
    found = generators(point)
    assert {"rescaling", "dead-unit"} <= families(found)
    result = classify(hessian, found, gradient)
    assert result.kind == "normally hyperbolic"
    assert (result.split.nullity, result.split.symmetry_modes) == (3, 3)


def test_neurons_that_share_a_direction_exchange_weight():
    """w_1 = 2 w_2: a_1 = 2 a_2, so (-1/2, 1) in the second layer changes nothing: as a level curve, not a symmetry."""
    point = NetworkPoint([[[2, 2], [1, 1]], [[1, 3]]], "relu", [[1, 0], [0, 2]])
    exchange = [g for g in generators(point) if g.family == "exchange"]
    assert [g.vector[4:] for g in exchange] == [(fmpq(-1, 2), fmpq(1))]
    assert not exchange[0].is_symmetry
    power = NetworkPoint([[[-2, -2], [1, 1]], [[1, 3]]], "power", [[1, 0]])
    assert [g.vector[4:] for g in generators(power) if g.family == "exchange"] == [(fmpq(-1, 4), fmpq(1))]
    assert not [g for g in generators(NetworkPoint([[[-2], [1]], [[1, 3]]], "relu")) if g.family == "exchange"]


def test_equal_gates_act_like_a_linear_network():
    point = NetworkPoint([[[1, 1], [2, 1], [-1, 3]], [[1, 1, 1]]], "relu", [[1, 0], [3, 2]])
    mixed = [g for g in generators(point) if g.family == "local-linear"]
    assert len(mixed) == 2  # E_12 and E_21: neurons 1 and 2 are on for both examples, neuron 3 is not
    with_decay = NetworkPoint(point.weights, "relu", point.inputs, decays=(1, 1))
    assert [g.family for g in generators(with_decay)] == ["rotation"]


def test_inputs_that_miss_a_direction_leave_weights_free():
    point = NetworkPoint([[[1, 2, 0]]], "linear", [[1, 0, 1]])
    found = generators(point)
    assert families(found) == {"unseen-input"}
    gradient, hessian = derivatives(point, [[1]])
    assert classify(hessian, found, gradient).kind == "normally hyperbolic"
    assert generators(NetworkPoint([[[1, 2, 0]]], "linear", [[1, 0, 1]], decays=(1,))) == []


def test_cross_entropy_outputs_shift_together():
    point = NetworkPoint([[[1, 2], [3, 4], [5, 6]]], "linear", loss="cross-entropy")
    assert [g.vector for g in generators(point)] == [
        tuple(fmpq(int(j == c)) for _ in range(3) for j in range(2)) for c in range(2)
    ]


def test_a_level_curve_may_leave_the_kernel_at_a_saddle():
    """W_2 = 0 with two aligned neurons and data that pull on them: critical only if the pull vanishes."""
    point = NetworkPoint([[[1], [1]], [[0, 0]]], "linear", [[1], [-1]])
    gradient, hessian = derivatives(point, [[1], [1]])
    assert all(v == 0 for v in gradient)
    split = split_kernel(hessian, generators(point))
    assert split.outside == ()
    # Two outputs: the first layer is pulled by the second's residual as soon as the exchange moves it.
    wide = NetworkPoint([[[1, 0], [1, 0]], [[0, 0]]], "linear", [[1, 0], [0, 1]])
    gradient, hessian = derivatives(wide, [[0], [1]])
    assert all(v == 0 for v in gradient)
    split = split_kernel(hessian, generators(wide))
    assert {g.family for g in split.outside} <= {"exchange", "unseen-activation"}
    assert split.outside


def test_the_rest_is_the_kernel_orthogonal_to_the_symmetries():
    point = NetworkPoint([[[0], [0]], [[1, 0]]], "linear", [[1]])
    gradient, hessian = derivatives(point, [[0]])
    split = split_kernel(hessian, generators(point))
    assert split.nullity == split.symmetry_modes + split.rest.ncols()
    assert all(v == 0 for v in (hessian * split.rest).entries())
    for g in (g for g in generators(point) if g.is_symmetry):
        assert all(v == 0 for v in (fmpq_mat(1, point.size, list(g.vector)) * split.rest).entries())
    assert classify(hessian, generators(point), gradient).kind == "degenerate"
    assert inertia(hessian).negative == 0


def test_points_that_are_not_critical_are_refused():
    point = NetworkPoint([[[1]], [[1]]], "linear", [[1]])
    gradient, hessian = derivatives(point, [[3]])
    with pytest.raises(ValueError, match="no critical point"):
        split_kernel(hessian, generators(point))
    with pytest.raises(ValueError, match="gradient"):
        classify(hessian, generators(point), gradient)
    with pytest.raises(ValueError, match="length"):
        split_kernel([[1]], generators(point))


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="kink"):
        NetworkPoint([[[1, -1]], [[1]]], "relu", [[1, 1]])
    with pytest.raises(ValueError, match="layer 2"):
        NetworkPoint([[[1]], [[1, 1]]])
    with pytest.raises(ValueError, match="activation"):
        NetworkPoint([[[1]]], "tanh")
    with pytest.raises(ValueError, match="weight decays"):
        NetworkPoint([[[1]]], decays=(1, 1))
    with pytest.raises(ValueError, match="inputs"):
        NetworkPoint([[[1]]], inputs=[[1, 2]])
    assert rational_matrix([[1]]) == NetworkPoint([[[1]]]).weights[0]
