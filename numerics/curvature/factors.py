"""Factors that several blocks of the Hessian share."""

import numpy as np

from .losses import LossJet
from .passes import Passes


def weighted_sensitivity(passes: Passes, jet: LossJet, k: int) -> np.ndarray:
    """R B_k with l'' = R^T R, (B, C, h_k, N)."""
    back = passes.sensitivity(k)
    if back.shape[1] == 1:
        return back * jet.root[:, None, None, :, 0, 0]
    return np.einsum("bncd,bdhn->bchn", jet.root, back, optimize=True)


def loss_sensitivity(passes: Passes, jet: LossJet, k: int) -> np.ndarray:
    """delta_k = l' B_k, the scaled gradient by z_k, (B, h_k, N)."""
    weighted = jet.slope.transpose(0, 2, 1)[:, :, None] * passes.sensitivity(k)
    return weighted[:, 0] if weighted.shape[1] == 1 else weighted.sum(1)


def sums(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """sum_n left[i, n] right[a, n] of (B, h, N) and (B, d, N), (B, h, d)."""
    return left @ right.swapaxes(1, 2)


def mirrored(matrix: np.ndarray, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
    """Views of block (rows, columns) of matrices (B, p, p), and of the transpose of the one across the diagonal."""
    return matrix[:, rows, columns], matrix[:, columns, rows].swapaxes(1, 2)
