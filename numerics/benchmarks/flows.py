"""Benchmarks of the flow engine, each with its peer in the same run.

About: CPU time of one thread (process_time), ours and the peer's alternating on the same problem, medians over
seeds. Problems are linear or ReLU networks with widths (8, 16, 1) on 32 separable examples, exponential loss.

Where an accuracy is asked, each side runs at the loosest tolerance of its own ladder that meets it on that
seed, against our run at 1e-10, so neither pays for digits that the other does not deliver. Peers are written
as lean as numpy allows: the whole right side by hand, no autograd.

Set OMP_NUM_THREADS=1 (or another way of one BLAS thread) before starting Python; the figures mean nothing otherwise.
"""

from collections.abc import Callable
from time import process_time

import numpy as np
from scipy.integrate import RK45, solve_ivp

from numerics.flows.batch import two_layer_flows
from numerics.flows.setting import FlowSetting
from numerics.flows.sliding import sliding_flow
from numerics.flows.smooth import smooth_flow
from numerics.flows.trajectory import LOG10

EXAMPLES, INPUTS, HIDDEN = 32, 8, 16
SEEDS = (0, 1, 2, 3, 4)
BATCH = tuple(range(64))
CHECKED = (10.0, 100.0, 1000.0)  # log10 t at which log L and the margin are compared
WANTED = 1e-6
OUR_LADDER = (1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
PEER_LADDER = (1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7, 1e-8)
RELU_END = 447.0
ALLOWED_DRIFT = 1e-3
EXPLICIT_LIMIT = 15.0  # CPU seconds after which the explicit solver is stopped; its time is then a lower bound


def problem(seed: int, network: str = "linear") -> tuple[FlowSetting, list[np.ndarray]]:
    """Gaussian data labelled by a linear teacher and a Gaussian start, from one seed."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=INPUTS)
    direction /= np.linalg.norm(direction)
    inputs = rng.normal(size=(EXAMPLES, INPUTS))
    labels = np.sign(inputs @ direction)
    start = [rng.normal(size=(HIDDEN, INPUTS)) / np.sqrt(INPUTS), rng.normal(size=(1, HIDDEN)) / np.sqrt(HIDDEN)]
    return FlowSetting((INPUTS, HIDDEN, 1), inputs, labels, network=network), start


def timed(function: Callable, *arguments) -> tuple[float, object]:
    """(CPU seconds, result)."""
    begin = process_time()
    result = function(*arguments)
    return process_time() - begin, result


def our_values(setting, start, rtol):
    """(3, 2): log L and normalized margin at the checked times."""
    run = smooth_flow(setting, start, CHECKED[-1], at=CHECKED, rtol=rtol, samples=4)
    picked = [int(np.abs(run.log10_t - value).argmin()) for value in CHECKED]
    return np.stack([run.log_loss[picked], run.margin[picked]], axis=1)


class _TwoLayer:
    """f = a.A x by hand: state (A, a) (p,), margins, weights, log-loss."""

    def __init__(self, setting, gated=False):
        self.rows = setting.inputs * setting.labels[:, None]
        self.inputs, self.labels, self.gated = setting.inputs, setting.labels, gated
        self.cut = HIDDEN * INPUTS

    def split(self, v):
        return v[: self.cut].reshape(HIDDEN, INPUTS), v[self.cut :]

    def shares(self, margins):
        lowest = margins.min()
        terms = np.exp(lowest - margins)
        total = terms.sum()
        return terms / total, np.log(total) - lowest - np.log(EXAMPLES)

    def direction(self, v):
        """(minus the gradient of log L, log L, margins)."""
        first, second = self.split(v)
        if not self.gated:
            margins = self.rows @ (first.T @ second)
            shares, log_loss = self.shares(margins)
            pull = shares @ self.rows
            return np.concatenate([np.outer(second, pull).ravel(), first @ pull]), log_loss, margins
        active = np.maximum(self.inputs @ first.T, 0.0)
        margins = self.labels * (active @ second)
        shares, log_loss = self.shares(margins)
        pull = shares * self.labels
        back = ((active > 0) * second) * pull[:, None]
        return np.concatenate([(back.T @ self.inputs).ravel(), pull @ active]), log_loss, margins

    def jacobian(self, v, scale):
        """Jacobian of scale * direction at frozen scale/L: scale (sum p Hess q - sum p grad q grad q^T)."""
        first, second = self.split(v)
        shares, _ = self.shares(self.rows @ (first.T @ second))
        rows = np.empty((EXAMPLES, v.size))
        rows[:, : self.cut] = (second[None, :, None] * self.rows[:, None, :]).reshape(EXAMPLES, -1)
        rows[:, self.cut :] = self.rows @ first.T
        out = -(rows * shares[:, None]).T @ rows
        mixed = (np.eye(HIDDEN)[:, None, :] * (shares @ self.rows)[None, :, None]).reshape(self.cut, HIDDEN)
        out[: self.cut, self.cut :] += mixed
        out[self.cut :, : self.cut] += mixed.T
        return scale * out

    def margin(self, v, margins):
        first, second = self.split(v)
        return margins.min() / (np.linalg.norm(first) * np.linalg.norm(second))


def lsoda_values(setting, start, rtol):
    """The peer: LSODA on log t with the loss in the log domain and the analytic Jacobian; absolute tolerance
    rtol/100."""
    net = _TwoLayer(setting)

    def right(log_time, v):
        direction, log_loss, _ = net.direction(v)
        return np.exp(log_time + log_loss) * direction

    def jacobian(log_time, v):
        return net.jacobian(v, np.exp(log_time + net.direction(v)[1]))

    begin = 0.5 * np.log(np.finfo(float).eps)  # before t = 1e-8 nothing moves by more than the accuracy asked
    times = np.array(CHECKED) * LOG10
    flat = np.concatenate([w.ravel() for w in start])
    with np.errstate(all="ignore"):  # a first step that is too bold overflows; it is then a failed rung
        found = solve_ivp(right, (begin, times[-1]), flat, "LSODA", times, rtol=rtol, atol=rtol / 100, jac=jacobian)
    if not found.success:
        return np.full((len(CHECKED), 2), np.nan)
    ends = [(v, *net.direction(v)[1:]) for v in found.y.T]
    return np.array([(log_loss, net.margin(v, margins)) for v, log_loss, margins in ends])


def batch_values(seeds, rtol):
    """(len(seeds), 3, 2): the same for one flow a seed, integrated as one batch."""
    problems = [problem(seed) for seed in seeds]
    inputs, labels = (
        np.stack([getattr(setting, part) for setting, _ in problems]) for part in ("inputs", "labels")
    )
    first, second = np.stack([w[0] for _, w in problems]), np.stack([w[1][0] for _, w in problems])
    begin = process_time()
    run = two_layer_flows(inputs, labels, first, second, CHECKED, rtol)
    return process_time() - begin, np.stack([run.log_loss, run.margin], axis=2)


def _error(values, truth):
    return float(np.abs(values / truth - 1).max())


def _loosest(values, setting, start, truth, ladder):
    """(tolerance, error) of the loosest rung whose values are within the wanted relative error."""
    for rtol in ladder:
        error = _error(values(setting, start, rtol), truth)
        if error <= WANTED:
            return rtol, error
    raise RuntimeError(f"{values.__name__} meets {WANTED} at none of {ladder}; the last error is {error:.1e}")


def _batch_tolerance():
    """(tolerance, error) of the loosest rung at which every flow of the batch meets the accuracy.

    The truth is the batch at 1e-9 and, for the seeds that the peer runs too, the single flow at 1e-10, another program.
    """
    truth = batch_values(BATCH, 1e-9)[1]
    for seed in SEEDS:
        truth[seed] = our_values(*problem(seed), 1e-10)
    for rtol in OUR_LADDER:
        error = _error(batch_values(BATCH, rtol)[1], truth)
        if error <= WANTED:
            return rtol, error
    raise RuntimeError(f"the batch meets {WANTED} at none of {OUR_LADDER}; the last error is {error:.1e}")


def _summary(name, ours, peer, peer_name, **detail):
    ours, peer = float(np.median(ours)), float(np.median(peer))
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "peer_name": peer_name,
        "ratio": peer / ours,
        "unit": "CPU s a flow",
        **detail,
    }


def smooth_flow_vs_lsoda_log_time() -> dict:
    """log L and margin to 1e-6 at log10 t = 10, 100, 1000: ours, 64 seeds as one batch, against LSODA in log
    t, seed by seed.

    `ours` is the batch's time over its size; `single` is our general solver, one seed at a time like the peer.
    """
    rtol, worst = _batch_tolerance()
    ours, single, peer, runs = [], [], [], []
    for seed in SEEDS:
        setting, start = problem(seed)
        truth = our_values(setting, start, 1e-10)
        own = _loosest(our_values, setting, start, truth, OUR_LADDER)
        other = _loosest(lsoda_values, setting, start, truth, PEER_LADDER)
        ours.append(batch_values(BATCH, rtol)[0] / len(BATCH))
        peer.append(timed(lsoda_values, setting, start, other[0])[0])
        single.append(timed(our_values, setting, start, own[0])[0])
        runs.append(
            {
                "seed": seed,
                "ours": ours[-1],
                "single": single[-1],
                "peer": peer[-1],
                "single_rtol": own[0],
                "single_error": own[1],
                "peer_rtol": other[0],
                "peer_error": other[1],
            }
        )
    detail = {"batch": len(BATCH), "rtol": rtol, "error": worst, "single": float(np.median(single)), "runs": runs}
    detail["single_ratio"] = float(np.median(peer)) / detail["single"]
    name = "smooth-flow-to-1e1000-vs-lsoda-log-time"
    return _summary(name, ours, peer, "scipy LSODA, log t, log domain, Jacobian", **detail)


def loss_scaled_descent(setting, start, log10_t):
    """The peer: w += rate (-grad log L), rate up by 2^(1/5) after a step that lowers the loss, halved and
    undone otherwise."""
    net = _TwoLayer(setting)
    v, rate, log_time, steps = np.concatenate([w.ravel() for w in start]), 0.1, -np.inf, 0
    direction, log_loss, margins = net.direction(v)
    while log_time < log10_t * LOG10:
        trial = v + rate * direction
        new = net.direction(trial)
        steps += 1
        if new[1] < log_loss:
            log_time = np.logaddexp(log_time, np.log(rate) - log_loss)
            v, rate, (direction, log_loss, margins) = trial, rate * 2**0.2, new
        else:
            rate *= 0.5
    first, second = net.split(v)
    before = start[1].T @ start[1] - start[0] @ start[0].T
    moved = np.outer(second, second) - first @ first.T - before
    drift = float(np.abs(moved).max() / (v @ v))
    return {"steps": steps, "drift": drift, "log_loss": float(log_loss), "margin": float(net.margin(v, margins))}


def smooth_flow_vs_loss_scaled_gd() -> dict:
    """To log10 t = 1000: ours, a batch at the tolerance that meets 1e-6, against loss-scaled descent, which
    leaves the flow."""
    rtol, worst = _batch_tolerance()
    ours, single, peer, runs = [], [], [], []
    for seed in SEEDS:
        setting, start = problem(seed)
        truth = our_values(setting, start, 1e-10)
        own, _ = _loosest(our_values, setting, start, truth, OUR_LADDER)
        ours.append(batch_values(BATCH, rtol)[0] / len(BATCH))
        seconds, found = timed(loss_scaled_descent, setting, start, CHECKED[-1])
        peer.append(seconds)
        single.append(timed(our_values, setting, start, own)[0])
        gap = float(found["margin"] / truth[-1, 1] - 1)
        runs.append(
            {
                "seed": seed,
                "ours": ours[-1],
                "single": single[-1],
                "peer": seconds,
                "peer_margin_error": gap,
                **found,
            }
        )
    detail = {"batch": len(BATCH), "rtol": rtol, "error": worst, "single": float(np.median(single)), "runs": runs}
    detail["single_ratio"] = float(np.median(peer)) / detail["single"]
    name = "smooth-flow-to-1e1000-vs-loss-scaled-gd"
    return _summary(name, ours, peer, "gradient descent with loss-scaled adaptive steps", **detail)


def explicit_arclength(setting, start, log10_t, rtol, limit):
    """The peer: RK45 in relative arc length dz = |dW|/|W|, gates by sign, chattering through the kinks.

    Returns log10 t reached within the limit of CPU seconds, and the absolute drift of balancedness.
    """
    net = _TwoLayer(setting, gated=True)

    def right(_, state):
        v, log_time = state[:-1], state[-1]
        direction, log_loss, _ = net.direction(v)
        pace = np.sqrt(v @ v / (direction @ direction))
        return np.append(pace * direction, pace * np.exp(-log_time - log_loss))

    flat = np.append(np.concatenate([w.ravel() for w in start]), 0.0)
    solver, begin = RK45(right, 0.0, flat, np.inf, rtol=rtol, atol=rtol / 100), process_time()
    while solver.y[-1] < log10_t * LOG10 and solver.status == "running" and process_time() - begin < limit:
        solver.step()
    first, second = net.split(solver.y[:-1])
    kept = (second**2 - (first**2).sum(axis=1)) - (start[1].ravel() ** 2 - (start[0] ** 2).sum(axis=1))
    return {"reached": float(solver.y[-1] / LOG10), "drift": float(np.abs(kept).max())}


def relu_flow_vs_explicit_arclength() -> dict:
    """ReLU to log10 t = 447 at balancedness drift below 1e-3: the sliding flow at 1e-4 against RK45 in arc length.

    At 1e-4 the peer gets there but drifts by more; it is run at 1e-5, 1e-6, ... until it keeps to 1e-3 or is
    stopped by the limit of CPU time, so `peer` and `ratio` are lower bounds. `ratio_without_drift` is against
    the peer at 1e-4 as it is.
    """
    ours, peer, loose, runs = [], [], [], []
    for seed in SEEDS:
        setting, start = problem(seed, "relu")
        seconds, run = timed(lambda s, w: sliding_flow(s, w, RELU_END, rtol=1e-4, samples=4), setting, start)
        drift = float(run.samples[-1].drift * (run.samples[-1].weights ** 2).sum())
        rungs = [_explicit_rung(setting, start, 1e-4)]
        while rungs[-1]["drift"] > ALLOWED_DRIFT:
            rungs.append(_explicit_rung(setting, start, rungs[-1]["rtol"] / 10))
        ours.append(seconds)
        peer.append(rungs[-1]["seconds"])
        loose.append(rungs[0]["seconds"])
        runs.append({"seed": seed, "status": run.status, "ours": seconds, "our_drift": drift, "peer": rungs})
    name = "relu-flow-vs-explicit-arclength"
    peer_name = "scipy RK45, relative arc length, loosest tolerance with drift below 1e-3"
    ratio = float(np.median(loose) / np.median(ours))
    return _summary(name, ours, peer, peer_name, ratio_without_drift=ratio, runs=runs)


def _explicit_rung(setting, start, rtol):
    seconds, found = timed(explicit_arclength, setting, start, RELU_END, rtol, EXPLICIT_LIMIT)
    return {"rtol": rtol, "seconds": seconds, **found}


BENCHMARKS = {
    "smooth-flow-to-1e1000-vs-lsoda-log-time": smooth_flow_vs_lsoda_log_time,
    "smooth-flow-to-1e1000-vs-loss-scaled-gd": smooth_flow_vs_loss_scaled_gd,
    "relu-flow-vs-explicit-arclength": relu_flow_vs_explicit_arclength,
}
