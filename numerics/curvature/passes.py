"""Forward and backward products of a batch of networks, computed once and shared by every block of the Hessian.

Notation: a_k activations, z_k pre-activations (B, h_k, N), D_k = diag s'(z_k), B_k = df/dz_k (B, C, h_k, N),
Z_mk = dz_m/dz_k (B, h_m, h_k, N), delta_k = l' B_k (B, h_k, N). Examples stand last, where products run fastest.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from .model import Architecture


def layer_slices(shapes: Sequence[tuple[int, int]]) -> list[slice]:
    """Where each layer stands in the parameter vector: layers stacked, each row by row."""
    ends = np.cumsum([h * d for h, d in shapes])
    return [slice(int(end) - h * d, int(end)) for end, (h, d) in zip(ends, shapes, strict=True)]


def as_batch(weights: Sequence[np.ndarray]) -> tuple[list[np.ndarray], bool]:
    """(weights (B, h_k, h_{k-1}) in float64, whether they came without a batch axis). Raises ValueError on misfits."""
    layers = [np.asarray(w, dtype=np.float64) for w in weights]
    single = layers[0].ndim == 2
    layers = [w[None] for w in layers] if single else layers
    for below, above in pairwise(layers):
        if above.shape[2] != below.shape[1] or above.shape[0] != below.shape[0]:
            raise ValueError(f"layer of shape {above.shape} cannot follow one of shape {below.shape}")
    return layers, single


def pairs(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """left[i] right[a] of (B, h, N) and (B, d, N), rows (i, a): (B, h d, N)."""
    batch, _, examples = left.shape
    return (left[:, :, None] * right[:, None]).reshape(batch, -1, examples)


class Passes:
    """Caches of one evaluation: `weights` K arrays (B, h_k, h_{k-1}), inputs (N, d) or (B, N, d).

    Layers count from 1: `activation(k)` for k = 0..K, `pre(k)`, `gate(k)` = s'(z_k), `sensitivity(k)` = B_k.
    """

    def __init__(self, weights: Sequence[np.ndarray], inputs: np.ndarray, architecture: Architecture):
        self.weights, self.architecture, self.depth = list(weights), architecture, len(weights)
        self.activated = architecture.activated_layers(self.depth)
        columns = np.ascontiguousarray(np.asarray(inputs, dtype=np.float64).swapaxes(-1, -2))
        self._activations = [np.broadcast_to(columns, (len(self.weights[0]), *columns.shape[-2:]))]
        self._pre: list[np.ndarray] = []
        self._gates: list[np.ndarray] = []
        for k, w in enumerate(self.weights, start=1):
            self._push(w @ self._activations[-1], k <= self.activated)
        self._transfers: dict[tuple[int, int], np.ndarray] = {}
        self._locals: dict[int, np.ndarray] = {}

    def _push(self, z: np.ndarray, activated: bool) -> None:
        """Keep z_k, s'(z_k) and a_k, which is s'(z) z where s is piecewise linear."""
        gate, value = np.ones_like(z), z
        if activated:
            gate = self.architecture.first(z)
            value = self.architecture.value(z) if self.architecture.is_curved else gate * z
        self._pre.append(z)
        self._gates.append(gate)
        self._activations.append(value)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(h_k, h_{k-1}) of each layer."""
        return [w.shape[1:] for w in self.weights]

    @property
    def outputs(self) -> np.ndarray:
        """f, (B, N, C)."""
        return self._activations[-1].swapaxes(1, 2)

    def activation(self, k: int) -> np.ndarray:
        return self._activations[k]

    def pre(self, k: int) -> np.ndarray:
        return self._pre[k - 1]

    def gate(self, k: int) -> np.ndarray:
        """s'(z_k), or 1 where no activation follows layer k."""
        return self._gates[k - 1]

    @cached_property
    def kink_distance(self) -> np.ndarray:
        """min over examples and gated neurons of |z_k|, (B,); inf where s has no kink."""
        gated = self._pre[: self.activated] if self.architecture.has_kinks else []
        smallest = [np.abs(z).min(axis=(1, 2)) for z in gated]
        return np.min(smallest, axis=0) if smallest else np.full(len(self.weights[0]), np.inf)

    def sensitivity(self, k: int) -> np.ndarray:
        """B_k = df/dz_k = B_{k+1} W_{k+1} D_k, (B, C, h_k, N)."""
        return self._sensitivities[k - 1]

    @cached_property
    def _sensitivities(self) -> list[np.ndarray]:
        top = self.gate(self.depth)
        found = [np.eye(top.shape[1])[:, :, None] * top[:, None]]
        for k in range(self.depth - 1, 0, -1):
            back = self.weights[k].swapaxes(1, 2)[:, None] @ found[-1]
            found.append(back * self.gate(k)[:, None])
        return found[::-1]

    def local(self, k: int) -> np.ndarray:
        """U_k = da_k[i] / dW_k[i,a] = gate_k[i] a_{k-1}[a], rows (i, a): (B, h_k h_{k-1}, N)."""
        if k not in self._locals:
            self._locals[k] = pairs(self.gate(k), self.activation(k - 1))
        return self._locals[k]

    def transfer(self, m: int, k: int) -> np.ndarray:
        """Z_mk = dz_m/dz_k = W_m D_{m-1} Z_{m-1,k} for m > k, (B, h_m, h_k, N)."""
        if (m, k) not in self._transfers:
            w, gate = self.weights[m - 1], self.gate(m - 1)
            if m == k + 1:
                found = w[..., None] * gate[:, None]
            else:
                below = gate[:, :, None] * self.transfer(m - 1, k)
                found = (w @ below.reshape(*below.shape[:2], -1)).reshape(len(w), -1, *below.shape[2:])
            self._transfers[m, k] = found
        return self._transfers[m, k]
