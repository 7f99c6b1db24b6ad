r"""How fast the layers' norms grow: equal rates, conserved differences, and the reduced equations of one example.

**Main results.** pnas20/lemma1 and thm4-5 (equal growth of rho_k^2), balancedness, pnas20/rho-monotone
(memo90/sec13-rho-positive), memo90/eq53, eq54-r, eq54-gamma, eq55-prefactor, eq55-argument, eq56, eq57, sec14-K1,
sec14-K2-li, sec14-Lz, sec14-alpha-inf, sec14-faster-than-log, sec14-layer-slower.

**Notation.**

===========  ====================================================  ==============
symbol       meaning                                               Python
===========  ====================================================  ==============
rho_k, rho   norm of layer k, product of all norms                 t.rho_k, t.rho
r            common norm of all layers, rho = r^K                  `R_LAYER`
f            y_1 f(V;x_1) > 0, held fixed                          `F`
R            e^{rho f}, the inverse of the loss                    `R`
li           logarithmic integral, li' = 1/log                     sympy.li
===========  ====================================================  ==============

**Conventions.** The reduced equations have one example and a direction at rest; then f is a constant. Where all K
norms are equal there are two readings: K independent layers (each moves by its own derivative), or one shared
parameter r of all layers; the right side of the second is K times that of the first.

**References.** S. Du, W. Hu, J. Lee, Algorithmic regularization in learning deep homogeneous models, NeurIPS 2018.
"""

from __future__ import annotations

from functools import cache

from .book.derivation import Assumed, Derivation, Step, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .layer_terms import front, front_latex, pull, setting
from .reduced_growth import (
    ONE,
    equal_norms,
    inverse_loss,
    many_layers,
    one_layer,
    product_is_asymptotic_to_log,
    shared_norm,
    two_layers,
    two_unequal_layers,
)

# ---- many examples


def _equal_growth(average: bool) -> Derivation:
    step = world_identity(
        "growth",
        rf"\frac{{d\rho_k^2}}{{dt}} = 2\,{front_latex(average)}\sum_n \rho\,y_nf(V;x_n)\,e^{{-\rho y_nf(V;x_n)}}",
        lambda t, k: t.d(lambda t: t.rho_k(k) ** 2, "gradient"),
        lambda t, k: 2 * pull(t, t.f),
        family=Family(average=average),
        uses=("rho_v_dynamics.rate_of_norm", "structural_lemma.euler_identity", "structural_lemma.factorisation"),
        reason="2 <W_k, dW_k>, and by Euler's identity every layer contracts to the same f.",
    )
    return Derivation(
        "norm_growth.equal_growth_" + ("mean" if average else "sum"),
        "All squared norms grow at one rate",
        ("pnas20/lemma1", "pnas20/thm4-5", "pnas20/rhok-rate-indep") if average else ("pnas20/Wdot-norm2",),
        "The right side does not contain k. It is the squares that grow alike: the norms themselves do not, "
        "unless they are "
        "equal. PNAS writes the rate of the square as |W_k'|^2 in the text before its Lemma 1, and there without 1/N.",
        (step,),
        f"d(rho[k]**2) == 2*{front(average)}sum(n, rho*y[n]*fV[n]*exp(-rho*y[n]*fV[n]))",
        {"k": "1..K"},
        setting(average, "gradient"),
    )


@cache
def equal_growth_mean() -> Derivation:
    return _equal_growth(True)


@cache
def equal_growth_sum() -> Derivation:
    return _equal_growth(False)


def _conserved(step: Step, latex: str) -> Step:
    return theorem(
        "constant",
        "mean value theorem",
        latex,
        given={"derivative zero": step},
        reason="A quantity whose rate is zero along the flow is constant; pieces of a Filippov solution join "
        "continuously.",
    )


@cache
def differences_of_squares() -> Derivation:
    step = world_identity(
        "rate",
        r"\frac{d}{dt}\big(\rho_j^2 - \rho_k^2\big) = 0",
        lambda t, j, k: t.d(lambda t: t.rho_k(j) ** 2 - t.rho_k(k) ** 2, "gradient"),
        lambda t, j, k: t.number(0),
        family=Family(layers="pairs"),
        uses=("norm_growth.equal_growth_mean",),
        reason="Both grow at the common rate.",
    )
    return Derivation(
        "norm_growth.differences_of_squares",
        "Differences of squared norms are conserved",
        ("pnas20/thm4-5",),
        "Equal growth, integrated. Layers that start equal stay equal.",
        (step, _conserved(step, r"\rho_j^2 - \rho_k^2 = \text{const}")),
        "conserved(rho[j]**2 - rho[k]**2)",
        {"j": "1..K", "k": "1..K"},
        setting(True, "gradient"),
    )


@cache
def balancedness() -> Derivation:
    step = world_identity(
        "rate",
        r"\frac{d}{dt}\big(W_{k+1}^TW_{k+1} - W_kW_k^T\big) = 0",
        lambda t, k, j: t.d(lambda t: t.W(j).T @ t.W(j) - t.W(k) @ t.W(k).T, "gradient"),
        lambda t, k, j: 0 * (t.W(k) @ t.W(k).T),
        family=Family(layers="next", gated=False, width=3),
        uses=("reductions.neighbouring_layers",),
        reason="The two contractions of the gradients of neighbours agree.",
    )
    return Derivation(
        "norm_growth.balancedness",
        "Balancedness of linear networks",
        (),
        "For linear networks whole matrices are conserved, not only their traces, which are the squared norms.",
        (step, _conserved(step, r"W_{k+1}^TW_{k+1} - W_kW_k^T = \text{const}")),
        "conserved(W[k+1].T @ W[k+1] - W[k] @ W[k].T)",
        {"k": "1..K-1"},
        {**setting(True, "gradient"), "network": "linear"},
    )


@cache
def balancedness_of_units() -> Derivation:
    def unit(t: Terms, k: int, j: int) -> Value:
        return t.entry(t.W(j).T @ t.W(j) - t.W(k) @ t.W(k).T, 1, 1)

    step = world_identity(
        "rate",
        r"\frac{d}{dt}\big(\|(W_{k+1})_{\cdot i}\|^2 - \|(W_k)_{i\cdot}\|^2\big) = 0",
        lambda t, k, j: t.d(lambda t: unit(t, k, j), "gradient"),
        lambda t, k, j: t.number(0),
        family=Family(layers="next", width=3),
        uses=("reductions.neighbouring_layers",),
        reason="Gates stand on the diagonal, so the diagonal entries still agree; all units are alike, take i = 1.",
    )
    return Derivation(
        "norm_growth.balancedness_of_units",
        "Balancedness of the units of a ReLU network",
        (),
        "With gates only the diagonal survives: what enters a unit and what leaves it, in squares.",
        (step, _conserved(step, r"\|(W_{k+1})_{\cdot i}\|^2 - \|(W_k)_{i\cdot}\|^2 = \text{const}")),
        "conserved(norm(col(W[k+1],i))**2 - norm(row(W[k],i))**2)",
        {"k": "1..K-1", "i": "1..rows(W[k])"},
        setting(True, "gradient"),
    )


@cache
def norms_grow_when_separated() -> Derivation:
    step = theorem(
        "positive",
        "positive sums",
        r"\dot\rho_k = \frac{\rho}{\rho_k}\frac1N\sum_n e^{-\rho y_nf(V;x_n)}y_nf(V;x_n) > 0",
        given={"positive factors": Assumed("start", "y_n f(V;x_n) > 0 for all n")},
        uses=("rho_v_dynamics.rho_law_gradient_mean",),
        reason="Every factor is positive where the data are separated.",
    )
    return Derivation(
        "norm_growth.norms_grow_when_separated",
        "Norms grow where the data are separated",
        ("pnas20/rho-monotone", "memo90/sec13-rho-positive", "memo90/sec12.2-norm-positive"),
        "At points that separate only: elsewhere single norms may shrink, and so they may again if an example is lost.",
        (step,),
        "d(rho[k]) > 0",
        {"k": "1..K"},
        {**setting(True, "gradient"), "start": ("separating", "balanced", "equal-norms")},
    )


# ---- one example


@cache
def one_example() -> Derivation:
    step = world_identity(
        "law",
        r"\rho_k\dot\rho_k = \tilde f\,\rho\,e^{-\rho\tilde f},\qquad \rho=\prod_{i=1}^K\rho_i",
        lambda t, k: t.rho_k(k) * t.d(lambda t: t.rho_k(k), "gradient"),
        lambda t, k: t.y(1) * t.f(1) * t.exp(-t.y(1) * t.f(1)),
        family=Family(exactly=1),
        uses=("norm_growth.equal_growth_mean",),
        reason="Equal growth with one example, f(W) = rho f(V).",
    )
    return Derivation(
        "norm_growth.one_example",
        "One example",
        ("memo90/eq53",),
        "The memo's (53) has products up to k where K is meant, and a sum for the product in the exponent.",
        (step,),
        "rho[k]*d(rho[k]) == y[1]*f[1]*exp(-y[1]*f[1])",
        {"k": "1..K"},
        {**ONE, "flow": "gradient"},
    )


DERIVATIONS = (
    equal_growth_mean,
    equal_growth_sum,
    differences_of_squares,
    balancedness,
    balancedness_of_units,
    norms_grow_when_separated,
    one_example,
    equal_norms,
    inverse_loss,
    shared_norm,
    one_layer,
    two_layers,
    many_layers,
    two_unequal_layers,
    product_is_asymptotic_to_log,
)
