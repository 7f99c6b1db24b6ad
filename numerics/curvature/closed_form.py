"""Closed-form Hessians of deep networks without biases.

    H = J^T diag(l'') J + S,   block (k, j) of S for j < k:
    S[(i,a), (i',a')] = sum_n delta_k[n,i] P_{k-1,j}[n,a,i'] a_{j-1}[n,a'],   P_{m,j} = D_m Z_mj,

with delta_k = l' B_k; its same-layer blocks vanish where s is piecewise linear. A curved s adds
sum_n Q_kj[n,i,i'] a_{k-1}[n,a] a_{j-1}[n,a'],  Q_kj = sum_m Z_mk^T diag(s''(z_m) dl/da_m) Z_mj, to every block.
Weight decay adds 2 decay_k I. Parameter order: layers stacked, each row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .losses import LossJet, loss_jet, per_net
from .model import Architecture, Objective
from .passes import Passes, as_batch, layer_slices

# Nets are taken together while their Hessians fit in about this many entries, so that a chunk stays in cache.
_CHUNK_ENTRIES = 1 << 19
# Rows of a Gram matrix that one product writes: they leave the cache once, which is what a large Hessian costs.
_PANEL = 120


@dataclass(frozen=True)
class Curvature:
    """Hessian exp(log_scale) * matrix. Shapes (B,), (B, p, p), (B,); without B for a single network.

    Mirrored entries are summed in another order, so the matrix is symmetric up to `hessian_error`, not to the bit.
    `kink_distance` is the least |pre-activation| that meets a kink: at 0 the matrix has no meaning.
    """

    log_scale: np.ndarray
    matrix: np.ndarray
    kink_distance: np.ndarray


def hessian(
    weights: Sequence[np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    architecture: Architecture,
    objective: Objective,
    out: np.ndarray | None = None,
) -> Curvature:
    """Hessians of a batch of networks by all their weights, in closed form, float64.

    weights: K arrays (B, h_k, h_{k-1}) or (h_k, h_{k-1}); inputs (N, d) or (B, N, d); targets as in `loss_jet`.
    Time 2 N C p^2 flops a net or less, extra memory about N C p + N h^2 entries beside the output. `out`, contiguous
    float64 of the shape of the result, is filled and returned as the matrix, which saves the fresh pages.
    Raises ValueError where shapes do not fit.
    """
    layers, single = as_batch(weights)
    batch, size = len(layers[0]), sum(w[0].size for w in layers)
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    matrix = np.empty((batch, size, size)) if out is None else _checked(out, batch, size)
    log_scale, distance = np.empty(batch), np.empty(batch)
    step = max(1, _CHUNK_ENTRIES // size**2)
    for start in range(0, batch, step):
        nets = slice(start, min(start + step, batch))
        xs = inputs[nets] if inputs.ndim == 3 else inputs
        passes = Passes([w[nets] for w in layers], xs, architecture)
        ys = targets[nets] if per_net(targets, passes.outputs, objective) else targets
        jet = loss_jet(objective, passes.outputs, ys, passes.depth)
        _fill(matrix[nets], passes, jet)
        log_scale[nets], distance[nets] = jet.log_scale, passes.kink_distance
    return Curvature(log_scale[0], matrix[0], distance[0]) if single else Curvature(log_scale, matrix, distance)


def hessian_from(passes: Passes, jet: LossJet) -> np.ndarray:
    """Hessians (B, p, p) over exp(jet.log_scale), from passes and loss derivatives that are at hand."""
    size = layer_slices(passes.shapes)[-1].stop
    matrix = np.empty((len(passes.weights[0]), size, size))
    _fill(matrix, passes, jet)
    return matrix


def _checked(out: np.ndarray, batch: int, size: int) -> np.ndarray:
    """`out` as (B, p, p), sharing its memory."""
    if out.dtype != np.float64 or not out.flags.c_contiguous or out.size != batch * size**2:
        raise ValueError(f"out of shape {out.shape}, {out.dtype}: expected contiguous float64 for {batch} x {size}^2")
    return out.reshape(batch, size, size)


def _fill(matrix: np.ndarray, passes: Passes, jet: LossJet) -> None:
    """Write the Hessians of a chunk into `matrix` (B, p, p)."""
    slices = layer_slices(passes.shapes)
    columns = gram_columns(passes, jet)
    if len(matrix) == 1:
        _fill_gram(matrix[0], columns[0])
    else:
        np.matmul(columns, columns.swapaxes(1, 2), out=matrix)
    for k in range(2, passes.depth + 1):
        _add_adjacent_blocks(matrix, passes, jet, k, slices)
        for j in range(1, k - 1):
            _add_distant_blocks(matrix, passes, jet, k, j, slices)
    if passes.architecture.is_curved:
        _add_curved_blocks(matrix, passes, jet, slices)
    diagonal = np.einsum("bii->bi", matrix)
    for k, where in enumerate(slices):
        diagonal[:, where] += jet.decays[:, k, None]


def gram_columns(passes: Passes, jet: LossJet) -> np.ndarray:
    """(R J)^T with l'' = R^T R: rows parameters, columns (c, n), (B, p, C N); J_k = B_k (x) a_{k-1}."""
    batch, classes, _, examples = passes.sensitivity(passes.depth).shape
    slices = layer_slices(passes.shapes)
    found = np.empty((batch, slices[-1].stop, classes, examples))
    for k, where in enumerate(slices, start=1):
        height, width = passes.shapes[k - 1]
        back = weighted_sensitivity(passes, jet, k).transpose(0, 2, 1, 3)
        target = found[:, where].reshape(batch, height, width, classes, examples)
        np.multiply(back[:, :, None], passes.activation(k - 1)[:, None, :, None], out=target)
    return found.reshape(batch, slices[-1].stop, classes * examples)


def weighted_sensitivity(passes: Passes, jet: LossJet, k: int) -> np.ndarray:
    """R B_k, (B, C, h_k, N)."""
    back = passes.sensitivity(k)
    if back.shape[1] == 1:
        return back * jet.root[:, None, None, :, 0, 0]
    return np.einsum("bncd,bdhn->bchn", jet.root, back, optimize=True)


def loss_sensitivity(passes: Passes, jet: LossJet, k: int) -> np.ndarray:
    """delta_k = l' B_k, the scaled gradient by z_k, (B, h_k, N)."""
    weighted = jet.slope.transpose(0, 2, 1)[:, :, None] * passes.sensitivity(k)
    return weighted[:, 0] if weighted.shape[1] == 1 else weighted.sum(1)


def _fill_gram(matrix, columns):
    """columns columns^T of one net, some rows at a time."""
    factor, target = torch.from_numpy(columns), torch.from_numpy(matrix)
    right = factor.T.contiguous()
    for rows, panel in zip(factor.split(_PANEL), target.split(_PANEL), strict=True):
        torch.mm(rows, right, out=panel)


def _add_both(matrix, lower, upper, block):
    """Add `block` (B, rows, columns) at (lower, upper) and its transpose at (upper, lower)."""
    matrix[:, lower, upper] += block
    matrix[:, upper, lower] += block.swapaxes(1, 2)


def _add_adjacent_blocks(matrix, passes, jet, k, slices):
    """Blocks (k, k-1) and (k-1, k) of S: P is diagonal, weight (i, a) of layer k meets row a of layer k - 1."""
    delta, below, gate = loss_sensitivity(passes, jet, k), passes.activation(k - 2), passes.gate(k - 1)
    (high, mid), inner = passes.shapes[k - 1], passes.shapes[k - 2][1]
    factor = (gate[:, :, None] * below[:, None]).reshape(len(gate), mid * inner, -1)
    sums = (delta @ factor.swapaxes(1, 2)).reshape(-1, high, mid, inner)
    lower = matrix[:, slices[k - 1], slices[k - 2]].reshape(-1, high, mid, mid, inner)
    upper = matrix[:, slices[k - 2], slices[k - 1]].reshape(-1, mid, inner, high, mid)
    for view in (np.einsum("biaac->biac", lower), np.einsum("bacia->biac", upper)):
        view += sums


def _add_distant_blocks(matrix, passes, jet, k, j, slices):
    """Blocks (k, j) and (j, k) of S for j < k - 1."""
    below, transfer = passes.activation(j - 1), passes.transfer(k - 1, j)
    pulled = loss_sensitivity(passes, jet, k)[:, :, None] * passes.gate(k - 1)[:, None]
    batch, high, mid, examples = pulled.shape
    low, inner = transfer.shape[2], below.shape[1]
    total: np.ndarray = np.zeros(())
    # Examples stand last in a factor: as many at a time as a quarter of the Hessian has room for.
    for some in _example_chunks(examples, matrix[0].size // (4 * high * mid * low)):
        factor = pulled[:, :, :, None, some] * transfer[:, None, ..., some]
        total = total + factor.reshape(batch, high * mid * low, -1) @ below[..., some].swapaxes(1, 2)
    _add_both(matrix, slices[k - 1], slices[j - 1], total.reshape(batch, high * mid, low * inner))


def _example_chunks(examples, most):
    """Slices of at most `most` examples, and at least one."""
    step = max(1, most)
    return [slice(start, start + step) for start in range(0, examples, step)]


def _add_curved_blocks(matrix, passes, jet, slices):
    """Add sum_n Q_kj (x) a_{k-1} a_{j-1} to all blocks (k, j)."""
    for k in range(1, passes.activated + 1):
        for j in range(1, k + 1):
            middle = sum(_curved_middle(passes, jet, m, k, j) for m in range(k, passes.activated + 1))
            block = _kronecker_sum(middle, passes.activation(k - 1), passes.activation(j - 1))
            if j == k:
                matrix[:, slices[k - 1], slices[k - 1]] += block
            else:
                _add_both(matrix, slices[k - 1], slices[j - 1], block)


def _curved_middle(passes, jet, m, k, j):
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


def _kronecker_sum(middle, above, below):
    """sum_n middle[i,i',n] above[a,n] below[a',n] as a matrix ((i,a), (i',a')), (B, h_k h_{k-1}, h_j h_{j-1})."""
    batch, high, low, examples = middle.shape
    pairs = (above[:, :, None] * below[:, None]).reshape(batch, -1, examples)
    sums = middle.reshape(batch, high * low, examples) @ pairs.swapaxes(1, 2)
    sums = sums.reshape(batch, high, low, above.shape[1], below.shape[1])
    return sums.transpose(0, 1, 3, 2, 4).reshape(batch, high * above.shape[1], -1)
