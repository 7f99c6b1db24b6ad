"""Starts on rays: every layer is pulled along itself, at every size, and outputs stay one number."""

import math
from dataclasses import replace

import pytest
import torch

from verify.along.fates.ray import on_ray
from verify.along.rays import rays
from verify.claim import Setting
from verify.points.certifier import general_position

FAMILIES = {
    "one layer": ("linear", (3, 1), 4, {}),
    "deep": ("linear", (4, 3, 2, 1), 5, {}),
    "two examples": ("linear", (4, 3, 1), 2, {}),
    "leaky": ("leaky-relu", (4, 3, 2, 1), 5, {}),
    "one example": ("relu", (5, 4, 2, 1), 1, {}),
    "sides": ("relu", (4, 3, 1), 5, {}),
    "few examples": ("relu", (4, 3, 1), 2, {}),
    "balanced": ("relu", (2, 4, 1), 6, {}),
    "squares": ("power", (3, 2, 1), 4, {}),
    "one square": ("power", (4, 3, 2, 1), 1, {}),
    "cubes": ("power", (4, 3, 1), 5, {"degree": 3}),
}


def made(name):
    network, widths, examples, more = FAMILIES[name]
    setting = Setting("s", network, (widths,), examples, "exponential", **more)
    return setting, widths, list(rays(setting, widths))


def activation(setting):
    slope = {"linear": 1.0, "relu": 0.0, "leaky-relu": float(setting.slope)}
    if setting.network == "power":
        return lambda z: z**setting.degree
    return lambda z: torch.where(z > 0, z, slope[setting.network] * z)


def tensor(value):
    """Nested exact numbers in double precision."""
    return torch.tensor(
        [[float(v) for v in r] if isinstance(r, tuple) else float(r) for r in value], dtype=torch.float64
    )


def losses(setting, layers, x, y):
    """y_n f_n of all examples."""
    a = x
    for w in layers[:-1]:
        a = activation(setting)(a @ w.T)
    return y * (a @ layers[-1].T)[:, 0]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_layer_is_pulled_along_itself(name):
    """-grad L = a z^(D-1) e^(-R) W for the predicted a and R, by automatic differentiation."""
    setting, widths, points = made(name)
    assert points
    for point in points[:2]:
        output, pull = on_ray(point, setting, widths)
        degree = sum(setting.degree**k if setting.network == "power" else 1 for k in range(len(point.W)))
        x, y = tensor(point.x), tensor(point.y)
        for size in (1.0, 1.25):
            layers = [(size * tensor(w)).requires_grad_() for w in point.W]
            signed = losses(setting, layers, x, y)
            expected = float(output) * size**degree
            assert torch.allclose(signed, torch.full_like(signed, expected), rtol=1e-12)
            (-signed).exp().mean().backward()
            rate = float(pull) / len(y) * size ** (degree - 2) * math.exp(-expected)
            for w in layers:
                assert torch.allclose(-w.grad, rate * w.detach(), rtol=1e-9, atol=1e-9 * rate)


@pytest.mark.parametrize("name", FAMILIES)
def test_data_are_in_general_position_with_both_labels(name):
    _, _, points = made(name)
    for point in points:
        assert general_position(point.x)
        assert len(point.y) == 1 or len(set(point.y)) == 2


def test_nothing_is_made_where_no_family_fits():
    for network, widths, changes in (
        ("relu", (4, 3, 2, 1), {}),
        ("relu", (4, 1, 1), {}),
        ("smooth", (4, 1), {}),
        ("linear", (4, 1), {"data": "nonseparable"}),
        ("linear", (4, 3), {}),
    ):
        setting = Setting("s", network, (widths,), 5, "exponential", **changes)
        assert not list(rays(setting, widths))


def test_a_start_beside_a_ray_is_not_on_it():
    setting, widths, (point, *_) = made("sides")
    row = point.W[0][0]
    aside = replace(point, W=(((row[0], row[1] + 1, *row[2:]), *point.W[0][1:]), point.W[1]))
    assert on_ray(aside, setting, widths) is None
    longer = replace(point, W=(point.W[0], tuple(tuple(2 * v for v in r) for r in point.W[1])))
    assert on_ray(longer, setting, widths) is None
