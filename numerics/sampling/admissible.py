"""Which points count: reasons to leave a point out, each as a mask over the batch.

Notation: W_k (B, h_k, h_{k-1}); x (B, N, d); y (B, N). A mask is True where the point is to be left out.

Kinks: rounding changes z = w.h by at most gamma_n (|w|.|h|) with gamma_n = n u/(1 - n u), n the number of terms,
plus what the error of h is multiplied by. A point whose |z| is within that bound in the lowest precision used is
left out: there the gates at two precisions could differ, and the derivative might not exist.
"""

from itertools import combinations, islice

import torch
from torch import Tensor

from ..network.activations import Activation
from ..network.forward import forward
from ..world.points import Points

LOWEST = torch.float32  # the coarse rung of the precision ladder


def zero_layer(points: Points) -> Tensor:
    """Some |W_k| = 0, where V_k does not exist."""
    return torch.stack([(w == 0).flatten(1).all(1) for w in points.W]).any(0)


def near_kink(points: Points, act: Activation, output_activation: bool) -> Tensor:
    """Some pre-activation is 0 up to rounding. A unit whose inputs all vanish identically has no kink."""
    if not act.has_kinks:
        return torch.zeros(len(points), dtype=torch.bool, device=points.x.device)
    unit = torch.finfo(LOWEST).eps / 2
    hidden, error = points.x.transpose(1, 2), unit * points.x.transpose(1, 2).abs()
    out = torch.zeros(len(points), dtype=torch.bool, device=points.x.device)
    last = len(points.W) if output_activation else len(points.W) - 1
    for w in points.W[:last]:
        terms = w.shape[2] + 2  # products, sums and the rounding of w itself
        gamma = terms * unit / (1 - terms * unit)
        z, size = w @ hidden, w.abs() @ hidden.abs()
        error = w.abs() @ error + gamma * size
        silent = (hidden == 0).all(1, keepdim=True) & (error == 0)
        out |= ((z.abs() <= error) & ~silent).flatten(1).any(1)
        hidden, error = act(z), error * act.first(z)
    return out


def labels_alike(points: Points, loss: str) -> Tensor:
    """Only one class among N >= 2 labels; never for the square loss."""
    y = points.y
    if loss == "square" or y.shape[1] < 2:
        return torch.zeros(len(points), dtype=torch.bool, device=y.device)
    return (y == y[:, :1]).all(1)


def dependent_inputs(points: Points, most: int = 256) -> Tensor:
    """Some min(N, d) inputs are dependent up to rounding of `LOWEST`; at most `most` subsets are looked at."""
    x = points.x
    size = min(x.shape[1], x.shape[2])
    unit = torch.finfo(LOWEST).eps / 2
    out = torch.zeros(len(points), dtype=torch.bool, device=x.device)
    for subset in islice(combinations(range(x.shape[1]), size), most):
        values = torch.linalg.svdvals(x[:, list(subset)])
        out |= values[:, -1] <= unit * max(x.shape[1:]) * values[:, 0]
    return out


def not_finite(points: Points) -> Tensor:
    """A weight, input or label is not a finite number."""
    parts = (*points.W, points.x, points.y, points.decay)
    return ~torch.stack([torch.isfinite(t).flatten(1).all(1) for t in parts]).all(0)


def outputs(points: Points, act: Activation, output_activation: bool) -> Tensor:
    """Network outputs (B, C, N)."""
    return forward(points.W, points.x, act, output_activation)[1]
