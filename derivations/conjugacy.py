r"""Conjugacy of flows: what carries over from one system to another, and what does not.

**Main results.** memo90/sec10-topo-signs, memo90/eq47-diffeo, memo90/sec12.3-count-diffconj.

**Notation.**

=============  =====================================================  ============
symbol         meaning                                                Python
=============  =====================================================  ============
mu, nu         rates of x' = mu x and y' = nu y                       `MU`, `NU`
l              log |x(0)|                                             `START`
A, P           2 x 2 matrices with letters as entries; P invertible   `A`, `FRAME`
=============  =====================================================  ============

**Conventions.** Conjugacies keep time and send rest point to rest point. Examples in numbers: `cases.conjugacy`.

**References.** M. Hirsch, S. Smale, R. Devaney, Differential Equations, Dynamical Systems (2012), ch. 4.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Derivation, definition, identity

MU, NU, T = sympy.symbols(r"\mu \nu t", positive=True)
START = sympy.Symbol("l", real=True)
A = sympy.Matrix(2, 2, sympy.symbols("a_{11} a_{12} a_{21} a_{22}"))
FRAME = sympy.Matrix(2, 2, sympy.symbols("p_{11} p_{12} p_{21} p_{22}"))
X = sympy.Symbol("x", positive=True)


@cache
def rates_of_one_sign() -> Derivation:
    """x' = mu x and y' = nu y are conjugate for any mu, nu > 0, by a map that is no diffeomorphism unless mu = nu."""
    power = definition(
        "map",
        r"h(x) = \operatorname{sgn}(x)\,|x|^{q},\quad q=\nu/\mu",
        reason="Continuous with a continuous inverse, for q > 0.",
    )
    carried = identity(
        "carried",
        NU / MU * (START + MU * T),
        NU / MU * START + NU * T,
        uses=("map",),
        latex=r"\log|h(x_0e^{\mu t})| = \log|h(x_0)| + \nu t",
        reason="With l = log |x_0|; signs are kept, so h carries solutions to solutions on either side of 0.",
    )
    slope = identity(
        "slope",
        sympy.diff(X**3, X).subs(X, 0),
        0,
        uses=("map",),
        latex=r"q=3:\quad h'(0) = 0",
        reason="As for every q > 1; for q < 1 the inverse has slope 0. So h is a diffeomorphism for q = 1 alone.",
    )
    return Derivation(
        "conjugacy.rates_of_one_sign",
        "Scalar linear flows whose rates have one sign are topologically conjugate",
        ("memo90/sec10-topo-signs",),
        "Topological conjugacy sees the signs of rates and nothing of their size: that is why it says little about how "
        "fast a flow converges, and nothing about margins.",
        (power, carried, slope),
        statement=r"\mu\nu>0\ \Rightarrow\ (\dot x=\mu x)\ \text{and}\ (\dot y=\nu y)\ \text{are conjugate}",
    )


@cache
def eigenvalues_are_kept() -> Derivation:
    """A differentiable conjugacy near rest points keeps the characteristic polynomial of the linearisation."""
    moved = FRAME * A * FRAME.adjugate()
    law = definition(
        "law",
        r"G(h(x)) = Dh(x)\,F(x)",
        reason="Solutions are carried to solutions: differentiate h(x(t)) by t.",
    )
    similar = definition(
        "similar",
        r"DG(0)\,P = P\,DF(0),\quad P = Dh(0)",
        reason="Differentiate at the rest point; the term with the second derivative of h has the factor F(0) = 0.",
        uses=("law",),
    )
    trace = identity(
        "trace",
        moved.trace(),
        FRAME.det() * A.trace(),
        uses=("similar",),
        latex=r"\operatorname{tr}(PAP^{-1}) = \operatorname{tr}A",
        reason="Written with the adjugate of P, which is det(P) times its inverse; two dimensions with letters.",
    )
    determinant = identity(
        "determinant",
        moved.det(),
        FRAME.det() ** 2 * A.det(),
        uses=("similar",),
        latex=r"\det(PAP^{-1}) = \det A",
        reason="The same for the determinant; the adjugate of P has the determinant of P.",
    )
    return Derivation(
        "conjugacy.eigenvalues_are_kept",
        "A differentiable conjugacy keeps the eigenvalues of the linearisation at a rest point",
        ("memo90/eq47-diffeo", "memo90/sec12.3-count-diffconj"),
        "So equal numbers of distinct eigenvalues are not enough for it: diag(1, 2, 4) and diag(1, 2, 3) have three "
        "each and are not differentiably conjugate.",
        (law, similar, trace, determinant),
        statement=r"h\in C^1,\ \det Dh(0)\ne 0\ \Rightarrow\ \operatorname{spec}DG(0)=\operatorname{spec}DF(0)",
    )


DERIVATIONS = (rates_of_one_sign, eigenvalues_are_kept)
