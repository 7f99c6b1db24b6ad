r"""Where the equilibria of deep linear networks go as the weight decay tends to zero.

**Main results.** pnas20/same-as-regularised (`deep_path`).

**Notation.** K layers, one output, w = W_K ... W_1; lambda the decay of every layer; ell, z_n, gamma, u as in
`stationarity`; R = |w|; s_n = exp(-z_n.w), or 1/(1 + exp(z_n.w)).

**What is general.** At an equilibrium with a layer that is not zero all layers are outer products of one norm, and w is
the equilibrium of one layer under the decay lambda R^(2/K - 2). What is known of one layer holds as soon as that
vanishes. It does where R stays away from zero: for two layers always, for more at minima. From three layers on there
are other equilibria, near zero, along the sum of the z_n, which are no minima; zero itself is one.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, Step, identity, theorem, world_identity
from .book.families import Family
from .book.terms import Terms

DECAY, R, K = sympy.symbols(r"\lambda R K", positive=True)
DEEP = {"network": "linear", "output_activation": False, "loss": ("exponential", "logistic"), "data": "separable"}


def _balance() -> Step:
    def left(t: Terms, k: int, j: int):
        force = [t.grad(lambda t: t.L, "W", i) for i in (k, j)]
        return t.W(j).T @ force[1] - force[0] @ t.W(k).T

    return world_identity(
        "balance",
        r"W_{k+1}^T\nabla_{W_{k+1}}L - \nabla_{W_k}L\,W_k^T = 2\lambda\big(W_{k+1}^TW_{k+1} - W_kW_k^T\big)",
        left,
        lambda t, k, j: 2 * t.decay(k) * (t.W(j).T @ t.W(j) - t.W(k) @ t.W(k).T),
        family=Family(layers="next", gated=False, decay="any", width=3),
        uses=("reductions.neighbouring_layers",),
        reason="A change of basis between two layers leaves the loss of the data as it is.",
    )


def _one_layer() -> tuple[Step, ...]:
    aligned = theorem(
        "aligned",
        "specialisation",
        r"W_{k+1}^TW_{k+1} = W_kW_k^T \;\Rightarrow\; W_k = \varrho\,u_ku_{k-1}^T,\quad |u_k| = 1,\quad R = \varrho^K",
        given={"relations respected": Assumed("domain", "the gradients by all layers vanish")},
        uses=("balance",),
        reason="W_K is a row, so that its Gram matrix has rank one; so have all, with the same eigenvalue.",
    )
    force = theorem(
        "force",
        "chain rule",
        r"0 = \nabla_{W_1}L = \varrho^{K-1}u_1\nabla\ell(w)^T + 2\lambda\varrho\,u_1u_0^T,\qquad "
        r"\nabla\ell(w) = -2\lambda R^{2/K-1}\,\frac{w}{|w|}",
        given={"differentiable": Assumed("domain", "w is the product of the layers")},
        uses=("aligned",),
        reason="w = R u_0.",
    )
    same = identity(
        "same",
        2 * (DECAY * R ** (2 / K - 2)) * R,
        2 * DECAY * R ** (2 / K - 1),
        uses=("force",),
        latex=r"\lambda' = \lambda R^{2/K-2}:\qquad 2\lambda'R = 2\lambda R^{2/K-1}",
        reason="So w is stationary for one layer under the decay lambda', which has one such point.",
    )
    return aligned, force, same


def _away_from_zero() -> tuple[Step, ...]:
    t, rho, curve = sympy.symbols(r"t \varrho c", positive=True)
    slope, move = -2 * DECAY * rho ** (2 - K), t**K - rho**K
    whole = slope * move + curve * move**2 / 2 + K * DECAY * t**2  # ell by its Taylor polynomial of degree two
    radial = identity(
        "radial",
        sympy.powsimp(sympy.expand(sympy.diff(whole, t, 2).subs(t, rho))),
        K**2 * curve * rho ** (2 * K - 2) - 2 * DECAY * K * (K - 2),
        uses=("force",),
        latex=r"\frac{d^2}{d\varrho^2}\Big[\ell(\varrho^Ku_0) + K\lambda\varrho^2\Big] = "
        r"K^2\varrho^{2K-2}\,\ell''(u_0,u_0) - 2\lambda K(K-2)",
        reason="All layers longer by one factor. At a minimum this is not negative.",
    )
    bound = theorem(
        "bound",
        "positive sums",
        r"\ell''(u_0,u_0) \le |z|^2\sum_ns_n \le \frac{|z|^2}{\gamma}|\nabla\ell(w)| = "
        r"\frac{|z|^2}{\gamma}2\lambda R^{2/K-1} \;\Rightarrow\; R \ge \frac{(K-2)\,\gamma}{K|z|^2}",
        given={"positive factors": Assumed("data", "separable: z_n.u >= gamma > 0 for all n")},
        uses=("radial",),
        reason="With |z| the largest length of an input; s_n(1 - s_n) is at most s_n; the gradient along u is at least "
        "gamma times the sum of the s_n.",
    )
    return radial, bound


def _vanishes() -> tuple[Step, ...]:
    far = theorem(
        "far",
        "monotone logarithm",
        r"\tfrac\gamma2e^{-R|z|} \le |\nabla\ell(w)| = 2\lambda R^{2/K-1} \to 0 \;\Rightarrow\; R\to\infty,\ "
        r"\lambda' = \lambda R^{2/K-2}\to0",
        given={"order": Assumed("domain", "K = 2, or R is bounded from below")},
        uses=("same", "bound"),
        reason="The least s_n is at least half of exp(-R|z|).",
    )
    rate = identity(
        "rate",
        sympy.expand_log(sympy.log(1 / (DECAY * R ** (2 / K - 2))), force=True),
        sympy.log(1 / DECAY).expand(force=True) + (2 - 2 / K) * sympy.log(R),
        uses=("same",),
        latex=r"\log\frac1{\lambda'} = \log\frac1\lambda + \Big(2-\frac2K\Big)\log R",
        reason="Beside R, log R is small: R/log(1/lambda) tends to what R/log(1/lambda') tends to.",
    )
    end = theorem(
        "end",
        "specialisation",
        r"\frac{w}{|w|} = V_K\cdots V_1 \to u,\qquad \min_ny_nf(V;x_n)\to\gamma,\qquad \frac{R}{\log(1/\lambda)}\to"
        r"\frac1\gamma",
        given={"relations respected": Assumed("domain", "w is the equilibrium of one layer")},
        uses=("far", "rate", "stationarity.path_direction", "stationarity.path_rate"),
        reason="What holds for one layer under the decay lambda', which vanishes.",
    )
    return far, rate, end


@cache
def deep_path() -> Derivation:
    return Derivation(
        "stationarity.deep_path",
        "Deep linear networks as the weight decay vanishes",
        ("pnas20/same-as-regularised",),
        "Every minimum of the penalised loss of a deep linear network that is not zero is that of one layer under "
        "another decay: layers of one norm, each an outer product. So the product of the layers ends in the direction "
        "of the largest margin, where the flow without decay ends too. From three layers on the limit is not that of "
        "every equilibrium: some tend to zero.",
        (_balance(), *_one_layer(), *_away_from_zero(), *_vanishes()),
        "limit(margin, decay) == max_margin",
        {},
        {**DEEP, "at": "minimum"},
    )
