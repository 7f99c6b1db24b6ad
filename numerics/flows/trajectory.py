"""What a flow leaves behind: a thinned record in log t whose memory is bounded.

Notation: t time; log_t natural logarithm of t (t itself overflows at log10 t = 308); log_loss natural
logarithm of the loss; rho_k Frobenius norms (K,); normalized margin min_n y_n f_n / prod rho_k^{a_k}, with a_k
the degree of f in W_k.
"""

from dataclasses import dataclass, field

import numpy as np

LOG10 = float(np.log(10.0))


@dataclass(frozen=True)
class Sample:
    """One point of a trajectory; `gap` is hard margin minus normalized margin, computed without cancellation,
    or nan."""

    log_t: float
    log_loss: float
    norms: np.ndarray
    margin: float
    gap: float
    drift: float
    weights: np.ndarray


@dataclass
class Trajectory:
    """Samples in order of time and how the run ended.

    `status` is "finished", "interrupted", "collapsed" (some rho_k reached 0), "out of steps" or "stalled" (the
    reason in `message`); `steps` and `rejected` count steps. Arrays by attribute: log_t, log_loss, margin,
    gap, drift (n,), norms (n, K), weights (n, p).
    """

    widths: tuple[int, ...]
    status: str = "running"
    message: str = ""
    steps: int = 0
    rejected: int = 0
    samples: list[Sample] = field(default_factory=list)
    events: list = field(default_factory=list)

    def __getattr__(self, name):
        if name in Sample.__dataclass_fields__:
            return np.array([getattr(sample, name) for sample in self.samples])
        raise AttributeError(name)

    @property
    def log10_t(self) -> np.ndarray:
        """log10 t (n,)."""
        return self.log_t / LOG10

    def layers(self, index: int = -1) -> list[np.ndarray]:
        """W_1, ..., W_K at one sample."""
        out, start = [], 0
        for columns, rows in zip(self.widths[:-1], self.widths[1:], strict=True):
            out.append(self.samples[index].weights[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        return out

    def directions(self, index: int = -1) -> list[np.ndarray]:
        """V_k = W_k / |W_k| at one sample."""
        return [w / np.linalg.norm(w) for w in self.layers(index)]


class Recorder:
    """Keeps at most `limit` samples: when full, every second one goes and the spacing between kept steps doubles.

    Samples asked for by time (`keep`) are never thinned out.
    """

    def __init__(self, trajectory: Trajectory, limit: int):
        self.trajectory = trajectory
        self.limit = max(limit, 4)
        self._stride = 1
        self._count = 0
        self._kept: set[int] = set()

    def keep(self, sample: Sample) -> None:
        """Appends a sample that stays."""
        self._kept.add(id(sample))
        self.trajectory.samples.append(sample)

    def wants_next(self) -> bool:
        """Whether the step just taken falls on the current stride (ask once a step)."""
        self._count += 1
        return self._count % self._stride == 0

    def offer(self, sample: Sample) -> None:
        """Appends a sample that may be thinned out later."""
        samples = self.trajectory.samples
        samples.append(sample)
        loose = [s for s in samples if id(s) not in self._kept]
        if len(loose) > self.limit:
            drop = {id(s) for s in loose[1::2]}
            samples[:] = [s for s in samples if id(s) not in drop]
            self._stride *= 2
