"""Discrete descent: order of its distance from the flow, loss-scaled steps, SGD averages, divergence."""

import numpy as np
import pytest

from numerics.flows.descent import StepRule, descend
from numerics.flows.setting import FlowSetting
from numerics.flows.smooth import smooth_flow
from tests.numerics.flows.problems import gaussian_layers, separable_data


@pytest.mark.parametrize("more", [{}, {"loss": "square"}, {"loss": "logistic", "weight_decay": 0.05}], ids=str)
def test_descent_is_first_order_in_its_step(more):
    setting = FlowSetting((4, 3, 1), *separable_data(1), **more)
    start, time = gaussian_layers(2, (4, 3, 1)), 2.0
    flow = smooth_flow(setting, start, np.log10(time), rtol=1e-8).samples[-1].weights
    errors = []
    for rate in (4e-3, 2e-3, 1e-3):
        run = descend(setting, start, round(time / rate), StepRule(rate), samples=4)
        assert run.samples[-1].log_t == pytest.approx(np.log(time))
        errors.append(np.abs(run.samples[-1].weights - flow).max())
    assert 1.8 < errors[0] / errors[1] < 2.2
    assert 1.9 < errors[1] / errors[2] < 2.1


def test_loss_scaled_descent_reaches_times_that_constant_steps_cannot_but_drifts():
    setting = FlowSetting((4, 3, 1), *separable_data(1))
    start = gaussian_layers(2, (4, 3, 1))
    scaled = descend(setting, start, 4000, StepRule(0.01, scaled=True, adaptive=True), log10_t=500.0)
    constant = descend(setting, start, 4000, StepRule(0.01))
    assert scaled.samples[-1].log_t > 100 * constant.samples[-1].log_t > 0
    assert np.all(np.diff(scaled.log_loss) <= 0)
    assert scaled.drift[-1] > 1e-6  # the flow keeps this below 1e-13


def test_full_batch_sgd_is_gradient_descent_and_seeds_decide_the_order():
    setting = FlowSetting((4, 3, 1), *separable_data(1))
    start = gaussian_layers(2, (4, 3, 1))
    plain = descend(setting, start, 50, StepRule(0.02))
    whole = descend(setting, start, 50, StepRule(0.02), batch=len(setting.inputs))
    assert np.allclose(plain.samples[-1].weights, whole.samples[-1].weights, rtol=1e-12, atol=1e-13)
    one, two, again = (
        descend(setting, start, 50, StepRule(0.02), batch=2, seed=s).samples[-1].weights for s in (1, 2, 1)
    )
    assert np.array_equal(one, again) and not np.allclose(one, two, rtol=1e-6)


def test_sgd_over_an_epoch_is_descent_to_first_order():
    setting = FlowSetting((4, 3, 1), *separable_data(1, examples=8))
    start = gaussian_layers(2, (4, 3, 1))
    gaps = []
    for rate in (1e-3, 5e-4):
        epoch = descend(setting, start, 8, StepRule(rate), batch=1).samples[-1].weights
        plain = descend(setting, start, 8, StepRule(rate)).samples[-1].weights
        gaps.append(np.abs(epoch - plain).max())
    assert gaps[0] / gaps[1] == pytest.approx(4.0, rel=0.1)


def test_too_large_a_step_is_reported():
    setting = FlowSetting((4, 3, 1), *separable_data(1), loss="square")
    assert descend(setting, gaussian_layers(2, (4, 3, 1)), 500, StepRule(50.0)).status == "diverged"


def test_rules_that_do_not_fit_are_refused():
    setting = FlowSetting((4, 1), *separable_data(1), weight_decay=0.1)
    with pytest.raises(ValueError, match="decay needs constant"):
        descend(setting, gaussian_layers(2, (4, 1)), 5, StepRule(0.1, scaled=True))
    with pytest.raises(ValueError, match="positive"):
        StepRule(0.0)
