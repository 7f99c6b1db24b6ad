"""ReLU flows as Filippov systems: against small-step descent, kinks kept, ties, lost uniqueness, agreement of
tolerances."""

import itertools

import numpy as np
import pytest
import torch

from numerics.flows.descent import StepRule, descend
from numerics.flows.gated import OFF, ON, Piece
from numerics.flows.gated_network import GatedNetwork
from numerics.flows.setting import FlowSetting
from numerics.flows.sliding import SlidingRun, sliding_flow
from numerics.flows.smooth import smooth_flow
from numerics.flows.system import FlowSystem
from tests.numerics.flows.problems import gaussian_layers, separable_data

EPS = np.finfo(float).eps


def relu_setting(seed, widths, network="relu", examples=8, **more):
    inputs, labels = separable_data(seed, examples, widths[0])
    return FlowSetting(widths, inputs, labels, network=network, **more)


def kinds(run):
    return [event.kind for event in run.events]


def descent_errors(setting, start, run, time, rates):
    """Distance of gradient descent at the given rates from the end of a flow."""
    out = []
    for rate in rates:
        steps = round(time / rate)
        discrete = descend(setting, start, steps, StepRule(time / steps), samples=4)
        out.append(np.abs(discrete.samples[-1].weights - run.samples[-1].weights).max())
    return out


@pytest.mark.parametrize(
    ("network", "widths", "seed"),
    [
        ("relu", (3, 5, 1), 2),
        ("relu", (3, 5, 1), 5),
        ("leaky-relu", (3, 5, 1), 3),
        ("leaky-relu", (3, 4, 3, 1), 1),
        ("relu", (3, 4, 3, 1), 4),
    ],
)
def test_small_steps_of_descent_converge_to_the_flow(network, widths, seed):
    setting = relu_setting(seed, widths, network)
    start = gaussian_layers(seed + 10, widths)
    time = 6.0
    run = sliding_flow(setting, start, np.log10(time), rtol=1e-7)
    assert run.status == "finished" and run.events
    assert "not unique" not in kinds(run)
    coarse, fine = descent_errors(setting, start, run, time, (8e-3, 1e-3))
    assert fine < 0.35 * coarse  # order one, disturbed by chattering on the kinks


def sliding_example():
    """A seeded start whose flow slides, known by its event list."""
    for seed in range(40):
        setting = relu_setting(seed, (3, 4, 1))
        start = gaussian_layers(seed, (3, 4, 1))
        run = sliding_flow(setting, start, 1.0, rtol=1e-6)
        if "slides" in kinds(run) and "not unique" not in kinds(run):
            return setting, start, run
    raise AssertionError("no start slides: the sample is empty")


def test_a_sliding_sample_stays_on_its_kink():
    setting, _, run = sliding_example()
    gate = next(event.gates[0] for event in run.events if event.kind == "slides")
    when = next(event.log1p_t for event in run.events if event.kind == "slides")
    left = next((event.log1p_t for event in run.events if event.kind == "leaves" and event.gates[0] == gate), np.inf)
    _, unit, example = gate
    checked = 0
    for k, sample in enumerate(run.samples):
        if when < np.log1p(np.exp(sample.log_t)) < left:
            row = run.layers(k)[0][unit]
            # the kink is put back every fifth step; in between a straight sliding set is kept by the projection itself
            assert abs(row @ setting.inputs[example]) < 1e4 * EPS * np.linalg.norm(row)
            checked += 1
    assert checked > 0


def test_sliding_velocity_is_the_convex_combination_of_the_two_sides():
    setting, _, run = sliding_example()
    gate = next(event.gates[0] for event in run.events if event.kind == "slides")
    _, unit, example = gate
    rng = np.random.default_rng(0)
    layers = gaussian_layers(5, setting.widths)
    x = setting.inputs[example]
    layers[0][unit] -= x * (layers[0][unit] @ x) / (x @ x)
    layers[1][0, unit] = -setting.labels[example] * abs(layers[1][0, unit])  # pushes its own pre-activation down
    w = np.concatenate([layer.ravel() for layer in layers])
    base = np.where(setting.inputs @ layers[0].T >= 0, ON, OFF)
    velocities = []
    for mode in (ON, OFF, 0):
        modes = base.copy()
        modes[example, unit] = mode
        piece = Piece(setting, setting.potential(), (modes,), w)
        velocities.append(piece.velocity(np.append(w, rng.random()))[:-1])
    slope = piece.sliding_slopes(w)[0][0]
    on, off, sliding = velocities
    assert np.abs(slope * on + (1 - slope) * off - sliding).max() < 100 * EPS * np.abs(on).max()


def test_gated_derivatives_against_autograd():
    rng = np.random.default_rng(3)
    widths, inputs = (3, 4, 2, 3, 2), rng.normal(size=(5, 3))
    slopes = tuple(np.where(rng.random((5, width)) < 0.5, 1.0, 0.2) for width in widths[1:-1])
    network = GatedNetwork(widths, inputs, slopes)
    w, rho = rng.normal(size=network.size), rng.normal(size=10)

    def function(v):
        value = torch.tensor(inputs)
        for k, (piece, shape) in enumerate(network.pieces):
            value = value @ v[piece].reshape(shape).T
            if k < len(slopes):
                value = value * torch.tensor(slopes[k])
        return value.reshape(-1)

    point = torch.tensor(w)
    slow = torch.autograd.functional.jacobian(function, point).numpy()
    bend = torch.autograd.functional.hessian(lambda v: torch.tensor(rho) @ function(v), point).numpy()
    jacobian, hessian = network.derivatives(w, rho)
    budget = 100 * network.size * EPS
    assert np.abs(jacobian - slow).max() < budget * np.abs(slow).max()
    assert np.abs(hessian - bend).max() < budget * np.abs(bend).max()
    assert np.abs(network.pull_back(network.forward(w)[1], rho) - rho @ slow).max() < budget * np.abs(slow).max()


def test_margins_and_events_agree_between_two_tolerances():
    setting = relu_setting(3, (4, 6, 1), examples=10)
    start = gaussian_layers(3, setting.widths)
    runs = [sliding_flow(setting, start, 1e3, rtol=rtol) for rtol in (1e-5, 1e-6)]
    assert [run.status for run in runs] == ["finished"] * 2
    assert runs[0].margin[-1] == pytest.approx(runs[1].margin[-1], abs=1e-6)
    assert sorted(kinds(runs[0])) == sorted(kinds(runs[1]))
    assert max(run.drift.max() for run in runs) < 1e-13


@pytest.mark.parametrize(
    "case",
    [
        {"loss": "logistic", "flow": "constrained"},
        {"loss": "exponential", "flow": "fixed-rho", "weight_decay": 0.02},
        {"loss": "square", "flow": "constrained", "weight_decay": 0.02},
        {"loss": "exponential", "weight_decay": 0.02},
        {"loss": "cross-entropy", "network": "leaky-relu"},
    ],
    ids=str,
)
def test_slides_in_both_hidden_layers_follow_the_tolerance(case):
    """Sliding gates beyond the first layer bend each other's normals; each flow projects in its own metric."""
    classes = 3 if case["loss"] == "cross-entropy" else 1
    widths, rng = (3, 4, 2, classes), np.random.default_rng(8)
    inputs, labels = separable_data(3, 6, 3)
    labels = np.arange(6) % 3 + 1 if classes == 3 else labels
    setting = FlowSetting(inputs=inputs, labels=labels, widths=widths, **({"network": "relu"} | case))
    start = [rng.normal(size=(rows, columns)) for columns, rows in itertools.pairwise(widths)]
    loose, middle, tight = (sliding_flow(setting, start, 0.5, rtol=rtol, samples=4) for rtol in (1e-4, 1e-5, 1e-7))
    assert {loose.status, middle.status, tight.status} == {"finished"}
    first, second = (np.abs(run.samples[-1].weights - tight.samples[-1].weights).max() for run in (loose, middle))
    assert second < 1e-4
    assert second < first or first < 1e-6


def test_all_on_region_is_the_linear_flow():
    rng = np.random.default_rng(0)
    inputs = np.abs(rng.normal(size=(5, 3))) + 0.1
    start = [np.abs(rng.normal(size=(2, 3))), np.abs(rng.normal(size=(1, 2)))]
    relu = FlowSetting((3, 2, 1), inputs, np.ones(5), network="relu")
    linear = FlowSetting((3, 2, 1), inputs, np.ones(5))
    ours, other = sliding_flow(relu, start, 3.0, rtol=1e-8), smooth_flow(linear, start, 3.0, rtol=1e-8)
    assert ours.events == []
    assert np.abs(ours.samples[-1].weights - other.samples[-1].weights).max() < 1e-6


def test_a_kink_that_pushes_both_ways_is_reported_as_not_unique():
    # f = relu(w x) with y = +1 starts at w x = 0: on, it climbs; off, nothing moves it.
    setting = FlowSetting((2, 1, 1), np.array([[1.0, 0.0], [0.0, 1.0]]), np.ones(2), network="relu")
    run = sliding_flow(setting, [np.array([[0.0, 1.0]]), np.array([[1.0]])], 0.5)
    assert kinds(run)[0] == "not unique"
    assert run.events[0].gates == ((0, 0, 0),)


def test_dead_network_is_at_rest():
    setting = FlowSetting((2, 2, 1), np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([1.0, -1.0]), network="relu")
    run = sliding_flow(setting, [-np.ones((2, 2)), np.ones((1, 2))], 100.0)
    assert run.status == "finished" and "stationary" in run.message


def test_tied_data_and_tied_neurons_meet_their_kinks_together():
    inputs, labels = separable_data(2, 5, 3)
    inputs, labels = np.vstack([inputs, inputs]), np.append(labels, labels)
    setting = FlowSetting((3, 4, 1), inputs, labels, network="relu")
    layers = gaussian_layers(12, (3, 4, 1))
    layers[0][1], layers[1][0, 1] = layers[0][0], layers[1][0, 0]
    run = sliding_flow(setting, layers, 1.5, rtol=1e-6)
    assert run.status == "finished" and run.events
    for event in run.events:
        copies = {(k, unit, (example + 5) % 10) for k, unit, example in event.gates}
        assert copies <= set(event.gates)
        twins = {(k, 1 - unit, example) for k, unit, example in event.gates if unit < 2}
        assert twins <= set(event.gates)
    first = run.layers(-1)[0]
    assert np.abs(first[0] - first[1]).max() < 1e-9


def test_smooth_networks_are_refused():
    with pytest.raises(ValueError, match="not linear"):
        sliding_flow(FlowSetting((4, 3, 1), *separable_data(0)), gaussian_layers(0, (4, 3, 1)), 1.0)


def test_failing_linear_algebra_is_an_outcome_not_an_exception(monkeypatch):
    setting = relu_setting(3, (3, 4, 1))

    def fail(self, step):
        raise np.linalg.LinAlgError("SVD did not converge")

    monkeypatch.setattr(SlidingRun, "cut", fail)
    run = sliding_flow(setting, gaussian_layers(3, setting.widths), 1.0)
    assert run.status == "stalled" and "SVD did not converge" in run.message and len(run.samples) == 1


def test_ties_in_two_layers_of_integers_are_followed():
    """Gates that push nothing but rounding, dependent normals and an input that is zero."""
    inputs, labels = np.array([[0, -2], [2, 0], [0, 0], [-1, 1], [-1, -2], [2, 1]]), np.array([1, 1, -1, -1, 1, 1])
    setting = FlowSetting((2, 4, 4, 1), inputs, labels, "logistic", "relu", "constrained")
    start = [
        np.array([[-1.0, 2], [-1, 2], [0, -2], [0, -2]]),
        np.array([[-1.0, 0, 2, 2], [-2, 1, 1, -1], [-2, 0, -2, 2], [-1, 1, 2, 0]]),
        np.array([[1.0, 0, 2, 1]]),
    ]
    run = sliding_flow(setting, start, 0.0, rtol=1e-5, samples=4)
    assert run.status == "finished" and kinds(run)[0] == "several"
    assert run.samples[-1].log_loss < run.samples[0].log_loss


def test_gates_that_go_round_in_a_circle_end_the_run():
    setting = relu_setting(3, (3, 4, 1))
    run = SlidingRun(setting, gaussian_layers(3, setting.widths), 1e-5)
    for _ in range(20):
        run._adopt(run.system, "several", [(0, 1, 2)])
    assert "[(0, 1, 2)] keep changing" in run.ended
    run = SlidingRun(setting, gaussian_layers(3, setting.widths), 1e-5)
    for step in range(20):
        run.log_time = 0.1 * step
        run._adopt(run.system, "several", [(0, 1, 2)])
    assert not run.ended


@pytest.mark.parametrize("loss", ["exponential", "logistic", "square"])
def test_two_layer_resolvent_is_that_of_the_whole_jacobian(loss):
    setting = relu_setting(1, (3, 4, 1), "leaky-relu", loss=loss)
    layers = gaussian_layers(2, setting.widths)
    modes = np.where(setting.inputs @ layers[0].T >= 0, ON, OFF)
    modes[[0, 3, 3], [1, 1, 2]] = 0
    w = np.concatenate([layer.ravel() for layer in layers])
    piece = Piece(setting, setting.potential(), (modes,), w)
    state = np.append(piece.on_kink(w, []), 0.7)
    velocity, jacobian, first = FlowSystem.linearised(piece, state)
    ours, resolvent, outputs = piece.linearised(state)
    right = np.random.default_rng(0).normal(size=state.size)
    right[:-1] = piece.tangent(right[:-1])
    budget = 1e3 * EPS * max(1.0, np.abs(jacobian).max())
    assert np.abs(velocity - ours).max() < budget and np.abs(FlowSystem.velocity(piece, state) - ours).max() < budget
    assert np.abs(piece.tangent(first.T).T - outputs).max() < budget
    assert np.abs(np.linalg.solve(3.7 * np.eye(state.size) - jacobian, right) - resolvent(3.7)(right)).max() < budget


def test_one_layer_has_no_gates():
    inputs, labels = separable_data(1, 6, 3)
    start = gaussian_layers(1, (3, 1))
    relu = sliding_flow(FlowSetting((3, 1), inputs, labels, network="relu"), start, 2.0, rtol=1e-7)
    linear = smooth_flow(FlowSetting((3, 1), inputs, labels), start, 2.0, rtol=1e-7)
    assert relu.status == "finished" and not relu.events
    assert np.abs(relu.samples[-1].weights - linear.samples[-1].weights).max() < 1e-5


@pytest.mark.parametrize("flow", ["gradient", "constrained"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("network", ["relu", "leaky-relu"])
def test_jacobian_where_normals_bend_against_differences(flow, decay, network):
    setting = relu_setting(1, (3, 4, 3, 1), network, 6, flow=flow, weight_decay=decay)
    w = np.concatenate([layer.ravel() for layer in gaussian_layers(4, setting.widths)])
    modes = tuple(np.where(np.random.default_rng(2).random((6, h)) < 0.7, ON, OFF) for h in (4, 3))
    modes[0][2, 1] = modes[0][4, 0] = modes[1][2, 0] = modes[1][3, 1] = 0  # two of them of one example
    piece = Piece(setting, setting.potential(), modes, w)
    for _ in range(50):
        w = piece.on_kink(w, [])
    state = np.append(w, 0.7)
    velocity, jacobian, _ = piece.linearised(state)
    step, differences = 1e-5, []
    for i in range(state.size):
        ends = [piece.velocity(state + sign * step * np.eye(state.size)[i]) for sign in (1, -1)]
        differences.append((ends[0] - ends[1]) / (2 * step))
    size = np.abs(jacobian).max()
    assert np.abs(piece.velocity(state) - velocity).max() < 1e-8 * size
    assert np.abs(np.stack(differences, 1) - jacobian).max() < 1e-4 * size


def test_one_slope_below_in_place_of_several_above():
    """Unit 0 lets go of example 0, the only one that it sees: with that the whole second layer stands on its kinks."""
    setting = FlowSetting((1, 1, 2, 1), np.array([[1.0]]), np.array([1.0]), network="relu")
    layers = [np.array([[0.0]]), np.array([[1.0], [1.0]]), np.array([[1.0, -2.0]])]
    run = SlidingRun(setting, layers, 1e-6)
    run._search([(0, 0, 0), (1, 0, 0), (1, 1, 0)])
    assert all(k == 0 for k, _, _ in run.system.sliding)
