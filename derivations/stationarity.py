r"""Where the regularised loss is stationary, and where such points go as the weight decay tends to zero.

**Main results.** memo90/sec11.1-limit-minnorm, lemma2-limit, sec7-kernel-no-regularisation, sec4-iterations-regularise
(`ridge_limit`); memo90/sec11.2-path-maxmargin, sec11.2-equilibrium-diverges, pnas20/same-as-regularised
(`path_direction`, `path_norm`; `deep_path` of `deep_paths`); memo90/eq24-kn (`coefficients`);
memo90/sec13-early-stopping-equivalence (`filters`); pnas20/psd-characterises-minimum (`one_example`).

**Notation.**

==========  =========================================================  ============
symbol      meaning                                                    Python
==========  =========================================================  ============
lambda      weight decay, of lambda |W|^2                              `DECAY`
w_lambda    the stationary point of L + lambda |w|^2, one layer        -
z_n         y_n x_n                                                    -
gamma, u    largest margin of a unit vector, and that vector           `GAMMA`
R, v, m     |w_lambda|, w_lambda/R, min_n z_n.v                        `R`, `M`
ell         sum_n exp(-z_n.w) or sum_n log(1 + exp(-z_n.w))            -
==========  =========================================================  ============

**Conventions.** One linear layer without bias and one output, but for `one_example`; sums over the examples, since
the mean only changes the unit of lambda. The penalty is strictly convex, so that every lambda > 0 has exactly one
stationary point, which is the minimum.

**References.** S. Rosset, J. Zhu, T. Hastie, Boosting as a regularized path to a maximum margin classifier, JMLR 5
(2004), Thm 3, proves the direction by compactness; here it comes with a rate.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, Step, identity, ring_identity, theorem, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .deep_paths import deep_path
from .exact.concrete import ConcreteWorld
from .exact.linear_algebra import pseudoinverse

DECAY, GAMMA, R, M, N, SIGMA = sympy.symbols(r"\lambda \gamma R m N \sigma", positive=True)
LINE = {"network": "linear", "layers": 1, "output_activation": False}
SEPARABLE = {**LINE, "loss": ("exponential", "logistic"), "data": "separable"}


# ---- least squares


def regression(examples: int = 2, inputs: int = 3) -> ConcreteWorld:
    """A linear model with weight decay and fewer examples than inputs, everything a letter."""
    return ConcreteWorld(
        network="linear", widths=[inputs, 1], examples=examples, loss="square", average=False, weight_decay="any"
    )


def _list(a) -> list:
    return list(a.reshape(-1))


def _normal_equations() -> Step:
    world = regression()
    x, w = world.constant("X"), world.layers[0].reshape(-1)
    slope = Terms(world).grad(lambda t: t.L, "W", 1).array.reshape(-1)
    pull = world.matmul(x.T, world.add(world.matmul(x, w), world.negate(world.constant("Y"))))
    right = world.scale(world.add(pull, world.scale(w, world.constant("decay"))), world.number(Fraction(2)))
    return ring_identity(
        "normal",
        r"\nabla(L+\lambda|w|^2) = 2\big((X^TX+\lambda)w - X^TY\big)",
        _list(slope),
        _list(right),
        reason="So w_lambda solves the normal equations.",
    )


def _pseudoinverse_solves() -> tuple[Step, Step]:
    world = regression()
    x, y = world.constant("X"), world.constant("Y")
    star = world.matmul(pseudoinverse(world, x), y)
    instance = ring_identity(
        "instance",
        r"X^TXX^+Y = X^TY",
        _list(world.matmul(x.T, world.matmul(x, star))),
        _list(world.matmul(x.T, y)),
        reason="Two inputs in three dimensions, entries letters.",
    )
    general = theorem(
        "solves",
        "Moore-Penrose",
        r"X^TXX^+ = X^T(XX^+)^T = (XX^+X)^T = X^T",
        uses=("instance",),
        given={"real matrix": Assumed("domain", "X is real")},
        reason="For any number of examples and inputs.",
    )
    return instance, general


def _ridge_bound() -> tuple[Step, Step]:
    gap, least = sympy.symbols(r"g w_*")
    apart = identity(
        "apart",
        (SIGMA**2 + DECAY) * gap,
        -DECAY * least,
        modulo=[(SIGMA**2 + DECAY) * (gap + least) - SIGMA**2 * least],
        uses=("normal", "solves"),
        latex=r"(X^TX+\lambda)(w_\lambda - X^+Y) = X^TY - X^TXX^+Y - \lambda X^+Y = -\lambda X^+Y",
        reason="Along a right singular vector with singular value sigma, where g and w_* are the components.",
    )
    bound = theorem(
        "bound",
        "spectral theorem",
        r"|w_\lambda - X^+Y| \le \frac{\lambda}{\sigma_{\min}^2+\lambda}\,|X^+Y| \to 0",
        given={"symmetric matrix": Assumed("domain", "X^T X, with sigma_min the least nonzero singular value of X")},
        uses=("apart",),
        reason="X^+Y lies in the range of X^T, where X^T X + lambda is at least sigma_min^2 + lambda.",
    )
    return apart, bound


@cache
def ridge_limit() -> Derivation:
    return Derivation(
        "stationarity.ridge_limit",
        "Least squares as the weight decay vanishes",
        (
            "memo90/sec11.1-limit-minnorm",
            "memo90/lemma2-limit",
            "memo90/sec7-kernel-no-regularisation",
            "memo90/sec4-iterations-regularise",
            "memo90/sec13-early-stopping-equivalence",
        ),
        "For every positive decay one equilibrium, whatever the start; its distance to the interpolant of least norm "
        "is of order lambda. The flow without decay ends there from a start without a part in the kernel of X only.",
        (_normal_equations(), *_pseudoinverse_solves(), *_ridge_bound()),
        "limit(vec(W[1]), decay) == min_norm",
        {},
        {**LINE, "loss": "square"},
    )


def filters() -> dict[str, Fraction]:
    """What least squares keeps along a singular vector: the flow from zero at time t, and the decay that keeps as much.

    The flow keeps 1 - exp(-2 s t) of the component, ridge regression s/(s + lambda), with s the squared singular value.
    """
    t, s, decay = sympy.symbols("t s lambda", positive=True)
    flow, ridge = 1 - sympy.exp(-2 * s * t), s / (s + decay)
    strength = s / (sympy.exp(2 * s * t) - 1)
    if sympy.simplify(ridge.subs(decay, strength) - flow) != 0:
        raise ValueError("not the decay that keeps as much")
    half = sympy.log(2) / 2

    def at(square: int) -> Fraction:
        return _fraction(strength.subs({s: square, t: half}))

    def early(square: int) -> Fraction:
        return _fraction(sympy.limit((t * strength).subs(s, square), t, 0))

    return {
        "strength": at(1),
        "other_strength": at(2),
        "early_product": early(1),
        "other_early_product": early(2),
        "late_flow": _fraction(sympy.limit(flow.subs(s, 1), t, sympy.oo)),
        "late_ridge": _fraction(sympy.limit(ridge.subs(s, 1), decay, 0)),
    }


def _fraction(value: sympy.Expr) -> Fraction:
    exact = sympy.simplify(value)
    if not exact.is_Rational:
        raise ValueError(f"{exact} is not rational")
    return Fraction(int(exact.p), int(exact.q))


# ---- exponential tails


def _force(t: Terms) -> Value:
    total = t.sum(lambda n: t.exp(-t.y(n) * t.f(n)) * t.y(n) * t.x(n))
    return Value(t.world, total.array.reshape(t.W(1).array.shape), total.load)


def _stationary(average: bool = False) -> Step:
    front = r"\frac1N" if average else ""
    return world_identity(
        "stationary",
        r"\nabla(L+\lambda|w|^2) = 2\lambda w - " + front + r"\sum_n e^{-z_n\cdot w}z_n",
        lambda t, k: t.grad(lambda t: t.L, "W", k),
        lambda t, k: 2 * t.decay(1) * t.W(1) - t.mean * _force(t),
        family=Family(layers="single", average=average, decay="any"),
        reason="Where it vanishes, w is a combination of the z_n with the losses over 2 lambda as coefficients.",
    )


def _comparison() -> tuple[Step, ...]:
    """The two bounds on the loss, and what they say of the margin."""
    best = theorem(
        "best",
        "convexity",
        r"\ell(w_\lambda) + \lambda R^2 \le \ell(Ru) + \lambda R^2",
        given={"convex function": Assumed("domain", "exp(-z) and log(1 + exp(-z)) are convex, and so is |w|^2")},
        uses=("stationary",),
        reason="w_lambda is the minimum, and R u has the same length.",
    )
    tails = theorem(
        "tails",
        "logarithm bounds",
        r"\tfrac12 e^{-q} \le \log(1+e^{-q}) \le e^{-q}\ (q\ge0),\qquad \tfrac12e^{-Rm} \le \ell(w_\lambda) \le "
        r"\ell(Ru) \le Ne^{-R\gamma}",
        given={"positive number": Assumed("domain", "e^{-q}, at most 1 where q >= 0")},
        uses=("best",),
        reason="One example has the margin m; all of u's are gamma or more. Where m < 0 the left side is log 2 at "
        "least, which the right side excludes once R gamma > log(2N).",
    )
    margin = theorem(
        "margin",
        "monotone logarithm",
        r"m \ge \gamma - \frac{\log(2N)}{R}",
        given={"order": tails},
        reason="Logarithms of both ends.",
    )
    return best, tails, margin


def _direction() -> tuple[Step, ...]:
    a, b = sympy.symbols("u_i v_i")
    law = identity(
        "parallelogram",
        (a - b) ** 2,
        2 * a**2 + 2 * b**2 - (a + b) ** 2,
        latex=r"|u-v|^2 = 4 - |u+v|^2",
        reason="Coordinate by coordinate, for two unit vectors.",
    )
    middle = theorem(
        "middle",
        "positive sums",
        r"\gamma\,|u+v| \ge \min_n z_n\cdot(u+v) \ge \gamma + m",
        given={
            "positive factors": Assumed(
                "domain", "gamma is the largest margin of a unit vector, so that of u + v is at most gamma |u + v|"
            )
        },
        uses=("parallelogram",),
        reason="Margins are minima, so those of sums are at least the sums of margins.",
    )
    slack = sympy.Symbol("epsilon", positive=True)
    close = identity(
        "close",
        4 - ((2 * GAMMA - slack) / GAMMA) ** 2,
        4 * slack / GAMMA - (slack / GAMMA) ** 2,
        uses=("parallelogram", "middle", "margin"),
        latex=r"|u-v|^2 \le 4 - \Big(\frac{\gamma+m}{\gamma}\Big)^2 \le \frac{4(\gamma-m)}{\gamma} \le "
        r"\frac{4\log(2N)}{\gamma R}",
        reason="With epsilon = gamma - m; a square was dropped.",
    )
    return law, middle, close


def _divergence() -> tuple[Step, Step]:
    pull = theorem(
        "pull",
        "positive sums",
        r"2\lambda R \ge 2\lambda\,w_\lambda\cdot u = \sum_n e^{-z_n\cdot w_\lambda}z_n\cdot u "
        r"\ge \gamma\sum_n e^{-z_n\cdot w_\lambda} \ge \gamma e^{-R|z|}",
        given={"positive factors": Assumed("data", "separable: z_n.u >= gamma > 0 for all n")},
        uses=("stationary",),
        reason="With |z| the largest length of an input; for the logistic loss the slopes are at least half of that.",
    )
    grows = theorem(
        "grows",
        "monotone logarithm",
        r"R|z| + \log R \ge \log\frac1\lambda + \log\frac\gamma4 \to \infty",
        given={"order": pull},
        reason="The left side increases with R.",
    )
    return pull, grows


@cache
def path_direction() -> Derivation:
    return Derivation(
        "stationarity.path_direction",
        "The regularisation path ends in the direction of the largest margin",
        ("memo90/sec11.2-path-maxmargin", "pnas20/same-as-regularised"),
        "One linear layer on separable data under the exponential or the logistic loss. Compared with R u, the maximal "
        "margin at its own length, the equilibrium has almost that margin; the longer it is, the nearer.",
        (_stationary(), *_comparison(), *_divergence(), *_direction()),
        "limit(V[1], decay) == svm",
        {},
        SEPARABLE,
    )


@cache
def path_norm() -> Derivation:
    return Derivation(
        "stationarity.path_norm",
        "The equilibrium escapes to infinity as the weight decay vanishes",
        ("memo90/sec11.2-equilibrium-diverges",),
        "On separable data every weight vector is pulled along the separator, so that a small decay has to be met by "
        "a long vector: R grows like log(1/lambda).",
        (_stationary(), *_divergence()),
        "limit(1/rho, decay) == 0",
        {},
        SEPARABLE,
    )


def _rate() -> tuple[Step, ...]:
    below = theorem(
        "below",
        "positive sums",
        r"2\lambda R \ge \gamma\sum_n e^{-z_n\cdot w_\lambda} \ge \gamma e^{-Rm} \ge \gamma e^{-R\gamma}",
        given={"positive factors": Assumed("data", "separable: z_n.u >= gamma > 0 for all n")},
        uses=("stationary",),
        reason="The product with u; one example has the margin m, which is at most gamma. Logistic: half of that.",
    )
    above = theorem(
        "above",
        "Cauchy-Schwarz",
        r"2\lambda R = \Big|\sum_n e^{-z_n\cdot w_\lambda}z_n\Big| \le |z|\sum_n e^{-z_n\cdot w_\lambda} \le "
        r"2N|z|e^{-R\gamma}",
        given={"inner product": Assumed("domain", "the Euclidean one")},
        uses=("tails",),
        reason="With |z| the largest length of an input; the sum of the exponentials is the loss, or at most twice it.",
    )
    rate = theorem(
        "rate",
        "monotone logarithm",
        r"\gamma R + \log R = \log\frac1\lambda + O(1),\qquad \frac{R}{\log(1/\lambda)} \to \frac1\gamma",
        given={"order": below},
        uses=("above", "grows"),
        reason="Logarithms of both bounds; log R is small beside R.",
    )
    return below, above, rate


@cache
def path_rate() -> Derivation:
    return Derivation(
        "stationarity.path_rate",
        "How fast the equilibrium escapes as the weight decay vanishes",
        ("memo90/sec11.2-equilibrium-diverges",),
        "The weak decay stands for a late time: R grows like log(1/lambda)/gamma, as the norm of the flow without "
        "decay grows like log(t)/gamma. So loss and penalty both vanish.",
        (_stationary(), *_comparison(), *_divergence(), *_rate()),
        "limit(rho/log(1/decay), decay) == 1/max_margin",
        {},
        SEPARABLE,
    )


# ---- stationary points


@cache
def coefficients() -> Derivation:
    step = _stationary()
    solved = theorem(
        "solved",
        "linearity",
        r"w = \sum_n k_nz_n,\quad k_n = \frac{e^{-z_n\cdot w}}{2\lambda},\qquad "
        r"e^{-z_n\cdot\sum_jk_jz_j} = 2\lambda k_n",
        given={"summands": step},
        reason="The product with z_n, put into the exponential. N equations for N numbers.",
    )
    return Derivation(
        "stationarity.coefficients",
        "Coefficients of the regularised equilibrium",
        ("memo90/eq24-kn",),
        "The memo takes k_n out of the sum in the exponent, which leaves N equations of one unknown each; true are N "
        "equations for all coefficients together.",
        (step, solved),
        "exp(-dot(y[n]*x[n], sum(j, exp(-y[j]*f[j])/(2*decay)*y[j]*x[j]))) == exp(-y[n]*f[n])",
        {"n": "1..N"},
        {**LINE, "loss": "exponential", "average": False, "weight_decay": "any", "at": "stationary"},
    )


@cache
def one_example() -> Derivation:
    euler = world_identity(
        "euler",
        r"\Big\langle V_k, \frac{\partial f(V)}{\partial V_k}\Big\rangle = f(V)",
        lambda t, k: t.dot(t.V(k), t.grad(lambda t: t.fV(1), "V", k)),
        lambda t, k: t.fV(1),
        family=Family(exactly=1, gated=False),
        reason="f is linear in each layer.",
    )
    force = world_identity(
        "force",
        r"\nabla_{V_k}L = -y\rho\,e^{-y\rho f(V)}\frac{\partial f(V)}{\partial V_k}",
        lambda t, k: t.grad(lambda t: t.L, "V", k),
        lambda t, k: -t.y(1) * t.rho * t.exp(-t.y(1) * t.f(1)) * t.grad(lambda t: t.fV(1), "V", k),
        family=Family(exactly=1, gated=False),
        reason="The factor never vanishes.",
    )
    world = ConcreteWorld(network="linear", widths=[4, 3, 1], examples=1, loss="exponential")
    last, x = world.layers[1].reshape(-1), world.input(1)
    outer = world.outer(last, x).reshape(-1)
    product = ring_identity(
        "product",
        r"\|V_2^Tx^T\|^2 = \|V_2\|^2|x|^2 = |x|^2",
        [world.total(e * e for e in outer)],
        [world.total(e * e for e in last) * world.total(e * e for e in x)],
        reason="The norm of an outer product is the product of the norms; sizes 3 and 4, entries letters.",
    )
    rest = theorem(
        "rest",
        "linearity",
        r"\frac{\partial f(V)}{\partial V_1} = f(V)V_1,\qquad |x|^2 = "
        r"\Big\|\frac{\partial f(V)}{\partial V_1}\Big\|^2 = f(V)^2",
        given={"summands": force},
        uses=("euler", "product"),
        reason="At rest the gradient is a multiple of V_1, by Euler's identity that with f(V); with two layers it is "
        "the outer product of V_2 and x.",
    )
    return Derivation(
        "stationarity.one_example",
        "Directions at rest with one example",
        ("pnas20/psd-characterises-minimum",),
        "Two linear layers and one example: wherever the directions rest, V_1 is the outer product of V_2 and x over "
        "|x|, up to sign. Rightly classified means the larger of the two outputs, whatever the Hessian is.",
        (euler, force, product, rest),
        "implies(y[1]*fV[1] > 0 and eigmin(hess(L, V) + 2*lam[1]*eye(rows(hess(L, V)))) >= 0, "
        "fV[1]**2 == dot(x[1], x[1]))",
        {},
        {
            "network": "linear",
            "layers": 2,
            "output_activation": False,
            "loss": "exponential",
            "examples": 1,
            "weight_decay": 0,
            "at": "stationary-direction",
        },
    )


DERIVATIONS = (ridge_limit, path_direction, path_norm, path_rate, deep_path, coefficients, one_example)
