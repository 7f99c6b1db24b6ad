r"""Functions along a binary tree: its nodes, and the polynomials T^n_k that are composed of bivariate ones.

**Notation.** h_v: constituent at node v, a polynomial of degree k in the values of its two children; c = C(k+2, 2)
coefficients each. Nodes are numbered like a heap: the children of v are 2v and 2v+1, the leaves n, ..., 2n-1.

A node's value may be replaced by a h + b, a != 0, if its parent undoes it: 2(n-2) of the (n-1) c coefficients do not
change the composed polynomial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import comb
from random import Random

import sympy
from flint import fmpz_mpoly, fmpz_mpoly_ctx, nmod_mat

from ..book.derivation import Assumed, Derivation, computation, definition, identity, theorem
from .polynomials import Exponent, exponents

Number = Fraction | int
Constituents = dict[int, dict[Exponent, int]]  # node -> coefficients

PRIME = 2**31 - 1  # a rank modulo a prime is a lower bound for the rank over the rationals
SEED = 20


# ---- composition


def constituents(levels: int, degree: int, seed: int = SEED) -> Constituents:
    """Random coefficients from 1 to 99 for each node of the complete binary tree with 2^levels leaves."""
    draw = Random(seed)
    return {v: {a: draw.randint(1, 99) for a in exponents(2, degree)} for v in range(1, 2**levels)}


def compose(levels: int, parts: Constituents) -> fmpz_mpoly:
    """The composed polynomial, expanded."""
    leaves = 2**levels
    ring = fmpz_mpoly_ctx.get([f"x{i}" for i in range(1, leaves + 1)], "degrevlex")
    values = dict(enumerate(ring.gens(), leaves))
    for v in range(leaves - 1, 0, -1):
        u, w = values[2 * v], values[2 * v + 1]
        values[v] = sum((c * u**i * w**j for (i, j), c in parts[v].items()), ring.constant(0))
    return values[1]


def gradient(levels: int, parts: Constituents, x: Sequence[int]) -> list[int]:
    """Derivatives of the composed value at x by every coefficient, node by node, modulo PRIME: the product of the
    slopes from the node to the root, times the monomial of its children's values."""
    leaves = 2**levels
    values = dict(enumerate(x, leaves))
    for v in range(leaves - 1, 0, -1):
        values[v] = _at(parts[v], values[2 * v], values[2 * v + 1])
    slope = {1: 1}
    found: list[int] = []
    for v in range(1, leaves):
        u, w = values[2 * v], values[2 * v + 1]
        slope[2 * v] = slope[v] * _at(_by_first(parts[v]), u, w) % PRIME
        slope[2 * v + 1] = slope[v] * _at(_by_second(parts[v]), u, w) % PRIME
        found += [slope[v] * pow(u, i, PRIME) * pow(w, j, PRIME) % PRIME for i, j in parts[v]]
    return found


def _at(part: dict[Exponent, int], u: int, w: int) -> int:
    return sum(c * pow(u, i, PRIME) * pow(w, j, PRIME) for (i, j), c in part.items()) % PRIME


def _by_first(part: dict[Exponent, int]) -> dict[Exponent, int]:
    return {(i - 1, j): i * c for (i, j), c in part.items() if i}


def _by_second(part: dict[Exponent, int]) -> dict[Exponent, int]:
    return {(i, j - 1): j * c for (i, j), c in part.items() if j}


def jacobian_rank(levels: int, degree: int, seed: int = SEED) -> int:
    """Rank modulo PRIME of the derivatives by all coefficients at more random points than there are coefficients."""
    parts, draw = constituents(levels, degree, seed), Random(seed + 1)
    size = (2**levels - 1) * comb(degree + 2, 2)
    rows = [gradient(levels, parts, [draw.randrange(PRIME) for _ in range(2**levels)]) for _ in range(size + 5)]
    return int(nmod_mat(len(rows), size, [e for row in rows for e in row], PRIME).rank())


def redundancy(levels: int) -> int:
    """Scale and offset of the value of every node but the root."""
    return 2 * (2**levels - 2)


# ---- witnesses


def nodes(leaves: int = 8, children: int = 2) -> Mapping[str, Number]:
    """A tree whose nodes have that many children, built by joining groups of roots until one is left: how many nodes it
    took, how many levels, how many leaves, and how many variables a constituent has."""
    roots, count, levels = leaves, 0, 0
    while roots > 1:
        if roots % children:
            raise ValueError(f"{roots} roots do not make groups of {children}")
        roots //= children
        count, levels = count + roots, levels + 1
    return {"nodes": count, "levels": levels, "variables": leaves, "constituent_variables": children}


def irregular_nodes(sizes: Sequence[int] = (5, 4, 3, 2, 2)) -> Mapping[str, Number]:
    """A tree grown from one leaf, a leaf replaced by a node with so many children each time: leaves, nodes, and the sum
    over nodes of (children - 1)."""
    leaves, counted = ["root"], 0
    for size in sizes:
        grown = leaves.pop(counted % len(leaves))  # one here, one there
        leaves += [f"{grown}.{child}" for child in range(size)]
        counted += 1
    excess = sum(s - 1 for s in sizes)
    return {"leaves": len(set(leaves)), "nodes": counted, "excess": excess, "largest": max(sizes)}


def composed_polynomials(levels: int = 2, degree: int = 2) -> Mapping[str, Number]:
    """A composition of constituents with all their monomials, expanded.

    composed_degree, monomials; all_monomials of that degree in as many variables; space_degree = k; greatest_degree =
    k^l.
    """
    degree_of_compositions()  # the bound for every n and k
    composed = compose(levels, constituents(levels, degree))
    variables, total = 2**levels, int(composed.total_degree())
    return {
        "variables": variables,
        "space_degree": degree,
        "greatest_degree": degree**levels,
        "composed_degree": total,
        "monomials": len(composed.monoms()),
        "all_monomials": comb(variables + total, total),
    }


def dimensions(levels: int = 3, degree: int = 2) -> Mapping[str, Number]:
    """dimension: rank of the Jacobian at random constituents, a lower bound for that of T^n_k; bound: the coefficients
    less the redundancy, an upper bound, so that rank_gap = bound - dimension is 0 where both are the dimension;
    coefficients of all constituents, nodes, node_coefficients C(k+2, 2); full_dimension of the polynomials of degree
    k^l in n variables."""
    dimension_of_compositions()  # the upper bound for every n and k
    variables, parts = 2**levels, constituents(levels, degree)
    coefficients, rank = sum(map(len, parts.values())), jacobian_rank(levels, degree)
    bound = coefficients - redundancy(levels)
    return {
        "variables": variables,
        "nodes": nodes(variables)["nodes"],
        "node_coefficients": comb(degree + 2, 2),
        "coefficients": coefficients,
        "dimension": rank,
        "bound": bound,
        "rank_gap": bound - rank,
        "full_dimension": comb(variables + degree**levels, variables),
    }


def parameters(levels: int = 4, degree: int = 2) -> Mapping[str, Number]:
    """`dimensions`, beside shallow_least = C(n, n/2), the units of a shallow network for the product of n variables."""
    variables = 2**levels
    return {**dimensions(levels, degree), "shallow_least": comb(variables, variables // 2)}


def sparsity() -> Mapping[str, Number]:
    """ratio_<n>: dim T^n_2 over the dimension of all polynomials of degree 2^l = n, for n = 4, 8, 16; rank_gap: the
    largest of these and of the next; affine_ratio: the same for k = 1 and n = 8; monomials of a composition with n = 4,
    k = 2, and dimension of these compositions."""
    found = {n: dimensions(levels, 2) for levels, n in ((2, 4), (3, 8), (4, 16))}
    affine, small = dimensions(3, 1), composed_polynomials(2, 2)
    quotients = {f"ratio_{n}": Fraction(d["dimension"], d["full_dimension"]) for n, d in found.items()}
    return {
        **quotients,
        "rank_gap": max(d["rank_gap"] for d in (*found.values(), affine)),
        "affine_ratio": Fraction(affine["dimension"], affine["full_dimension"]),
        "monomials": small["monomials"],
        "dimension": found[4]["dimension"],
        "all_monomials": small["all_monomials"],
    }


# ---- derivations


@cache
def nodes_of_a_tree() -> Derivation:
    a, b, d = sympy.symbols("a b d", positive=True)
    leaf = computation("leaf", r"\text{one leaf: no node}", 1 - 1, 0, reason="The tree of a single leaf.", how="1 - 1")
    join = identity(
        "join",
        (a - 1) + (b - 1) + 1,
        (a + b) - 1,
        reason="A node that joins trees with a and b leaves adds itself to their nodes.",
    )
    binary = theorem(
        "binary",
        "induction",
        r"\text{nodes} = n - 1",
        given={"base": leaf, "step": join},
        reason="Every binary tree is built by joining, whatever its shape.",
    )
    wide = identity(
        "wide",
        d * (a - 1) / (d - 1) + 1,
        (d * a - 1) / (d - 1),
        uses=("binary",),
        latex=r"d\,\frac{a-1}{d-1} + 1 = \frac{da-1}{d-1}",
        reason="Joining d trees with a leaves each: with d children a node, (n-1)/(d-1) nodes.",
    )
    return Derivation(
        "approximation.nodes_of_a_tree",
        "The nodes of a tree",
        ("pnas20/fig1-nodes", "pnas20/def-compositional", "pnas20/thm1-trees"),
        "The cost of a deep network is counted node by node. A binary tree with n leaves has n - 1 nodes, so that a "
        "cost per node makes a cost linear in n.",
        (leaf, join, binary, wide),
        statement=r"\text{nodes} = n-1,\qquad \frac{n-1}{d-1}\text{ with } d\text{ "
        r"children}",
    )


@cache
def degree_of_compositions() -> Derivation:
    k, j = sympy.symbols("k j", positive=True)
    leaf = definition("leaf", r"\operatorname{deg} x_i = 1 = k^0", reason="A leaf is a variable.")
    step = identity(
        "step",
        k * k**j,
        k ** (j + 1),
        uses=("leaf",),
        reason="A monomial of degree k in values of degree k^j: degrees multiply.",
    )
    bound = theorem(
        "bound",
        "induction",
        r"T^n_k \subseteq P^n_{k^l},\quad n = 2^l",
        given={"base": leaf, "step": step},
        reason="Level by level.",
    )
    met = computation(
        "met",
        r"(x_1x_2)(x_3x_4) \in T^4_2 \setminus P^4_2",
        _product_degree(),
        4,
        uses=("bound",),
        reason="Three products of two values.",
        how="degree of the expanded polynomial",
    )
    return Derivation(
        "approximation.degree_of_compositions",
        "Degrees multiply along the tree",
        ("pnas20/Tkn-subset-Pkn",),
        "The paper calls T^n_k a subset of P^n_k, the polynomials of degree at most k. With two levels and k = 2 a "
        "product of four variables is composed, whose degree is 4: the compositions lie among the polynomials of "
        "degree k^l.",
        (leaf, step, bound, met),
        statement=r"T^n_k \subseteq P^n_{k^l},\qquad T^n_k\ \text{not in}\ P^n_k\ \text{for}\ k, l \ge 2",
    )


def _product_degree() -> int:
    return int(compose(2, {v: {(1, 1): 1} for v in (1, 2, 3)}).total_degree())


@cache
def dimension_of_compositions() -> Derivation:
    a, b, h, m, c = sympy.symbols("a b h m c")
    undone = identity(
        "undone",
        ((a * h + b) - b) / a,
        h,
        latex=r"\frac{(ah+b)-b}{a} = h",
        reason="Scale and shift the value of a node, and let its parent undo it: a polynomial of degree k in (z - b)/a "
        "is one in z.",
    )
    fibre = computation(
        "fibre",
        r"2(n-2)\ \text{free numbers}",
        tuple(redundancy(level) for level in range(1, 6)),
        tuple(2 * (nodes(2**level)["nodes"] - 1) for level in range(1, 6)),
        uses=("undone",),
        reason="Every node but the root has an a and a b of its own.",
        how="counted for n up to 32",
    )
    above = theorem(
        "above",
        "rank of the Jacobian",
        r"\dim T^n_k \le (n-1)\binom{k+2}{2} - 2(n-2)",
        given={"polynomial map": Assumed("domain", "coefficients to composed polynomial")},
        uses=("undone", "fibre"),
        reason="Along the a and b the composed polynomial does not move: 2(n-2) independent directions in the kernel "
        "of the Jacobian where no constituent is constant.",
    )
    kernel = theorem(
        "kernel",
        "polynomial of a polynomial",
        r"P_u(h_1,h_2)\,\delta_1 + P_v(h_1,h_2)\,\delta_2 + \delta_P(h_1,h_2) = 0\ \Rightarrow\ "
        r"\delta_i = a_i + b_ih_i",
        given={
            "rational function": Assumed(
                "domain", "with the variables of the second child fixed, delta_1 is a quotient of polynomials in h_1"
            )
        },
        uses=("above", "approximation.degree_of_compositions"),
        reason="A direction in which the composed polynomial does not move changes the children by delta_1 and "
        "delta_2, of no higher degree than h_1 and h_2 (at general constituents): so they are affine in them. "
        "The change of P follows, so that each pair of children loses four dimensions and no more.",
    )
    start = identity(
        "start",
        (2 - 1) * c - 2 * (2 - 2),
        c,
        latex=r"D(2) = c = \binom{k+2}{2}",
        reason="One node, whose children are variables.",
    )
    recursion = identity(
        "recursion",
        2 * ((m - 1) * c - 2 * (m - 2)) + c - 4,
        (2 * m - 1) * c - 2 * (2 * m - 2),
        uses=("kernel",),
        latex=r"D(2m) = 2\,D(m) + c - 4,\qquad D(n) = (n-1)c - 2(n-2)",
        reason="Joining two trees adds the c coefficients of a node and takes away the redundancy of two edges.",
    )
    equal = theorem(
        "equal",
        "induction",
        r"\dim T^n_k = (n-1)\binom{k+2}{2} - 2(n-2)",
        given={"base": start, "step": recursion},
        uses=("above",),
        reason="Level by level.",
    )
    sizes = ((2, 1), (2, 2), (2, 3), (3, 1), (3, 2))
    met = computation(
        "met",
        r"\operatorname{rank} = (n-1)\binom{k+2}{2} - 2(n-2)\ \text{at random constituents}",
        tuple(jacobian_rank(*s) for s in sizes),
        tuple((2**level - 1) * comb(k + 2, 2) - redundancy(level) for level, k in sizes),
        uses=("equal",),
        reason="The same once more in numbers: a rank modulo a prime is a lower bound for the dimension.",
        how="(n, k) = (4,1), (4,2), (4,3), (8,1), (8,2)",
    )
    return Derivation(
        "approximation.dimension_of_compositions",
        "The dimension of compositional polynomials",
        ("pnas20/compositional-sparse", "pnas20/disc-min-parameters"),
        "T^n_k is no linear space: it is the image of the coefficients of n - 1 constituents under a polynomial map. "
        "Its dimension is less than their number, (n-1) C(k+2,2), by a scale and an offset for every node but the "
        "root. For k = 1 this leaves n + 1, the affine functions. Beside the dimension of all polynomials of the same "
        "degree k^l it is next to nothing.",
        (undone, fibre, above, kernel, start, recursion, equal, met),
        statement=r"\dim T^n_k = (n-1)\binom{k+2}{2} - 2(n-2)",
    )


DERIVATIONS = (nodes_of_a_tree, degree_of_compositions, dimension_of_compositions)
