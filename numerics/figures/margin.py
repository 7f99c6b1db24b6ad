"""The margin along a flow on handwritten digits, odd against even, with the changes of its support vector.

About: what PNAS Fig. 3 shows of a deep network on CIFAR, for a flow that can be followed to late times.

Notation: margin min_n y_n f(V; x_n); support vector the n that attains it; smoothed margin
-log(sum_n exp(-y_n f(W; x_n))) / rho, which is at most the margin and rises wherever it is positive.

Conventions: inputs are written in the span of the examples, outside of which no weight of the first layer moves.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..flows.setting import FlowSetting
from ..flows.sliding import sliding_flow
from ..flows.smooth import smooth_flow
from ..sampling.data import digits
from . import rounded

EXAMPLES, UNITS = 40, 6
LAST = 100.0  # log10 t
SAMPLES = 240
TOLERANCE = 1e-4


def problem() -> tuple[FlowSetting, list[np.ndarray], np.ndarray]:
    """Setting, start, and the digits' labels."""
    inputs, labels = (a[:EXAMPLES] for a in digits())
    basis = np.linalg.svd(inputs, full_matrices=False)[2]
    spanned = inputs @ basis.T
    random = np.random.default_rng(0)
    start = [0.3 * random.standard_normal((UNITS, spanned.shape[1])), 0.6 * random.standard_normal((1, UNITS))]
    return FlowSetting((spanned.shape[1], UNITS, 1), spanned, labels, "exponential", "relu"), start, labels


def digits_margin() -> dict[str, Any]:
    """Margin, smoothed margin, support vector over log10 t; times of separation and of the last change."""
    setting, start, labels = problem()
    times = np.geomspace(0.01, LAST, SAMPLES)
    found = sliding_flow(setting, start, LAST, at=list(times[:-1]), rtol=TOLERANCE, samples=4, max_steps=4000)
    index = [int(np.argmin(np.abs(found.log10_t - t))) for t in times if t <= found.log10_t[-1] * (1 + 1e-9)]
    outputs = np.array([normalised_outputs(found.directions(i), setting.inputs) for i in index])
    margins = labels * outputs
    rho = found.norms[index].prod(axis=1)
    smoothed = -(found.log_loss[index] + math.log(EXAMPLES)) / rho
    return {
        "examples": EXAMPLES,
        "units": UNITS,
        "status": found.status,
        "log10_t": rounded(found.log10_t[index]),
        "margin": rounded(margins.min(axis=1)),
        "smoothed": rounded(smoothed),
        "support": [int(n) for n in margins.argmin(axis=1)],
        "correct": rounded((margins > 0).mean(axis=1)),
    }


# Five examples agree on one direction, the sixth is nearest to the boundary and pulls another way.
CROWD = np.array([[1.0, 1.0], [1.2, 0.9], [0.9, 1.2], [1.1, 1.3], [0.8, 1.0], [0.6, -0.4]])
SPAN = (-3.0, 5.0)  # log10 t
SMALL = 0.05  # of the start, so that at first all examples weigh the same


def falling_margin() -> dict[str, Any]:
    """One linear layer from its largest margin, at a small norm: the margin falls, though every example is right."""
    labels = np.ones(len(CROWD))
    setting = FlowSetting((2, 1), CROWD, labels, "exponential", "linear")
    best = setting.separator
    if best is None:
        raise ArithmeticError("the examples are separable by construction")
    times = np.linspace(*SPAN, SAMPLES // 2)
    found = smooth_flow(setting, [SMALL * best.direction[None]], SPAN[1], at=list(times[:-1]), samples=4)
    index = [int(np.argmin(np.abs(found.log10_t - t))) for t in times]
    smoothed = -(found.log_loss[index] + math.log(len(CROWD))) / found.norms[index][:, 0]
    return {
        "log10_t": rounded(times),
        "margin": rounded(found.margin[index]),
        "smoothed": rounded(smoothed),
        "largest": rounded([best.margin])[0],
        "examples": len(CROWD),
    }


def normalised_outputs(directions: list[np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """f(V; x_n) of a ReLU network with two layers (N,)."""
    first, second = directions
    return (np.maximum(inputs @ first.T, 0.0) @ second.T)[:, 0]
