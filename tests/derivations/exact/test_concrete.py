"""One architecture with letters: the network's own identities, labels and hypotheses."""

from fractions import Fraction

import pytest

from derivations.exact.arrays import item
from derivations.exact.concrete import ConcreteWorld, decay_names
from derivations.exact.ring import Undecidable
from derivations.exact.world import PLAIN


def _world(**changes):
    return ConcreteWorld(**{"network": "relu", "widths": (2, 2, 1), "examples": 2, "loss": "exponential", **changes})


@pytest.mark.parametrize("network", ["linear", "relu", "leaky-relu"])
def test_euler_identity_of_each_layer(network):
    w = _world(network=network)
    for k in (1, 2):
        slope = w.gradient(PLAIN, lambda s: w.output(s, 1, False), "W", k)
        assert (item(w.inner(slope, w.weight(PLAIN, k))) - w.outputs(PLAIN, 1, False)[0]).is_zero()


def test_degree_of_a_power_network():
    w = _world(network="power", degree=3)
    slope = w.gradient(PLAIN, lambda s: w.output(s, 1, False), "W", 1)
    euler = item(w.inner(slope, w.weight(PLAIN, 1)))
    assert (euler - w.ring.constant(3) * w.outputs(PLAIN, 1, False)[0]).is_zero()


def test_directions_have_norm_one_only_after_the_last_derivative():
    w = _world()
    square = item(w.inner(w.direction(PLAIN, 1), w.direction(PLAIN, 1)))
    assert (square - w.ring.one).is_zero()
    slope = w.gradient(PLAIN, lambda s: w.inner(w.direction(s, 1), w.direction(s, 1)), "V", 1)
    twice = [e - v - v for e, v in zip(slope.flat, w.direction(PLAIN, 1).flat, strict=True)]
    assert all(e.is_zero() for e in twice)


def test_labels_are_signs():
    w = _world()
    y = item(w.label(1))
    assert (y * y - w.ring.one).is_zero()
    assert not (y - w.ring.one).is_zero()
    assert not (item(_world(loss="square").label(1)) ** 2 - _world(loss="square").ring.one).is_zero()


def test_a_letter_for_the_number_of_examples_is_no_number():
    w = _world(free_count=True, network="linear")
    plain = w.total(w.example_loss(PLAIN, n) for n in (1, 2))
    assert (item(w.loss_value(PLAIN)) * w.count - plain).is_zero()
    assert not (w.count - w.ring.constant(2)).is_zero()


def test_interpolation_fixes_the_labels_after_derivatives():
    w = _world(loss="square", network="linear")
    w.interpolate()
    assert item(w.loss_value(PLAIN)).is_zero()
    slope = w.gradient(PLAIN, lambda s: w.label(1), "W", 1)
    assert all(e.num.is_zero() for e in slope.flat)


def test_equal_norms():
    w = _world()
    assert not (w.rho(1) - w.rho(2)).is_zero()
    w.equal_norms()
    assert (w.rho(1) - w.rho(2)).is_zero()


def test_weight_decays_by_layer():
    assert decay_names("any", 2) == ["decay", "decay"]
    assert decay_names([Fraction(1, 2), "any"], 2) == [Fraction(1, 2), "decay2"]
    with pytest.raises(Undecidable, match="decay"):
        _world(weight_decay=[Fraction(1), Fraction(2)]).constant("decay")


def test_rank_of_a_multiple_that_may_vanish_is_refused():
    w = _world(network="linear", widths=(2, 1))
    x, f = w.input(1), w.output(PLAIN, 1, False)
    projector = w.outer(x, x)
    assert item(w.apply("rank", projector)).rational() == 1
    with pytest.raises(Undecidable, match="vanish"):
        w.apply("rank", w.scale(f.reshape(()), projector))
