r"""What the normalisation of a loss can show, where the slope of a margin goes, and what a fixed network guarantees.

**Main results.** pnas20/fig2-right, small-gap-normalised, fig2-small-offset (`normalised_loss`, `one_ray`);
pnas20/fig3-acceleration (`change_of_support`); memo90/fig1-generalization, pnas20/erm-equivalence
(`fixed_network`, `minimiser_of_the_risk`); memo90/sec2-1nn (`nearest_neighbour`).

**Notation.**

==========  ===========================================================  ==========
symbol      meaning                                                      Python
==========  ===========================================================  ==========
f_c         outputs of a network on one example of class y               `G`
g_c         f_c - f_y                                                    `G`
u = 1/s     one over the number by which all outputs are divided         `U`
l(u)        cross-entropy log sum_c exp(u g_c) of the divided outputs    `LOSS`
m           f_y less the mean output, -mean_c g_c                        `MEAN`
R           max_c f_c - min_c f_c                                        `R`
C           number of classes, here the ten of the experiments           `CLASSES`
==========  ===========================================================  ==========

**Conventions.** Bounds hold for one example; those of a sample are their means.

**References.** W. Hoeffding, J. Amer. Statist. Assoc. 58 (1963), Lemma 1; L. Devroye, L. Gyorfi, G. Lugosi, A
Probabilistic Theory of Pattern Recognition (1996), Ch. 12 and 13.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, computation, definition, identity, theorem

CLASSES = 10
U = sympy.Symbol("u", nonnegative=True)
G = (sympy.Integer(0), *sympy.symbols(f"g_1:{CLASSES}", real=True))  # g_y = 0
TERMS = [sympy.exp(U * g) for g in G]
LOSS = sympy.log(sum(TERMS))
P = sympy.symbols(f"p_1:{CLASSES + 1}", positive=True)
TOP, BOTTOM = sympy.symbols("M m_-", real=True)
ABOUT = ("pnas20/fig2-right", "pnas20/small-gap-normalised", "pnas20/fig2-small-offset")


@cache
def normalised_loss() -> Derivation:
    total = sum(TERMS)
    first = sum(g * e for g, e in zip(G, TERMS, strict=True)) / total
    second = sum(g**2 * e for g, e in zip(G, TERMS, strict=True)) / total - first**2
    mean = sum(p * g for p, g in zip(P, G, strict=True))
    variance = sum(p * g**2 for p, g in zip(P, G, strict=True)) - mean**2
    certain = sum(P) - 1
    steps = (
        definition(
            "loss",
            r"\ell(u) = \log\sum_c e^{u(f_c - f_y)}",
            reason="The cross-entropy of the outputs divided by s = 1/u.",
        ),
        computation(
            "start",
            r"\ell(0) = \log C",
            sum(t.subs(U, 0) for t in TERMS),
            sympy.Integer(CLASSES),
            reason="Every term is 1.",
            uses=("loss",),
            how="the number of terms",
        ),
        identity(
            "slope",
            sympy.diff(LOSS, U),
            first,
            uses=("loss",),
            latex=r"\ell'(u) = \sum_c p_c g_c",
            reason="The chain rule; p is the softmax of u g.",
        ),
        identity(
            "slope at zero",
            first.subs(U, 0),
            sum(G) / CLASSES,
            uses=("slope",),
            latex=r"\ell'(0) = \tfrac1C\sum_c (f_c - f_y) = -m",
            reason="All probabilities are 1/C.",
        ),
        identity(
            "curvature",
            sympy.diff(first, U),
            second,
            uses=("slope",),
            latex=r"\ell''(u) = \sum_c p_cg_c^2 - \Big(\sum_cp_cg_c\Big)^2",
            reason="The variance of g under p.",
        ),
        identity(
            "spread",
            (TOP - mean) * (mean - BOTTOM) - variance,
            sum(p * (TOP - g) * (g - BOTTOM) for p, g in zip(P, G, strict=True)),
            modulo=(certain,),
            uses=("curvature",),
            latex=r"(M-\mu)(\mu-m_-) - \sum_cp_c(g_c-\mu)^2 = \sum_cp_c(M-g_c)(g_c-m_-)",
            reason="For probabilities p with mean mu; at the largest and least g no term is negative.",
        ),
        identity(
            "square",
            (TOP - BOTTOM) ** 2 / 4 - (TOP - mean) * (mean - BOTTOM),
            (mean - (TOP + BOTTOM) / 2) ** 2,
            uses=("spread",),
            latex=r"\tfrac14(M-m_-)^2 - (M-\mu)(\mu-m_-) = \big(\mu - \tfrac{M+m_-}2\big)^2",
            reason="So 0 <= l'' <= R^2/4 for all u (Popoviciu).",
        ),
        theorem(
            "remainder",
            "fundamental theorem of calculus",
            r"0 \le \ell(u) - (\log C - mu) = \int_0^u (u-v)\,\ell''(v)\,dv \le \tfrac18R^2u^2",
            given={"antiderivative": Assumed("smooth", "l is smooth in u")},
            uses=("start", "slope at zero", "square"),
            reason="Twice, from u = 0.",
        ),
    )
    return Derivation(
        "real_data.normalised_loss",
        "The cross-entropy of a network divided by a large number",
        ABOUT,
        "Dividing all outputs by s = 1/u moves the loss towards log C, that of guessing, along a straight line; what "
        "is left of the network to first order is one number, the mean of the true output less the average one. The "
        "remainder has a sign and an explicit bound. Ten classes, as in the experiments.",
        steps,
        "",
        {},
        {"loss": "cross-entropy"},
        r"\log C - mu \;\le\; \ell(u) \;\le\; \log C - mu + \tfrac18R^2u^2",
    )


@cache
def one_ray() -> Derivation:
    train, test, u, a, b = sympy.symbols("m_{tr} m_{te} u a b", positive=True)
    away = {m: m * u - r * u**2 for m, r in ((train, a), (test, b))}  # log C less the loss, 0 <= r <= R^2/8
    ratio = away[test] / away[train]
    steps = (
        definition(
            "remainders",
            r"\log C - L_{tr} = m_{tr}u - au^2,\quad \log C - L_{te} = m_{te}u - bu^2",
            reason="Means over the examples; 0 <= a, b <= R^2/8 with the largest R.",
            uses=("real_data.normalised_loss",),
        ),
        identity(
            "slope",
            ratio - test / train,
            u * (test * a - train * b) / (train * (train - a * u)),
            uses=("remainders",),
            reason="The slope of the line from (log C, log C) to the point of the network.",
            latex=r"\frac{\log C - L_{te}}{\log C - L_{tr}} = \frac{m_{te}}{m_{tr}} + "
            r"u\,\frac{m_{te}a - m_{tr}b}{m_{tr}(m_{tr} - au)}",
        ),
        computation(
            "ray",
            r"\lim_{u\to0}\frac{\log C - L_{te}}{\log C - L_{tr}} = \frac{m_{te}}{m_{tr}}",
            sympy.limit(ratio, u, 0),
            test / train,
            uses=("slope",),
            reason="One network under divisors that grow moves on one ray: a and b change with u, within their "
            "bounds, so the last term is O(u).",
            how="the limit and the quotient",
        ),
        identity(
            "gap",
            -away[test] + away[train],
            (train - test) * u - (a - b) * u**2,
            uses=("remainders",),
            latex=r"L_{te} - L_{tr} = (m_{tr} - m_{te})u + O(u^2)",
            reason="Small for every network that is divided by a large number, whatever it learnt.",
        ),
        identity(
            "relative gap",
            1 - test / train,
            sympy.limit((-away[test] + away[train]) / away[train], u, 0),
            uses=("gap", "ray"),
            latex=r"\frac{L_{te}-L_{tr}}{\log C - L_{tr}} \to 1 - \frac{m_{te}}{m_{tr}}",
            reason="Against the distance to guessing no divisor makes the gap small.",
        ),
    )
    return Derivation(
        "real_data.one_ray",
        "Why points of training and test loss lie on a line of slope about one",
        ABOUT,
        "In the plane of training and test loss one network, divided by one number after another, moves on a ray "
        "through (log C, log C) whose slope m_te/m_tr is near one. Networks with different divisors but alike "
        "quotients therefore lie on a line of slope near one, with a correlation near one, even if all are one and the "
        "same network: the line says how much the divisors vary, not that training predicts test performance.",
        steps,
        "",
        {},
        {"loss": "cross-entropy"},
        r"(L_{tr}, L_{te}) = (\log C, \log C) - u\,(m_{tr}, m_{te}) + O(u^2)",
    )


@cache
def change_of_support() -> Derivation:
    t, tau = sympy.symbols("t tau", real=True)
    q = sympy.Function("q")
    difference = (t - tau) * q(t)
    steps = (
        definition(
            "difference",
            r"m_{new}(t) - m_{old}(t) = (t-\tau)\,q(t)",
            reason="The margins of two examples along a differentiable path, equal at tau; q is the quotient of "
            "differences, which tends to the difference of the slopes.",
        ),
        identity(
            "slopes",
            sympy.diff(difference, t).subs(t, tau).doit(),
            q(tau),
            uses=("difference",),
            latex=r"\dot m_{new}(\tau) - \dot m_{old}(\tau) = q(\tau)",
            reason="The product rule at tau.",
        ),
        theorem(
            "sign",
            "order of limits",
            r"q(\tau) \le 0",
            given={
                "no positive term": Assumed(
                    "after", "the new one has the smaller margin after tau, so (t - tau) q(t) < 0 there"
                )
            },
            uses=("slopes",),
            reason="The limit of negative quotients.",
        ),
    )
    return Derivation(
        "real_data.change_of_support",
        "The margin loses slope where the support vector changes",
        ("pnas20/fig3-acceleration",),
        "The margin is the least of the margins of the examples. Where another example takes over, it does so because "
        "its margin grows less, so the rate of growth drops or stays: it cannot jump up at the change.",
        steps,
        "",
        {},
        {},
        r"\dot\gamma(\tau+) \le \dot\gamma(\tau-)",
    )


@cache
def fixed_network() -> Derivation:
    n, d, k, c, e = sympy.symbols("N D K c epsilon", positive=True)
    exponent = sympy.log(8) + k * d * sympy.log(c * n) - n * e**2 / 32
    steps = (
        theorem(
            "patterns",
            "sign patterns of polynomials",
            r"m(N) \le \prod_{k=1}^{K} 2\Big(\frac{2eNu_kk}{D}\Big)^D \le (cN)^{KD}",
            given={
                "polynomials in the weights": Assumed(
                    "gates",
                    "where the signs of all earlier layers are fixed, the N u_k pre-activations of layer k, "
                    "and the differences of outputs, are polynomials of degree k in the D weights, shared or not",
                )
            },
            reason="Layer by layer; u_k units, in the last layer one for each pair of classes, N u_k >= D.",
        ),
        theorem(
            "deviation",
            "uniform convergence",
            r"P\Big(\sup_W|\hat I(W) - I(W)| > \epsilon\Big) \le 8(cN)^{KD}e^{-N\epsilon^2/32}",
            given={
                "bound on the patterns": Assumed("count", "the step before"),
                "independent examples": Assumed("sample", "examples are drawn independently"),
            },
            uses=("patterns",),
            reason="For the share of wrong classifications, whatever the labels.",
        ),
        computation(
            "limit",
            r"\frac1N\log\big(8(cN)^{KD}e^{-N\epsilon^2/32}\big) \to -\frac{\epsilon^2}{32}",
            sympy.limit(exponent / n, n, sympy.oo),
            -(e**2) / 32,
            uses=("deviation",),
            reason="Powers of N lose against the exponential.",
            how="the limit",
        ),
    )
    return Derivation(
        "real_data.fixed_network",
        "A network of fixed size generalises as the examples multiply",
        ("memo90/fig1-generalization", "pnas20/erm-equivalence"),
        "For a ReLU network with D weights, shared or not, the shares of wrong classifications in training and in the "
        "distribution approach one another, for every way of training and all labels, random ones included. Until N is "
        "some hundred times K D log N the bound says nothing, and at the sizes of the experiments it does not.",
        steps,
        "",
        {},
        {"network": "relu"},
        r"\sup_W|\hat I(W) - I(W)| \to 0\ \text{in probability as}\ N\to\infty",
    )


@cache
def minimiser_of_the_risk() -> Derivation:
    risk, empirical, best, of_best = sympy.symbols(r"I(f_N) \hat{I}(f_N) I(f) \hat{I}(f)", real=True)
    steps = (
        identity(
            "split",
            risk - best,
            (risk - empirical) + (empirical - of_best) + (of_best - best),
            reason="f is any fixed function of the class.",
        ),
        theorem(
            "middle",
            "order of limits",
            r"\hat I(f_N) - \hat I(f) \le 0",
            given={"no positive term": Assumed("minimum", "f_N minimises the empirical risk")},
            uses=("split",),
            reason="That is what a minimiser is; and the last bracket tends to 0, the law of large numbers.",
        ),
        identity(
            "converse",
            risk - empirical,
            (risk - best) - (empirical - best),
            uses=("split",),
            reason="A consistent minimiser generalises exactly if the least empirical risk tends to the least risk.",
        ),
    )
    return Derivation(
        "real_data.minimiser_of_the_risk",
        "Generalization and consistency of empirical risk minimisation",
        ("pnas20/erm-equivalence",),
        "For a minimiser of the empirical risk generalization gives consistency, under every distribution and with no "
        "assumption on the class. The converse needs that the least empirical risk tends to the least risk, which "
        "uniform convergence gives; a class of one weight, sign(sin(w x)), is without it.",
        steps,
        "",
        {},
        {},
        r"I(f_N) - I(f) \le \big(I(f_N) - \hat I(f_N)\big) + \big(\hat I(f) - I(f)\big)",
    )


@cache
def nearest_neighbour() -> Derivation:
    p, nearest = sympy.symbols("p q_j", positive=True)
    steps = (
        definition(
            "nearest",
            r"q_j = P(\text{example}\ j\ \text{is the nearest}),\quad \sum_{j\le N}q_j = 1",
            reason="The labels are independent of the inputs: +1 but for noise of probability p.",
        ),
        identity(
            "error",
            nearest * (p * (1 - p) + (1 - p) * p),
            nearest * 2 * p * (1 - p),
            uses=("nearest",),
            latex=r"q_j\,P(y \ne y_j) = q_j\,2p(1-p)",
            reason="One of two independent labels is noise.",
        ),
        theorem(
            "sum",
            "linearity",
            r"I = \sum_jq_j\,2p(1-p) = 2p(1-p),\qquad \hat I = 0",
            given={"summands": Assumed("cases", "one example is the nearest")},
            uses=("nearest", "error"),
            reason="For every N; in training each example is its own nearest neighbour.",
        ),
    )
    return Derivation(
        "real_data.nearest_neighbour",
        "One nearest neighbour does not generalise where labels are noisy",
        ("memo90/sec2-1nn",),
        "The training error is zero and the expected error 2p(1-p), whatever the number of examples (Cover and Hart).",
        steps,
        "",
        {},
        {},
        r"I - \hat I = 2p(1-p)\ \text{for every}\ N",
    )


DERIVATIONS = (normalised_loss, one_ray, change_of_support, nearest_neighbour, fixed_network, minimiser_of_the_risk)
