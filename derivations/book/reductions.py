r"""Why finitely many exact checks decide a statement about every depth, width and number of examples.

**Main results.** The depth lemma, the layer-sum lemma, the neighbouring-layers form, the width lemma and the
examples lemma, each with the hypotheses that it needs and with an example of what goes wrong without them.

**Notation.**

=============  ===========================================================  =======================
symbol         meaning                                                      Python
=============  ===========================================================  =======================
B_n, a_n, M_n  what stands after, before and between layers written out     letters B, a, M
D_n            diagonal of the gates between two neighbouring layers        diagonal letters M
s              number of different indices of one dimension in a graph      `Family.certify`
m, q           sums over examples that are multiplied; marked examples      Family.sums, .marked
=============  ===========================================================  =======================

**Conventions.** Statements are equalities of terms made of W, V, rho, f, y, L, derivatives, rates and contractions,
for networks that are linear off the kinks in each layer. Widths are sizes of a layer, r_k x c_k.

**References.** R. Goodman, N. Wallach, Symmetry, Representations, and Invariants, Ch. 5, for contractions as graphs.
"""

from __future__ import annotations

import itertools
from functools import cache

import sympy
from flint import fmpq_mat

from .derivation import Assumed, Derivation, computation, definition, identity, theorem, world_identity
from .examples_lemma import examples_lemma
from .families import PIECEWISE_LINEAR, Family
from .terms import Terms, Value

ONE_EXAMPLE = Family(sums=0, marked=1, lemmas=False)


# ---- depth


@cache
def depth_lemma() -> Derivation:
    gates = theorem(
        "gates",
        "constant gates",
        r"D_{j,n}(W') = D_{j,n}(W)\ \text{for } W' \text{ near } W",
        given={"off the kinks": Assumed("domain", "no pre-activation is zero where a derivative is taken")},
        reason="A small change of the weights leaves every gate as it is.",
    )
    form = definition(
        "form",
        r"f_n = B_n W_k a_n,\quad B_n = W_K D_{K-1,n}\cdots W_{k+1} D_{k,n},\quad a_n = D_{k-1,n}W_{k-1}\cdots W_1 x_n",
        reason="The product that the network is, cut at layer k.",
        uses=("gates",),
    )
    alone = world_identity(
        "alone",
        r"\frac{\partial f_n}{\partial W_k} = B_n^T a_n^T",
        lambda t, k: t.grad(lambda t: t.f(1), "W", k),
        lambda t, k: t.outer(t.after(1), t.before(1)),
        family=ONE_EXAMPLE,
        uses=("form",),
        reason="A derivative by W_k does not see B_n and a_n, which are locally constant in W_k.",
    )
    second = world_identity(
        "second",
        r"\frac{\partial^2 f_n}{\partial (W_k)_{ab}\,\partial (W_k)_{cd}} = 0",
        lambda t, k: t.hess(lambda t: t.f(1), "W", k, k),
        lambda t, k: t.zeros_like(t.hess(lambda t: t.f(1), "W", k, k)),
        family=ONE_EXAMPLE,
        uses=("alone",),
        reason="The same for a second derivative.",
    )
    letters = theorem(
        "letters",
        "specialisation",
        r"P(B, W_k, a, \rho_k, R, E) = 0 \Rightarrow P = 0 \text{ for each network of any depth}",
        given={"relations respected": alone},
        uses=("second",),
        reason="In the ring B_n, a_n, the product R of the other norms, the squared norms Q of the other layers "
        "and K are "
        "free letters; a network gives them values, and the relations (|W_k|^2 = rho_k^2, y_n^2 = 1, the "
        "derivative of an "
        "exponential) hold for these values.",
    )
    return Derivation(
        "reductions.depth_lemma",
        "Depth lemma",
        (),
        "A statement that names one layer k, or two layers j < k, holds at every depth and for every such choice "
        "of layers "
        "if it holds with everything else free letters: f = B W_k a, or f = B W_k M W_j a. The layer may be the "
        "first (a = "
        "x) or the last (B = 1). Two named layers may coincide: the case j = k is checked by itself, with one layer "
        "written out. Not covered: a layer named by number, K in an exponent or as the end of a partial sum, x_n, "
        "pre-activations and gates of a layer, all layers' derivatives stacked.",
        (gates, form, alone, second, letters),
        "",
        {},
        PIECEWISE_LINEAR,
        r"P(B_n, W_k, a_n)=0 \text{ in the ring of letters} \Rightarrow P = 0 \text{ for every } K \text{ and "
        r"every } k",
    )


@cache
def two_layers() -> Derivation:
    fam = Family(layers="two", sums=0, marked=1, lemmas=False)

    def mixed(t: Terms, j: int, k: int) -> Value:
        return t.dot(t.W(j), t.grad(lambda t: t.dot(t.W(k), t.grad(lambda t: t.f(1), "W", k)), "W", j))

    both = world_identity(
        "bilinear",
        r"\Big\langle W_j, \frac{\partial}{\partial W_j}\Big\langle W_k,\frac{\partial f_n}{\partial W_k}"
        r"\Big\rangle\Big\rangle = f_n,\qquad j\ne k",
        mixed,
        lambda t, j, k: t.f(1),
        family=fam,
        uses=("reductions.depth_lemma",),
        reason="With M_n between them the output is bilinear in the two layers.",
    )
    return Derivation(
        "reductions.two_layers",
        "Two layers written out",
        (),
        "f = B W_k M W_j a with a free matrix M. Layers next to each other are the case that M is the diagonal "
        "of gates.",
        (both,),
        "",
        {},
        PIECEWISE_LINEAR,
        r"f_n = B_n W_k M_n W_j a_n,\qquad j<k",
    )


@cache
def neighbouring_layers() -> Derivation:
    fam = Family(layers="next", sums=0, marked=1, lemmas=False)
    lower = world_identity(
        "lower",
        r"\frac{\partial f_n}{\partial W_k} = D_n W_{k+1}^T B_n^T a_n^T",
        lambda t, k, j: t.grad(lambda t: t.f(1), "W", k),
        lambda t, k, j: t.outer(_gates(t) @ (t.W(j).T @ t.after(1)), t.before(1)),
        family=fam,
        uses=("reductions.depth_lemma",),
        reason="Between neighbours stands the diagonal matrix of the gates of layer k.",
    )
    upper = world_identity(
        "upper",
        r"\frac{\partial f_n}{\partial W_{k+1}} = B_n^T (D_n W_k a_n)^T",
        lambda t, k, j: t.grad(lambda t: t.f(1), "W", j),
        lambda t, k, j: t.outer(t.after(1), _gates(t) @ (t.W(k) @ t.before(1))),
        family=fam,
        uses=("lower",),
        reason="The same from the other side.",
    )
    linear = world_identity(
        "linear",
        r"\frac{\partial f_n}{\partial W_{k+1}}W_{k+1}^{T}\ \text{and}\ W_k\ \text{meet in the same index:}\quad "
        r"W_{k+1}^T\frac{\partial f_n}{\partial W_{k+1}} = \frac{\partial f_n}{\partial W_k}W_k^T\quad(D_n = 1)",
        lambda t, k, j: t.W(j).T @ t.grad(lambda t: t.f(1), "W", j),
        lambda t, k, j: t.grad(lambda t: t.f(1), "W", k) @ t.W(k).T,
        family=Family(layers="next", sums=0, marked=1, gated=False, lemmas=False),
        uses=("upper",),
        reason="Without gates the two contractions agree entry by entry; with gates only on the diagonal.",
    )
    return Derivation(
        "reductions.neighbouring_layers",
        "The form of two neighbouring layers",
        (),
        "A statement with W_{k+1} beside W_k, k = 1..K-1, is decided with f = B W_{k+1} D W_k a, D diagonal "
        "(free letters "
        "for gates; 1 for linear networks). The rows of W_k and the columns of W_{k+1} are one dimension, and an "
        "index of it "
        "is counted once for the width lemma.",
        (lower, upper, linear),
        "",
        {},
        PIECEWISE_LINEAR,
        r"f_n = B_n W_{k+1} D_n W_k a_n",
    )


def _gates(t: Terms) -> Value:
    size = t.world.shapes[0][0]
    out = t.eye(size)
    for i in range(size):
        out.array[i, i] = t.world.ring.letter(f"M1_{i}_{i}")
    return out


# ---- sums over layers


@cache
def layer_sum_lemma() -> Derivation:
    fam = Family(layers="two", sums=0, marked=1, lemmas=False)
    additive = world_identity(
        "additive",
        r"\dot f_n = \sum_k\Big\langle\frac{\partial f_n}{\partial W_k},\dot W_k\Big\rangle",
        lambda t, j, k: t.d(lambda t: t.f(1)),
        lambda t, j, k: sum(
            (t.dot(t.grad(lambda t: t.f(1), "W", i), t.d(lambda t, i=i: t.W(i))) for i in (j, k)), t.number(0)
        ),
        family=fam,
        reason="The rate is the sum of what each layer contributes while the others stand still.",
        uses=("reductions.two_layers",),
    )
    every = theorem(
        "every",
        "linearity",
        r"\sum_{k=1}^K T_k = \sum_{k=1}^K T'_k\quad\text{if}\quad T_k = T'_k \text{ for every } k",
        given={"summands": additive},
        uses=("reductions.depth_lemma",),
        reason="The depth lemma decides T_k = T'_k for every k in a world of one layer, where the sum has one term.",
    )
    return Derivation(
        "reductions.layer_sum_lemma",
        "Layer-sum lemma",
        (),
        "Both sides must be of degree one in sums over ALL layers k = 1..K, d(e) of a term that moves with every layer "
        "counting as such a sum, and every other factor must be free of named layers. Then equality summand by "
        "summand, "
        "which a world of one layer decides, is sufficient (not necessary). A partial sum such as k = 2..K or k "
        "= 1..K-1 "
        "is empty in a world of one layer and must not be read this way: sum(k, 2, K, rho[k]) == 0 would pass.",
        (additive, every),
        "",
        {},
        PIECEWISE_LINEAR,
        r"T_k = T'_k\ \forall k \Rightarrow \sum_k T_k = \sum_k T'_k",
    )


# ---- widths


def partitions(items: int) -> list[list[list[int]]]:
    """All partitions of the set {0, ..., items - 1} into blocks."""
    if items == 0:
        return [[]]
    out = []
    for rest in partitions(items - 1):
        out.append([*rest, [items - 1]])
        out += [[*rest[:i], [*block, items - 1], *rest[i + 1 :]] for i, block in enumerate(rest)]
    return out


def contraction_rank(items: int, width: int) -> int:
    """Rank of the contractions of `items` vectors u^1, ..., u^items of length `width`.

    A partition of the vectors is a graph: sum over one index for each block, of the product of the entries of
    the vectors in it. A polynomial in the entries is the row of its coefficients.
    """
    columns = {index: j for j, index in enumerate(itertools.product(range(width), repeat=items))}
    rows = []
    for blocks in partitions(items):
        row = [0] * len(columns)
        for values in itertools.product(range(width), repeat=len(blocks)):
            index = [0] * items
            for value, block in zip(values, blocks, strict=True):
                for item in block:
                    index[item] = value
            row[columns[tuple(index)]] += 1
        rows.append(row)
    return fmpq_mat(len(rows), len(columns), [v for row in rows for v in row]).rank()


def _trace_identity(size: int) -> sympy.Expr:
    """tr A^3 - 3/2 tr A tr A^2 + 1/2 (tr A)^3 of a symmetric matrix: 3 det A, which is zero for size 2 only."""
    entries = {(i, j): sympy.Symbol(f"a_{{{i}{j}}}") for i in range(size) for j in range(i, size)}
    a = sympy.Matrix(size, size, lambda i, j: entries[min(i, j), max(i, j)])
    half = sympy.Rational(1, 2)
    return (a**3).trace() - 3 * half * a.trace() * (a**2).trace() + half * a.trace() ** 3


@cache
def width_lemma() -> Derivation:
    graph = definition(
        "graph",
        r"X_\gamma = \sum_{i_1,\dots,i_s=1}^{r}\ \prod(\text{letters } B_{n,i},\ w_{ij},\ a_{n,j})",
        reason="A monomial of f, its derivatives and their contractions is a graph: letters joined by indices. "
        "Every summed "
        "index of a dimension joins at least two ends of letters; a free index (an entry of a matrix) at least one.",
    )
    count = computation(
        "count",
        r"s \le \tfrac12\,(\text{ends of letters} + \text{free indices})",
        tuple((ends + free) // 2 for ends, free in ((2, 0), (1, 1), (1, 1), (4, 0))),
        (1, 1, 1, 2),
        uses=("graph",),
        how="indices of f, of an entry of W_k, of an entry of the gradient of f, of f_1 f_2",
        reason="Summed indices use two ends or more, free ones one end and their label.",
    )
    free = computation(
        "independent",
        r"\{X_\gamma : s_\gamma \le s\}\ \text{linearly independent for } r\ge s",
        tuple(contraction_rank(s, s) for s in (1, 2, 3, 4)),
        tuple(len(partitions(s)) for s in (1, 2, 3, 4)),
        uses=("graph",),
        how="rank of all contractions of s = 1, 2, 3, 4 vectors at r = s, and their number",
        reason="Give all s indices of a graph different values: the monomial shows the graph. It occurs in "
        "another X only if "
        "that graph has more indices, two of which took one value. So order graphs by their number of indices.",
    )
    sharp = computation(
        "sharp",
        r"\text{at } r = s-1 \text{ there is a relation}",
        tuple(contraction_rank(s, s - 1) for s in (2, 3, 4)),
        tuple(len(partitions(s)) - 1 for s in (2, 3, 4)),
        uses=("independent",),
        how="rank at r = s - 1",
        reason="One width less and the alternating sum over permutations of the s indices vanishes.",
    )
    rule = theorem(
        "monomials",
        "monomials",
        r"\sum_\gamma c_\gamma X_\gamma = 0 \text{ at some } r\ge s \Rightarrow c_\gamma = 0",
        given={"polynomial": free},
        uses=("count",),
        reason="The coefficient of the monomial of a graph with most indices is a positive multiple of its c. "
        "Peel off graph by "
        "graph. The c do not depend on the widths, so the statement holds at all of them.",
    )
    rho, w = sympy.symbols(r"\rho |W|", positive=True)
    x0, x1 = sympy.symbols("X_0 X_1")
    norms = identity(
        "norms",
        x0 + rho**2 * x1,
        x0 + w**2 * x1,
        modulo=(rho**2 - w**2,),
        uses=("monomials",),
        reason="rho_k^2 is the graph |W_k|^2. In a part that is homogeneous in W (rho counting one) every term "
        "has as many "
        "ends as the term with least rho, so rho costs no width; odd powers of rho are a part of their own.",
    )
    loops = identity(
        "rank",
        _trace_identity(2),
        0,
        uses=("sharp",),
        latex=r"\mathrm{tr}A^3 - \tfrac32\,\mathrm{tr}A\,\mathrm{tr}A^2 + "
        r"\tfrac12(\mathrm{tr}A)^3 = 0,\qquad A = W_kW_k^T,\ r_k = 2",
        reason="A false statement that two rows cannot tell from a true one: it needs s = 3. Hidden in the norms "
        "of W, W W^T "
        "and W W^T W it looks like a statement without indices, so the ends inside norms count with their powers.",
    )
    return Derivation(
        "reductions.width_lemma",
        "Width lemma",
        (),
        "An equality of terms holds for every width of a layer if it holds at one width r_k, c_k at least as "
        "large as the number of indices of that dimension in a graph of the statement as it is written (what "
        "cancels in a "
        "narrow world may not cancel in a wide one), counting what stands inside roots and norms with the power to "
        "which they are raised, and after denominators with indices are cleared. Where sizes enter as numbers (traces, "
        "identity matrices, two Hessians contracted, rows(W[k])), the c are polynomials in (r_k, c_k) of some "
        "degree z and "
        "the check is needed at all (r + i, c + j), i + j <= z: two pairs of widths do not decide even z = 1.",
        (graph, count, free, sharp, rule, norms, loops),
        "",
        {},
        PIECEWISE_LINEAR,
        r"P = 0 \text{ at some } r_k, c_k \ge s \Rightarrow P = 0 \text{ at every width}",
    )


DERIVATIONS = (depth_lemma, two_layers, neighbouring_layers, layer_sum_lemma, width_lemma, examples_lemma)
