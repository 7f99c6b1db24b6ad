"""Points beside given points: every number changed by about one unit roundoff of float32."""

from dataclasses import replace

import torch

from .ladder import U32
from .points import Points


def single_roundoff() -> float:
    """Unit roundoff of float32, 2^-24."""
    return U32


def nudged(points: Points, seed: int) -> Points:
    """Weights and inputs times 1 + u xi, u = 2^-24 and xi uniform in (-1, 1); labels and decay stay."""
    generator = torch.Generator().manual_seed(seed)

    def move(a: torch.Tensor) -> torch.Tensor:
        xi = 2 * torch.rand(a.shape, generator=generator, dtype=a.dtype) - 1
        return a * (1 + U32 * xi.to(a.device))

    return replace(points, W=tuple(map(move, points.W)), x=move(points.x))
