"""S, the part of the Hessian that the slope of the loss carries: layers act on one another through the gates.

Block (k, j) for j < k, where U_j = gate_j (x) a_{j-1} is the derivative by a weight of W_j of the one neuron it feeds:

    k = j + 1:  delta_{a,i'} sum_n delta_k[i] U_j[a,a']
    k = j + 2:  W_{j+1}[a,i'] sum_n delta_k[i] gate_{k-1}[a] U_j[i',a']
    k > j + 2:  sum_n delta_k[i] gate_{k-1}[a] Z_{k-1,j}[a,i'] a_{j-1}[a'],

so that only layers three apart meet a transfer that changes from example to example.
"""

import numpy as np

from .factors import loss_sensitivity, mirrored, sums
from .losses import LossJet
from .passes import Passes, layer_slices, pairs


def add_second_order(matrix: np.ndarray, passes: Passes, jet: LossJet) -> None:
    """Add S, up to its same-layer blocks, to the Hessians (B, p, p) of a chunk."""
    slices, shapes = layer_slices(passes.shapes), passes.shapes
    for k in range(2, passes.depth + 1):
        delta, (high, middle), inner = loss_sensitivity(passes, jet, k), shapes[k - 1], shapes[k - 2][1]
        if k == 2 and high >= inner:
            meeting = sums(delta, passes.local(1))
        else:
            gated = pairs(delta, passes.gate(k - 1))
            meeting = sums(gated, passes.activation(k - 2))
        _add_adjacent(mirrored(matrix, slices[k - 1], slices[k - 2]), meeting.reshape(-1, high, middle, inner))
        for j in range(1, k - 1):
            block = _next_block(passes, gated, k) if j == k - 2 else _far_block(passes, gated, k, j)
            for view in mirrored(matrix, slices[k - 1], slices[j - 1]):
                view += block


def _add_adjacent(views, meeting):
    """Weight (i, a) of layer k meets row a of layer k - 1 alone: meeting (B, h_k, h_{k-1}, h_{k-2})."""
    _, high, middle, inner = meeting.shape
    for view in views:
        target = np.einsum("biaac->biac", view.reshape(-1, high, middle, middle, inner))
        target += meeting


def _next_block(passes, gated, k):
    """Block (k, k-2), (B, p_k, p_{k-2})."""
    (high, outer), (low, inner) = passes.shapes[k - 1], passes.shapes[k - 3]
    found = sums(gated, passes.local(k - 2)).reshape(-1, high, outer, low, inner)
    found *= passes.weights[k - 2][:, None, :, :, None]
    return found.reshape(-1, high * outer, low * inner)


def _far_block(passes, gated, k, j):
    """Block (k, j) for j < k - 2, (B, p_k, p_j)."""
    (high, outer), (low, inner) = passes.shapes[k - 1], passes.shapes[j - 1]
    transfer, below = passes.transfer(k - 1, j), passes.activation(j - 1)
    gated = gated.reshape(-1, high, outer, 1, below.shape[2])
    total: np.ndarray = np.zeros(())
    # As many examples at a time as a quarter of the block's square has room for.
    for some in _example_chunks(below.shape[2], sum(h * d for h, d in passes.shapes) ** 2 // (4 * high * outer * low)):
        factor = gated[..., some] * transfer[:, None, ..., some]
        total = total + sums(factor.reshape(len(below), high * outer * low, -1), below[..., some])
    return total.reshape(-1, high * outer, low * inner)


def _example_chunks(examples, most):
    """Slices of at most `most` examples, and at least one."""
    step = max(1, most)
    return [slice(start, start + step) for start in range(0, examples, step)]
