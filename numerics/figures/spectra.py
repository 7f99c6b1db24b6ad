"""Spectra of Hessians: along a flow of the exponential loss, and at the minima of the square loss under weight decay.

About: the signs and the zeros that the memo's proofs by hyperbolicity rest on.

Notation: f = w2 W1 x, W1 (h, d), w2 (h,); eigenvalues of the Hessian in all weights; along a flow over L. An eigenvalue
within the computed error of 0 is reported as such: no sign is read from a float that could be rounding.

With decay lambda on both layers the least square loss is at W1 = sqrt(r) u v^T, w2 = sqrt(r) u with any unit vector u
of R^h, where a = r v solves (X^T X + (lambda/r) I) a = X^T y, |a| = r (|W1|^2 + |w2|^2 >= 2 |a|, with equality there).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from ..curvature import Architecture, Objective, full_spectrum
from ..flows.setting import FlowSetting
from ..flows.smooth import smooth_flow
from . import rounded

INPUTS, UNITS, EXAMPLES = 3, 2, 4
FEW = 2  # examples of the square loss: fewer than inputs
_LINEAR = Architecture("linear")


def spectrum_along_flow() -> dict[str, Any]:
    """Eigenvalues over L along the flow of the exponential loss of a two-layer linear network."""
    random = np.random.default_rng(3)
    inputs = random.standard_normal((EXAMPLES, INPUTS))
    labels = np.sign(inputs @ np.array([1.0, -0.5, 0.25]))
    start = [0.5 * random.standard_normal((UNITS, INPUTS)), 0.5 * random.standard_normal((1, UNITS))]
    setting = FlowSetting((INPUTS, UNITS, 1), inputs, labels, "exponential", "linear", average=False)
    times = np.geomspace(0.1, 1000.0, 41)
    found = smooth_flow(setting, start, float(times[-1]), at=list(times[:-1]), samples=4)
    index = [int(np.argmin(np.abs(found.log10_t - t))) for t in times]
    spectra = [full_spectrum(found.layers(i), inputs, labels, _LINEAR, Objective("exponential", False)) for i in index]
    scales = [np.exp(s.log_scale - found.log_loss[i]) for s, i in zip(spectra, index, strict=True)]
    values = [_honest(s) * scale for s, scale in zip(spectra, scales, strict=True)]
    return {
        "log10_t": rounded(times),
        "eigenvalues": rounded(np.array(values)),
        "examples": EXAMPLES,
        "widths": [INPUTS, UNITS, 1],
    }


def spectrum_under_decay() -> dict[str, Any]:
    """Eigenvalues at the penalised minimum of the square loss, for decays from 10^-6 to beyond the collapse to 0."""
    random = np.random.default_rng(1)
    inputs, targets = random.standard_normal((FEW, INPUTS)), np.array([1.0, -0.8])
    decays = np.logspace(-6, np.log10(2.0 * np.linalg.norm(inputs.T @ targets)), 61)
    values = []
    for decay in decays:
        objective = Objective("square", False, float(decay))
        values.append(
            _honest(full_spectrum(minimum(inputs, targets, decay), inputs, targets, _LINEAR, objective), absolute=True)
        )
    return {
        "decay": rounded(decays),
        "eigenvalues": rounded(np.array(values)),
        "examples": FEW,
        "widths": [INPUTS, UNITS, 1],
        "collapse": rounded([np.linalg.norm(inputs.T @ targets)])[0],
    }


def minimum(inputs: np.ndarray, targets: np.ndarray, decay: float) -> list[np.ndarray]:
    """Layers (W1, w2) of a global minimum of the penalised square loss, with u = (1, 0)."""
    gram, pull = inputs.T @ inputs, inputs.T @ targets
    if decay >= np.linalg.norm(pull):
        return [np.zeros((UNITS, INPUTS)), np.zeros((1, UNITS))]

    def solution(r: float) -> np.ndarray:
        return np.linalg.solve(gram + decay / r * np.eye(INPUTS), pull)

    r = brentq(lambda r: np.linalg.norm(solution(r)) - r, 1e-12, 1e6, xtol=1e-15, rtol=1e-15)
    a = solution(r)
    unit = np.eye(UNITS)[0]
    return [np.outer(unit, a) / np.sqrt(r), np.sqrt(r) * unit[None]]


def _honest(spectrum, absolute: bool = False) -> np.ndarray:
    """Eigenvalues over exp(log_scale), or not, ascending; 0 where they are within the error of 0."""
    values = np.where(np.abs(spectrum.eigenvalues) <= spectrum.error, 0.0, spectrum.eigenvalues)
    return values * (np.exp(spectrum.log_scale) if absolute else 1.0)
