"""Weights moved towards given labels by perceptron steps, where labels may not be chosen.

Notation: h (B, m, N) features; w (B, C, m); every y_n (w h_n) > 0 is the aim, reached where it can be within
`STEPS`.

Reference: F. Rosenblatt, The perceptron (1958).
"""

import torch
from torch import Tensor

STEPS = 200


def last_layer(task, layers: list[Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
    """The layers with the last one turned, its norm kept, until it separates the labels on its features."""
    hidden = x.transpose(1, 2)
    for w in layers[:-1]:
        hidden = task.activation(w @ hidden)
    return [*layers[:-1], _with_norm_of(perceptron(layers[-1], hidden, y, task.classes), layers[-1])]


def balanced(task, layers: list[Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
    """A balanced chain whose first layer reads x along a direction that separates the labels linearly, if one does.

    W_1 = s u_1 v^T may be turned to s u_1 w^T with any |w| = |v|: its product W_1 W_1^T stays. One output only.
    """
    if task.widths[-1] > 1:
        return layers
    first = layers[0]
    column = torch.linalg.svd(first, full_matrices=False)
    lower = column.Vh[:, :1]
    turned = _with_norm_of(perceptron(lower, x.transpose(1, 2), y, False), lower)
    return [column.S[:, :1, None] * column.U[:, :, :1] * turned, *layers[1:]]


def perceptron(start: Tensor, hidden: Tensor, y: Tensor, classes: bool) -> Tensor:
    """`start` (B, C, m) after `STEPS` corrections by the examples that are on the wrong side."""
    size = hidden.flatten(1).norm(dim=1)[:, None, None].clamp_min(torch.finfo(torch.float64).tiny)
    hidden, w = hidden / size, start
    hot = torch.nn.functional.one_hot(y.round().long() - 1, w.shape[1]).transpose(1, 2) if classes else None
    for _ in range(STEPS):
        step = _binary_step(w, hidden, y) if hot is None else _class_step(w, hidden, hot)
        if not bool(step.any()):
            break
        w = w + step
    return w


def _binary_step(w: Tensor, hidden: Tensor, y: Tensor) -> Tensor:
    targets = torch.sign(y.unsqueeze(1) if y.dim() == 2 else y.transpose(1, 2))
    return (targets * ((w @ hidden) * targets <= 0)) @ hidden.transpose(1, 2)


def _class_step(w: Tensor, hidden: Tensor, hot: Tensor) -> Tensor:
    scores = w @ hidden
    best = torch.where(hot > 0, -torch.inf, scores).argmax(1)
    own = (scores * hot).sum(1)
    rival = torch.nn.functional.one_hot(best, w.shape[1]).transpose(1, 2)
    wrong = (scores.gather(1, best.unsqueeze(1))[:, 0] >= own).unsqueeze(1)
    return ((hot - rival) * wrong).double() @ hidden.transpose(1, 2)


def _with_norm_of(w: Tensor, model: Tensor) -> Tensor:
    norms = [t.flatten(1).norm(dim=1)[:, None, None] for t in (w, model)]
    return w * (norms[1] / norms[0].clamp_min(torch.finfo(torch.float64).tiny))
