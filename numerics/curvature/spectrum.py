"""Spectra of Hessians of networks with few examples, without a dense eigenproblem of the full size.

Two exact facts about the point, neither a decision about ranks, take directions out before LAPACK sees them:
1. a change M of W_k with M a_{k-1}[n] = 0 and B_k[n] M = 0 for all n lies in the kernel: (h_k - N C)(h_{k-1} - N)
   of them at least;
2. where s is piecewise linear, layer k's block is A_k A_k^T with N C columns, so the range of H in layer k is spanned
   by A_k and by the p - p_k columns of the cross blocks X; a QR of [X, A_k] holds all that H does there.
With weight decay the directions taken out have eigenvalue 2 decay_k.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse.linalg

from .closed_form import fill, gram_columns
from .losses import LossJet, loss_jet
from .model import Architecture, Objective
from .passes import Passes, as_batch, layer_slices
from .products import HessianOperator
from .rounding import UNIT_ROUNDOFF, hessian_error


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues, ascending, of H over exp(log_scale).

    Each computed eigenvalue lies within `error` of the exact one in order (Weyl): forming H, what the compression
    dropped, and the eigensolver, for which 2 p u |H| stands (LAPACK states a modest function of p). `structural_zeros`
    counts eigenvalues that are 0 by facts 1 and 2; `solved` is the size of the eigenproblem that was solved.
    """

    log_scale: float
    eigenvalues: np.ndarray
    error: float
    structural_zeros: int
    solved: int
    kink_distance: float


@dataclass(frozen=True)
class NumericalRank:
    """lower <= rank <= upper, with `rank` set only where they meet.

    `gap` is the least |eigenvalue| above the error over the largest below it (inf if none is below): a large gap
    suggests that the rank is `lower` and proves nothing.
    """

    rank: int | None
    lower: int
    upper: int
    gap: float


def numerical_rank(spectrum: Spectrum) -> NumericalRank:
    """Rank from float eigenvalues: those beyond `error` cannot vanish, the structural zeros do."""
    size = np.abs(spectrum.eigenvalues)
    lower = int((size > spectrum.error).sum())
    below = np.sort(size)[: len(size) - lower]
    upper = len(size) - spectrum.structural_zeros
    above = size[size > spectrum.error]
    nonzero = below[below > 0]
    gap = float(above.min() / nonzero.max()) if len(above) and len(nonzero) else np.inf
    return NumericalRank(lower if lower == upper else None, lower, upper, gap)


def full_spectrum(
    weights: Sequence[np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    architecture: Architecture,
    objective: Objective,
) -> Spectrum:
    """All p eigenvalues of the Hessian of one network; arguments as for `hessian`, without a batch axis.

    Fact 1 pays where N C < h_k and N < h_{k-1}, fact 2 where one layer outweighs all others and N C together. Where
    neither does, this is a dense eigenproblem of size p and `solved` says so. Raises ValueError for a batch.
    """
    layers, single = as_batch(weights)
    if not single:
        raise ValueError("one network at a time: weights come without a batch axis")
    passes = Passes(layers, inputs, architecture)
    jet = loss_jet(objective, passes.outputs, targets, passes.depth)
    small, taken, dropped = compress(passes, jet)
    found = np.linalg.eigvalsh(small)
    constants = [np.full(count, jet.decays[0, k]) for k, count in enumerate(taken)]
    values = np.sort(np.concatenate([found, *constants]))
    norm = np.abs(values).max(initial=0.0)
    error = hessian_error(weights, inputs, targets, architecture, objective) + dropped
    error += 2 * len(values) * UNIT_ROUNDOFF * norm
    zeros = sum(count for k, count in enumerate(taken) if jet.decays[0, k] == 0)
    return Spectrum(float(jet.log_scale[0]), values, float(error), zeros, len(found), float(passes.kink_distance[0]))


def compress(passes: Passes, jet: LossJet) -> tuple[np.ndarray, list[int], float]:
    """(smaller symmetric matrix, directions taken out of each layer, 2-norm bound of what was dropped) of one net.

    The matrix is Q^T H Q for an orthonormal Q whose complement H maps to 2 decay_k times itself.
    """
    bare = LossJet(jet.log_scale, jet.slope, jet.root, np.zeros_like(jet.decays))
    slices = layer_slices(passes.shapes)
    matrix = np.empty((1, slices[-1].stop, slices[-1].stop))
    fill(matrix, passes, bare)
    matrix, columns = matrix[0], gram_columns(passes, bare)[0]
    kept, lost = [], []
    for k, where in enumerate(slices, start=1):
        keep, dropped = _rotate_layer(matrix, columns, passes, k, where)
        kept.append(where.start + np.flatnonzero(keep))
        lost.append(dropped)
    sizes = [len(rows) for rows in kept]
    if sum(sizes) < len(matrix):
        rows = np.concatenate(kept)
        matrix, columns = matrix[np.ix_(rows, rows)], columns[rows]
    if not passes.architecture.is_curved:
        matrix, sizes = _fold_largest_layer(matrix, columns, sizes)
    diagonal = np.einsum("ii->i", matrix)
    diagonal += np.repeat(jet.decays[0], sizes)
    taken = [h * d - size for (h, d), size in zip(passes.shapes, sizes, strict=True)]
    return matrix, taken, float(np.sqrt(2 * np.sum(np.square(lost))))


def _rotate_layer(matrix, columns, passes, k, where):
    """Rotate layer k so that coordinates span fact 1's kernel: (mask of the others, norm of the rows dropped)."""
    height, width = passes.shapes[k - 1]
    back = passes.sensitivity(k)[0].transpose(1, 0, 2).reshape(height, -1)
    below = passes.activation(k - 1)[0]
    if back.shape[1] >= height or below.shape[1] >= width:
        return np.ones(height * width, dtype=bool), 0.0
    left, right = (scipy.linalg.qr(m, mode="full")[0] for m in (back, below))
    for block in (matrix[where], matrix[:, where].T, columns[where]):
        turned = np.einsum("ia,jb,ijx->abx", left, right, block.reshape(height, width, -1), optimize=True)
        block[...] = turned.reshape(height * width, -1)
    keep = np.zeros((height, width), dtype=bool)
    keep[: back.shape[1]] = keep[:, : below.shape[1]] = True
    keep = keep.ravel()
    return keep, float(np.linalg.norm(matrix[where][~keep]))


def _fold_largest_layer(matrix, columns, sizes):
    """Fact 2 on the largest layer, if it is larger than the rest of the network and N C together."""
    k = int(np.argmax(sizes))
    here = slice(sum(sizes[:k]), sum(sizes[: k + 1]))
    others = np.r_[0 : here.start, here.stop : len(matrix)]
    if sizes[k] <= len(others) + columns.shape[1]:
        return matrix, sizes
    cross = matrix[here][:, others]
    factor = scipy.linalg.qr(np.hstack([cross, columns[here]]), mode="r", overwrite_a=True, check_finite=False)[0]
    width = len(others) + columns.shape[1]
    upper, gram = factor[:width, : len(others)], factor[:width, len(others) :]
    order = np.r_[0 : here.start, here.start + width : len(others) + width]
    folded = np.empty((len(others) + width,) * 2)
    inside = slice(here.start, here.start + width)
    folded[np.ix_(order, order)] = matrix[np.ix_(others, others)]
    folded[inside, order], folded[order, inside], folded[inside, inside] = upper, upper.T, gram @ gram.T
    return folded, [*sizes[:k], width, *sizes[k + 1 :]]


@dataclass(frozen=True)
class ExtremeEigenvalues:
    """Ritz values over exp(log_scale), ascending, each with its residual |H v - value v| / |v|.

    Within each residual, plus the rounding of one product, lies an eigenvalue; that it is the extreme one is what
    Lanczos delivers in practice and what a residual cannot show.
    """

    log_scale: float
    values: np.ndarray
    residuals: np.ndarray


def extreme_eigenvalues(
    operator: HessianOperator, count: int = 1, which: str = "LA", seed: int = 0
) -> ExtremeEigenvalues:
    """Lanczos (ARPACK) on Hessian-vector products of one network: `which` LA largest, SA smallest, BE both ends.

    Raises ValueError for a batch or for count outside 1..p-1; scipy's ArpackNoConvergence where the iteration stalls.
    """
    if len(operator.log_scale) != 1:
        raise ValueError("one network at a time")
    if not 1 <= count < operator.size:
        raise ValueError(f"{count} eigenvalues of {operator.size}: expected 1..{operator.size - 1}")
    linear = scipy.sparse.linalg.LinearOperator(
        (operator.size, operator.size), lambda v: operator.apply(v.reshape(1, -1))[0], dtype=np.float64
    )
    start = np.random.default_rng(seed).standard_normal(operator.size)
    values, vectors = scipy.sparse.linalg.eigsh(linear, k=count, which=which, v0=start, tol=0)
    order = np.argsort(values)
    values, vectors = values[order], vectors[:, order]
    missed = operator.apply(vectors[None])[0] - values * vectors
    residuals = np.linalg.norm(missed, axis=0) / np.linalg.norm(vectors, axis=0)
    return ExtremeEigenvalues(float(operator.log_scale[0]), values, residuals)
