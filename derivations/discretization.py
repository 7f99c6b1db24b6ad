r"""Steps instead of a flow: what gradient descent of finite step size keeps, and what it loses.

**Main results.** pnas20/lemma1-gradient-descent in the form that is true: in a step of size s the squared norms of the
layers grow by one amount up to s^2 times the squared gradients.

**Notation.** G_k gradient of L by W_k; S = (1/N) sum_n e^(-y_n f_n) y_n f_n; s step size.

**Conventions.** Exponential loss, averaged; networks linear, ReLU or leaky ReLU, off the kinks.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Derivation, identity, world_identity
from .book.families import Family
from .layer_terms import pull, setting


@cache
def growth_in_a_step() -> Derivation:
    inner = world_identity(
        "inner",
        r"\langle W_k, G_k\rangle = -S",
        lambda t, k: t.dot(t.W(k), t.grad(lambda t: t.L, "W", k)),
        lambda t, k: -pull(t, t.f),
        family=Family(width=3),
        uses=("structural_lemma.euler_identity",),
        reason="Euler's identity; S does not contain k.",
    )
    w, g, cross, pulled, s = map(sympy.Symbol, (r"\|W_k\|^2", r"\|G_k\|^2", r"\langle W_k,G_k\rangle", "S", "s"))
    step = identity(
        "step",
        w - 2 * s * cross + s**2 * g,
        w + 2 * s * pulled + s**2 * g,
        modulo=(cross + pulled,),
        uses=("inner",),
        latex=r"\|W_k - sG_k\|^2 = \|W_k\|^2 + 2sS + s^2\|G_k\|^2",
        reason="Expand the square.",
    )
    return Derivation(
        "discretization.growth_in_a_step",
        "How the squared norms grow in one step",
        ("pnas20/lemma1-gradient-descent",),
        "Equal growth of the squared norms is a property of the flow. A step adds s^2 |G_k|^2, which is different for "
        "each layer; over a time T the layers drift apart by at most s times the loss that is gained, since the "
        "squared gradients integrate to it.",
        (inner, step),
        "",
        {},
        setting(True),
        r"\Delta\|W_j\|^2 - \Delta\|W_k\|^2 = s^2\big(\|G_j\|^2 - \|G_k\|^2\big)",
    )


DERIVATIONS = (growth_in_a_step,)
