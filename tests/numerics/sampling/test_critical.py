"""Points moved to stationary places: they are there, and minima are minima."""

import pytest
import torch

from numerics.network.forward import forward
from numerics.sampling.critical import _symmetry_tangents, moved, symmetry_dimension
from numerics.sampling.sample import sample
from numerics.world.points import Points
from numerics.world.simulated import SimulatedWorld
from numerics.world.state import stacked

LINEAR = {"network": "linear", "widths": (2, 3, 1), "examples": 4, "loss": "exponential"}


def taken(at, setting, **sampling):
    points, left_out = sample(count=8, seed=0, at=at, rounds=1, adversarial=False, **sampling, **setting)
    assert len(points) >= 3
    return SimulatedWorld(points, **setting), left_out


def slopes(world):
    return stacked(world.slopes(world.state))


def test_stationary_points():
    world, left_out = taken("stationary", LINEAR, data="nonseparable")
    assert bool((slopes(world).norm(dim=1) <= 1e-9 * (1 + world.loss_value(world.state))).all())
    assert left_out["near a kink"] == 0


def test_zero_weights_are_stationary_in_deep_linear_networks():
    points, _ = sample(count=2, adversarial=False, data="nonseparable", **LINEAR)
    zero = Points(tuple(torch.zeros_like(w) for w in points.W), points.x, points.y, points.decay)
    found, reasons = moved(zero, "stationary", True, LINEAR)
    assert not any(bool(w.any()) for w in found.W)
    assert not bool(reasons["no stationary point found"].any())


def test_minima():
    world, _ = taken("minimum", LINEAR, data="nonseparable")
    assert bool((slopes(world).norm(dim=1) <= 1e-9 * (1 + world.loss_value(world.state))).all())
    generator = torch.Generator().manual_seed(0)
    value = world.loss_value(world.state)
    for _ in range(20):
        near = [w + 1e-3 * torch.randn(w.shape, generator=generator, dtype=torch.float64) for w in world.points.W]
        assert bool((world.loss_value(type(world.state)(W=near)) >= value - 1e-15).all())


def test_stationary_directions():
    setting = {**LINEAR, "network": "relu"}
    world, _ = taken("stationary-direction", setting)
    for k in (1, 2):
        speed = world.norm(world.rate(world.state, lambda t, k=k: world.direction(t, k), "fixed-rho"))
        assert bool((speed <= 1e-9 * (1 + world.loss_value(world.state)) * world.norm_product(world.state)).all())


@pytest.mark.parametrize("data", ["generic", "digits"])
def test_interpolants(data):
    widths = (64, 6, 1) if data == "digits" else (2, 3, 1)
    world, _ = taken("interpolating", {**LINEAR, "network": "relu", "loss": "square", "widths": widths}, data=data)
    assert float(world.loss_value(world.state).max()) < 1e-18


def test_symmetries():
    points, _ = sample(count=4, adversarial=False, **LINEAR)
    # linear: all 3 x 3 generators M but those with M W_1 = 0 and W_2 M = 0, of dimension 1 x 2
    # relu: each unit's scaling, and more where units fire together or never
    cases = [("linear", 0, 7), ("relu", 0, 3), ("smooth", 0, 0), ("linear", 1, 3), ("relu", 1, 0)]
    plain = [i for i in range(4) if _all_apart(points, i)]
    assert plain
    for network, decay, wanted in cases:
        setting = {**LINEAR, "network": network}
        world = SimulatedWorld(type(points)(points.W, points.x, points.y, points.decay + decay), **setting)
        dimension = symmetry_dimension(world)
        seen = dimension[plain] if network == "relu" else dimension
        assert seen.tolist() == [wanted] * len(seen)


def _all_apart(points, i):
    """Whether no two units fire together, and none never."""
    on = {tuple(row) for row in (points.W[0][i] @ points.x[i].T > 0).tolist()}
    return len(on) == points.W[0].shape[1] and not any(sum(row) == 0 for row in on)


def test_units_that_fire_together_and_dead_ones_are_free():
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]], dtype=torch.float64)
    y, none = torch.tensor([[1.0, -1.0]], dtype=torch.float64), torch.zeros(1, 2, dtype=torch.float64)
    first = torch.tensor([[[1.0, 2.0], [3.0, 1.0], [1.0, -1.0], [-1.0, -2.0]]], dtype=torch.float64)
    last = torch.tensor([[[1.0, -2.0, 1.0, 3.0]]], dtype=torch.float64)
    setting = {**LINEAR, "network": "relu", "widths": (2, 4, 1), "examples": 2}
    # all mixtures of the first two units, the scaling of the third, three weights of the dead one
    for decay, wanted in ((0, 4 + 1 + 3), (1, 1)):
        world = SimulatedWorld(Points((first, last), x, y, none + decay), **setting)
        assert symmetry_dimension(world).tolist() == [wanted]
    # each tangent leaves every output as it is
    points = Points((first, last), x, y, none)
    world = SimulatedWorld(points, **setting)
    whole = torch.func.jacrev(lambda a, b: forward((a, b), x, world.activation)[1], argnums=(0, 1))(first, last)
    for change in _symmetry_tangents(world):
        moved_by = sum((d.flatten(0, 2).flatten(1) @ c.flatten()) for d, c in zip(whole, change, strict=True))
        assert float(moved_by.abs().max()) < 1e-12
