r"""Stopping early against weight decay where the expected loss overfits: two small problems in exact numbers.

**Main results.** memo90/sec6-early-stop-equals-reg (`two_modes`); memo90/sec5.4-loss-overfit-control (`noisy_labels`).

**Notation.**

============  =====================================================  ==============
symbol        meaning                                                Python
============  =====================================================  ==============
s_i           eigenvalues of X^T X, here 1 and 1/2                   `STIFFNESS`
w_i           least-squares solution in the frame of eigenvectors    `FITTED`
theta_i       weights that the expected loss has its minimum at      `TRUTH`
e_i           exp(-2 s_i t): what descent from 0 has left undone     a^2 and a
============  =====================================================  ==============

**Conventions.** The square loss is summed over examples, the penalty is lambda |w|^2. The expected loss is the squared
distance to theta, as for new inputs with unit covariance.

**References.** A. Hoerl, R. Kennard, Ridge regression, Technometrics 12 (1970).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from flint import arb, ctx, fmpq
from sympy import Rational

from ..book.derivation import vanishes

STIFFNESS = (Rational(1), Rational(1, 2))
FITTED = (Rational(1), Rational(1))
TRUTH = (Rational(2), Rational(9, 10))
NOISE = Rational(1, 100)  # variance v of the labels
PRECISION = 128


def two_modes(a: Fraction | str = "1/30") -> Mapping[str, Any]:
    """Two examples e_1 and e_2/sqrt(2), labels 1 and 1/sqrt(2): one label is too small by half, one too large by 1/9.

    stopping_gain: expected loss at the end of descent less that at the finite time at which e^(-t) = a;
    penalty_gains: 0 if the expected loss of the penalised solution, less that without penalty, is for all lambda > 0 a
    quotient of polynomials with positive coefficients, 1 otherwise; filter_gap: 0 if the strength s e/(1 - e) of its
    own for each eigenvector shrinks as stopping does, for letters s and e; least_strength: of these at the stop;
    average_slope: derivative of the expected loss by lambda at 0, averaged over unbiased noise of the labels.
    """
    lam, left = sympy.Symbol("lambda", positive=True), Rational(Fraction(a).numerator, Fraction(a).denominator)
    done = [(1 - left**2), (1 - left)]
    end = _loss(FITTED)
    stopped = _loss([c * w for c, w in zip(done, FITTED, strict=True)])
    penalised = _loss([s / (s + lam) * w for s, w in zip(STIFFNESS, FITTED, strict=True)])
    top, bottom = sympy.fraction(sympy.cancel(penalised - end))
    signs = {sign for side in (top, bottom) for sign in _signs_of_coefficients(side, lam)}
    strengths = [s * (1 - c) / c for s, c in zip(STIFFNESS, done, strict=True)]
    return {
        "stopping_gain": _fraction(end - stopped),
        "penalty_gains": 0 if signs == {1} else 1,
        "filter_gap": _filter_gap(),
        "least_strength": _fraction(min(strengths)),
        "average_slope": _fraction(_average_slope(lam)),
    }


def _loss(w: Any) -> sympy.Expr:
    return sum(((t - c) ** 2 for t, c in zip(TRUTH, w, strict=True)), sympy.Integer(0))


def _signs_of_coefficients(polynomial: sympy.Expr, letter: sympy.Symbol) -> set[int]:
    return {int(sympy.sign(c)) for c in sympy.Poly(polynomial, letter).coeffs()}


def _filter_gap() -> int:
    s, e = sympy.symbols("s e", positive=True)
    own = s * e / (1 - e)
    return int(not vanishes(s / (s + own) - (1 - e)))


def _average_slope(lam: sympy.Symbol) -> sympy.Expr:
    """d/d lambda at 0 of the mean over w_i = theta_i + noise with variance v/s_i: bias^2 + v s_i/(s_i + lambda)^2."""
    parts = [(lam / (s + lam) * t) ** 2 + NOISE * s / (s + lam) ** 2 for s, t in zip(STIFFNESS, TRUTH, strict=True)]
    return sympy.diff(sum(parts, sympy.Integer(0)), lam).subs(lam, 0)


def noisy_labels(share: Fraction | str = "1/8", later: int = 1000) -> Mapping[str, Any]:
    """f = w x, one example x = 1, y = 1, exponential loss, w(0) = 0: w = log(1 + t). Of new examples x = 1 the given
    share is labelled -1: expected loss (1 - share) e^-w + share e^w, least at w* = log((1 - share)/share)/2.

    stopping_time: when w = w*; stopped_loss, later_loss: the expected loss then and at t = later; decay: the strength
    for which w* is the equilibrium, e^-w*/(2 w*); slope_before, slope_after: of the penalised training loss at half of
    w* and at twice w*; stopped_error, later_error: expected share of wrong classifications.
    """
    p = Fraction(share)
    with ctx.workprec(PRECISION):
        ball = arb(fmpq(p.numerator, p.denominator))
        best = ((1 - ball) / ball).log() / 2
        end = arb(1 + later).log()
        decay = (-best).exp() / (2 * best)
        losses = [(1 - ball) * (-w).exp() + ball * w.exp() for w in (best, end)]
        return {
            "stopping_time": _interval(best.exp() - 1),
            "stopped_loss": _interval(losses[0]),
            "later_loss": _interval(losses[1]),
            "decay": _interval(decay),
            "slope_after": _interval(_penalised_slope(best * 2, decay)),
            "slope_before": _interval(_penalised_slope(best / 2, decay)),
            "stopped_error": _error(p, best),
            "later_error": _error(p, end),
        }


def _penalised_slope(w: arb, decay: arb) -> arb:
    """Of e^-w + decay w^2, which increases with w: its only zero is the equilibrium."""
    return 2 * decay * w - (-w).exp()


def _error(share: Fraction, w: arb) -> Fraction:
    """New examples all lie on the side that sign(w) calls 1, those labelled -1 among them."""
    if not w > 0:
        raise ValueError("the weight is not certainly positive")
    return share


def _fraction(value: sympy.Expr) -> Fraction:
    exact = Rational(value)
    return Fraction(int(exact.p), int(exact.q))


def _interval(value: arb) -> tuple[arb, arb, arb]:
    return value.mid(), value.lower(), value.upper()
