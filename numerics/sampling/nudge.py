"""Points beside given points: changed by about one unit roundoff of float32, or off every null set of weights."""

from dataclasses import replace

import torch

from ..world.ladder import U32
from ..world.points import Points


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


def scattered(points: Points, seed: int) -> Points:
    """Weights plus 2^-6 times Gaussian numbers of the layer's size, or of size 1 in a zero layer; the data stay.

    What holds on an open set about a point, as of dead units, mostly holds beside it; ties and zeros do not.
    """
    generator = torch.Generator().manual_seed(seed)

    def move(a: torch.Tensor) -> torch.Tensor:
        size = a.square().mean((1, 2), keepdim=True).sqrt()
        xi = torch.randn(a.shape, generator=generator, dtype=a.dtype).to(a.device)
        return a + torch.where(size > 0, size, 1.0) * xi / 64

    return replace(points, W=tuple(map(move, points.W)))
