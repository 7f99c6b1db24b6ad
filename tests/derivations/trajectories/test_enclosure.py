"""Enclosures of gradient flow: known solutions, small steps of a classical method, kinks, what is not unique."""

from fractions import Fraction as F

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.trajectories.enclosure import Flow, NotEnclosed, enclose, solutions, stations

LOSSES = {
    "exponential": lambda f, y: y * np.exp(-y * f),
    "logistic": lambda f, y: y / (1 + np.exp(y * f)),
    "square": lambda f, y: 2 * (y - f),
}


def last(flow, start, until):
    return list(solutions(flow, start, F(until)))[-1]


def inside(layers, weights, slack=0.0):
    """Whether balls contain floats, up to the error of the floats."""
    return all(
        ball.overlaps(arb(float(v), slack))
        for w, u in zip(layers, weights, strict=True)
        for ball, v in zip(w.flat, np.ravel(u), strict=True)
    )


def classical(weights, x, y, loss, until, steps=2000):
    """Runge-Kutta of order 4 in floats, averaged loss, rectified units."""

    def speed(w):
        values, gates = [x], []
        for layer in w[:-1]:
            z = values[-1] @ layer.T
            gates.append(z > 0)
            values.append(z * gates[-1])
        back = LOSSES[loss]((values[-1] @ w[-1].T)[:, 0], y)[:, None] / len(y)
        out = []
        for k in range(len(w) - 1, -1, -1):
            out.append(back.T @ values[k])
            back = (back @ w[k]) * gates[k - 1] if k else back
        return out[::-1]

    def add(w, v, h):
        return [a + h * b for a, b in zip(w, v, strict=True)]

    h = until / steps
    for _ in range(steps):
        a = speed(weights)
        b = speed(add(weights, a, h / 2))
        c = speed(add(weights, b, h / 2))
        d = speed(add(weights, c, h))
        weights = [w + h / 6 * (p + 2 * q + 2 * r + s) for w, p, q, r, s in zip(weights, a, b, c, d, strict=True)]
    return weights


def test_one_weight_has_a_solution_in_closed_form():
    flow = Flow([[F(1)]], [F(1)], network="linear", loss="exponential", average=False)
    state = last(flow, [[[F(0)]]], 3)
    with ctx.workprec(200):
        known = arb(1 + state.t).log()
        ball = state.layers[0][0, 0]
        assert ball.contains(known)
        assert ball.rad() < arb(10) ** -9


@pytest.mark.parametrize("loss", LOSSES)
def test_a_classical_method_stays_inside(loss):
    start = [[[F(1), F(1, 2)], [F(-1), F(1, 3)]], [[F(1, 2), F(-1)]]]
    x, y = [[F(1), F(0)], [F(-1), F(1)]], [F(1), F(-1)]
    flow = Flow(x, y, network="relu", loss=loss, average=True)
    state = last(flow, start, F(1, 2))
    weights = [np.array(w, dtype=float) for w in start]
    reached = classical(
        weights, np.array(x, dtype=float), np.array(y, dtype=float), loss, float(state.t.p) / float(state.t.q)
    )
    assert inside(state.layers, reached, 1e-9)
    assert not inside(state.layers, [w + 1e-3 for w in reached])


@given(st.lists(st.integers(-4, 4), min_size=9, max_size=9))
@settings(max_examples=6, deadline=None)
def test_the_difference_of_squares_of_a_unit_is_conserved(numbers):
    v = [F(2 * n + 1, 3) for n in numbers]
    start = [[v[0:2], v[2:4], v[4:6]], [v[6:9]]]
    flow = Flow([[F(1), F(2)], [F(-2), F(1)]], [F(1), F(-1)], network="relu", loss="logistic", average=False)
    state = last(flow, start, F(1, 4))
    with ctx.workprec(200):
        for i in range(3):
            now = state.layers[1][0, i] ** 2 - sum(b * b for b in state.layers[0][i])
            then = v[6 + i] ** 2 - v[2 * i] ** 2 - v[2 * i + 1] ** 2
            assert now.contains(fmpq(then.numerator, then.denominator))


def test_a_unit_crosses_its_kink_and_stands_still():
    """x_2 is short and opposite to x_1, which turns the unit away from it."""
    x, y = [[F(1), F(0)], [F(-1, 16), F(1, 64)]], [F(1), F(1)]
    flow = Flow(x, y, network="relu", loss="exponential", average=False)
    start = [[[F(1, 4), F(9, 8)], [F(-1, 2), F(-4)]], [[F(1), F(1, 3)]]]

    def turned_away(layers):
        return flow.x[1] @ layers[0][0] < 0

    state, _ = enclose(flow, start, turned_away, F(1))
    assert fmpq(0) < state.t < fmpq(1, 16)
    with ctx.workprec(200):
        assert state.layers[0][1, 0].contains(fmpq(-1, 2))  # the other unit sees nothing


def test_all_solutions_are_enclosed_where_they_are_not_unique():
    """A weight 0 on its kink may stay or leave."""
    flow = Flow([[F(1)]], [F(1)], network="relu", loss="exponential", average=False)
    states = list(solutions(flow, [[[F(0)]], [[F(1)]]], F(1, 100), steps=20))
    assert len(states) > 1
    state = states[-1]
    time = float(state.t.p) / float(state.t.q)
    leaving = classical([np.array([[1e-300]]), np.array([[1.0]])], np.ones((1, 1)), np.ones(1), "exponential", time, 50)
    assert leaving[0][0, 0] > time / 2 > 0
    assert inside(state.layers, [np.zeros((1, 1)), np.ones((1, 1))])
    assert inside(state.layers, leaving, 1e-15)


def test_an_inactive_network_rests():
    flow = Flow([[F(1)]], [F(1)], network="relu", loss="exponential", average=False)
    state = last(flow, [[[F(-1)]], [[F(1)]]], 1)
    assert [w[0, 0] == v for w, v in zip(state.layers, (-1, 1), strict=True)] == [True, True]


def test_leaky_units_cross_as_well():
    flow = Flow([[F(1)]], [F(1)], network="leaky-relu", loss="exponential", average=False, slope=F(1, 10))
    found = enclose(flow, [[[F(-1, 100)]], [[F(1)]]], lambda w: w[0][0, 0] > 0, F(1))
    assert found is not None
    assert found[0].t > fmpq(9, 100)  # at a tenth of the speed on the far side


def test_what_is_not_covered_is_refused():
    with pytest.raises(NotEnclosed, match="power networks"):
        Flow([[F(1)]], [F(1)], network="power", loss="exponential", average=False)


def test_stations_are_met_at_the_times_asked_for():
    """One layer, one example: y f = log(e^(y f_0) + |x|^2 t)."""
    flow = Flow([[F(2)]], [F(1)], network="linear", loss="exponential", average=True)
    times = [F(0), F(1, 3), F(5, 7)]
    found = stations(flow, [[[F(1, 2)]]], times)
    assert [F(int(s.t.p), int(s.t.q)) for s in found] == times
    for s in found:
        known = (arb(1).exp() + 4 * arb(s.t)).log() / 2
        assert s.layers[0][0, 0].overlaps(known) and s.layers[0][0, 0].rad() < arb("1e-10")
