r"""Stationary points of the loss with weight decay as zeros of well-scaled equations.

Notation: s = log(1/lambda); w (p,) all weights, layers stacked row by row; c (p,) shares of the decay; D the loss of
the data; f (m,) all outputs, class by class; J = df/dw (m, p); mu = 1, or 1/N for the mean.

    in weights     F(w) = e^s grad D + 2 c w,                      dF/dw = e^s hess D + 2 c
    with errors    F(w, e) = (2 c w - 2 mu J^T e, f - y + e^-s e)  for the square loss, where e = e^s (y - f)

The scale of grad D is kept as a logarithm (`curvature.losses`), and F is divided by its own, so nothing overflows. The
second form is for networks that may interpolate: there e is of order 1 while y - f is below rounding.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ..curvature.architectures import SmoothArchitecture, architecture_of
from ..curvature.closed_form import gram_columns, hessian_from
from ..curvature.factors import loss_sensitivity
from ..curvature.losses import LossJet, loss_jet
from ..curvature.model import Objective
from ..curvature.passes import Passes, layer_slices
from ..network.activations import Activation
from ..world.points import Points

MOST = 4000  # linearisations of a path: what gets anywhere takes far fewer
RANGE = 1e-11  # singular values below this share of the largest belong to symmetries


class PathLost(Exception):
    """No stationary point was found near the predicted one."""


@dataclass(frozen=True)
class Linearised:
    """F and its derivative over exp(log_scale), the size of F's terms, and the derivative of F by s."""

    value: np.ndarray
    matrix: np.ndarray
    terms: float
    by_s: np.ndarray
    log_scale: float = 0.0
    share: float = 1.0  # of the decay in the terms

    @property
    def log_size(self) -> float:
        """log |F|."""
        size = np.linalg.norm(self.value)
        return float(np.log(size) + self.log_scale) if size else -np.inf

    @property
    def relative(self) -> float:
        """|F| over the size of its terms."""
        return float(np.linalg.norm(self.value)) / self.terms if self.terms else 0.0

    def step(self, right: np.ndarray) -> np.ndarray:
        """The solution of least norm of matrix z = right."""
        try:
            return np.linalg.lstsq(self.matrix, right, rcond=RANGE)[0]
        except np.linalg.LinAlgError as error:
            raise PathLost(str(error)) from error


class Problem:
    """One network and its data: F in the weights."""

    def __init__(
        self,
        start: Points,
        *,
        network: str,
        loss: str,
        average: bool = True,
        degree: int = 2,
        slope: Fraction | float = 0.1,
        smooth: str = "softplus",
        output_activation: bool = False,
        **_ignored,
    ):
        activation = Activation(network, degree, float(slope), smooth)
        self.architecture = architecture_of(activation, output_activation)
        self.objective = Objective(loss, average)
        self.inputs, self.targets = start.x[0].numpy(), start.y[0].numpy()
        self.shapes = [(w.shape[1], w.shape[2]) for w in start.W]
        strengths = start.decay[0].numpy()
        shares = strengths / strengths.max() if strengths.max() > 0 else np.ones(len(strengths))
        self.shares = np.repeat(shares, [r * c for r, c in self.shapes])
        self.layer_shares = shares
        self.left = MOST

    @property
    def size(self) -> int:
        """p."""
        return self.shares.size

    def layers(self, w: np.ndarray) -> list[np.ndarray]:
        """(1, h_k, h_{k-1}) each, of a vector (p,)."""
        slices = layer_slices(self.shapes)
        return [w[where].reshape(1, *shape) for where, shape in zip(slices, self.shapes, strict=True)]

    def passes(self, w: np.ndarray) -> tuple[Passes, LossJet]:
        """Of the examples that move the weights: one that no unit of a layer sees any more has a constant loss, which
        would set the scale of all others."""
        layers = self.layers(w)
        passes = Passes(layers, self.inputs, self.architecture)
        seen = np.ones(len(self.inputs), dtype=bool)
        if self.architecture.activation == "relu":
            for k in range(1, passes.activated + 1):
                seen &= (passes.gate(k)[0] != 0).any(0)
        if not seen.all() and seen.any():
            passes = Passes(layers, self.inputs[seen], self.architecture)
        else:
            seen[:] = True
        jet = loss_jet(self.objective, passes.outputs, self.targets[seen], passes.depth)
        if self.objective.average and not seen.all():
            jet = replace(jet, log_scale=jet.log_scale + np.log(seen.mean()))
        return passes, jet

    @property
    def degrees(self) -> tuple[int, ...]:
        """Degrees that the outputs may have in the weights, far out: norms grow like s^(1/degree)."""
        kind, depth = self.architecture, len(self.shapes)
        if isinstance(kind, SmoothArchitecture):  # units may stay where they are and the last layer grow
            return (1,) if kind.is_bounded else (depth, 1)
        return (sum(kind.degree**k for k in range(kind.activated_layers(depth) + 1)) if kind.is_curved else depth,)

    def spend(self) -> None:
        """Counts a linearisation."""
        self.left -= 1
        if self.left < 0:
            raise PathLost("the path takes too many steps")

    def is_saturated(self, z: np.ndarray) -> bool:
        """Whether a unit is so far out that floats know nothing of its slope."""
        if not isinstance(self.architecture, SmoothArchitecture):
            return False
        passes = Passes(self.layers(self.weights(z)), self.inputs, self.architecture)
        return any(self.architecture.is_saturated(passes.pre(k)) for k in range(1, passes.activated + 1))

    def start(self, w: np.ndarray, s: float) -> np.ndarray:
        """The unknowns at given weights."""
        return w

    def weights(self, z: np.ndarray) -> np.ndarray:
        return z[: self.size]

    def linearised(self, z: np.ndarray, s: float) -> Linearised:
        passes, jet = self.passes(z)
        log_slope = float(jet.log_scale[0]) + s
        top = max(log_slope, 0.0)
        unit, data = np.exp(-top), np.exp(log_slope - top)
        parts = per_example(passes, jet)
        pull = 2 * self.shares * z * unit
        slope = data * parts.sum(0)
        terms = float(np.linalg.norm(pull) + data * np.linalg.norm(parts, axis=1).sum())
        matrix = data * hessian_from(passes, jet)[0] + np.diag(2 * self.shares * unit)
        share = float(np.linalg.norm(pull)) / terms if terms else 1.0
        return Linearised(slope + pull, matrix, terms, slope, top, share)

    def falling(self, z: np.ndarray, at: Linearised) -> int:
        """How many directions the loss falls in."""
        values = np.linalg.eigvalsh((at.matrix + at.matrix.T) / 2)
        return int((values < -(RANGE**0.75) * np.abs(values).max()).sum())

    def log_loss(self, z: np.ndarray, s: float) -> float:
        """log(D + lambda sum_k c_k |W_k|^2)."""
        w = self.weights(z)
        penalty = float(self.shares @ (w * w))
        data = self._log_data_loss(w)
        return float(np.logaddexp(data, np.log(penalty) - s)) if penalty else data

    def _log_data_loss(self, w: np.ndarray) -> float:
        outputs = Passes(self.layers(w), self.inputs, self.architecture).outputs[0]
        logs = log_losses(self.objective.loss, outputs, self.targets)
        return float(np.logaddexp.reduce(logs) - (np.log(len(logs)) if self.objective.average else 0.0))


class Interpolation(Problem):
    """The square loss with the scaled errors e as further unknowns."""

    def _unknown(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        weight = 1 / len(self.targets) if self.objective.average else 1.0
        return z[: self.size], z[self.size :], weight

    def _wanted(self) -> np.ndarray:
        """Targets (m,), class by class."""
        return np.atleast_2d(self.targets.T).reshape(-1)

    def start(self, w: np.ndarray, s: float) -> np.ndarray:
        outputs = Passes(self.layers(w), self.inputs, self.architecture).outputs[0]
        return np.concatenate([w, (self._wanted() - outputs.T.reshape(-1)) * np.exp(s)])

    def linearised(self, z: np.ndarray, s: float) -> Linearised:
        w, errors, weight = self._unknown(z)
        passes = Passes(self.layers(w), self.inputs, self.architecture)
        outputs = passes.outputs[0].T.reshape(-1)
        by_class = errors.reshape(passes.outputs.shape[2], -1).T[None]
        jet = LossJet(
            np.zeros(1),
            -2 * weight * by_class,
            np.zeros((*by_class.shape, by_class.shape[2])),
            np.zeros((1, passes.depth)),
        )
        jacobian = output_slopes(passes)
        pull, rest = 2 * self.shares * w, np.exp(-s) * errors
        force = 2 * weight * jacobian.T @ errors
        misfit = outputs - self._wanted() + rest
        matrix = np.block(
            [
                [hessian_from(passes, jet)[0] + np.diag(2 * self.shares), -2 * weight * jacobian.T],
                [jacobian, np.exp(-s) * np.eye(len(errors))],
            ]
        )
        sizes = np.linalg.norm(pull) + np.linalg.norm(force) + np.linalg.norm(outputs) + np.linalg.norm(rest)
        value = np.concatenate([pull - force, misfit])
        return Linearised(value, matrix, float(sizes), np.concatenate([np.zeros(len(w)), -rest]))

    def falling(self, z: np.ndarray, at: Linearised) -> int:
        """Falling directions of the loss: those of the symmetric form of the matrix, less one an output."""
        matrix = at.matrix.copy()
        count = len(matrix) - self.size
        matrix[self.size :] *= -2 * self._unknown(z)[2]
        values = np.linalg.eigvalsh((matrix + matrix.T) / 2)
        return max(int((values < -(RANGE**0.75) * np.abs(values).max()).sum()) - count, 0)

    def log_loss(self, z: np.ndarray, s: float) -> float:
        w, errors, weight = self._unknown(z)
        square, penalty = weight * float(errors @ errors), float(self.shares @ (w * w))
        logs = [np.log(v) - k * s for v, k in ((square, 2), (penalty, 1)) if v > 0]
        return float(np.logaddexp.reduce(logs)) if logs else -np.inf


def problem(start: Points, **keywords) -> Problem:
    """The form that suits a start: with errors where the square loss may be interpolated from there."""
    plain = Problem(start, **keywords)
    if keywords["loss"] != "square":
        return plain
    w = np.concatenate([w[0].numpy().ravel() for w in start.W])
    slopes = output_slopes(Passes(plain.layers(w), plain.inputs, plain.architecture))
    free = np.linalg.matrix_rank(slopes) == len(slopes)
    return Interpolation(start, **keywords) if free else plain


def per_example(passes: Passes, jet: LossJet) -> np.ndarray:
    """Each example's share in grad D over exp(jet.log_scale), (N, p)."""
    blocks = [
        np.einsum("hn,an->nha", loss_sensitivity(passes, jet, k)[0], passes.activation(k - 1)[0]).reshape(
            passes.outputs.shape[1], -1
        )
        for k in range(1, passes.depth + 1)
    ]
    return np.concatenate(blocks, axis=1)


def output_slopes(passes: Passes) -> np.ndarray:
    """J (m, p), class by class."""
    classes, examples = passes.outputs.shape[2], passes.outputs.shape[1]
    root = np.broadcast_to(np.eye(classes), (1, examples, classes, classes))
    jet = LossJet(np.zeros(1), np.zeros((1, examples, classes)), root, np.zeros((1, passes.depth)))
    return gram_columns(passes, jet)[0].T


def log_losses(loss: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """log of each example's loss, (N,), from outputs (N, C)."""
    if loss == "square":
        gaps = outputs - targets.reshape(outputs.shape)
        with np.errstate(divide="ignore"):
            return np.log((gaps**2).sum(1))
    if loss == "cross-entropy":
        hot = np.arange(1, outputs.shape[1] + 1) == targets[:, None]
        rest = np.logaddexp.reduce(np.where(hot, -np.inf, outputs), axis=1) - outputs[hot]
        return _log_log_sum(rest)
    margins = targets * outputs[:, 0]
    return -margins if loss == "exponential" else _log_log_sum(-margins)


def _log_log_sum(x: np.ndarray) -> np.ndarray:
    """log log(1 + e^x)."""
    return np.where(x < -30, x, np.log(np.logaddexp(0, np.maximum(x, -30))))
