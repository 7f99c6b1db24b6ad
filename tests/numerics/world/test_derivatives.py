"""Derivatives of the simulated world against finite differences, closed forms and homogeneity."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.network.activations import SMOOTH, Activation
from numerics.network.scalars import logarithmic_integral, sigmoid, softplus
from numerics.sampling.sample import sample
from numerics.world.jitter import JitteredWorld
from numerics.world.simulated import SimulatedWorld
from numerics.world.state import State, stacked

RELU = {"network": "relu", "widths": (4, 3, 2, 1), "examples": 5, "loss": "exponential"}
KINDS = [
    RELU,
    {**RELU, "network": "leaky-relu", "loss": "logistic", "flow": "constrained"},
    {**RELU, "network": "power", "degree": 2, "loss": "square", "flow": "fixed-rho"},
    {**RELU, "network": "smooth", "smooth": "tanh", "weight_decay": 0.25, "flow": "weight-norm"},
    {**RELU, "widths": (4, 2, 3), "network": "linear", "loss": "cross-entropy", "average": False},
]


def world_of(setting, count=16, seed=0, **sampling):
    points, _ = sample(count=count, seed=seed, adversarial=False, **sampling, **setting)
    assert len(points) == count
    return SimulatedWorld(points, **setting)


def close(a, b, rtol=1e-10, size=0.0):
    scale = torch.maximum(a.abs(), b.abs()).add(size).reshape(len(a), -1).amax(1)
    error = (a - b).abs().reshape(len(scale), -1).amax(1)
    assert bool((error <= rtol * scale).all()), float((error / scale).max())


def moved(world, state, velocity, step):
    return State(W=[w + step * v for w, v in zip(state.W, velocity, strict=True)])


@pytest.mark.parametrize("setting", KINDS, ids=lambda s: s["network"])
def test_rates_against_finite_differences(setting):
    world = world_of(setting)
    s, h = world.state, 1e-6
    velocity = world.velocity(s, world.flow)
    speed = stacked(velocity).norm(dim=1)
    unit = [world.scale(1 / speed, v) for v in velocity]
    for quantity in (world.loss_value, world.norm_product, lambda t: world.direction(t, 2)):
        ends = [quantity(moved(world, s, unit, step)) for step in (h, -h)]
        slow, fast = (ends[0] - ends[1]) / (2 * h), world.scale(1 / speed, world.rate(s, quantity, None))
        error, size = ((slow - fast).abs(), quantity(s).abs() + fast.abs())
        assert bool((error <= 1e-6 * size.reshape(len(size), -1).amax(1).reshape(-1, *(1,) * (error.dim() - 1))).all())


@pytest.mark.parametrize("setting", KINDS, ids=lambda s: s["network"])
def test_hessian_is_the_change_of_the_gradient(setting):
    world = world_of(setting, count=8)
    s, h = world.state, 1e-5
    whole = world.hessian(s, world.loss_value, "W", None)
    close(whole, whole.transpose(1, 2))
    push = [torch.ones_like(w) for w in s.W]
    ends = [world.gradient(moved(world, s, push, e), world.loss_value, "W", None) for e in (h, -h)]
    close(torch.einsum("bij,bj->bi", whole, stacked(push)), (ends[0] - ends[1]) / (2 * h), rtol=1e-5)
    sizes = [w[0].numel() for w in s.W]
    block = world.hessian(s, world.loss_value, "W", (1, 2))
    close(block, whole[:, : sizes[0], sizes[0] : sizes[0] + sizes[1]])


def test_flows_of_norms_and_directions():
    setting = {**RELU, "weight_decay": 0.5}
    world = world_of(setting)
    s = world.state
    for k, g in enumerate(world.slopes(s), start=1):
        v, rho = world.direction(s, k), world.layer_norm(s, k)
        radial = world.inner(g, v)
        tangential = g - world.scale(radial, v)
        for flow, d_rho, factor in (
            ("gradient", -radial, -1 / rho),
            ("constrained", -radial, -rho),
            ("weight-norm", -radial, -rho),
            ("fixed-rho", 0 * radial, -rho),
        ):
            close(world.rate(s, lambda t, k=k: world.layer_norm(t, k), flow), d_rho, size=world.norm(g))
            close(world.rate(s, lambda t, k=k: world.direction(t, k), flow), world.scale(factor, tangential))


def test_polar_states_move_as_their_weights_do():
    for flow in ("gradient", "constrained", "fixed-rho", "weight-norm"):
        world = world_of({**RELU, "flow": flow})
        s = world.state
        polar = State(rho=s.rho, V=s.V)
        for quantity in (world.loss_value, world.norm_product):
            close(world.rate(polar, quantity, None), world.rate(s, quantity, None), size=quantity(s))


@pytest.mark.parametrize(
    "kind", [{"network": "power", "degree": 3}, {"network": "smooth"}, {"network": "relu", "loss": "logistic"}], ids=str
)
def test_derivatives_nest(kind):
    """A rate of a rate among them, where torch's own nesting of forward derivatives fails for softplus."""
    world = world_of({**RELU, "widths": (3, 2, 1), **kind})
    s = world.state
    speed = lambda t: world.rate(t, world.loss_value, "gradient")  # noqa: E731
    g, h = world.gradient(s, world.loss_value, "W", None), world.hessian(s, world.loss_value, "W", None)
    close(speed(s), -(g * g).sum(1))
    close(world.gradient(s, speed, "W", None), -2 * torch.einsum("bij,bj->bi", h, g))
    close(world.rate(s, speed, "gradient"), 2 * torch.einsum("bi,bij,bj->b", g, h, g))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**20), st.integers(1, 3), st.sampled_from(["linear", "relu", "leaky-relu", "power"]))
def test_euler_identity(seed, k, network):
    setting = {**RELU, "network": network, "degree": 2}
    world = world_of(setting, count=4, seed=seed)
    s = world.state
    output = lambda t: world.output(t, 2, False)[:, 0]  # noqa: E731
    degree = 2 ** (3 - k) if network == "power" else 1
    radial = world.inner(world.gradient(s, output, "W", k), world.weight(s, k))
    size = world.norm(world.gradient(s, output, "W", k)) * world.layer_norm(s, k)
    assert bool(((radial - degree * output(s)).abs() <= 1e-12 * size * degree).all())


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**20), st.integers(-20, 20), st.sampled_from(["linear", "relu", "leaky-relu", "power"]))
def test_scaling_a_layer_scales_the_output(seed, exponent, network):
    setting = {**RELU, "network": network, "degree": 2}
    world = world_of(setting, count=4, seed=seed)
    w = world.state.W
    larger = State(W=(w[0], w[1] * 2.0**exponent, w[2]))
    degree = 2 if network == "power" else 1
    wanted = world.output(world.state, 1, False) * 2.0 ** (degree * exponent)
    torch.testing.assert_close(world.output(larger, 1, False), wanted, rtol=0, atol=0)  # powers of 2 are exact


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**20))
def test_normalized_output_times_norms(seed):
    world = world_of(RELU, count=4, seed=seed)
    s = world.state
    close(world.output(s, 3, True) * world.norm_product(s)[:, None], world.output(s, 3, False))


@pytest.mark.parametrize("kind", [("linear", ""), ("leaky-relu", ""), ("power", ""), *(("smooth", s) for s in SMOOTH)])
def test_activations_and_their_derivatives(kind):
    act = Activation(kind[0], degree=3, slope=0.25, smooth=kind[1] or "softplus")
    z = torch.tensor([-30.0, -2.0, -0.3, 0.4, 1.7, 30.0], dtype=torch.float64)
    first = torch.func.grad(lambda t: act(t).sum())(z)
    torch.testing.assert_close(first, act.first(z), rtol=1e-12, atol=0)
    second = torch.func.grad(lambda t: act.first(t).sum())(z)
    torch.testing.assert_close(second, act.second(z), rtol=1e-9, atol=1e-14)


def test_tails_keep_their_digits():
    z = torch.tensor([-700.0, -40.0, 0.0, 40.0], dtype=torch.float64)
    slope = lambda t: torch.func.grad(lambda q: softplus(q).sum())(t)  # noqa: E731
    torch.testing.assert_close(slope(z), torch.sigmoid(z), rtol=1e-15, atol=0)
    wanted = torch.exp(-z.abs()) / (1 + torch.exp(-z.abs())) ** 2
    torch.testing.assert_close(torch.func.jvp(slope, (z,), (torch.ones_like(z),))[1], wanted, rtol=1e-14, atol=0)
    torch.testing.assert_close(sigmoid(z) + sigmoid(-z), torch.ones_like(z))


def test_logarithmic_integral_and_its_derivatives():
    x = torch.tensor([2.0, 10.0, 1000.0], dtype=torch.float64)
    wanted = torch.tensor([1.0451637801174927, 6.165599504787297, 177.60965799015222], dtype=torch.float64)
    torch.testing.assert_close(logarithmic_integral(x), wanted, rtol=1e-14, atol=0)
    first = lambda t: torch.func.grad(lambda q: logarithmic_integral(q).sum())(t)  # noqa: E731
    torch.testing.assert_close(first(x), 1 / torch.log(x))
    second = torch.func.grad(lambda t: first(t).sum())(x)
    torch.testing.assert_close(second, -1 / (x * torch.log(x) ** 2))


def test_no_derivative_at_ties_and_corners():
    world = world_of({**RELU, "network": "linear", "widths": (4, 1)}, count=2)
    s = world.state
    tied = lambda t: world.extreme("min", [world.layer_norm(t, 1), world.layer_norm(t, 1)])  # noqa: E731
    assert bool(torch.isfinite(tied(s)).all())
    assert bool(torch.isnan(world.gradient(s, tied, "W", 1)).all())
    corner = lambda t: world.apply("abs", world.layer_norm(t, 1) - world.layer_norm(s, 1))  # noqa: E731
    assert bool(torch.isnan(world.gradient(s, corner, "W", 1)).all())
    zero = lambda t: world.norm(world.weight(t, 1) - world.weight(s, 1))  # noqa: E731
    assert bool(torch.isnan(world.gradient(s, zero, "W", 1)).all())


def test_jittered_world_is_the_world_up_to_single_rounding():
    plain = world_of(RELU)
    noisy = JitteredWorld(plain.points, seed=1, **RELU)
    exact, rough = plain.loss_value(plain.state), noisy.loss_value(noisy.state)
    assert bool(((rough / exact - 1).abs() < 1e-7).all())
    assert not bool((rough == exact).any())
    again = JitteredWorld(plain.points, seed=1, **RELU)
    assert torch.equal(rough, again.loss_value(again.state))
    close(noisy.rate(noisy.state, noisy.loss_value, None), plain.rate(plain.state, plain.loss_value, None), rtol=1e-6)


def test_spectra_say_what_they_cannot_decide():
    world = world_of(RELU, count=1)
    diagonal = lambda *v: torch.diag(torch.tensor(v, dtype=torch.float64))[None]  # noqa: E731
    for matrix, rank, distinct in [
        (diagonal(1.0, 0.0, 1e-15), 1.0, 1.0),
        (diagonal(1.0, 1e-6, 1e-6), 3.0, 2.0),
        (diagonal(2.0, 2.0, -2.0), 3.0, 2.0),
        (diagonal(0.0, 0.0), 0.0, 0.0),
    ]:
        assert float(world.apply("rank", matrix)) == rank
        assert float(world.apply("distinct", matrix)) == distinct
    assert bool(torch.isnan(world.apply("rank", diagonal(1.0, 1e-13))))
    assert bool(torch.isnan(world.apply("distinct", diagonal(1.0, 1.0 + 1e-13))))
    assert bool(torch.isnan(world.apply("eigmin", diagonal(1.0, float("nan")))))
