"""The laws of V_k and rho_k along four flows, one table; `rho_v_dynamics` lists these derivations."""

from __future__ import annotations

from functools import cache

from .book.derivation import Derivation, world_identity
from .book.terms import Terms, Value
from .layer_terms import PULL, family, front, front_latex, rho_rate, setting, v_rate

# ---- the laws of rho and V in the four flows

V_FACTOR = {
    "gradient": ("rho/rho[k]**2", r"\frac{\rho}{\rho_k^2}"),
    "constrained": ("rho", r"\rho"),
    "fixed-rho": ("rho", r"\rho"),
    "weight-norm": ("rho", r"\rho"),
}
V_CLAIMS = {
    "gradient": ("pnas20/unconstrained-rhoV", "memo90/eq43"),
    "constrained": ("pnas20/eq7", "memo90/eq49"),
    "fixed-rho": ("pnas20/eq3",),
    "weight-norm": ("pnas20/weight-norm", "pnas20/thm4-4"),
}
RHO_CLAIMS = {
    "gradient": ("pnas20/unconstrained-rhoV", "memo90/eq41"),
    "constrained": ("pnas20/eq6", "memo90/eq48"),
    "weight-norm": ("pnas20/weight-norm", "pnas20/thm4-4"),
}
STORY = {
    "gradient": "Gradient flow in W, seen in norms and directions. The memo's (41) and (43) drop the norms of "
    "the other "
    "layers and their rho_k; (43) also has |w~|, which is 1, where |w| is meant.",
    "constrained": "Descent in rho and V with the unit norms kept by multipliers: the radial part of the V gradient is "
    "taken away. The memo's (48) writes the product of the other norms with an index that runs over i, not k, "
    "and leaves "
    "out y_n; (49) keeps lambda_k instead of its value.",
    "fixed-rho": "The same as the constrained flow, with the norms held still.",
    "weight-norm": "W_k = g_k v_k/|v_k|, descent in g and v. Starting at |v_k| = 1 the norm of v_k stays 1, "
    "because its "
    "gradient is tangential, and the flow is the constrained one; started elsewhere the V equation carries 1/|v_k|^2.",
}


def _v_factor(t: Terms, k: int, flow: str) -> Value:
    return t.rho / t.rho_k(k) ** 2 if flow == "gradient" else t.rho


def _v_law(flow: str, average: bool) -> Derivation:
    text, latex = V_FACTOR[flow]
    step = world_identity(
        "law",
        rf"\dot V_k = {latex}\,{front_latex(average)}{PULL}\Big(\frac{{\partial f(V;x_n)}}{{\partial V_k}} "
        r"- V_k f(V;x_n)\Big)",
        lambda t, k: t.d(lambda t: t.V(k), flow),
        lambda t, k: _v_factor(t, k, flow) * v_rate(t, k),
        family=family(average, width=3),
        uses=("rho_v_dynamics.rates_of_norm_and_direction", "rho_v_dynamics.split_of_the_gradient"),
        reason="Project the force; Euler's identity gives the radial part V_k f(V) that is taken away.",
    )
    end = "mean" if average else "sum"
    return Derivation(
        f"rho_v_dynamics.v_law_{flow.replace('-', '_')}_{end}",
        f"The law of V_k, {flow} flow",
        V_CLAIMS[flow],
        STORY[flow],
        (step,),
        f"d(V[k]) == {text}*{front(average)}sum(n, exp(-rho*y[n]*fV[n])*y[n]*(grad(fV[n], V[k]) - fV[n]*V[k]))",
        {"k": "1..K"},
        setting(average, flow),
    )


def _rho_law(flow: str, average: bool) -> Derivation:
    step = world_identity(
        "law",
        rf"\dot\rho_k = \frac{{\rho}}{{\rho_k}}\,{front_latex(average)}{PULL} f(V;x_n)",
        lambda t, k: t.d(lambda t: t.rho_k(k), flow),
        rho_rate,
        family=family(average),
        uses=("rho_v_dynamics.rate_of_norm", "structural_lemma.euler_identity"),
        reason="The radial part of the force, by Euler's identity.",
    )
    end = "mean" if average else "sum"
    return Derivation(
        f"rho_v_dynamics.rho_law_{flow.replace('-', '_')}_{end}",
        f"The law of rho_k, {flow} flow",
        RHO_CLAIMS[flow],
        STORY[flow],
        (step,),
        f"d(rho[k]) == rho/rho[k]*{front(average)}sum(n, exp(-rho*y[n]*fV[n])*y[n]*fV[n])",
        {"k": "1..K"},
        setting(average, flow),
    )


@cache
def v_law_gradient_mean() -> Derivation:
    return _v_law("gradient", True)


@cache
def v_law_gradient_sum() -> Derivation:
    return _v_law("gradient", False)


@cache
def v_law_constrained_mean() -> Derivation:
    return _v_law("constrained", True)


@cache
def v_law_constrained_sum() -> Derivation:
    return _v_law("constrained", False)


@cache
def v_law_fixed_rho_mean() -> Derivation:
    return _v_law("fixed-rho", True)


@cache
def v_law_weight_norm_mean() -> Derivation:
    return _v_law("weight-norm", True)


@cache
def rho_law_gradient_mean() -> Derivation:
    return _rho_law("gradient", True)


@cache
def rho_law_gradient_sum() -> Derivation:
    return _rho_law("gradient", False)


@cache
def rho_law_constrained_mean() -> Derivation:
    return _rho_law("constrained", True)


@cache
def rho_law_constrained_sum() -> Derivation:
    return _rho_law("constrained", False)


@cache
def rho_law_weight_norm_mean() -> Derivation:
    return _rho_law("weight-norm", True)
