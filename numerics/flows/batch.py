"""Many two-layer linear flows at once, each with its own steps.

About: the exponential-loss gradient flow of f = a.A x for a batch of data sets and starts. The Jacobian of
these flows is a bilinear swap plus a term of rank d, so a step needs no factorisation of a p x p matrix: the
swap is inverted by hand and the rest by a d x d system (Woodbury). What remains is small enough to run through
numpy for the whole batch at a time, and the cost of a call is shared. Method, clock and error measure are
those of smooth.py; it is tested against it.

Notation: B networks, N examples, d inputs, r hidden units; z_n = y_n x_n; V = [A | a] (B, r, d + 1); beta =
A^T a; p softmax of the margins z_n.beta; rho = sum p_n z_n; P = covariance of z under p (d, d); F = (a rho^T |
A rho) = -grad log L.

    J = H - D^T P D,   H (X | x) = (x rho^T | X rho),   D (X | x) = X^T a + A^T x
    (k - H)^{-1} (Y | y):  x = (k y + Y rho)/(k^2 - |rho|^2),  X = (Y + x rho^T)/k

Reach: log10 t to about 10^5; unlike smooth.py the margins are not anchored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .coordinates import reachable_frames
from .rosenbrock import DENSE, GAMMA, ORDER, ROWS, STAGES
from .trajectory import LOG10

_BISECTIONS = 45  # of a step's length: theta to 3e-14


@dataclass(frozen=True)
class BatchResult:
    """At each asked time: `log_loss`, `margin` (normalized), `drift` of balancedness, (B, T); `norms` (B, T,
    2); `steps` (B,).

    Entries are nan where a network did not get there.
    """

    log10_t: np.ndarray
    log_loss: np.ndarray
    margin: np.ndarray
    norms: np.ndarray
    drift: np.ndarray
    steps: np.ndarray


@dataclass(eq=False)
class _Nets:
    """State of the networks still running: V, tau, h, data, and where each belongs."""

    index: np.ndarray
    rows: np.ndarray
    v: np.ndarray
    tau: np.ndarray
    h: np.ndarray
    kept: np.ndarray

    def take(self, mask):
        return _Nets(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def _apply(matrix, vector):
    return (matrix @ vector[..., None])[..., 0]


def _loss(rows, v):
    """(beta, p, log of the summed loss, margins) of each network."""
    beta = _apply(v[..., :-1].swapaxes(-1, -2), v[..., -1])
    margins = _apply(rows, beta)
    lowest = margins.min(axis=-1, keepdims=True)
    terms = np.exp(lowest - margins)
    total = terms.sum(axis=-1, keepdims=True)
    return beta, terms / total, (np.log(total) - lowest)[..., 0], margins


def _velocity(rows, v):
    """(F, rho, p, log loss)."""
    _, shares, log_loss, _ = _loss(rows, v)
    rho = _apply(rows.swapaxes(-1, -2), shares)
    return _swap(v, rho), rho, shares, log_loss


def _swap(v, rho):
    """H v = (x rho^T | X rho)."""
    out = np.empty_like(v)
    np.multiply(v[..., -1:], rho[..., None, :], out=out[..., :-1])
    out[..., -1] = _apply(v[..., :-1], rho)
    return out


class _Solver:
    """(k - J)^{-1} for every network at its own k = 1/(h gamma)."""

    def __init__(self, nets, rho, shares):
        self.v, self.rho = nets.v, rho
        self.k = (1.0 / (nets.h * GAMMA))[:, None]
        self.gap = self.k**2 - (rho * rho).sum(axis=-1, keepdims=True)
        spread = (nets.rows - rho[:, None, :]) * np.sqrt(shares)[..., None]
        self.cov = spread.swapaxes(-1, -2) @ spread
        first, second = nets.v[..., :-1], nets.v[..., -1]
        self.lift = (self.k[..., None] * first + second[..., None] * rho[:, None, :]) / self.gap[..., None]
        normal = first.swapaxes(-1, -2) @ self.lift
        normal += rho[..., None] * (_apply(self.lift.swapaxes(-1, -2), second) / self.k)[:, None, :]
        diagonal = np.arange(normal.shape[-1])
        normal[:, diagonal, diagonal] += (second * second).sum(axis=-1, keepdims=True) / self.k
        system = self.cov @ normal
        system[:, diagonal, diagonal] += 1.0
        self.small = np.linalg.solve(system, self.cov)

    def push(self, x):
        """D x (B, d)."""
        first, second = self.v[..., :-1], self.v[..., -1]
        return _apply(x[..., :-1].swapaxes(-1, -2), second) + _apply(first.swapaxes(-1, -2), x[..., -1])

    def jacobian_times(self, x):
        """J x."""
        pulled = -_apply(self.cov, self.push(x))
        out = _swap(x, self.rho)
        out[..., :-1] += self.v[..., -1:] * pulled[:, None, :]
        out[..., -1] += _apply(self.v[..., :-1], pulled)
        return out

    def __call__(self, y):
        k, rho = self.k, self.rho
        x = np.empty_like(y)
        x[..., -1] = (k * y[..., -1] + _apply(y[..., :-1], rho)) / self.gap
        x[..., :-1] = (y[..., :-1] + x[..., -1:] * rho[:, None, :]) / k[..., None]
        inner = _apply(self.small, self.push(x))
        lifted = _apply(self.lift, inner)
        x[..., -1] -= lifted
        x[..., :-1] -= (self.v[..., -1:] * inner[:, None, :] + lifted[..., None] * rho[:, None, :]) / k[..., None]
        return x


def _attempt(nets):
    """One step of every network: (end, end tau, stages, tau stages, scaled errors without the clock's share,
    shares)."""
    flow, rho, shares, _ = _velocity(nets.rows, nets.v)
    solve = _Solver(nets, rho, shares)
    rate = (flow * flow).sum(axis=(1, 2))
    tilt = -2.0 * nets.tau[:, None, None] * solve.jacobian_times(flow)
    weight = solve.k[:, 0] + rate
    count, shape = len(nets.h), nets.v.shape
    stages = np.empty((STAGES, count, shape[1] * shape[2] + 1))
    for i in range(STAGES):
        if i:
            shift, carried = np.tensordot(ROWS[i], stages[:i], axes=1)
            point, tau = nets.v + shift[:, :-1].reshape(shape), nets.tau + shift[:, -1]
            flow = _velocity(nets.rows, point)[0]
            carried /= nets.h[:, None]
            rate = (flow * flow).sum(axis=(1, 2))
            right, right_tau = flow + carried[:, :-1].reshape(shape), 1.0 - tau * rate + carried[:, -1]
        else:
            right, right_tau = flow, 1.0 - nets.tau * rate
        move = solve(right)
        stages[i, :, :-1] = move.reshape(count, -1)
        stages[i, :, -1] = (right_tau + (tilt * move).sum(axis=(1, 2))) / weight
    end, end_tau = point + move, tau + stages[-1, :, -1]
    error = np.sqrt((move[..., :-1] ** 2).sum((1, 2)) / (end[..., :-1] ** 2).sum((1, 2)))
    error = np.maximum(error, np.sqrt((move[..., -1] ** 2).sum(1) / (end[..., -1] ** 2).sum(1)))
    slack = _apply(nets.rows, solve.push(move))
    slack -= (shares * slack).sum(axis=1, keepdims=True)
    error = np.maximum(error, np.sqrt((shares * slack**2).sum(axis=1)))
    return end, end_tau, stages, error


def _at(step, theta):
    """(V, tau) inside a step for each network's theta."""
    v, tau, end, end_tau, stages = step
    theta = theta[:, None]
    start = np.concatenate([v.reshape(len(v), -1), tau[:, None]], axis=1)
    stop = np.concatenate([end.reshape(len(v), -1), end_tau[:, None]], axis=1)
    low, middle, high = np.tensordot(DENSE, stages, axes=1)
    found = (1 - theta) * start + theta * (stop + (1 - theta) * (low + theta * (middle + theta * high)))
    return found[:, :-1].reshape(v.shape), found[:, -1]


def _log_time(rows, v, tau, log_count):
    return np.log(np.maximum(tau, np.finfo(float).tiny)) - (_loss(rows, v)[2] - log_count)


def _balance(v):
    first, second = v[..., :-1], v[..., -1:]
    return second @ second.swapaxes(-1, -2) - first @ first.swapaxes(-1, -2)


def _restored(v, kept, rounds):
    """Nearest V, to first order, with the balancedness `kept`: A -> (1 - S) A, a -> (1 + S) a with S M + M S =
    defect."""
    for _ in range(rounds):
        first, second = v[..., :-1], v[..., -1:]
        values, vectors = np.linalg.eigh(second @ second.swapaxes(-1, -2) + first @ first.swapaxes(-1, -2))
        sums = values[:, :, None] + values[:, None, :]
        turned = vectors.swapaxes(-1, -2) @ (kept - _balance(v)) @ vectors
        floor = values[:, -1:, None] * v.shape[1] * np.finfo(float).eps
        stretch = np.divide(turned, sums, out=np.zeros_like(turned), where=sums > floor)
        stretch = vectors @ stretch @ vectors.swapaxes(-1, -2)
        v = np.concatenate([first - stretch @ first, second + stretch @ second], axis=-1)
    return v


def two_layer_flows(
    inputs: np.ndarray,
    labels: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    at: Sequence[float],
    rtol: float = 1e-6,
    average: bool = True,
    max_steps: int = 5000,
) -> BatchResult:
    """Gradient flows of exp(-y a.A x) for a batch: inputs (B, N, d), labels (B, N) of signs, first (B, h, d),
    second (B, h).

    `at`: increasing values of log10 t. `average` divides the loss by N.
    """
    rows = np.asarray(inputs, float) * np.asarray(labels, float)[..., None]
    starts = [reachable_frames([a, b[None]])[1] for a, b in zip(first, second, strict=True)]
    v = np.stack([np.concatenate([low, high.T], axis=1) for low, high in starts])
    log_count = np.log(rows.shape[1]) if average else 0.0
    flow, _, _, log_loss = _velocity(rows, v)
    h = 1e-3 * np.sqrt((v * v).sum((1, 2)) / (flow * flow).sum((1, 2)))
    nets = _Nets(np.arange(len(v)), rows, v, np.exp(log_loss - log_count), h, _balance(v))
    with np.errstate(all="ignore"):
        found, steps = _integrate(nets, np.logaddexp(0.0, np.asarray(at, float) * LOG10), rtol, log_count, max_steps)
        return _report(nets, found, steps, np.asarray(at, float), log_count)


def _integrate(nets, targets, rtol, log_count, max_steps):
    """Steps until every network passed the last target; the steps that hold a target, by target."""
    found: list[list[tuple]] = [[] for _ in targets]
    steps, done, log_time = np.zeros(len(nets.h), int), np.zeros(len(nets.h), int), np.zeros(len(nets.h))
    for count in range(max_steps):
        end, end_tau, stages, error = _attempt(nets)
        clock = np.abs(stages[-1, :, -1]) / end_tau / np.maximum(1.0, log_time[nets.index])
        error = np.maximum(error, clock) / rtol
        good = (error <= 1.0) & (end_tau > 0) & np.isfinite(end).all(axis=(1, 2))
        new_time = np.where(good, _log_time(nets.rows, end, end_tau, log_count), log_time[nets.index])
        for k, target in enumerate(targets):
            hit = good & (done[nets.index] == k) & (new_time >= target)
            if hit.any():
                found[k].append((nets.index[hit], nets.v[hit], nets.tau[hit], end[hit], end_tau[hit], stages[:, hit]))
                done[nets.index[hit]] = k + 1
        log_time[nets.index], steps[nets.index] = new_time, steps[nets.index] + good
        nets.v = np.where(good[:, None, None], end, nets.v)
        nets.tau = np.where(good, end_tau, nets.tau)
        factor = np.clip(0.9 * np.maximum(error, 1e-12) ** (-1 / ORDER), 0.2, 6.0)
        nets.h = nets.h * np.where(np.isfinite(error), np.where(good, factor, np.minimum(factor, 0.5)), 0.25)
        if count % 10 == 9:  # the drift of ten steps is still of the size of their errors
            nets.v = _restored(nets.v, nets.kept, 1)
        running = done[nets.index] < len(targets)
        if not running.any():
            break
        if running.mean() < 0.85:  # finished networks cost as much as others: drop them now and then
            nets = nets.take(running)
    return found, steps


def _report(nets, found, steps, at, log_count):
    count = len(steps)
    shape = (count, len(at))
    out = {name: np.full(shape, np.nan) for name in ("log_loss", "margin", "drift")}
    norms = np.full((*shape, 2), np.nan)
    targets = np.logaddexp(0.0, at * LOG10)
    for k, pieces in enumerate(found):
        if not pieces:
            continue
        index = np.concatenate([piece[0] for piece in pieces])
        step = [np.concatenate([piece[j] for piece in pieces], axis=1 if j == 5 else 0) for j in range(1, 6)]
        rows, kept = nets.rows[index], nets.kept[index]
        low, high = np.zeros(len(index)), np.ones(len(index))
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            v, tau = _at(step, middle)
            late = _log_time(rows, v, tau, log_count) >= targets[k]
            low, high = np.where(late, low, middle), np.where(late, middle, high)
        v = _restored(_at(step, high)[0], kept, 3)
        _, _, log_loss, margins = _loss(rows, v)
        pair = np.stack([np.sqrt((v[..., :-1] ** 2).sum((1, 2))), np.sqrt((v[..., -1] ** 2).sum(1))], axis=1)
        out["log_loss"][index, k] = log_loss - log_count
        out["margin"][index, k] = margins.min(axis=1) / pair.prod(axis=1)
        out["drift"][index, k] = np.abs(_balance(v) - kept).max(axis=(1, 2)) / (pair**2).sum(axis=1)
        norms[index, k] = pair
    return BatchResult(at, out["log_loss"], out["margin"], norms, out["drift"], steps)
