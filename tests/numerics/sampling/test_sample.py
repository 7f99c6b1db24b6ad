"""Samples: every point admissible, every start and kind of data what it says, the same seed the same points."""

from math import sqrt

import numpy as np
import pytest
import torch

from numerics.network.activations import Activation
from numerics.sampling import admissible, labelling
from numerics.sampling.data import linear_separator
from numerics.sampling.families import ADVERSARIAL, Draw
from numerics.sampling.integer_points import integer_points
from numerics.sampling.sample import STARTS, sample
from numerics.world.margin import max_margin
from numerics.world.points import Points, concatenate
from numerics.world.simulated import SimulatedWorld

RELU = {"network": "relu", "widths": (4, 3, 2, 1), "examples": 5, "loss": "exponential"}
CLASSES = {"network": "relu", "widths": (4, 5, 3), "examples": 6, "loss": "cross-entropy"}
SAMPLERS = {"sample": sample, "integers": integer_points}


def world_at(points, setting):
    return SimulatedWorld(points, **setting)


def test_families_and_counts():
    points, left_out = sample(count=64, seed=0, **RELU)
    assert 48 <= len(points) <= 64
    assert points.family.count("gaussian") == 32
    assert set(points.family) - {"gaussian"} <= set(ADVERSARIAL)
    assert len(set(points.family)) > 10
    assert left_out["near a kink"] > 0
    plain, _ = sample(count=64, seed=0, adversarial=False, **RELU)
    assert set(plain.family) == {"gaussian"}


def test_a_seed_means_the_same_points():
    first, second = (sample(count=20, seed=7, data="separable", start="separating", **RELU)[0] for _ in range(2))
    other, _ = sample(count=20, seed=8, data="separable", start="separating", **RELU)
    assert all(torch.equal(a, b) for a, b in zip((*first.W, first.x), (*second.W, second.x), strict=True))
    assert not torch.equal(first.x[:5], other.x[:5])


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("data", ["generic", "separable"])
def test_starts(start, data, sampler):
    points, _ = SAMPLERS[sampler](count=64, seed=1, start=start, data=data, **RELU)
    assert len(points) > 20
    world = world_at(points, RELU)
    assert bool((points.y.abs() == 1).all())
    assert bool((points.y.amin(1) < points.y.amax(1)).all())
    if start in ("separating", "balanced", "equal-norms"):
        assert bool((world.margins(world.state, False) > 0).all())
    if start == "balanced":
        for low, high in zip(points.W, points.W[1:], strict=False):
            gap = high.transpose(1, 2) @ high - low @ low.transpose(1, 2)
            assert float(gap.abs().max()) < 1e-14 * float(1 + (low * low).max() ** 2)
    if start == "equal-norms":
        norms = torch.stack(world.state.rho)
        assert bool(((norms / norms[0] - 1).abs() < 1e-14).all())


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_points_are_exact_in_single_precision(sampler):
    points, _ = SAMPLERS[sampler](count=32, seed=2, data="separable", start="separating", **RELU)
    rounded = points.rounded()
    assert all(torch.equal(a, b) for a, b in zip((*points.W, points.x), (*rounded.W, rounded.x), strict=True))


def test_no_point_is_near_a_kink_at_either_precision():
    points, _ = sample(count=128, seed=3, **RELU)
    gates = []
    for dtype in (torch.float64, torch.float32):
        world = SimulatedWorld(points, dtype=dtype, **RELU)
        gates.append([world.gates(world.state, k, n).double() for k in (1, 2) for n in range(1, 6)])
    assert all(torch.equal(a, b) for a, b in zip(*gates, strict=True))


@pytest.mark.parametrize("setting", [RELU, CLASSES])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_nonseparable_data_have_no_linear_separator(setting, sampler):
    points, _ = SAMPLERS[sampler](count=24, seed=4, data="nonseparable", **setting)
    assert len(points) > 12
    for x, y in zip(points.x.numpy(), points.y.numpy(), strict=True):
        if setting is CLASSES:  # classes 1 and 2 alone are inseparable
            x, y = x[y <= 2], y[y <= 2] - 1.5
        assert linear_separator(x, y) is None


def test_nonseparable_data_need_more_examples_than_inputs():
    points, left_out = sample(count=8, seed=0, data="nonseparable", **{**RELU, "examples": 3})
    assert len(points) == 0
    assert left_out["linearly separable"] > 0


def test_separable_data_may_be_labelled_by_another_network():
    points, _ = sample(count=64, seed=5, data="separable", **RELU)
    world = world_at(points, RELU)
    right = (world.margins(world.state, False) > 0).all(1)
    assert 8 < int(right.sum()) < len(points) - 8


def test_digits():
    setting = {**RELU, "widths": (64, 4, 1), "examples": 7}
    points, _ = sample(count=16, seed=6, data="digits", start="separating", **setting)
    assert len(points) > 8
    world = world_at(points, setting)
    assert bool((world.margins(world.state, False) > 0).all())
    assert set((16 * points.x).unique().tolist()) <= set(map(float, range(17)))
    classes, _ = sample(count=16, seed=6, data="digits", **{**setting, "widths": (64, 4, 10), "loss": "cross-entropy"})
    assert set(classes.y.unique().tolist()) <= set(map(float, range(1, 11)))
    balanced, _ = sample(count=8, seed=6, data="digits", start="balanced", **{**setting, "widths": (64, 3, 2, 1)})
    assert len(balanced) > 4
    gap = balanced.W[1].transpose(1, 2) @ balanced.W[1] - balanced.W[0] @ balanced.W[0].transpose(1, 2)
    assert float(gap.abs().max()) < 1e-13


def test_data_that_do_not_fit_the_setting(tmp_path):
    with pytest.raises(ValueError, match="digits: 64 inputs a row, but the first width is 4"):
        sample(count=4, data="digits", **RELU)
    path = tmp_path / "few.csv"
    path.write_text("a,b,c,d,label\n1,2,3,4,1\n2,1,0,0,-1\n")
    with pytest.raises(ValueError, match="2 rows, but the setting asks for 5 examples"):
        sample(count=4, data=str(path), **RELU)
    points, _ = sample(count=4, data=str(path), **{**RELU, "examples": 2})
    assert points.x[0].tolist() == [[1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"start": "warm"}, "start 'warm'"),
        ({"at": "infinity"}, "at 'infinity'"),
        ({"at": "stationary", "start": "balanced"}, "leaves the weights of start 'balanced'"),
        ({"at": "interpolating"}, "about the square loss"),
        ({"weight_decay": (0, 1)}, "2 weight decays for 3 layers"),
    ],
)
def test_errors(keywords, message):
    with pytest.raises(ValueError, match=message):
        sample(count=4, **{**RELU, **keywords})


def test_weight_decay():
    fixed, _ = sample(count=4, weight_decay=(0, 0.5, 0.25), **RELU)
    assert fixed.decay.tolist() == [[0.0, 0.5, 0.25]] * 4
    free, _ = sample(count=16, weight_decay="any", **RELU)
    assert bool((free.decay > 0).all())
    assert torch.equal(free.decay[:, 0], free.decay[:, 2])
    assert len(free.decay[:, 0].unique()) > 4
    apart, _ = sample(count=16, weight_decay=("any", 0, "any"), **RELU)
    assert not torch.equal(apart.decay[:, 0], apart.decay[:, 2])
    assert bool((apart.decay[:, 1] == 0).all())


def test_integer_points_come_simplest_first():
    points, _ = integer_points(count=60, seed=0, **RELU)
    entries = torch.cat([t.flatten(1).abs() for t in (*points.W, points.x)], 1)
    assert torch.equal(entries, entries.round())
    assert float(entries.max()) <= 2
    largest = entries.amax(1)
    assert bool((largest[1:] >= largest[:-1]).all())
    assert len(set(points.family)) >= 5
    square, _ = integer_points(count=20, **{**RELU, "loss": "square", "network": "linear"})
    assert bool((square.y == square.y.round()).all())


def test_inadmissible_points_are_seen():
    w = [torch.tensor(t, dtype=torch.float64) for t in ([[[1.0, -1.0]], [[1.0, 1.0]], [[0.0, 0.0]]], [[[1.0]]] * 3)]
    x = torch.tensor([[[1.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]]).double()
    points = Points(tuple(w), x, torch.tensor([[1.0, -1.0], [1.0, 1.0], [1.0, -1.0]]).double(), torch.zeros(3, 2))
    relu = Activation("relu")
    assert admissible.near_kink(points, relu, False).tolist() == [True, False, True]
    assert admissible.near_kink(points, Activation("power"), False).tolist() == [False] * 3
    assert admissible.zero_layer(points).tolist() == [False, False, True]
    assert admissible.dependent_inputs(points).tolist() == [False, True, False]
    assert admissible.labels_alike(points, "exponential").tolist() == [False, True, False]
    assert admissible.labels_alike(points, "square").tolist() == [False] * 3


def test_a_dead_layer_is_no_kink():
    w = tuple(torch.tensor([t]).double() for t in ([[-1.0, -1.0]], [[2.0]], [[1.0]]))
    points = Points(w, torch.ones(1, 1, 2).double(), torch.ones(1, 1).double(), torch.zeros(1, 3).double())
    assert not bool(admissible.near_kink(points, Activation("relu"), False).any())


def test_equal_margins_are_equal():
    draw = Draw(torch.Generator().manual_seed(0), 6, (5, 3, 2, 1), 4)
    layers, x = ADVERSARIAL["equal-margins"](draw)
    outputs = labelling.Task((5, 3, 2, 1), 4, "exponential", "generic", Activation("relu"), False).outputs(layers, x)
    sizes = outputs[:, 0].abs()
    torch.testing.assert_close(sizes, sizes[:, :1].expand_as(sizes), rtol=1e-12, atol=0)


def test_points_select_and_join():
    points, _ = sample(count=10, **RELU)
    some = points.select(torch.arange(len(points)) % 2 == 0)
    assert torch.equal(some.x, points.x[::2])
    assert some.family == points.family[::2]
    assert len(points.instance(3)) == 1
    both = concatenate([some, points.instance(3)])
    assert torch.equal(both.x[-1], points.x[3])
    with pytest.raises(ValueError, match="different batch sizes"):
        Points(points.W, points.x[:1], points.y, points.decay)


def test_max_margin():
    # rows (1, 1) and (-1, 1): w = (0, 1), margin 1; rows (1, 0) and (-1, 0): none
    x = torch.tensor([[[1.0, 1.0], [1.0, -1.0]], [[1.0, 0.0], [1.0, 0.0]]]).double()
    margins, directions = max_margin(x, torch.tensor([[1.0, -1.0], [1.0, -1.0]]).double())
    torch.testing.assert_close(margins[0], torch.tensor(1.0).double(), rtol=1e-14, atol=0)
    torch.testing.assert_close(directions[0], torch.tensor([0.0, 1.0]).double(), rtol=0, atol=1e-15)
    assert bool(torch.isnan(margins[1]))
    random = np.random.default_rng(1)
    z = random.normal(size=(6, 3)) + np.array([2.0, 0, 0])
    best, w = max_margin(torch.as_tensor(z)[None], torch.ones(1, 6).double())
    for _ in range(200):
        other = w[0].numpy() + random.normal(size=3) * 0.1
        assert (z @ other).min() / sqrt(other @ other) <= float(best) + 1e-12
