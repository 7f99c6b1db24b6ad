"""The normalised margin along descent on digits, odd against even: what PNAS Fig. 3 shows of one run.

**Main results.** pnas20/fig3 (`along_descent`). Where the slope of the margin goes when the support vector changes is
derived in `derivations/real_data.py`.

**Notation.** gamma = min_n y_n f(x_n)/s with s the product of the Frobenius norms; the support vector is the n that
attains it.

**Conventions.** Networks 64-32-32-1, exponential loss, 150 images. Descent on log L, every network with steps of
size theta over the largest |grad f_n|^2, found again every 20 steps: a smaller theta is closer to the flow.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .estimates import Interval, binomial, bootstrap, known
from .networks import Networks, shuffled_digits, start

WIDTHS = (64, 32, 32, 1)
EXAMPLES = 150
STARTS = 6
Quantities = dict[str, Interval | None]


def along_descent(theta: float = 0.5, count: int = 2000, every: int = 20) -> Quantities:
    """Margins every 20 steps from the first at which all images are right.

    digits_falls: share of the stretches of 20 steps in which the margin falls; digits_networks_with_a_fall: of the
    networks; digits_gain: margin at the end over that at the onset; digits_changes: changes of the support vector per
    network; digits_separated: share of the networks that get all images right.
    """
    x, y = odd_or_even()
    margin, support = record(start(WIDTHS, [1.0] * STARTS, seed=31), x, y, theta, count, every)
    falls, stretches, gains, changes, fallen = 0, 0, [], [], 0
    for m, n in zip(margin.T, support.T, strict=True):
        if not (m > 0).any():
            continue
        onset = int((m > 0).argmax())
        steps = np.diff(m[onset:])
        falls += int((steps < 0).sum())
        stretches += len(steps)
        fallen += bool((steps < 0).any())
        gains.append(m[-1] / m[onset])
        changes.append(float((np.diff(n[onset:]) != 0).sum()))
    return {
        "recorded_falls": None,
        "digits_separated": binomial(len(gains), STARTS),
        "digits_falls": binomial(falls, stretches),
        "digits_networks_with_a_fall": binomial(fallen, len(gains)),
        "digits_gain": bootstrap(np.mean, gains) if gains else known(0),
        "digits_changes": bootstrap(np.mean, changes) if changes else known(0),
    }


def odd_or_even() -> tuple[Tensor, Tensor]:
    """Images, and labels +1 for odd digits, -1 for even ones."""
    x, digit = shuffled_digits()
    return x[:EXAMPLES], 2.0 * (digit[:EXAMPLES] % 2).double() - 1


def record(
    networks: Networks,
    x: Tensor,
    y: Tensor,
    theta: float,
    count: int,
    every: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Normalised margin and support vector of every network, (times, B)."""
    margins, support = [], []
    layers = networks.layers
    for k in range(count + 1):
        held = tuple(w.detach().requires_grad_() for w in layers)
        outputs = y * Networks(held)(x)[:, 0]
        if k % every == 0:
            step = theta / _largest_gradient(layers, x)
            least, index = (outputs.detach() / Networks(layers).norms().prod(dim=1)[:, None]).min(dim=1)
            margins.append(least.numpy())
            support.append(index.numpy())
        slopes = torch.autograd.grad(torch.logsumexp(-outputs, dim=1).sum(), held)
        layers = tuple((w - step * g).detach() for w, g in zip(held, slopes, strict=True))
    return np.array(margins), np.array(support)


def _largest_gradient(layers: tuple[Tensor, ...], x: Tensor) -> Tensor:
    """max_n |grad f_n|^2 over the weights of every network, (B, 1, 1)."""

    def output(weights: tuple[Tensor, ...], image: Tensor) -> Tensor:
        signal = image
        for w in weights[:-1]:
            signal = torch.relu(w @ signal)
        return (weights[-1] @ signal)[0]

    gradient = torch.func.vmap(torch.func.vmap(torch.func.grad(output), (None, 0)), (0, None))(layers, x)
    return sum(g.flatten(2).square().sum(2) for g in gradient).amax(dim=1).reshape(-1, 1, 1)
