"""Intervals for what is measured: exact binomial ones, and the bootstrap.

Level 95 % throughout. An interval is (value, low, high).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import beta, rankdata

Interval = tuple[float, float, float]
LEVEL = 0.95
DRAWS = 2000


def known(value: float) -> Interval:
    """A number that was counted or computed, not sampled."""
    return (float(value),) * 3


def binomial(successes: int, trials: int) -> Interval:
    """Clopper and Pearson's interval for a probability; nothing is known (0 to 1) without trials."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    tail = (1 - LEVEL) / 2
    low = float(beta.ppf(tail, successes, trials - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, trials - successes)) if successes < trials else 1.0
    return (successes / trials if trials else 0.5), low, high


def bootstrap(statistic: Callable[..., float], *samples: Sequence[float] | np.ndarray, seed: int = 0) -> Interval:
    """Percentile interval of a statistic of paired samples, their first axes resampled together."""
    arrays = [np.asarray(s, float) for s in samples]
    count = len(arrays[0])
    random = np.random.default_rng(seed)
    drawn = [statistic(*(a[i] for a in arrays)) for i in random.integers(0, count, (DRAWS, count))]
    return _interval(statistic(*arrays), drawn)


def bootstrap_apart(
    statistic: Callable[..., float],
    *samples: Sequence[float] | np.ndarray,
    seed: int = 0,
) -> Interval:
    """The same for independent samples, each resampled by itself."""
    arrays = [np.asarray(s, float) for s in samples]
    random = np.random.default_rng(seed)
    drawn = [statistic(*(a[random.integers(0, len(a), len(a))] for a in arrays)) for _ in range(DRAWS)]
    return _interval(statistic(*arrays), drawn)


def _interval(value: float, drawn: Sequence[float]) -> Interval:
    """Quantiles of the draws in which the statistic exists, widened to hold the value."""
    finite = np.asarray(drawn)[np.isfinite(drawn)]
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(value), float(min(low, value)), float(max(high, value))


def mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    """mean(a) - mean(b)."""
    return float(a.mean() - b.mean())


def line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of least squares; not a number where all x are equal."""
    spread = x - x.mean()
    denominator = float(spread @ spread)
    if denominator == 0:
        return float("nan"), float("nan")
    slope = float(spread @ y) / denominator
    return slope, float(y.mean() - slope * x.mean())


def slope(x: np.ndarray, y: np.ndarray) -> float:
    return line(x, y)[0]


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's; not a number where one side is constant."""
    a, b = x - x.mean(), y - y.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else float("nan")


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's, ties by their mean rank."""
    return correlation(rankdata(x), rankdata(y))
