"""Maximum margins of batches of linearly separable data.

Notation: z_n = y_n x_n; gamma = max over unit w of min_n z_n.w, attained at svm.

    least distance: a* = argmin |[Z^T; 1] a - (0, 1)|, a >= 0;   w is proportional to sum_n a_n z_n

Reference: C. Lawson, R. Hanson, Solving least squares problems (1974), ch. 23.
"""

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor


def max_margin(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """(gamma (B,), svm (B, d)) for inputs (B, N, d), labels (B, N) of either sign; nan where no w separates."""
    rows = (inputs * torch.sign(labels).unsqueeze(2)).to("cpu", torch.float64).numpy()
    directions = np.stack([hard_margin_direction(z) for z in rows])
    margins = np.einsum("bnd,bd->bn", rows, directions).min(1)
    return torch.as_tensor(margins).to(inputs), torch.as_tensor(directions).to(inputs)


def hard_margin_direction(rows: np.ndarray) -> np.ndarray:
    """Unit w (d,) with the largest min_n z_n.w for rows z_n (N, d); nan if none has it positive."""
    count, dimension = rows.shape
    scale = np.abs(rows).max()
    if scale == 0 or not np.isfinite(scale):
        return np.full(dimension, np.nan)
    target = np.zeros(dimension + 1)
    target[-1] = 1.0
    weights, _ = nnls(np.vstack([rows.T / scale, np.ones(count)]), target, maxiter=30 * count + 100)
    w = _refined(rows / scale, np.flatnonzero(weights > 0), weights @ rows)
    norm = np.linalg.norm(w)
    w = w / norm if norm > 0 else w
    return w if (rows @ w).min() > 0 else np.full(dimension, np.nan)


def _refined(rows: np.ndarray, active: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """The least-norm w with z_n.w = 1 on the active rows; the guess where that does not separate."""
    w = np.linalg.lstsq(rows[active], np.ones(len(active)), rcond=None)[0] if len(active) else guess
    return w if (rows @ w).min() > 0 else guess
