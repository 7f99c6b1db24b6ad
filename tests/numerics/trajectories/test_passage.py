"""Short runs of many networks: against the solution that is known, and where steps are too long."""

import itertools

import torch

from numerics.trajectories.passage import decimal, field_of, passage, relabel
from numerics.world.points import Points
from numerics.world.simulated import SimulatedWorld

KEYWORDS = {"network": "relu", "widths": (3, 4, 1), "examples": 5, "loss": "logistic", "average": True}


def _points(widths=(3, 4, 1), examples=5, count=6):
    generator = torch.Generator().manual_seed(1)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    layers = tuple(normal(count, r, c) for c, r in itertools.pairwise(widths))
    y = torch.sign(normal(count, examples))
    return Points(layers, normal(count, examples, widths[0]), y, torch.zeros(count, len(layers), dtype=torch.float64))


def test_the_velocity_is_that_of_the_simulated_world():
    points = _points()
    world = SimulatedWorld(points, **KEYWORDS)
    for ours, theirs in zip(
        field_of(points, **KEYWORDS)(points.W), world.velocity(world.state, "gradient"), strict=True
    ):
        assert torch.allclose(ours, theirs.detach(), rtol=1e-12, atol=1e-14)


def test_one_example_and_one_layer_follow_the_logarithm():
    """y f = log(e^(y f_0) + |x|^2 t)"""
    keywords = {**KEYWORDS, "network": "linear", "widths": (3, 1), "examples": 1, "loss": "exponential"}
    points = _points((3, 1), 1)
    start = points.y[:, 0] * (points.W[0] @ points.x.transpose(1, 2))[:, 0, 0]
    for t, later in passage(points, **keywords):
        outputs = later.y[:, 0] * (later.W[0] @ later.x.transpose(1, 2))[:, 0, 0]
        known = torch.log(torch.exp(start) + points.x[:, 0].square().sum(1) * t)
        assert torch.allclose(outputs, known, rtol=0, atol=1e-4)


def test_times_grow_and_the_loss_falls():
    points = _points()
    looks = list(passage(points, **KEYWORDS))
    losses = torch.stack([field_of(p, **KEYWORDS).total(p.W) for _, p in looks])
    times = torch.stack([t for t, _ in looks])
    alive = ~times[1:].isnan()
    assert bool((times.diff(dim=0)[alive] > 0).all()) and bool(alive.any())
    assert bool((losses.diff(dim=0)[alive] <= 1e-12).all())


def test_labels_are_signs_and_of_both_kinds():
    points = relabel(_points(), **KEYWORDS)
    world = SimulatedWorld(points, **KEYWORDS)
    assert bool((world.margins(world.state, False) > 0).all())
    assert bool((points.y.amin(1) < points.y.amax(1)).all())


def test_decimals():
    assert torch.equal(decimal(_points(), 1).W[0] * 10, (decimal(_points(), 1).W[0] * 10).round())
