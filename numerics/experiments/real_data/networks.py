"""Batches of bias-free networks with three layers, and descent on their cross-entropy.

=========  ======================================  ==============
symbol     meaning                                 shape
=========  ======================================  ==============
W_k        layer k of every network                (B, out, in)
x          inputs, shared or one set a network     (N, d), (B, N, d)
y          classes 0..C-1, shared or not           (N,), (B, N)
f          outputs                                 (B, C, N)
=========  ======================================  ==============
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ...sampling.data import digits

CLASSES = 10
STEP = 0.2
Layers = tuple[Tensor, ...]
Activation = Callable[[Tensor], Tensor]


@cache
def shuffled_digits() -> tuple[Tensor, Tensor]:
    """The 1797 images as rows, classes 0..9, in an order drawn once."""
    inputs, labels = digits(classes=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    return torch.from_numpy(inputs[order]), torch.from_numpy(labels[order]).long() - 1


@dataclass(frozen=True)
class Networks:
    """A batch of networks of one shape."""

    layers: Layers
    activation: Activation = torch.relu

    def __call__(self, x: Tensor) -> Tensor:
        """f, (B, C, N)."""
        signal = x.transpose(-1, -2)
        for layer in self.layers[:-1]:
            signal = self.activation(layer @ signal)
        return self.layers[-1] @ signal

    def losses(self, x: Tensor, y: Tensor, divisor: Tensor | float = 1.0) -> Tensor:
        """Mean cross-entropy of f/divisor, (B,)."""
        return cross_entropy(self(x) / torch.as_tensor(divisor).reshape(-1, 1, 1), y).mean(1)

    def wrong(self, x: Tensor, y: Tensor) -> Tensor:
        """Which inputs are classified wrongly, (B, N)."""
        return self(x).argmax(1) != y

    def errors(self, x: Tensor, y: Tensor) -> Tensor:
        """Share of wrong classifications, (B,)."""
        return self.wrong(x, y).double().mean(1)

    def norms(self) -> Tensor:
        """Frobenius norm of every layer, (B, K)."""
        return torch.stack([w.flatten(1).norm(dim=1) for w in self.layers], dim=1)

    @property
    def parameters(self) -> int:
        """Weights of one network."""
        return sum(w[0].numel() for w in self.layers)


def cross_entropy(f: Tensor, y: Tensor) -> Tensor:
    """-log softmax(f)[y] of every example, (B, N)."""
    index = y.expand(f.shape[0], -1)[:, None, :]
    return torch.logsumexp(f, dim=1) - f.gather(1, index)[:, 0]


def start(widths: Sequence[int], scales: Sequence[float], seed: int, activation: Activation = torch.relu) -> Networks:
    """One network a scale: Gaussian layers, variance 2/in times the scale's square."""
    g = torch.Generator().manual_seed(seed)
    size = torch.tensor(scales, dtype=torch.float64).reshape(-1, 1, 1)
    layers = tuple(
        size * math.sqrt(2 / inputs) * torch.randn(len(scales), outputs, inputs, generator=g, dtype=torch.float64)
        for inputs, outputs in pairwise(widths)
    )
    return Networks(layers, activation)


def steps(networks: Networks, batch: Callable[[int], tuple[Tensor, Tensor]], step: float = STEP) -> Iterator[Networks]:
    """The networks after each step of descent; `batch` gives the examples of a step."""
    count = 0
    while True:
        x, y = batch(count)
        held = replace(networks, layers=tuple(w.detach().requires_grad_() for w in networks.layers))
        slopes = torch.autograd.grad(held.losses(x, y).sum(), held.layers)
        moved = tuple((w - step * g).detach() for w, g in zip(held.layers, slopes, strict=True))
        networks = replace(networks, layers=moved)
        count += 1
        yield networks


def descend(networks: Networks, x: Tensor, y: Tensor, count: int, step: float = STEP) -> Networks:
    """After `count` steps on all examples."""
    path = steps(networks, lambda _: (x, y), step)
    for _ in range(count):
        networks = next(path)
    return networks
