"""Flows by multistep formulas: against the one-step solver, the derivative of the velocity, ends and refusals."""

import itertools

import numpy as np
import pytest

from numerics.flows.coordinates import choose_coordinates
from numerics.flows.multistep import _form, _log_rate, multistep_flow
from numerics.flows.setting import FlowSetting
from numerics.flows.smooth import smooth_flow
from numerics.flows.system import FlowSystem
from numerics.flows.trajectory import LOG10
from tests.numerics.flows.problems import gaussian_layers, separable_data

EPS = np.finfo(float).eps
CASES = [
    {"widths": (4, 1)},
    {"widths": (4, 7, 1)},
    {"widths": (4, 3, 2, 1), "average": False},
    {"widths": (4, 3, 1), "loss": "logistic"},
    {"widths": (4, 2, 3), "loss": "cross-entropy"},
    {"widths": (4, 3, 1), "network": "power", "loss": "logistic"},
    {"widths": (4, 3, 3), "network": "smooth", "smooth": "tanh", "loss": "cross-entropy"},
    {"widths": (4, 3, 1), "network": "smooth", "smooth": "swish"},
]


def setting_of(case, seed=1):
    inputs, labels = separable_data(seed)
    if case.get("loss") == "cross-entropy":
        labels = np.arange(len(inputs)) % case["widths"][-1] + 1
    return FlowSetting(inputs=inputs, labels=labels, **case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_the_flow_of_the_one_step_solver(case):
    setting, times = setting_of(case), (0.5, 2.0)
    start = gaussian_layers(2, setting.widths)
    truth = smooth_flow(setting, start, times[-1], at=times, rtol=1e-9, samples=4)
    picked = [int(np.abs(truth.log10_t - time).argmin()) for time in times]
    errors = []
    for rtol in (1e-4, 1e-7):
        run = multistep_flow(setting, start, times[-1], at=times, rtol=rtol, samples=0)
        assert run.status == "finished" and len(run.samples) == 1 + len(times)
        errors.append(np.abs(run.weights[1:] - truth.weights[picked]).max())
        assert np.allclose(run.log_loss[1:], truth.log_loss[picked], rtol=0, atol=100 * rtol)
    assert errors[1] < 1e-4 and errors[1] < 0.2 * errors[0]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_forms_are_the_gradient_and_its_derivative(case):
    setting = setting_of(case)
    coordinates, layers = choose_coordinates(setting, gaussian_layers(5, setting.widths), anchored=False)
    w = np.concatenate([layer.ravel() for layer in layers])
    form, u = _form(coordinates), 0.3
    y = form.pack(w)
    assert np.array_equal(form.unpack(y), w)
    phi, slope = FlowSystem(setting, coordinates).slope(w)
    velocity = form.unpack(form.velocity(u, y))
    assert np.allclose(velocity, np.exp(_log_rate(u) + phi) * slope, rtol=1e-12, atol=1e-13)
    move = np.random.default_rng(1).normal(size=y.size)
    turned = form.jacobian(u, y) @ move
    wide, narrow = (
        np.abs((form.velocity(u, y + h * move) - form.velocity(u, y - h * move)) / (2 * h) - turned).max()
        for h in (1e-2, 1e-3)
    )
    assert narrow < 0.02 * wide + 1e-9 * np.abs(turned).max()


def test_late_times_agree_and_balancedness_is_kept():
    setting = FlowSetting((4, 6, 1), *separable_data(3))
    start, times = gaussian_layers(3, (4, 6, 1)), (10.0, 1e3)
    run = multistep_flow(setting, start, 1e3, at=times, rtol=1e-7, samples=0)
    truth = smooth_flow(setting, start, 1e3, at=times, rtol=1e-8, samples=4)
    picked = [int(np.abs(truth.log10_t - time).argmin()) for time in times]
    assert np.allclose(run.log_loss[1:], truth.log_loss[picked], rtol=1e-6)
    assert np.allclose(run.margin[1:], truth.margin[picked], rtol=1e-6)
    assert run.drift.max() < 100 * EPS


def test_samples_are_even_in_the_clock_and_asked_times_are_among_them():
    setting = FlowSetting((4, 3, 1), *separable_data(1))
    told = []
    run = multistep_flow(setting, gaussian_layers(2, (4, 3, 1)), 50.0, at=(3.0,), samples=6, progress=told.append)
    assert len(run.samples) == 1 + 6 + 2 and len(told) == 8
    assert np.abs(run.log10_t - 3.0).min() < 1e-12 and run.log10_t[-1] == pytest.approx(50.0, rel=1e-12)
    assert all(low < high for low, high in itertools.pairwise(told))


def test_interruption_keeps_what_was_reached():
    setting = FlowSetting((4, 3, 1), *separable_data(1))

    def stop(log10_t):
        if log10_t > 5:
            raise KeyboardInterrupt

    run = multistep_flow(setting, gaussian_layers(2, setting.widths), 300.0, progress=stop)
    assert run.status == "interrupted"
    assert 4 < run.samples[-1].log_t / LOG10 < 10


def test_too_few_steps_are_reported():
    setting = FlowSetting((4, 3, 1), *separable_data(1))
    run = multistep_flow(setting, gaussian_layers(2, setting.widths), 300.0, samples=0, max_steps=5)
    assert run.status == "stalled" and "LSODA" in run.message and len(run.samples) == 1


@pytest.mark.parametrize("more", [{"loss": "square"}, {"weight_decay": 0.1}, {"flow": "constrained"}], ids=str)
def test_what_it_does_not_cover_is_refused(more):
    setting = FlowSetting((4, 3, 1), *separable_data(1), **more)
    with pytest.raises(ValueError, match="loss of margins"):
        multistep_flow(setting, gaussian_layers(2, (4, 3, 1)), 1.0)
