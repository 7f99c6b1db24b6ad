"""Trajectories of smooth networks, from t = 0 to log10 t of 10^12 and more.

About: the flow of a differentiable loss, in a clock in which nothing under- or overflows.

Notation: w weights (p,); Phi = log L (square loss: L); s clock with ds = L dt (square loss: dt); G = -dPhi/dw;
F = M G with the flow's metric M; T = log(1 + t); tau = (1 + t) L.

    gradient        dW_k/ds = G_k
    constrained     dW_k/ds = V_k V_k.G_k + rho_k^2 (G_k - V_k V_k.G_k)      (weight-norm from |v_k| = 1: the
    same curve) fixed-rho       dW_k/ds = rho_k^2 (G_k - V_k V_k.G_k)
    d tau/ds = 1 - tau G.F,     T = log tau - Phi

tau obeys a linear equation and tends to 1/(G.F): time comes out of the run with the relative accuracy of the
solver, however large it is. The system is autonomous and its Jacobian is closed-form; steps are Rosenbrock
(rosenbrock.py); after each step the quadratic invariants are restored (invariants.py); a linear network runs
in anchored coordinates (coordinates.py).

Errors: local error a step `rtol`, relative to each layer's norm and to log t (absolute below log t = 1), and
absolute in the loss-weighted slack; late flows contract, so global errors are of the same order. Lower rtol to
measure them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq

from numerics.flows.coordinates import Coordinates, choose_coordinates
from numerics.flows.losses import MarginPotential
from numerics.flows.rosenbrock import Step, next_step_size, rosenbrock_step
from numerics.flows.setting import FlowSetting
from numerics.flows.trajectory import LOG10, Recorder, Sample, Trajectory

Progress = Callable[[float], None]


class FlowSystem:
    """The autonomous system (w, tau)' = (F, 1 - tau G.F), or (w, t)' = (F, 1) for the square loss, with its
    Jacobian."""

    def __init__(self, setting: FlowSetting, coordinates: Coordinates):
        self.setting = setting
        self.model, self.potential = coordinates.model, coordinates.potential
        self.scaled_time = self.potential.scaled_time
        self.size = self.model.size
        self._decay = None
        if setting.decay.any():
            sizes = [piece.stop - piece.start for piece, _ in self.model._pieces]
            self._decay = np.repeat(setting.decay, sizes)

    def slope(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        """(Phi, G): the potential and minus its gradient, weight decay included."""
        features, cache = self.model.forward(w)
        phi, rho = self.potential.evaluate(features)
        gradient = self.model.pull_back(cache, rho)
        return (phi, gradient) if self._decay is None else self._with_decay(w, phi, gradient)[:2]

    def _with_decay(self, w, phi, gradient):
        """Potential of L + sum decay |W|^2, its slope, the share of the data in it and 2 decay over the total."""
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
        flow = gradient if self.setting.flow == "gradient" else self._metric(w, gradient)
        out = np.empty(state.size)
        out[:-1] = flow
        out[-1] = 1.0 - state[-1] * (gradient @ flow) if self.scaled_time else 1.0
        return out

    def linearised(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(velocity (p + 1,), Jacobian (p + 1, p + 1), du/dw (m, p)) at one state."""
        w = state[:-1]
        features = self.model.features(w)
        phi, rho = self.potential.evaluate(features)
        first, second = self.model.derivatives(w, rho)
        curvature = self.potential.curvature(features)
        gradient, bend = rho @ first, first.T @ (curvature @ first) + second
        if self._decay is not None:
            gradient, bend = self._decayed_bend(w, phi, gradient, bend)
        flow, flow_bend = self._metric_bend(w, gradient, bend)
        jacobian = np.zeros((state.size, state.size))
        jacobian[:-1, :-1] = flow_bend
        velocity = np.append(flow, 1.0)
        if self.scaled_time:
            rate = gradient @ flow
            velocity[-1] -= state[-1] * rate
            jacobian[-1, :-1] = -state[-1] * (flow @ bend + gradient @ flow_bend)
            jacobian[-1, -1] = -rate
        return velocity, jacobian, first

    def _decayed_bend(self, w, phi, gradient, bend):
        _, total, share, pull = self._with_decay(w, phi, gradient)
        if self.scaled_time:
            bend = share * (bend - np.outer(gradient, gradient)) + np.outer(total, total)
        return total, bend - np.diag(pull)

    def _metric(self, w, gradient):
        out = np.empty(self.size)
        for piece, _ in self.model._pieces:
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
        for piece, _ in self.model._pieces:
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
            bound *= 2 * max(1.0, *(float(w[piece] @ w[piece]) for piece, _ in self.model._pieces))
        return bound

    def log_time(self, state: np.ndarray) -> float:
        """T = log(1 + t) at a state."""
        if not self.scaled_time:
            return float(np.log1p(state[-1]))
        return float(np.log(max(state[-1], np.finfo(float).tiny)) - self.slope(state[:-1])[0])

    def start(self, w: np.ndarray) -> np.ndarray:
        """State at t = 0."""
        phi = self.slope(w)[0]
        if self.scaled_time and phi > 700.0:
            raise ValueError(f"the starting loss is exp({phi:.0f}); scale the start down")
        return np.append(w, np.exp(phi) if self.scaled_time else 0.0)


class _Run:
    """One integration: state, step size and what a step needs to know."""

    def __init__(self, setting, layers, rtol):
        self.setting = setting
        self.coordinates, inner = choose_coordinates(setting, layers)
        self.system = FlowSystem(setting, self.coordinates)
        self.rtol = rtol
        self.balance = setting.balance
        self.kept = self.balance.of(inner) if self.balance else None
        self.state = self.system.start(np.concatenate([w.ravel() for w in inner]))
        self.starts = np.array([piece.start for piece, _ in self.system.model._pieces])
        velocity = self.system.velocity(self.state)[:-1]
        speed = np.linalg.norm(velocity)
        self.h = 1e-3 * np.linalg.norm(self.state[:-1]) / speed if speed > 0 else 1.0
        self.fastest, self.log_time = speed, 0.0
        self.at_rest = False

    def error(self, step: Step, first: np.ndarray) -> float:
        """Scaled local error, 1 at tolerance: layers by their norms, tau by itself, slack by its share of the
        loss."""
        e, y = step.error, np.maximum(np.abs(step.start), np.abs(step.end))
        layers = np.sqrt(
            np.add.reduceat(e[:-1] ** 2, self.starts) / np.add.reduceat(y[:-1] ** 2, self.starts)
        ).max()
        clock = abs(e[-1]) / y[-1] / max(1.0, self.log_time) if y[-1] > 0 else 0.0
        worst = max(layers, clock)
        potential = self.system.potential
        if isinstance(potential, MarginPotential):
            features = self.system.model.features(step.start[:-1])
            weights = potential.weights(*potential.margins(features))[1]
            move = potential.slack @ (first @ e[:-1])
            move -= (weights @ move) / weights.sum()
            worst = max(worst, np.sqrt(weights @ move**2))
        return worst / self.rtol

    def advance(self, trajectory: Trajectory) -> Step | None:
        """One accepted step from the current state, or None where the step size underflows."""
        velocity, jacobian, first = self.system.linearised(self.state)
        if not (np.isfinite(velocity).all() and np.isfinite(jacobian).all()):
            return None
        if self._stationary(velocity[:-1]):
            return None
        smallest = self.h * 1e-14
        while self.h > smallest:
            step = rosenbrock_step(self.system.velocity, self.state, velocity, jacobian, self.h)
            error = self.error(step, first) if step is not None else np.inf
            if error <= 1.0 and step.end[-1] > 0:
                self.h = next_step_size(self.h, error)
                trajectory.steps += 1
                return step
            trajectory.rejected += 1
            self.h = 0.25 * self.h if not np.isfinite(error) else min(0.5 * self.h, next_step_size(self.h, error))
        return None

    def _stationary(self, velocity):
        """Whether the velocity is rounding; asked only once it is a millionth of what it was, for the bound
        costs a gradient."""
        speed = float(np.linalg.norm(velocity))
        self.fastest = max(self.fastest, speed)
        self.at_rest = speed <= 1e-6 * self.fastest and speed <= self.system.rounding(self.state[:-1])
        return self.at_rest

    def collapse(self, step: Step) -> tuple[float, int] | None:
        """(theta, layer) where the first norm passes through 0 within a step of a flow in (rho, V); None if
        none does.

        Near rho_k = 0 the direction stands still, so the crossing is where W_k . V_k(start) changes sign.
        """
        if self.setting.flow not in ("constrained", "weight-norm"):
            return None
        found = []
        for k, (piece, _) in enumerate(self.system.model._pieces):
            old = step.start[piece]
            if old @ step.end[piece] <= 0:
                found.append((brentq(lambda th, p=piece, v=old: v @ step.at(th)[p], 0.0, 1.0), k + 1))
        return min(found, default=None)

    def restored(self, state: np.ndarray, sweeps: int = 400) -> np.ndarray:
        """The state with its quadratic invariants put back (a copy)."""
        state = state.copy()
        if self.balance:
            self.balance.restore(self.system.model.layers(state[:-1]), self.kept, sweeps)
        return state

    def sample(self, state: np.ndarray, log_t: float | None = None) -> Sample:
        """What is reported of a state."""
        w = state[:-1]
        layers = self.system.model.layers(w)
        phi = self.system.slope(w)[0]
        log_loss = phi if self.system.scaled_time else (np.log(phi) if phi > 0 else -np.inf)
        norms = np.array([np.linalg.norm(layer) for layer in layers])
        common, sigma = self.system.potential.margins(self.system.model.features(w))
        scale = float(np.prod(norms ** np.array(self.setting.layer_degrees)))
        drift = self.balance.drift(layers, self.kept) if self.balance else float("nan")
        return Sample(
            self._log_t(state) if log_t is None else log_t,
            float(log_loss),
            norms,
            self._margin(layers, common, sigma, scale),
            self.coordinates.gap(layers, sigma),
            drift,
            self.coordinates.outer(layers),
        )

    def _margin(self, layers, common, sigma, scale):
        if self.setting.network != "smooth":
            return float(common + sigma.min()) / scale if scale > 0 else 0.0
        unit = np.concatenate([(w / np.linalg.norm(w)).ravel() for w in layers])
        common, sigma = self.system.potential.margins(self.system.model.features(unit))
        return float(common + sigma.min())

    def _log_t(self, state):
        return _log_of_time(self.system.log_time(state))


def smooth_flow(
    setting: FlowSetting,
    start: Sequence[np.ndarray],
    log10_t: float,
    at: Sequence[float] = (),
    rtol: float = 1e-6,
    samples: int = 200,
    max_steps: int = 20000,
    progress: Progress | None = None,
) -> Trajectory:
    """Integrates the setting's flow from W_1, ..., W_K (`start`) at t = 0 to the given log10 t.

    `at`: values of log10 t at which a sample is wanted exactly (the end always is one); `samples` bounds the
    others kept; `progress` is called with log10 t after each step. Ctrl-C ends the run with status
    "interrupted" and all samples so far.
    """
    with np.errstate(all="ignore"):  # a rejected step may overflow; nothing that is not finite is ever accepted
        run = _Run(setting, start, rtol)
        trajectory = Trajectory(setting.widths)
        recorder = Recorder(trajectory, samples)
        try:
            _integrate(run, trajectory, recorder, sorted({*at, log10_t}), max_steps, progress)
        except KeyboardInterrupt:
            trajectory.status = "interrupted"
    return trajectory


def _integrate(run, trajectory, recorder, targets, max_steps, progress):
    recorder.keep(run.sample(run.state))
    targets = [_log1p_time(target) for target in targets]
    while targets:
        if trajectory.steps >= max_steps:
            trajectory.status = "out of steps"
            return
        step = run.advance(trajectory)
        if step is None:
            _stop(run, trajectory, recorder, targets)
            return
        crossing = run.collapse(step)
        if crossing is not None:
            theta, layer = crossing
            run.state = step.at(theta)
            recorder.keep(run.sample(run.state))
            trajectory.status, trajectory.message = "collapsed", f"the norm of layer {layer} reached 0"
            return
        # Every fifth step is enough to keep the drift from adding up; whatever is reported is restored in full.
        run.state = run.restored(step.end, sweeps=2) if trajectory.steps % 5 == 0 else step.end
        reached = run.log_time = run.system.log_time(run.state)
        while targets and targets[0] <= reached:
            _keep_target(run, step, targets.pop(0), recorder)
        if targets and recorder.wants_next():
            recorder.offer(run.sample(run.restored(run.state)))
        if progress is not None:
            progress(reached / LOG10)
    trajectory.status = "finished"


def _log1p_time(log10_t):
    return float(np.logaddexp(0.0, log10_t * LOG10))


def _log_of_time(log1p_time):
    """log t from log(1 + t), accurate at both ends."""
    return log1p_time + float(np.log(-np.expm1(-log1p_time))) if log1p_time > 0 else -np.inf


def _keep_target(run, step, target, recorder):
    """Samples the interpolant where log(1 + t) equals the target."""
    miss = [run.system.log_time(step.at(theta)) - target for theta in (0.0, 1.0)]
    theta = 0.0 if miss[0] >= 0 else 1.0
    if miss[0] < 0 < miss[1]:
        theta = brentq(lambda th: run.system.log_time(step.at(th)) - target, 0.0, 1.0, xtol=1e-12)
    recorder.keep(run.sample(run.restored(step.at(theta)), _log_of_time(target)))


def _stop(run, trajectory, recorder, targets):
    """Ends a run that cannot or need not step: at rest it stays where it is for all later times."""
    if run.at_rest:
        reached = run.system.log_time(run.state) / LOG10
        for target in targets:
            recorder.keep(run.sample(run.restored(run.state), _log_of_time(target)))
        trajectory.status, trajectory.message = "finished", f"stationary from log10 t = {reached:.3g}"
        return
    norms = [float(np.linalg.norm(w)) for w in run.system.model.layers(run.state[:-1])]
    trajectory.status, trajectory.message = "stalled", f"no step is accepted at h = {run.h:.2e}, norms {norms}"
