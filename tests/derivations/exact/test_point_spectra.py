"""Spectra of symmetric matrices at rational points: decided, enclosed, or left undecided."""

from fractions import Fraction

import numpy as np
import pytest

from derivations.exact.arrays import item, matrix
from derivations.exact.point import PointWorld
from derivations.exact.ring import Undecidable


def point(weights, inputs, labels, loss="exponential", network="linear", decay=Fraction(0)):
    widths = (len(inputs[0]), *(len(layer) for layer in weights))
    return PointWorld(
        network=network,
        widths=widths,
        examples=len(inputs),
        loss=loss,
        average=False,
        weights=weights,
        inputs=inputs,
        labels=labels,
        weight_decay=decay,
        spare=400,
    )


def hessian(world):
    return world.hessian(world.state, world.loss_value, "W", None)


def is_true(world, name, op, value, a=None):
    left = world.apply(name, hessian(world) if a is None else a)
    return world.compare(op, left, world.number(Fraction(value)))


def rational(world, rows):
    return matrix([[world.ring.constant(Fraction(v)) for v in row] for row in rows])


@pytest.fixture
def few():
    """One linear layer, two independent inputs in three dimensions, exponential loss: a Gram form of rank 2."""
    return point([[[1, -1, 2]]], [[1, 0, 1], [0, 2, 1]], [1, -1])


def test_rational_matrices_are_decided(few):
    a = rational(few, [[2, 1, 0], [1, 2, 0], [0, 0, 0]])
    known = {"rank": 2, "nullity": 1, "distinct": 2, "eigmin": 0, "eigmax": 3}
    for name, value in known.items():
        assert is_true(few, name, "==", value, a) is True
        assert is_true(few, name, "!=", value, a) is False


def test_an_irrational_eigenvalue_is_enclosed_and_no_equation_about_it_is_guessed(few):
    a = rational(few, [[1, 1], [1, 0]])
    assert is_true(few, "eigmax", ">", Fraction(1618, 1000), a) is True
    assert is_true(few, "eigmax", "<", Fraction(1619, 1000), a) is True
    square = few.power(few.apply("eigmax", a), Fraction(2))
    golden = few.add(few.apply("eigmax", a), few.number(Fraction(1)))
    assert few.compare("==", square, golden) is None


def test_kernels_of_hessians_with_exponentials_are_exact(few):
    assert is_true(few, "rank", "==", 2) is True
    assert is_true(few, "nullity", "==", 1) is True
    assert is_true(few, "eigmin", "==", 0) is True
    assert is_true(few, "eigmin", ">", 0) is False
    assert is_true(few, "eigmax", ">", 0) is True
    assert is_true(few, "distinct", "==", 2) is True


def test_weight_decay_lifts_the_kernel_by_twice_its_strength():
    world = point([[[1, -1, 2]]], [[1, 0, 1], [0, 2, 1]], [1, -1], decay=Fraction(1, 3))
    assert is_true(world, "eigmin", "==", Fraction(2, 3)) is True
    assert is_true(world, "distinct", "==", 3) is True
    assert is_true(world, "nullity", "==", 0) is True


def test_logistic_hessians_have_one_denominator():
    world = point([[[1, -1, 2]]], [[1, 0, 1], [0, 2, 1]], [1, -1], loss="logistic")
    assert is_true(world, "nullity", "==", 1) is True
    assert is_true(world, "eigmin", "==", 0) is True


def test_a_saddle_of_two_linear_layers_has_eigenvalues_of_both_signs():
    world = point([[[0]], [[0]]], [[1]], [2], loss="square")  # (2 - w2 w1)^2 at 0: Hessian [[0, -4], [-4, 0]]
    assert is_true(world, "eigmin", "==", -4) is True
    assert is_true(world, "eigmax", "==", 4) is True


def test_a_kernel_of_exponentials_is_decided(few):
    e, one, zero = few.letters.exp(few.ring.one), few.ring.one, few.ring.zero
    singular = matrix([[e * e, e], [e, one]])  # kernel (1, -e)
    assert is_true(few, "rank", "==", 1, singular) is True
    assert is_true(few, "distinct", "==", 1, singular) is True
    assert is_true(few, "eigmin", "==", 0, singular) is True
    assert is_true(few, "eigmax", ">", 8, singular) is True
    indefinite = matrix([[e * e, e, zero], [e, one, zero], [zero, zero, -one]])
    assert is_true(few, "nullity", "==", 1, indefinite) is True
    assert is_true(few, "eigmin", "<", 0, indefinite) is True


def test_a_kernel_of_logarithms_is_left_open(few):
    log = few.letters.log(few.ring.one + few.ring.one)
    singular = matrix([[log * log, log], [log, few.ring.one]])  # kernel (1, -log 2)
    with pytest.raises(Undecidable, match="do not tell"):
        few.apply("rank", singular)
    assert is_true(few, "eigmin", ">=", 0, singular) is None


def test_repeated_eigenvalues_beside_irrational_ones_are_counted_once(few):
    e, one, zero = few.letters.exp(few.ring.one), few.ring.one, few.ring.zero
    a = matrix([[e, zero, zero], [zero, one, zero], [zero, zero, one]])
    assert is_true(few, "distinct", "==", 2, a) is True
    assert is_true(few, "distinct", "==", 1, matrix([[e, zero], [zero, e]])) is True
    assert is_true(few, "distinct", "==", 2, matrix([[e, zero, zero], [zero, e, zero], [zero, zero, one]])) is True
    log = few.letters.log(one + one)
    with pytest.raises(Undecidable):
        few.apply("distinct", matrix([[log, zero, zero], [zero, log, zero], [zero, zero, one]]))


def test_only_symmetric_matrices_have_a_spectrum_here(few):
    with pytest.raises(Undecidable, match="symmetric"):
        few.apply("rank", rational(few, [[0, 1], [0, 0]]))
    with pytest.raises(Undecidable, match="symmetric"):
        few.apply("eigmin", rational(few, [[0, 1, 2], [1, 0, 0]]))


def test_against_floating_point_at_random_points():
    random = np.random.default_rng(5)
    for _ in range(5):
        draw = lambda *shape: [[Fraction(int(v), 4) for v in row] for row in random.integers(-6, 7, shape)]  # noqa: E731
        world = point([draw(2, 3), draw(1, 2)], draw(3, 3), [1, -1, 1])
        h = hessian(world)
        world.at_precision(128)
        values = np.linalg.eigvalsh(np.array([[float(v) for v in row] for row in world.numbers(h)]))
        for name, expected in (("eigmin", values[0]), ("eigmax", values[-1])):
            ball = world.at_precision(128).element(item(world.apply(name, h)))
            assert float(ball) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def fitted(widths, inputs, weights):
    """The Gram form of a softplus network, half of its Hessian where it fits its data."""
    world = PointWorld(
        network="smooth",
        smooth="softplus",
        widths=widths,
        examples=len(inputs),
        loss="square",
        average=False,
        weights=weights,
        inputs=inputs,
        labels=[0] * len(inputs),
        spare=600,
    )
    total = None
    for n in range(1, len(inputs) + 1):
        for f in world.outputs(world.state, n, False):
            slope = world.gradient(world.state, lambda s, f=f: np.array(f, dtype=object), "W", None)
            outer = world.outer(slope, slope)
            total = outer if total is None else world.add(total, outer)
    return world, total


def test_where_theorem_4_asks_for_more_weights_the_hessian_may_be_regular():
    # N_k N_(k-1) > n min(N_k, ..., N_K) fails in both layers: 1 > 2 does not hold, and no eigenvalue is zero
    world, gram = fitted((1, 1, 1), [[1], [-2]], [[[1]], [[2]]])
    assert is_true(world, "nullity", "==", 0, gram) is True
