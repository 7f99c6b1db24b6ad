"""Closed forms of what vanishes at stationary points, against automatic differentiation and differences."""

import pytest
import torch

from numerics.sampling.residuals import Forces, stationary, tangential
from numerics.sampling.sample import sample
from numerics.world.state import State, stacked

SETTING = {"network": "linear", "widths": (3, 2, 1), "examples": 4, "loss": "exponential", "weight_decay": "any"}
CASES = [
    {"network": "linear"},
    {"network": "relu", "average": False},
    {"network": "leaky-relu", "loss": "logistic"},
    {"network": "power", "loss": "square"},
    {"network": "relu", "loss": "cross-entropy", "widths": (3, 4, 3)},
    {"network": "smooth", "smooth": "tanh"},
]


def drawn(case):
    setting = {**SETTING, **case}
    points, _ = sample(count=5, seed=2, adversarial=False, **setting)
    return Forces(points, setting), stacked(State(W=points.W).W)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient_and_hessian(case):
    forces, at = drawn(case)
    slope, matrix = forces.linearised(at)
    world = forces.world
    assert torch.allclose(slope, stacked(world.slopes(world.state)), rtol=1e-10, atol=1e-12)
    assert torch.equal(slope, forces.gradient(at)) or torch.allclose(slope, forces.gradient(at), rtol=1e-12)
    whole = world.hessian(world.state, world.loss_value, "W", None)
    assert torch.allclose(matrix, whole, rtol=1e-9, atol=1e-10 * float(whole.abs().max()))


@pytest.mark.parametrize("make", [stationary, tangential])
@pytest.mark.parametrize("case", [CASES[0], CASES[1], CASES[3]], ids=str)
def test_jacobians_match_differences(make, case):
    forces, at = drawn(case)
    residuals = make(forces)
    value, jacobian = residuals.linearised(1.1 * at)
    assert torch.allclose(value, residuals.value(1.1 * at), rtol=1e-12)
    step = 1e-6
    for i in range(at.shape[1]):
        move = torch.zeros_like(at)
        move[:, i] = step
        column = (residuals.value(1.1 * at + move) - residuals.value(1.1 * at - move)) / (2 * step)
        scale = float(jacobian.abs().max())
        assert torch.allclose(column, jacobian[:, :, i], rtol=1e-5, atol=1e-7 * scale)
