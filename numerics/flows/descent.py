"""Gradient descent and SGD, with constant and loss-scaled steps: the discrete peer of the flows.

About: what training actually does, for the claims on discretisation and as the competitor in the benchmarks.

Notation: W_{k+1} = W_k - eta G(W_k) with G the gradient of L (or of a mini-batch's loss); log L kept in the log domain;
t the flow time that the steps stand for, sum of eta.

    constant      eta fixed; stable while eta |Hessian| < 2
    loss-scaled   eta = rate / L: the step of the flow of log L, which keeps pace with a vanishing loss.
    `adaptive` enlarges
                  the rate after a step that lowers the loss and takes back one that does not.

Discretisation: one step differs from the flow over the same time by eta^2/2 |H G| + O(eta^3); over a fixed
time the error is O(eta). With loss-scaled steps the rate per unit of log t is fixed, so quadratic invariants
drift for ever.

References: K. Lyu, J. Li (2020), app. L (loss-based learning rate).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .gated_network import GatedNetwork
from .run import Progress
from .setting import FlowSetting
from .trajectory import LOG10, Recorder, Sample, Trajectory


@dataclass(frozen=True)
class StepRule:
    """`rate` eta (constant) or eta L (loss-scaled); `scaled` which of the two; `adaptive` grows and takes back
    the rate.

    `growth`, `shrink`: factors of the adaptive rate after an accepted and a refused step.
    """

    rate: float
    scaled: bool = False
    adaptive: bool = False
    growth: float = 2 ** (1 / 5)
    shrink: float = 0.5

    def __post_init__(self):
        if not self.rate > 0:
            raise ValueError(f"the rate must be positive; got {self.rate}")


class _Objective:
    """log L (or L) and its direction for smooth and gated networks alike."""

    def __init__(self, setting: FlowSetting, rows: np.ndarray | None = None):
        if rows is not None:
            setting = FlowSetting(
                **{**_fields(setting), "inputs": setting.inputs[rows], "labels": setting.labels[rows]}
            )
        self.setting = setting
        self.potential = setting.potential()
        self.gated = setting.network in ("relu", "leaky-relu")

    def __call__(self, w):
        """(Phi, minus its gradient, features)."""
        model = _gates_at(self.setting, w) if self.gated else self.setting.model
        features, cache = model.forward(w)
        phi, rho = self.potential.evaluate(features)
        return phi, model.pull_back(cache, rho), features


def _fields(setting):
    return {name: getattr(setting, name) for name in FlowSetting.__dataclass_fields__}


def _gates_at(setting, w):
    """The network with the gates that the weights themselves set; on where z = 0."""
    slopes, act = [], setting.inputs
    at = 0
    for columns, rows in zip(setting.widths[:-2], setting.widths[1:-1], strict=True):
        z = act @ w[at : at + rows * columns].reshape(rows, columns).T
        at += rows * columns
        slopes.append(np.where(z >= 0, 1.0, setting.off_slope))
        act = z * slopes[-1]
    return GatedNetwork(setting.widths, setting.inputs, tuple(slopes))


def descend(
    setting: FlowSetting,
    start: Sequence[np.ndarray],
    steps: int,
    rule: StepRule,
    batch: int | None = None,
    seed: int = 0,
    log10_t: float = np.inf,
    samples: int = 200,
    progress: Progress | None = None,
) -> Trajectory:
    """Gradient descent, or SGD without replacement inside an epoch if `batch` is given, on the setting's loss.

    Ends after `steps` steps or when sum eta reaches the given log10 t. Only `flow = "gradient"`; weight decay
    is added to every step (constant steps only). Status "diverged" if the loss stops being finite. Adaptive
    rules need the full batch.
    """
    if setting.flow != "gradient" or (rule.scaled and setting.decay.any()) or (rule.adaptive and batch):
        raise ValueError("descent takes the gradient flow; decay needs constant steps, adaptive steps the full batch")
    with np.errstate(all="ignore"):
        return _Descent(setting, start, rule, batch, seed).run(steps, log10_t, samples, progress)


class _Descent:
    def __init__(self, setting, start, rule, batch, seed):
        self.setting, self.rule = setting, rule
        self.full = _Objective(setting)
        self.w = np.concatenate([np.asarray(w, float).ravel() for w in start])
        self.batches = _batches(len(setting.inputs), batch, np.random.default_rng(seed)) if batch else None
        decay = [np.full(w.size, rate) for w, rate in zip(start, setting.decay, strict=True)]
        self.decay = np.concatenate(decay) if setting.decay.any() else None
        self.rate, self.log_t = rule.rate, -np.inf
        self.first = None

    def run(self, steps, log10_t, samples, progress):
        trajectory = Trajectory(self.setting.widths)
        recorder = Recorder(trajectory, samples)
        phi, direction, features = self.full(self.w)
        recorder.keep(self._sample(phi, features))
        trajectory.status = "finished"
        try:
            while trajectory.steps < steps and self.log_t < log10_t * LOG10:
                phi, direction, features, accepted = self._step(phi, direction, features)
                trajectory.steps += 1
                trajectory.rejected += not accepted
                if not np.isfinite(phi):
                    trajectory.status = "diverged"
                    break
                if recorder.wants_next():
                    recorder.offer(self._sample(phi, features))
                if progress is not None:
                    progress(self.log_t / LOG10)
        except KeyboardInterrupt:
            trajectory.status = "interrupted"
        recorder.keep(self._sample(phi, features))
        return trajectory

    def _step(self, phi, direction, features):
        """One step: (Phi, direction, features) at the new weights and whether it was accepted."""
        log_loss = phi if self.full.potential.scaled_time else 0.0
        log_eta = np.log(self.rate) - (log_loss if self.rule.scaled else 0.0)
        # direction is -grad L / L where the potential is log L; eta times it may overflow, the product never need.
        move = np.exp(log_eta + log_loss) * self._batch_direction(direction)
        if self.decay is not None:
            move -= self.rate * 2 * self.decay * self.w
        trial = self.w + move
        new = self.full(trial)
        if self.rule.adaptive and not new[0] < phi:
            self.rate *= self.rule.shrink
            return phi, direction, features, False
        self.w, self.log_t = trial, np.logaddexp(self.log_t, log_eta)
        if self.rule.adaptive:
            self.rate *= self.rule.growth
        return *new, True

    def _batch_direction(self, direction):
        if self.batches is None:
            return direction
        objective = _Objective(self.setting, next(self.batches))
        phi, slope, _ = objective(self.w)
        full = self.full(self.w)[0]
        # -grad L_batch in units of the full loss, which is what the step is scaled by
        return slope * np.exp(phi - full) if self.full.potential.scaled_time else slope

    def _sample(self, phi, features):
        layers, at = [], 0
        for columns, rows in zip(self.setting.widths[:-1], self.setting.widths[1:], strict=True):
            layers.append(self.w[at : at + rows * columns].reshape(rows, columns))
            at += rows * columns
        balance = self.setting.balance
        if self.first is None and balance:
            self.first = [value.copy() for value in balance.of(layers)]
        norms = np.array([np.linalg.norm(w) for w in layers])
        common, sigma = self.full.potential.margins(features)
        scale = float(np.prod(norms ** np.array(self.setting.layer_degrees)))
        log_loss = phi if self.full.potential.scaled_time else (np.log(phi) if phi > 0 else -np.inf)
        drift = balance.drift(layers, self.first) if balance else float("nan")
        margin = float(common + sigma.min()) / scale if scale > 0 else 0.0
        return Sample(float(self.log_t), float(log_loss), norms, margin, float("nan"), drift, self.w.copy())


def _batches(count, size, rng):
    """Index arrays of mini-batches, each epoch a new permutation."""
    while True:
        order = rng.permutation(count)
        for first in range(0, count, size):
            yield order[first : first + size]
