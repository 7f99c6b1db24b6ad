"""How far a computed Hessian can lie from the exact one, by counting roundings.

Every entry is a sum of products of weights, inputs and gates, times derivatives of the loss. With m roundings on a path
the error is at most gamma_m times the same expression in absolute values, gamma_m = m u / (1 - m u) (Higham, Accuracy
and Stability, ch. 3); the derivatives of the loss add the error of f in their exponent.
"""

from collections.abc import Sequence

import numpy as np

from .losses import LossJet, loss_jet, per_net
from .model import Architecture, Objective
from .passes import Passes, as_batch
from .products import HessianOperator

UNIT_ROUNDOFF = np.finfo(np.float64).eps / 2


def gamma(count: float) -> float:
    """m u / (1 - m u), the relative error of m roundings. Raises ValueError where m u >= 1."""
    if count * UNIT_ROUNDOFF >= 1:
        raise ValueError(f"{count} roundings leave no digit")
    return count * UNIT_ROUNDOFF / (1 - count * UNIT_ROUNDOFF)


def rounding_counts(shapes: Sequence[tuple[int, int]], architecture: Architecture) -> tuple[int, int]:
    """Roundings on the longest path (to an output f, to an entry of some B_k)."""
    degree = architecture.degree if architecture.is_curved else 1
    forward, gates = 0, []
    for _, width in shapes:
        pre = forward + width
        gates.append((degree - 1) * pre + degree)
        forward = degree * pre + degree
    back = sum(gate + height + 1 for gate, (height, _) in zip(gates, shapes, strict=True))
    return forward, back


def hessian_error(
    weights: Sequence[np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    architecture: Architecture,
    objective: Objective,
) -> np.ndarray:
    """Bound on the 2-norm of (computed - exact) scaled Hessian, (B,) or a scalar: largest row sum of entrywise bounds.

    The bounds of the entries form a Hessian themselves, so their row sums are one product with (1, ..., 1). First order
    in the unit roundoff. It presumes that every gate was read right, which `gates_are_certain` decides.
    """
    layers, single = as_batch(weights)
    passes = Passes(layers, inputs, architecture)
    targets = np.asarray(targets)
    jet = loss_jet(objective, passes.outputs, targets, passes.depth)
    bounds = _absolute_passes(layers, inputs, architecture)
    bound = HessianOperator(bounds, _error_jet(jet, passes, bounds, targets, objective))
    found = bound.apply(np.ones((len(layers[0]), bound.size))).max(axis=1)
    return found[0] if single else found


def gates_are_certain(weights: Sequence[np.ndarray], inputs: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Whether every gated |z_k| exceeds its own rounding error, (B,) or a scalar: each gate is then the exact one."""
    layers, single = as_batch(weights)
    passes, bounds = Passes(layers, inputs, architecture), _absolute_passes(layers, inputs, architecture)
    error = gamma(rounding_counts(passes.shapes, architecture)[0])
    certain = np.ones(len(layers[0]), dtype=bool)
    if architecture.has_kinks:
        for k in range(1, passes.activated + 1):
            certain &= (np.abs(passes.pre(k)) > error * bounds.pre(k)).all(axis=(1, 2))
    return certain[0] if single else certain


def _steepest(architecture):
    """The largest |s'| of a piecewise linear activation, at least 1."""
    return max(1.0, abs(architecture.slope)) if architecture.activation == "leaky-relu" else 1.0


def _absolute_passes(layers, inputs, architecture):
    """Passes of |W|, |x| that bound those of the network; a steep leaky gate is counted in the layer below it."""
    bounding = architecture if architecture.is_curved else Architecture("linear")
    activated = architecture.activated_layers(len(layers))
    scaled = [np.abs(w) * (_steepest(architecture) if k <= activated else 1.0) for k, w in enumerate(layers, start=1)]
    return Passes(scaled, np.abs(inputs), bounding)


def _error_jet(jet, passes, bounds, targets, objective):
    """A jet whose Hessian along `bounds` bounds the error entry by entry."""
    forward, back = rounding_counts(passes.shapes, passes.architecture)
    _, examples, classes = passes.outputs.shape
    entry = gamma(2 * forward + 3 * back + examples * classes + 16)
    slope, relative = np.abs(jet.slope), _exponent_error(passes, bounds, targets, objective, gamma(forward))
    if objective.loss == "square":
        largest = np.abs(targets).max() if targets.size else 0.0
        slope = 2 * (bounds.outputs + largest) / (examples if objective.average else 1)
        slope = slope * np.exp(-jet.log_scale)[:, None, None]
    # B_k has one gate more than layers above it, so each of the two factors of an entry gains one steep gate.
    steep = _steepest(passes.architecture)
    return LossJet(
        jet.log_scale,
        slope * steep**2 * (entry + relative)[..., None],
        np.abs(jet.root) * steep * np.sqrt(entry + 2 * relative)[..., None, None],
        jet.decays * 4 * UNIT_ROUNDOFF,
    )


def _exponent_error(passes, bounds, targets, objective, forward):
    """Relative error of exp(-y f) and its kin, (B, N): that of the exponent, the subtraction of the scale included."""
    reach = bounds.outputs.max(axis=2)
    if objective.loss == "square":
        return np.zeros_like(reach)
    if objective.loss == "cross-entropy":
        reach = 2 * reach
    else:
        labels = targets if per_net(targets, passes.outputs, objective) else targets[None]
        reach = np.abs(labels) * reach
    return (forward + 8 * UNIT_ROUNDOFF) * reach + (16 + 2 * passes.outputs.shape[2]) * UNIT_ROUNDOFF
