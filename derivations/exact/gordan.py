"""Multipliers that prove data nonseparable (Gordan's theorem).

Exactly one of two things is so: some w has y_n <w, x_n> > 0 for every n, or there are c_n >= 0, not all zero, with
sum_n c_n y_n x_n = 0. A linear program in floats finds a vertex; its support has one relation up to a factor, which
is then computed and checked in rational arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np
from flint import fmpq, fmpq_mat
from scipy.optimize import linprog

SMALL = 1e-9  # of a multiplier that a vertex has zero; a wrong guess fails the exact check
Row = tuple[Fraction, ...]


@lru_cache(maxsize=64)
def multipliers(x: tuple[Row, ...], y: tuple[Fraction, ...]) -> tuple[Fraction, ...] | None:
    """c_n >= 0 with sum c_n y_n x_n = 0, not all zero, or None if none were found."""
    signed = [tuple(label * v for v in row) for row, label in zip(x, y, strict=True)]
    support = _support(signed)
    relation = _relation([signed[n] for n in support])
    if relation is None:
        return None
    found = dict(zip(support, relation, strict=True))
    c = tuple(found.get(n, Fraction(0)) for n in range(len(x)))
    return c if proves_nonseparable(c, x, y) else None


def proves_nonseparable(c: Sequence[Fraction], x: Sequence[Row], y: Sequence[Fraction]) -> bool:
    """Whether the c_n are multipliers."""
    columns = zip(*x, strict=True)
    vanish = all(sum(k * s * v for k, s, v in zip(c, y, column, strict=True)) == 0 for column in columns)
    return vanish and min(c) >= 0 and max(c) > 0


def _support(signed: list[Row]) -> list[int]:
    """The examples whose multiplier is positive at a vertex of {c >= 0, sum c = 1, sum_n c_n y_n x_n = 0}."""
    rows = np.array([[float(v) for v in row] for row in signed])
    solved = linprog(
        np.zeros(len(rows)),
        A_eq=np.vstack([rows.T, np.ones(len(rows))]),
        b_eq=np.append(np.zeros(rows.shape[1]), 1.0),
        method="highs-ds",
    )
    return [] if solved.x is None else [n for n, c in enumerate(solved.x) if c > SMALL]


def _relation(vectors: list[Row]) -> list[Fraction] | None:
    """The coefficients of the one linear relation between vectors, the last of them 1."""
    if not vectors:
        return None
    columns = fmpq_mat([[fmpq(v.numerator, v.denominator) for v in row] for row in zip(*vectors, strict=True)])
    reduced, rank = columns.rref()
    if rank != len(vectors) - 1:
        return None
    last = [-reduced[i, rank] for i in range(rank)]
    return [*(Fraction(int(v.p), int(v.q)) for v in last), Fraction(1)]
