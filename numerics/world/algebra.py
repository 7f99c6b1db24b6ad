"""Batched algebra: scalars (B,), vectors (B, n) and matrices (B, r, c) as tensors with one leading batch dimension.

Conventions: `shape` hides the batch dimension; a constant may have batch size 1 and broadcasts; indices count
from 1.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import torch
from torch import Tensor

from ..network.scalars import logarithmic_integral
from . import spectra
from .state import frobenius


def kinked(value: Tensor, distance: Tensor) -> Tensor:
    """`value`, with derivative nan where `distance` >= 0 from a kink is 0: no derivative exists there."""
    return value + 0 * torch.sqrt(distance)


def absolute(a: Tensor) -> Tensor:
    """|a| entrywise; its derivative at 0 is nan."""
    return kinked(torch.abs(a), torch.abs(a))


def smallest(values: Tensor) -> Tensor:
    """min over the last dimension; its derivative is nan where the minimum is tied."""
    if values.shape[-1] == 1:
        return values[..., 0]
    two = torch.topk(values, 2, dim=-1, largest=False).values
    return kinked(two[..., 0], two[..., 1] - two[..., 0])


class BatchedAlgebra:
    """The values of the simulated world and the operations on them."""

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self.dtype, self.device = dtype, device

    def _tensor(self, value) -> Tensor:
        return torch.as_tensor(value, dtype=self.dtype, device=self.device)

    def number(self, value: Fraction) -> Tensor:
        """A rational constant, (1,)."""
        return self._tensor([float(value)])

    def shape(self, a: Tensor) -> tuple[int, ...]:
        return tuple(a.shape[1:])

    def reshape(self, a: Tensor, shape: tuple[int, ...]) -> Tensor:
        return a.reshape(len(a), *shape)

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b

    def negate(self, a: Tensor) -> Tensor:
        return -a

    def scale(self, a: Tensor, b: Tensor) -> Tensor:
        """Product of which one factor is a scalar."""
        if a.dim() > 1:
            a, b = b, a
        return a.reshape(-1, *(1,) * (b.dim() - 1)) * b

    def divide(self, a: Tensor, b: Tensor) -> Tensor:
        """a divided by the scalar b."""
        return a / b.reshape(-1, *(1,) * (a.dim() - 1))

    def power(self, a: Tensor, exponent: Fraction) -> Tensor:
        """a to a rational power; nan for a root of a negative number."""
        return a ** (int(exponent) if exponent == int(exponent) else float(exponent))

    def matmul(self, a: Tensor, b: Tensor) -> Tensor:
        """Products of vectors and matrices whose inner sizes agree."""
        left = "bi"[: a.dim()] if a.dim() < 3 else "bri"
        right = "bi" if b.dim() < 3 else "bic"
        out = "b" + ("r" if a.dim() == 3 else "") + ("c" if b.dim() == 3 else "")
        return torch.einsum(f"{left},{right}->{out}", *_matched(a, b))

    def transpose(self, a: Tensor) -> Tensor:
        return a.transpose(1, 2)

    def inner(self, a: Tensor, b: Tensor) -> Tensor:
        """Frobenius inner product of equal shapes."""
        product = a * b
        return product if product.dim() == 1 else product.flatten(1).sum(1)

    def norm(self, a: Tensor) -> Tensor:
        """Euclidean or Frobenius norm; its derivative at 0 is nan."""
        return absolute(a) if a.dim() == 1 else frobenius(a)

    def outer(self, a: Tensor, b: Tensor) -> Tensor:
        return a.unsqueeze(2) * b.unsqueeze(1)

    def trace(self, a: Tensor) -> Tensor:
        return torch.diagonal(a, dim1=1, dim2=2).sum(1)

    def diagonal(self, a: Tensor) -> Tensor:
        return a.unsqueeze(2) * self.identity(a.shape[1])

    def identity(self, n: int) -> Tensor:
        return torch.eye(n, dtype=self.dtype, device=self.device).unsqueeze(0)

    def zeros(self, shape: tuple[int, ...]) -> Tensor:
        return torch.zeros(1, *shape, dtype=self.dtype, device=self.device)

    def entry(self, a: Tensor, *index: int) -> Tensor:
        place: tuple[slice | int, ...] = (slice(None), *(i - 1 for i in index))
        return a[place]

    def row(self, a: Tensor, i: int) -> Tensor:
        return a[:, i - 1, :]

    def column(self, a: Tensor, j: int) -> Tensor:
        return a[:, :, j - 1]

    def extreme(self, name: str, values: Sequence[Tensor]) -> Tensor:
        """'min' or 'max' of scalars; no derivative where it is tied."""
        table = torch.stack(torch.broadcast_tensors(*values), -1)
        return smallest(table) if name == "min" else -smallest(-table)

    def apply(self, name: str, a: Tensor) -> Tensor:
        """A named function: entrywise (exp log sqrt abs sign li), of a vector (softmax), of a matrix (the rest).

        Raises ValueError for a name that has no meaning here.
        """
        if name not in _FUNCTIONS:
            raise ValueError(f"no function {name!r} in the simulated world")
        return _FUNCTIONS[name](a)


def _matched(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both with the same batch size."""
    size = max(len(a), len(b))
    return a.expand(size, *a.shape[1:]), b.expand(size, *b.shape[1:])


def sign(a: Tensor) -> Tensor:
    """The sign, NaN at 0, which is outside of its domain."""
    return torch.where(a == 0, torch.nan, torch.sign(a))


_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": absolute,
    "sign": sign,
    "li": logarithmic_integral,
    "softmax": lambda a: torch.softmax(a, 1),
    "pinv": lambda a: torch.linalg.pinv(spectra.as_matrix(a)),
    "null_projector": spectra.null_projector,
    "rank": spectra.rank,
    "nullity": spectra.nullity,
    "eigmin": lambda a: spectra.eigenvalues(a)[:, 0],
    "eigmax": lambda a: spectra.eigenvalues(a)[:, -1],
    "distinct": spectra.distinct,
}
