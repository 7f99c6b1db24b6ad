"""The networks of a setting as those of `curvature`, smooth ones among them.

    softplus   log(1 + e^z)     s' = sigma(z)                    s'' = sigma(z) sigma(-z)
    tanh                        s' = 4 q/(1 + q)^2               s'' = -2 tanh(z) s',   q = e^(-2|z|)
    swish      z sigma(z)       s' = sigma(z) (1 + z sigma(-z))  s'' = sigma(z) sigma(-z) (2 + z (sigma(-z) - sigma(z)))

Each has correct digits in both tails, as far as floats reach (`SATURATED`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ..network.activations import SMOOTH, Activation
from .model import Architecture

Entrywise = Callable[[np.ndarray], np.ndarray]

SATURATED = {"softplus": 700.0, "tanh": 350.0, "swish": 700.0}  # -z, or |z|, from which a derivative may underflow


def _sech_squared(z: np.ndarray) -> np.ndarray:
    q = np.exp(-2 * np.abs(z))
    return 4 * q / (1 + q) ** 2


_JETS: dict[str, tuple[Entrywise, Entrywise, Entrywise]] = {
    "softplus": (lambda z: np.logaddexp(0.0, z), expit, lambda z: expit(z) * expit(-z)),
    "tanh": (np.tanh, _sech_squared, lambda z: -2 * np.tanh(z) * _sech_squared(z)),
    "swish": (
        lambda z: z * expit(z),
        lambda z: expit(z) * (1 + z * expit(-z)),
        lambda z: expit(z) * expit(-z) * (2 + z * (expit(-z) - expit(z))),
    ),
}


@dataclass(frozen=True)
class SmoothArchitecture(Architecture):
    """A network with a smooth activation, one of softplus, tanh and swish. Raises ValueError for another."""

    activation: str = "smooth"
    smooth: str = "softplus"

    def __post_init__(self):
        if self.smooth not in SMOOTH:
            raise ValueError(f"smooth {self.smooth!r}: expected one of {', '.join(SMOOTH)}")

    @property
    def is_curved(self) -> bool:
        return True

    @property
    def is_bounded(self) -> bool:
        """Whether s is bounded, so that outputs grow with the last layer only."""
        return self.smooth == "tanh"

    def value(self, z: np.ndarray) -> np.ndarray:
        return _JETS[self.smooth][0](z)

    def first(self, z: np.ndarray) -> np.ndarray:
        return _JETS[self.smooth][1](z)

    def second(self, z: np.ndarray) -> np.ndarray:
        return _JETS[self.smooth][2](z)

    def is_saturated(self, z: np.ndarray) -> bool:
        """Whether a derivative at one of the pre-activations may be 0 for want of range."""
        low = -np.abs(z) if self.is_bounded else z
        return bool((low < -SATURATED[self.smooth]).any())


def architecture_of(activation: Activation, output_activation: bool = False) -> Architecture:
    """The same network for `curvature`."""
    if activation.kind == "smooth":
        return SmoothArchitecture(smooth=activation.smooth, output_activation=output_activation)
    return Architecture(activation.kind, activation.slope, activation.degree, output_activation)
