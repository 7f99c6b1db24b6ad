"""Starts of trajectories as restrictions on weights.

Notation: rho_k = |W_k|_F; `balanced` W_{k+1}^T W_{k+1} = W_k W_k^T.

    balanced     W_k = U_k S U_{k-1}^T with orthonormal U_k (h_k, r), one S for all layers, r the smallest width
    equal-norms  W_k scaled to one common norm
    small        every second point scaled by 1/100
"""

import torch
from torch import Tensor

from .families import Draw, Layers

SEPARATING = ("separating", "balanced", "equal-norms")


def shaped(draw: Draw, layers: Layers, start: str) -> Layers:
    """The layers, moved to where `start` wants them (separation apart, which depends on the labels)."""
    match start:
        case "balanced":
            return balanced(draw)
        case "equal-norms":
            return equal_norms(draw, layers)
        case "small":
            scale = torch.where(torch.arange(draw.count) % 2 == 0, 0.01, 1.0)[:, None, None]
            return [w * scale for w in layers]
    return layers


def balanced(draw: Draw) -> Layers:
    """Layers with W_{k+1}^T W_{k+1} = W_k W_k^T up to rounding; every rank from 1 to the smallest width occurs."""
    most = min(draw.widths)
    bases = [torch.linalg.qr(draw.normal(h, most)).Q for h in draw.widths]
    ranks = 1 + torch.arange(draw.count) % most
    used = (torch.arange(most) < ranks[:, None]).to(torch.float64)
    values = (0.5 + draw.uniform(most)) * used
    # QR fixes signs, which would leave one sign for one output.
    flips = [draw.signs(1, 1) for _ in bases]
    return [
        flip * (upper * values[:, None, :]) @ lower.transpose(1, 2)
        for lower, upper, flip in zip(bases, bases[1:], flips, strict=False)
    ]


def equal_norms(draw: Draw, layers: Layers) -> Layers:
    """Layers of one common norm between 1/2 and 2; zero layers stay zero."""
    common = 0.5 + 1.5 * draw.uniform(1, 1)
    return [w * (common / _norm(w)) for w in layers]


def _norm(w: Tensor) -> Tensor:
    norm = w.flatten(1).norm(dim=1)[:, None, None]
    return torch.where(norm > 0, norm, 1.0)
