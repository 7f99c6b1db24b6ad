"""Hard-margin separators through 0 in rational arithmetic.

Notation: z_n rows to be separated from 0; w* = argmin |w|^2 with z_n.w >= 1 for all n.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat

from numerics.flows.hard_margin import NotSeparable, hard_margin

from ..points.rational import RationalPoint

Row = Sequence[Fraction]


def separator(point: RationalPoint) -> tuple[Fraction, ...] | None:
    """w* of the rows y_n x_n, certified, or None."""
    return least_separator([[Fraction(y) * v for v in x] for x, y in zip(point.x, point.y, strict=True)])


def least_separator(rows: Sequence[Row]) -> tuple[Fraction, ...] | None:
    """w*, certified: a combination of the rows on its margin with no negative multiplier; None without one."""
    found = multipliers(rows)
    return None if found is None else found[0]


def multipliers(rows: Sequence[Row]) -> tuple[tuple[Fraction, ...], dict[int, Fraction]] | None:
    """w* and its multipliers lambda_n >= 0 on independent rows: w* = sum lambda_n z_n, z_n.w* = 1 where they stand."""
    try:
        guess = hard_margin(np.array([[float(v) for v in row] for row in rows]), np.ones(len(rows)))
    except NotSeparable:
        return None
    active = [n for n, m in enumerate(guess.multipliers) if m > 0]
    matrix = fmpq_mat([[fmpq(v.numerator, v.denominator) for v in rows[n]] for n in active])
    try:
        solved = (matrix * matrix.transpose()).solve(fmpq_mat([[1]] * len(active)))
    except ZeroDivisionError:
        return None
    w = matrix.transpose() * solved
    weights = tuple(Fraction(int(w[j, 0].p), int(w[j, 0].q)) for j in range(w.nrows()))
    held = {n: Fraction(int(solved[i, 0].p), int(solved[i, 0].q)) for i, n in enumerate(active)}
    if any(v < 0 for v in held.values()) or any(_dot(row, weights) < 1 for row in rows):
        return None
    return weights, held


def _dot(a: Row, b: Row) -> Fraction:
    return sum((u * v for u, v in zip(a, b, strict=True)), Fraction(0))
