"""Networks and losses against automatic differentiation, at one point and at extreme ones."""

import itertools

import numpy as np
import pytest
import torch

from numerics.flows.losses import MarginPotential, SquarePotential, log_softplus
from numerics.flows.networks import SMOOTH, LinearNetwork, SmoothNetwork, power_activation

EPS = np.finfo(float).eps
WIDTHS = [(4, 1), (4, 3), (4, 5, 1), (3, 2, 4, 2)]
TORCH_ACTIVATIONS = {
    "softplus": torch.nn.functional.softplus,
    "tanh": torch.tanh,
    "swish": torch.nn.functional.silu,
}


def outputs(layers, activation, inputs, last=False):
    value = inputs
    for k, layer in enumerate(layers):
        value = value @ layer.T
        if last or k < len(layers) - 1:
            value = activation(value)
    return value.reshape(-1)


def check_derivatives(network, function, w, rho):
    jacobian, hessian = network.derivatives(w, rho)
    point = torch.tensor(w, dtype=torch.float64)
    slow_jacobian = torch.autograd.functional.jacobian(function, point).numpy()
    weight = torch.tensor(rho, dtype=torch.float64)
    slow_hessian = torch.autograd.functional.hessian(lambda v: weight @ function(v), point).numpy()
    features, cache = network.forward(w)
    # Every entry is a sum of at most (number of weights) products of at most (depth + 1) factors.
    budget = 100 * network.size * EPS
    for ours, slow in (
        (features, function(point).numpy()),
        (jacobian, slow_jacobian),
        (hessian, slow_hessian),
        (network.pull_back(cache, rho), slow_jacobian.T @ rho),
    ):
        assert np.abs(ours - slow).max() <= budget * max(1.0, np.abs(slow).max())


@pytest.mark.parametrize("widths", WIDTHS)
def test_linear_network_against_autograd(widths):
    rng = np.random.default_rng(1)
    network = LinearNetwork(widths)
    pieces = [(piece, shape) for piece, shape in network.pieces]

    def product(v):
        layers = [v[piece].reshape(shape) for piece, shape in pieces]
        total = layers[0]
        for layer in layers[1:]:
            total = layer @ total
        return total.reshape(-1)

    check_derivatives(network, product, rng.normal(size=network.size), rng.normal(size=widths[0] * widths[-1]))


@pytest.mark.parametrize(("widths", "name", "last"), list(itertools.product(WIDTHS, [*SMOOTH, 2, 3], [False, True])))
def test_smooth_network_against_autograd(widths, name, last):
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(3, widths[0]))
    activation = SMOOTH[name] if name in SMOOTH else power_activation(name)
    network = SmoothNetwork(widths, activation, inputs, last)
    slow = TORCH_ACTIVATIONS[name] if name in TORCH_ACTIVATIONS else (lambda z: z**name)

    def function(v):
        layers = [v[piece].reshape(shape) for piece, shape in network.pieces]
        return outputs(layers, slow, torch.tensor(inputs), last)

    check_derivatives(network, function, 0.5 * rng.normal(size=network.size), rng.normal(size=3 * widths[-1]))


@pytest.mark.parametrize(("last", "degree"), [(False, 7), (True, 14)])
def test_power_network_is_homogeneous_of_its_degree(last, degree):
    rng = np.random.default_rng(3)
    network = SmoothNetwork((3, 2, 2, 1), power_activation(2), rng.normal(size=(4, 3)), last)
    w = rng.normal(size=network.size)
    assert network.degree == degree
    assert np.allclose(network.features(2 * w), 2.0**degree * network.features(w), rtol=100 * EPS, atol=0)


def torch_log_loss(kind, groups, common, slack, log_count):
    def value(u):
        margins = (slack @ u + common @ u).reshape(-1, groups)
        each = torch.exp(-margins).sum(1)
        return torch.log((each if kind == "exponential" else torch.log1p(each)).sum()) - log_count

    return value


@pytest.mark.parametrize(("kind", "groups"), [("exponential", 1), ("logistic", 1), ("logistic", 3)])
def test_margin_potential_against_autograd(kind, groups):
    rng = np.random.default_rng(4)
    common, slack, u = rng.normal(size=5), rng.normal(size=(4 * groups, 5)), rng.normal(size=5)
    potential = MarginPotential(kind, common, slack, groups, np.log(4))
    function = torch_log_loss(kind, groups, torch.tensor(common), torch.tensor(slack), np.log(4))
    point = torch.tensor(u)
    phi, rho = potential.evaluate(u)
    budget = 1000 * EPS
    assert abs(phi - float(function(point))) <= budget * max(1.0, abs(phi))
    gradient = torch.autograd.functional.jacobian(function, point).numpy()
    hessian = torch.autograd.functional.hessian(function, point).numpy()
    assert np.allclose(rho, -gradient, rtol=0, atol=budget * np.abs(gradient).max())
    assert np.allclose(potential.force(u), rho, rtol=budget, atol=budget)
    assert np.allclose(potential.curvature(u), -hessian, rtol=0, atol=budget * np.abs(hessian).max())


def test_square_potential_against_autograd():
    rng = np.random.default_rng(5)
    slack, targets, u = rng.normal(size=(6, 4)), rng.normal(size=6), rng.normal(size=4)
    potential = SquarePotential(slack, targets, 3.0)
    phi, rho = potential.evaluate(u)
    residual = slack @ u - targets
    assert np.isclose(phi, residual @ residual / 3, rtol=100 * EPS)
    assert np.allclose(rho, -2 / 3 * slack.T @ residual, rtol=1000 * EPS)
    assert np.allclose(potential.curvature(u), -2 / 3 * slack.T @ slack, rtol=1000 * EPS)


@pytest.mark.parametrize("kind", ["exponential", "logistic"])
def test_common_part_does_not_cost_digits(kind):
    """The same slack on top of b = 10 and b = 10^15: weights, force and curvature along the slack are those of
    b = inf."""
    slack = np.array([[0.0, 1.0], [0.0, -0.5], [0.3, 2.0]])
    potential = MarginPotential(kind, np.array([1.0, 0.0]), slack)
    near, far = np.array([40.0, 0.7]), np.array([1e15, 0.7])
    offset, weights = potential.weights(*potential.margins(far))
    assert np.all(np.isfinite(weights)) and weights[2] == 0.0  # 0.3 * 10^15 of slack
    assert np.isclose(weights.sum(), 1.0, rtol=10 * EPS)
    assert np.isclose(potential.evaluate(far)[0] + 1e15, offset, rtol=EPS, atol=1.0)
    bend = potential.curvature(far)[1, 1], potential.curvature(near)[1, 1]
    assert np.isclose(*bend, rtol=1e-4)  # at b = 40 the third example still has weight exp(-12)


def test_log_softplus_at_both_ends():
    q = np.array([-1e308, -800.0, -1.0, 0.0, 1.0, 35.9, 36.1, 800.0, 1e308])
    values = log_softplus(q)
    assert np.all(np.isfinite(values)) and np.all(np.diff(values) <= 0)
    middle = slice(2, 6)
    assert np.allclose(values[middle], np.log(np.log1p(np.exp(-q[middle]))), rtol=10 * EPS)
    assert values[-2] == -800.0 and np.isclose(values[1], np.log(800.0))
