r"""Rank, and number of distinct eigenvalues, of matrices of square roots and exponentials of rationals: decided.

An entry is a sum of c sqrt(d) e^q with rational c, q and squarefree d. With D a common denominator of all q it lies in
F[E, 1/E], E = e^{1/D}, F = Q(sqrt p_1, ..., sqrt p_m). E is transcendental (Hermite 1873; over algebraic numbers
Lindemann 1882), so a polynomial in E vanishes only if its coefficients do, and the rank over the field F(E) is the rank
of the real matrix. Square roots of distinct primes have degree 2^m (Besicovitch 1940): F acts on Q^(2^m) by integer
matrices, which multiply a rank by 2^m.

A rank is bounded below at a random E modulo a prime: a minor that does not vanish there is no zero polynomial. Where
that is not the full size, fraction-free elimination (Bareiss 1968) over Z[E] decides.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import gcd, lcm

from flint import Ordering, fmpq, fmpq_mat, fmpz, fmpz_mat, fmpz_mpoly, fmpz_mpoly_ctx, nmod_mat

MOST_TERMS = 500  # an entry of more terms ends an elimination without an answer
LARGEST = 12  # characteristic polynomials of larger matrices are not formed
MOST_RADICALS = 3  # primes under square roots: the matrix grows by 2 for each
PRIMES = (2305843009213693951, 2305843009213693921)  # 2^61 - 1 and the prime before it

Monomial = tuple[fmpq, int]  # (q, d) stands for sqrt(d) e^q, d squarefree


def square_root(value: fmpq) -> tuple[fmpq, int]:
    """(c, d) with sqrt(value) = c sqrt(d), d squarefree. Raises ValueError for a negative value."""
    if value < 0:
        raise ValueError(f"the square root of {value}")
    if value == 0:
        return fmpq(0), 1
    outside, inside = fmpq(1, value.q), 1
    for prime, power in (value.p * value.q).factor():
        outside *= fmpq(prime) ** (int(power) // 2)
        inside *= int(prime) ** (int(power) % 2)
    return outside, inside


def product(a: Monomial, b: Monomial) -> tuple[fmpq, Monomial]:
    """sqrt(d) e^q sqrt(d') e^q' as a rational times a monomial."""
    common = int(fmpz(a[1]).gcd(b[1]))
    return fmpq(common), (a[0] + b[0], a[1] * b[1] // common**2)


@dataclass(frozen=True)
class ExponentialMatrix:
    """sum_j m_j A_j, square: rational matrices A_j by the monomials m_j."""

    terms: Mapping[Monomial, fmpq_mat]
    size: int

    @cached_property
    def primes(self) -> list[int]:
        """The primes p_1, ..., p_m under the roots."""
        return sorted({int(p) for _, d in self.terms if d > 1 for p, _ in fmpz(d).factor()})

    @cached_property
    def coefficients(self) -> dict[int, fmpz_mat]:
        """Integer matrices by powers of E: a multiple of the matrix, with each root written as 2^m x 2^m numbers."""
        if not self.terms:
            return {}
        exponents = [q for q, _ in self.terms]
        unit, least = lcm(*(int(q.q) for q in exponents)), min(exponents)
        common = lcm(*(int(part.numer_denom()[1]) for part in self.terms.values()))
        found: dict[int, fmpz_mat] = {}
        for (q, d), part in self.terms.items():
            power = int(((q - least) * unit).p)
            block = _kronecker(_root_matrix(d, self.primes), (part * common).numer_denom()[0])
            found[power] = found[power] + block if power in found else block
        shared = gcd(*found) or 1
        return {power // shared: block for power, block in found.items()}

    def rank(self) -> int | None:
        """The rank; None where its decision would take too long."""
        if len(self.primes) > MOST_RADICALS:
            return None
        degree = 2 ** len(self.primes)
        lower = max((self._modulo(p).rank() for p in PRIMES), default=0) if self.coefficients else 0
        if lower == self.size * degree or not self.coefficients:
            return lower // degree
        found = _elimination_rank(self._polynomials()[0])
        return None if found is None else found // degree

    def distinct(self) -> int | None:
        """Number of distinct nonzero eigenvalues of a symmetric matrix without roots; None where it is not decided.

        Modulo a prime beyond the size eigenvalues can only merge, which bounds the number below; the rank bounds it
        above. Between the two, the squarefree part of the characteristic polynomial over Q(E) decides.
        """
        if self.primes:
            return None
        lower = max((_distinct_modulo(self._modulo(p)) for p in PRIMES), default=0) if self.coefficients else 0
        if lower == self.rank():
            return lower
        if self.size > LARGEST:
            return None
        rows, context = self._polynomials()
        polynomial = _characteristic(rows, context)
        if polynomial is None:
            return None
        repeated = polynomial.gcd(polynomial.derivative(0))
        zero = polynomial.subs({"x": 0}).is_zero()
        return int(polynomial.degrees()[0]) - int(repeated.degrees()[0]) - zero

    def _modulo(self, prime: int) -> nmod_mat:
        """The matrix at a random E modulo a prime, always the same one."""
        at = random.Random(prime).randrange(2, prime)
        size = self.size * 2 ** len(self.primes)
        total = nmod_mat(size, size, prime)
        for power, block in self.coefficients.items():
            total = total + nmod_mat(block, prime) * pow(at, power, prime)
        return total

    def _polynomials(self) -> tuple[list[list[fmpz_mpoly]], fmpz_mpoly_ctx]:
        """Rows of polynomials in E; the context has the letters x and E."""
        context = fmpz_mpoly_ctx.get(("x", "E"), Ordering.lex)
        size = range(self.size * 2 ** len(self.primes))
        return [
            [context.from_dict({(0, e): m[i, j] for e, m in self.coefficients.items() if m[i, j]}) for j in size]
            for i in size
        ], context


def _root_matrix(d: int, primes: list[int]) -> fmpz_mat:
    """sqrt(d) acting on the products of the roots of all primes, as an integer matrix."""
    found = fmpz_mat([[1]])
    for p in primes:
        factor = fmpz_mat([[0, p], [1, 0]]) if d % p == 0 else fmpz_mat([[1, 0], [0, 1]])
        found = _kronecker(found, factor)
    return found


def _kronecker(a: fmpz_mat, b: fmpz_mat) -> fmpz_mat:
    rows, columns = range(b.nrows()), range(b.ncols())
    return fmpz_mat(
        [[a[i, j] * b[r, c] for j in range(a.ncols()) for c in columns] for i in range(a.nrows()) for r in rows]
    )


def _elimination_rank(rows: list[list[fmpz_mpoly]]) -> int | None:
    """Rank of a matrix of polynomials by fraction-free elimination, pivots of fewest terms first."""
    previous, rank = None, 0
    while rows and rows[0]:
        nonzero = [(len(e), i, j) for i, row in enumerate(rows) for j, e in enumerate(row) if not e.is_zero()]
        if not nonzero:
            return rank
        _, i, j = min(nonzero)
        head, pivot = rows[i], rows[i][j]
        rows = [
            [_step(pivot, row[c], row[j], head[c], previous) for c in range(len(row)) if c != j]
            for r, row in enumerate(rows)
            if r != i
        ]
        if any(len(e) > MOST_TERMS for row in rows for e in row):
            return None
        previous, rank = pivot, rank + 1
    return rank


def _step(pivot, entry, left, above, previous):
    """The entry after one step; the pivot before divides it."""
    found = pivot * entry - left * above
    return found if previous is None else found / previous


def _distinct_modulo(matrix: nmod_mat) -> int:
    """Number of distinct nonzero eigenvalues modulo a prime beyond the size."""
    polynomial = matrix.charpoly()
    repeated = polynomial.gcd(polynomial.derivative())
    return int(polynomial.degree() - repeated.degree() - (polynomial[0] == 0))


def _characteristic(rows: list[list[fmpz_mpoly]], context: fmpz_mpoly_ctx) -> fmpz_mpoly | None:
    """det(x I - M) as a polynomial in x and E, by Faddeev and Le Verrier; None where it grows too long."""
    size = range(len(rows))
    x, power = context.gen(0), [[context.constant(int(i == j)) for j in size] for i in size]
    coefficients = [context.constant(1)]
    for k in range(1, len(rows) + 1):
        power = [[sum((rows[i][m] * power[m][j] for m in size), context.constant(0)) for j in size] for i in size]
        if any(len(e) > MOST_TERMS for row in power for e in row):
            return None
        trace = sum((power[i][i] for i in size), context.constant(0))
        coefficients.append(-trace / k)
        power = [[power[i][j] + coefficients[k] * (i == j) for j in size] for i in size]
    return sum((c * x ** (len(rows) - k) for k, c in enumerate(coefficients)), context.constant(0))
