"""Batched two-layer flows: each against the general solver, alone and in company."""

import numpy as np

from numerics.flows.batch import _Nets, _Solver, _swap, _velocity, two_layer_flows
from numerics.flows.setting import FlowSetting
from numerics.flows.smooth import smooth_flow
from tests.numerics.flows.problems import gaussian_layers, separable_data

TIMES = (1.0, 30.0, 1000.0)


def batch(seeds, hidden=6):
    data = [separable_data(seed) for seed in seeds]
    starts = [gaussian_layers(seed, (4, hidden, 1)) for seed in seeds]
    return (
        np.stack([x for x, _ in data]),
        np.stack([y for _, y in data]),
        np.stack([w[0] for w in starts]),
        np.stack([w[1][0] for w in starts]),
    )


def test_every_flow_of_a_batch_is_the_single_flow():
    inputs, labels, first, second = batch(range(3))
    found = two_layer_flows(inputs, labels, first, second, TIMES, rtol=1e-6)
    for k in range(3):
        setting = FlowSetting((4, 6, 1), inputs[k], labels[k])
        run = smooth_flow(setting, [first[k], second[k][None]], TIMES[-1], at=TIMES[:-1], rtol=1e-7, samples=4)
        picked = [int(np.abs(run.log10_t - t).argmin()) for t in TIMES]
        assert np.allclose(found.log_loss[k], run.log_loss[picked], rtol=1e-6)
        assert np.allclose(found.margin[k], run.margin[picked], rtol=1e-6)
        assert np.allclose(found.norms[k], run.norms[picked], rtol=1e-5)
    assert found.drift.max() < 1e-13


def test_company_changes_nothing():
    alone = two_layer_flows(*batch([3]), TIMES, rtol=1e-5)
    together = two_layer_flows(*batch([1, 3, 2]), TIMES, rtol=1e-5)
    assert np.allclose(alone.log_loss[0], together.log_loss[1], rtol=1e-10)
    assert alone.steps[0] == together.steps[1]


def test_a_flow_that_does_not_arrive_is_nan():
    found = two_layer_flows(*batch([1]), (1.0, 1e4), rtol=1e-5, max_steps=40)
    assert np.isfinite(found.margin[0, 0]) and np.isnan(found.margin[0, 1])


def test_hand_inverted_system_is_inverse_of_the_jacobian():
    inputs, labels, first, second = batch([1, 2], hidden=3)
    rows = inputs * labels[..., None]
    v = np.concatenate([first, second[..., None]], axis=-1)
    _, rho, shares, _ = _velocity(rows, v)
    nets = _Nets(np.arange(2), rows, v, np.ones(2), np.array([0.05, 0.3]), v)
    solve = _Solver(nets, rho, shares)
    right = np.random.default_rng(0).normal(size=v.shape)
    x = solve(right)
    residual = solve.k[..., None] * x - solve.jacobian_times(x) - right
    assert np.abs(residual).max() < 1e3 * np.finfo(float).eps * np.abs(right).max() * solve.k.max()
    # and J is the derivative of F: central differences of two widths
    wide, narrow = (
        np.abs(
            (_velocity(rows, v + h * right)[0] - _velocity(rows, v - h * right)[0]) / (2 * h)
            - solve.jacobian_times(right)
        ).max()
        for h in (1e-2, 1e-3)
    )
    assert narrow < 0.02 * wide
    assert np.array_equal(_swap(v, rho), _velocity(rows, v)[0])
