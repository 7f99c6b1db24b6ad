"""Smooth flows: against an independent solver in raw time, conserved quantities, asymptotic laws, ends and
interruptions."""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from numerics.flows.coordinates import choose_coordinates
from numerics.flows.setting import FLOWS, FlowSetting
from numerics.flows.smooth import smooth_flow
from numerics.flows.system import FlowSystem
from numerics.flows.trajectory import LOG10
from tests.numerics.flows.problems import gaussian_layers, separable_data

EPS = np.finfo(float).eps
TORCH = {"softplus": torch.nn.functional.softplus, "tanh": torch.tanh, "swish": torch.nn.functional.silu}


def torch_loss(setting, layers):
    value = torch.tensor(setting.inputs)
    for k, layer in enumerate(layers):
        value = value @ layer.T
        if (setting.output_activation or k < len(layers) - 1) and setting.network != "linear":
            value = value**setting.degree if setting.network == "power" else TORCH[setting.smooth](value)
    labels = torch.tensor(np.asarray(setting.labels, float))
    if setting.loss == "cross-entropy":
        each = torch.nn.functional.cross_entropy(value, labels.long() - 1, reduction="none")
    elif setting.loss == "square":
        each = ((value - labels.reshape(value.shape)) ** 2).sum(1)
    else:
        margins = value[:, 0] * labels
        each = torch.exp(-margins) if setting.loss == "exponential" else torch.nn.functional.softplus(-margins)
    total = each.mean() if setting.average else each.sum()
    return total + sum(float(rate) * (w**2).sum() for rate, w in zip(setting.decay, layers, strict=True))


def raw_velocity(setting, layers):
    """dW/dt of the flow straight from its definition in (rho, V)."""
    leaves = [torch.tensor(w, requires_grad=True) for w in layers]
    out = []
    for w, g in zip(layers, torch.autograd.grad(torch_loss(setting, leaves), leaves), strict=True):
        g, rho = g.numpy(), np.linalg.norm(w)
        v = w / rho
        along = np.vdot(g, v)
        if setting.flow == "gradient":
            out.append(-g)
        else:
            turning = -rho * (g - along * v)
            out.append(rho * turning - (0.0 if setting.flow == "fixed-rho" else along) * v)
    return np.concatenate([piece.ravel() for piece in out])


def raw_solution(setting, layers, time, rtol=1e-9):
    shapes = [w.shape for w in layers]
    cuts = np.cumsum([w.size for w in layers])[:-1]

    def right(_, flat):
        return raw_velocity(setting, [p.reshape(s) for p, s in zip(np.split(flat, cuts), shapes, strict=True)])

    flat = np.concatenate([w.ravel() for w in layers])
    return solve_ivp(right, (0.0, time), flat, method="DOP853", rtol=rtol, atol=rtol / 100).y[:, -1]


CASES = [
    {"widths": (4, 1)},
    {"widths": (4, 7, 1), "loss": "logistic", "average": False},
    {"widths": (4, 3, 2, 1), "flow": "constrained"},
    {"widths": (4, 3, 1), "flow": "weight-norm", "loss": "logistic", "weight_decay": 0.05},
    {"widths": (4, 3, 1), "flow": "fixed-rho"},
    {"widths": (4, 3, 2, 1), "loss": "square", "weight_decay": (0.1, 0.0, 0.2)},
    {"widths": (4, 3, 1), "weight_decay": 0.01},
    {"widths": (4, 3, 1), "network": "power", "flow": "constrained"},
    {"widths": (4, 3, 2, 1), "network": "power", "loss": "logistic"},
    {"widths": (4, 3, 1), "network": "smooth", "smooth": "softplus", "loss": "square"},
    {"widths": (4, 3, 1), "network": "smooth", "smooth": "swish", "flow": "fixed-rho"},
    {"widths": (4, 3, 3), "network": "smooth", "smooth": "tanh", "loss": "cross-entropy"},
    {"widths": (4, 2, 3), "loss": "cross-entropy", "average": False},
    {"widths": (4, 3, 1), "network": "smooth", "smooth": "tanh", "loss": "square", "output_activation": True},
    {"widths": (4, 3, 1), "network": "power", "loss": "logistic", "output_activation": True, "flow": "constrained"},
]


def setting_of(case, seed=0, size=(9, 4)):
    inputs, labels = separable_data(seed, *size)
    case = dict(case)
    if case.get("loss") == "cross-entropy":
        labels = np.random.default_rng(seed).integers(1, case["widths"][-1] + 1, size=len(inputs))
    return FlowSetting(inputs=inputs, labels=labels, **case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_an_explicit_solver_in_raw_time(case):
    setting = setting_of(case)
    start = gaussian_layers(3, setting.widths)
    far = smooth_flow(setting, start, 0.5, rtol=1e-7)
    coarse = smooth_flow(setting, start, 0.5, rtol=1e-5)
    assert far.status == coarse.status == "finished"
    truth = raw_solution(setting, start, 10**0.5)
    errors = [np.abs(run.samples[-1].weights - truth).max() for run in (coarse, far)]
    assert errors[1] < 1e-5
    assert errors[1] < 0.2 * errors[0] or errors[0] < 1e-7  # it follows the tolerance


KINDS = [
    {"network": "linear", "loss": "exponential"},
    {"network": "power", "loss": "logistic"},
    {"network": "smooth", "smooth": "softplus", "loss": "square"},
    {"network": "smooth", "smooth": "tanh", "loss": "cross-entropy"},
    {"network": "smooth", "smooth": "swish", "loss": "exponential", "output_activation": True},
    {"network": "linear", "loss": "cross-entropy"},
]


@pytest.mark.parametrize("depth", range(1, 7))
@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow_at_every_depth_against_an_explicit_solver(flow, depth):
    kind = KINDS[(depth + FLOWS.index(flow)) % len(KINDS)]
    classes = 3 if kind["loss"] == "cross-entropy" else 1
    setting = setting_of({"widths": (3, *[2] * (depth - 1), classes), "flow": flow} | kind, 1, (5, 3))
    start = gaussian_layers(depth, setting.widths)
    run = smooth_flow(setting, start, -0.5, rtol=1e-8)
    assert run.status == "finished"
    truth = raw_solution(setting, start, 10**-0.5, 1e-8)
    assert np.abs(run.samples[-1].weights - truth).max() < 1e-6


@pytest.mark.parametrize("case", CASES, ids=str)
def test_jacobian_is_the_derivative_of_the_velocity(case):
    setting = setting_of(case)
    coordinates, layers = choose_coordinates(setting, gaussian_layers(5, setting.widths))
    system = FlowSystem(setting, coordinates)
    state = system.start(np.concatenate([w.ravel() for w in layers]))
    velocity, jacobian, _ = system.linearised(state)
    assert np.allclose(velocity, system.velocity(state), rtol=1e-12, atol=1e-13 * np.abs(velocity).max())
    move = np.random.default_rng(1).normal(size=state.size)
    wide, narrow = (
        np.abs(
            (system.velocity(state + h * move) - system.velocity(state - h * move)) / (2 * h) - jacobian @ move
        ).max()
        for h in (1e-2, 1e-3)
    )
    assert narrow < 0.02 * wide + 1e-9 * np.abs(jacobian).max()  # central differences: error h^2


@pytest.mark.parametrize("widths", [(4, 1), (4, 3, 1), (4, 5, 3, 1), (3, 2, 3, 2, 2, 2, 1)])
def test_balancedness_drifts_by_rounding_only(widths):
    setting = FlowSetting(widths, *separable_data(1, dimension=widths[0]))
    run = smooth_flow(setting, gaussian_layers(2, widths), 1e4, at=(1, 10, 100), rtol=1e-4, samples=6)
    assert run.status == "finished"
    if len(widths) > 2:
        assert run.drift.max() < 100 * EPS
    layers = [run.layers(0), run.layers(-1)]
    for before, after in zip(*(itertools.pairwise(pair) for pair in layers), strict=True):
        change = (after[1].T @ after[1] - after[0] @ after[0].T) - (before[1].T @ before[1] - before[0] @ before[0].T)
        assert np.abs(change).max() < 1e3 * EPS * sum(np.vdot(w, w) for w in layers[1])


def test_margin_gap_falls_like_one_over_log_t_over_eight_decades_of_log_t():
    setting = FlowSetting((4, 5, 1), *separable_data(2))
    run = smooth_flow(setting, gaussian_layers(4, setting.widths), 1e12, at=[10.0**k for k in range(4, 12)], rtol=1e-5)
    kept = run.log10_t > 0.9e4
    product = (run.gap * run.log_t)[kept]
    assert run.status == "finished"
    assert product.max() / product.min() < 1.01
    assert run.drift.max() < 1e-13
    # The gap without cancellation is the plain difference where that still has digits.
    plain = setting.separator.margin - run.margin
    early = run.log10_t < 1e4
    assert np.allclose(run.gap[early], plain[early], rtol=1e-8, atol=1e-14)


def test_one_layer_loss_and_norm_follow_their_laws():
    setting = FlowSetting((4, 1), *separable_data(3), loss="logistic")
    run = smooth_flow(setting, gaussian_layers(4, setting.widths), 1e10, at=[1e3, 1e6], rtol=1e-6)
    late = run.samples[-1]
    # rho gamma = log t + O(1), with O(1) the bounded part along the support vectors
    assert late.norms[0] * setting.separator.margin == pytest.approx(late.log_t, rel=1e-9)
    assert late.log_loss == pytest.approx(-late.log_t, rel=1e-9)


def test_equal_weight_decay_ends_at_rest():
    setting = FlowSetting((4, 3, 1), *separable_data(1), weight_decay=0.01)
    run = smooth_flow(setting, gaussian_layers(2, setting.widths), 50.0, at=(20.0,), rtol=1e-5)
    assert run.status == "finished" and "stationary" in run.message
    assert np.array_equal(run.samples[-1].weights, run.samples[-2].weights)
    leaves = [torch.tensor(w, requires_grad=True) for w in run.layers()]
    gradients = torch.autograd.grad(torch_loss(setting, leaves), leaves)
    assert max(float(g.abs().max()) for g in gradients) < 1e4 * EPS


def test_nonseparable_logistic_data_end_at_a_finite_minimum():
    inputs, labels = separable_data(0)
    labels = labels.copy()
    labels[[2, 5]] *= -1
    setting = FlowSetting((4, 1), inputs, labels, loss="logistic")
    assert setting.separator is None
    run = smooth_flow(setting, gaussian_layers(2, (4, 1)), 100.0, rtol=1e-6)
    assert run.status == "finished" and np.isfinite(run.samples[-1].log_loss)


def test_weight_norm_flow_reports_a_collapse():
    # A weight of the wrong sign must pass through zero, which the (g, v) flow cannot do.
    inputs = np.array([[1.0], [2.0]])
    setting = FlowSetting((1, 1), inputs, np.ones(2), flow="weight-norm")
    run = smooth_flow(setting, [np.array([[-1.0]])], 3.0)
    assert run.status == "collapsed" and "layer 1" in run.message
    # dw/dt = mean x exp(-w x) from w = -1 reaches 0 at t = integral_0^1 2/(exp(u) + 2 exp(2u)) du.
    grid = (np.arange(4000) + 0.5) / 4000
    assert np.exp(run.samples[-1].log_t) == pytest.approx(np.mean(2 / (np.exp(grid) + 2 * np.exp(2 * grid))), rel=1e-5)


ADVERSARIAL = {
    "one example": (np.array([[1.0, 2.0]]), np.ones(1), [np.array([[0.3, -0.2]]), np.array([[0.5]])]),
    "zero start": (np.eye(2), np.ones(2), [np.zeros((2, 2)), np.zeros((1, 2))]),
    "zero layer": (np.eye(2), np.ones(2), [np.zeros((2, 2)), np.array([[1.0, 0.5]])]),
    "dead neuron": (np.eye(2), np.ones(2), [np.array([[1.0, 0.5], [0.0, 0.0]]), np.array([[0.7, 0.0]])]),
    "aligned neurons": (np.eye(2), np.ones(2), [np.array([[1.0, 0.5], [2.0, 1.0]]), np.array([[0.7, 1.4]])]),
    "tied margins": (
        np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.0]]),
        np.ones(3),
        [np.array([[1.0, 0.1], [0.2, 0.3]]), np.array([[0.7, 0.1]])],
    ),
    "wrong sign": (np.eye(2), np.ones(2), [-np.ones((1, 2)), np.array([[2.0]])]),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_starts_reach_large_times(name):
    inputs, labels, start = ADVERSARIAL[name]
    setting = FlowSetting((2, len(start[0]), 1), inputs, labels)
    run = smooth_flow(setting, start, 1e6, at=(1e2, 1e4), rtol=1e-6)
    assert run.status == "finished"
    assert run.drift[1:].max() < 1e-13 or name == "zero start"
    if name == "zero start":
        assert "stationary" in run.message  # a saddle: the exact solution stays there
    else:
        assert run.samples[-1].log_loss == pytest.approx(-run.samples[-1].log_t, rel=1e-4)
        assert 0 <= run.gap[-1] < 1e-4


def test_memory_is_bounded_and_asked_times_are_kept():
    setting = FlowSetting((4, 3, 1), *separable_data(1))
    asked = (0.5, 3.0, 30.0)
    run = smooth_flow(setting, gaussian_layers(2, setting.widths), 300.0, at=asked, rtol=1e-6, samples=8)
    assert run.steps > 60 and len(run.samples) <= 8 + len(asked) + 2
    for value in (*asked, 300.0):
        assert np.abs(run.log10_t - value).min() < 1e-12 * value
    assert np.all(np.diff(run.log_t) > 0)


def test_interruption_keeps_what_was_reached():
    setting = FlowSetting((4, 3, 1), *separable_data(1))

    def stop(log10_t):
        if log10_t > 5:
            raise KeyboardInterrupt

    run = smooth_flow(setting, gaussian_layers(2, setting.widths), 300.0, progress=stop)
    assert run.status == "interrupted"
    assert 4 < run.samples[-1].log_t / LOG10 < 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"loss": "hinge"}, "loss is 'hinge'"),
        ({"labels": np.arange(9.0)}, "labels"),
        ({"widths": (3, 1)}, "fit widths"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"widths": (4, 2, 2)}, "last width 1"),
        ({"network": "relu", "output_activation": True}, "kinks of an output activation"),
    ],
)
def test_settings_that_do_not_fit_are_refused(change, words):
    inputs, labels = separable_data(0)
    with pytest.raises(ValueError, match=words):
        FlowSetting(**({"widths": (4, 1), "inputs": inputs, "labels": labels} | change))


def test_layers_of_the_wrong_shape_are_refused():
    setting = FlowSetting((4, 3, 1), *separable_data(0))
    with pytest.raises(ValueError, match="do not fit the widths"):
        smooth_flow(setting, gaussian_layers(2, (4, 2, 1)), 1.0)
