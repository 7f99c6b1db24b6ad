"""Certified comparisons at a rational point."""

from fractions import Fraction

import pytest
from flint import arb, fmpq

from derivations.exact.arrays import scalar
from derivations.exact.point import OutsideDomain, PointWorld, decided, jet, root


def _world(w=(((1, 0), (0, 1)), ((1, 1),)), x=((2, -1),), **changes):
    given = {"network": "relu", "widths": (2, 2, 1), "examples": 1, "loss": "exponential", "labels": (1,)}
    return PointWorld(weights=w, inputs=x, **{**given, **changes})


def test_signs_are_certified():
    w = _world()
    e = w.letters.exp(w.ring.constant(Fraction(1, 10**40)))
    assert w.sign_of(e - w.ring.one) == 1  # 10^-40 needs more than the first precision
    with pytest.raises(OutsideDomain):
        w.sign_of(w.ring.zero)


def test_square_roots_and_exponentials_of_rational_numbers_are_compared_exactly():
    w = _world()
    number = w.ring.constant
    root = {q: w.letters.root(number(q), 2) for q in (2, 3, 6, 8)}
    assert w.compare("==", scalar(root[2]), scalar(root[8] * number(Fraction(1, 2)))) is True
    assert w.compare("==", scalar(root[2] * root[3]), scalar(root[6])) is True
    assert w.compare("==", scalar(root[2] + root[3]), scalar(root[6])) is False
    power = {q: w.letters.exp(number(q)) for q in (2, 3, 5)}
    assert w.compare("==", scalar(power[2] * power[3]), scalar(power[5])) is True
    assert w.compare("<", scalar(power[2] * root[2]), scalar(power[2] * root[3])) is True


def test_other_equal_irrational_numbers_are_not_told_apart_nor_declared_equal():
    w = _world()
    root2 = scalar(w.letters.root(w.ring.constant(2), 3))
    root16 = scalar(w.letters.root(w.ring.constant(16), 3) * w.ring.constant(Fraction(1, 2)))
    assert w.compare("==", root2, root16) is None


def test_matrices_differ_if_an_entry_does():
    w = _world()
    same, other = w.layers[0], w.scale(w.layers[0], scalar(w.ring.constant(2)))
    assert w.compare("==", same, same) is True
    assert w.compare("!=", same, other) is True
    assert w.compare("!=", same, same) is False


@pytest.mark.parametrize(
    ("op", "value", "known"),
    [
        ("==", fmpq(0), True),
        ("<=", fmpq(0), True),
        ("<", fmpq(0), False),
        ("!=", fmpq(1), True),
        (">", arb(1), True),
        ("==", arb(1), False),
        ("==", arb(0, 1), None),
        (">=", arb(0, 1), None),
    ],
)
def test_relations_of_rationals_and_balls(op, value, known):
    assert decided(op, value) is known


def test_directions_need_a_layer_that_is_not_zero():
    w = _world(w=(((0, 0), (0, 0)), ((1, 1),)))
    with pytest.raises(OutsideDomain):
        w.direction(w.state, 1)
    with pytest.raises(OutsideDomain):
        w.output(w.state, 1, True)
    assert w.value(w.rho(1)) == 0


def test_ties_of_the_margin_are_outside_derivatives():
    w = _world(x=((2, 1), (1, 2)), examples=2, labels=(1, 1))
    with pytest.raises(OutsideDomain):
        w.margin(w.state)


def test_roots_and_jets():
    assert root(fmpq(9, 4), 2) == fmpq(3, 2)
    with pytest.raises(OutsideDomain):
        root(fmpq(-1), 2)
    assert abs(float(jet("tanh", arb(0), 1)) - 1) < 1e-15
    assert abs(float(jet("softplus", arb(0), 2)) - 1 / 4) < 1e-15
    assert abs(float(jet("swish", arb(0), 1)) - 1 / 2) < 1e-15
