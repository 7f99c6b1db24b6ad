r"""Linear networks: where one layer ends, how fast its norm grows, and how neighbouring layers are tied together.

**Main results.** pnas20/soudry, srebro-confirmed (memo90/sec4-exp-limit, eq4): one layer ends in the hard-margin
direction with norm log(t)/gamma; pnas20/two-layer-relation: stationary directions of neighbouring layers share their
Gram matrices, hence have rank one.

**Notation.**

==============  ====================================================  ==============
symbol          meaning                                               Python
==============  ====================================================  ==============
z_n             y_n x_n                                               -
gamma, u        largest margin of a unit vector, and that vector      -
g_k             derivative of f(V;x_n) by V_k                         `grad_fv`
r_k             V_k f(V;x_n) - g_k, residual of stationarity          `residual`
==============  ====================================================  ==============

**Conventions.** No biases, one output, V_k of unit norm.

**References.** D. Soudry et al., The implicit bias of gradient descent on separable data, JMLR 19 (2018).
"""

from __future__ import annotations

from functools import cache

from .book.derivation import Assumed, Derivation, Step, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .kinematics import grad_fv
from .layer_terms import pull

LINEAR = {"network": "linear", "output_activation": False}
ONE_LAYER = {**LINEAR, "layers": 1, "loss": "exponential", "weight_decay": 0, "flow": "gradient", "data": "separable"}
BIAS = {
    "one linear layer": Assumed("layers"),
    "separable data": Assumed("data"),
    "exponential tail": Assumed("loss"),
    "gradient flow without decay": Assumed("weight_decay"),
}


# ---- one layer


def _law() -> Step:
    return world_identity(
        "law",
        r"\dot w = \frac1N\sum_n e^{-z_n\cdot w}z_n",
        lambda t, k: t.d(lambda t: t.W(k), "gradient").flat(),
        lambda t, k: pull(t, t.x),
        family=Family(layers="single"),
        uses=("rho_v_dynamics.gradient_flow_mean",),
        reason="The gradient of w.x_n is x_n: w moves in the span of the inputs, and every z_n pulls it to itself.",
    )


@cache
def one_layer_direction() -> Derivation:
    end = theorem(
        "end",
        "max-margin bias",
        r"\frac{w(t)}{\|w(t)\|} \to u = \arg\max_{|v|=1}\min_n z_n\cdot v",
        given=BIAS,
        uses=("law",),
        reason="The loss tends to zero, |w| to infinity; e^{-z_n.w} leaves only the support vectors, "
        "whose positive combination the direction then is: the optimality condition of the hard margin.",
    )
    return Derivation(
        "linear_networks.one_layer_direction",
        "One layer ends in the hard-margin direction",
        ("pnas20/soudry", "pnas20/srebro-confirmed", "memo90/sec4-exp-limit", "memo90/sec11-normalised-limit"),
        "For a single linear layer the implicit bias is a theorem, for every start: no regulariser, no condition on "
        "the size of w. It is what the papers want of deep networks.",
        (_law(), end),
        "limit(V[1]) == svm",
        {},
        ONE_LAYER,
    )


@cache
def one_layer_norm() -> Derivation:
    growth = theorem(
        "growth",
        "max-margin bias",
        r"\|w(t)\| = \frac{\log t}{\gamma} + O(\log\log t)",
        given=BIAS,
        uses=("law",),
        reason="On the ray w = R u the law is R' = c e^{-gamma R}, whose solution is (1/gamma) log t and a constant.",
    )
    return Derivation(
        "linear_networks.one_layer_norm",
        "The norm of one layer grows like log(t) over the margin",
        ("pnas20/thm4-6-one-layer", "memo90/sec4-norm-diverges", "memo90/eq4"),
        "PNAS says that rho is proportional to log t; the factor is the inverse of the largest margin. The correction "
        "is of the order log log t, so that the ratio tends to one, slowly.",
        (_law(), growth),
        "asymptotic(rho[1], log(t)/max_margin)",
        {},
        ONE_LAYER,
    )


# ---- neighbours


def residual(t: Terms, k: int) -> Value:
    """V_k f(V;x_1) - g_k, zero where the direction is stationary for the first example alone."""
    return t.V(k) * t.fV(1) - grad_fv(t, 1, k)


@cache
def neighbouring_layers() -> Derivation:
    relation = world_identity(
        "relation",
        r"f(V;x_n)\big(V_kV_k^T - V_{k+1}^TV_{k+1}\big) = r_kV_k^T - V_{k+1}^Tr_{k+1},\qquad r_k = V_kf(V;x_n) - g_k",
        lambda t, k, j: t.fV(1) * (t.V(k) @ t.V(k).T - t.V(j).T @ t.V(j)),
        lambda t, k, j: residual(t, k) @ t.V(k).T - t.V(j).T @ residual(t, j),
        family=Family(layers="next", gated=False, sums=0, marked=1, width=3),
        uses=("reductions.neighbouring_layers",),
        reason="g_k V_k^T = V_{k+1}^T g_{k+1}: both are what a change of basis between the two layers does to f.",
    )
    tied = theorem(
        "tied",
        "specialisation",
        r"r_k = r_{k+1} = 0,\ f(V;x_n)\ne0 \;\Rightarrow\; V_kV_k^T = V_{k+1}^TV_{k+1}",
        given={"relations respected": Assumed("domain", "both residuals vanish and the output does not")},
        uses=("relation",),
        reason="The right side is zero.",
    )
    return Derivation(
        "linear_networks.neighbouring_layers",
        "What ties neighbouring layers together",
        ("pnas20/two-layer-relation",),
        "Where the directions of two neighbours are stationary for one support vector, their Gram matrices agree. With "
        "one output the last Gram matrix has rank one, so all have: every V_k is an outer product of unit vectors, and "
        "the network is one linear unit passed on. Training reaches the same by another way: W_{k+1}^T W_{k+1} - W_k "
        "W_k^T is conserved, and small beside W as the norms grow.",
        (relation, tied),
        "fV[n]*(V[k] @ V[k].T - V[k+1].T @ V[k+1]) == (V[k]*fV[n] - grad(fV[n], V[k])) @ V[k].T "
        "- V[k+1].T @ (V[k+1]*fV[n] - grad(fV[n], V[k+1]))",
        {"k": "1..K-1", "n": "1..N"},
        LINEAR,
    )


DERIVATIONS = (one_layer_direction, one_layer_norm, neighbouring_layers)
