"""Forward passes and losses of batched networks.

Notation: f = W_K s(W_{K-1} ... s(W_1 x)), no biases; z_k = W_k h_{k-1} pre-activations, h_0 = x, h_k = s(z_k).
Shapes: W_k (B, h_k, h_{k-1}); examples stand last, as columns: h (B, h_k, N); outputs (B, C, N).

Losses per example: exponential e^{-y f}; logistic log(1 + e^{-y f}); square |y - f|^2; cross-entropy -log
softmax(f)[y].
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .activations import Activation
from .scalars import softplus

LOSSES = ("exponential", "logistic", "square", "cross-entropy")


def forward(weights: Sequence[Tensor], inputs: Tensor, act: Activation, output_activation: bool = False):
    """(pre-activations z_1 ... z_K, outputs), each (B, h_k, N), for inputs (B, N, d)."""
    hidden, pre = inputs.transpose(1, 2), []
    for k, w in enumerate(weights, start=1):
        pre.append(torch.einsum("bij,bjn->bin", w, hidden))
        hidden = act(pre[-1]) if k < len(weights) or output_activation else pre[-1]
    return pre, hidden


def label_indices(labels: Tensor) -> Tensor:
    """Class labels 1..C as indices 0..C-1, (B, N)."""
    return labels.round().long() - 1


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Unit vectors of class labels 1..C: (B, C, N), in the labels' precision."""
    return torch.nn.functional.one_hot(label_indices(labels), classes).transpose(1, 2).to(labels.dtype)


def label_margins(outputs: Tensor, labels: Tensor, loss: str) -> Tensor:
    """y_n f_n, (B, N); for cross-entropy min over c != y of f_y - f_c; for vector targets the inner product."""
    if loss == "cross-entropy":
        hot = one_hot(labels, outputs.shape[1])
        own = (outputs * hot).sum(1, keepdim=True)
        return torch.where(hot > 0, torch.inf, own - outputs).amin(1)
    if labels.dim() == 3:
        return (outputs * labels.transpose(1, 2)).sum(1)
    return outputs[:, 0] * labels


def example_losses(outputs: Tensor, labels: Tensor, loss: str) -> Tensor:
    """Loss of each example, (B, N), from outputs (B, C, N) and labels (B, N) or (B, N, C). Raises ValueError."""
    match loss:
        case "exponential":
            return torch.exp(-label_margins(outputs, labels, loss))
        case "logistic":
            return softplus(-label_margins(outputs, labels, loss))
        case "square":
            targets = labels.transpose(1, 2) if labels.dim() == 3 else labels.unsqueeze(1)
            return ((targets - outputs) ** 2).sum(1)
        case "cross-entropy":
            own = (outputs * one_hot(labels, outputs.shape[1])).sum(1)
            return torch.logsumexp(outputs, 1) - own
    raise ValueError(f"loss {loss!r}: expected one of {', '.join(LOSSES)}")
