"""Smooth gradient flows by variable-order multistep formulas (LSODA), for times up to about 10^10000.

About: the quick sibling of smooth.py. The trajectory is the same; the clock is time itself, so nothing has to be
solved for the times asked, and a step costs a velocity or two instead of eight solves. What it gives up: beyond
log10 t of about 10^4 rounding in T + log L spoils it, it detects no rest and no collapse, and the margin gap is not
reported (its digits need the anchored coordinates of smooth.py).

Notation: w weights (p,) in coordinates without the hidden units that no weight reaches; Phi = log L; T = log(1 + t);
u = sqrt(1 + T) - 1 the clock: the weights of two layers grow evenly in it, those of other depths nearly so.

    dw/du = 2 (1 + u) exp(T) (-grad L),     -grad L = sum_n r_n grad(margin_n),  r_n = -dL/d(margin_n)

exp(T) and r_n are multiplied as exp(T + log r_n), which stays of order 1. The velocity depends on T, and that is what
holds the run to its clock: a state that lags behind is pushed harder, so errors of phase do not add up.

References: L. Petzold, Automatic selection of methods for solving stiff and nonstiff systems, SIAM J. Sci. Stat.
Comput. 4 (1983); A. Hindmarsh, ODEPACK (1983), through scipy.integrate.ode.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.integrate import ode

from .coordinates import Coordinates, choose_coordinates
from .networks import LinearNetwork
from .run import Progress, Run, log1p_time, log_of_time
from .setting import FlowSetting
from .system import FlowSystem
from .trajectory import LOG10, Trajectory

Field = Callable[[float, np.ndarray], np.ndarray]


def _clock(log_time: float) -> float:
    """u of T."""
    return sqrt(1.0 + log_time) - 1.0


def _log_time(u: float) -> float:
    """T of u."""
    return u * (u + 2.0)


def _log_rate(u: float) -> float:
    """log of exp(T) dT/du."""
    return u * (u + 2.0) + log(2.0 + 2.0 * u)


def multistep_flow(
    setting: FlowSetting,
    start: Sequence[np.ndarray],
    log10_t: float,
    at: Sequence[float] = (),
    rtol: float = 1e-6,
    samples: int = 200,
    max_steps: int = 20000,
    progress: Progress | None = None,
) -> Trajectory:
    """Integrates the gradient flow of a loss of margins from W_1, ..., W_K (`start`) at t = 0 to the given log10 t.

    Arguments and result as for smooth_flow, with `samples` values of the clock at equal distances; `max_steps`
    bounds the steps between two samples; `steps` counts Jacobians, of which smooth_flow takes one a step. Raises
    ValueError for other flows, the square loss, weight decay and networks with kinks.
    """
    if setting.flow != "gradient" or setting.loss == "square" or setting.decay.any():
        raise ValueError("multistep_flow takes the gradient flow of a loss of margins without weight decay")
    coordinates, inner = choose_coordinates(setting, start, anchored=False)
    trajectory = Trajectory(setting.widths)
    with np.errstate(all="ignore"):  # a trial step may overflow; nothing that is not finite is ever kept
        run = Run(FlowSystem(setting, coordinates), inner, rtol)
        trajectory.samples.append(run.sample(run.state))
        try:
            _integrate(run, trajectory, _clock_values([*at, log10_t], samples), max_steps, progress)
        except KeyboardInterrupt:
            trajectory.status = "interrupted"
    return trajectory


def _clock_values(targets, samples):
    """Values of T where samples are taken: those asked for, and `samples` more that are evenly spaced in u."""
    wanted = {log1p_time(target) for target in targets}
    between = np.linspace(0.0, _clock(max(wanted)), samples + 2)[1:-1]
    return sorted(wanted | {_log_time(u) for u in between.tolist()})


def _integrate(run, trajectory, times, max_steps, progress):
    form = _form(run.coordinates)
    solver = ode(form.velocity, _counted(form.jacobian, trajectory))
    solver.set_integrator("lsoda", rtol=run.rtol, atol=run.rtol, with_jacobian=True, nsteps=max_steps)
    solver.set_initial_value(form.pack(run.state[:-1]), 0.0)
    with warnings.catch_warnings():  # what it warns of is asked for below
        warnings.simplefilter("ignore", UserWarning)
        for log_time in times:
            y = solver.integrate(_clock(log_time))
            if not (solver.successful() and np.isfinite(y).all()):
                reached = _log_time(solver.t) / LOG10
                trajectory.status, trajectory.message = "stalled", f"LSODA ends near log10 t = {reached:.3g}"
                return
            state = run.restored(np.append(form.unpack(y), 0.0))
            trajectory.samples.append(run.sample(state, log_of_time(log_time)))
            if progress is not None:
                progress(log_time / LOG10)
    trajectory.status = "finished"


def _counted(jacobian: Field, trajectory: Trajectory) -> Field:
    def counting(u, y):
        trajectory.steps += 1
        return jacobian(u, y)

    return counting


@dataclass(frozen=True)
class _Form:
    """dy/du and its Jacobian in y, an order of the weights: y = pack(w), w = unpack(y)."""

    velocity: Field
    jacobian: Field
    pack: Callable[[np.ndarray], np.ndarray] = np.copy
    unpack: Callable[[np.ndarray], np.ndarray] = np.asarray


def _form(coordinates: Coordinates) -> _Form:
    model, potential = coordinates.model, coordinates.potential
    plain = isinstance(model, LinearNetwork) and potential.kind == "exponential"
    if plain and len(model.widths) == 3 and model.widths[-1] == 1:
        return _two_layer_form(model.widths, potential)

    def velocity(u, w):
        features, cache = model.forward(w)
        return model.pull_back(cache, potential.scaled_force(features, _log_rate(u)))

    def jacobian(u, w):
        phi, rho, curvature, _ = potential.expand(model.features(w))
        first, second = model.derivatives(w, rho)
        slope = rho @ first
        bend = first.T @ (curvature @ first) + second - np.outer(slope, slope)
        return exp(min(_log_rate(u) + phi, 600.0)) * bend

    return _Form(velocity, jacobian)


def _two_layer_form(widths, potential) -> _Form:
    """f = a.A x with the exponential loss, written out: at this size calls cost more than arithmetic.

    In V = [A | a] (h, d + 1), with beta = A^T a, e_n = exp(log rate - z_n.beta)/count, rho = sum e_n z_n,
    P = sum e_n z_n z_n^T and the derivative of beta, D (X | x) = X^T a + A^T x:

        V' = V S,  S = [0, rho; rho^T, 0],     J X = X S - D^T P D X
    """
    inputs, hidden, _ = widths
    shape, cut, units, axes = (hidden, inputs + 1), hidden * inputs, np.arange(hidden), np.arange(inputs)
    rows, count = potential.slack, potential.log_count
    padded = np.append(rows, np.zeros((len(rows), 1)), axis=1)
    swap = np.zeros((inputs + 1, inputs + 1))
    dot, raised = np.dot, np.exp

    def terms(u, v):
        return raised((u * (u + 2.0) + log(2.0 + 2.0 * u) - count) - dot(padded, dot(v[:, -1], v)))

    def velocity(u, y):
        v = y.reshape(shape)
        dot(terms(u, v), padded, out=swap[-1])
        swap[:, -1] = swap[-1]
        return dot(v, swap).ravel()

    def jacobian(u, y):
        v = y.reshape(shape)
        shares = terms(u, v)
        spread = dot((rows * shares[:, None]).T, rows)
        beta = np.zeros((inputs, *shape))
        beta[:, :, -1] = v[:, :-1].T
        beta[axes, :, axes] = v[:, -1]
        beta = beta.reshape(inputs, -1)
        out = dot(beta.T, dot(-spread, beta))
        swap[-1] = dot(shares, padded)
        swap[:, -1] = swap[-1]
        out.reshape(*shape, *shape)[units, :, units] += swap
        return out

    def pack(w):
        return np.append(w[:cut].reshape(hidden, inputs), w[cut:, None], axis=1).ravel()

    def unpack(y):
        return np.append(y.reshape(shape)[:, :-1], y.reshape(shape)[:, -1])

    return _Form(velocity, jacobian, pack, unpack)
