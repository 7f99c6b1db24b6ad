r"""Hessians of the square and the exponential loss, by layers W_j, W_k and by directions V_j, V_k.

**Main results.** memo90/eq28 and sec12.3-Hsq (square loss), memo90/eq7, eq32, eq38 and sec12.3-Hexp (exponential
loss), memo90/eq29 and eq36 (with weight decay), memo90/eq52 (by directions), memo90/sec12.3-samelayer, memo90/eq44,
eq45, eq46 (small networks), memo90/eq28-zero-loss.

**Notation.**

==================  =========================================  ============  ===================
symbol              meaning                                    shape         Python
==================  =========================================  ============  ===================
grad_k f_n          derivative of f(W;x_n) by W_k, vectorised  r_k c_k       `slope`
H_jk                block of the Hessian of L                  r_j c_j x r_k c_k  t.hess
E_n                 y_n - f(W;x_n)                             scalar
==================  =========================================  ============  ===================

**Conventions.** H is the Hessian of L; the memo's J is -H, the Jacobian of the force. Losses are plain sums as in
the memo unless a name ends in `_mean`.

**References.** K. Kawaguchi, Deep learning without poor local minima, NIPS 2016.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Derivation, identity, ring_identity, world_identity
from .book.families import Family
from .book.terms import Terms, Value
from .cases.decayed_minima import decay_on_two_linear_layers
from .exact.concrete import ConcreteWorld
from .gram import DERIVATIONS as GRAM
from .structural_lemma import PIECEWISE_LINEAR

BLOCKS = {"j": "1..K", "k": "1..K"}
OUTER_F = "outer(vec(grad(f[n], W[j])), vec(grad(f[n], W[k])))"
OUTER_V = "outer(vec(grad(fV[n], V[j])), vec(grad(fV[n], V[k])))"
SQUARE_LATEX = r"2\,{front}\sum_n\big(\nabla_{{W_j}}f_n\,\nabla_{{W_k}}f_n^T - E_n\,\nabla^2_{{W_jW_k}}f_n\big)"
EXP_LATEX = r"{front}\sum_n e^{{-y_nf_n}}\big(\nabla_{{W_j}}f_n\,\nabla_{{W_k}}f_n^T - y_n\,\nabla^2_{{W_jW_k}}f_n\big)"


def slope(t: Terms, n: int, k: int) -> Value:
    return t.grad(lambda t: t.f(n), "W", k)


def bend(t: Terms, n: int, j: int, k: int) -> Value:
    return t.hess(lambda t: t.f(n), "W", j, k)


def loss_hessian(t: Terms, j: int, k: int) -> Value:
    return t.hess(lambda t: t.L, "W", j, k)


def square_hessian(t: Terms, j: int, k: int) -> Value:
    return 2 * t.mean * t.sum(lambda n: t.outer(slope(t, n, j), slope(t, n, k)) - (t.y(n) - t.f(n)) * bend(t, n, j, k))


def exponential_hessian(t: Terms, j: int, k: int) -> Value:
    return t.mean * t.sum(
        lambda n: t.exp(-t.y(n) * t.f(n)) * (t.outer(slope(t, n, j), slope(t, n, k)) - t.y(n) * bend(t, n, j, k))
    )


def _setting(loss: str, average: bool, decay: object = 0) -> dict:
    return {**PIECEWISE_LINEAR, "loss": loss, "average": average, "weight_decay": decay}


def _formula(loss: str, average: bool) -> str:
    front = "1/N*" if average else ""
    if loss == "square":
        return f"2*{front}sum(n, {OUTER_F} - (y[n] - f[n])*hess(f[n], W[j], W[k]))"
    return f"{front}sum(n, exp(-y[n]*f[n])*({OUTER_F} - y[n]*hess(f[n], W[j], W[k])))"


def _blocks(loss: str, average: bool) -> Derivation:
    right, latex = (square_hessian, SQUARE_LATEX) if loss == "square" else (exponential_hessian, EXP_LATEX)
    fam = Family(layers="pairs", loss=loss, average=average)
    step = world_identity(
        "block",
        "H_{jk} = " + latex.format(front=r"\frac1N" if average else ""),
        loss_hessian,
        right,
        family=fam,
        uses=("reductions.depth_lemma", "reductions.two_layers"),
        reason="Differentiate the gradient once more; for the exponential y_n^2 = 1.",
    )
    end = "mean" if average else "sum"
    claims = {
        "square": ("memo90/eq28", "memo90/sec12.3-Hsq"),
        "exponential": ("memo90/eq7", "memo90/eq32", "memo90/eq38", "memo90/sec12.3-Hexp"),
    }[loss]
    return Derivation(
        f"hessians.{loss}_{end}",
        f"The Hessian of the {loss} loss, block by block",
        claims,
        "A Gauss-Newton part, the sum of outer products of gradients of f, and a part with second derivatives of "
        "f. The "
        "first is positive semidefinite; the second has trace zero for a network that is linear in each layer "
        "and is where "
        "negative eigenvalues come from. With the memo's J = -H the signs turn.",
        (step,),
        f"hess(L, W[j], W[k]) == {_formula(loss, average)}",
        BLOCKS,
        _setting(loss, average),
    )


@cache
def square_sum() -> Derivation:
    return _blocks("square", False)


@cache
def square_mean() -> Derivation:
    return _blocks("square", True)


@cache
def exponential_sum() -> Derivation:
    return _blocks("exponential", False)


@cache
def exponential_mean() -> Derivation:
    return _blocks("exponential", True)


@cache
def square_at_zero_loss() -> Derivation:
    error, outer, second = sympy.symbols(r"E_n G_{jk}^{(n)} f_{jk}^{(n)}")
    remainder = identity(
        "remainder",
        2 * (outer - error * second),
        2 * outer,
        modulo=(error,),
        uses=("hessians.square_sum",),
        reason="Every second derivative of f comes with an error E_n, and zero loss means E_n = 0 for all n; G "
        "is the outer "
        "product of the gradients.",
    )
    return Derivation(
        "hessians.square_at_zero_loss",
        "At zero loss only outer products are left",
        ("memo90/eq28-zero-loss", "memo90/sec12.3.1-virtual-data"),
        "At an interpolating point H = 2 sum_n x'_n x'_n^T with the virtual data x'_n = grad f(W;x_n), so H is "
        "positive "
        "semidefinite of rank at most N.",
        (remainder,),
        f"hess(L, W[j], W[k]) == 2*sum(n, {OUTER_F})",
        BLOCKS,
        {**_setting("square", False), "at": "interpolating"},
    )


def _regularised(loss: str) -> Derivation:
    right = square_hessian if loss == "square" else exponential_hessian
    fam = Family(layers="one", loss=loss, average=False, decay="any", sizes=0)

    def decayed(t: Terms, k: int) -> Value:
        rows, columns = t.world.shapes[k - 1]
        return right(t, k, k) + 2 * t.decay(k) * t.eye(rows * columns)

    same = world_identity(
        "same",
        r"H_{kk} = H_{kk}(\lambda=0) + 2\lambda_k I",
        lambda t, k: loss_hessian(t, k, k),
        decayed,
        family=fam,
        uses=(f"hessians.{loss}_sum",),
        reason="The second derivative of lambda |W_k|^2 is 2 lambda I.",
    )
    other = world_identity(
        "other",
        r"H_{jk} = H_{jk}(\lambda=0),\qquad j\ne k",
        loss_hessian,
        right,
        family=Family(layers="two", loss=loss, average=False, decay="any"),
        uses=(f"hessians.{loss}_sum",),
        reason="The penalty of one layer does not see another.",
    )
    text = _formula(loss, False).replace("W[j]", "W[k]")
    return Derivation(
        f"hessians.{loss}_with_decay",
        f"The Hessian of the {loss} loss with weight decay",
        ("memo90/eq29", "memo90/eq18") if loss == "square" else ("memo90/eq36", "memo90/eq25"),
        "The penalty lambda_k |W_k|^2 adds 2 lambda_k to the diagonal. The memo prints lambda_k, the Hessian of "
        "half the "
        "penalty. "
        + (
            "Its (29) also drops the error term, which vanishes only at zero loss, and with decay the minimum is "
            "not at zero loss."
            if loss == "square"
            else "The exponential part can be indefinite, so a small lambda does not make the sum definite everywhere."
        ),
        (same, other),
        f"hess(L, W[k], W[k]) == {text} + 2*decay*eye(rows(W[k])*cols(W[k]))",
        {"k": "1..K"},
        _setting(loss, False, "any"),
    )


@cache
def square_with_decay() -> Derivation:
    return _regularised("square")


@cache
def exponential_with_decay() -> Derivation:
    return _regularised("exponential")


@cache
def same_layer_vanishes() -> Derivation:
    step = world_identity(
        "same-layer",
        r"\frac{\partial^2 f(W;x_n)}{\partial W_k\,\partial W_k} = 0",
        lambda t, k: bend(t, 1, k, k),
        lambda t, k: t.zeros_like(bend(t, 1, k, k)),
        family=Family(sums=0, marked=1),
        uses=("reductions.depth_lemma",),
        reason="f is linear in each layer off the kinks.",
    )
    return Derivation(
        "hessians.same_layer_vanishes",
        "No second derivative within a layer",
        ("memo90/sec12.3-samelayer",),
        "Off the kinks. The diagonal blocks of the second derivative of f vanish, so its trace is zero: unless "
        "it vanishes "
        "altogether it has eigenvalues of both signs.",
        (step,),
        "hess(f[n], W[k], W[k]) == zeros_like(hess(f[n], W[k], W[k]))",
        {"k": "1..K", "n": "1..N"},
        PIECEWISE_LINEAR,
    )


def _directions(average: bool) -> Derivation:
    def right(t: Terms, j: int, k: int) -> Value:
        def bent(n: int) -> Value:
            return t.hess(lambda t: t.fV(n), "V", j, k)

        def slopes(n: int) -> Value:
            return t.outer(*(t.grad(lambda t: t.fV(n), "V", i) for i in (j, k)))

        return t.mean * t.sum(lambda n: t.exp(-t.y(n) * t.f(n)) * (t.rho**2 * slopes(n) - t.rho * t.y(n) * bent(n)))

    front = r"\frac1N" if average else ""
    step = world_identity(
        "block",
        rf"\nabla^2_{{V_jV_k}}L = {front}\sum_n e^{{-\rho y_nf(V;x_n)}}\big(\rho^2\,\nabla_{{V_j}}f(V;x_n)"
        r"\nabla_{V_k}f(V;x_n)^T - \rho\,y_n\nabla^2_{V_jV_k}f(V;x_n)\big)",
        lambda t, j, k: t.hess(lambda t: t.L, "V", j, k),
        right,
        family=Family(layers="pairs", average=average),
        uses=("structural_lemma.factorisation",),
        reason="V enters through rho f(V), with rho held fixed.",
    )
    text = "1/N*" if average else ""
    return Derivation(
        "hessians.directions_" + ("mean" if average else "sum"),
        "The Hessian by directions",
        ("memo90/eq52",),
        "The memo's (52) is minus this, with y_n absorbed in f, less 2 lambda on the diagonal from the "
        "multiplier. It leaves "
        "out the Kronecker delta at the multiplier. Whether the first or the second part wins for large rho "
        "depends on the "
        "direction: along the kernel of the gradients only the second is there.",
        (step,),
        f"hess(L, V[j], V[k]) == {text}sum(n, exp(-rho*y[n]*fV[n])*(rho**2*{OUTER_V} "
        "- rho*y[n]*hess(fV[n], V[j], V[k])))",
        BLOCKS,
        _setting("exponential", average),
    )


@cache
def directions_sum() -> Derivation:
    return _directions(False)


@cache
def directions_mean() -> Derivation:
    return _directions(True)


# ---- small networks


def small(network: str, widths: list[int], **more) -> ConcreteWorld:
    """One example through a network that is written out entirely."""
    return ConcreteWorld(network=network, widths=widths, examples=1, loss="exponential", average=False, **more)


def _flat(v: Value) -> list:
    return list(v.array.reshape(-1))


def _mixed_block(t: Terms, factor: list) -> list:
    """delta_ac x_b factor_a for entries (a, b) of W_1 and c of W_2."""
    h, d = t.world.shapes[0]
    x, zero = _flat(t.x(1)), t.world.ring.zero
    return [x[b] * factor[a] if a == c else zero for a in range(h) for b in range(d) for c in range(h)]


@cache
def two_layer_linear() -> Derivation:
    t = Terms(small("linear", [3, 2, 1]))
    one = [t.world.ring.one] * 2
    steps = (
        ring_identity(
            "first",
            r"\nabla_{W_1}f_n = W_2^T x_n^T",
            _flat(slope(t, 1, 1)),
            _flat(t.outer(t.W(2), t.x(1))),
            reason="f = W_2 W_1 x.",
        ),
        ring_identity(
            "second",
            r"\nabla_{W_2}f_n = (W_1x_n)^T",
            _flat(slope(t, 1, 2)),
            _flat(t.W(1) @ t.x(1)),
            reason="f = W_2 W_1 x.",
        ),
        ring_identity(
            "mixed",
            r"\frac{\partial^2 f_n}{\partial(W_1)_{ab}\,\partial(W_2)_c} = \delta_{ac}\,x_{n,b}",
            _flat(bend(t, 1, 1, 2)),
            _mixed_block(t, one),
            uses=("first",),
            reason="Only the unit that both weights touch counts.",
        ),
        ring_identity(
            "block",
            r"H_{11} = \sum_n e^{-y_nf_n}\,(W_2^Tx_n^T)(W_2^Tx_n^T)^T",
            _flat(loss_hessian(t, 1, 1)),
            _flat(t.exp(-t.y(1) * t.f(1)) * t.outer(t.outer(t.W(2), t.x(1)), t.outer(t.W(2), t.x(1)))),
            uses=("first", "mixed", "hessians.exponential_sum"),
            reason="The second derivative within the layer vanishes.",
        ),
    )
    return Derivation(
        "hessians.two_layer_linear",
        "Two linear layers",
        ("memo90/eq46",),
        "The memo's (46) writes W_1 where W_1 x_n is meant and leaves out the identity matrix that the mixed "
        "derivative "
        "carries between hidden units: its y_n x_n is y_n delta_ac x_n.",
        steps,
        "hess(L, W[1], W[1]) == sum(n, exp(-y[n]*f[n])*outer(vec(outer(W[2], x[n])), vec(outer(W[2], x[n]))))",
        {},
        {
            "network": "linear",
            "loss": "exponential",
            "average": False,
            "weight_decay": 0,
            "layers": 2,
            "output_activation": False,
        },
    )


@cache
def one_smooth_layer() -> Derivation:
    world = small("smooth", [3, 1], output_activation=True)
    t = Terms(world)
    z = _flat(t.W(1) @ t.x(1))[0]
    curve = world.activation(z, 2)
    step = ring_identity(
        "curvature",
        r"\frac{\partial^2 f(w^Tx_n)}{\partial w_i\partial w_j} = x_{n,i}x_{n,j}f''(w^Tx_n)",
        _flat(bend(t, 1, 1, 1)),
        [curve * e for e in _flat(t.outer(t.x(1), t.x(1)))],
        reason="Chain rule, twice.",
    )
    return Derivation(
        "hessians.one_smooth_layer",
        "One layer with a smooth activation",
        ("memo90/eq44",),
        "A single outer product, with a factor of either sign.",
        (step,),
        "hess(f[n], W[1], W[1]) == act2(entry(pre(1,n),1))*outer(x[n], x[n])",
        {"n": "1..N"},
        {"network": "smooth", "output_activation": True, "layers": 1},
    )


@cache
def two_layers_smooth() -> Derivation:
    world = small("smooth", [3, 2, 1])
    t, zero = Terms(world), world.ring.zero
    z, w2, x = _flat(t.W(1) @ t.x(1)), _flat(t.W(2)), _flat(t.x(1))
    slopes = [world.activation(v, 1) for v in z]
    within = [
        w2[a] * world.activation(z[a], 2) * x[b] * x[e] if a == c else zero
        for a in range(2)
        for b in range(3)
        for c in range(2)
        for e in range(3)
    ]
    steps = (
        ring_identity(
            "within",
            r"\frac{\partial^2f_n}{\partial(W_1)_{ab}\partial(W_1)_{ce}} = \delta_{ac}\,(W_2)_a\,"
            r"\sigma''(z_a)\,x_{n,b}x_{n,e}",
            _flat(bend(t, 1, 1, 1)),
            within,
            reason="Each hidden unit is a layer of one unit.",
        ),
        ring_identity(
            "mixed",
            r"\frac{\partial^2f_n}{\partial(W_1)_{ab}\partial(W_2)_c} = \delta_{ac}\,\sigma'(z_a)\,x_{n,b}",
            _flat(bend(t, 1, 1, 2)),
            _mixed_block(t, slopes),
            reason="The weight behind the unit is one factor.",
        ),
        ring_identity(
            "outer",
            r"\frac{\partial^2f_n}{\partial W_2\partial W_2} = 0",
            _flat(bend(t, 1, 2, 2)),
            [zero] * 4,
            reason="The output is linear in the last layer.",
        ),
    )
    return Derivation(
        "hessians.two_layers_smooth",
        "A smooth hidden layer and a linear output",
        ("memo90/eq45",),
        "The memo's (45) without the sums over hidden units: both terms carry a delta between the units that the "
        "two weights "
        "touch, so neither is one outer product when there are several units.",
        steps,
        "hess(f[n], W[2], W[2]) == zeros_like(hess(f[n], W[2], W[2]))",
        {"n": "1..N"},
        {"network": "smooth", "layers": 2, "output_activation": False},
        r"\partial^2_{W_1W_1}f_n,\ \partial^2_{W_1W_2}f_n,\ \partial^2_{W_2W_2}f_n \text{ as in the steps}",
    )


DERIVATIONS = (
    square_sum,
    square_mean,
    exponential_sum,
    exponential_mean,
    square_at_zero_loss,
    square_with_decay,
    exponential_with_decay,
    same_layer_vanishes,
    directions_sum,
    directions_mean,
    two_layer_linear,
    one_smooth_layer,
    two_layers_smooth,
    decay_on_two_linear_layers,
    *GRAM,
)
