"""Activations s and their first two derivatives.

Notation: s(z) entrywise; linear z; relu max(z, 0); leaky-relu max(z, 0) + slope min(z, 0); power z^degree;
smooth: softplus log(1 + e^z), tanh, swish z sigma(z).

Conventions: at a kink z = 0 the derivative is that of the left piece; samplers keep points off the kinks.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .scalars import sigmoid, softplus

NETWORKS = ("linear", "relu", "leaky-relu", "power", "smooth")
SMOOTH = ("softplus", "tanh", "swish")


@dataclass(frozen=True)
class Activation:
    """The activation of a network: `kind` one of NETWORKS, with `degree`, `slope`, `smooth` where the kind uses
    them.

    Raises ValueError for a kind or smooth function outside the list, or a degree below 2.
    """

    kind: str
    degree: int = 2
    slope: float = 0.1
    smooth: str = "softplus"

    def __post_init__(self):
        if self.kind not in NETWORKS:
            raise ValueError(f"network {self.kind!r}: expected one of {', '.join(NETWORKS)}")
        if self.kind == "smooth" and self.smooth not in SMOOTH:
            raise ValueError(f"smooth {self.smooth!r}: expected one of {', '.join(SMOOTH)}")
        if self.kind == "power" and self.degree < 2:
            raise ValueError(f"degree {self.degree}: a power activation has degree 2 or more")

    @property
    def has_kinks(self) -> bool:
        """Whether s' jumps at 0."""
        return self.kind in ("relu", "leaky-relu")

    @property
    def homogeneity(self) -> int | None:
        """The degree q with s(c z) = c^q s(z) for c > 0; None for smooth."""
        return {"smooth": None, "power": self.degree}.get(self.kind, 1)

    def __call__(self, z: Tensor) -> Tensor:
        """s(z), of the shape of z."""
        match self.kind:
            case "linear":
                return z
            case "relu" | "leaky-relu":
                return z * self.gates(z)
            case "power":
                return z**self.degree
        return _SMOOTH[self.smooth][0](z)

    def first(self, z: Tensor) -> Tensor:
        """s'(z), of the shape of z."""
        match self.kind:
            case "linear":
                return torch.ones_like(z)
            case "relu" | "leaky-relu":
                return self.gates(z)
            case "power":
                return self.degree * z ** (self.degree - 1)
        return _SMOOTH[self.smooth][1](z)

    def second(self, z: Tensor) -> Tensor:
        """s''(z), of the shape of z; 0 off the kinks of the piecewise linear kinds."""
        match self.kind:
            case "linear" | "relu" | "leaky-relu":
                return torch.zeros_like(z)
            case "power":
                return self.degree * (self.degree - 1) * z ** (self.degree - 2)
        return _SMOOTH[self.smooth][2](z)

    def gates(self, z: Tensor) -> Tensor:
        """1 where z > 0, else 0 (relu) or the slope (leaky-relu); 1 everywhere for linear.

        Raises ValueError for power and smooth, which have no gates.
        """
        if self.kind == "linear":
            return torch.ones_like(z)
        if not self.has_kinks:
            raise ValueError(f"a {self.kind} network has no gates")
        low = self.slope if self.kind == "leaky-relu" else 0.0
        return low + (1.0 - low) * (z > 0).to(z.dtype)


def _tanh_second(z: Tensor) -> Tensor:
    return -2 * torch.tanh(z) * (1 - torch.tanh(z) ** 2)


def _swish_first(z: Tensor) -> Tensor:
    return sigmoid(z) * (1 + z * sigmoid(-z))


def _swish_second(z: Tensor) -> Tensor:
    return sigmoid(z) * sigmoid(-z) * (2 + z * (sigmoid(-z) - sigmoid(z)))


_SMOOTH = {
    "softplus": (softplus, sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    "tanh": (torch.tanh, lambda z: 1 - torch.tanh(z) ** 2, _tanh_second),
    "swish": (lambda z: z * sigmoid(z), _swish_first, _swish_second),
}
