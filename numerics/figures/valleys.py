"""Losses of f = w2 w1 x over their two weights, for the example x = y = 1: the valleys of memo Fig. 3.

    square       (w1 w2 - 1)^2 + lambda (w1^2 + w2^2)        minima w1 w2 = 1; with decay w1 = w2, w1^2 = 1 - lambda
    exponential  exp(-w1 w2)   + lambda (w1^2 + w2^2)        no minimum;       with decay exp(-w1^2) = 2 lambda, w1 = w2

On the curve of minima w1 w2 = 1 the Hessian has eigenvalues 0 and 2 (w1^2 + w2^2).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from . import rounded

SIDE, POINTS = 3.0, 49  # the square |w1|, |w2| <= SIDE, and samples along an edge
DECAY = 0.05
STARTS = ((2.6, -0.9), (-0.7, 2.2), (0.3, -0.2), (-2.4, 0.4))
TIME = {"square": 60.0, "exponential": 1e3}


def loss(kind: str, decay: float, w1: np.ndarray, w2: np.ndarray) -> np.ndarray:
    """L(w1, w2)."""
    fit = (w1 * w2 - 1) ** 2 if kind == "square" else np.exp(-w1 * w2)
    return fit + decay * (w1**2 + w2**2)


def slope(kind: str, decay: float, w1: float, w2: float) -> tuple[float, float]:
    """dL/dw1, dL/dw2."""
    pull = 2 * (w1 * w2 - 1) if kind == "square" else -math.exp(-w1 * w2)
    return pull * w2 + 2 * decay * w1, pull * w1 + 2 * decay * w2


def minima(kind: str, decay: float) -> list[tuple[float, float]]:
    """The isolated minima; none without decay."""
    if not decay:
        return []
    squared = 1 - decay if kind == "square" else -math.log(2 * decay)
    return [(s * math.sqrt(squared), s * math.sqrt(squared)) for s in (1, -1)]


def loss_valleys() -> dict[str, Any]:
    """Four surfaces on one grid, flow lines down each from the same starts, and the minima."""
    axis = np.linspace(-SIDE, SIDE, POINTS)
    panels = [_panel(kind, decay, axis) for kind in ("square", "exponential") for decay in (0.0, DECAY)]
    return {"axis": rounded(axis), "panels": panels}


def _panel(kind: str, decay: float, axis: np.ndarray) -> dict[str, Any]:
    surface = loss(kind, decay, *np.meshgrid(axis, axis))
    return {
        "loss": kind,
        "decay": decay,
        "surface": rounded(surface, 4),
        "minima": rounded(minima(kind, decay)),
        "lines": [rounded(_line(kind, decay, start), 4) for start in STARTS],
    }


def _line(kind: str, decay: float, start: tuple[float, float]) -> np.ndarray:
    """Points (2, n) down the gradient from a start, at about eighty of the solver's steps."""
    found = solve_ivp(
        lambda _, w: [-s for s in slope(kind, decay, *w)],
        (0.0, TIME[kind]),
        start,
        "LSODA",
        rtol=1e-6,
        atol=1e-9,
        max_step=TIME[kind] / 20,
    )
    inside = np.abs(found.y).max(axis=0) <= SIDE
    line = found.y[:, : int(np.argmin(inside)) if not inside.all() else None]
    return line[:, :: max(1, line.shape[1] // 80)]
