"""Small problems of every architecture and loss, and their Hessians by automatic differentiation."""

from itertools import pairwise

import numpy as np
import torch

from numerics.curvature import Architecture

ARCHITECTURES = (
    Architecture("linear"),
    Architecture("relu"),
    Architecture("leaky-relu", slope=0.3),
    Architecture("power", degree=2),
    Architecture("power", degree=3),
    Architecture("relu", output_activation=True),
    Architecture("power", output_activation=True),
)
LOSSES = ("exponential", "logistic", "square", "cross-entropy")


def activate(architecture, z):
    match architecture.activation:
        case "relu":
            return torch.relu(z)
        case "leaky-relu":
            return torch.where(z > 0, z, architecture.slope * z)
        case "power":
            return z**architecture.degree
    return z


def flat_loss(shapes, architecture, objective, inputs, targets):
    """The loss as a function of the stacked weights, written plainly in torch."""
    x, y = torch.from_numpy(inputs), torch.from_numpy(targets)

    def loss(flat):
        a, start, penalty = x, 0, 0.0
        for k, (h, d) in enumerate(shapes, start=1):
            w = flat[start : start + h * d].reshape(h, d)
            start += h * d
            penalty = penalty + objective.decays(len(shapes))[k - 1] * (w**2).sum()
            a = a @ w.T
            if k < len(shapes) or architecture.output_activation:
                a = activate(architecture, a)
        each = {
            "exponential": lambda: torch.exp(-y * a[:, 0]),
            "logistic": lambda: torch.log1p(torch.exp(-y * a[:, 0])),
            "square": lambda: ((y.reshape(a.shape) - a) ** 2).sum(1),
            "cross-entropy": lambda: torch.logsumexp(a, 1) - a[range(len(a)), y.long() - 1],
        }[objective.loss]()
        return (each.mean() if objective.average else each.sum()) + penalty

    return loss


def problem(widths, loss, seed, examples=5):
    rng = np.random.default_rng(seed)
    weights = [rng.uniform(-0.9, 0.9, (h, d)) for d, h in pairwise(widths)]
    inputs = rng.uniform(-1, 1, (examples, widths[0]))
    targets = {
        "square": rng.standard_normal((examples, widths[-1]) if widths[-1] > 1 else examples),
        "cross-entropy": rng.integers(1, widths[-1] + 1, examples),
    }.get(loss, np.sign(rng.standard_normal(examples)))
    return weights, inputs, targets


def reference(weights, inputs, targets, architecture, objective):
    loss = flat_loss([w.shape for w in weights], architecture, objective, inputs, targets)
    flat = torch.cat([torch.from_numpy(w).flatten() for w in weights])
    return torch.func.jacrev(torch.func.jacrev(loss))(flat).numpy()
