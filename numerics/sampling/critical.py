"""Stationary points, minima, stationary directions and interpolants, found from given points.

Notation: G_k = dL/dW_k; r(W) residuals (B, m) that vanish where wanted:

    stationary            r = (G_1, ..., G_K)
    stationary-direction  r = (rho_k (G_k - <G_k, V_k> V_k), (|W_k|^2 - rho_k^2)/rho_k) at the rho_k of the start
    interpolating         no search: labels that may be chosen become f_n, or the last layer is solved for

Search: Levenberg-Marquardt, each network with its own damping, W <- W - (J^T J + mu)^-1 J^T r. A point is kept
if |r| is rounding beside what it is made of: |r| <= u^(3/4) s, with s the sum over examples of |G_k of that
example|.

Minima: a stationary point is a local minimum if L = 0 (square loss), if L is convex in the product of the layers and
stationary in it (linear networks), or if its Hessian is positive off the tangents of the network's symmetries
(Morse-Bott); where none of this holds nor an eigenvalue is negative, nothing is decided and the point is counted apart.

Reference: J. Nocedal, S. Wright, Numerical Optimization (2006), sec. 10.3.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from ..network.forward import example_losses, forward
from ..world import spectra
from ..world.points import Points
from ..world.simulated import SimulatedWorld
from ..world.state import State, scaled, stacked
from .residuals import Forces, Residuals, stationary, tangential

PLACES = ("any", "stationary", "minimum", "stationary-direction", "interpolating")
STEPS = 40
IDLE = 6  # steps in a row that move no network, each more damped than the last, before the search ends
SLACK = 0.75  # accepted residuals are u^SLACK of their parts, so a quarter of the digits may be lost


def moved(points: Points, at: str, chosen_labels: bool, setting: dict) -> tuple[Points, dict[str, Tensor]]:
    """The points moved to where `at` wants them, and masks (B,) of those that did not get there, by reason."""
    world = SimulatedWorld(points, **setting)
    if at == "interpolating":
        return _interpolating(world, chosen_labels)
    forces = Forces(points, setting)
    residuals = tangential(forces) if at == "stationary-direction" else stationary(forces)
    start = stacked(world.state.W)
    if at == "minimum":
        start = _descent(world, forces, start)
    found, residual = _search(residuals, start)
    found, residual = _without_dust(world, residuals, found, residual, start)
    there = residual <= _rounding(world, found)
    result = replace(points, W=_layers(world, found))
    reasons = {"no stationary point found": ~there}
    if at == "minimum":
        reasons.update(_against_minimum(SimulatedWorld(result, **setting), there))
    return result, reasons


def _layers(world: SimulatedWorld, vector: Tensor) -> tuple[Tensor, ...]:
    """Layers (B, r, c) of a stacked vector (B, p)."""
    shapes = [w.shape[1:] for w in world.points.W]
    parts = torch.split(vector, [s.numel() for s in shapes], 1)
    return tuple(p.reshape(-1, *s) for p, s in zip(parts, shapes, strict=True))


def _descent(world: SimulatedWorld, forces: Forces, at: Tensor) -> Tensor:
    """Weights (B, p) after `STEPS` Newton steps down the loss, with |H| + mu in place of H, so that saddles repel."""
    losses = world.loss_value(State(W=_layers(world, at)))
    damping, idle = torch.ones(len(at), dtype=at.dtype), 0
    for _ in range(STEPS):
        slope, hessian = forces.linearised(at)
        values, vectors = torch.linalg.eigh((hessian + hessian.transpose(1, 2)) / 2)
        curvature = values.abs() + (damping * slope.norm(dim=1).clamp_max(1.0))[:, None] + 1e-300
        parts = torch.einsum("bpi,bp->bi", vectors, slope) / curvature
        trial = at - torch.einsum("bpi,bi->bp", vectors, parts)
        new = world.loss_value(State(W=_layers(world, trial)))
        better = new < losses
        at, losses = torch.where(better[:, None], trial, at), torch.where(better, new, losses)
        damping = torch.where(better, damping / 4, damping * 4).clamp(1e-12, 1e12)
        idle = 0 if bool(better.any()) else idle + 1
        if idle == IDLE:
            break
    return at


def _search(residuals: Residuals, at: Tensor) -> tuple[Tensor, Tensor]:
    """(weights (B, p), |r| (B,)) after `STEPS` damped Gauss-Newton steps."""
    value, damping, idle = residuals.value(at), torch.ones(len(at), dtype=at.dtype), 0
    eye = torch.eye(at.shape[1], dtype=at.dtype)
    for _ in range(STEPS):
        jacobian = residuals.linearised(at)[1]
        normal = jacobian.transpose(1, 2) @ jacobian
        # Damping is relative to the residual as well: near a solution the steps become Newton's.
        mu = damping * value.norm(dim=1).clamp_max(1.0) + torch.finfo(at.dtype).eps * _trace(normal)
        pull = torch.einsum("bmp,bm->bp", jacobian, value)
        step, failed = torch.linalg.solve_ex(normal + mu[:, None, None] * eye, pull.unsqueeze(2))
        trial = at - step[:, :, 0]
        new = residuals.value(trial)
        better = (new.norm(dim=1) < value.norm(dim=1)) & (failed == 0)
        at, value = torch.where(better[:, None], trial, at), torch.where(better[:, None], new, value)
        damping = torch.where(better, damping / 4, damping * 4).clamp(1e-12, 1e12)
        idle = 0 if bool(better.any()) else idle + 1
        if idle == IDLE:
            break
    return at, value.norm(dim=1)


def _trace(matrix: Tensor) -> Tensor:
    return torch.diagonal(matrix, dim1=1, dim2=2).sum(1)


def _rounding(world: SimulatedWorld, vector: Tensor) -> Tensor:
    """u^SLACK times the sum over examples of the sizes of their gradients and of the decay's, (B,)."""
    state = State(W=_layers(world, vector))
    decays = scaled(2 * world.points.decay[:, 0], state.W[0]).flatten(1).norm(dim=1)
    total = decays
    for n in range(world.examples):

        def one(layers, n=n):
            outputs = forward(layers, world.points.x[:, n : n + 1], world.activation, world.output_activation)[1]
            return example_losses(outputs, world.points.y[:, n : n + 1], world.loss).sum()

        total = total + stacked(torch.func.grad(one)(state.W)).norm(dim=1) / (world.examples if world.average else 1)
    return (torch.finfo(vector.dtype).eps / 2) ** SLACK * total * max(1.0, max(world.widths))


def _without_dust(
    world: SimulatedWorld,
    residuals: Residuals,
    found: Tensor,
    residual: Tensor,
    start: Tensor,
) -> tuple[Tensor, Tensor]:
    """Weights on their way to zero, below u^SLACK of the others or of what the search began with, as zeros where the
    point stays one: else what vanishes there would seem to be a small number."""
    unit = (torch.finfo(found.dtype).eps / 2) ** SLACK
    largest = found.abs().amax(1, keepdim=True)
    gone = (found.abs() <= unit * largest) | (largest <= unit * start.abs().amax(1, keepdim=True))
    clean = torch.where(gone, 0.0, found)
    size = residuals.value(clean).norm(dim=1)
    better = size <= torch.maximum(residual, _rounding(world, clean))
    return torch.where(better[:, None], clean, found), torch.where(better, size, residual)


def _interpolating(world: SimulatedWorld, chosen_labels: bool) -> tuple[Points, dict[str, Tensor]]:
    points = world.points
    if chosen_labels:
        outputs = world.outputs(world.state)
        y = outputs[:, 0] if points.y.dim() == 2 else outputs.transpose(1, 2)
        return replace(points, y=y), {}
    hidden, _ = forward(
        (*points.W[:-1], torch.eye(world.widths[-2]).to(points.x).expand(len(points), -1, -1)),
        points.x,
        world.activation,
    )
    features = world.activation(hidden[-2]) if len(hidden) > 1 else points.x.transpose(1, 2)
    targets = points.y.unsqueeze(1) if points.y.dim() == 2 else points.y.transpose(1, 2)
    last = targets @ torch.linalg.pinv(features)
    off = (last @ features - targets).flatten(1).abs().amax(1)
    size = (last.abs() @ features.abs()).flatten(1).amax(1)
    result = replace(points, W=(*points.W[:-1], last))
    return result, {"labels not interpolated": off > (torch.finfo(off.dtype).eps / 2) ** SLACK * size}


def _against_minimum(world: SimulatedWorld, there: Tensor) -> dict[str, Tensor]:
    """Masks of stationary points that are not minima, and of those of which that is not decided."""
    hessian = world.hessian(world.state, world.loss_value, "W", None)
    values = spectra.eigenvalues(hessian)
    scale = values.abs().amax(1, keepdim=True)
    unit = torch.finfo(values.dtype).eps / 2
    falling = (values < -(unit**SLACK) * scale).any(1)
    flat = (values.abs() <= unit**SLACK * scale).sum(1)
    zero_loss = (world.loss == "square") & (world.loss_value(world.state) <= unit)
    certain = zero_loss | _convex_minimum(world)
    falling &= ~certain
    certain |= flat == symmetry_dimension(world)
    return {"not a minimum": there & falling, "minimum undecided": there & ~falling & ~certain}


def _convex_minimum(world: SimulatedWorld) -> Tensor:
    """A linear network, or any of one layer, whose loss as a function of the product matrix (convex) is stationary."""
    layers, decayed = world.points.W, bool((world.points.decay != 0).any())
    if world.activation.kind != "linear" or world.output_activation or (decayed and len(layers) > 1):
        return torch.zeros(len(world.points), dtype=torch.bool)
    product = layers[0]
    for w in layers[1:]:
        product = w @ product
    points = replace(world.points, W=(product,), decay=world.points.decay[:, :1])
    setting: dict = {"examples": world.examples, "loss": world.loss, "average": world.average}
    one = SimulatedWorld(points, network="linear", widths=(world.widths[0], world.widths[-1]), **setting)
    return one.slopes(one.state)[0].flatten(1).norm(dim=1) <= _rounding(one, stacked(one.state.W))


def symmetry_dimension(world: SimulatedWorld) -> Tensor:
    """Dimension of the set of weights around W that symmetries give, with the same loss and decay, (B,).

    W_k -> M W_k, W_{k+1} -> W_{k+1} M^-1 with any M (linear), or diagonal M (relu, leaky-relu; power with
    M^-degree); with weight decay M is orthogonal (linear), and there is none otherwise. Units of relu and leaky-relu
    networks that are on and off together on the data are linear in each other: M may mix them. Without decay all
    weights into and out of a relu unit that is off on every example are free. Smooth networks have no symmetry.
    """
    tangents = [stacked(change) for change in _symmetry_tangents(world)]
    if not tangents:
        return torch.zeros(len(world.points), dtype=torch.long)
    values = torch.linalg.svdvals(torch.stack(tangents, 2))
    return (values > (torch.finfo(values.dtype).eps / 2) ** SLACK * values[:, :1]).sum(1)


Change = list[Tensor]


def _symmetry_tangents(world: SimulatedWorld) -> Iterator[Change]:
    layers, kind = world.points.W, world.activation.kind
    decayed = bool((world.points.decay != 0).any())
    kinked = kind in ("relu", "leaky-relu")
    for k in range(len(layers) - 1):
        if kind == "linear" or (kind != "smooth" and not decayed):
            for m in _generators(layers[k].shape[1], kind == "linear", decayed):
                yield _mixed(world, k, m.to(layers[k]))
        if kinked:
            yield from _exchanges(world, k, decayed)
    if kind == "relu" and not decayed:
        yield from _of_dead_units(world)


def _mixed(world: SimulatedWorld, k: int, m: Tensor) -> Change:
    """W_k changes by M W_k, W_{k+1} by -degree W_{k+1} M; M (h, h), or (B, h, h)."""
    layers, degree = world.points.W, world.activation.homogeneity
    assert degree is not None  # smooth networks have no symmetry
    change = [torch.zeros_like(w) for w in layers]
    change[k], change[k + 1] = m @ layers[k], -degree * layers[k + 1] @ m
    return change


def _exchanges(world: SimulatedWorld, k: int, decayed: bool) -> Iterator[Change]:
    """Mixtures of units of layer k that are on and off together; with decay their rotations."""
    on = _preactivations(world)[k] > 0
    together = (on[:, :, None] == on[:, None]).all(3)
    for i, j in itertools.permutations(range(on.shape[1]), 2):
        if (decayed and i > j) or not bool(together[:, i, j].any()):
            continue
        m = world.points.W[k].new_zeros(len(on), on.shape[1], on.shape[1])
        m[:, i, j] = together[:, i, j].to(m.dtype)
        yield _mixed(world, k, m - m.transpose(1, 2) if decayed else m)


def _preactivations(world: SimulatedWorld) -> list[Tensor]:
    """(B, h_k, N) of each layer."""
    return forward(world.points.W, world.points.x, world.activation, world.output_activation)[0]


def _of_dead_units(world: SimulatedWorld) -> Iterator[Change]:
    """Every weight into or out of a hidden unit that is off on all examples."""
    layers = world.points.W
    for k, z in enumerate(_preactivations(world)[: len(layers) - 1]):
        dead = (z < 0).all(2).to(z.dtype)
        for i, j in itertools.product(range(layers[k].shape[1]), range(layers[k].shape[2])):
            change = [torch.zeros_like(w) for w in layers]
            change[k][:, i, j] = dead[:, i]
            yield change
        for i, j in itertools.product(range(layers[k + 1].shape[1]), range(layers[k + 1].shape[2])):
            change = [torch.zeros_like(w) for w in layers]
            change[k + 1][:, i, j] = dead[:, j]
            yield change


def _generators(n: int, full: bool, skew: bool):
    """A basis of all n x n matrices (`full`), of the skew ones (`skew`), or of the diagonal ones."""
    unit = torch.eye(n, dtype=torch.float64)
    if not full:
        yield from (torch.diag(row) for row in unit)
    elif skew:
        pairs = ((i, j) for i in range(n) for j in range(i))
        yield from (torch.outer(unit[i], unit[j]) - torch.outer(unit[j], unit[i]) for i, j in pairs)
    else:
        yield from (torch.outer(a, b) for a in unit for b in unit)


def nearby(layers: list, x: list, y: list, at: str, **setting) -> list | None:
    """Layers of the stationary point (or minimum) that is found from one network without decay, or None."""
    parts = [torch.tensor([w], dtype=torch.float64) for w in (*layers, x)]
    targets = torch.tensor([y], dtype=torch.float64)
    points = Points(tuple(parts[:-1]), parts[-1], targets, torch.zeros(1, len(layers), dtype=torch.float64))
    found, reasons = moved(points, at, False, setting)
    if any(bool(mask.any()) for mask in reasons.values()):
        return None
    return [w[0].tolist() for w in found.W]
