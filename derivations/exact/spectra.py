"""Ranks, inertia and eigenvalues of symmetric matrices, decided exactly or enclosed.

A rational matrix is decided: inertia by congruence (Sylvester), rank by elimination, eigenvalues by the characteristic
polynomial, whose squarefree factors carry the multiplicities and whose roots are isolated in balls. A matrix of balls
is enclosed: what its balls do not settle is None, never a guess. No sign here rests on a floating-point number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import cast, overload

import mpmath
from flint import acb, arb, arb_mat, ctx, fmpq, fmpq_mat, fmpq_poly

Rational = fmpq | Fraction | int
Matrix = fmpq_mat | arb_mat | Sequence[Sequence[Rational]]

_START_BITS = 128


@dataclass(frozen=True)
class Inertia:
    """How many eigenvalues are positive, negative and zero."""

    positive: int
    negative: int
    zero: int

    @property
    def size(self) -> int:
        return self.positive + self.negative + self.zero

    @property
    def is_positive_definite(self) -> bool:
        return self.positive == self.size

    @property
    def is_positive_semidefinite(self) -> bool:
        return self.negative == 0


@dataclass(frozen=True)
class Eigenvalue:
    """A ball that holds one eigenvalue, and how often it occurs. A zero eigenvalue is the exact ball 0."""

    ball: arb
    multiplicity: int


def rational(value: Rational) -> fmpq:
    """An exact fmpq of an int, Fraction or fmpq. Raises TypeError for a float, which is no rational that was meant."""
    if isinstance(value, fmpq):
        return value
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: exact matrices take integers and fractions")
    if isinstance(value, Fraction):
        return fmpq(value.numerator, value.denominator)
    return fmpq(value)


def rational_matrix(matrix: Matrix) -> fmpq_mat:
    """An fmpq_mat of nested sequences. Raises TypeError for floats and balls, ValueError for ragged rows."""
    if isinstance(matrix, fmpq_mat):
        return matrix
    if isinstance(matrix, arb_mat):
        raise TypeError("a matrix of balls is not rational")
    rows = [[rational(v) for v in row] for row in matrix]
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        raise ValueError("rows of different lengths")
    return fmpq_mat(len(rows), width, [v for row in rows for v in row])


def symmetric_matrix(matrix: Matrix) -> fmpq_mat:
    """The same, checked to be square and symmetric. Raises ValueError."""
    found = rational_matrix(matrix)
    if found.nrows() != found.ncols() or found != found.transpose():
        raise ValueError(f"{found.nrows()} x {found.ncols()} matrix is not symmetric")
    return found


def rank(matrix: Matrix) -> int | None:
    """Rank of a rational matrix; of symmetric balls the rank if the inertia is certain, else None."""
    if isinstance(matrix, arb_mat):
        signs = inertia(matrix)
        return None if signs is None else signs.positive + signs.negative
    return rational_matrix(matrix).rank()


def nullity(matrix: Matrix) -> int | None:
    """Columns less rank; None where the rank is."""
    found = rank(matrix)
    columns = matrix.ncols() if isinstance(matrix, arb_mat) else rational_matrix(matrix).ncols()
    return None if found is None else columns - found


def kernel(matrix: Matrix) -> fmpq_mat:
    """A basis of the kernel of a rational matrix as columns, from its reduced echelon form."""
    reduced, found = rational_matrix(matrix).rref()
    columns = reduced.ncols()
    pivots, row = [], 0
    for column in range(columns):
        if row < found and reduced[row, column] != 0:
            pivots.append(column)
            row += 1
    free = [c for c in range(columns) if c not in set(pivots)]
    basis = fmpq_mat(columns, len(free))
    for position, column in enumerate(free):
        basis[column, position] = fmpq(1)
        for row, pivot in enumerate(pivots):
            basis[pivot, position] = -reduced[row, column]
    return basis


@overload
def inertia(matrix: fmpq_mat | Sequence[Sequence[Rational]]) -> Inertia: ...
@overload
def inertia(matrix: arb_mat) -> Inertia | None: ...
@overload
def inertia(matrix: Matrix) -> Inertia | None: ...
def inertia(matrix: Matrix) -> Inertia | None:
    """Signs of the eigenvalues of a symmetric matrix by congruence: M = L D L^T with blocks of size 1 and 2.

    Exact for rationals. For balls None where no pivot is certainly nonzero, the rest is not exactly zero, and the
    enclosed eigenvalues do not settle it either.
    Raises ValueError for a matrix that is not symmetric (for balls: whose mirrored entries do not meet).
    """
    if isinstance(matrix, arb_mat):
        return _ball_inertia(matrix)
    rows = [list(row) for row in symmetric_matrix(matrix).tolist()]
    return _count_signs(rows, _exact_sign)


def _ball_inertia(matrix: arb_mat) -> Inertia | None:
    rows = _ball_rows(matrix)
    digits = max((ball.bits() for row in rows for ball in row), default=0)
    with ctx.workprec(max(_START_BITS, ctx.prec, 2 * digits)):
        found = _count_signs(rows, _certain_sign)
    if found is not None:
        return found
    signs = [_certain_sign(ball) for ball in ball_eigenvalues(matrix)]
    return None if None in signs else Inertia(signs.count(1), signs.count(-1), signs.count(0))


def _exact_sign(value: fmpq) -> int:
    return (value > 0) - (value < 0)


def _certain_sign(value: arb) -> int | None:
    """-1 or 1 where the ball lies on one side of 0, 0 for the exact zero, else None."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    return 0 if value.is_zero() else None


def _count_signs(rows, sign) -> Inertia | None:
    counts = {1: 0, -1: 0}
    while rows:
        pivot = _diagonal_pivot(rows, sign)
        if pivot is not None:
            counts[sign(rows[pivot][pivot])] += 1
            rows = _eliminate_one(rows, pivot)
            continue
        pair = _off_diagonal_pivot(rows, sign)
        if pair is None:
            certain = all(sign(v) == 0 for row in rows for v in row)
            return Inertia(counts[1], counts[-1], len(rows)) if certain else None
        # The block [[a, b], [b, c]] has a negative determinant: one eigenvalue of each sign.
        counts[1] += 1
        counts[-1] += 1
        rows = _eliminate_two(rows, *pair)
    return Inertia(counts[1], counts[-1], 0)


def _diagonal_pivot(rows, sign):
    """For balls the diagonal entry farthest from 0, so that balls grow least; for rationals the first nonzero one."""
    usable = [i for i in range(len(rows)) if sign(rows[i][i])]
    if not usable or not isinstance(rows[0][0], arb):
        return usable[0] if usable else None
    return max(usable, key=lambda i: float(rows[i][i].abs_lower()))


def _off_diagonal_pivot(rows, sign):
    for i in range(len(rows)):
        for j in range(i):
            if sign(rows[i][j]) and sign(rows[i][i] * rows[j][j] - rows[i][j] * rows[i][j]) == -1:
                return i, j
    return None


def _eliminate_one(rows, pivot):
    """Schur complement of the entry (pivot, pivot)."""
    others = [i for i in range(len(rows)) if i != pivot]
    head = rows[pivot]
    weight = {i: rows[i][pivot] / head[pivot] for i in others}
    return [[rows[i][j] - weight[i] * head[j] for j in others] for i in others]


def _eliminate_two(rows, p, q):
    """Schur complement of the 2 x 2 block at p, q."""
    a, b, c = rows[p][p], rows[p][q], rows[q][q]
    determinant = a * c - b * b
    others = [i for i in range(len(rows)) if i not in (p, q)]

    def correction(i, j):
        u, v = rows[i][p], rows[i][q]
        s, t = rows[j][p], rows[j][q]
        return (c * u * s - b * (u * t + v * s) + a * v * t) / determinant

    return [[rows[i][j] - correction(i, j) for j in others] for i in others]


def _ball_rows(matrix: arb_mat):
    """Rows of a symmetric ball matrix. Both of two mirrored balls hold the entry; the narrower one stands for both."""
    size = matrix.nrows()
    if size != matrix.ncols():
        raise ValueError(f"{size} x {matrix.ncols()} matrix is not symmetric")
    rows = [[matrix[i, j] for j in range(size)] for i in range(size)]
    for i in range(size):
        for j in range(i):
            if not rows[i][j].overlaps(rows[j][i]):
                raise ValueError(f"entries ({i}, {j}) and ({j}, {i}) differ")
            narrow = min(rows[i][j], rows[j][i], key=lambda ball: float(ball.rad()))
            rows[i][j] = rows[j][i] = narrow
    return rows


def inertia_by_signs(matrix: Matrix) -> Inertia:
    """Inertia by Descartes' rule, exact because every root of det(x I - M) is real: a second route to `inertia`."""
    polynomial = symmetric_matrix(matrix).charpoly()
    coefficients = polynomial.coeffs()
    zero = next(i for i, c in enumerate(coefficients) if c != 0)
    signs = [_exact_sign(c) for c in coefficients if c != 0]
    positive = sum(a != b for a, b in pairwise(signs))
    return Inertia(positive, len(coefficients) - 1 - zero - positive, zero)


def charpoly(matrix: Matrix) -> fmpq_poly:
    """det(x I - M) of a rational matrix."""
    return rational_matrix(matrix).charpoly()


def distinct(matrix: Matrix) -> int:
    """Number of distinct nonzero eigenvalues of a symmetric rational matrix: degree of the squarefree part, 0 aside."""
    polynomial = symmetric_matrix(matrix).charpoly()
    repeated = polynomial.gcd(polynomial.derivative())
    return polynomial.degree() - max(0, repeated.degree()) - (polynomial[0] == 0)


def eigenvalues(matrix: Matrix, bits: int = 64) -> list[Eigenvalue]:
    """All eigenvalues of a symmetric rational matrix, ascending, in disjoint balls of relative accuracy 2^-bits.

    The balls isolate the roots of the squarefree factors of the characteristic polynomial; repeated eigenvalues are one
    entry with their multiplicity.
    """
    polynomial = symmetric_matrix(matrix).charpoly()
    precision = max(_START_BITS, 2 * bits)
    while True:
        with ctx.workprec(precision):
            found = _isolate(polynomial)
            if found is not None and all(_is_sharp(e.ball, bits) for e in found):
                return found
        precision *= 2


def _is_sharp(ball: arb, bits: int) -> bool:
    return ball.is_zero() or ball.rel_accuracy_bits() >= bits


def _isolate(polynomial: fmpq_poly) -> list[Eigenvalue] | None:
    """Real roots with multiplicities in order; None while two balls touch at the working precision."""
    zero = next(i for i in range(polynomial.length()) if polynomial[i] != 0)
    rest = fmpq_poly(polynomial.coeffs()[zero:])
    # the stubs of flint leave the multiplicities out
    found = cast("list[tuple[acb, int]]", rest.numer().complex_roots()) if rest.degree() else []
    roots = [Eigenvalue(_real(root), count) for root, count in found]
    roots += [Eigenvalue(arb(0), zero)] if zero else []
    roots.sort(key=lambda e: float(e.ball.mid()))
    ordered = all(a.ball < b.ball for a, b in pairwise(roots))
    return roots if ordered else None


def _real(root: acb) -> arb:
    """The isolator certifies a real root by an imaginary part that is exactly 0; symmetric matrices have no others."""
    if not root.imag.is_zero():
        raise ArithmeticError(f"root {root} of the characteristic polynomial of a symmetric matrix is not real")
    return root.real


def eigmin(matrix: Matrix, bits: int = 64) -> arb:
    """A ball that holds the least eigenvalue of a symmetric matrix, rational or of balls (see `ball_eigenvalues`)."""
    if isinstance(matrix, arb_mat):
        return ball_eigenvalues(matrix)[0]
    return eigenvalues(matrix, bits)[0].ball


def eigmax(matrix: Matrix, bits: int = 64) -> arb:
    """A ball that holds the greatest eigenvalue."""
    if isinstance(matrix, arb_mat):
        return ball_eigenvalues(matrix)[-1]
    return eigenvalues(matrix, bits)[-1].ball


def ball_eigenvalues(matrix: arb_mat) -> list[arb]:
    """Balls for the ordered eigenvalues of a symmetric ball matrix, repeated ones included.

    Point balls are dyadic rationals and solved exactly. Otherwise with any matrix Q, here approximate eigenvectors of
    the midpoints: Ostrowski, the i-th eigenvalue of Q^T M Q is that of M times a number that is as near to 1 as
    Q^T Q to I; Weyl, it differs from the i-th diagonal entry in order by at most the largest row sum of what stands
    beside the diagonal. No eigenvalue has to be isolated.
    """
    rows = _ball_rows(matrix)
    if all(ball.rad().is_zero() for row in rows for ball in row):
        middle = [[_dyadic(ball.mid()) for ball in row] for row in rows]
        return [e.ball for e in eigenvalues(middle) for _ in range(e.multiplicity)]
    with ctx.workprec(max(_START_BITS, ctx.prec)):
        basis = _approximate_eigenvectors(rows)
        turned, gram = basis.transpose() * arb_mat(rows) * basis, basis.transpose() * basis
        stretch = _largest_row_sum([[g - (i == j) for j, g in enumerate(row)] for i, row in enumerate(gram.tolist())])
        if not stretch < 1:
            raise ArithmeticError("the approximate eigenvectors are dependent")
        diagonal = sorted((turned[i, i].mid() for i in range(len(rows))), key=_dyadic)
        beside = [
            [entry - (entry.mid() if i == j else 0) for j, entry in enumerate(row)]
            for i, row in enumerate(turned.tolist())
        ]
        widen = arb(0, _largest_row_sum(beside))
        return [(value + widen) / arb(1, stretch) for value in diagonal]


def _largest_row_sum(rows: Sequence[Sequence[arb]]) -> arb:
    """An upper bound for the largest sum of moduli in a row, which bounds the spectral norm of a symmetric matrix."""
    return max((sum((abs(v) for v in row), arb(0)).upper() for row in rows), key=_dyadic)


def _approximate_eigenvectors(rows: Sequence[Sequence[arb]]) -> arb_mat:
    """Exact dyadic columns near the eigenvectors of the midpoints, by `mpmath.eigsy` at the working precision."""
    bits = ctx.prec
    context = mpmath.MPContext()
    context.prec = bits
    middle = context.matrix([[context.ldexp(*map(int, ball.mid().man_exp())) for ball in row] for row in rows])
    _, vectors = context.eigsy(middle)
    return arb_mat([[arb(int(context.ldexp(v, bits))) * arb(2) ** -bits for v in row] for row in vectors.tolist()])


def _dyadic(value: arb) -> fmpq:
    """The exact rational of a point ball. Raises ValueError for an infinite one."""
    if not value.is_finite():
        raise ValueError(f"{value} is not finite")
    mantissa, exponent = value.man_exp()
    return fmpq(mantissa) * fmpq(2) ** int(exponent)


def rank_bounds(matrix: arb_mat) -> tuple[int, int]:
    """(lower, upper) for the rank of a symmetric ball matrix: eigenvalue balls that avoid 0, and all that may do so."""
    balls = ball_eigenvalues(matrix)
    return sum(not b.contains(0) for b in balls), sum(not b.is_zero() for b in balls)
