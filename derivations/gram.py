r"""The Gram part of a Hessian: its null space, what weight decay does to it, and why overparametrisation makes one.

**Main results.** memo90/theorem4 and sec12.1-hessian-degenerate (rank of a layer's Jacobian), memo90/sec12.1-convex,
eq28-zero-loss (nothing but the Gram part at zero loss), eq15, eq18 and eq25 (one layer, with and without decay).

**Notation.**

=============  =======================================================  ============
symbol         meaning                                                  Python
=============  =======================================================  ============
J_n            gradient of an output f_n by all weights                 letters j
c_n            its weight in the loss, c_n > 0                          letters c
v              any vector of p weights                                  letters v
lambda         weight decay, of lambda |W|^2                            letter s
=============  =======================================================  ============

**Conventions.** The Gram part is sum_n c_n J_n J_n^T: with c_n = 2 under the square loss, e^{-y_n f_n} under the
exponential one. It is the whole Hessian where the network fits (square loss) and where f is linear in the weights.

**References.** T. Poggio et al., CBMM Memo 73 (2018), Appendix 6.2.4, for Theorem 4 (K. Takeuchi).
"""

from __future__ import annotations

from functools import cache

from .book.derivation import Assumed, Derivation, Step, definition, ring_identity, theorem
from .exact.ring import Element, Ring


def _letters(examples: int = 2, weights: int = 3) -> tuple[list[list[Element]], list[Element], list[Element], Element]:
    """J_n, c_n, v and the decay, everything a letter; the form is linear in the examples and in pairs of weights."""
    names = [f"j{n}_{i}" for n in range(examples) for i in range(weights)]
    ring = Ring([*names, *(f"c{n}" for n in range(examples)), *(f"v{i}" for i in range(weights)), "s"], 1)
    rows = [[ring.letter(f"j{n}_{i}") for i in range(weights)] for n in range(examples)]
    return (
        rows,
        [ring.letter(f"c{n}") for n in range(examples)],
        [ring.letter(f"v{i}") for i in range(weights)],
        ring.letter("s"),
    )


def _dot(a: list[Element], b: list[Element]) -> Element:
    total = a[0] * b[0]
    for x, y in zip(a[1:], b[1:], strict=True):
        total = total + x * y
    return total


def _times_gram(rows: list[list[Element]], weights: list[Element], v: list[Element]) -> list[Element]:
    """(sum_n c_n J_n J_n^T) v, entry by entry."""
    size = range(len(v))
    entries = [
        [_dot([c * row[i] for c, row in zip(weights, rows, strict=True)], [row[j] for row in rows]) for j in size]
        for i in size
    ]
    return [_dot(entries[i], v) for i in size]


def _form() -> Step:
    rows, c, v, _ = _letters()
    squares = _dot(c, [_dot(row, v) * _dot(row, v) for row in rows])
    return ring_identity(
        "form",
        r"v^T\Big(\sum_n c_nJ_nJ_n^T\Big)v = \sum_n c_n\,\langle J_n,v\rangle^2",
        _dot(v, _times_gram(rows, c, v)),
        squares,
        uses=("reductions.width_lemma", "reductions.examples_lemma"),
        reason="Each example adds an outer product, whose form is a square.",
    )


@cache
def gram_part() -> Derivation:
    kernel = theorem(
        "kernel",
        "positive sums",
        r"v \in \ker\sum_n c_nJ_nJ_n^T \iff \langle J_n,v\rangle = 0\ \forall n",
        given={"positive factors": Assumed("domain", "c_n > 0")},
        uses=("form",),
        reason="A sum of squares with positive weights vanishes where each square does, and then the product does.",
    )
    size = theorem(
        "size",
        "rank and nullity",
        r"\dim\ker \ge p - N",
        given={"number of equations": Assumed("domain", "N gradients, p weights")},
        uses=("kernel",),
        reason="The kernel is the set of solutions of N linear equations in p unknowns.",
    )
    rows, c, v, decay = _letters()
    shifted = [a + decay * x + decay * x for a, x in zip(_times_gram(rows, c, v), v, strict=True)]
    lifted = ring_identity(
        "decay",
        r"v^T\Big(\sum_n c_nJ_nJ_n^T + 2\lambda I\Big)v = \sum_n c_n\langle J_n,v\rangle^2 + 2\lambda\|v\|^2",
        _dot(v, shifted),
        _dot(c, [_dot(row, v) * _dot(row, v) for row in rows]) + decay * _dot(v, v) + decay * _dot(v, v),
        uses=("form",),
        reason="Decay moves every eigenvalue up by 2 lambda: what was zero is 2 lambda.",
    )
    return Derivation(
        "hessians.gram_part",
        "The Gram part, its null space, and weight decay",
        ("memo90/sec12.1-convex", "memo90/eq28-zero-loss", "memo90/eq15", "memo90/eq18", "memo90/eq25"),
        "Where the Hessian is its Gram part it has no negative eigenvalue, and with more weights than examples it is "
        "degenerate. Decay makes it positive definite there. It does so at a fixed point w: in a deep network the "
        "regularised minimum is another point, at which the second derivatives of f, weighted by the remaining errors, "
        "come in, and symmetries of the layers leave zero eigenvalues whatever the decay.",
        (_form(), kernel, size, lifted),
        "",
        {},
        {},
        r"\sum_n c_nJ_nJ_n^T \succeq 0,\quad \dim\ker\ge p-N,\quad \sum_n c_nJ_nJ_n^T + 2\lambda I \succeq 2\lambda I",
    )


@cache
def overparametrised_layer() -> Derivation:
    jacobian = definition(
        "jacobian",
        r"J = \frac{\partial\,\mathrm{vec}\,\hat Y}{\partial w} \in \mathbb R^{nd'\times p},\qquad "
        r"\nabla^2L(w^*) = J^TJ",
        reason="At zero loss nothing but the Gram part is left; the factor 1/2 of this loss takes the 2 away.",
        uses=("hessians.square_at_zero_loss",),
    )
    through = theorem(
        "through",
        "chain rule",
        r"J_k = \frac{\partial\,\mathrm{vec}\,\hat Y}{\partial\,\mathrm{vec}\,h_j}\;"
        r"\frac{\partial\,\mathrm{vec}\,h_j}{\partial\,\mathrm{vec}\,W_k},\qquad k \le j \le H+1",
        given={"differentiable": Assumed("domain", "w* is a twice differentiable point")},
        uses=("jacobian",),
        reason="What W_k does to the outputs it does by way of the n N_j numbers h_j of every later layer.",
    )
    rank = theorem(
        "rank",
        "rank of a product",
        r"\mathrm{rank}\,J_k \le n\,\min(N_k,\ldots,N_{H+1})",
        given={"factors": through},
        reason="The rank of a product is at most the size that its factors share.",
    )
    null = theorem(
        "null",
        "rank and nullity",
        r"N_kN_{k-1} > n\min(N_k,\ldots,N_{H+1}) \Rightarrow \exists u\ne0:\ J_ku = 0",
        given={"number of equations": rank},
        reason="More columns than rank.",
    )
    rows, c, v, _ = _letters()
    product = ring_identity(
        "product",
        r"J^TJv = \sum_n \langle J_n,v\rangle J_n",
        _times_gram(rows, [e.ring.one for e in c], v),
        [_dot([_dot(row, v) for row in rows], [row[i] for row in rows]) for i in range(len(v))],
        uses=("null",),
        reason="With v = u in layer k and 0 in the others every <J_n, v> is zero, so the Hessian takes v to zero.",
    )
    return Derivation(
        "hessians.overparametrised_layer",
        "A layer with more weights than its outputs can tell apart",
        ("memo90/theorem4", "memo90/sec12.1-hessian-degenerate", "memo90/sec8-flat-minima"),
        "Memo 90's Theorem 4, with its proof: a layer reaches the outputs only through the n N_j numbers of each layer "
        "behind it. If it has more weights than the smallest of these, some change of the layer moves no output to "
        "first order, and at zero loss that is a zero eigenvalue. There are at least as many as the excess.",
        (jacobian, through, rank, null, product),
        "",
        {},
        {"loss": "square", "at": "interpolating"},
        r"N_kN_{k-1} > n\min(N_k,\ldots,N_{H+1}) \Rightarrow \dim\ker\nabla^2L(w^*) \ge "
        r"N_kN_{k-1} - n\min(N_k,\ldots,N_{H+1})",
    )


DERIVATIONS = (gram_part, overparametrised_layer)
