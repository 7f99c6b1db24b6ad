"""Growth rates with intervals, fitted over decades of log t.

About: along a flow log t grows from 1 to 10^12 and more, so a law such as  e = log t + kappa log log t + c +
o(1)  can be told from its neighbours; an end point alone cannot (log log t is 28 where log t is 10^12).

Notation: x = log t; leading terms g_i(x) with unknown coefficients a_i; corrections r_j(x) that vanish as x grows.

    e(x) = sum_i a_i g_i(x) + sum_j b_j r_j(x) + remainder

There is no noise, only the remainder of an expansion, so the interval is not statistical: coefficients are
fitted by least squares on several windows (all of the data, the last three quarters, the last half of the
decades) and with the last two numbers of corrections; the interval is the hull of these, widened by its own
width and by the rounding of the data. It is as good as the assumption that the corrections named are those
that occur; a remainder of another kind shows as width.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Term = Callable[[np.ndarray], np.ndarray]

CORRECTIONS: tuple[Term, ...] = (
    lambda x: np.log(x) / x,
    lambda x: 1 / x,
    lambda x: (np.log(x) / x) ** 2,
    lambda x: np.log(x) / x**2,
)


def fractional_corrections(power: float) -> tuple[Term, ...]:
    """Corrections in powers of (log t)^(-power), for laws whose expansion runs in roots of log t."""
    return tuple(lambda x, k=k: x ** (-k * power) for k in range(1, 5))


@dataclass(frozen=True)
class Interval:
    """A measured number: best `value` and the interval [`low`, `high`] that holds the fits' disagreement."""

    value: float
    low: float
    high: float

    def contains(self, number: float) -> bool:
        """Whether the number lies in the closed interval."""
        return self.low <= number <= self.high


def _design(terms, x):
    return np.stack([np.broadcast_to(np.asarray(term(x), float), x.shape) for term in terms], axis=1)


def _coefficients(matrix, values):
    """Least squares with columns scaled to unit size, and the change of each coefficient by one rounding of
    the data."""
    sizes = np.linalg.norm(matrix, axis=0)
    inverse = np.linalg.pinv(matrix / sizes)
    rounding = np.abs(inverse) @ (np.finfo(float).eps * np.abs(values))
    return (inverse @ values) / sizes, rounding / sizes


def fit_expansion(
    log_t: Sequence[float] | np.ndarray,
    values: Sequence[float] | np.ndarray,
    leading: Mapping[str, Term],
    corrections: Sequence[Term] = CORRECTIONS,
) -> dict[str, Interval]:
    """Intervals of the leading coefficients of e(log t); at least one value of log t per unknown in the
    shortest window.

    `log_t` and `values` (n,) may be in any order; values of log t must exceed 1. Raises ValueError with too few points.
    """
    x, e = np.asarray(log_t, float), np.asarray(values, float)
    order = np.argsort(x)
    x, e = x[order], e[order]
    if x.size < 2 * (len(leading) + len(corrections)) or x[0] <= 1:
        raise ValueError(
            f"{x.size} points from log t = {x[0] if x.size else 'none'} do not carry "
            f"{len(leading)} terms and {len(corrections)} corrections; give twice as many, all beyond log t = 1"
        )
    estimates, rounding = [], np.zeros(len(leading))
    for start in (0.0, 0.25, 0.5):
        inside = np.log(x) >= (1 - start) * np.log(x[0]) + start * np.log(x[-1])
        for count in (len(corrections) - 1, len(corrections)):
            terms = [*leading.values(), *corrections[: max(count, 0)]]
            if inside.sum() < len(terms):
                continue
            found, noise = _coefficients(_design(terms, x[inside]), e[inside])
            estimates.append(found[: len(leading)])
            rounding = np.maximum(rounding, noise[: len(leading)])
    low, high = np.min(estimates, axis=0), np.max(estimates, axis=0)
    margin = (high - low) + rounding
    best = estimates[1] if len(estimates) > 1 else estimates[0]  # the whole range with every correction
    return {
        name: Interval(float(best[i]), float(low[i] - margin[i]), float(high[i] + margin[i]))
        for i, name in enumerate(leading)
    }


def limit_at_infinity(log_t, values, corrections: Sequence[Term] = CORRECTIONS) -> Interval:
    """The limit of e as log t grows, if its corrections vanish as named."""
    return fit_expansion(log_t, values, {"limit": np.ones_like}, corrections)["limit"]


def asymptotic_ratio(log_t, values, law: Term, corrections: Sequence[Term] = CORRECTIONS) -> Interval:
    """The limit of e/g for a law g(log t); `asymptotic` wants 1 inside a narrow interval, `outgrows` an
    unbounded ratio."""
    x = np.asarray(log_t, float)
    return limit_at_infinity(x, np.asarray(values, float) / law(x), corrections)


def growth_exponent(log_t, values, corrections: Sequence[Term] = ()) -> Interval:
    """alpha in |e| ~ C (log t)^alpha (log log t)^beta: coefficient of log log t in log |e|, beta fitted beside it."""
    leading: dict[str, Term] = {"alpha": np.log, "constant": np.ones_like}
    corrections = corrections or CORRECTIONS
    return fit_expansion(log_t, np.log(np.abs(np.asarray(values, float))), leading, corrections)["alpha"]


def which_law(
    log_t, values, first: Term, second: Term, corrections: Sequence[Term] = CORRECTIONS
) -> tuple[str, Interval]:
    """Which of two laws, up to a constant, e follows: ("first" | "second" | "neither" | "undecided", interval
    of kappa).

    Fits  e - first = kappa (second - first) + c + corrections; kappa is 0 for the first law and 1 for the second.
    """
    x = np.asarray(log_t, float)
    base = first(x)
    # The difference is formed before the fit, so that kappa keeps its digits where both laws are of size 10^12.
    fitted = fit_expansion(
        x,
        np.asarray(values, float) - base,
        {"kappa": lambda s: second(s) - first(s), "constant": np.ones_like},
        corrections,
    )["kappa"]
    noise = float(np.finfo(float).eps * np.abs(np.asarray(values)).max() / np.abs(second(x) - base).max())
    fitted = Interval(fitted.value, fitted.low - noise, fitted.high + noise)
    zero, one = fitted.contains(0.0), fitted.contains(1.0)
    if zero and one:
        return "undecided", fitted
    return ("first" if zero else "second" if one else "neither"), fitted
