"""Closed-form Hessians of deep networks without biases.

    H = J^T l'' J + S + diag(2 decay_k),   J_k = B_k (x) a_{k-1}.

The first term is a Gram matrix of columns (`gram_columns`) or, with several outputs or a curved activation, a sum over
pairs of neurons and pairs of inputs (`middles`); S stands in `second_order`, and its same-layer blocks, which only a
curved activation has, in `middles`. Parameter order: layers stacked, each row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .factors import weighted_sensitivity
from .losses import LossJet, loss_jet, per_net
from .middles import fill_by_middles
from .model import Architecture, Objective
from .passes import Passes, as_batch, layer_slices
from .second_order import add_second_order

# Nets are taken together while their Hessians fit in about this many entries, so that a chunk stays in cache.
_CHUNK_ENTRIES = 1 << 19
# Rows of a large Gram matrix that one product writes: few where its sum is short, which spares the repacking of the
# other factor, else as many as leave the cache once.
_SHORT_SUM, _THIN_PANEL, _PANEL = 64, 24, 120
# More terms of an entry's sum than this cost more than copying the entry into place.
_COPY = 100


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
        fill(matrix[nets], passes, jet)
        log_scale[nets], distance[nets] = jet.log_scale, passes.kink_distance
    return Curvature(log_scale[0], matrix[0], distance[0]) if single else Curvature(log_scale, matrix, distance)


def hessian_from(passes: Passes, jet: LossJet) -> np.ndarray:
    """Hessians (B, p, p) over exp(jet.log_scale), from passes and loss derivatives that are at hand."""
    size = layer_slices(passes.shapes)[-1].stop
    matrix = np.empty((len(passes.weights[0]), size, size))
    fill(matrix, passes, jet)
    return matrix


def _checked(out: np.ndarray, batch: int, size: int) -> np.ndarray:
    """`out` as (B, p, p), sharing its memory."""
    if out.dtype != np.float64 or not out.flags.c_contiguous or out.size != batch * size**2:
        raise ValueError(f"out of shape {out.shape}, {out.dtype}: expected contiguous float64 for {batch} x {size}^2")
    return out.reshape(batch, size, size)


def fill(matrix: np.ndarray, passes: Passes, jet: LossJet) -> None:
    """Write the Hessians of a chunk into `matrix` (B, p, p)."""
    _, examples, classes = passes.outputs.shape
    if passes.architecture.is_curved or examples * (classes - 1) > _COPY:
        fill_by_middles(matrix, passes, jet)
    else:
        fill_gram(matrix, gram_columns(passes, jet))
    add_second_order(matrix, passes, jet)
    if jet.decays.any():
        diagonal = np.einsum("bii->bi", matrix)
        diagonal += np.repeat(jet.decays, [h * d for h, d in passes.shapes], axis=1)


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


def fill_gram(matrix: np.ndarray, columns: np.ndarray) -> None:
    """Write columns columns^T, (B, p, p); that of one net some rows at a time."""
    if len(matrix) > 1:
        np.matmul(columns, columns.swapaxes(1, 2), out=matrix)
        return
    factor, target = torch.from_numpy(columns[0]), torch.from_numpy(matrix[0])
    right = torch.from_numpy(np.ascontiguousarray(columns[0].T))
    height = _THIN_PANEL if len(right) <= _SHORT_SUM else _PANEL
    for rows, panel in zip(factor.split(height), target.split(height), strict=True):
        torch.mm(rows, right, out=panel)
