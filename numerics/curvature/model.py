"""What a Hessian is taken of: the shape of the network and the loss.

f = W_K s(W_{K-1} ... s(W_1 x)), no biases; z_k = W_k a_{k-1} pre-activations, a_0 = x, a_k = s(z_k).
"""

from dataclasses import dataclass

import numpy as np

ACTIVATIONS = ("linear", "relu", "leaky-relu", "power")
LOSSES = ("exponential", "logistic", "square", "cross-entropy")


@dataclass(frozen=True)
class Architecture:
    """Activation of a network: linear z; relu max(z, 0); leaky-relu max(z, 0) + slope min(z, 0); power z^degree.

    `output_activation` applies s after the last layer too. Raises ValueError for an unknown kind or a degree below 2.
    """

    activation: str = "relu"
    slope: float = 0.1
    degree: int = 2
    output_activation: bool = False

    def __post_init__(self):
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation {self.activation!r}: expected one of {', '.join(ACTIVATIONS)}")
        if self.activation == "power" and self.degree < 2:
            raise ValueError(f"degree {self.degree}: a power activation has degree 2 or more")

    @property
    def has_kinks(self) -> bool:
        """Whether s' jumps at 0."""
        return self.activation in ("relu", "leaky-relu")

    @property
    def is_curved(self) -> bool:
        """Whether s'' is nonzero off the kinks, so that same-layer blocks gain a term."""
        return self.activation == "power"

    def activated_layers(self, depth: int) -> int:
        """How many layers s follows: depth - 1, or depth with an output activation."""
        return depth if self.output_activation else depth - 1

    def value(self, z: np.ndarray) -> np.ndarray:
        """s(z), entrywise."""
        if self.activation == "power":
            return z**self.degree
        return z if self.activation == "linear" else z * self.first(z)

    def first(self, z: np.ndarray) -> np.ndarray:
        """s'(z), entrywise; at a kink that of the left piece, which no caller may rely on."""
        match self.activation:
            case "linear":
                return np.ones_like(z)
            case "relu":
                return (z > 0).astype(z.dtype)
            case "leaky-relu":
                return np.where(z > 0, 1.0, self.slope)
        return self.degree * z ** (self.degree - 1)

    def second(self, z: np.ndarray) -> np.ndarray:
        """s''(z), entrywise, off the kinks."""
        if not self.is_curved:
            return np.zeros_like(z)
        return self.degree * (self.degree - 1) * z ** (self.degree - 2)


@dataclass(frozen=True)
class Objective:
    """Loss: sum or mean over examples of one of LOSSES, plus sum_k decay_k |W_k|_F^2.

    Per example: exponential exp(-y f); logistic log(1 + exp(-y f)); square |y - f|^2; cross-entropy
    -log softmax(f)[y] with labels 1..C. `weight_decay` is one number or one a layer.
    Raises ValueError for an unknown loss or a negative decay.
    """

    loss: str = "exponential"
    average: bool = True
    weight_decay: float | tuple[float, ...] = 0.0

    def __post_init__(self):
        if self.loss not in LOSSES:
            raise ValueError(f"loss {self.loss!r}: expected one of {', '.join(LOSSES)}")
        if np.min(self.weight_decay) < 0:
            raise ValueError(f"weight decay {self.weight_decay}: expected nonnegative numbers")

    def decays(self, depth: int) -> np.ndarray:
        """decay_k for k = 1..depth. Raises ValueError if a list of another length was given."""
        decay = np.asarray(self.weight_decay, dtype=np.float64)
        if decay.ndim and len(decay) != depth:
            raise ValueError(f"{len(decay)} weight decays for {depth} layers")
        return np.broadcast_to(decay, (depth,))
