"""A simulated world whose every operation carries a fresh random rounding error, as float32 would, without its
range.

Notation: u32 = 2^-24; each result r of an operation becomes r (1 + u32 xi), xi uniform in (-1, 1), entry by entry.

Why: rounding errors of float32 are multiples of an ulp and often exactly 0; a random error of the same size
never is, and float64 keeps e^100. Signs, zeros and gates are not touched.

Reference: J. Vignes, A stochastic arithmetic for reliable scientific computation (1993).
"""

import torch

from .ladder import U32
from .simulated import SimulatedWorld

ROUNDED = (
    "add",
    "scale",
    "divide",
    "power",
    "matmul",
    "inner",
    "norm",
    "outer",
    "trace",
    "apply",
    "output",
    "loss_value",
    "margin",
    "preactivation",
    "layer_norm",
    "norm_product",
    "weight",
    "direction",
    "gradient",
    "hessian",
    "rate",
)
EXACT_FUNCTIONS = ("sign", "rank", "nullity", "distinct")


class JitteredWorld(SimulatedWorld):
    """The simulated world with random rounding at u32; keywords as SimulatedWorld, and the `seed` of the errors."""

    def __init__(self, points, *, seed: int = 0, **setting):
        super().__init__(points, **setting)
        self._generator = torch.Generator(self.device).manual_seed(seed)
        self._exact = False

    def velocity(self, state, flow: str) -> tuple[torch.Tensor, ...]:
        return tuple(self._rounded(part) for part in super().velocity(state, flow))

    def _is_loss(self, state, body) -> bool:
        self._exact = True
        try:
            return super()._is_loss(state, body)
        finally:
            self._exact = False

    def _rounded(self, value: torch.Tensor) -> torch.Tensor:
        if self._exact:
            return value
        xi = torch.rand(value.shape, generator=self._generator, dtype=self.dtype, device=self.device)
        return value * (1 + U32 * (2 * xi - 1))


def _rounding(name: str):
    exact = getattr(SimulatedWorld, name)

    def method(self, *args):
        value = exact(self, *args)
        return value if name == "apply" and args[0] in EXACT_FUNCTIONS else self._rounded(value)

    method.__name__, method.__doc__ = name, exact.__doc__
    return method


for _name in ROUNDED:
    setattr(JitteredWorld, _name, _rounding(_name))
