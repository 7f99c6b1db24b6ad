r"""Stationary points of the loss with weight decay, followed as the decay tends to zero.

About: what statements about limits in the weight decay are judged from. A stationary point W(lambda) of
L + lambda sum_k c_k |W_k|^2 is continued from the decay at which it was found down to 10^-1000000: a predictor along
the tangent, Newton's method as the corrector, each path at two tolerances, so that its error is known everywhere.

Notation: s = log(1/lambda); z the unknowns of F(z, s) = 0 (`regularised`), w (p,) all weights.

Conventions: symmetries make dF/dw singular along their orbits; steps are those of least norm. A path ends where Newton
fails from arbitrarily near (a fold, a kink) or, if asked, where the number of falling directions changes.

Reference: E. Allgower, K. Georg, Introduction to Numerical Continuation Methods (2003), ch. 2, 3.
"""

from dataclasses import replace

import numpy as np
import torch

from ..curvature.passes import layer_slices
from ..flows.trajectory import LOG10
from ..network.activations import Activation
from ..sampling import admissible, critical
from ..world.points import Points, concatenate
from .pairs import Course, Pair, sample_times
from .regularised import Linearised, PathLost, Problem, problem

TOLERANCES = (1e-6, 1e-8)  # residuals relative to the sizes of their terms
NEWTON = 30
HALVINGS = 20
SPLITS = 6  # how often a step is halved before the path is given up
LONGEST = 0.3  # a correction beyond this share of the weights may have left the path
NOTHING = 1e-9  # weights of this size, left by a search that tends to zero weights, are zero
EVEN, PER_DECADE = 10, 8  # decades of the decay of a path that settles, and samples in each
VANISHED = 1e-30  # weights on their way to zero are followed so far
SETTLED = 1e-8  # below this share of the forces the decay is lost in rounding: what it still moves is, too


# ---- Newton's method


def corrected(problem: Problem, z: np.ndarray, s: float, tolerance: float) -> tuple[np.ndarray, Linearised]:
    """The stationary point near z, by Newton's method with |F| as its merit.

    |F| is brought below the tolerance beside the decay's own force, or, where rounding stops that, beside all forces.
    Raises PathLost where no step lowers |F| before, or too many are needed.
    """
    problem.spend()
    at = problem.linearised(z, s)
    for _ in range(NEWTON):
        if not np.isfinite(at.value).all():
            break
        if at.relative <= tolerance * at.share:
            return z, at
        try:
            z, at = _lowered(problem, z, s, at)
        except PathLost:
            break
    if at.relative <= tolerance:
        return z, at
    raise PathLost("Newton's method does not converge")


def _lowered(problem: Problem, z: np.ndarray, s: float, at: Linearised) -> tuple[np.ndarray, Linearised]:
    step, share = at.step(-at.value), 1.0
    for _ in range(HALVINGS):
        trial = z + share * step
        problem.spend()
        with np.errstate(over="ignore", invalid="ignore"):
            new = problem.linearised(trial, s)
        if new.log_size < at.log_size:
            return trial, new
        share /= 2
    raise PathLost("no step lowers the gradient")


# ---- paths


def followed(
    start: Points, tolerance: float, *, shallow: bool = False, faithful: bool = False, evenly: bool = False, **keywords
) -> Course:
    """The path from a batch of one stationary point, sampled at log(1/decay) = `sample_times` as far as it gets.

    In the course `log_t` is s. A path that tends to finite weights is `settled` where the decay is lost in rounding;
    `evenly` samples it at equal steps of s, in which its law is one in powers of the decay. With `faithful` the path
    ends where its points change their kind (minima, say). Where the setting has no decay, the start's `decay` is that
    of its path.
    """
    made = problem(start, **keywords)
    times = (
        np.linspace(1, EVEN, 1 + round(PER_DECADE * (EVEN - 1))) if evenly else sample_times(False, shallow)
    ) * LOG10
    s = -np.log(float(start.decay.max()))
    times = times[times > s]
    kept: list[np.ndarray] = []
    message, status = "", "done"
    try:
        w = np.concatenate([w[0].numpy().ravel() for w in start.W])
        z = made.start(w if np.linalg.norm(w) > NOTHING else 0 * w, s)
        z, at = corrected(made, z, s, tolerance)
        kind = made.falling(z, at) if faithful else None
        for end in times:
            z, at = _advanced(made, z, at, s, float(end), tolerance, kind)
            kept.append(z)
            s = float(end)
            if at.share < SETTLED or 0 < np.linalg.norm(made.weights(z)) < VANISHED:
                times, message = times[: len(kept)], "settled"
                break
    except PathLost as lost:
        status, message = "stalled", f"{lost} at decay 10^{-s / LOG10:.4g}"
    return _recorded(made, kept, times, start, tolerance, status, message)


def _advanced(
    made: Problem,
    z: np.ndarray,
    at: Linearised,
    s: float,
    end: float,
    tolerance: float,
    kind: int | None,
    splits: int = SPLITS,
) -> tuple[np.ndarray, Linearised]:
    """The path at `end`, in halves where one step does not get there."""
    for degree in made.degrees:
        try:
            return _stepped(made, z, at, s, end, tolerance, kind, degree)
        except PathLost:
            if not splits and degree == made.degrees[-1]:
                raise
    middle = (s + end) / 2
    z, at = _advanced(made, z, at, s, middle, tolerance, kind, splits - 1)
    return _advanced(made, z, at, middle, end, tolerance, kind, splits - 1)


def _stepped(
    made: Problem, z: np.ndarray, at: Linearised, s: float, end: float, tolerance: float, kind: int | None, degree: int
) -> tuple[np.ndarray, Linearised]:
    """Along the tangent in s^(1/degree), in which norms are straight, and back to the path."""
    power = 1 / degree if s > 1 else 1.0
    slope = -at.step(at.by_s) / (power * max(s, 1.0) ** (power - 1))
    guess = z + slope * (np.abs(end) ** power - np.abs(s) ** power if power < 1 else end - s)
    found, new = corrected(made, guess, end, tolerance)
    w, before = made.weights(found), made.weights(guess)
    if np.linalg.norm(w - before) > LONGEST * max(np.linalg.norm(w), np.linalg.norm(made.weights(z))):
        raise PathLost("the correction is as long as the weights")
    if made.is_saturated(found):
        raise PathLost("a unit saturates beyond what floats tell apart")
    if kind is not None and made.falling(found, new) != kind:
        raise PathLost("the point changes its kind")
    return found, new


def _recorded(
    made: Problem, kept: list[np.ndarray], times: np.ndarray, start: Points, tolerance: float, status: str, message: str
) -> Course:
    count = len(kept)
    slices = layer_slices(made.shapes)
    weights = np.stack([made.weights(z) for z in kept]) if count else np.zeros((0, made.size))
    layers = tuple(
        torch.as_tensor(weights[:, where].reshape(count, *shape))
        for where, shape in zip(slices, made.shapes, strict=True)
    )
    decays = np.exp(-times[:count])[:, None] * made.layer_shares
    points = Points(
        layers,
        start.x.expand(count, *start.x.shape[1:]),
        start.y.expand(count, *start.y.shape[1:]),
        torch.as_tensor(decays),
        start.family * count,
    )
    logs = [made.log_loss(z, float(s)) for z, s in zip(kept, times, strict=False)]
    return Course(
        torch.as_tensor(times[:count].copy()),
        torch.tensor(logs, dtype=torch.float64),
        points,
        tolerance,
        status,
        message,
        False,
        len(times),
    )


def path(start: Points, *, shallow: bool = False, faithful: bool = False, **keywords) -> Pair:
    """A path at both tolerances, cut to what both reached."""
    given = {"shallow": shallow, "faithful": faithful, **keywords}
    coarse, fine = (followed(start, tolerance, **given) for tolerance in TOLERANCES)
    if coarse.message == "settled":
        coarse, fine = (followed(start, tolerance, evenly=True, **given) for tolerance in TOLERANCES)
    both = min(len(coarse), len(fine))
    return Pair(coarse.first(both), fine.first(both), 1 / problem(start, **keywords).degrees[0])


STRENGTHS = tuple(2.0**-k for k in (6, 10, 14, 20))  # more stationary points exist where the decay is weaker


def starts(points: Points, at: str, **keywords) -> Points:
    """Stationary points near given ones, at decays of several strengths, off the kinks.

    Args:
        at: 'minimum', 'stationary' or 'any', which is 'stationary' without zero layers. Minima are looked for where the
            search for stationary points finds none.
    """
    found = []
    for i, strength in enumerate(STRENGTHS):
        share = at_decay(points.select(slice(i, None, len(STRENGTHS))), strength)
        for kind in ("minimum",) if at == "minimum" else ("stationary", "minimum"):
            if not len(share):
                continue
            moved, bad = _moved(share, kind, at == "any", keywords)
            found.append(moved.select(~bad))
            share = share.select(bad)
    return concatenate(found)


def _moved(points: Points, kind: str, whole: bool, keywords: dict) -> tuple[Points, torch.Tensor]:
    """The points moved to stationary ones, and which of them did not get there, off the kinks and, with `whole`, with
    no zero layer."""
    activation = Activation(keywords["network"], keywords["degree"], float(keywords["slope"]), keywords["smooth"])
    moved, reasons = critical.moved(points, kind, False, keywords)
    bad = torch.stack(list(reasons.values())).any(0) | admissible.not_finite(moved)
    bad |= admissible.near_kink(moved, activation, keywords["output_activation"])
    if whole:
        bad |= torch.stack([w.flatten(1).norm(dim=1) <= NOTHING for w in moved.W]).any(0)
    return moved, bad


def at_decay(points: Points, factor: float) -> Points:
    """The same points with their decay times a factor; layers without decay get the factor itself."""
    none = (points.decay == 0).all(1, keepdim=True)
    return replace(points, decay=torch.where(none, factor, points.decay * factor))
