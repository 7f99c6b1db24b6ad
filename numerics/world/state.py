"""A point at which quantities of the network are taken: layers W, or norms and directions (rho, V).

Notation: W_k (B, r, c); rho_k (B,); V_k (B, r, c). A polar state has W_k = rho_k V_k with V_k free, not normalised.

Conventions: a state belongs to one differentiation level and remembers what was computed from it, so that many
examples cost one forward pass.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def frobenius(a: Tensor) -> Tensor:
    """|a|_F over all but the batch dimension, (B,); its derivative at 0 is nan."""
    return torch.sqrt((a * a).flatten(1).sum(1))


def scaled(factor: Tensor, a: Tensor) -> Tensor:
    """factor (B,) times a (B, ...)."""
    return factor.reshape(-1, *(1,) * (a.dim() - 1)) * a


class State:
    """Layers W, or norms rho and directions V; exactly one of the two is given."""

    def __init__(
        self,
        W: Sequence[Tensor] | None = None,
        rho: Sequence[Tensor] | None = None,
        V: Sequence[Tensor] | None = None,
    ):
        self.polar = W is None
        self._layers = None if W is None else tuple(W)
        self._norms = None if rho is None else tuple(rho)
        self._directions = None if V is None else tuple(V)
        self._memory: dict[Any, Any] = {}

    def remember(self, key: Any, compute: Callable[[], Any]) -> Any:
        """The value of `compute`, computed once a state."""
        if key not in self._memory:
            self._memory[key] = compute()
        return self._memory[key]

    @property
    def W(self) -> tuple[Tensor, ...]:
        """Layers; rho_k V_k in a polar state."""
        if self._layers is None:
            self._layers = tuple(scaled(r, v) for r, v in zip(self.rho, self.V, strict=True))
        return self._layers

    @property
    def rho(self) -> tuple[Tensor, ...]:
        """Norms |W_k|_F; the leaves in a polar state."""
        if self._norms is None:
            self._norms = tuple(frobenius(w) for w in self.W)
        return self._norms

    @property
    def V(self) -> tuple[Tensor, ...]:
        """Directions W_k/|W_k|_F; the leaves in a polar state."""
        if self._directions is None:
            self._directions = tuple(scaled(1 / r, w) for r, w in zip(self.rho, self.W, strict=True))
        return self._directions

    def leaves(self, space: str) -> tuple[Tensor, ...]:
        """What a derivative by `space` ('W', 'V' or 'rho') is taken by.

        Raises ValueError for a derivative by W in a polar state: W and (rho, V) do not mix in one nest.
        """
        if space == "W" and self.polar:
            raise ValueError("a derivative by W inside one by V or rho")
        return {"W": lambda: self.W, "V": lambda: self.V, "rho": lambda: self.rho}[space]()

    def moved(self, space: str, leaves: Sequence[Tensor]) -> "State":
        """A new state with the leaves of `space` replaced and those of the others kept."""
        if space == "W":
            return State(W=leaves)
        if space == "V":
            return State(rho=self.rho, V=leaves)
        return State(rho=leaves, V=self.V)


def stacked(blocks: Sequence[Tensor]) -> Tensor:
    """All blocks (B, ...) as one vector (B, p), each row by row."""
    return torch.cat([b.flatten(1) if b.dim() > 1 else b.unsqueeze(1) for b in blocks], 1)
