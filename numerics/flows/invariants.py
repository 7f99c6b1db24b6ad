"""Quadratic quantities that a flow conserves, and the projection that keeps them to rounding.

About: a stiff solver conserves no quadratic invariant, and over 10^12 units of log t its errors would add up.

Conserved by dW_k = -grad_k L without weight decay, for each hidden layer k = 1..K-1:
    linear           W_{k+1}^T W_{k+1} - W_k W_k^T             (h_k, h_k)
    s(a z) = a^p s(z)   p |col_i W_{k+1}|^2 - |row_i W_k|^2    one a neuron
by the constrained and weight-norm flows: p |W_{k+1}|^2 - |W_k|^2; by the fixed-rho flow: every |W_k|^2.

Projection: the nearest weights (to first order) with the old values; W_{k+1} -> W_{k+1} (1 + A), W_k -> (1 -
A/p) W_k with a symmetric A of the invariant's own form, repeated over the layers until what is left is rounding.
"""

import itertools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Balance:
    """What is kept between neighbouring layers: `form` "matrix", "neuron", "layer" or "norms"; `degree` p of s."""

    form: str
    degree: int = 1

    def of(self, layers) -> list[np.ndarray]:
        """The invariants of W_1, ..., W_K, one array a hidden layer ("norms": one number a layer)."""
        if self.form == "norms":
            return [np.array([np.vdot(w, w)]) for w in layers]
        return [self._between(low, high) for low, high in itertools.pairwise(layers)]

    def _between(self, low, high):
        if self.form == "matrix":
            return high.T @ high - low @ low.T
        if self.form == "neuron":
            return self.degree * (high * high).sum(axis=0) - (low * low).sum(axis=1)
        return np.array([self.degree * np.vdot(high, high) - np.vdot(low, low)])

    def drift(self, layers, start) -> float:
        """Largest change of an invariant since `start`, relative to the sum of |W_k|^2."""
        size = max(sum(float(np.vdot(w, w)) for w in layers), np.finfo(float).tiny)
        return (
            max(
                (float(np.abs(now - then).max()) for now, then in zip(self.of(layers), start, strict=True)),
                default=0.0,
            )
            / size
        )

    def restore(self, layers, start, sweeps: int = 400) -> None:
        """Moves the layers, in place, back onto the values `start`.

        Layers pull on their neighbours, so several sweeps are needed for K >= 3; they contract by a fixed
        factor each.
        """
        if self.form == "norms":
            for w, square in zip(layers, start, strict=True):
                w *= np.sqrt(square[0] / np.vdot(w, w))
            return
        best = np.inf
        for _ in range(sweeps):
            for k in range(len(layers) - 1):
                self._restore_one(layers[k], layers[k + 1], start[k])
            drift = self.drift(layers, start)
            if drift <= 2 * np.finfo(float).eps:
                return
            if drift >= 0.95 * best:  # sweeps no longer help: rounding, or layers too entangled for one at a time
                break
            best = drift
        if sweeps > 2 and self.form == "matrix" and len(layers) > 2:
            self._restore_jointly(layers, start)

    def _restore_jointly(self, layers, start):
        """Gauss-Newton steps of least norm on all layers at once, while they help."""
        drift = self.drift(layers, start)
        for _ in range(6):
            defect = np.concatenate([(then - now).ravel() for now, then in zip(self.of(layers), start, strict=True)])
            move = np.linalg.lstsq(_matrix_balance_jacobian(layers), defect, rcond=1e-13)[0]
            trial, at = [], 0
            for w in layers:
                trial.append(w + move[at : at + w.size].reshape(w.shape))
                at += w.size
            if not self.drift(trial, start) < drift:
                return
            drift = self.drift(trial, start)
            for w, new in zip(layers, trial, strict=True):
                w[...] = new

    def _restore_one(self, low, high, target):
        defect = target - self._between(low, high)
        if self.form == "matrix":
            stretch = _symmetric_sylvester(high.T @ high + low @ low.T, defect)
            high += high @ stretch
            low -= stretch @ low
            return
        p = self.degree
        axes = {"neuron": (0, 1), "layer": (None, None)}[self.form]
        weight = 2 * p * (high * high).sum(axis=axes[0]) + (2 / p) * (low * low).sum(axis=axes[1])
        stretch = np.divide(defect, weight, out=np.zeros_like(defect), where=np.asarray(weight) > 0)
        high *= 1 + stretch
        low *= 1 - stretch[:, None] / p


def _matrix_balance_jacobian(layers):
    """Derivative of all W_{k+1}^T W_{k+1} - W_k W_k^T (entries by rows) in the stacked weights."""
    blocks = []
    for k in range(len(layers) - 1):
        low, high = layers[k], layers[k + 1]
        h, eye = len(low), np.eye(len(low))
        upper = np.einsum("il,mj->ijml", eye, high) + np.einsum("jl,mi->ijml", eye, high)
        lower = np.einsum("ia,jb->ijab", eye, low) + np.einsum("ja,ib->ijab", eye, low)
        row = [np.zeros((h * h, w.size)) for w in layers]
        row[k], row[k + 1] = -lower.reshape(h * h, -1), upper.reshape(h * h, -1)
        blocks.append(np.hstack(row))
    return np.vstack(blocks)


def _symmetric_sylvester(matrix, right):
    """The symmetric A with A M + M A = right for a positive semidefinite M, zero on its kernel."""
    values, vectors = np.linalg.eigh(matrix)
    sums = values[:, None] + values
    turned = vectors.T @ right @ vectors
    # Below this the two neurons are dead in both layers, and nothing can or need be moved there.
    floor = values[-1] * len(values) * np.finfo(float).eps
    return vectors @ np.divide(turned, sums, out=np.zeros_like(turned), where=sums > floor) @ vectors.T
