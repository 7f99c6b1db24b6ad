"""The numbers behind the figures of the reports, computed by the flows and the curvature of this package.

growth    norms of K layers on one example: the closed form and flows
losses    training and test losses on handwritten digits, normalised and not
margin    the margin along a flow on handwritten digits
spectra   eigenvalues of a Hessian along a flow, and at minima under weight decay
valleys   losses of f = w2 w1 x over its two weights
A figure's data are plain numbers in lists, rounded to six digits, equal on every run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

DIGITS = 6  # significant, of a number in a figure


def rounded(values: Iterable[Any], digits: int = DIGITS) -> list[Any]:
    """Numbers as a (nested) list of floats of a few digits; what is not finite is None."""
    flat = np.asarray(values, float)
    if flat.ndim > 1:
        return [rounded(row, digits) for row in flat]
    return [float(f"{v:.{digits}g}") if np.isfinite(v) else None for v in flat]
