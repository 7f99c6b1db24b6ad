r"""Stopping early and penalising: the same filter of a linear model to first order, and never the same filter.

**Main results.** memo90/sec13-early-stopping-equivalence, sec6-early-stop-equals-reg, sec4-iterations-regularise.

**Notation.**

=============  =====================================================  ============
symbol         meaning                                                Python
=============  =====================================================  ============
sigma_i        eigenvalues of X^T X                                   `S`
c_i            component of w along the i-th eigenvector              `c(t)`
c_i*           that of the solution of least norm                     `TARGET`
t, lambda      time of stopping, weight decay                         `T`, `DECAY`
=============  =====================================================  ============

**Conventions.** One linear layer, square loss |X w - Y|^2 summed over the examples, penalty lambda |w|^2, start w = 0.

**References.** A. Ali, J. Z. Kolter, R. Tibshirani, A continuous-time view of early stopping, AISTATS 2019.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Derivation, definition, identity

S, T, DECAY, TARGET = sympy.symbols(r"\sigma t \lambda c^*", positive=True)
STOPPED = 1 - sympy.exp(-2 * S * T)
PENALISED = S / (S + DECAY)


@cache
def filters() -> Derivation:
    mode = definition(
        "mode",
        r"\dot c_i = 2\sigma_i(c_i^* - c_i)",
        reason="The normal equations in the eigenvectors of X^T X.",
        uses=("square_loss.one_layer",),
    )
    stopped = identity(
        "stopped",
        sympy.diff(STOPPED * TARGET, T),
        2 * S * (TARGET - STOPPED * TARGET),
        uses=("mode",),
        latex=r"c_i(t) = (1 - e^{-2\sigma_it})\,c_i^*",
        reason="Solves the equation of the mode, from 0.",
    )
    penalised = identity(
        "penalised",
        2 * S * (TARGET - PENALISED * TARGET),
        2 * DECAY * PENALISED * TARGET,
        uses=("mode",),
        latex=r"c_i(\lambda) = \frac{\sigma_i}{\sigma_i+\lambda}\,c_i^*",
        reason="At rest with decay: the pull of the data equals 2 lambda c_i.",
    )
    first = identity(
        "weak",
        sympy.limit(STOPPED / T, T, 0),
        2 * sympy.limit(PENALISED * DECAY, DECAY, sympy.oo),
        uses=("stopped", "penalised"),
        latex=r"c_i(t) \approx 2\sigma_it\,c_i^*,\qquad c_i(\lambda) \approx "
        r"\frac{\sigma_i}{\lambda}\,c_i^*",
        reason="Short times, strong decay: alike in every mode if lambda = 1/(2t).",
    )
    kept = DECAY / (1 + DECAY)  # what the first mode, sigma = 1, keeps back, by definition of t e^(-2t)
    never = identity(
        "never",
        (1 + DECAY) ** 2 * (2 + DECAY) / DECAY * (DECAY / (2 + DECAY) - kept**2),
        1,
        uses=("stopped", "penalised"),
        latex=r"\sigma_1=1,\ \sigma_2=2,\ e^{-2t} = \tfrac{\lambda}{1+\lambda}:\quad \tfrac{\lambda}{2+\lambda} - "
        r"e^{-4t} = \tfrac{\lambda}{(1+\lambda)^2(2+\lambda)} > 0",
        reason="A time that agrees with the decay in one mode does not in another, for any lambda > 0.",
    )
    return Derivation(
        "early_stopping.filters",
        "Early stopping and weight decay as filters",
        ("memo90/sec13-early-stopping-equivalence", "memo90/sec6-early-stop-equals-reg"),
        "Both shrink each mode of the least-norm solution, and shrink weak modes more. The two paths start at 0, end "
        "at the least-norm solution, and agree at first order in t = 1/(2 lambda). In between they are different "
        "paths: no map from t to lambda makes them one, unless all eigenvalues that are not zero agree.",
        (mode, stopped, penalised, first, never),
        "",
        {},
        {"loss": "square", "network": "linear", "layers": 1},
        r"1 - e^{-2\sigma t} \quad\text{against}\quad \frac{\sigma}{\sigma+\lambda}",
    )


DERIVATIONS = (filters,)
