"""Weights with which a network of given widths separates given data.

About: data are `separable` if some weights of the setting's own network separate them with a positive margin.
Method: hidden layers at random, the last layer by a linear programme (maximise m with y_n v.a_n >= m, |v_i| <= 1),
so that one success in many draws is enough. Floats only: who needs certainty rounds them and checks again.

Notation: x (N, d), y (N,) labels +-1 or 1..C, a_n (h,) last hidden activations, v (C, h) last layer.
"""

import numpy as np
import torch
from scipy.optimize import linprog

from ..network.activations import Activation


def separating_weights(
    x,
    y,
    *,
    network: str,
    widths,
    loss: str,
    degree: int = 2,
    slope=0.1,
    smooth: str = "softplus",
    output_activation: bool = False,
    draws: int = 200,
    seed: int = 0,
    **_setting,
) -> list | None:
    """Layers W_1..W_K (numpy) that separate the data with a margin, or None if no draw did."""
    activation = Activation(network, degree, float(slope), smooth)
    rng = np.random.default_rng(seed)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    for _ in range(1 if len(widths) == 2 else draws):
        hidden, features = [], x
        for r, c in zip(widths[1:-1], widths[:-2], strict=True):
            hidden.append(np.round(2 * rng.standard_normal((r, c)), 1))
            features = activation(torch.from_numpy(features @ hidden[-1].T)).numpy()
        last = _last_layer(features, y, widths[-1], loss)
        if last is not None and (not output_activation or loss == "cross-entropy" or (y > 0).all()):
            return [*hidden, last]
    return None


def _last_layer(features: np.ndarray, y: np.ndarray, classes: int, loss: str) -> np.ndarray | None:
    """The last layer of largest margin in the unit box, or None where no positive margin exists."""
    rows = _margin_rows(features, y, classes) if loss == "cross-entropy" else y[:, None] * features
    n = rows.shape[1]
    bounds = [(-1, 1)] * n + [(None, 1)]
    solved = linprog(
        np.append(np.zeros(n), -1), A_ub=np.c_[-rows, np.ones(len(rows))], b_ub=np.zeros(len(rows)), bounds=bounds
    )
    if solved.status or solved.x[-1] <= 1e3 * np.finfo(float).eps * np.abs(rows).max(initial=1.0):
        return None
    return solved.x[:-1].reshape(classes if loss == "cross-entropy" else 1, -1)


def _margin_rows(features: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
    """One row for every example and every wrong class: f_y - f_c as a linear function of the last layer."""
    rows = []
    for a, label in zip(features, y.astype(int), strict=True):
        for c in range(1, classes + 1):
            if c != label:
                row = np.zeros((classes, len(a)))
                row[label - 1], row[c - 1] = a, -a
                rows.append(row.reshape(-1))
    return np.array(rows)
