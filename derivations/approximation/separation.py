r"""What a network cannot do: a shallow one needs many units for a product, one value a node is too little for a tree.

**Products.** For a test function phi of compact support with integral 1 and a function f let A_f be the matrix with the
entries int f d^S d^T phi, S and T running over the sets of n/2 of the n variables. A unit sigma(w.x + b) has
A = c w^S w^T, of rank one, whatever sigma is; so r units have at most rank r. The product x_1 ... x_n has a 1 (up to
sign) where T is the complement of S and 0 elsewhere: rank C(n, n/2). Ranks do not rise in the limit.

**Trees.** A continuous function s on a circle takes one value at two opposite points p and -p. If all that is known
of (x_1, x_2) is s, then x_1 x_3 + x_2 x_4, which differs by 2 between (p, p) and (-p, p), is missed by 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb, prod
from random import Random

import sympy
from flint import fmpz_mat

from ..book.derivation import Assumed, Derivation, computation, definition, identity, theorem, vanishes
from .rates import growth_of_polynomials
from .trees import nodes

Number = Fraction | int
SEED = 16
FOUR = 4  # units that multiply two values


def flattening_of_the_product(variables: int) -> fmpz_mat:
    """d^S d^T (x_1 ... x_n): 1 where S and T share no variable, which with n/2 each are complements; else 0."""
    sets = list(combinations(range(variables), variables // 2))
    rest = list(combinations(range(variables), variables - variables // 2))
    return fmpz_mat(len(sets), len(rest), [int(not set(s) & set(t)) for s in sets for t in rest])


def flattening_of_units(weights: Sequence[Sequence[int]]) -> fmpz_mat:
    """sum over units of w^S w^T; the numbers c of the units are set to 1."""
    variables = len(weights[0])
    sets = list(combinations(range(variables), variables // 2))
    rest = list(combinations(range(variables), variables - variables // 2))
    entries = [sum(prod(w[i] for i in s + t) for w in weights) for s in sets for t in rest]
    return fmpz_mat(len(sets), len(rest), entries)


def _weights(units: int, variables: int) -> list[list[int]]:
    draw = Random(SEED)
    return [[draw.randint(-9, 9) for _ in range(variables)] for _ in range(units)]


def four_units(order: int) -> sympy.Expr:
    """(u+v)^m + (-u-v)^m - (u-v)^m - (v-u)^m: what the term of order m of sigma(b + h z) contributes to a product."""
    u, v = sympy.symbols("u v")
    return sympy.expand((u + v) ** order + (-u - v) ** order - (u - v) ** order - (v - u) ** order)


# ---- witnesses


def products(variables: int = 8, later: int = 16) -> Mapping[str, Number]:
    """The product of n variables by shallow and by deep networks.

    shallow_least: rank of its flattening; unit_rank, five_rank: of one and of five units; deep_units: four a node, and
    product_gap: 0 if they leave nothing but 8 u v up to order 3; deep_parameters, shallow_parameters: inner and outer
    weights and biases; later_...: for more variables, by C(n, n/2); later_filters_least: shallow units over n, for
    networks whose units are the n shifts of a filter; least_growth: least C(n, n/2) (n+1)/2^n for even n up to 64;
    later_generic_units: of Theorem 3 for k = 2; tree_growth: of N epsilon^2, at most, when epsilon is halved, a node.
    """
    products_need_many_units()
    shallow, deep = int(flattening_of_the_product(variables).rank()), FOUR * nodes(variables)["nodes"]
    u, v = sympy.symbols("u v")
    gaps = [four_units(order) - (8 * u * v if order == 2 else 0) for order in range(4)]
    return {
        "variables": variables,
        "later_variables": later,
        "shallow_least": shallow,
        "deep_units": deep,
        "unit_rank": int(flattening_of_units(_weights(1, variables)).rank()),
        "five_rank": int(flattening_of_units(_weights(5, variables)).rank()),
        "product_gap": int(not all(vanishes(g) for g in gaps)),
        "shallow_parameters": (variables + 2) * shallow,
        "deep_parameters": 4 * deep,
        "later_shallow_parameters": (later + 2) * comb(later, later // 2),
        "later_deep_parameters": 4 * FOUR * nodes(later)["nodes"],
        "tree_growth": growth_of_polynomials(2),
        "later_shallow_least": comb(later, later // 2),
        "later_deep_units": FOUR * nodes(later)["nodes"],
        "later_generic_units": comb(4, 2) * nodes(later)["nodes"],
        "later_filters_least": Fraction(comb(later, later // 2), later),
        "least_growth": min(Fraction(comb(n, n // 2) * (n + 1), 2**n) for n in range(2, 65, 2)),
    }


def one_value_a_node(variables: int = 4) -> Mapping[str, Number]:
    """The function x_1 x_j + x_2 x_(j+1), j = n/2 + 1, on networks with the binary tree.

    least_error of any network whose nodes hand on one value, from the gap 2 (p_1^2 + p_2^2) between opposite points;
    zero_error: of the network 0, the largest value on the product of the two discs; gap_of_two_values: 0 if x = x_+ -
    (-x)_+ hands on a value exactly; values: how many have to be handed on so that the root is a shallow network of all
    variables.
    """
    no_tree_of_single_values()
    p, q = sympy.symbols("p q")
    gap = sympy.expand((p * p + q * q) - (-p * p - q * q))  # g(p, p) - g(-p, p)
    on_circle = sympy.reduced(gap, [p**2 + q**2 - 1], p, q)[1]
    x, gate = sympy.symbols("x g")  # x_+ = g x and (-x)_+ = (1 - g)(-x), off the kink
    return {
        "variables": variables,
        "least_error": Fraction(int(on_circle), 2),
        "zero_error": 1,  # |a.b| <= |a| |b|, attained at (1, 0, 1, 0)
        "gap_of_two_values": int(not vanishes(gate * x - (1 - gate) * -x - x)),
        "values": variables // 2,
    }


# ---- derivations


@cache
def products_need_many_units() -> Derivation:
    u, v = sympy.symbols("u v")
    sizes = (2, 4, 6, 8)
    matrix = definition(
        "matrix",
        r"A_f = \Big(\int f\,\partial^S\partial^T\varphi\Big)_{|S|=|T|=n/2},\quad \int\varphi = 1",
        reason="Continuous in f, for the uniform norm on the support of phi.",
    )
    unit = theorem(
        "unit",
        "integration by parts",
        r"f(x) = \sigma(w\cdot x+b)\ \Rightarrow\ A_f = c\,(w^S w^T)_{S,T}",
        given={"smooth test function": Assumed("domain", "phi is smooth, with compact support")},
        uses=("matrix",),
        reason="The derivatives fall on a function of w.x: each takes out a factor of w. The number c does not depend "
        "on S and T.",
    )
    single = computation(
        "single",
        r"\operatorname{rank}A_f \le r\ \text{for } r \text{ units}",
        tuple(int(flattening_of_units(_weights(r, 8)).rank()) for r in (1, 2, 5)),
        (1, 2, 5),
        uses=("unit",),
        reason="Each is a column times a row.",
        how="at random weights of eight variables",
    )
    product = computation(
        "product",
        r"\operatorname{rank}A_{x_1\cdots x_n} = \binom{n}{n/2}",
        tuple(int(flattening_of_the_product(n).rank()) for n in sizes),
        tuple(comb(n, n // 2) for n in sizes),
        uses=("matrix",),
        reason="A repeated variable gives 0; what is left is a permutation matrix, S against its complement, up to the "
        "sign (-1)^n.",
        how="exact rank for n = 2, 4, 6, 8",
    )
    needed = theorem(
        "needed",
        "closed rank",
        r"f_i\to x_1\cdots x_n,\ r\text{ units each}\ \Rightarrow\ r \ge \binom{n}{n/2}",
        given={"bounded rank": single},
        uses=("product",),
        reason="A is continuous in f, and the rank of a limit is not higher.",
    )
    growth = computation(
        "growth",
        r"\binom{n}{n/2} \ge \frac{2^n}{n+1}",
        tuple(max(comb(n, i) for i in range(n + 1)) for n in sizes),
        tuple(comb(n, n // 2) for n in sizes),
        uses=("needed",),
        reason="It is the largest of n + 1 numbers that sum to 2^n.",
        how="the largest for n = 2, 4, 6, 8",
    )
    generic = theorem(
        "generic",
        "monomials",
        r"\text{the same for } f\in T^n_k,\ k\ge2,\ \text{outside of a null set}",
        given={"polynomial": product},
        uses=("needed",),
        reason="A minor of A_f is a polynomial in the coefficients of the constituents, and one of full size is not "
        "zero at the product: it vanishes on a null set only. Theorem 3 has (n-1) C(k+2, 2) units for f.",
    )
    deep = identity(
        "deep",
        four_units(2),
        8 * u * v,
        latex=r"(u+v)^2+(-u-v)^2-(u-v)^2-(v-u)^2 = 8uv",
        reason="Four units b + h z, z = u + v, -u - v, u - v, v - u, where sigma''(b) is not zero: the orders 0, 1 and "
        "3 cancel, so that they are 4 h^2 sigma''(b) u v + O(h^4). A node of the tree multiplies with four "
        "units, the tree with 4(n-1).",
        uses=("approximation.nodes_of_a_tree",),
    )
    return Derivation(
        "approximation.products_need_many_units",
        "A product: exponentially many units in one layer, four a node in a tree",
        (
            "pnas20/sec2-avoid-curse",
            "pnas20/sec2-locality",
            "pnas20/params-lower-deep",
            "pnas20/disc-min-parameters",
            "memo90/sec8-approximation",
            "memo90/sec8-realizable",
        ),
        "What deep networks are guaranteed and shallow ones are not, for one compositional function, the product of n "
        "variables: with arbitrary accuracy a binary tree with four smooth units a node computes it, while a layer of "
        "ridge units needs at least C(n, n/2) of them, whatever continuous activation they have, and even if each has "
        "its own. Since the rank is lower semicontinuous, the same holds for all T^n_k with k >= 2 outside of a proper "
        "algebraic subset. For Gaussian kernels of one width the argument holds with phi times their common factor "
        "exp(|x|^2/2s^2), for the product times exp(-|x|^2/2s^2), which is compositional, too.",
        (matrix, unit, single, product, needed, growth, generic, deep),
        statement=r"N_{\text{shallow}}\ge\binom{n}{n/2}\ge\frac{2^n}{n+1},\qquad N_{\text{deep}}\le4(n-1)",
    )


@cache
def no_tree_of_single_values() -> Derivation:
    p, q, a = sympy.symbols("p_1 p_2 a")
    circle = definition("circle", r"|p| = 1,\ p\in\mathbb R^2", reason="Points of the plane of x_1 and x_2.")
    opposite = theorem(
        "opposite",
        "intermediate values",
        r"s(p) = s(-p)\ \text{for some } p",
        given={
            "continuous on a connected set": Assumed(
                "network", "s(p) - s(-p) on the circle; activations are continuous"
            ),
            "both signs": Assumed("domain", "s(p) - s(-p) is odd in p"),
        },
        uses=("circle",),
        reason="s(p) - s(-p) changes its sign between p and -p.",
    )
    gap = identity(
        "gap",
        (p * p + q * q) - (-p * p - q * q),
        2,
        modulo=(p**2 + q**2 - 1,),
        uses=("opposite",),
        latex=r"g(p,p) - g(-p,p) = 2|p|^2 = 2,\quad g = x_1x_j+x_2x_{j+1}",
        reason="The other half of the tree sees p as well.",
    )
    missed = identity(
        "missed",
        (a - 1) ** 2 + (a + 1) ** 2,
        2 * a**2 + 2,
        uses=("gap",),
        latex=r"\max\big(|g(p,p)-f|,\,|g(-p,p)-f|\big) \ge 1",
        reason="The network has one value f at both points, the target two that differ by 2, a + f + 1 and a + f - 1 "
        "say: the squares of the errors a + 1 and a - 1 sum to 2 at least, so that one is 1 at least.",
    )
    return Derivation(
        "approximation.no_tree_of_single_values",
        "Trees whose nodes hand on one value are not universal",
        ("pnas20/fig1-universal",),
        "In the hierarchical network of Fig. 1 every node computes a single value, and each half of the variables "
        "reaches the root as one number. For n >= 4 then x_1 x_j + x_2 x_(j+1), j = n/2 + 1, is missed by at least 1 "
        "on the cube, whatever the activation and however many units: no better than by the network 0. If nodes may "
        "hand on several values, n/2 of them bring all variables to the root, which is universal as a shallow network.",
        (circle, opposite, gap, missed),
        statement=r"\inf_f\max_{[-1,1]^n}|f - (x_1x_j+x_2x_{j+1})| \ge 1",
    )


DERIVATIONS = (products_need_many_units, no_tree_of_single_values)
