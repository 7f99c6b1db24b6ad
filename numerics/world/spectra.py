"""Spectra of batches of symmetric matrices: ranks and counts with a grey zone instead of a tolerance.

Notation: M (B, n, n), or (B,) for 1 x 1; eigenvalues lambda_1 <= ... <= lambda_n; scale s = max |lambda_i|;
u the unit roundoff of the precision at hand.

A computed eigenvalue of a matrix with entries known to a relative error e is off by at most n e s (Weyl), and e
is a modest multiple of u: derivatives and sums lose a few digits. So |lambda| <= u^(7/8) s counts as zero, which
grants an eighth of all digits to those losses; |lambda| > u^(3/4) s counts as nonzero; anything between is nan,
undecided at this precision. A nonzero eigenvalue below u^(7/8) s is taken for zero: counts are evidence, never a
decision.
"""

import torch
from torch import Tensor


def as_matrix(a: Tensor) -> Tensor:
    """Scalars (B,) and vectors (B, n) as matrices (B, 1, 1) and (B, n, 1)."""
    return a if a.dim() == 3 else a.reshape(len(a), -1, 1)


def eigenvalues(a: Tensor) -> Tensor:
    """Eigenvalues of the symmetric part, ascending, (B, n); nan where the matrix is not finite or nothing converges."""
    matrix = as_matrix(a)
    finite = torch.isfinite(matrix).all(2, keepdim=True).all(1, keepdim=True)
    safe = torch.where(finite, matrix, 0.0)
    values = _solved((safe + safe.transpose(1, 2)) / 2)
    return torch.where(finite[:, :, 0], values, torch.nan)


def _solved(matrix: Tensor) -> Tensor:
    """LAPACK gives up on a whole batch where it does not converge on one matrix: that one alone becomes nan."""
    try:
        return torch.linalg.eigvalsh(matrix)
    except torch.linalg.LinAlgError:
        if len(matrix) == 1:
            return torch.full_like(matrix[:, 0], torch.nan)
        half = len(matrix) // 2
        return torch.cat([_solved(matrix[:half]), _solved(matrix[half:])])


def _zone(sizes: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """(counts as zero, counts as nonzero) for sizes >= 0 relative to `scale` (B, 1)."""
    u = torch.finfo(sizes.dtype).eps / 2
    return sizes <= u**0.875 * scale, sizes > u**0.75 * scale


def rank(a: Tensor) -> Tensor:
    """Number of nonzero eigenvalues, (B,); nan where an eigenvalue is in the grey zone."""
    values = eigenvalues(a)
    sizes = torch.abs(values)
    zero, nonzero = _zone(sizes, sizes.amax(1, keepdim=True))
    known = (zero | nonzero).all(1)
    return torch.where(known, nonzero.sum(1).to(a.dtype), torch.nan)


def nullity(a: Tensor) -> Tensor:
    """Dimension less rank, (B,)."""
    return as_matrix(a).shape[2] - rank(a)


def distinct(a: Tensor) -> Tensor:
    """Number of distinct nonzero eigenvalues, (B,); nan where two are neither equal nor apart at this precision."""
    values = eigenvalues(a)
    scale = torch.abs(values).amax(1, keepdim=True)
    zero, nonzero = _zone(torch.abs(values), scale)
    gaps = values[:, 1:] - values[:, :-1]
    same, apart = _zone(gaps, scale)
    # Zeros sit together in ascending order, so a nonzero value is new if it is apart from the one before or first.
    first = torch.ones_like(zero[:, :1])
    fresh = torch.cat([first, apart], 1) & nonzero
    known = torch.cat([zero | nonzero, same | apart], 1)
    return torch.where(known.all(1), fresh.sum(1).to(a.dtype), torch.nan)


def null_projector(a: Tensor) -> Tensor:
    """I - pinv(M) M, the projector on the kernel of M (B, r, c): (B, c, c)."""
    matrix = as_matrix(a)
    eye = torch.eye(matrix.shape[2], dtype=a.dtype, device=a.device)
    return eye - torch.linalg.pinv(matrix) @ matrix
