"""Where gates change: what is recorded of an event, gates on the wrong side of their kink, roots along a step."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from .gated import OFF, ON, Piece
from .kinks import Gate

_NOISE = 1e3 * np.finfo(float).eps


@dataclass(frozen=True)
class GateEvent:
    """What happened at log(1 + t): `kind` as listed in sliding.py, `gates` (hidden layer, unit, example) from 0."""

    log1p_t: float
    kind: str
    gates: tuple[Gate, ...]


def against(k, mode, act, layer) -> list[Gate]:
    """Gates (k, unit, example) whose z = act.layer^T has the other sign than their mode says, beyond rounding."""
    obedience = mode * np.dot(act, layer.T)
    if obedience.min(initial=0.0) >= 0.0:
        return []
    # Stages and projections leave noise of the layer's size, not of the row's: a row that has died keeps it.
    rounding = _NOISE * np.linalg.norm(layer) * np.linalg.norm(act, axis=1)[:, None]
    return [(k, unit, example) for example, unit in np.argwhere(obedience < -rounding).tolist()]


def root_or_end(excess):
    """Root in (0, 1), or the end that is one already: slopes across layers are iterated to 1e-10, not exact."""
    low, high = excess(0.0), excess(1.0)
    if low * high >= 0 or abs(low) <= 1e-9:
        return 0.0
    return 1.0 if abs(high) <= 1e-9 else brentq(excess, 0.0, 1.0, xtol=1e-12)


def start_modes(setting, potential, modes, w):
    """Modes by the signs of z, layer after layer, and the gates that start on their kink."""
    ties: list[Gate] = []
    for k in range(len(modes)):
        model = Piece(setting, potential, modes, w).model
        layers, acts = model.forward(w)[1]
        z = acts[k] @ layers[k].T
        rounding = 4 * acts[k].shape[1] * np.finfo(float).eps * (np.abs(acts[k]) @ np.abs(layers[k]).T)
        modes = (*modes[:k], np.where(z >= 0, ON, OFF), *modes[k + 1 :])
        ties += [(k, int(i), int(n)) for n, i in zip(*np.nonzero(np.abs(z) <= rounding), strict=True)]
    return modes, ties
