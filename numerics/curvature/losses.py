"""First and second derivatives of the losses in the log domain.

At y f ~ 10^6 every exp(-y f) underflows; the derivatives are returned over exp(log_scale), the largest of them.
"""

from dataclasses import dataclass

import numpy as np

from .model import Objective


@dataclass(frozen=True)
class LossJet:
    """Derivatives by the outputs f_n, over exp(log_scale): l'_n = `slope`, l''_n = `root`^T `root`.

    log_scale (B,); slope (B, N, C); root (B, N, C, C); decays (B, K) holds 2 decay_k over exp(log_scale).
    """

    log_scale: np.ndarray
    slope: np.ndarray
    root: np.ndarray
    decays: np.ndarray


def loss_jet(objective: Objective, outputs: np.ndarray, targets: np.ndarray, depth: int) -> LossJet:
    """The jet at outputs (B, N, C). Targets (N,) or (B, N) if C = 1 or for class labels 1..C, else (N, C), (B, N, C).

    exponential: l' = -y e, l'' = y^2 e with e = exp(-y f); logistic: l' = -y s, l'' = y^2 s (1 - s), s = sigmoid(-y f);
    square: l' = 2 (f - y), l'' = 2 I; cross-entropy: l' = p - onehot(y), l'' = diag(p) - p p^T. The mean divides by N.
    Raises ValueError where the shapes do not fit or a label is not a class.
    """
    examples = outputs.shape[1]
    log_decay = np.log(2 * objective.decays(depth), where=objective.decays(depth) > 0, out=np.full(depth, -np.inf))
    log_weight, slope, root = _JETS[objective.loss](outputs, targets)
    if objective.average:
        log_weight = log_weight - np.log(examples)
    log_scale = np.maximum(log_weight.max(1), log_decay.max())
    relative = log_weight - log_scale[:, None]
    return LossJet(
        log_scale,
        slope * np.exp(relative)[..., None],
        root * np.exp(relative / 2)[..., None, None],
        np.exp(log_decay - log_scale[:, None]),
    )


def per_net(targets: np.ndarray, outputs: np.ndarray, objective: Objective) -> bool:
    """Whether the targets carry a batch axis."""
    vector = objective.loss == "square" and outputs.shape[2] > 1
    return targets.ndim == (3 if vector else 2)


def _binary(outputs: np.ndarray, targets: np.ndarray):
    """(y, y f), each (B, N)."""
    if outputs.shape[2] != 1:
        raise ValueError(f"{outputs.shape[2]} outputs: this loss takes a single one")
    labels = np.broadcast_to(np.asarray(targets, dtype=np.float64), outputs.shape[:2])
    return labels, labels * outputs[..., 0]


def _exponential(outputs, targets):
    labels, margin = _binary(outputs, targets)
    return -margin, -labels[..., None], np.abs(labels)[..., None, None]


def _logistic(outputs, targets):
    labels, margin = _binary(outputs, targets)
    log_s, log_rest = -np.logaddexp(0, margin), -np.logaddexp(0, -margin)
    return log_s, -labels[..., None], (np.abs(labels) * np.exp(log_rest / 2))[..., None, None]


def _square(outputs, targets):
    batch, examples, classes = outputs.shape
    targets = np.asarray(targets, dtype=np.float64)
    targets = targets[..., None] if classes == 1 else targets
    residual = outputs - np.broadcast_to(targets, outputs.shape)
    root = np.broadcast_to(np.sqrt(2) * np.eye(classes), (batch, examples, classes, classes))
    return np.zeros((batch, examples)), 2 * residual, root


def _cross_entropy(outputs, targets):
    """With m = log(1 - p_y): l' = e^m (p_c / (1 - p_y), ..., -1); l'' = R^T R, R = diag(sqrt p) (I - 1 p^T).

    1 - p_y is summed from the other classes, so nothing cancels as p_y -> 1.
    """
    classes = outputs.shape[2]
    labels = np.broadcast_to(np.asarray(targets), outputs.shape[:2])
    if classes < 2 or labels.min() < 1 or labels.max() > classes or np.any(labels != np.rint(labels)):
        raise ValueError(f"cross-entropy takes labels 1..C and C >= 2 outputs; there are {classes}")
    hot = np.arange(1, classes + 1) == labels[..., None]
    log_p = outputs - np.logaddexp.reduce(outputs, axis=2, keepdims=True)
    log_rest = np.logaddexp.reduce(np.where(hot, -np.inf, log_p), axis=2)
    relative = log_p - log_rest[..., None]
    slope = np.where(hot, -1.0, np.exp(np.where(hot, 0.0, relative)))
    return log_rest, slope, _cross_entropy_root(hot, log_p, log_rest)


def _cross_entropy_root(hot, log_p, log_rest):
    """Rows sqrt(p_c) (e_c - p) e^{-m/2}, (B, N, C, C); the diagonal 1 - p_c is summed over the other classes."""
    classes = hot.shape[2]
    others = np.where(np.eye(classes, dtype=bool), -np.inf, log_p[..., None, :])
    log_others = np.logaddexp.reduce(others, axis=3)
    log_entry = np.where(np.eye(classes, dtype=bool), log_others[..., None], log_p[..., None, :])
    sign = 2 * np.eye(classes) - 1
    return sign * np.exp(log_entry + (log_p / 2)[..., None] - (log_rest / 2)[..., None, None])


_JETS = {
    "exponential": _exponential,
    "logistic": _logistic,
    "square": _square,
    "cross-entropy": _cross_entropy,
}
