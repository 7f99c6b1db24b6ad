r"""What the flow does to the margin: the smoothed margin never falls, the hard one may; largest margin, least norm.

**Main results.** pnas20/lemma3-monotone and limit-margin-increases in the form that is true (the smoothed margin never
falls, in any of the flows), pnas20/eq10 with all its terms, pnas20/lemma4 and maxmargin-minnorm.

**Notation.**

=================  ====================================================  ==============
symbol             meaning                                               Python
=================  ====================================================  ==============
q_n                y_n f(W;x_n)                                          `q`
gamma              margin, min_n y_n f(V;x_n)                            `GAMMA`
ell                -log(N L) = -log sum_n e^(-q_n), for the mean         `ELL`
S                  (1/N) sum_n e^(-q_n) q_n                              `PULL`
T_k                tangential part of the gradient of L by W_k           `TANGENT`
smoothed margin    ell / rho                                             -
=================  ====================================================  ==============

**Conventions.** Exponential loss, averaged; networks linear, ReLU or leaky ReLU, off the kinks. N L < 1 means that the
loss is below that of a single example on the decision boundary; it implies that the network separates the data.

**References.** K. Lyu, J. Li, Gradient descent maximizes the margin of homogeneous neural networks, ICLR 2020, where
the norm of all weights stands for the product of the layers' norms.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, Step, definition, identity, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .kinematics import grad_fv
from .layer_terms import pull, setting

ELL, LOSS, PULL, RHO_K, TANGENT, GAMMA = sympy.symbols(r"\ell L S \rho_k T_k \gamma", positive=True)
RHO, K = sympy.symbols(r"\rho K", positive=True)
SEPARATED = {**setting(True), "assume": ("N*L < 1",)}

# the speed of a layer's tangential part in units of that of the gradient flow; the radial one is the same, or none
TURN = {"gradient": sympy.Integer(1), "constrained": RHO_K**2, "fixed-rho": RHO_K**2}
GROW = {"gradient": 1, "constrained": 1, "fixed-rho": 0}


# ---- the smoothed margin


def tangent(t: Terms, k: int) -> Value:
    """T_k = G_k - <G_k, V_k> V_k, with G_k the gradient of L by W_k."""
    force = t.grad(lambda t: t.L, "W", k)
    return force - t.dot(force, t.V(k)) * t.V(k)


def _split_of_the_force() -> Step:
    return world_identity(
        "split",
        r"\|\nabla_{W_k}L\|^2 = \frac{S^2}{\rho_k^2} + \|T_k\|^2,\qquad S=\frac1N\sum_n e^{-q_n}q_n",
        lambda t, k: t.dot(t.grad(lambda t: t.L, "W", k), t.grad(lambda t: t.L, "W", k)) * t.rho_k(k) ** 2,
        lambda t, k: pull(t, t.f) ** 2 + t.rho_k(k) ** 2 * t.dot(tangent(t, k), tangent(t, k)),
        family=Family(sums=2, width=3),
        uses=("structural_lemma.euler_identity",),
        reason="By Euler's identity the radial part of the gradient is -S/rho_k, the same S for every layer.",
    )


def _rates_of_a_layer(flow: str) -> tuple[Step, Step]:
    """What `GROW` and `TURN` say of a flow: the rate of rho_k, and the layer's share of the rate of L."""
    grow, turn = GROW[flow], 1 if TURN[flow] == 1 else 2
    norm = world_identity(
        "norm",
        r"\dot\rho_k = " + (r"S/\rho_k" if grow else "0"),
        lambda t, k: t.rho_k(k) * t.d(lambda t: t.rho_k(k), flow),
        lambda t, k: grow * pull(t, t.f),
        family=Family(width=3, flow=flow),
        uses=("split",),
        reason="The radial part of the layer's velocity.",
    )
    loss = world_identity(
        "loss",
        r"\langle\nabla_{W_k}L,\dot W_k\rangle = -\Big("
        + sympy.latex(GROW[flow] * PULL**2 / RHO_K**2 + TURN[flow] * TANGENT**2).replace("T_{k}^{2}", r"\|T_k\|^2")
        + r"\Big)",
        lambda t, k: t.rho_k(k) ** 2 * t.dot(t.grad(lambda t: t.L, "W", k), t.d(lambda t: t.W(k), flow)),
        lambda t, k: -(grow * pull(t, t.f) ** 2 + t.rho_k(k) ** (2 * turn) * t.dot(tangent(t, k), tangent(t, k))),
        family=Family(sums=2, width=4, flow=flow),
        uses=("split", "norm"),
        reason="The layer's share of the rate of the loss, part by part.",
    )
    return norm, loss


def _terms_of_the_loss() -> Step:
    return world_identity(
        "order",
        r"NL = \sum_n e^{-q_n},\qquad e^{-q_m} \le NL \le N\max_n e^{-q_n}",
        lambda t, k: t.L,
        lambda t, k: t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n))),
        family=Family(),
        reason="A sum of N positive terms is at least each of them, and at most N times the largest.",
    )


def _mean_output_bound() -> tuple[Step, Step, Step]:
    """S >= L ell, because every q_n is at least ell."""
    order = _terms_of_the_loss()
    least = theorem(
        "least",
        "monotone logarithm",
        r"q_n \ge \ell = -\log(NL)",
        given={"order": order},
        reason="Minus the logarithm turns the order around.",
    )
    mean = world_identity(
        "mean",
        r"S - L\,\ell = \frac1N\sum_n e^{-q_n}(q_n-\ell) \ge 0",
        lambda t, k: pull(t, t.f) - t.L * t.rho_k(k),
        lambda t, k: t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n)) * (t.y(n) * t.f(n) - t.rho_k(k))),
        family=Family(width=3),
        uses=("least",),
        reason="A mean is at least the bound. Both sides are linear in ell; rho_k stands for it in the check.",
    )
    return order, least, mean


def layer_term(flow: str) -> sympy.Expr:
    """A layer's share of rho d(ell/rho)/dt, when its gradient splits as S^2/rho_k^2 + T_k^2.

    -dL/dt over L from the layer's two parts, less ell d(log rho_k)/dt.
    """
    radial, turn = GROW[flow] * PULL**2 / RHO_K**2, TURN[flow] * TANGENT**2
    return (radial + turn) / LOSS - ELL * GROW[flow] * PULL / RHO_K**2


def _smoothed(flow: str) -> Derivation:
    order = _mean_output_bound()
    known = TURN[flow] * TANGENT**2 / LOSS + GROW[flow] * PULL * (PULL - LOSS * ELL) / (RHO_K**2 * LOSS)
    share = identity(
        "share",
        layer_term(flow),
        known,
        uses=("norm", "loss"),
        latex=r"\rho\,\frac{d}{dt}\frac\ell\rho = \frac{-\dot L}{L} - \ell\sum_k\frac{\dot\rho_k}{\rho_k} = \sum_k\Big("
        + sympy.latex(known)
        + r"\Big)",
        reason="Chain rule; each layer's rates are known from its radial and its tangential part.",
    )
    sign = theorem(
        "sign",
        "positive sums",
        r"\frac{d}{dt}\Big(\frac{-\log(NL)}{\rho}\Big) \ge 0",
        given={"positive factors": Assumed("assume", "N L < 1, so that ell > 0 and S >= L ell > 0")},
        uses=("share", "mean"),
        reason="No term of the sum is negative.",
    )
    name = flow.replace("-", "_")
    return Derivation(
        f"margins.smoothed_margin_{name}",
        f"The smoothed margin never falls, {flow} flow",
        ("pnas20/lemma3-monotone", "pnas20/limit-margin-increases", "pnas20/fig3-theory"),
        "The margin of the papers is that of one example, and the other examples may push it down. What the flow "
        "raises is a soft minimum, -log(N L)/rho, which never lies above the margin and at most log(N)/rho below it: "
        "as the norms grow the two become one. It takes no dominating support vector, only a loss small enough.",
        (_split_of_the_force(), *_rates_of_a_layer(flow), *order, share, sign),
        f"d_{name}(-log(N*L)/rho) >= 0",
        {},
        SEPARATED,
    )


@cache
def smoothed_margin_gradient() -> Derivation:
    return _smoothed("gradient")


@cache
def smoothed_margin_constrained() -> Derivation:
    return _smoothed("constrained")


@cache
def smoothed_margin_fixed_rho() -> Derivation:
    return _smoothed("fixed-rho")


@cache
def smoothed_margin_is_close() -> Derivation:
    order = _terms_of_the_loss()
    close = theorem(
        "close",
        "monotone logarithm",
        r"\frac{-\log(NL)}{\rho} \le \gamma \le \frac{-\log(NL)}{\rho} + \frac{\log N}{\rho}",
        given={"order": order},
        reason="The largest term is e^{-rho gamma}, that of the smallest margin.",
    )
    return Derivation(
        "margins.smoothed_margin_is_close",
        "The smoothed margin is the margin, up to log(N)/rho",
        ("pnas20/lemma3-propto",),
        "Between the hard and the soft minimum lies at most the logarithm of the number of examples, over the norm.",
        (order, close),
        "",
        {},
        setting(True),
        r"\gamma - \frac{\log N}{\rho} \le \frac{-\log(NL)}{\rho} \le \gamma",
    )


# ---- the hard margin


def output_speed(t: Terms, k: int) -> Value:
    """Layer k's share of y_1 d f(V;x_1)/dt: <y_1 grad f(V;x_1), dV_k>."""
    return t.y(1) * t.dot(grad_fv(t, 1, k), t.d(lambda t: t.V(k), "gradient"))


def output_pulls(t: Terms, k: int) -> Value:
    """rho/rho_k^2 (1/N) sum_n e^(-q_n) y_1 y_n (<grad f_1, grad f_n> - f_1 f_n), all at V."""
    inner = pull(t, lambda n: t.y(1) * (t.dot(grad_fv(t, 1, k), grad_fv(t, n, k)) - t.fV(1) * t.fV(n)))
    return t.rho / t.rho_k(k) ** 2 * inner


@cache
def hard_margin() -> Derivation:
    rate = world_identity(
        "rate",
        r"\Big\langle y_1\frac{\partial f(V;x_1)}{\partial V_k},\dot V_k\Big\rangle = \frac{\rho}{\rho_k^2}\frac1N"
        r"\sum_n e^{-q_n}\,y_1y_n\Big(\Big\langle\frac{\partial f(V;x_1)}{\partial V_k},"
        r"\frac{\partial f(V;x_n)}{\partial V_k}\Big\rangle - f(V;x_1)f(V;x_n)\Big)",
        output_speed,
        output_pulls,
        family=Family(marked=1, width=4),
        uses=("rho_v_dynamics.v_law_gradient_mean",),
        reason="The law of V_k, contracted with the gradient of the first output.",
    )
    own = theorem(
        "own",
        "Cauchy-Schwarz",
        r"\Big\|\frac{\partial f(V;x_1)}{\partial V_k}\Big\|^2 \ge f(V;x_1)^2",
        given={"inner product": Assumed("domain", "f(V;x_1) = <V_k, grad f(V;x_1)> and |V_k| = 1")},
        uses=("structural_lemma.euler_identity",),
        reason="The example's own term is not negative.",
    )
    return Derivation(
        "margins.hard_margin",
        "The rate of one example's normalised output",
        ("pnas20/eq10", "pnas20/eq10-cauchy"),
        "PNAS (10) keeps the term n = 1 alone, which is a square. The other terms have no sign. Where the first "
        "example's tangential gradient is small against e^{-rho Delta_n}, which happens near every maximum of its "
        "margin, they decide, and the margin can fall however large rho is.",
        (rate, own),
        "",
        {},
        setting(True, "gradient"),
        r"y_1\dot f(V;x_1) = \sum_k\frac{\rho}{\rho_k^2}\frac1N\sum_n e^{-q_n}y_1y_n\big(\langle\nabla_k f_1,"
        r"\nabla_kf_n\rangle - f_1f_n\big)",
    )


# ---- stationary directions and the conditions of the largest margin


@cache
def stationary_directions_are_nearly_optimal() -> Derivation:
    gap = sympy.Symbol("x", nonnegative=True)
    weighted = gap * sympy.exp(-RHO * gap)
    at_rest = world_identity(
        "at-rest",
        r"\frac{\dot V_k}{\rho} = \frac1N\sum_n e^{-\rho q_n}y_n\frac{\partial f(V;x_n)}{\partial V_k} - "
        r"\frac{2\lambda_k}{\rho}V_k,\qquad q_n = y_nf(V;x_n)",
        lambda t, k: t.d(lambda t: t.V(k), "fixed-rho") / t.rho,
        lambda t, k: pull(t, lambda n: grad_fv(t, n, k)) - 2 * t.lam(k) / t.rho * t.V(k),
        family=Family(width=3, flow="fixed-rho"),
        uses=("rho_v_dynamics.multiplier",),
        reason="The law of V_k with its multiplier. At rest the left side is zero: the gradient of the Lagrangian of "
        "the margin problem vanishes, with the positive multipliers e^{-rho (q_n - gamma)} up to a common factor.",
    )
    turning = identity(
        "turning",
        sympy.diff(weighted, gap),
        (1 - RHO * gap) * sympy.exp(-RHO * gap),
        uses=("at-rest",),
        latex=r"\frac{d}{dx}\,xe^{-\rho x} = (1-\rho x)e^{-\rho x}",
        reason="Rises to x = 1/rho and falls from there.",
    )
    slack = identity(
        "slack",
        weighted.subs(gap, 1 / RHO),
        1 / (sympy.E * RHO),
        uses=("turning",),
        latex=r"0 \le e^{-\rho(q_n-\gamma)}(q_n-\gamma) \le \frac1{e\rho}",
        reason="Complementary slackness holds up to 1/(e rho), and exactly in the limit.",
    )
    return Derivation(
        "margins.stationary_directions_are_nearly_optimal",
        "Stationary directions meet the conditions of a largest margin",
        ("pnas20/eq5", "pnas20/eq5-limit", "pnas20/asymptotic-is-max-margin", "pnas20/eq15", "pnas20/thm4-7"),
        "The problem max gamma subject to y_n f(V;x_n) >= gamma and |V_k| = 1 has the Karush-Kuhn-Tucker conditions: "
        "the gradients of the outputs, with multipliers that are not negative and vanish beyond the smallest margin, "
        "add up to a multiple of each V_k. Directions at rest meet them but for a slack of 1/(e rho). This is what the "
        "flow guarantees in the limit. It is a condition of first order: met by every local maximum of the margin, by "
        "saddles too, and, with several support vectors, by their weighted mean and not by each of them.",
        (at_rest, turning, slack),
        "",
        {},
        setting(True, "fixed-rho"),
        r"\sum_n\alpha_ny_n\frac{\partial f(V;x_n)}{\partial V_k} = \mu V_k,\quad \alpha_n\ge0,\quad "
        r"\alpha_n(q_n-\gamma)\to0",
    )


# ---- the largest margin and the least norm


@cache
def largest_margin_is_least_norm() -> Derivation:
    scale = definition(
        "scale",
        r"y_nf(W;x_n) \ge 1\ \forall n \iff \rho\,\gamma(V) \ge 1",
        uses=("structural_lemma.factorisation",),
        reason="Every output is rho times the normalised one; gamma is the smallest of these.",
    )
    mean = theorem(
        "mean",
        "arithmetic and geometric mean",
        r"\frac12\sum_k\rho_k^2 \ge \frac K2\,\rho^{2/K} \ge \frac K2\,\gamma(V)^{-2/K}",
        given={"nonnegative numbers": Assumed("domain", "squares of norms")},
        uses=("scale",),
        reason="With equality where all norms are equal and rho = 1/gamma(V).",
    )
    power = sympy.Rational(1, 2) * K * GAMMA ** (-2 / K)
    falls = identity(
        "falls",
        sympy.diff(power, GAMMA),
        -(GAMMA ** (-2 / K - 1)),
        uses=("mean",),
        latex=r"\frac{d}{d\gamma}\Big(\frac K2\gamma^{-2/K}\Big) = -\gamma^{-2/K-1} < 0",
        reason="The least norm for given directions falls with their margin.",
    )
    return Derivation(
        "margins.largest_margin_is_least_norm",
        "Largest margin at unit norms, least norm at margin one",
        ("pnas20/lemma4", "pnas20/maxmargin-minnorm"),
        "The two problems have the same directions V, and in the second one the norms are all equal to gamma^{-1/K}. "
        "The equivalence is one of global optima, and of local ones direction by direction. The lemma asks for the "
        "least norm of every layer at once; what can be asked for is the least sum of squares, or the least product.",
        (scale, mean, falls),
        "",
        {},
        setting(True),
        r"\min\Big\{\tfrac12\sum_k\|W_k\|^2 : y_nf(W;x_n)\ge1\Big\} = \tfrac K2\,\gamma_*^{-2/K},\qquad "
        r"\gamma_* = \max_{\|V_k\|=1}\min_n y_nf(V;x_n)",
    )


DERIVATIONS = (
    smoothed_margin_gradient,
    smoothed_margin_constrained,
    smoothed_margin_fixed_rho,
    smoothed_margin_is_close,
    hard_margin,
    stationary_directions_are_nearly_optimal,
    largest_margin_is_least_norm,
)
