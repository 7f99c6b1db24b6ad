"""Coordinates in which a linear network's flow keeps its digits, and the margin gap without cancellation.

About: with exponential-type loss the product vector beta = W_K...W_1 grows along the hard-margin direction u
like log t while beta_perp, which decides which examples matter, stays bounded. Rotating the inputs so that u
is the first axis keeps the two in different entries of W_1:

    y_n f_n = gamma beta_u + sigma_n,     sigma_n = (z_n.u - gamma) beta_u + z_n,perp . beta_perp,

and z_n.u - gamma is exactly 0 on the certified active set. An orthogonal change of hidden units also drops
those that no weight reaches: the flow keeps the span of [W_k, W_{k+1}^T], so h_k <= h_{k-1} + h_{k+1}
coordinates carry it.

Notation: Q (d, d) orthogonal with first column u; U_k (h_k, r_k) orthonormal columns; gamma hard margin.
    W_1 = U_1 A_1 Q^T,   W_k = U_k A_k U_{k-1}^T.
Both changes preserve every Frobenius norm, inner product and balancedness drift, so all flows commute with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .losses import MarginPotential
from .networks import LinearNetwork
from .setting import FlowSetting


def axis_frame(direction: np.ndarray) -> np.ndarray:
    """Orthogonal (d, d) matrix whose first column is the given unit vector (a Householder reflection, up to
    sign)."""
    normal = direction.copy()
    sign = 1.0 if normal[0] >= 0 else -1.0
    normal[0] += sign
    reflection = np.eye(direction.size) - np.outer(normal, normal) * (2.0 / (normal @ normal))
    reflection[:, 0] = direction
    return reflection


def reachable_frames(layers: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(U_1..U_{K-1}, reduced layers): orthonormal frames of the hidden units that the flow can reach."""
    layers, frames = [w.copy() for w in layers], []
    for k in range(len(layers) - 1):
        span = np.hstack([layers[k], layers[k + 1].T])
        frame = np.eye(len(span)) if span.shape[1] >= len(span) else np.linalg.qr(span)[0]
        layers[k], layers[k + 1] = frame.T @ layers[k], layers[k + 1] @ frame
        frames.append(frame)
    return frames, layers


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Inner coordinates of one run: `model` and `potential` act on inner weights; `outer` brings weights back."""

    model: Any
    potential: Any
    input_frame: np.ndarray | None
    frames: tuple[np.ndarray, ...]
    margin: float | None

    def outer(self, layers: list[np.ndarray]) -> np.ndarray:
        """The weights (p,) in the given coordinates from inner layers."""
        out = [w if self.input_frame is None or k else w @ self.input_frame.T for k, w in enumerate(layers)]
        for k, frame in enumerate(self.frames):
            out[k], out[k + 1] = frame @ out[k], out[k + 1] @ frame.T
        return np.concatenate([w.ravel() for w in out])

    def gap(self, layers: list[np.ndarray], sigma: np.ndarray) -> float:
        """gamma - min_n y_n f_n / prod rho_k as a sum of non-negative terms and -min sigma; nan without a hard
        margin."""
        if self.margin is None:
            return float("nan")
        norms = [float(np.linalg.norm(w)) for w in layers]
        product = float(np.prod(norms))
        if product == 0.0:  # no direction, so no normalized margin
            return float("nan")
        excess, beta = _norm_excess(layers, norms)
        along, across = beta[0], beta[1:]
        length = float(np.linalg.norm(beta))
        tilt = (across @ across) / (length + along) if along > 0 else length - along
        return float(self.margin * (excess / (product + length) + tilt) - sigma.min()) / product


def _norm_excess(layers, norms):
    """(prod rho_k^2 - |beta|^2, beta): summed layer by layer from what each layer has off its leading direction."""
    row, excess, ahead = layers[-1], 0.0, norms[-1] ** 2
    for w, rho in zip(layers[-2::-1], norms[-2::-1], strict=True):
        size = float(row.ravel() @ row.ravel())
        image = row @ w
        rest = w - row.T @ image / size if size > 0 else w
        excess = rho**2 * excess + size * float(np.vdot(rest, rest))
        row, ahead = image, ahead * rho**2
    return excess, row.ravel()


def choose_coordinates(
    setting: FlowSetting, layers: Sequence[np.ndarray], anchored: bool = True
) -> tuple[Coordinates, list[np.ndarray]]:
    """Coordinates that suit the setting, and the start (W_1, ..., W_K) in them; not rotated if not `anchored`."""
    layers = [np.array(w, float) for w in layers]
    setting.model.stack(layers)  # refuses wrong shapes before any arithmetic
    if setting.network != "linear":
        return Coordinates(setting.model, setting.potential(), None, (), None), layers
    frames, reduced = reachable_frames(layers)
    widths = (setting.widths[0], *(frame.shape[1] for frame in frames), setting.widths[-1])
    potential, frame, margin = setting.potential(), None, None
    anchored = anchored and isinstance(potential, MarginPotential) and not setting.decay.any()
    separator = setting.separator if anchored else None
    if separator is not None:
        frame, margin = axis_frame(separator.direction), separator.margin
        reduced[0] = reduced[0] @ frame
        potential = _anchored(potential, separator, frame)
    return Coordinates(LinearNetwork(widths), potential, frame, tuple(frames), margin), reduced


def _anchored(potential, separator, frame):
    """The same potential on rotated features, with gamma beta_u taken out as the common part."""
    slack = potential.slack @ frame
    slack[:, 0] = separator.slopes
    common = np.zeros(slack.shape[1])
    common[0] = separator.margin
    return MarginPotential(potential.kind, common, slack, potential.groups, potential.log_count)
