"""The examples lemma: which N decide every N; `reductions` lists it."""

from __future__ import annotations

import itertools
from functools import cache

import sympy

from ..exact.letters import Letters
from ..exact.ring import Ring
from .derivation import Derivation, Fact, computation, definition, identity, ring_identity, theorem
from .families import Family

# ---- examples


def assignments(examples: int, sums: int, covered: int) -> int:
    """How many ways `sums` indices in 1..examples cover examples 1..covered and each other example."""
    wanted = set(range(covered))
    return sum(wanted <= set(choice) for choice in itertools.product(range(examples), repeat=sums))


def covering_polynomial(sums: int, covered: int) -> sympy.Poly:
    """The same as a polynomial in N, by inclusion and exclusion: sum_i (-1)^i C(covered, i) (N - i)^sums."""
    n = sympy.Symbol("N")
    total = sum((-1) ** i * sympy.binomial(covered, i) * (n - i) ** sums for i in range(covered + 1))
    return sympy.Poly(sympy.expand(total), n)


def _collapsed_log() -> tuple:
    ring = Ring(["f"], 4)
    letters = Letters(ring)
    return letters.log(letters.exp(-ring.letter("f"))), -ring.letter("f")


@cache
def examples_lemma() -> Derivation:
    sums, covered = 3, 2
    form = definition(
        "form",
        r"P_N = \sum_{s\le m} N^{-s}\sum_{n_1,\dots,n_s=1}^N T_s(x_{n_1},\dots,x_{n_s};x_1,\dots,x_q)",
        reason="Each average brings one sum and one 1/N; a plain sum brings a sum only.",
    )
    count = computation(
        "count",
        r"[\mu]\,P_N = N^{-m}\,p_\mu(N),\qquad \deg p_\mu \le m",
        tuple(assignments(n, sums, covered) for n in range(2, 6)),
        tuple(int(covering_polynomial(sums, covered).eval(n)) for n in range(2, 6)),
        uses=("form",),
        how=f"assignments of {sums} indices that cover {covered} examples, N = 2..5, counted and from the polynomial",
        reason="Only index choices that meet the examples of the monomial mu contribute; the others are free in "
        "1..N, so the "
        "number of choices of each pattern is a falling factorial in N, right for every N, small ones too.",
    )
    degree = computation(
        "degree",
        r"\deg p_\mu \le m - |\mu|",
        covering_polynomial(sums, covered).degree(),
        sums - covered,
        uses=("count",),
        how="degree for 3 sums and 2 examples in mu",
        reason="Each example of mu takes one of the m indices.",
    )
    zeros = theorem(
        "zeros",
        "too many zeros",
        r"p_\mu(N) = 0 \text{ for } N = m+q,\dots,2m+q \Rightarrow p_\mu = 0",
        given={
            "degree": degree,
            "zeros": Fact("m + 1 values of N", lambda: len(Family(sums=3, marked=2).examples) == 4),
        },
        reason="From N = m + q on every pattern of examples occurs; by symmetry in the unmarked examples the "
        "first ones will do.",
    )
    n = sympy.Symbol("N")
    explicit = identity(
        "explicit",
        ((n - 1) * (n - 2)).subs(n, 1) + ((n - 1) * (n - 2)).subs(n, 2),
        0,
        uses=("zeros",),
        latex=r"(N-1)(N-2) = 0 \text{ at } N = 1, 2",
        reason="A factor N that the formula writes by itself raises the degree: each asks for one more value of N.",
    )
    log = ring_identity(
        "functions",
        r"\log\Big(\frac1N\sum_n e^{-f_n}\Big) = -f_1 \text{ at } N = 1",
        *_collapsed_log(),
        uses=("zeros",),
        reason="Inside exp, log, a root or a norm a sum over examples is no polynomial in N: at N = 1 it "
        "collapses. A statement "
        "with a sum there is outside the lemma, unless the function is a letter that drops out.",
    )
    merge = identity(
        "marked",
        *_merged(),
        uses=("zeros",),
        reason="Free indices m, n of examples are checked at different examples only: two equal inputs count as "
        "one input of "
        "weight 2, and polynomials in the weights that agree from some weights on agree at weight 1. An example "
        "named by "
        "number, beside a free index, is not covered: f[n] = f[1] holds at n = 1.",
    )
    return Derivation(
        "reductions.examples_lemma",
        "Examples lemma",
        (),
        "A statement that multiplies at most m sums over all examples n = 1..N and speaks of q marked examples "
        "holds for every "
        "N if it holds for N = m + q, ..., 2m + q with generic letters. Hypotheses: the sums run over 1..N, not "
        "a part; N "
        "itself occurs only as the 1/N of an average, or each further power of N adds one value of N to check; no sum "
        "stands inside exp, log, a root or a norm; denominators with sums are cleared and counted; free example "
        "indices are "
        "names, never 'N', 'n+1' or a number next to a name. Where the checks are run N is a positive letter, "
        "apart from the number of examples that are written out, so that N p_mu - q_mu and its like are compared "
        "coefficient by coefficient in it: an identity in the letter holds at its value. "
        "For classes the polynomial is one in the numbers N_c of "
        "examples of each class; all patterns of classes at these N determine it, those with one class alone "
        "included, which are no data and yet are values of the polynomial; and a class may be renamed only in a "
        "formula that names no class by number. "
        "A sign is decided for every N by one certificate, e = sum c_i p_i with every p_i a product of positive "
        "letters and of outputs y_n f_n that are positive by hypothesis: an equality of terms, and where each of "
        "its monomials meets as many examples as sums are multiplied, the c_i do not depend on the number of examples. "
        "A square of a polynomial at one width need not be one at another, and is no such certificate.",
        (form, count, degree, zeros, explicit, log, merge),
        "",
        {},
        {},
        r"P_N = 0 \text{ for } N = m+q,\dots,2m+q \Rightarrow P_N = 0 \text{ for every } N",
    )


def _merged() -> tuple[sympy.Expr, sympy.Expr]:
    """Sum over examples 1, 2, 3 with x_2 = x_1, and the sum of weight 2 and 1."""
    t1, t2, t3, w = sympy.symbols("T_1 T_2 T_3 w")
    return (t1 + t2 + t3).subs(t2, t1), (w * t1 + t3).subs(w, 2)
