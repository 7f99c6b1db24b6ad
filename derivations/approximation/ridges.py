r"""Polynomials from ridge functions: Theorems 2 and 3, by differences of one smooth unit at C(n+k, k) weights.

Let b be a point where no derivative of sigma up to order k vanishes. Taylor's polynomial of sigma(h w.x + b) in h holds
every monomial x^alpha w^alpha; on the grid of weights w in {alpha : |alpha| <= k} the matrix (w^alpha) can be inverted,
so that some combination of the C(n+k, k) units has any wanted polynomial as its limit for h to 0.

**Notation.** c_j: outer weights; M = (w_j^alpha).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import comb, factorial, prod

import sympy
from flint import fmpq, fmpq_mat

from ..book.derivation import Assumed, Derivation, computation, definition, identity, theorem, vanishes
from .polynomials import Exponent, exponents, homogeneous, power, vandermonde

Number = Fraction | int


def outer_weights(degree: int, target: Mapping[Exponent, int], step: Fraction) -> list[Fraction]:
    """c_j for sigma = exp at b = 0: sum_j c_j exp(step w_j.x) = target + O(step).

    sum_j c_j w_j^alpha step^|alpha| / alpha! is the coefficient of x^alpha, for every |alpha| <= k.
    """
    grid = exponents(len(next(iter(target))), degree)
    wanted = [target.get(a, 0) * prod(factorial(i) for i in a) / step ** sum(a) for a in grid]
    column = fmpq_mat(len(grid), 1, [fmpq(w.numerator, w.denominator) for w in wanted])
    found = vandermonde(grid, grid).transpose().solve(column)
    return [Fraction(int(q.p), int(q.q)) for q in found.entries()]


def largest_error(degree: int, target: Mapping[Exponent, int], step: Fraction) -> Fraction:
    """A bound for the error on [-1, 1]^n: what Taylor's polynomial of degree k leaves of exp(z) is at most
    e^|z| |z|^(k+1)/(k+1)!, below 3 |z|^(k+1)/(k+1)! for |z| <= 1."""
    grid = exponents(len(next(iter(target))), degree)
    reach = [step * sum(w) for w in grid]  # |step w.x| on the cube
    if max(reach) > 1:
        raise ValueError(f"the step {step} is too long for weights up to {degree}")
    weights = outer_weights(degree, target, step)
    tails = (abs(c) * 3 * z ** (degree + 1) / factorial(degree + 1) for c, z in zip(weights, reach, strict=True))
    return sum(tails, Fraction(0))


# ---- witnesses


def shallow_units(variables: int = 3, degree: int = 4) -> Mapping[str, Number]:
    """Theorem 2 carried out for sigma = exp and the polynomial with all coefficients 1.

    units: number of weights; binomial: C(n+k, k); rank of M; table_gap: largest difference of rank and C(n+k, k) over n
    <= 4, k <= 4; error, later_error: bounds at h = 10^-3 and 10^-6; power_rank: how many of the powers (w.x)^k at
    weights of degree k are independent, and powers = C(n+k-1, k).
    """
    shallow_realisation(), powers_of_ridges()
    grid = exponents(variables, degree)
    target = dict.fromkeys(grid, 1)
    table = [(n, k) for n in range(1, 5) for k in range(5)]
    return {
        "units": len(grid),
        "binomial": comb(variables + degree, degree),
        "rank": vandermonde(grid, grid).rank(),
        "table_gap": max(abs(_rank(n, k) - comb(n + k, k)) for n, k in table),
        "error": largest_error(degree, target, Fraction(1, 10**3)),
        "later_error": largest_error(degree, target, Fraction(1, 10**6)),
        "power_rank": power_rank(variables, degree),
        "powers": comb(variables + degree - 1, degree),
    }


def _rank(variables: int, degree: int) -> int:
    grid = exponents(variables, degree)
    return int(vandermonde(grid, grid).rank())


def power_rank(variables: int, degree: int) -> int:
    """Rank of the coefficients multinomial(alpha) w^alpha of (w.x)^k, for the weights w of degree k."""
    weights = homogeneous(variables, degree)
    rows = [[_multinomial(a) * power(w, a) for a in weights] for w in weights]
    return int(fmpq_mat(len(weights), len(weights), [e for row in rows for e in row]).rank())


def _multinomial(alpha: Exponent) -> int:
    return factorial(sum(alpha)) // prod(factorial(i) for i in alpha)


def deep_units(levels: int = 3, degree: int = 2) -> Mapping[str, Number]:
    """Theorem 3: units of a network with the tree of T^n_k, a shallow network of two variables at each node.

    nodes, units_per_node (rank of M for n = 2), units; error, later_error: bounds at one node, as in `shallow_units`;
    exact_networks: how many sums of three exponentials equal the coordinate t on an interval (0 if five functions 1, t,
    e^(w_i t) are independent for all distinct nonzero w_i), and binomial = (n-1) C(2+k, 2).
    """
    compositional_realisation()
    grid = exponents(2, degree)
    target = dict.fromkeys(grid, 1)
    nodes = 2**levels - 1
    each = _rank(2, degree)
    determinant, product = coordinate_among_exponentials()
    return {
        "nodes": nodes,
        "units_per_node": each,
        "units": nodes * each,
        "binomial": nodes * comb(2 + degree, 2),
        "error": largest_error(degree, target, Fraction(1, 10**3)),
        "later_error": largest_error(degree, target, Fraction(1, 10**6)),
        "exact_networks": int(not vanishes(determinant - product)),
    }


def coordinate_among_exponentials() -> tuple[sympy.Expr, sympy.Expr]:
    """The determinant of 1, t, p^t, q^t, r^t at t = 0, ..., 4, and a product that is not zero for distinct positive p,
    q, r other than 1: where the two agree, t is no sum of these exponentials and a constant on any interval."""
    p, q, r = sympy.symbols("p q r")
    rows = [[1, t, p**t, q**t, r**t] for t in range(5)]
    determinant = sympy.Matrix(rows).det(method="berkowitz")
    return determinant, (p - 1) ** 2 * (q - 1) ** 2 * (r - 1) ** 2 * (q - p) * (r - p) * (r - q)


# ---- derivations


def _binomials(variables: int, degree: int) -> tuple[int, ...]:
    """Entries prod_i C(beta_i, alpha_i) above the diagonal, and on it, of the grid ordered by degree."""
    grid = exponents(variables, degree)
    newton = [[prod(comb(b, a) for a, b in zip(alpha, beta, strict=True)) for alpha in grid] for beta in grid]
    above = max((abs(row[j]) for i, row in enumerate(newton) for j in range(i + 1, len(grid))), default=0)
    return above, *{row[i] for i, row in enumerate(newton)}


SIZES = ((1, 4), (2, 3), (3, 3), (4, 2))


@cache
def shallow_realisation() -> Derivation:
    h, k = sympy.symbols("h k", positive=True)
    grid = computation(
        "grid",
        r"\operatorname{det}\Big(\prod_i\binom{\beta_i}{\alpha_i}\Big)_{|\alpha|,|\beta|\le k} = 1",
        tuple(_binomials(*s) for s in SIZES),
        ((0, 1),) * len(SIZES),
        reason="The entry is zero unless alpha <= beta in every place, and one for alpha = beta: by degree the matrix "
        "is triangular. So the values at the grid {beta : |beta| <= k} determine a polynomial of degree at most "
        "k, and the matrix M of the monomials there is invertible.",
        how="entries above and on the diagonal for (n, k) = (1,4), (2,3), (3,3), (4,2)",
        uses=("approximation.dimension_of_polynomials",),
    )
    place = theorem(
        "place",
        "Rolle",
        r"\sigma^{(m)}(b) \ne 0,\quad m = 0,\dots,k,\ \text{for some } b",
        given={
            "derivative without zeros": Assumed(
                "domain", "on some interval the derivative of order k does not vanish, as sigma is not a polynomial"
            )
        },
        reason="There each lower derivative has finitely many zeros; b is any other point.",
    )
    weights = definition(
        "weights",
        r"\sum_j c_jw_j^\alpha = \frac{\alpha!\,g_\alpha}{h^{|\alpha|}\sigma^{(|\alpha|)}(b)},\quad "
        r"|\alpha|\le k",
        uses=("grid", "place"),
        reason="One equation for each coefficient of the target g, as many as units; solvable because M is invertible. "
        "The solution is at most of order h^{-k}.",
    )
    taylor = theorem(
        "taylor",
        "Taylor",
        r"\sum_jc_j\,\sigma(h\,w_j\cdot x+b) = g(x) + O\big(\sum_j|c_j|\,h^{k+1}\big)",
        given={"differentiable": Assumed("network", "sigma is smooth")},
        uses=("weights",),
        reason="Taylor's polynomial of order k in h w_j.x, whose powers are sums of the monomials w_j^alpha x^alpha.",
    )
    small = identity(
        "small",
        h ** (-k) * h ** (k + 1),
        h,
        uses=("taylor",),
        reason="The error on a compact set is of order h, and h is free.",
    )
    return Derivation(
        "approximation.shallow_realisation",
        "Every polynomial is the limit of shallow networks with C(n+k, k) units",
        ("pnas20/thm2",),
        "Theorem 2, with its number of units: one bias b, the weights h w_j on a grid that does not depend on the "
        "target, and outer weights that grow as the accuracy does. Sigma may be any smooth function but a polynomial. "
        "With weights that do not depend on the target no fewer units will do, as r units span r dimensions.",
        (grid, place, weights, taylor, small),
        statement=r"\forall g\in P^n_k:\ \inf\Big\|g - \sum_{j\le r} c_j\sigma(w_j\cdot x+b)\Big\| = 0,\quad "
        r"r = \binom{n+k}{k}",
    )


@cache
def powers_of_ridges() -> Derivation:
    sizes = ((2, 4), (3, 3), (4, 2))
    expand = computation(
        "expand",
        r"(w\cdot x)^k = \sum_{|\alpha|=k}\binom{k}{\alpha}w^\alpha x^\alpha",
        tuple(_expanded(*s) for s in sizes),
        tuple(_by_multinomials(*s) for s in sizes),
        reason="The multinomial theorem.",
        how="expanded at w = (1, ..., n) for (n, k) = (2,4), (3,3), (4,2)",
    )
    independent = computation(
        "independent",
        r"\operatorname{rank}\big((w\cdot x)^k\big)_{|w|=k} = \binom{n+k-1}{k}",
        tuple(power_rank(*s) for s in sizes),
        tuple(comb(n + k - 1, k) for n, k in sizes),
        uses=("expand",),
        reason="A form that vanishes at all w of degree k, that is, with x_n = k less the others, a polynomial of "
        "degree at most k in n - 1 variables on its grid, is zero.",
        how="exact rank for (n, k) = (2,4), (3,3), (4,2)",
    )
    return Derivation(
        "approximation.powers_of_ridges",
        "Ridge polynomials span all polynomials",
        ("pnas20/thm2", "pnas20/universal-shallow"),
        "A polynomial of degree k in n variables is a sum of polynomials of one variable along C(n+k-1, k) fixed "
        "directions: fewer directions than Theorem 2 has units, but several units are spent on each.",
        (expand, independent),
        statement=r"\operatorname{span}\{(w\cdot x)^k : |w| = k\} = \{\text{forms of degree } k\}",
    )


def _expanded(variables: int, degree: int) -> tuple[int, ...]:
    x = sympy.symbols(f"x1:{variables + 1}")
    poly = sympy.Poly(sum(i * letter for i, letter in enumerate(x, 1)) ** degree, *x)
    return tuple(int(poly.coeff_monomial(a)) for a in homogeneous(variables, degree))


def _by_multinomials(variables: int, degree: int) -> tuple[int, ...]:
    w = tuple(range(1, variables + 1))
    return tuple(_multinomial(a) * power(w, a) for a in homogeneous(variables, degree))


@cache
def compositional_realisation() -> Derivation:
    degrees = range(1, 7)
    each = computation(
        "each",
        r"\text{units at a node} = \binom{k+2}{2}",
        tuple(_rank(2, k) for k in degrees),
        tuple(comb(k + 2, 2) for k in degrees),
        uses=("approximation.shallow_realisation",),
        reason="Theorem 2 at a node: two variables, degree k.",
        how="rank of the monomials on their grid for k up to 6",
    )
    total = computation(
        "total",
        r"r = \sum_{i<l}2^i\binom{k+2}{2} = (n-1)\binom{k+2}{2}",
        tuple(sum(2**i * _rank(2, 2) for i in range(levels)) for levels in range(1, 8)),
        tuple((2**levels - 1) * comb(4, 2) for levels in range(1, 8)),
        uses=("each", "approximation.nodes_of_a_tree"),
        reason="There are n - 1 nodes.",
        how="level by level for k = 2, n up to 128",
    )
    close = theorem(
        "close",
        "uniform continuity",
        r"\inf\|f - \text{network}\| = 0",
        given={"continuous on a compact set": Assumed("domain", "the constituents, on slightly larger compact sets")},
        uses=("total",),
        reason="The constituents are approximated one by one; compositions follow.",
    )
    exact = identity(
        "exact",
        *coordinate_among_exponentials(),
        uses=("close",),
        latex=r"\operatorname{det}\big(1,t,p^t,q^t,r^t\big)_{t=0,\dots,4} = (p-1)^2(q-1)^2(r-1)^2(q-p)(r-p)(r-q)",
        reason="For sigma = exp not even a coordinate is a sum of three units: by this determinant 1, t and the "
        "exponentials are independent. The accuracy is arbitrary, but the error is not zero.",
    )
    return Derivation(
        "approximation.compositional_realisation",
        "A network along the tree, with C(k+2, 2) units a node",
        ("pnas20/thm3",),
        "Theorem 3 is Theorem 2 with two variables at each of the n - 1 nodes. Printed is that the network realises "
        "the polynomial; like Theorem 2 it does so with arbitrary accuracy, not exactly.",
        (each, total, close, exact),
        statement=r"\forall f\in T^n_k:\ \inf\|f - \text{network with } (n-1)\binom{k+2}{2}\text{ units}\| = 0",
    )


DERIVATIONS = (shallow_realisation, powers_of_ridges, compositional_realisation)
