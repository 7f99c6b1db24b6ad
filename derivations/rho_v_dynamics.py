r"""Norms and directions of the layers along four flows: gradient, constrained, fixed-rho, weight-norm.

**Main results.** pnas20/eq1 and eq13 (memo90/eq6, eq31, eq37), pnas20/eq14 (memo90/eq39, eq40), pnas20/rel1-dvdw
and rel2-S (memo90/sec12.2-a to -e), memo90/sec12.2-chain, pnas20/unconstrained-rhoV, pnas20/eq3, eq7 and eq3-lambda,
pnas20/flows-differ-factor, pnas20/abs-same-critical-points, pnas20/weight-norm and thm4-4, memo90/eq41, eq43, eq50.

**Notation.**

====================  ================================================  ============  ===============
symbol                meaning                                           shape         Python
====================  ================================================  ============  ===============
W_k, V_k, rho_k       weights of layer k, W_k/|W_k|, |W_k|              r x c, 1      t.W t.V t.rho_k
S_k                   projector on the complement of V_k                on r x c      `tangent_part`
lambda_k              multiplier of the unit-norm constraint            scalar        t.lam
w, w~                 the memo's names of one vectorised layer and V_k  vector        t.W t.V
====================  ================================================  ============  ===============

**Conventions.** Exponential loss, labels +-1. `..._mean` is about L = (1/N) sum_n exp(-y_n f_n), as PNAS defines
it, `..._sum` about the plain sum of the memo. Multipliers belong to a penalty lambda_k |V_k|^2.

**References.** T. Salimans, D. Kingma, Weight normalization, NIPS 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .book.derivation import Derivation, definition, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .kinematics import DERIVATIONS as KINEMATICS
from .kinematics import tangent_part
from .layer_laws import (
    rho_law_constrained_mean,
    rho_law_constrained_sum,
    rho_law_gradient_mean,
    rho_law_gradient_sum,
    rho_law_weight_norm_mean,
    v_law_constrained_mean,
    v_law_constrained_sum,
    v_law_fixed_rho_mean,
    v_law_gradient_mean,
    v_law_gradient_sum,
    v_law_weight_norm_mean,
)
from .layer_terms import PULL, family, front, front_latex, pull, setting

# ---- the gradient flow in W


def _gradient_flow(average: bool) -> Derivation:
    name = "gradient_flow_" + ("mean" if average else "sum")
    descent = definition(
        "descent", r"\dot W_k = -\nabla_{W_k} L", reason="Gradient flow: learning rate absorbed in time."
    )
    law = world_identity(
        "law",
        rf"\dot W_k = {front_latex(average)}\sum_n y_n\frac{{\partial f(W;x_n)}}{{\partial W_k}} e^{{-y_n f(W;x_n)}}",
        lambda t, k: t.d(lambda t: t.W(k), "gradient"),
        lambda t, k: pull(t, lambda n: t.grad(lambda t: t.f(n), "W", k)),
        family=family(average),
        uses=("descent",),
        reason="Each exponential is its own derivative; the minus signs of the descent and of the exponent cancel.",
    )
    claims = ("pnas20/eq1", "pnas20/eq13") if average else ("memo90/eq6", "memo90/eq31", "memo90/eq37")
    return Derivation(
        f"rho_v_dynamics.{name}",
        "Gradient flow of the exponential loss",
        claims,
        "The flow that everything else is about. The memo sums the losses of the examples, PNAS averages them; the "
        "two flows differ by the factor 1/N throughout, a change of the unit of time.",
        (descent, law),
        f"d(W[k]) == {front(average)}sum(n, exp(-y[n]*f[n])*y[n]*grad(f[n], W[k]))",
        {"k": "1..K"},
        setting(average, "gradient"),
    )


@cache
def gradient_flow_mean() -> Derivation:
    return _gradient_flow(True)


@cache
def gradient_flow_sum() -> Derivation:
    return _gradient_flow(False)


@cache
def gradient_flow_with_decay() -> Derivation:
    decayed = Family(decay="any", average=False)
    law = world_identity(
        "law",
        r"\dot W_k = \sum_n y_n\frac{\partial f(W;x_n)}{\partial W_k}e^{-y_nf(W;x_n)} - 2\lambda W_k",
        lambda t, k: t.d(lambda t: t.W(k), "gradient"),
        lambda t, k: pull(t, lambda n: t.grad(lambda t: t.f(n), "W", k)) - 2 * t.decay(k) * t.W(k),
        family=decayed,
        uses=("rho_v_dynamics.gradient_flow_sum",),
        reason="The gradient of lambda |W_k|^2 is 2 lambda W_k.",
    )
    return Derivation(
        "rho_v_dynamics.gradient_flow_with_decay",
        "Gradient flow with weight decay",
        ("memo90/eq8", "memo90/eq24", "memo90/eq33"),
        "The memo adds lambda_k |W_k|^2 to the loss and then prints the force lambda_k W_k; the derivative of a square "
        "brings a factor 2. Its equations are those of the penalty (lambda_k/2) |W_k|^2.",
        (law,),
        "d(W[k]) == sum(n, exp(-y[n]*f[n])*y[n]*grad(f[n], W[k])) - 2*decay*W[k]",
        {"k": "1..K"},
        {**setting(False, "gradient"), "weight_decay": "any"},
    )


# ---- the constraint


@cache
def multiplier() -> Derivation:
    fam = family(True)
    value = world_identity(
        "value",
        rf"-\tfrac12\Big\langle V_k, \frac{{\partial L}}{{\partial V_k}}\Big\rangle = \tfrac12\rho\,\frac1N{PULL} "
        "f(V;x_n)",
        lambda t, k: t.lam(k),
        lambda t, k: t.rho * pull(t, t.fV) / 2,
        family=fam,
        uses=("structural_lemma.euler_identity",),
        reason="The radial part of the gradient by V_k, by Euler's identity.",
    )
    stays = world_identity(
        "tangent",
        r"\langle V_k, \dot V_k\rangle = \Big\langle V_k, -\frac{\partial L}{\partial V_k} - 2\lambda_k V_k"
        r"\Big\rangle = 0",
        lambda t, k: t.dot(t.V(k), -t.grad(lambda t: t.L, "V", k) - 2 * t.lam(k) * t.V(k)),
        lambda t, k: t.number(0),
        family=fam,
        uses=("value",),
        reason="With this multiplier the motion is tangential to |V_k| = 1.",
    )
    rule = theorem(
        "rule",
        "multiplier rule",
        r"\dot V_k = -\frac{\partial L}{\partial V_k} - 2\lambda_k V_k",
        given={"tangency": stays},
        reason="So this is the multiplier of the penalty lambda_k |V_k|^2.",
    )
    return Derivation(
        "rho_v_dynamics.multiplier",
        "The multiplier of the unit norm",
        ("pnas20/eq3-lambda",),
        "The penalty lambda_k |V_k|^2 pulls with 2 lambda_k V_k; the unit norm is kept exactly if that cancels "
        "the radial "
        "part of the gradient. The value is the same for every layer.",
        (value, stays, rule),
        "lam[k] == 1/2*rho*1/N*sum(n, exp(-rho*y[n]*fV[n])*y[n]*fV[n])",
        {"k": "1..K"},
        {**setting(True), "flow": ("constrained", "fixed-rho")},
    )


@cache
def unit_norm_stays() -> Derivation:
    steps = tuple(
        world_identity(
            flow,
            r"\langle V_k, \dot V_k\rangle = 0",
            lambda t, k, flow=flow: t.dot(t.V(k), t.d(lambda t: t.V(k), flow)),
            lambda t, k: t.number(0),
            family=family(True),
            reason=f"Tangency, {flow} flow.",
        )
        for flow in ("gradient", "constrained", "fixed-rho", "weight-norm")
    )
    return Derivation(
        "rho_v_dynamics.unit_norm_stays",
        "V_k moves on the sphere",
        ("memo90/eq50", "memo90/sec13-norm-derivative"),
        "d|V_k|^2/dt = 2 <V_k, dV_k>: the memo's (50) leaves out the factor 2 that it writes a line earlier. Under "
        "the multiplier both vanish.",
        steps,
        "dot(V[k], d(V[k])) == 0",
        {"k": "1..K"},
        setting(True),
    )


# ---- the flows compared


@cache
def flows_differ_by_a_factor() -> Derivation:
    turning = world_identity(
        "turning",
        r"\dot V_k^{\rm constr} = \rho_k^2\,\dot V_k^{\rm grad}",
        lambda t, k: t.d(lambda t: t.V(k), "constrained"),
        lambda t, k: t.rho_k(k) ** 2 * t.d(lambda t: t.V(k), "gradient"),
        family=family(True, width=3),
        uses=("rho_v_dynamics.v_law_gradient_mean", "rho_v_dynamics.v_law_constrained_mean"),
        reason="The two laws side by side.",
    )
    return Derivation(
        "rho_v_dynamics.flows_differ_by_a_factor",
        "Constrained and gradient flow differ by rho_k^2 in V_k",
        ("pnas20/flows-differ-factor", "memo90/sec13-differs-from-gd"),
        "PNAS says that the equations differ by a factor rho^2. It is rho_k^2, the square of the layer's own "
        "norm; with "
        "rho the product of all norms the sentence is wrong for K > 1.",
        (turning,),
        "d_constrained(V[k]) == rho[k]**2*d_gradient(V[k])",
        {"k": "1..K"},
        setting(True),
    )


@cache
def norms_grow_alike() -> Derivation:
    growing = world_identity(
        "growing",
        r"\dot\rho_k^{\rm constr} = \dot\rho_k^{\rm grad}",
        lambda t, k: t.d(lambda t: t.rho_k(k), "constrained"),
        lambda t, k: t.d(lambda t: t.rho_k(k), "gradient"),
        family=family(True),
        uses=("rho_v_dynamics.rho_law_gradient_mean", "rho_v_dynamics.rho_law_constrained_mean"),
        reason="Both are the radial part of the same force.",
    )
    return Derivation(
        "rho_v_dynamics.norms_grow_alike",
        "Constrained and gradient flow move the norms alike",
        ("pnas20/unconstrained-rhoV",),
        "At one and the same point; along the two trajectories V differs in time, and with it the growth.",
        (growing,),
        "d_constrained(rho[k]) == d_gradient(rho[k])",
        {"k": "1..K"},
        setting(True),
    )


@cache
def same_stationary_directions() -> Derivation:
    factor = world_identity(
        "factor",
        r"\dot V_k^{\rm constr} = \rho_k^2\,\dot V_k^{\rm grad}",
        lambda t, k: t.d(lambda t: t.V(k), "constrained"),
        lambda t, k: t.rho_k(k) ** 2 * t.d(lambda t: t.V(k), "gradient"),
        family=family(True, width=3),
        uses=("rho_v_dynamics.flows_differ_by_a_factor",),
        reason="The factor between the two flows.",
    )
    cancel = world_identity(
        "cancel",
        r"\rho_k^2\cdot\rho_k^{-2}\,\dot V_k^{\rm constr} = \dot V_k^{\rm constr}",
        lambda t, k: t.rho_k(k) ** 2 * (t.d(lambda t: t.V(k), "gradient") / t.rho_k(k) ** 2),
        lambda t, k: t.d(lambda t: t.V(k), "gradient"),
        family=family(True),
        uses=("factor",),
        reason="rho_k is positive, so either side vanishes with the other.",
    )
    return Derivation(
        "rho_v_dynamics.same_stationary_directions",
        "The same stationary directions",
        ("pnas20/abs-same-critical-points", "pnas20/same-stationary-condition"),
        "A positive factor does not move a zero. Equal stationary directions at equal rho: nothing is said here about "
        "where either flow ends.",
        (factor, cancel),
        "iff(d_gradient(V[k]) == zeros_like(V[k]), d_constrained(V[k]) == zeros_like(V[k]))",
        {"k": "1..K"},
        setting(True),
    )


def _scaled_pull(t: Terms, k: int, what: Callable[[int], Value]) -> Value:
    """`pull` at weights g v_k/|v_k|, with v_k the letters of the layer and g the free letter K."""
    g = t.free("K") / t.rho_k(k)
    return t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n) * g) * t.y(n) * what(n))


@cache
def weight_norm_is_constrained() -> Derivation:
    fam, g = family(True), "K"

    def force(t: Terms, k: int) -> Value:  # the gradient of L by W_k at W_k = g v/|v|
        return -_scaled_pull(t, k, lambda n: t.grad(lambda t: t.f(n), "W", k))

    by_v = world_identity(
        "by-v",
        r"\frac{\partial L}{\partial v_k} = \frac{g_k}{\|v_k\|}\,S_k\,\frac{\partial L}{\partial W_k}",
        lambda t, k: t.grad(
            lambda t: t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n) * (t.free(g) / t.rho_k(k)))), "W", k
        ),
        lambda t, k: t.free(g) / t.rho_k(k) * tangent_part(t, force(t, k), k),
        family=fam,
        uses=("rho_v_dynamics.projector",),
        reason="Chain rule through v/|v|, whose derivative is S/|v|.",
    )
    stays = world_identity(
        "stays",
        r"\Big\langle v_k, \frac{\partial L}{\partial v_k}\Big\rangle = 0",
        lambda t, k: t.dot(t.V(k), tangent_part(t, force(t, k), k)),
        lambda t, k: t.number(0),
        family=fam,
        uses=("by-v",),
        reason="So |v_k| never changes along the flow: if it is 1 at the start, it stays 1 and v_k = V_k, g_k = rho_k.",
    )
    same = world_identity(
        "same",
        r"\dot W_k = \dot g_k V_k + g_k\dot V_k = -\langle G_k,V_k\rangle V_k - \rho_k^2 S_k G_k",
        lambda t, k: t.d(lambda t: t.W(k), "constrained"),
        _weight_norm_velocity,
        family=fam,
        uses=("stays",),
        reason="Put dg = -<G, V> and dv = -g S G at |v| = 1: the velocity of the constrained flow.",
    )
    return Derivation(
        "rho_v_dynamics.weight_norm_is_constrained",
        "Weight normalisation is the constrained flow",
        ("pnas20/weight-norm", "pnas20/thm4-4", "memo90/sec14-three-approaches"),
        "From |v_k| = 1 on. The gradient by v is orthogonal to v, so |v_k| never changes; started with another length "
        "the V equation runs slower by the factor 1/|v_k|^2.",
        (by_v, stays, same),
        "d_weight_norm(W[k]) == d_constrained(W[k])",
        {"k": "1..K"},
        setting(True),
    )


def _weight_norm_velocity(t: Terms, k: int) -> Value:
    g = t.grad(lambda t: t.L, "W", k)
    return -t.dot(g, t.V(k)) * t.V(k) - t.rho_k(k) ** 2 * tangent_part(t, g, k)


@cache
def gradient_flow_stays_in_span() -> Derivation:
    span = world_identity(
        "span",
        r"\dot W_k = \sum_n c_n \frac{\partial f(W;x_n)}{\partial W_k},\qquad "
        r"c_n = \frac1N y_n e^{-y_nf(W;x_n)}",
        lambda t, k: t.d(lambda t: t.W(k), "gradient"),
        lambda t, k: t.sum(lambda n: (t.mean * t.exp(-t.y(n) * t.f(n)) * t.y(n)) * t.grad(lambda t: t.f(n), "W", k)),
        family=family(True),
        uses=("rho_v_dynamics.gradient_flow_mean",),
        reason="The velocity is a combination of the gradients of f, with scalars c_n.",
    )
    return Derivation(
        "rho_v_dynamics.gradient_flow_stays_in_span",
        "W_k moves in the span of the gradients of f",
        ("memo90/sec5.1-span",),
        "At each moment. The gradients move as well, so over a time interval the change of W_k lies in no fixed span "
        "unless the layer sees a linear model.",
        (span,),
        "",
        {},
        setting(True, "gradient"),
        r"\dot W_k \in \mathrm{span}_n\big\{\partial f(W;x_n)/\partial W_k\big\}",
    )


DERIVATIONS = (
    *KINEMATICS,
    gradient_flow_mean,
    gradient_flow_sum,
    gradient_flow_with_decay,
    v_law_gradient_mean,
    v_law_gradient_sum,
    v_law_constrained_mean,
    v_law_constrained_sum,
    v_law_fixed_rho_mean,
    v_law_weight_norm_mean,
    rho_law_gradient_mean,
    rho_law_gradient_sum,
    rho_law_constrained_mean,
    rho_law_constrained_sum,
    rho_law_weight_norm_mean,
    multiplier,
    unit_norm_stays,
    flows_differ_by_a_factor,
    norms_grow_alike,
    same_stationary_directions,
    weight_norm_is_constrained,
    gradient_flow_stays_in_span,
)
