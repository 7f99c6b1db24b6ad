"""Worlds of every depth: what they know, and what they refuse to know."""

from fractions import Fraction

import pytest

from derivations.exact.arrays import item
from derivations.exact.general import GeneralWorld
from derivations.exact.ring import Undecidable
from derivations.exact.world import PLAIN


def _world(**changes):
    given = {
        "shapes": [(2, 3)],
        "examples": 2,
        "loss": "exponential",
        "average": True,
        "weight_decay": Fraction(0),
        "flow": "gradient",
    }
    return GeneralWorld(**{**given, **changes})


def _euler(w, k):
    slope = w.gradient(PLAIN, lambda s: w.output(s, 1, False), "W", k)
    return (item(w.inner(slope, w.weight(PLAIN, k))) - w.outputs(PLAIN, 1, False)[0]).is_zero()


def test_output_is_of_degree_one_in_each_layer():
    assert _euler(_world(), 1)
    both = _world(shapes=[(2, 3), (3, 2)])
    assert _euler(both, 1) and _euler(both, 2)
    next_to = _world(shapes=[(2, 3), (3, 2)], adjacent=True)
    assert _euler(next_to, 1) and _euler(next_to, 2)


def test_other_layers_norms_are_free():
    w = _world()
    product = item(w.norm_product(PLAIN))
    assert not (product - w.rho(1)).is_zero()


def test_a_single_layer_has_no_others():
    w = _world(single=True, shapes=[(1, 3)])
    assert (item(w.norm_product(PLAIN)) - w.rho(1)).is_zero()
    assert item(w.constant("K")).rational() == 1
    assert _world().constant("K")[()].rational() is None


def test_decays_by_layer_are_letters():
    """The layer written out may be any layer, so the number of none of them may be used."""
    w = _world(weight_decay=[Fraction(0), Fraction(1, 10)])
    assert w.decay_of(1).rational() is None
    assert not w.letters.is_positive(next(iter(w.decay_of(1).letters())))
    with pytest.raises(Undecidable, match="decay"):
        w.constant("decay")


@pytest.mark.parametrize(
    "ask",
    [
        lambda w: w.input(1),
        lambda w: w.weights_vector(PLAIN),
        lambda w: w.preactivation(PLAIN, 1, 1),
        lambda w: w.gates(PLAIN, 1, 1),
        lambda w: w.gradient(PLAIN, w.loss_value, "W", None),
        lambda w: w.hessian(PLAIN, w.loss_value, "W", None),
        lambda w: w.constant("X"),
    ],
)
def test_what_belongs_to_one_architecture_is_refused(ask):
    with pytest.raises(Undecidable):
        ask(_world())


def test_examples_of_letters():
    w = _world()
    owner = w.example_of_letter()
    assert owner[w.ring.position["a2_1"]] == 2
    assert w.ring.position["w1_0_0"] not in owner
    loss = w.example_loss(PLAIN, 2)
    assert {w.example_of_letter().get(i) for i in loss.letters()} == {2}
