"""Hessians of the loss on tensors: against automatic differentiation, the other closed form, and far out."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch

from numerics.curvature import Architecture, Objective, hessian, hessian_error, loss_hessian
from numerics.network.activations import Activation
from numerics.sampling.sample import sample
from numerics.world import derivatives
from numerics.world.jitter import JitteredWorld
from numerics.world.scaled import ScaledWorld
from numerics.world.second_source import both
from numerics.world.simulated import SimulatedWorld

DEVICES = ("cpu", pytest.param("cuda", marks=pytest.mark.cuda))
LOSSES = ("exponential", "logistic", "square", "cross-entropy")


def setting(network, loss, widths, **more):
    classes = 2 if loss == "cross-entropy" else 1
    return {"network": network, "widths": (*widths, classes), "examples": 4, "loss": loss, **more}


def world_of(device="cpu", count=24, seed=1, **keywords):
    """Sampled points, half of them adversarial."""
    points, _ = sample(count=count, seed=seed, device=device, data="generic", start="random", **keywords)
    return SimulatedWorld(points, **keywords)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("network", ["linear", "relu", "leaky-relu", "power", "smooth"])
def test_automatic_differentiation_differs_by_rounding_alone(network, loss, device):
    """At sampled points, dead units, ties and integers among them, judged by the audit's own precision ladder."""
    for widths, more in (((2, 3), {"average": False, "weight_decay": Fraction(1, 7)}), ((1, 2, 2), {})):
        more = {**more, "output_activation": len(widths) == 2 and network != "linear"}
        high = world_of(device, **setting(network, loss, widths, **more))
        judged = both(high, list(range(len(high.points))))
        assert int(judged.compared.sum()) > len(high.points) // 2
        assert not bool(judged.violated.any())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("loss", LOSSES)
def test_both_closed_forms_agree_within_their_bound(loss, device):
    widths, classes = (3, 4, 3), 3 if loss == "cross-entropy" else 1
    rng = np.random.default_rng(2)
    weights = [rng.standard_normal((5, h, d)) for d, h in pairwise((*widths, classes))]
    inputs = rng.standard_normal((5, 6, 3))
    labels = rng.integers(1, 4, (5, 6)) if classes == 3 else np.sign(rng.standard_normal((5, 6)))
    decays = (0.1, 0.0, 0.3)
    arguments = (Architecture("power"), Objective(loss, True, decays))
    other = hessian(weights, inputs, labels, *arguments)
    tensors = [torch.from_numpy(a).to(device) for a in (*weights, inputs, labels.astype(float))]
    found = loss_hessian(
        tensors[:3],
        tensors[3],
        tensors[4],
        Activation("power"),
        loss,
        decays=torch.tensor(decays, dtype=torch.float64, device=device).expand(5, 3),
    )
    budget = 2 * hessian_error(weights, inputs, labels, *arguments)
    assert np.allclose(found.log_scale.cpu(), other.log_scale, rtol=1e-12)
    assert np.all(np.linalg.norm(found.matrix.cpu().numpy() - other.matrix, 2, axis=(1, 2)) <= budget)


def test_blocks_are_parts_of_the_whole_and_only_the_loss_has_a_closed_form():
    world = world_of(**setting("relu", "exponential", (2, 3)))
    s = world.state
    whole = world.hessian(s, world.loss_value, "W", None)
    assert torch.equal(world.hessian(s, world.loss_value, "W", (2, 1)), whole[:, 6:, :6])
    twice = lambda state: world.scale(world.number(Fraction(2)), world.loss_value(state))  # noqa: E731
    assert world.closed_hessian(s, twice, "W", None) is None
    assert world.closed_hessian(s, world.loss_value, "V", None) is None
    assert world.closed_hessian(s, world.loss_value, "W", None) is not None
    assert torch.allclose(world.hessian(s, twice, "W", None), 2 * whole, rtol=1e-9, equal_nan=True)


def test_random_rounding_reaches_the_closed_form():
    high = world_of(**setting("relu", "square", (2, 3)))
    jittered = JitteredWorld(high.points, seed=3, **setting("relu", "square", (2, 3)))
    assert jittered.closed_hessian(jittered.state, jittered.loss_value, "W", None) is not None
    one, other = (w.hessian(w.state, w.loss_value, "W", None) for w in (high, jittered))
    assert torch.allclose(one, other, rtol=2.0**-23, atol=0)
    assert not torch.equal(one, other)


def test_it_can_be_differentiated_again():
    """The rate of tr H along the flow, and its gradient, against nested automatic differentiation."""
    world = world_of(**setting("smooth", "logistic", (2, 3)))
    closed = lambda state: world.trace(world.hessian(state, world.loss_value, "W", None))  # noqa: E731
    plain = lambda state: world.trace(derivatives.hessian(state, world.loss_value, "W", None))  # noqa: E731
    for take in (lambda f: world.rate(world.state, f, None), lambda f: world.gradient(world.state, f, "W", 1)):
        one, other = take(closed), take(plain)
        known = torch.isfinite(other)
        assert torch.allclose(one[known], other[known], rtol=1e-8, atol=1e-8 * float(other[known].abs().max()))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("loss", ["exponential", "logistic", "cross-entropy"])
def test_survives_margins_of_a_million(loss, device):
    """f = 10^6 w.x: every exp(-f) underflows; over its scale the Hessian is that of one example, x x^T to a factor."""
    classes = 2 if loss == "cross-entropy" else 1
    rows = [[1.0, 2.0], [-1.0, 1.0]][:classes]
    weights = [torch.tensor([rows], dtype=torch.float64, device=device) * 1e6]
    inputs = torch.tensor([[[1.0, 1.0]]], dtype=torch.float64, device=device)
    labels = torch.ones((1, 1), dtype=torch.float64, device=device)
    found = loss_hessian(weights, inputs, labels, Activation("relu"), loss)
    assert float(found.log_scale) == -3e6  # f_1 - f_2 = 3 10^6 where there are two classes
    ones = torch.ones((2, 2), dtype=torch.float64)
    expected = torch.kron(torch.tensor([[1.0, -1.0], [-1.0, 1.0]], dtype=torch.float64), ones) if classes == 2 else ones
    assert torch.equal(found.matrix[0].cpu(), expected)
    assert not bool(found.value.any())


def test_a_world_with_scales_keeps_the_scale():
    keywords = {"network": "linear", "widths": (2, 1), "examples": 2, "loss": "exponential", "average": False}
    plain = world_of(count=8, **keywords)
    points = plain.points.select([0])
    far = type(points)(
        (torch.tensor([[[5e5, 5e5]]], dtype=torch.float64),),
        torch.tensor([[[1.0, 1.0], [2.0, 2.0]]], dtype=torch.float64),
        torch.ones((1, 2), dtype=torch.float64),
        torch.zeros((1, 1), dtype=torch.float64),
    )
    world = ScaledWorld(far, torch.zeros(1), torch.tensor([-1e6]), **keywords)
    found = world.hessian(world.state, world.loss_value, "W", None)
    assert float(found.s) == -1e6
    assert found.m[0].tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_the_distance_to_a_kink_leaves_out_units_that_see_nothing():
    weights = [
        torch.tensor([[[1.0, 0.0], [0.0, -1.0]]]),
        torch.tensor([[[1.0, 1.0], [0.5, -1.0]]]),
        torch.ones(1, 1, 2),
    ]
    weights = [w.double() for w in weights]
    labels = torch.ones((1, 2), dtype=torch.float64)
    seen = torch.tensor([[[3.0, 0.25], [2.0, -0.5]]], dtype=torch.float64)
    nothing = torch.tensor([[[-3.0, 0.75], [2.0, -0.5]]], dtype=torch.float64)  # both units of layer 1 are off there
    act = Activation("relu")
    assert float(loss_hessian(weights, seen, labels, act, "square").kink_distance) == 0.25
    assert float(loss_hessian(weights, nothing, labels, act, "square").kink_distance) == 0.5  # not 0 behind layer 1
    assert float(loss_hessian(weights, seen, labels, Activation("linear"), "square").kink_distance) == np.inf


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="hinge"):
        loss_hessian([torch.ones(1, 1, 1)], torch.ones(1, 1, 1), torch.ones(1, 1), Activation("linear"), "hinge")
