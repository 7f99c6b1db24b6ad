r"""Data that no hyperplane separates: one linear layer comes to rest at a finite point, which is hyperbolic.

**Main results.** memo90/sec14-finite-w, sec14-balance, eq61; eq62, eq62-wstar and eq63 for two examples on a line.

**Notation.** z_n = y_n x_n; c > 0 the least over unit vectors v of max_n (-z_n.v); p, q > 0 the sizes of two opposing
z's on a line.

**Conventions.** One linear layer, exponential loss, inputs in general position. Then data without a separating
hyperplane have in every direction v an example on its wrong side, z_n.v < 0: by Gordan some c >= 0, not 0, has
sum_n c_n z_n = 0; if no z_n.v were negative, those with c_n > 0, more than d since they are dependent, would all lie in
the hyperplane orthogonal to v, where no d of them are independent.

**References.** J. M. Borwein, A. S. Lewis, Convex Analysis and Nonlinear Optimization (2006), Sec. 2.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, identity, theorem, world_identity
from .book.families import Family
from .linear_networks import LINEAR

P, Q = sympy.symbols("p q", positive=True)
W = sympy.Symbol("w", real=True)
SETTING = {**LINEAR, "layers": 1, "loss": "exponential", "weight_decay": 0, "flow": "gradient", "data": "nonseparable"}


@cache
def equilibrium() -> Derivation:
    curvature = world_identity(
        "curvature",
        r"\nabla^2L = \frac1N\sum_n e^{-z_n\cdot w}\,x_nx_n^T",
        lambda t, k: t.hess(lambda t: t.L, "W", k, k),
        lambda t, k: t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n)) * t.outer(t.x(n), t.x(n))),
        family=Family(layers="single"),
        uses=("hessians.exponential_mean",),
        reason="The output is linear in w, and y_n^2 = 1: positive definite where the inputs span the space.",
    )
    least = theorem(
        "least",
        "extreme values",
        r"c = \min_{|v|=1}\max_n(-z_n\cdot v) > 0",
        given={
            "continuous on a compact set": Assumed(
                "domain", "a maximum of finitely many linear functions, on the sphere"
            ),
            "positive at every point": Assumed("data", "every direction has an example on its wrong side"),
        },
        reason="A continuous positive function on the sphere is bounded away from zero.",
    )
    large = theorem(
        "large",
        "positive sums",
        r"L(w) \ge \tfrac1N e^{c\|w\|}",
        given={"positive factors": Assumed("domain", "exponentials")},
        uses=("least",),
        reason="The loss is at least the term of the worst example.",
    )
    rest = theorem(
        "rest",
        "convex descent",
        r"\text{one } w^* \text{ with } \nabla L(w^*) = 0,\quad w(t)\to w^*",
        given={"strictly convex": curvature, "bounded sublevel sets": large},
        reason="A strictly convex function with bounded sublevel sets has one minimum, to which descent leads.",
    )
    return Derivation(
        "nonseparable.equilibrium",
        "A finite and hyperbolic equilibrium",
        ("memo90/sec14-finite-w", "memo90/sec14-balance"),
        "What separable data do not have: the exponential loss of nonseparable data has a finite minimum. All examples "
        "take part in its equation, well classified or not, sum_n e^{-z_n.w} z_n = 0; the Hessian there is positive "
        "definite, so that the equilibrium is hyperbolic, in every direction that the inputs span.",
        (curvature, least, large, rest),
        "converges(W[1])",
        {},
        SETTING,
    )


@cache
def two_examples_on_a_line() -> Derivation:
    speed = P * sympy.exp(-P * W) - Q * sympy.exp(Q * W)
    balance = sympy.log(P / Q) / (P + Q)
    at_rest = identity(
        "balance",
        sympy.expand_log(sympy.log(P * sympy.exp(-P * W)) - sympy.log(Q * sympy.exp(Q * W)), force=True),
        sympy.log(P) - sympy.log(Q) - (P + Q) * W,
        latex=r"p\,e^{-pw} = q\,e^{qw} \iff w = w^* = \frac{\log(p/q)}{p+q}",
        reason="The logarithms of the two pulls differ by an affine function of w.",
    )
    found = identity(
        "found",
        sympy.expand_log(sympy.log(P) - sympy.log(Q) - (P + Q) * balance, force=True),
        0,
        uses=("balance",),
        latex=r"\log p - \log q - (p+q)\,w^* = 0",
        reason="Put w* in.",
    )
    slope = identity(
        "slope",
        sympy.diff(speed, W),
        -(P**2) * sympy.exp(-P * W) - Q**2 * sympy.exp(Q * W),
        uses=("balance",),
        latex=r"\frac{d\dot w}{dw} = -p^2e^{-pw} - q^2e^{qw} < 0",
        reason="Both terms are negative at every w.",
    )
    return Derivation(
        "nonseparable.two_examples_on_a_line",
        "Two examples that contradict each other",
        ("memo90/eq62", "memo90/eq62-wstar", "memo90/eq63"),
        "The smallest case: on a line, z_1 = p > 0 pulls to the right and z_2 = -q < 0 to the left. Averaging only "
        "changes the unit of time.",
        (at_rest, found, slope),
        "",
        {},
        {**SETTING, "examples": 2},
        r"w(t)\to\frac{\log(p/q)}{p+q}",
    )


DERIVATIONS = (equilibrium, two_examples_on_a_line)
