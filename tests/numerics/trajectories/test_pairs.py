"""Runs from sampled starts, values on their own scale, and what a series tends to."""

import math

import numpy as np
import pytest
import torch

from numerics.flows.hard_margin import hard_margin
from numerics.sampling.sample import sample
from numerics.trajectories.asymptotics import Series, vanishes
from numerics.trajectories.pairs import TOLERANCES, chosen, fading, pair, sample_times, with_data_of
from numerics.world.scaled import Scaled, ScaledWorld, aligned

LINE = {"network": "linear", "widths": (3, 1), "examples": 4, "loss": "exponential"}
RELU = {"network": "relu", "widths": (4, 3, 1), "examples": 5, "loss": "exponential"}


def points_of(setting, count=8, **more):
    return sample(count=count, seed=0, **{"data": "separable", "start": "separating", **more}, **setting)[0]


# ---- series


def series(values, reach=2.3e6, relative=1e-9):
    """A series with a known law, disturbed by less than its error."""
    x = np.geomspace(2.3, reach, 97)
    with np.errstate(all="ignore"):
        size = np.log(np.abs(values(x)))
    return Series(x, size + relative * np.sin(x), size, size + np.log(1e-7), size, TOLERANCES[False][0])


@pytest.mark.parametrize(
    "law",
    [
        lambda x: 1 / x + 3 / x**2,
        lambda x: np.log(x) / x,
        lambda x: x**-0.5 * (1 + 2 * x**-0.5),
        lambda x: x ** (-1 / 3) * (1 + x ** (-1 / 3)),
    ],
)
def test_powers_of_log_t_vanish(law):
    assert vanishes(series(law)).answer is True


@pytest.mark.parametrize(
    "law",
    [
        np.ones_like,
        lambda x: 0.3 + np.log(x) / x,
        lambda x: 1e-3 + 1 / x,
        np.log,
        np.sqrt,
        lambda x: 0.5 + x ** (-1 / 3),
    ],
)
def test_levels_and_growth_do_not_vanish(law):
    assert vanishes(series(law)).answer is False


@pytest.mark.parametrize("law", [lambda x: 1 / np.log(x), lambda x: 1 + 1 / np.log(x)])
def test_what_creeps_like_log_log_t_is_not_decided(law):
    assert vanishes(series(law)).answer is None


def test_exponential_decay_is_told_by_its_logarithm():
    x = np.geomspace(2.3, 2.3e6, 97)
    size = -x - 2 * np.log(x)
    assert vanishes(Series(x, size, size, size - 16, size, 1e-5)).answer is True


def test_two_runs_that_disagree_decide_nothing():
    x = np.geomspace(2.3, 2.3e6, 97)
    size = -np.log(x)
    assert vanishes(Series(x, size, size, size + 1, size, 1e-5)).answer is None


def test_a_number_within_the_error_of_the_runs_is_zero():
    x = np.geomspace(2.3, 2.3e6, 97)
    assert vanishes(Series(x, -0 * x - 20, -0 * x - 20, -0 * x - 15, 0 * x, 1e-5)).answer is True


# ---- scaled values


def test_sums_are_formed_on_the_larger_scale():
    a, b = Scaled(torch.tensor([1.0]).double(), torch.tensor([1e6])), Scaled(torch.tensor([2.0]).double())
    (m, n), scale = aligned([a, b])
    assert (float(m), float(n), float(scale)) == (1.0, 0.0, 1e6)


def test_time_beyond_floats_keeps_its_logarithm():
    world = ScaledWorld(points_of(LINE, 1), torch.tensor([1e6]).double(), torch.tensor([-1e6]).double(), **LINE)
    t, loss = world.time, world.loss_value(world.state)
    assert float(world.apply("log", t).flat) == 1e6
    assert float(world.scale(t, loss).flat) == 1.0
    assert float(world.apply("log", world.power(t, 3)).flat) == 3e6
    assert float(world.apply("exp", world.negate(world.apply("log", t))).log_size) == -1e6


def test_li_joins_its_asymptotic_series():
    below, above = (
        float(
            ScaledWorld(points_of(LINE, 1), torch.tensor([y], dtype=torch.float64), torch.zeros(1), **LINE)
            .apply("li", Scaled(torch.ones(1).double(), torch.tensor([y], dtype=torch.float64)))
            .log_size
        )
        for y in (229.999, 230.001)
    )
    slope = (above - below) / 0.002
    assert slope == pytest.approx(1 - 1 / 230, abs=1e-4)  # d log li(e^y)/dy = 1 - 1/y - ...


# ---- runs


def test_a_run_is_sampled_at_the_wanted_times_at_both_tolerances():
    run = pair(points_of(LINE).instance(0), **LINE)
    times = sample_times(False, False) * math.log(10)
    for each in (run.coarse, run.fine):
        assert np.allclose(each.log_t.numpy(), times, rtol=1e-8)
    assert not run.ended and run.power == 1.0


def test_one_layer_follows_the_hard_margin():
    start = points_of(LINE).instance(0)
    run = pair(start, **LINE).fine
    best = hard_margin(start.x[0].numpy(), start.y[0].numpy())
    w = run.points.W[0][-1, 0].numpy()
    assert np.linalg.norm(w / np.linalg.norm(w) - best.direction) < 1e-4
    assert np.linalg.norm(w) * best.margin / float(run.log_t[-1]) == pytest.approx(1, abs=1e-3)


def test_the_same_seed_gives_the_same_run():
    first, second = (pair(points_of(LINE).instance(3), **LINE).fine for _ in range(2))
    assert torch.equal(first.points.W[0], second.points.W[0])


def test_starts_are_random_and_adversarial():
    few = chosen(points_of(RELU, 64), 3, 4)
    assert few.family[:3] == ("gaussian",) * 3
    assert len(set(few.family)) == 5


def test_other_weights_on_the_same_data_separate_it():
    shared = with_data_of(points_of(LINE, 12), 2, "separating", LINE)
    assert len(shared) > 1
    assert torch.equal(shared.x, shared.x[:1].expand_as(shared.x))
    margins = (shared.x @ shared.W[0][:, 0].unsqueeze(2))[:, :, 0] * shared.y
    assert bool((margins > 0).all())


def test_a_start_that_separates_may_lose_an_example_for_good():
    lost = fading(points_of(RELU, 128), 1, **RELU)
    assert len(lost) == 1
    run = pair(lost, **RELU)
    assert not run.ended
    assert float(run.fine.log_loss[-1].exp()) > 1 / 5 - 1e-3  # each lost example costs exp(0)/N


def test_networks_that_flows_do_not_cover_are_refused():
    with pytest.raises(ValueError, match="output activation"):
        pair(points_of(RELU).instance(0), **RELU, output_activation=True)
