r"""How many polynomials there are: dim P^n_k = C(n+k, k), and how this number grows with k and with n.

**Notation.** D(n, k): number of monomials in n variables of degree at most k.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from math import comb, factorial, prod

import sympy
from flint import fmpq_mat

from ..book.derivation import Assumed, Derivation, computation, identity, theorem

Exponent = tuple[int, ...]
Number = Fraction | int

N, K, I = sympy.symbols("n k i", positive=True)


def exponents(variables: int, degree: int) -> list[Exponent]:
    """Exponents of the monomials of degree at most `degree`, by degree: (0, 0), (0, 1), (1, 0), (0, 2), ..."""
    return [alpha for total in range(degree + 1) for alpha in homogeneous(variables, total)]


def homogeneous(variables: int, degree: int) -> list[Exponent]:
    """Exponents of the monomials of exactly this degree."""
    return list(_with_sum(variables, degree))


def _with_sum(variables: int, total: int) -> Iterator[Exponent]:
    if variables == 0:
        if total == 0:
            yield ()
        return
    for first in range(total + 1):
        for rest in _with_sum(variables - 1, total - first):
            yield (first, *rest)


def power(point: Exponent, exponent: Exponent) -> int:
    """The value of a monomial at an integer point; 0^0 = 1."""
    return prod(p**e for p, e in zip(point, exponent, strict=True))


def vandermonde(points: list[Exponent], alphas: list[Exponent]) -> fmpq_mat:
    """Values of the monomials at the points, a row a point."""
    return fmpq_mat(len(points), len(alphas), [power(p, a) for p in points for a in alphas])


# ---- witnesses


def polynomial_space(variables: int = 3, degree: int = 4) -> Mapping[str, Number]:
    """dimension: rank of all monomials on the grid of their exponents; binomial: C(n+k, k); largest_degree of a sum of
    multiples of two members, by adding their coefficients; table_gap: largest difference of dimension and binomial
    over n <= 4, k <= 4."""
    table = [(n, k) for n in range(1, 5) for k in range(5)]
    return {
        "dimension": _dimension(variables, degree),
        "binomial": comb(variables + degree, degree),
        "degree": degree,
        "largest_degree": max(map(sum, _combined(variables, degree))),
        "table_gap": max(abs(_dimension(n, k) - comb(n + k, k)) for n, k in table),
    }


def _dimension(variables: int, degree: int) -> int:
    grid = exponents(variables, degree)
    return vandermonde(grid, grid).rank()


def _combined(variables: int, degree: int) -> dict[Exponent, int]:
    """Coefficients of 2p + 3q for two polynomials with all monomials."""
    p = {alpha: 1 + sum(alpha) for alpha in exponents(variables, degree)}
    q = {alpha: 5 + max(alpha) for alpha in exponents(variables, degree)}
    return {alpha: 2 * p[alpha] + 3 * q[alpha] for alpha in p}


def units_of_a_shallow_network(variables: int = 8, largest: int = 60) -> Mapping[str, Number]:
    """How C(n+k, k) compares with k^n.

    least_by_factorial: least n! C(n+k, k)/k^n over n <= `variables`, 1 <= k <= `largest`; largest_by_successor: largest
    C(n+k, k)/((n+1) k^n) there; degree_in_k, leading_by_factorial: degree of C(n+k, k) as a polynomial in k, and n!
    times its leading coefficient, and leading itself; degree_in_n: of C(n+3, 3) as a polynomial in n; late_ratio: of
    C(n+3, 3) to 3^n at n = 60; factor_gap: 0 if (k+i)/i = k (1/i + 1/k) in letters.
    """
    order_of_units()  # the bounds for all n and k
    ratios = [(n, Fraction(comb(n + k, k), k**n)) for n in range(1, variables + 1) for k in range(1, largest + 1)]
    in_k = sympy.Poly(sympy.prod((K + i) / i for i in range(1, variables + 1)), K)
    in_n = sympy.Poly(sympy.prod((N + i) / i for i in range(1, 4)), N)
    leading = Fraction(int(in_k.LC().p), int(in_k.LC().q))
    return {
        "least_by_factorial": min(factorial(n) * r for n, r in ratios),
        "largest_by_successor": max(r / (n + 1) for n, r in ratios),
        "variables": variables,
        "degree_in_k": in_k.degree(),
        "leading": leading,
        "leading_by_factorial": leading * factorial(variables),
        "degree_in_n": in_n.degree(),
        "late_ratio": Fraction(comb(63, 3), 3**60),
    }


def units_of_a_deep_network(levels: int = 3, largest: int = 200) -> Mapping[str, Number]:
    """How (n-1) C(k+2, 2) compares with (n-1) k^2: least_ratio, largest_ratio over 1 <= k <= `largest`, and its "
    "limit."""
    nodes = 2**levels - 1
    ratios = [Fraction(nodes * comb(k + 2, 2), nodes * k**2) for k in range(1, largest + 1)]
    leading = sympy.Poly((K + 1) * (K + 2) / 2, K).LC()
    return {
        "least_ratio": min(ratios),
        "largest_ratio": max(ratios),
        "limit_ratio": Fraction(int(leading.p), int(leading.q)),
    }


# ---- derivations


@cache
def dimension_of_polynomials() -> Derivation:
    sizes = [(n, k) for n in range(1, 6) for k in range(1, 6)]
    count = {(n, k): len(exponents(n, k)) for n in range(6) for k in range(6)}
    split = computation(
        "split",
        r"D(n,k) = D(n-1,k) + D(n,k-1)",
        tuple(count[s] for s in sizes),
        tuple(count[n - 1, k] + count[n, k - 1] for n, k in sizes),
        reason="A monomial of degree at most k either lacks x_n, or is x_n times one of degree at most k - 1.",
        how="listed for n, k up to 5",
    )
    start = computation(
        "start",
        r"D(0,k) = D(n,0) = 1",
        tuple(count[0, k] for k in range(6)),
        tuple(count[n, 0] for n in range(6)),
        reason="Only the constant monomial.",
        how="listed up to 5",
    )
    pascal = identity(
        "pascal",
        N / (N + K) + K / (N + K),
        1,
        uses=("split",),
        latex=r"\binom{n+k-1}{k} + \binom{n+k-1}{k-1} = \binom{n+k}{k}",
        reason="Divided by the right side, the two terms are n/(n+k) and k/(n+k).",
    )
    counted = theorem(
        "counted",
        "induction",
        r"D(n,k) = \binom{n+k}{k}",
        given={"base": start, "step": pascal},
        reason="Both sides start alike and obey one recursion, on n + k.",
    )
    independent = theorem(
        "independent",
        "monomials",
        r"\dim P^n_k = D(n,k) = \binom{n+k}{k}",
        given={"polynomial": Assumed("domain", "a combination of distinct monomials")},
        uses=("counted",),
        reason="The monomials span the space, and are independent as functions.",
    )
    top = identity(
        "top",
        1 - K / (N + K),
        N / (N + K),
        uses=("counted",),
        latex=r"\binom{n+k}{k} - \binom{n+k-1}{k-1} = \binom{n+k-1}{k}",
        reason="Divided by the first term. So many monomials have degree exactly k: those of degree at most k - 1 in n "
        "variables are taken away.",
    )
    return Derivation(
        "approximation.dimension_of_polynomials",
        "The dimension of the polynomials of degree k in n variables",
        ("pnas20/def-Pkn",),
        "The number of units of Theorem 2 is the dimension of a space. Polynomials of degree at most k are closed "
        "under sums and multiples, and their monomials are counted by one recursion.",
        (split, start, pascal, counted, independent, top),
        statement=r"\dim P^n_k = \binom{n+k}{k}",
    )


@cache
def order_of_units() -> Derivation:
    factor = identity(
        "factor",
        (K + I) / I,
        K * (1 / I + 1 / K),
        latex=r"\binom{n+k}{k} = \prod_{i=1}^n\frac{k+i}{i} "
        r"= k^n\prod_{i=1}^n\Big(\frac1i + \frac1k\Big)",
        reason="Factor by factor.",
        uses=("approximation.dimension_of_polynomials",),
    )
    above = identity(
        "above",
        (1 / I + 1) - (1 / I + 1 / K),
        (K - 1) / K,
        uses=("factor",),
        latex=r"\frac1i < \frac1i+\frac1k \le \frac{i+1}i",
        reason="The last difference is (k-1)/k, which is not negative.",
    )
    telescope = computation(
        "telescope",
        r"\prod_{i=1}^n\frac{i+1}i = n+1",
        tuple(prod(Fraction(i + 1, i) for i in range(1, n + 1)) for n in range(1, 9)),
        tuple(range(2, 10)),
        reason="Every numerator is the next denominator.",
        how="multiplied out for n up to 8",
    )
    order = theorem(
        "order",
        "positive sums",
        r"\frac{k^n}{n!} < \binom{n+k}{k} \le (n+1)\,k^n",
        given={"positive factors": above},
        uses=("telescope",),
        reason="Products of positive numbers keep the order of their factors. For k = 1 the upper bound is attained, "
        "for k to infinity the lower one is approached.",
    )
    return Derivation(
        "approximation.order_of_units",
        "How far the number of units is from k^n",
        ("pnas20/thm2-approx",),
        "Theorem 2 prints C(n+k, k) as about k^n. For a fixed number of variables the two are of one order in k; the "
        "factor between them runs from n + 1 down to 1/n!, which for n = 8 is 1/40320. For a fixed degree the number "
        "is a polynomial in n, of degree k.",
        (factor, above, telescope, order),
        statement=r"\frac{k^n}{n!} < \binom{n+k}{k} \le (n+1)\,k^n",
    )


DERIVATIONS = (dimension_of_polynomials, order_of_units)
