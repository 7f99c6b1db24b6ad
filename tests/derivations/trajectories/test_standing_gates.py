"""Gates that stand for ever: the conditions, one by one, and small steps that keep them."""

from fractions import Fraction as F

import numpy as np
import pytest
from flint import arb

from derivations.trajectories.standing_gates import standing_gates

# two examples of label 1 a little more than a right angle apart, one of label -1 opposite to both
X = [[F(2), F(0)], [F(-1, 4), F(2)], [F(-1), F(-1)]]
Y = [1, 1, -1]
TOGETHER = [[[F(1), F(1)], [F(-1), F(-1)]], [[F(1), F(-1)]]]
APART = [[[F(2), F(-1)], [F(-1), F(5)], [F(-1), F(-1)]], [[F(1), F(1), F(-1)]]]


def sets(found):
    return [(sorted(g.examples), g.label) for g in found.groups]


def test_groups_are_read_off_the_first_layer():
    assert sets(standing_gates(TOGETHER, X, Y)) == [([0, 1], 1), ([2], -1)]
    assert sets(standing_gates(APART, X, Y)) == [([0], 1), ([1], 1), ([2], -1)]
    assert standing_gates(TOGETHER, X, Y).lost == ()
    assert standing_gates(TOGETHER, X, Y).stable


def test_deeper_layers_belong_to_groups_by_their_signs():
    second = [[F(1), F(-1)], [F(-1), F(2)]]
    found = standing_gates([TOGETHER[0], second, [[F(1), F(-1)]]], X, Y)
    assert [g.units for g in found.groups] == [({0}, {0}), ({1}, {1})]
    assert standing_gates([TOGETHER[0], [[F(1), F(1)], [F(-1), F(2)]], [[F(1), F(-1)]]], X, Y) is None


def test_an_example_that_no_unit_sees_is_lost():
    found = standing_gates([[[F(2), F(-1)], [F(-1), F(-1)]], [[F(1), F(-1)]]], X, Y)
    assert found.lost == (1,)


def test_a_group_that_no_path_connects_is_lost():
    second = [[F(1), F(-1)], [F(2), F(-1)]]  # nobody reads the unit of the third example
    found = standing_gates([TOGETHER[0], second, [[F(1), F(1)]]], X, Y)
    assert found.lost == (2,)


BROKEN = {
    "a kink": ([[[F(1), F(1, 8)], [F(-1), F(-1)]], [[F(1), F(-1)]]], X, Y),
    "a unit of both labels": (TOGETHER, X, [1, -1, -1]),
    "a last weight of the other sign": ([TOGETHER[0], [[F(1), F(1)]]], X, Y),
    "overlapping sets": ([[[F(1), F(1)], [F(2), F(-1)], [F(-1), F(-1)]], [[F(1), F(1), F(-1)]]], X, Y),
    "an acute angle to another group": (APART, [[F(2), F(0)], [F(1, 8), F(2)], [F(-1), F(-1)]], Y),
    "two units on an obtuse pair": ([[[F(1), F(1)], [F(2), F(2)], [F(-1), F(-1)]], [[F(1), F(1), F(-1)]]], X, Y),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_condition_is_needed(name):
    layers, x, y = BROKEN[name]
    if name == "a kink":
        assert layers[0][0][0] * x[1][0] + layers[0][0][1] * x[1][1] == 0
    assert standing_gates(layers, x, y) is None


def test_a_sign_that_a_ball_does_not_tell_fails():
    balls = [[[arb(1, "1e-9"), arb(1)], [arb(-1), arb(-1)]], [[arb(1), arb(-1)]]]
    assert standing_gates(balls, X, Y) is not None
    balls[1][0][0] = arb(1, 2)
    assert standing_gates(balls, X, Y) is None


@pytest.mark.parametrize("start", [TOGETHER, APART], ids=["together", "apart"])
def test_small_steps_keep_the_gates(start):
    """A check of the statement itself: gradient descent far beyond the first separation changes no gate."""
    w, v = (np.array(layer, dtype=float) for layer in start)
    x, y = np.array(X, dtype=float), np.array(Y, dtype=float)
    first = x @ w.T > 0
    for _ in range(150):
        z = x @ w.T
        gate = z > 0
        e = y * np.exp(-y * ((z * gate) @ v.T)[:, 0])
        if np.abs(e).max() < 1e-100:
            break
        step = 0.05 / np.abs(e).sum()
        w, v = w + step * ((e[:, None] * gate) * v).T @ x, v + step * e[None] @ (z * gate)
        assert ((x @ w.T > 0) == first).all()
    else:
        pytest.fail("the loss did not get small")
