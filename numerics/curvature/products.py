"""Hessian-vector products by one tangent pass forward and one back, without the Hessian.

dz_k = W_k da_{k-1} + D_k a_{k-1},  da_k = s'(z_k) dz_k,
(H v)_k = ddelta_k a_{k-1}^T + delta_k da_{k-1}^T + 2 decay_k D_k,   v = (D_1, ..., D_K).
"""

from collections.abc import Sequence

import numpy as np

from .losses import LossJet, loss_jet
from .model import Architecture, Objective
from .passes import Passes, as_batch, layer_slices


class HessianOperator:
    """v -> H v over exp(log_scale) for a batch of networks; the point's own passes are done once.

    Attributes: size p; log_scale, kink_distance (B,). One product costs about 8 N p flops a net and vector.
    """

    def __init__(self, passes: Passes, jet: LossJet):
        self.passes, self.jet = passes, jet
        self.slices = layer_slices(passes.shapes)
        self.size = self.slices[-1].stop
        self.log_scale, self.kink_distance = jet.log_scale, passes.kink_distance
        self._by_activation, self._by_pre = self._gradients()

    def _gradients(self):
        """Scaled dl/da_k and delta_k = dl/dz_k for k = 1..K, each (B, 1, h_k, N)."""
        by_activation, by_pre = [self.jet.slope.swapaxes(1, 2)[:, None]], []
        for k in range(self.passes.depth, 0, -1):
            by_pre.append(by_activation[-1] * self.passes.gate(k)[:, None])
            by_activation.append(self.passes.weights[k - 1].swapaxes(1, 2)[:, None] @ by_pre[-1])
        return by_activation[-2::-1], by_pre[::-1]

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """H v for vectors (B, p) or (B, p, m), of the same shape. Raises ValueError on another length."""
        if vectors.shape[1] != self.size:
            raise ValueError(f"vectors of length {vectors.shape[1]}; the network has {self.size} parameters")
        stacked = vectors[..., None] if vectors.ndim == 2 else vectors
        directions = [
            stacked[:, where].swapaxes(1, 2).reshape(len(stacked), -1, *shape)
            for where, shape in zip(self.slices, self.passes.shapes, strict=True)
        ]
        rows = self._pull_back(directions, *self._push_forward(directions))
        found = np.concatenate([r.reshape(*r.shape[:2], -1) for r in rows], axis=2).swapaxes(1, 2)
        return found[..., 0] if vectors.ndim == 2 else found

    def _push_forward(self, directions):
        """(dz_1..dz_K, da_0..da_K), each (B, m, h, N)."""
        passes = self.passes
        moved_pre, moved = [], [np.zeros((1, 1, *passes.activation(0).shape[1:]))]
        for k, direction in enumerate(directions, start=1):
            w, a = passes.weights[k - 1][:, None], passes.activation(k - 1)[:, None]
            moved_pre.append(w @ moved[-1] + direction @ a)
            moved.append(passes.gate(k)[:, None] * moved_pre[-1])
        return moved_pre, moved

    def _pull_back(self, directions, moved_pre, moved):
        """The layers of H v, each (B, m, h_k, h_{k-1})."""
        passes, jet = self.passes, self.jet
        back = np.einsum("bnec,bned,bmdn->bmcn", jet.root, jet.root, moved[-1], optimize=True)
        rows = []
        for k in range(passes.depth, 0, -1):
            w, direction, delta = passes.weights[k - 1][:, None], directions[k - 1], self._by_pre[k - 1]
            moved_delta = passes.gate(k)[:, None] * back
            if passes.architecture.is_curved and k <= passes.activated:
                bend = passes.architecture.second(passes.pre(k))[:, None] * self._by_activation[k - 1]
                moved_delta = moved_delta + bend * moved_pre[k - 1]
            row = moved_delta @ passes.activation(k - 1)[:, None].swapaxes(2, 3)
            row = row + delta @ moved[k - 1].swapaxes(2, 3)
            rows.append(row + jet.decays[:, k - 1, None, None, None] * direction)
            back = direction.swapaxes(2, 3) @ delta + w.swapaxes(2, 3) @ moved_delta
        return rows[::-1]


def hessian_operator(
    weights: Sequence[np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    architecture: Architecture,
    objective: Objective,
) -> HessianOperator:
    """The operator at a point; arguments as for `hessian` (a single network counts as a batch of one)."""
    layers, _ = as_batch(weights)
    passes = Passes(layers, inputs, architecture)
    return HessianOperator(passes, loss_jet(objective, passes.outputs, targets, passes.depth))
