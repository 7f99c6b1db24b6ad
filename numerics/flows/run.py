"""The loop that carries a flow through time: steps, invariants, samples, ends. Notation as in smooth.py."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq

from .rosenbrock import Step, next_step_size, rosenbrock_step
from .system import FlowSystem, scaled_error
from .trajectory import LOG10, Recorder, Sample, Trajectory

Progress = Callable[[float], None]


class Run:
    """One integration: state, step size and what a step needs to know."""

    def __init__(self, system: FlowSystem, inner: Sequence[np.ndarray], rtol: float):
        self.system = system
        self.setting = setting = system.setting
        self.coordinates = system.coordinates
        self.rtol = rtol
        self.balance = setting.balance
        self.kept = self.balance.of(inner) if self.balance else None
        self.state = self.system.start(np.concatenate([w.ravel() for w in inner]))
        velocity = self.system.velocity(self.state)[:-1]
        speed = float(np.linalg.norm(velocity))
        self.h = 1e-3 * float(np.linalg.norm(self.state[:-1])) / speed if speed > 0 else 1.0
        self.fastest, self.log_time = speed, 0.0
        self.at_rest = False
        self.events: list = []
        self.ended = ""

    def advance(self, trajectory: Trajectory) -> Step | None:
        """One accepted step from the current state, or None where the step size underflows."""
        velocity, jacobian, first = self.system.linearised(self.state)
        if not np.isfinite(velocity).all() or (isinstance(jacobian, np.ndarray) and not np.isfinite(jacobian).all()):
            return None
        if self._stationary(velocity[:-1]):
            return None
        smallest = self.h * 1e-14
        while self.h > smallest:
            step = rosenbrock_step(self.system.velocity, self.state, velocity, jacobian, self.h)
            error = np.inf
            if step is not None:
                error = float(scaled_error(self.system, step, first, self.log_time)) / self.rtol
            if step is not None and error <= 1.0 and step.end[-1] > 0:
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

    def arrive(self, step: Step, steps: int) -> None:
        """Takes the end of a step as the new state."""
        # Every fifth step is enough to keep the drift from adding up; whatever is reported is restored in full.
        self.state = self.restored(step.end, sweeps=2) if steps % 5 == 0 else step.end

    def cut(self, step: Step) -> Step:
        """The step up to the first event in it; a smooth flow has none."""
        return step

    def collapse(self, step: Step) -> tuple[float, int] | None:
        """(theta, layer) where the first norm passes through 0 within a step of a flow in (rho, V); None if
        none does.

        Near rho_k = 0 the direction stands still, so the crossing is where W_k . V_k(start) changes sign.
        """
        if self.setting.flow not in ("constrained", "weight-norm"):
            return None
        found = []
        for k, (piece, _) in enumerate(self.system.model.pieces):
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
        return log_of_time(self.system.log_time(state))


def integrate(
    run: Run,
    targets: Sequence[float],
    samples: int,
    max_steps: int,
    progress: Progress | None,
) -> Trajectory:
    """Drives a run through the given values of log10 t; an interruption ends it with what was reached."""
    trajectory = Trajectory(run.setting.widths, events=run.events)
    with np.errstate(all="ignore"):  # a rejected step may overflow; nothing that is not finite is ever accepted
        try:
            _drive(run, trajectory, Recorder(trajectory, samples), sorted(set(targets)), max_steps, progress)
        except KeyboardInterrupt:
            trajectory.status = "interrupted"
        except np.linalg.LinAlgError as error:
            trajectory.status, trajectory.message = "stalled", f"linear algebra failed: {error}"
    return trajectory


def _drive(run, trajectory, recorder, targets, max_steps, progress):
    recorder.keep(run.sample(run.state))
    targets = [log1p_time(target) for target in targets]
    while targets:
        if trajectory.steps >= max_steps:
            trajectory.status = "out of steps"
            return
        step = run.advance(trajectory)
        if step is None:
            _stop(run, trajectory, recorder, targets)
            return
        step = run.cut(step)
        crossing = run.collapse(step)
        if crossing is not None:
            theta, layer = crossing
            run.state = step.at(theta)
            recorder.keep(run.sample(run.state))
            trajectory.status, trajectory.message = "collapsed", f"the norm of layer {layer} reached 0"
            return
        reached = run.system.log_time(step.end)
        while targets and targets[0] <= reached:
            _keep_target(run, step, targets.pop(0), recorder)
        run.log_time = reached
        run.arrive(step, trajectory.steps)
        if run.ended:
            recorder.keep(run.sample(run.state))
            trajectory.status, trajectory.message = "stalled", run.ended
            return
        if targets and recorder.wants_next():
            recorder.offer(run.sample(run.restored(run.state)))
        if progress is not None:
            progress(reached / LOG10)
    trajectory.status = "finished"


def log1p_time(log10_t: float) -> float:
    """log(1 + t) from log10 t."""
    return float(np.logaddexp(0.0, log10_t * LOG10))


def log_of_time(shifted: float) -> float:
    """log t from log(1 + t), accurate at both ends."""
    return shifted + float(np.log(-np.expm1(-shifted))) if shifted > 0 else -np.inf


def _keep_target(run, step, target, recorder):
    """Samples the interpolant where log(1 + t) equals the target."""
    miss = [run.system.log_time(step.at(theta)) - target for theta in (0.0, 1.0)]
    theta = 0.0 if miss[0] >= 0 else 1.0
    if miss[0] < 0 < miss[1]:
        theta = brentq(lambda th: run.system.log_time(step.at(th)) - target, 0.0, 1.0, xtol=1e-12)
    recorder.keep(run.sample(run.restored(step.at(theta)), log_of_time(target)))


def _stop(run, trajectory, recorder, targets):
    """Ends a run that cannot or need not step: at rest it stays where it is for all later times."""
    if run.at_rest:
        reached = run.system.log_time(run.state) / LOG10
        for target in targets:
            recorder.keep(run.sample(run.restored(run.state), log_of_time(target)))
        trajectory.status, trajectory.message = "finished", f"stationary from log10 t = {reached:.3g}"
        return
    norms = [float(np.linalg.norm(w)) for w in run.system.model.layers(run.state[:-1])]
    trajectory.status, trajectory.message = "stalled", f"no step is accepted at h = {run.h:.2e}, norms {norms}"
