"""What a series over log t tends to, judged from decades of log t, with three answers: yes, no, cannot tell.

About: the error model behind statements in the limit. A series comes from two runs of one start at different
tolerances; it is trusted where it exceeds their difference.

Notation: x = log t; r(x) a quantity that may tend to 0, |r| ~ C e^{c x} x^alpha (log x)^beta.

    vanishes     yes  c < 0, or c = 0 and alpha < 0, each with its interval (`flows.rates`): no end point is read,
                      and log t - log log t against a constant is told by its increments
                 yes  |r| falls below the difference of the two runs and stays there, and that difference is small
                 no   c > 0, or alpha > 0, or c = 0 and the interval of lim |r| excludes 0
    settles      e converges where its increments over equal steps of log x vanish like a power of x: their sum
                 converges geometrically
    grows        |e| diverges where the increments of |e| are positive and do not vanish, so that |e| grows at
                 least like log log t

Conventions: only the last part of a series is fitted, by its decades of log t; intervals are the hull of the fits
to both runs. Small means below the square root of the coarse tolerance, halfway between it and 1 on the scale of
logarithms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..flows.rates import CORRECTIONS, Interval, Term, fit_expansion, fractional_corrections

LATE = 0.35  # share of the decades of log t that is left out as too early
_LAWS: dict[str, Term] = {
    "c": lambda x: x,
    "alpha": np.log,
    "beta": lambda x: np.log(np.log(x)),
    "constant": np.ones_like,
}


@dataclass(frozen=True)
class Series:
    """log|r| of the coarse and the fine run and log of the error of the fine one, each (n,), over x = log t."""

    x: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray
    noise: np.ndarray
    size: np.ndarray  # log of the size of the terms whose difference r is
    tolerance: float
    power: float = 1.0  # expansions may run in powers of (log t)^(-power)

    def late(self) -> "Series":
        """The later decades, where all numbers are numbers."""
        start = LATE * np.log(self.x[-1]) if len(self.x) else 0.0
        keep = (np.log(self.x) >= start) & ~np.isnan(self.coarse) & ~np.isnan(self.fine)
        return self._part(keep)

    def loud(self) -> "Series":
        """The samples from the first on that exceed the error."""
        quiet = np.flatnonzero((self.fine <= self.noise) | (self.coarse <= self.noise))
        return self._part(slice(int(quiet[0]) if len(quiet) else len(self.x)))

    def hushed(self) -> bool:
        """Whether the last quarter is within the error."""
        last = slice(-max(len(self.x) // 4, 1), None)
        return bool((self.fine[last] <= self.noise[last]).all())

    def extinct(self, largest: float) -> bool:
        """Whether the last quarter of both runs is below the square of the tolerance times the largest value."""
        last = slice(-max(len(self.x) // 4, 1), None)
        bound = largest + 2 * np.log(self.tolerance)
        return bool((self.fine[last] <= bound).all() and (self.coarse[last] <= bound).all())

    def _part(self, keep) -> "Series":
        return Series(
            self.x[keep], self.coarse[keep], self.fine[keep], self.noise[keep], self.size[keep], self.tolerance
        )

    def precise(self) -> bool:
        """Whether the error at the end is small beside the terms."""
        last = slice(-max(len(self.x) // 4, 1), None)
        return bool((self.noise[last] <= self.size[last] + 0.5 * np.log(self.tolerance)).all())


@dataclass(frozen=True)
class Finding:
    """An answer (None: cannot tell) and what it rests on."""

    answer: bool | None
    because: str


def vanishes(series: Series) -> Finding:
    """Whether r tends to 0."""
    late = series.late()
    if len(late.x) < 4:
        return Finding(None, "too few samples")
    if np.isposinf(late.fine[-1]):
        return Finding(None, "leaves the range of numbers")
    loud = late.loud()
    if late.hushed() and late.precise():
        return Finding(True, "zero within the error of the runs")
    if len(loud.x) < len(late.x) and not late.precise():
        # Below the tolerance times what it was, a quantity that ought to be 0 is rounding, in both runs.
        gone = late.extinct(float(np.nanmax(series.fine)))
        return Finding(True if gone else None, "zero within the error of the runs" if gone else _DISAGREE)
    return _from_laws(loud)


_DISAGREE = "the two tolerances disagree"


def _from_laws(late: Series) -> Finding:
    try:
        return _by_rate(late)
    except (ValueError, np.linalg.LinAlgError) as error:
        return Finding(None, str(error))


def _by_rate(late: Series) -> Finding:
    c = _hull(late, ("c", "alpha", "constant"), "c", CORRECTIONS[:2])
    if not c.contains(0.0) and abs(c.value) * late.x[-1] > 1:
        return Finding(c.value < 0, f"like t^{c.value:.3g}")
    alpha = _hull(late, ("alpha", "constant"), "alpha", _corrections(late, "alpha"))
    if alpha.low > 0 or (alpha.high < 0 and not _creeps(late)):
        return Finding(alpha.high < 0, f"like (log t)^{_shown(alpha)}")
    return _by_limit(late)


def _by_limit(late: Series) -> Finding:
    """No if the interval of lim |r| is nearer to its value than to 0, and |r| is not creeping down."""
    found = limit_of_size(late)
    if found.high < 2 * found.low and not _creeps(late, level=True):
        return Finding(False, f"tends to {_shown(found)}")
    return Finding(None, f"fits leave [{found.low:.3g}, {found.high:.3g}]")


def _corrections(late: Series, law: str) -> Sequence[Term]:
    """The two corrections that explain log|r| better: in 1/log t, or in roots of log t."""
    roots = fractional_corrections(late.power)[:2]
    families = [CORRECTIONS[:2], roots]
    return min(families, key=lambda f: _misfit(late.x, late.fine, [_LAWS[law], np.ones_like, *f]))


def creeps(series: Series) -> bool:
    """Whether |r| seems to vanish, too slowly for a fit to say so: a fit would see a limit other than 0."""
    try:
        late = series.late().loud()
        return len(late.x) < 4 or _creeps(late, level=True)
    except (ValueError, np.linalg.LinAlgError):
        return True


def _creeps(late: Series, level: bool = False) -> bool:
    """Whether (log log t)^beta, beta < 0, explains |r| better than a power of log t (or a level) with as many
    corrections."""
    corrections = _corrections(late, "beta")
    beta = _hull(late, ("beta", "constant"), "beta", corrections)
    if beta.high >= 0:
        return False
    creep = _misfit(late.x, late.fine, [_LAWS["beta"], np.ones_like, *corrections])
    if not level:
        return creep < _misfit(late.x, late.fine, [_LAWS["alpha"], np.ones_like, *_corrections(late, "alpha")])
    size = np.exp(late.fine - late.fine[-1])
    return creep < min(
        _misfit(late.x, size, [np.ones_like, *f]) for f in (CORRECTIONS[:3], fractional_corrections(late.power)[:3])
    )


def _misfit(x: np.ndarray, values: np.ndarray, terms: list) -> float:
    """Root of the sum of squares that least squares leaves."""
    design = np.stack([term(x) for term in terms], axis=1)
    return float(np.linalg.norm(design @ np.linalg.lstsq(design, values, rcond=None)[0] - values))


def limit_of_size(late: Series) -> Interval:
    """Interval of lim |r|."""
    return _limit(late.x, [np.exp(late.coarse), np.exp(late.fine)], late.power)


def _limit(x: np.ndarray, runs: Sequence[np.ndarray], power: float) -> Interval:
    """Limit of a series, with the corrections that explain it better."""
    families = [CORRECTIONS, fractional_corrections(power)]
    best = min(families, key=lambda f: _misfit(x, runs[-1], [np.ones_like, *f]))
    leading: dict[str, Term] = {"limit": np.ones_like}
    return _joined([fit_expansion(x, e, leading, best)["limit"] for e in runs])


def _hull(late: Series, terms: tuple[str, ...], wanted: str, corrections: Sequence[Term]) -> Interval:
    leading = {name: _LAWS[name] for name in terms}
    return _joined([fit_expansion(late.x, e, leading, corrections)[wanted] for e in (late.coarse, late.fine)])


def _joined(found: list[Interval]) -> Interval:
    return Interval(found[-1].value, min(f.low for f in found), max(f.high for f in found))


def _shown(interval: Interval) -> str:
    return f"{interval.value:.4g} in [{interval.low:.4g}, {interval.high:.4g}]"


def limit_interval(x: np.ndarray, coarse: np.ndarray, fine: np.ndarray, power: float = 1.0) -> Interval | None:
    """Interval of the limit of a signed series, or None where no fit is possible."""
    keep = (np.log(x) >= LATE * np.log(x[-1])) & np.isfinite(coarse) & np.isfinite(fine)
    try:
        return _limit(x[keep], [coarse[keep], fine[keep]], power)
    except (ValueError, np.linalg.LinAlgError):
        return None
