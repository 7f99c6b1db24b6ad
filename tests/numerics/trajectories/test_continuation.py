"""Stationary points followed to vanishing weight decay: against closed forms, hard margins and KKT systems."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from numerics.flows.hard_margin import hard_margin
from numerics.sampling.sample import sample
from numerics.trajectories.continuation import corrected, followed, path, starts
from numerics.trajectories.regularised import Interpolation, PathLost, Problem, problem
from numerics.world.points import Points

COMMON = {
    "average": False,
    "weight_decay": "any",
    "degree": 2,
    "slope": Fraction(1, 10),
    "smooth": "softplus",
    "output_activation": False,
}
LINE = {"network": "linear", "widths": (3, 1), "examples": 5, "loss": "exponential", **COMMON}
DEEP = {**LINE, "widths": (3, 2, 1)}
SQUARE = {"network": "linear", "widths": (5, 1), "examples": 3, "loss": "square", **COMMON}


def found(setting, at="minimum", data="separable", count=1):
    points, _ = sample(count=count, seed=1, data=data, adversarial=False, **setting)
    return starts(points, at, **setting)


@pytest.mark.parametrize("loss", ["exponential", "logistic"])
def test_directions_end_in_the_hard_margin(loss):
    run = path(found({**LINE, "loss": loss}), **{**LINE, "loss": loss}).fine
    start = run.points
    best = hard_margin(start.x[0].numpy(), start.y[0].numpy())
    w = start.W[0][-1, 0]
    assert run.status == "done" and float(run.log_t[-1]) > 2e6
    assert float((w / w.norm() - torch.as_tensor(best.direction)).norm()) < 1e-4
    assert float(w.norm()) * best.margin == pytest.approx(float(run.log_t[-1]), rel=1e-4)


def test_ridge_regression():
    start = found(SQUARE, data="generic")
    run = followed(start, 1e-9, **SQUARE)
    x, y = start.x[0], start.y[0]
    for i in (0, 3, 6):
        ridge = x.T @ torch.linalg.solve(x @ x.T + run.points.decay[i, 0] * torch.eye(3), y)
        assert torch.allclose(run.points.W[0][i, 0], ridge, rtol=1e-7)
    assert torch.allclose(run.points.W[0][-1, 0], torch.linalg.pinv(x) @ y, rtol=1e-7)


def test_deep_paths_balance_their_layers():
    run = path(found(DEEP), **DEEP).fine
    norms = [w.flatten(1).norm(dim=1) for w in run.points.W]
    assert torch.allclose(norms[0], norms[1], rtol=1e-6)


def test_zero_weights_stay():
    points, _ = sample(count=1, seed=1, data="separable", adversarial=False, **DEEP)
    zero = Points(tuple(0 * w for w in points.W), points.x, points.y, points.decay)
    run = followed(zero, 1e-8, **DEEP)
    assert run.status == "done" and not any(bool(w.any()) for w in run.points.W)
    assert torch.allclose(run.log_loss, torch.log(torch.tensor(5.0, dtype=torch.float64)))


def test_regular_minima_stop_where_the_decay_is_lost_in_rounding():
    nonseparable = found(LINE, data="nonseparable")
    run = followed(nonseparable, 1e-8, **LINE)
    assert run.status == "done" and len(run) == run.wanted and float(run.log_t[-1]) < 40


SMOOTH = [("smooth", s) for s in ("softplus", "tanh", "swish")]


@pytest.mark.parametrize(("network", "smooth"), [*((n, "") for n in ("linear", "relu", "power")), *SMOOTH])
@pytest.mark.parametrize("loss", ["exponential", "square"])
def test_derivatives_match_differences(network, smooth, loss):
    setting = {**DEEP, "network": network, "smooth": smooth or "softplus", "loss": loss, "examples": 2}
    points, _ = sample(count=1, seed=3, adversarial=False, data="generic", **setting)
    made = problem(points, **setting)
    assert isinstance(made, Interpolation) == (loss == "square" and network != "relu")
    z = made.start(np.concatenate([w[0].numpy().ravel() for w in points.W]), 0.7)
    at, step = made.linearised(z, 0.7), 1e-6
    scale = np.exp(at.log_scale)
    for i in range(len(z)):
        near = [made.linearised(z + sign * step * np.eye(len(z))[i], 0.7) for sign in (1, -1)]
        column = (near[0].value * np.exp(near[0].log_scale) - near[1].value * np.exp(near[1].log_scale)) / (2 * step)
        assert np.allclose(column, scale * at.matrix[:, i], rtol=1e-5, atol=1e-5 * scale)


def test_what_is_no_path():
    points, _ = sample(count=1, seed=3, adversarial=False, data="generic", **DEEP)
    far = Problem(points, **DEEP)
    with pytest.raises(PathLost):
        corrected(far, np.full(far.size, np.nan), 1.0, 1e-8)


def test_starts_without_zero_layers():
    some = found(DEEP, at="any", count=3)
    assert len(some) and all(bool((w.flatten(1).norm(dim=1) > 0).all()) for w in some.W)


@pytest.mark.parametrize(("smooth", "grows"), [("softplus", 2), ("tanh", 1)])
def test_smooth_networks_are_followed_as_far_as_floats_know_their_units(smooth, grows):
    setting = {**DEEP, "network": "smooth", "smooth": smooth, "examples": 4}
    run = path(found(setting, count=3).instance(0), **setting).fine
    assert run.status == "done" or "saturates" in run.message
    assert len(run) > run.wanted // 2
    # the loss vanishes like the decay, so that the outputs grow like log(1/decay)
    last = run.points.W[-1][:, 0].norm(dim=1)
    rate = torch.log(last[-1] / last[-9]) / torch.log(run.log_t[-1] / run.log_t[-9])
    assert float(rate) == pytest.approx(1 / grows, rel=0.05)


def test_a_path_ends_where_it_takes_too_many_steps():
    made = Problem(found(DEEP), **DEEP)
    made.left = 1
    made.spend()
    with pytest.raises(PathLost, match="too many"):
        made.spend()
