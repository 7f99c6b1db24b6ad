r"""What norms alone say of a network: bounds that hold at every point, for every depth, width and number of examples.

**Main results.** |f(W;x)| <= rho |x|, |f(V;x)| <= |x|, |f| / rho_k <= |grad_{W_k} f| <= (rho / rho_k) |x|,
rho <= (mean rho_k^2)^(K/2); the loss of a single linear layer is convex.

**Notation.** a_0 = x, z_k = W_k a_{k-1}, a_k = s(z_k), f = z_K or a_K; rho = rho_1 ... rho_K; p = softmax(f).

**Conventions.** s(z) = z or max(0, z): nothing is assumed of the points, kinks included where no derivative is taken.

**References.** B. Neyshabur, R. Tomioka, N. Srebro, Norm-based capacity control in neural networks, COLT 2015.
"""

from __future__ import annotations

from functools import cache

import sympy

from .derivation import Assumed, Derivation, Step, definition, identity, theorem

NORM_BOUNDED = {"network": ("linear", "relu")}
ONE_LAYER = {"layers": 1, "output_activation": False}


def _layer_steps() -> tuple[Step, ...]:
    """|a_k| <= |W_k| |a_{k-1}|, and from it |a_k| <= rho_1 ... rho_k |x|."""
    z, g = sympy.symbols("z g")
    start = definition("start", r"a_0 = x,\quad |a_0| \le |x|", reason="The input is what the first layer meets.")
    rows = theorem(
        "rows",
        "Cauchy-Schwarz",
        r"|W_ka|^2 = \sum_i\langle w_i, a\rangle^2 \le \sum_i|w_i|^2|a|^2 = \|W_k\|^2|a|^2",
        given={"inner product": Assumed("domain", "the rows w_i of W_k and a, vectors of one length")},
        reason="Row by row; the Frobenius norm collects the rows.",
    )
    gates = identity(
        "gates",
        z**2 - (g * z) ** 2,
        ((1 - g) * z) ** 2,
        modulo=(g**2 - g,),
        latex=r"z^2 - s(z)^2 = ((1-g)z)^2 \ge 0",
        reason="s(z) = g z with a gate g that is 0 or 1, and always 1 in a linear network: no entry grows.",
    )
    layer = theorem(
        "layer",
        "positive sums",
        r"|a_k| \le |z_k| \le \rho_k|a_{k-1}|",
        given={"positive factors": gates},
        uses=("rows",),
        reason="The squares of the entries add up to the squared length.",
    )
    all_layers = theorem(
        "all layers",
        "induction",
        r"|a_k| \le \rho_k\cdots\rho_1\,|x|",
        given={"base": start, "step": layer},
        reason="One layer at a time.",
    )
    return start, rows, gates, layer, all_layers


@cache
def output_bound() -> Derivation:
    return Derivation(
        "bounds.output_bound",
        "The output is at most the product of the norms",
        (),
        "With Frobenius norms the network is Lipschitz at 0 with the constant rho; equality needs a chain of layers of "
        "rank one that are aligned with the input.",
        _layer_steps(),
        "abs(f[n]) <= rho*norm(x[n])",
        {"n": "1..N"},
        NORM_BOUNDED,
    )


@cache
def direction_bound() -> Derivation:
    unit = theorem(
        "unit layers",
        "specialisation",
        r"|f(V;x)| \le |x|",
        uses=("all layers",),
        given={"relations respected": Assumed("domain", "the layers V_k, of norm one each")},
        reason="The bound holds for any layers, so for the directions.",
    )
    return Derivation(
        "bounds.direction_bound",
        "A normalised network does not expand",
        (),
        "What normalisation by layers leaves of the output is at most the length of the input.",
        (*_layer_steps(), unit),
        "abs(fV[n]) <= norm(x[n])",
        {"n": "1..N"},
        NORM_BOUNDED,
    )


@cache
def margin_bound() -> Derivation:
    unit = theorem(
        "least",
        "specialisation",
        r"\min_m y_mf(V;x_m) \le y_nf(V;x_n) \le |f(V;x_n)| \le |x_n|",
        uses=("all layers",),
        given={"relations respected": Assumed("domain", "the layers V_k, of norm one each; labels +-1")},
        reason="The least is at most any; a label has modulus one.",
    )
    return Derivation(
        "bounds.margin_bound",
        "No margin exceeds the shortest input",
        (),
        "The normalised margin is bounded by the data alone, for every depth.",
        (*_layer_steps(), unit),
        "margin <= norm(x[n])",
        {"n": "1..N"},
        {**NORM_BOUNDED, "loss": ("exponential", "logistic")},
    )


@cache
def gradient_bound() -> Derivation:
    product = definition(
        "product",
        r"f = BW_ka_{k-1},\quad \nabla_{W_k}f = B^Ta_{k-1}^T,\quad \|\nabla_{W_k}f\| = |B||a_{k-1}|",
        reason="Off the kinks the gates are constant near the point; B = W_K D_{K-1} ... D_k stands after the layer.",
        uses=("reductions.depth_lemma",),
    )
    after = theorem(
        "after",
        "specialisation",
        r"|B| \le \rho_K\cdots\rho_{k+1}",
        uses=("all layers",),
        given={"relations respected": Assumed("domain", "the transposed layers and gates, applied to 1")},
        reason="A matrix and its transpose have the same norm, and gates shorten whatever they meet.",
    )
    both = theorem(
        "both",
        "positive sums",
        r"\|\nabla_{W_k}f\| \le \frac{\rho}{\rho_k}|x|",
        given={"positive factors": after},
        uses=("product", "all layers"),
        reason="The norms of all layers but one.",
    )
    return Derivation(
        "bounds.gradient_bound",
        "The gradient by one layer is bounded by the others",
        (),
        "The output is a product; its derivative by one factor is the rest of the product.",
        (*_layer_steps(), product, after, both),
        "norm(grad(f[n], W[k])) <= rho/rho[k]*norm(x[n])",
        {"n": "1..N", "k": "1..K"},
        NORM_BOUNDED,
    )


@cache
def gradient_from_below() -> Derivation:
    paired = theorem(
        "paired",
        "Cauchy-Schwarz",
        r"|f| = |\langle W_k, \nabla_{W_k}f\rangle| \le \rho_k\|\nabla_{W_k}f\|",
        given={"inner product": Assumed("domain", "W_k and the gradient, off the kinks")},
        uses=("structural_lemma.euler_identity",),
        reason="The structural lemma, and the lengths of the two matrices that it pairs.",
    )
    return Derivation(
        "bounds.gradient_from_below",
        "A large output has a large gradient by every layer",
        (),
        "Where an output is not zero no layer's gradient of it vanishes.",
        (paired,),
        "norm(grad(f[n], W[k]))*rho[k] >= abs(f[n])",
        {"n": "1..N", "k": "1..K"},
        {"network": ("linear", "relu", "leaky-relu"), "output_activation": False},
    )


@cache
def mean_norm() -> Derivation:
    squares = theorem(
        "squares",
        "arithmetic and geometric mean",
        r"\prod_k\rho_k^2 \le \Big(\frac1K\sum_k\rho_k^2\Big)^K",
        given={"nonnegative numbers": Assumed("domain", "the squares of norms")},
        reason="The squares of the K norms.",
    )
    return Derivation(
        "bounds.mean_norm",
        "The product of the norms is largest where they are equal",
        (),
        "For a given squared norm of all weights the product rho is largest for balanced layers.",
        (squares,),
        "rho <= (sum(k, rho[k]**2)/K)**(K/2)",
    )


@cache
def one_layer_convexity() -> Derivation:
    return Derivation(
        "bounds.one_layer_convexity",
        "The loss of one linear layer is convex",
        (),
        "Every loss of the papers is convex in the output, and the output of one layer is linear in the weights. With "
        "two layers this ends.",
        _convexity_steps(),
        "eigmin(hess(L)) >= 0",
        {},
        ONE_LAYER,
    )


def _convexity_steps() -> tuple[Step, ...]:
    f, y, q = sympy.symbols("f y q")
    sigma = 1 / (1 + sympy.exp(q))
    exponential = identity(
        "exponential",
        sympy.diff(sympy.exp(-y * f), f, 2),
        y**2 * sympy.exp(-y * f),
        reason="The exponential loss.",
        latex=r"\partial_f^2e^{-yf} = y^2e^{-yf} \ge 0",
    )
    logistic = identity(
        "logistic",
        sympy.diff(sympy.log(1 + sympy.exp(-q)), q, 2),
        sigma * (1 - sigma),
        latex=r"\partial_q^2\log(1+e^{-q}) = \sigma(1-\sigma) \ge 0,\quad q = yf,\ \sigma = (1+e^q)^{-1}",
        reason="The logistic loss; sigma lies between 0 and 1.",
    )
    square = identity(
        "square", sympy.diff((y - f) ** 2, f, 2), 2, latex=r"\partial_f^2(y-f)^2 = 2", reason="The square loss."
    )
    p, v = sympy.symbols("p1:4"), sympy.symbols("v1:4")
    variance = sum(a * b**2 for a, b in zip(p, v, strict=True)) - sum(a * b for a, b in zip(p, v, strict=True)) ** 2
    pairs = sum(p[a] * p[b] * (v[a] - v[b]) ** 2 for a in range(3) for b in range(a))
    entropy = identity(
        "cross-entropy",
        variance,
        pairs,
        modulo=(sum(p) - 1,),
        latex=r"v^T(\mathrm{diag}\,p - pp^T)v = \sum_{a<b}p_ap_b(v_a-v_b)^2 \ge 0,\quad \textstyle\sum_cp_c = 1",
        reason="The Hessian of -log softmax by the outputs, a variance, here for three classes; "
        "no term of the identity names more than two, so that three decide any number.",
    )
    chain = theorem(
        "chain",
        "chain rule",
        r"u^TH_Lu = \frac1N\sum_n\langle \dot f_n, \ell_n''\dot f_n\rangle + 2\lambda|u|^2, "
        r"\quad \dot f_n = Ux_n",
        given={"differentiable": Assumed("domain", "f = W x is linear in W")},
        uses=("exponential", "logistic", "square", "cross-entropy"),
        reason="Along W + t U the outputs move on straight lines. A plain sum has no 1/N.",
    )
    sums = theorem(
        "sum",
        "positive sums",
        r"u^TH_Lu \ge 0",
        given={"positive factors": chain},
        reason="A sum of terms none of which is negative.",
    )
    return exponential, logistic, square, entropy, chain, sums


LABELLED = {"network": "linear", "loss": ("exponential", "logistic"), **ONE_LAYER}


def _largest_margin() -> Step:
    return definition(
        "largest",
        r"\gamma = \max_{|v|=1}\min_n y_n\,v\cdot x_n",
        reason="The largest margin of the data, over all "
        "unit vectors v; it is attained, as a continuous function on a sphere.",
    )


@cache
def margin_of_one_layer() -> Derivation:
    least = theorem(
        "one of them",
        "specialisation",
        r"\min_n y_nf(V;x_n) \le \gamma",
        uses=("largest",),
        given={"relations respected": Assumed("domain", "V_1^T is a unit vector")},
        reason="The direction of the layer is one of the unit vectors.",
    )
    return Derivation(
        "bounds.margin_of_one_layer",
        "No direction has more than the largest margin",
        (),
        "For one layer the margin is that of the unit vector V_1^T, whether it separates or not.",
        (_largest_margin(), least),
        "margin <= max_margin",
        {},
        LABELLED,
    )


@cache
def margin_of_separable_data() -> Derivation:
    some = theorem(
        "some",
        "positive sums",
        r"\gamma \ge \min_n y_n\frac{w\cdot x_n}{|w|} > 0",
        uses=("largest",),
        given={"positive factors": Assumed("data", "separable: some w has y_n w.x_n > 0 for all n")},
        reason="The direction of weights that separate is one of the unit vectors; the least of N positive numbers.",
    )
    return Derivation(
        "bounds.margin_of_separable_data",
        "Separable data have a positive margin",
        (),
        "What 'separable' means for the hard margin.",
        (_largest_margin(), some),
        "max_margin > 0",
        {},
        {**LABELLED, "data": "separable"},
    )


DERIVATIONS = (
    output_bound,
    direction_bound,
    margin_bound,
    gradient_bound,
    gradient_from_below,
    mean_norm,
    one_layer_convexity,
    margin_of_one_layer,
    margin_of_separable_data,
)
