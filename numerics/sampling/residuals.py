"""What vanishes at stationary points and stationary directions, with its Jacobian, for a batch of networks.

Notation: W (B, p) all layers, row by row; G = grad L (B, p), H = hess L (B, p, p); G_k, W_k the parts of layer k; r_k
the norms of the layers at the start; a_k = <G_k, W_k>/r_k^2.

    stationary            G                                          H
    stationary-direction  r_k (G_k - a_k W_k), (|W_k|^2 - r_k^2)/r_k    by the product rule

G and H come in closed form (`curvature`).
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..curvature.architectures import architecture_of
from ..curvature.closed_form import hessian_from
from ..curvature.factors import loss_sensitivity
from ..curvature.losses import loss_jet
from ..curvature.model import Objective
from ..curvature.passes import Passes
from ..world.points import Points
from ..world.simulated import SimulatedWorld
from ..world.state import State

Linearised = tuple[Tensor, Tensor]


class Forces:
    """(G, H) at stacked weights (B, p) of a batch of networks with data."""

    def __init__(self, points: Points, setting: dict):
        self.points, self.shapes = points, [w.shape[1:] for w in points.W]
        self.sizes = [s.numel() for s in self.shapes]
        self.world = SimulatedWorld(points, **setting)
        self.architecture = architecture_of(self.world.activation, self.world.output_activation)
        self.objective = Objective(self.world.loss, self.world.average)

    def layers(self, vector: Tensor) -> tuple[Tensor, ...]:
        """Layers (B, r, c) of a stacked vector (B, p)."""
        parts = torch.split(vector, self.sizes, 1)
        return tuple(p.reshape(-1, *s) for p, s in zip(parts, self.shapes, strict=True))

    def gradient(self, vector: Tensor) -> Tensor:
        """G."""
        return self._closed(vector, False)[0]

    def linearised(self, vector: Tensor) -> Linearised:
        """(G, H)."""
        return self._closed(vector, True)

    def _closed(self, vector: Tensor, curved: bool) -> Linearised:
        points = self.points
        passes = Passes([w.numpy() for w in self.layers(vector)], points.x.numpy(), self.architecture)
        with np.errstate(over="ignore", invalid="ignore"):
            jet = loss_jet(self.objective, passes.outputs, points.y.numpy(), passes.depth)
            scale = torch.as_tensor(np.exp(jet.log_scale))
            blocks = [
                np.einsum("bhn,ban->bha", loss_sensitivity(passes, jet, k), passes.activation(k - 1)).reshape(
                    len(points), -1
                )
                for k in range(1, passes.depth + 1)
            ]
            matrix = hessian_from(passes, jet) if curved else np.zeros((len(points), 1, 1))
        decays = 2 * points.decay.repeat_interleave(torch.tensor(self.sizes), 1)
        slope = torch.as_tensor(np.concatenate(blocks, axis=1)) * scale[:, None] + decays * vector
        curvature = torch.as_tensor(matrix) * scale[:, None, None]
        return slope, curvature + torch.diag_embed(decays) if curved else curvature


class Residuals:
    """Residuals (B, m) and their Jacobian (B, m, p); `value` alone is cheaper."""

    def __init__(self, value: Callable[[Tensor], Tensor], linearised: Callable[[Tensor], Linearised]):
        self.value, self.linearised = value, linearised


def stationary(forces: Forces) -> Residuals:
    """G and H."""
    return Residuals(forces.gradient, forces.linearised)


def tangential(forces: Forces) -> Residuals:
    """Those of a stationary direction at the norms of the given points."""
    norms = State(W=forces.points.W).rho

    def value(vector: Tensor) -> Tensor:
        parts = zip(
            torch.split(forces.gradient(vector), forces.sizes, 1),
            torch.split(vector, forces.sizes, 1),
            norms,
            strict=True,
        )
        return torch.cat([_of_layer(g, w, r[:, None]) for g, w, r in parts], 1)

    def linearised(vector: Tensor) -> Linearised:
        slope, matrix = forces.linearised(vector)
        starts = np.cumsum([0, *forces.sizes])
        rows, values = [], []
        for k, r in enumerate(norms):
            where = slice(int(starts[k]), int(starts[k + 1]))
            g, w = slope[:, where], vector[:, where]
            values.append(_of_layer(g, w, r[:, None]))
            rows.append(_slopes_of_layer(g, w, r[:, None, None], matrix[:, where], where))
        return torch.cat(values, 1), torch.cat(rows, 1)

    return Residuals(value, linearised)


def _of_layer(g: Tensor, w: Tensor, r: Tensor) -> Tensor:
    """r (G - a W) and (|W|^2 - r^2)/r of one layer, (B, p_k + 1)."""
    radial = (g * w).sum(1, keepdim=True) / r**2
    return torch.cat([r * (g - radial * w), ((w * w).sum(1, keepdim=True) - r**2) / r], 1)


def _slopes_of_layer(g: Tensor, w: Tensor, r: Tensor, rows: Tensor, where: slice) -> Tensor:
    """Their derivatives by all weights, (B, p_k + 1, p); `rows` are the layer's rows of H."""
    radial = (g * w).sum(1)[:, None, None] / r**2
    by_radial = (w[:, None] @ rows) / r**2
    by_radial[:, :, where] += g[:, None] / r**2
    first = rows - w[:, :, None] * by_radial
    first[:, :, where] -= radial * torch.eye(w.shape[1], dtype=w.dtype)
    last = torch.zeros_like(first[:, :1])
    last[:, :, where] = 2 * w[:, None] / r
    return torch.cat([r * first, last], 1)
