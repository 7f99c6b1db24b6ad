"""A training problem as an autonomous differential equation with a closed-form Jacobian, and its error measure.

Notation as in smooth.py: w weights (p,), Phi potential, G = -dPhi/dw, F = M G velocity in s, tau = (1 + t) L.
"""

import numpy as np

from .coordinates import Coordinates
from .rosenbrock import Step
from .setting import FlowSetting


class FlowSystem:
    """The autonomous system (w, tau)' = (F, 1 - tau G.F), or (w, t)' = (F, 1) for the square loss, with its
    Jacobian."""

    def __init__(self, setting: FlowSetting, coordinates: Coordinates):
        self.setting, self.coordinates = setting, coordinates
        self.model, self.potential = coordinates.model, coordinates.potential
        self._plain = setting.flow == "gradient"
        self.scaled_time = self.potential.scaled_time
        self.size = self.model.size
        self.starts = np.array([piece.start for piece, _ in self.model.pieces])
        self.shares: np.ndarray | None = None  # of the examples in the loss, at the last linearised state
        self._decay = None
        if setting.decay.any():
            sizes = [piece.stop - piece.start for piece, _ in self.model.pieces]
            self._decay = np.repeat(setting.decay, sizes)

    def tangent(self, vectors: np.ndarray) -> np.ndarray:
        """Projection of columns (p, ...) onto the directions in which the flow may move: all, unless it slides."""
        return vectors

    def slope(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        """(Phi, G): the potential and minus its gradient, weight decay included."""
        features, cache = self.model.forward(w)
        phi, rho = self.potential.evaluate(features)
        gradient = self.model.pull_back(cache, rho)
        return (phi, gradient) if self._decay is None else self._with_decay(w, phi, gradient)[:2]

    def _with_decay(self, w, phi, gradient):
        """Potential of L + sum decay |W|^2, its slope, the share of the data in it and 2 decay over the total."""
        assert self._decay is not None  # nobody asks without weight decay
        penalty = float(self._decay @ (w * w))
        if not self.scaled_time:
            return phi + penalty, gradient - 2 * self._decay * w, 1.0, 2 * self._decay
        total = np.logaddexp(phi, np.log(penalty)) if penalty > 0 else phi
        share, pull = np.exp(phi - total), 2 * self._decay * np.exp(-total)
        return float(total), share * gradient - pull * w, share, pull

    def velocity(self, state: np.ndarray) -> np.ndarray:
        """Right side (p + 1,)."""
        w = state[:-1]
        if self._decay is None:
            features, cache = self.model.forward(w)
            gradient = self.model.pull_back(cache, self.potential.force(features))
        else:
            gradient = self.slope(w)[1]
        gradient = self.tangent(gradient)
        flow = gradient if self._plain else self._metric(w, gradient)
        out = np.empty(state.size)
        out[:-1] = flow
        out[-1] = 1.0 - state[-1] * (gradient @ flow) if self.scaled_time else 1.0
        return out

    def linearised(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(velocity (p + 1,), Jacobian (p + 1, p + 1), du/dw (m, p)) at one state."""
        w = state[:-1]
        gradient, bend, first = self._bend(w)
        flow, flow_bend = self._metric_bend(w, gradient, bend)
        jacobian = np.zeros((state.size, state.size))
        jacobian[:-1, :-1] = flow_bend
        velocity = np.append(flow, 1.0)
        if self.scaled_time:
            rate = gradient @ flow
            velocity[-1] -= state[-1] * rate
            both = 2 * (flow @ bend) if flow_bend is bend else flow @ bend + gradient @ flow_bend
            jacobian[-1, :-1] = -state[-1] * both
            jacobian[-1, -1] = -rate
        return velocity, jacobian, first

    def _bend(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(G, dG/dw, du/dw), the first two without their parts in which the flow may not move."""
        features = self.model.features(w)
        phi, rho, curvature, self.shares = self.potential.expand(features)
        first, second = self.model.derivatives(w, rho)
        gradient, bend = rho @ first, first.T @ (curvature @ first) + second
        if self._decay is not None:
            gradient, bend = self._decayed_bend(w, phi, gradient, bend)
        return self.tangent(gradient), self.tangent(bend), first

    def _decayed_bend(self, w, phi, gradient, bend):
        _, total, share, pull = self._with_decay(w, phi, gradient)
        if self.scaled_time:
            bend = share * (bend - np.outer(gradient, gradient)) + np.outer(total, total)
        return total, bend - np.diag(pull)

    def _metric(self, w, gradient):
        out = np.empty(self.size)
        for piece, _ in self.model.pieces:
            v, g = w[piece], gradient[piece]
            square, along = v @ v, v @ g
            own = 1.0 / square if self.setting.flow != "fixed-rho" else 0.0
            out[piece] = square * g + (own - 1.0) * along * v
        return out

    def _metric_bend(self, w, gradient, bend):
        """F = M G and its Jacobian: product rule on rho^2 G + (rho^-2 - 1) <W, G> W, layer by layer."""
        if self.setting.flow == "gradient":
            return gradient, bend
        flow, out = self._metric(w, gradient), np.empty_like(bend)
        keeps_rho = self.setting.flow == "fixed-rho"
        for piece, _ in self.model.pieces:
            v, g, rows = w[piece], gradient[piece], bend[piece]
            square, along = v @ v, v @ g
            own = 0.0 if keeps_rho else 1.0 / square
            out[piece] = square * rows + (own - 1.0) * np.outer(v, v @ rows)
            local = 2 * np.outer(g, v) + (own - 1.0) * (along * np.eye(v.size) + np.outer(v, g))
            local -= 2 * own**2 * along * np.outer(v, v)
            out[piece, piece] += local
        return flow, out

    def rounding(self, w: np.ndarray) -> float:
        """Bound on the rounding error of |F|: below it a velocity is no more than noise and the state is
        stationary."""
        features = self.model.features(w)
        terms = self.model.pull_back(self.model.forward(np.abs(w))[1], self.potential.magnitude(features))
        if self._decay is not None:
            _, _, share, pull = self._with_decay(w, self.potential.evaluate(features)[0], np.zeros(self.size))
            terms = share * terms + pull * np.abs(w)
        operations = self.setting.inputs.shape[0] + sum(self.setting.widths)
        bound = operations * np.finfo(float).eps * float(np.linalg.norm(terms))
        if self.setting.flow != "gradient":
            bound *= 2 * max(1.0, *(float(w[piece] @ w[piece]) for piece, _ in self.model.pieces))
        return bound

    def log_time(self, state: np.ndarray) -> float:
        """T = log(1 + t) at a state."""
        if not self.scaled_time:
            return float(np.log1p(state[-1]))
        w = state[:-1]
        phi = self.potential.value(self.model.features(w)) if self._decay is None else self.slope(w)[0]
        return float(np.log(max(state[-1], np.finfo(float).tiny)) - phi)

    def start(self, w: np.ndarray) -> np.ndarray:
        """State at t = 0."""
        phi = self.slope(w)[0]
        if self.scaled_time and phi > 700.0:
            raise ValueError(f"the starting loss is exp({phi:.0f}); scale the start down")
        return np.append(w, np.exp(phi) if self.scaled_time else 0.0)


def scaled_error(system: FlowSystem, step: Step, first: np.ndarray, log_time: float) -> float:
    """Local error of a step in units of which rtol is asked: the worst of layers, clock and slack.

    Layers by their norms; tau by itself and log t, which is log tau up to a function of the weights; for losses of
    margins the slack by the examples' shares in the loss, less its mean, which only moves time. `first` is du/dw.
    """
    e, y = step.error, np.maximum(np.abs(step.start), np.abs(step.end))
    squares = np.add.reduceat(y[:-1] ** 2, system.starts)
    # A layer that starts at zero has no size of its own yet; it is measured against a thousandth of the others.
    squares = np.maximum(squares, max(1e-6 * squares.max(), np.finfo(float).tiny))
    worst = np.sqrt(np.add.reduceat(e[:-1] ** 2, system.starts) / squares).max()
    clock = abs(e[-1]) / y[-1] / max(1.0, log_time) if y[-1] > 0 else 0.0
    worst = max(worst, clock)
    weights, slack = system.shares, system.potential.slack
    if weights is not None:
        move = slack @ (first @ e[:-1])
        move -= (weights @ move) / weights.sum()
        worst = max(worst, np.sqrt(weights @ move**2))
    return worst
