"""A ReLU or leaky-ReLU network while its gates stand: multilinear in the layers, with its derivatives.

Notation: pre-activation z_{k,i}(x_n) of hidden layer k = 0..K-2, unit i, example n (all from 0); D_k (N, h_k) slopes of
the gates; normal of a gate dz/dw (p,).
"""

from dataclasses import dataclass

import numpy as np

from .kinks import Gate
from .networks import Layered

_STEP = float(np.finfo(float).eps) ** (1 / 3)  # of the weights, where truncation and rounding are alike


def _mixed_block(cotangent, spread, act):
    """sum_n c_ni S_nlm a_no as (i l, m o): one matrix product, with the smaller side summed over examples."""
    left = cotangent[:, :, None, None] * spread[:, None, :, :]
    return (left.reshape(len(act), -1).T @ act).reshape(-1, spread.shape[2] * act.shape[1])


@dataclass(frozen=True, eq=False)
class GatedNetwork(Layered):
    """The multilinear network that a ReLU network is while its gates stand. Features: outputs (N C,)."""

    widths: tuple[int, ...]
    inputs: np.ndarray
    slopes: tuple[np.ndarray, ...]

    @property
    def degree(self) -> int:
        """Degree of homogeneity in w."""
        return self.depth

    def forward(self, w: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(features (N C,), what `pull_back` reuses: layers and activations (N, h_k))."""
        layers, acts = self.layers(w), [self.inputs]
        for k, layer in enumerate(layers[:-1]):
            acts.append((acts[-1] @ layer.T) * self.slopes[k])
        return (acts[-1] @ layers[-1].T).ravel(), (layers, acts)

    def pre_activations(self, w: np.ndarray) -> list[np.ndarray]:
        """z of every hidden layer, (N, h_k) each."""
        layers, out, act = self.layers(w), [], self.inputs
        for layer, slope in zip(layers[:-1], self.slopes, strict=True):
            out.append(act @ layer.T)
            act = out[-1] * slope
        return out

    def pull_back(self, cache: tuple, rho: np.ndarray) -> np.ndarray:
        """J^T rho (p,)."""
        layers, acts = cache
        cotangents = self.cotangents(layers, rho)
        return np.concatenate([(c.T @ a).ravel() for c, a in zip(cotangents, acts, strict=True)])

    def cotangents(self, layers: list[np.ndarray], rho: np.ndarray) -> list[np.ndarray]:
        """d(rho.u)/dz of every layer, the output's last, (N, h_k) each."""
        out = [rho.reshape(len(self.inputs), -1)]
        for k in range(self.depth - 1, 0, -1):
            out.append((out[-1] @ layers[k]) * self.slopes[k - 1])
        return out[::-1]

    def derivatives(self, w: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(J (m, p), H(rho) (p, p)); blocks W_j, W_k with j > k are all that H has."""
        layers, acts = self.forward(w)[1]
        back = self._output_sensitivities(layers)
        count, classes = len(self.inputs), self.widths[-1]
        jacobian = np.concatenate(
            [
                (s[:, :, :, None] * a[:, None, None, :]).reshape(count * classes, -1)
                for s, a in zip(back, acts, strict=True)
            ],
            axis=1,
        )
        cotangents, hessian = self.cotangents(layers, rho), np.zeros((self.size, self.size))
        for k in range(self.depth - 1):
            spread = self.slopes[k][:, :, None] * np.eye(self.widths[k + 1])  # d act_{k+1} / d z_k (N, h, h)
            for j in range(k + 1, self.depth):
                (rows, _), (columns, _) = self.pieces[j], self.pieces[k]
                block = _mixed_block(cotangents[j], spread, acts[k]).reshape(rows.stop - rows.start, -1)
                hessian[rows, columns] = block
                hessian[columns, rows] = block.T
                if j < self.depth - 1:
                    spread = self.slopes[j][:, :, None] * (layers[j] @ spread)
        return jacobian, hessian

    def _output_sensitivities(self, layers):
        """df_c/dz_k of every layer (N, C, h_k)."""
        out = [np.broadcast_to(np.eye(self.widths[-1]), (len(self.inputs), self.widths[-1], self.widths[-1]))]
        for k in range(self.depth - 1, 0, -1):
            out.append((out[-1] @ layers[k]) * self.slopes[k - 1][:, None, :])
        return out[::-1]

    def normals(self, w: np.ndarray, gates: list[Gate]) -> np.ndarray:
        """dz/dw of the given gates (len(gates), p)."""
        out = np.zeros((len(gates), self.size))
        columns = self.widths[0]
        deep = [(row, gate) for row, gate in zip(out, gates, strict=True) if gate[0]]
        for row, (k, unit, example) in zip(out, gates, strict=True):
            if k == 0:
                row[unit * columns : (unit + 1) * columns] = self.inputs[example]
        if not deep:
            return out
        layers, acts = self.forward(w)[1]
        for row, (k, unit, example) in deep:
            cotangent = np.zeros(self.widths[k + 1])
            cotangent[unit] = 1.0
            for j in range(k, -1, -1):
                piece, shape = self.pieces[j]
                row[piece].reshape(shape)[...] = np.outer(cotangent, acts[j][example])
                if j:
                    cotangent = (cotangent @ layers[j]) * self.slopes[j - 1][example]
        return out

    def bent_normals(self, w: np.ndarray, gates: list[Gate], move: np.ndarray) -> np.ndarray:
        """d2z/dw2 move of the given gates (len(gates), p): the change of their normals as the weights move.

        By differences, which are exact but for rounding: normals are polynomials of degree 2 or less in the weights of
        four layers, and beyond that nearly so over a step this short.
        """
        length = float(np.linalg.norm(move))
        if length == 0.0 or not np.isfinite(length):
            return np.zeros((len(gates), self.size)) * length
        step = move * (_STEP * max(1.0, float(np.linalg.norm(w))) / length)
        ends = [self.normals(w + sign * step, gates) for sign in (1, -1)]
        return (ends[0] - ends[1]) * (length / (2 * float(np.linalg.norm(step))))
