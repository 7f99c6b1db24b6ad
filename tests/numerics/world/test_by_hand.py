"""Every name of the world at a 2-2-1 network with integers, against numbers worked out by hand.

W_1 = [[2, -1], [2, 4]], W_2 = [[4, -3]], so rho_1 = rho_2 = 5, rho = 25
x_1 = (1, 0), y_1 = 1;  x_2 = (-1, 1), y_2 = -1
z_1(x_1) = (2, 2), relu (2, 2), f_1 = 8 - 6 = 2;   z_1(x_2) = (-3, 2), relu (0, 2), f_2 = -6
E_1 = e^-2, E_2 = e^-6, L = (E_1 + E_2)/2
df_1/dW_1 = [[4, 0], [-3, 0]], df_1/dW_2 = (2, 2);  df_2/dW_1 = [[0, 0], [3, -3]], df_2/dW_2 = (0, 2)
G_k = -1/2 (E_1 df_1/dW_k - E_2 df_2/dW_k), <G_k, W_k> = -1/2 (2 E_1 + 6 E_2) for both layers
"""

from fractions import Fraction
from math import exp, log, log1p, pi, sqrt

import pytest
import torch

from numerics.world.points import Points
from numerics.world.simulated import SimulatedWorld

W1, W2 = [[2.0, -1.0], [2.0, 4.0]], [[4.0, -3.0]]
X, Y = [[1.0, 0.0], [-1.0, 1.0]], [1.0, -1.0]
E1, E2 = exp(-2), exp(-6)
PULL = (2 * E1 + 6 * E2) / 2  # -<G_k, W_k>
G1 = [[-2 * E1, 0.0], [1.5 * (E1 + E2), -1.5 * E2]]
G2 = [[-E1, -E1 + E2]]


def world(network="relu", loss="exponential", flow="gradient", y=Y, decay=0.0, w2=W2, **more):
    batch = [torch.tensor([t], dtype=torch.float64) for t in (W1, w2)]
    data = torch.tensor([X], dtype=torch.float64), torch.tensor([y], dtype=torch.float64)
    points = Points(tuple(batch), *data, torch.full((1, 2), decay, dtype=torch.float64))
    setting = {"network": network, "widths": (2, 2, len(w2)), "examples": 2, "loss": loss, "flow": flow, **more}
    return SimulatedWorld(points, weight_decay=decay, **setting)


def same(value: torch.Tensor, wanted) -> None:
    torch.testing.assert_close(value[0], torch.tensor(wanted, dtype=torch.float64), rtol=1e-14, atol=1e-15)


@pytest.fixture
def relu():
    return world()


def test_values_and_products(relu):
    a, v, m = (torch.tensor([t], dtype=torch.float64) for t in (3.0, [1.0, 2.0], W1))
    assert [relu.shape(t) for t in (a, v, m)] == [(), (2,), (2, 2)]
    same(relu.number(Fraction(1, 4)), 0.25)
    same(relu.reshape(m, (4,)), [2.0, -1.0, 2.0, 4.0])
    same(relu.add(v, relu.negate(v)), [0.0, 0.0])
    same(relu.scale(a, v), [3.0, 6.0])
    same(relu.scale(m, a), [[6.0, -3.0], [6.0, 12.0]])
    same(relu.scale(a, a), 9.0)
    same(relu.divide(v, relu.number(Fraction(2))), [0.5, 1.0])
    same(relu.power(a, Fraction(-2)), 1 / 9)
    same(relu.power(a, Fraction(1, 2)), sqrt(3))
    same(relu.power(a, Fraction(0)), 1.0)
    same(relu.matmul(m, v), [0.0, 10.0])
    same(relu.matmul(v, m), [6.0, 7.0])
    same(relu.matmul(v, v), 5.0)
    same(relu.matmul(m, relu.transpose(m)), [[5.0, 0.0], [0.0, 20.0]])
    same(relu.matmul(relu.identity(2), m), W1)
    same(relu.inner(m, m), 25.0)
    same(relu.inner(a, a), 9.0)
    same(relu.norm(m), 5.0)
    same(relu.norm(relu.negate(a)), 3.0)
    same(relu.outer(v, v), [[1.0, 2.0], [2.0, 4.0]])
    same(relu.trace(m), 6.0)
    same(relu.diagonal(v), [[1.0, 0.0], [0.0, 2.0]])
    same(relu.zeros((2, 1)), [[0.0], [0.0]])
    same(relu.entry(m, 2, 1), 2.0)
    same(relu.entry(v, 2), 2.0)
    same(relu.row(m, 2), [2.0, 4.0])
    same(relu.column(m, 2), [-1.0, 4.0])


def test_functions(relu):
    a, v, m = (torch.tensor([t], dtype=torch.float64) for t in (-2.0, [0.0, log(3)], W1))
    square = relu.matmul(m, relu.transpose(m))  # eigenvalues 5 and 20
    for name, value, wanted in [
        ("exp", a, exp(-2)),
        ("log", -a, log(2)),
        ("sqrt", -a, sqrt(2)),
        ("abs", a, 2.0),
        ("sign", a, -1.0),
        ("li", -a, 1.0451637801174927),
        ("softmax", v, [0.25, 0.75]),
        ("act", torch.tensor([[-3.0, 2.0]]).double(), [0.0, 2.0]),
        ("act1", torch.tensor([[-3.0, 2.0]]).double(), [0.0, 1.0]),
        ("act2", torch.tensor([[-3.0, 2.0]]).double(), [0.0, 0.0]),
        ("pinv", relu.points.x, [[1.0, 0.0], [1.0, 1.0]]),
        ("null_projector", torch.tensor([[[3.0, 4.0]]]).double(), [[0.64, -0.48], [-0.48, 0.36]]),
        ("rank", square, 2.0),
        ("nullity", square, 0.0),
        ("distinct", square, 2.0),
        ("eigmin", square, 5.0),
        ("eigmax", square, 20.0),
        ("distinct", relu.identity(3), 1.0),
        ("rank", relu.outer(v, v), 1.0),
        ("nullity", relu.outer(v, v), 1.0),
    ]:
        same(relu.apply(name, value), wanted)
    same(relu.extreme("min", [a, -a]), -2.0)
    same(relu.extreme("max", [a, -a]), 2.0)
    with pytest.raises(ValueError, match="no function 'sinh'"):
        relu.apply("sinh", a)


def test_constants():
    one = world(decay=0.25)
    same(one.constant("pi"), pi)
    same(one.constant("decay"), 0.25)
    same(one.layer_decay(2), 0.25)
    same(world("power", degree=3).constant("p"), 3.0)
    same(one.constant("X"), X)
    same(one.constant("Y"), Y)
    same(one.constant("margin"), 2 / 25)
    with pytest.raises(ValueError, match="no constant 'gamma'"):
        one.constant("gamma")


def test_one_layer_constants():
    # rows y_n x_n are (1, 0) and (1, -1): the hard margin solution is w = (1, 0), margin 1;
    # pinv(X) Y = [[1, 0], [1, 1]] (1, -1) = (1, 0), too
    data = (torch.tensor([t]).double() for t in (X, Y))
    points = Points((torch.ones(1, 1, 2).double(),), *data, torch.zeros(1, 1))
    linear = SimulatedWorld(points, network="linear", widths=(2, 1), examples=2, loss="square")
    same(linear.constant("svm"), [1.0, 0.0])
    same(linear.constant("max_margin"), 1.0)
    same(linear.constant("min_norm"), [1.0, 0.0])


def test_network(relu):
    s = relu.state
    same(relu.weight(s, 1), W1)
    same(relu.direction(s, 2), [[0.8, -0.6]])
    same(relu.layer_norm(s, 1), 5.0)
    same(relu.norm_product(s), 25.0)
    same(relu.output(s, 2, False), [-6.0])
    same(relu.output(s, 1, True), [2 / 25])
    same(relu.margin(s), 2 / 25)
    same(relu.preactivation(s, 1, 2), [-3.0, 2.0])
    same(relu.preactivation(s, 2, 2), [-6.0])
    same(relu.gates(s, 1, 2), [0.0, 1.0])
    same(relu.gates(s, 2, 2), [1.0])
    same(relu.weights_vector(s), [2.0, -1.0, 2.0, 4.0, 4.0, -3.0])
    same(relu.input(2), [-1.0, 1.0])
    same(relu.label(2), -1.0)


@pytest.mark.parametrize(
    ("network", "more", "outputs"),
    [
        ("linear", {}, (2.0, -18.0)),  # 4 (-3) - 3 (2)
        ("leaky-relu", {"slope": Fraction(1, 3)}, (2.0, -10.0)),  # 4 (-1) - 3 (2)
        ("power", {"degree": 2}, (4.0, 24.0)),  # 4 (4) - 3 (4), 4 (9) - 3 (4)
        ("relu", {"output_activation": True}, (2.0, 0.0)),
        ("smooth", {}, (log1p(exp(2)), 4 * log1p(exp(-3)) - 3 * log1p(exp(2)))),
        ("smooth", {"smooth": "swish"}, (2 / (1 + exp(-2)), -12 / (1 + exp(3)) - 6 / (1 + exp(-2)))),
    ],
)
def test_networks(network, more, outputs):
    w = world(network, **more)
    same(torch.cat([w.output(w.state, n, False) for n in (1, 2)], 1), list(outputs))


@pytest.mark.parametrize(
    ("loss", "average", "wanted"),
    [
        ("exponential", True, (E1 + E2) / 2),
        ("exponential", False, E1 + E2),
        ("logistic", False, log1p(E1) + log1p(E2)),
        ("square", False, 1.0 + 25.0),  # (1 - 2)^2 + (-1 + 6)^2
        ("square", True, 13.0),
    ],
)
def test_losses(loss, average, wanted):
    w = world(loss=loss, average=average)
    same(w.loss_value(w.state), wanted)
    decayed = world(loss=loss, average=average, decay=0.1)
    same(decayed.loss_value(decayed.state), wanted + 0.1 * 50)


def test_cross_entropy():
    # W_2 = [[4, -3], [1, 1]]: f(x_1) = (2, 4), f(x_2) = (-6, 2); labels 2 and 1, margins 2 and -8
    w = world(loss="cross-entropy", y=[2.0, 1.0], w2=[[4.0, -3.0], [1.0, 1.0]], average=False)
    same(w.loss_value(w.state), log1p(exp(-2)) + log1p(exp(8)))
    same(w.onehot(1), [0.0, 1.0])
    same(w.label_entry(w.output(w.state, 1, False), 1), 4.0)
    same(w.margins(w.state, False), [2.0, -8.0])
    same(w.margin(w.state), -8 / (5 * sqrt(27)))


def test_vector_targets():
    # f = (2, 4), (-6, 2) against (1, 0), (0, 1): 1 + 16 + 36 + 1
    w = world(loss="square", y=[[1.0, 0.0], [0.0, 1.0]], w2=[[4.0, -3.0], [1.0, 1.0]], average=False)
    same(w.loss_value(w.state), 54.0)
    same(w.label(2), [0.0, 1.0])


def test_gradients(relu):
    s = relu.state
    first = lambda t: relu.output(t, 1, False)[:, 0]  # noqa: E731
    direction = lambda t: relu.output(t, 1, True)[:, 0]  # noqa: E731
    same(relu.gradient(s, first, "W", 1), [[4.0, 0.0], [-3.0, 0.0]])
    same(relu.gradient(s, first, "W", None), [4.0, 0.0, -3.0, 0.0, 2.0, 2.0])
    same(relu.gradient(s, first, "V", 1), [[20.0, 0.0], [-15.0, 0.0]])  # rho_1 times
    same(relu.gradient(s, direction, "V", 2), [[0.4, 0.4]])
    same(relu.gradient(s, first, "rho", 2), 0.4)  # f_1/rho_2
    same(relu.gradient(s, relu.loss_value, "W", 1), G1)
    same(relu.gradient(s, relu.loss_value, "W", 2), G2)
    same(relu.gradient(s, lambda t: relu.label(1), "W", 2), [[0.0, 0.0]])


def test_hessians(relu):
    s = relu.state
    first = lambda t: relu.output(t, 1, False)[:, 0]  # noqa: E731
    mixed = [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]]  # rows W_1 entries, columns W_2 entries
    same(relu.hessian(s, first, "W", (1, 2)), mixed)
    same(relu.hessian(s, first, "W", (2, 2)), [[0.0, 0.0], [0.0, 0.0]])
    whole = relu.hessian(s, first, "W", None)
    assert relu.shape(whole) == (6, 6)
    same(whole[:, :4, 4:], mixed)
    same(whole[:, 4:, :4], [list(c) for c in zip(*mixed, strict=True)])
    same(relu.hessian(s, first, "V", (1, 2)), [[25.0 * e for e in row] for row in mixed])


@pytest.mark.parametrize(("flow", "factor"), [("gradient", 1 / 5), ("constrained", 5.0), ("weight-norm", 5.0)])
def test_rates(flow, factor):
    w = world(flow=flow)
    s = w.state
    same(w.rate(s, lambda t: w.layer_norm(t, 1), None), PULL / 5)
    same(w.rate(s, w.norm_product, None), 2 * PULL)
    # dV_2 = -factor (G_2 - <G_2, V_2> V_2), <G_2, V_2> = -PULL/5, V_2 = (4, -3)/5
    wanted = [[-factor * (g + PULL / 25 * v) for g, v in zip(G2[0], W2[0], strict=True)]]
    same(w.rate(s, lambda t: w.direction(t, 2), None), wanted)
    same(w.rate(s, w.loss_value, "gradient"), -sum(g * g for row in G1 + G2 for g in row))


def test_fixed_norms():
    w = world(flow="fixed-rho")
    same(w.rate(w.state, lambda t: w.layer_norm(t, 1), None), 0.0)
    wanted = [[-5 * (g + PULL / 25 * v) for g, v in zip(G2[0], W2[0], strict=True)]]
    same(w.rate(w.state, lambda t: w.direction(t, 2), None), wanted)


def test_multiplier(relu):
    # -1/2 <dL/dV_k, V_k> = -1/2 rho_k <G_k, V_k> = -1/2 <G_k, W_k>; weight decay adds -decay rho_k^2
    same(relu.multiplier(relu.state, 1), PULL / 2)
    decayed = world(decay=0.1)
    same(decayed.multiplier(decayed.state, 2), PULL / 2 - 0.1 * 25)


def test_errors():
    with pytest.raises(ValueError, match="flow 'upward'"):
        world(flow="upward")
    with pytest.raises(ValueError, match="network 'maxout'"):
        world("maxout")
    with pytest.raises(ValueError, match="layers of shapes"):
        SimulatedWorld(world().points, network="relu", widths=(2, 3, 1), examples=2, loss="square")
    with pytest.raises(ValueError, match="inputs of shape"):
        SimulatedWorld(world().points, network="relu", widths=(2, 2, 1), examples=3, loss="square")
    smooth = world("smooth")
    with pytest.raises(ValueError, match="no gates"):
        smooth.gates(smooth.state, 1, 1)
    two = SimulatedWorld(
        world().points, network="relu", widths=(2, 2, 1), examples=2, loss="square", weight_decay=(0, 1)
    )
    with pytest.raises(ValueError, match=r"decay\[k\]"):
        two.constant("decay")
    polar = lambda t: two.gradient(t, two.loss_value, "W", 1).sum((1, 2))  # noqa: E731
    with pytest.raises(ValueError, match="derivative by W inside"):
        two.gradient(two.state, polar, "V", 1)
