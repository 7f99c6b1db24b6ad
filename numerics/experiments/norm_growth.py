"""Experiments on the norms that descent reaches.

**Main results.** memo90/sec13-expected-error (`norms_and_errors`).

**Notation.** f = v relu(W x), both layers normalised to compare starts; the product of their norms is rho.

**Conventions.** Labels come from a fixed teacher; all starts share the training set and stop at the same loss.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

Interval = tuple[float, float, float]


def norms_and_errors(
    starts: int = 48, examples: int = 24, units: int = 16, inputs: int = 6, loss: float = 1e-2, seed: int = 0
) -> dict[str, Interval]:
    """Rank correlation, over starts of different sizes, of the product of the norms at a given loss with the error on
    fresh inputs; the interval is Fisher's at two standard errors."""
    g = torch.Generator().manual_seed(seed)
    x, y, fresh, truth = _teacher(examples, inputs, g)
    scale = torch.logspace(-1.5, 1, starts, dtype=torch.float64)[:, None, None]
    w = scale * torch.randn(starts, units, inputs, generator=g, dtype=torch.float64)
    v = scale[:, 0] * torch.randn(starts, units, generator=g, dtype=torch.float64) / math.sqrt(units)
    w, v = descend(w, v, x, y, loss)
    done = total_loss(w, v, x, y) <= loss
    w, v = w[done], v[done]
    rho = w.flatten(1).norm(dim=1) * v.norm(dim=1)
    error = (_labels(output(w, v, fresh)) != truth).double().mean(1)
    r = float(torch.corrcoef(torch.stack([_ranks(rho), _ranks(error)]))[0, 1])
    half = 2 * 1.03 / math.sqrt(max(len(rho) - 3, 1))
    return {
        "correlation": (r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)),
        "starts_that_fit": (len(rho), len(rho), len(rho)),
    }


def _teacher(examples: int, inputs: int, g: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training inputs and labels, and fresh ones, of a network with three units."""
    w = torch.randn(1, 3, inputs, generator=g, dtype=torch.float64)
    v = torch.tensor([[1.0, -1.0, 1.0]], dtype=torch.float64)
    x = torch.randn(examples, inputs, generator=g, dtype=torch.float64)
    fresh = torch.randn(4000, inputs, generator=g, dtype=torch.float64)
    return x, _labels(output(w, v, x)[0]), fresh, _labels(output(w, v, fresh)[0])


def output(w: Tensor, v: Tensor, x: Tensor) -> Tensor:
    """f of every network (first index) on every input."""
    return torch.einsum("bu,bun->bn", v, torch.relu(torch.einsum("bui,ni->bun", w, x)))


def _labels(f: Tensor) -> Tensor:
    return torch.where(f > 0, 1.0, -1.0).to(f.dtype)


def total_loss(w: Tensor, v: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return torch.exp(-y * output(w, v, x)).sum(1)


def descend(w: Tensor, v: Tensor, x: Tensor, y: Tensor, loss: float, steps: int = 20_000) -> tuple[Tensor, Tensor]:
    """Descent on log L, every network with steps of its own that halve where log L rises, down to the given loss."""
    step = torch.full((len(w),), 1e-2, dtype=w.dtype)
    value = _log_loss(w, v, x, y)
    for _ in range(steps):
        going = value > math.log(loss)
        if not bool(going.any()):
            break
        gw, gv = _slope(w, v, x, y)
        size = torch.where(going, step, torch.zeros_like(step))
        tw, tv = w - size[:, None, None] * gw, v - size[:, None] * gv
        tried = _log_loss(tw, tv, x, y)
        better = tried <= value
        w, v = torch.where(better[:, None, None], tw, w), torch.where(better[:, None], tv, v)
        value = torch.where(better, tried, value)
        step = torch.where(better, (1.1 * step).clamp(max=1e-1), step / 2)
    return w, v


def _log_loss(w: Tensor, v: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return torch.logsumexp(-y * output(w, v, x), dim=1)


def _slope(w: Tensor, v: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    pre = torch.einsum("bui,ni->bun", w, x)
    weight = -y * torch.softmax(-y * torch.einsum("bu,bun->bn", v, torch.relu(pre)), dim=1)
    through = torch.einsum("bn,bun->bun", weight, (pre > 0).to(w.dtype)) * v[:, :, None]
    return torch.einsum("bun,ni->bui", through, x), torch.einsum("bn,bun->bu", weight, torch.relu(pre))


def _ranks(values: Tensor) -> Tensor:
    """Ranks, ties by their mean."""
    less = (values[:, None] > values[None, :]).double().sum(1)
    equal = (values[:, None] == values[None, :]).double().sum(1)
    return less + (equal + 1) / 2
