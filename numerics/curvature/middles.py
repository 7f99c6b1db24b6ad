"""Blocks sum_n M_kj[i,i'] a_{k-1}[a] a_{j-1}[a'] with M_kj = d^2 l / dz_k dz_j, summed over classes before examples.

    M_kj = B_k^T l'' B_j + Q_kj,   Q_kj = sum_m Z_mk^T diag(s''(z_m) dl/da_m) Z_mj  (0 where s is piecewise linear).

The Gram matrix of the columns of J has C N terms an entry, this sum N; the price is that a product over pairs of
neurons and pairs of inputs comes out in another order than the Hessian's and is copied.
"""

import numpy as np

from .factors import loss_sensitivity, mirrored, weighted_sensitivity
from .losses import LossJet
from .passes import Passes, layer_slices, pairs

# Entries of one product before it is copied into place, so that it stays in cache.
_SCRATCH = 1 << 17


def fill_by_middles(matrix: np.ndarray, passes: Passes, jet: LossJet) -> None:
    """Write J^T l'' J and the same-layer part of S into the Hessians (B, p, p) of a chunk."""
    slices = layer_slices(passes.shapes)
    weighted = [weighted_sensitivity(passes, jet, k) for k in range(1, passes.depth + 1)]
    for k in range(1, passes.depth + 1):
        for j in range(1, k + 1):
            middle = np.einsum("bcin,bcjn->bijn", weighted[k - 1], weighted[j - 1])
            for m in range(k, passes.activated + 1) if passes.architecture.is_curved else ():
                middle += _bend(passes, jet, m, k, j)
            views = mirrored(matrix, slices[k - 1], slices[j - 1])
            _write(views[: 1 if j == k else 2], middle, passes.activation(k - 1), passes.activation(j - 1))


def _write(views, middle, above, below):
    """sum_n middle[i,i',n] above[a,n] below[a',n] into rows (i, a) and columns (i', a') of each view."""
    batch, high, low, examples = middle.shape
    outer, inner = above.shape[1], below.shape[1]
    factor = pairs(above, below).swapaxes(1, 2)
    step = max(1, _SCRATCH // (batch * low * outer * inner))
    for start in range(0, high, step):
        some = middle[:, start : start + step].reshape(batch, -1, examples)
        block = (some @ factor).reshape(batch, -1, low, outer, inner).swapaxes(2, 3)
        for view in views:
            view.reshape(batch, high, outer, low, inner)[:, start : start + step] = block


def _bend(passes, jet, m, k, j):
    """Z_mk^T diag(s''(z_m) dl/da_m) Z_mj, (B, h_k, h_j, N)."""
    if m == passes.depth:
        back = jet.slope.swapaxes(1, 2)
    else:
        back = passes.weights[m].swapaxes(1, 2) @ loss_sensitivity(passes, jet, m + 1)
    bend = passes.architecture.second(passes.pre(m)) * back
    return np.einsum("buin,bun,buln->biln", _reach(passes, m, k), bend, _reach(passes, m, j), optimize=True)


def _reach(passes, m, k):
    """Z_mk with Z_kk = I."""
    if m > k:
        return passes.transfer(m, k)
    batch, width, examples = passes.pre(k).shape
    return np.broadcast_to(np.eye(width)[:, :, None], (batch, width, width, examples))
