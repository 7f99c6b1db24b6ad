"""One linear layer under the square loss: the flow is linear, and its end is rational.

Notation: A, b with A W - b half the gradient of the loss; A^+ the pseudoinverse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from flint import fmpq, fmpq_mat

from ...claim import Setting
from ...points.rational import RationalPoint
from .base import Fate


class Square(Fate):
    """One linear layer under the square loss: the end is the projection that the linear flow tends to."""

    certificate = "linear flow"

    def others(self) -> Iterator[Fate]:
        moved = tuple(tuple(2 * v + 1 for v in row) for row in self.start.W[0])
        yield square(replace(self.start, W=(moved,)), self.setting)


def square(point: RationalPoint, setting: Setting) -> Fate:
    """W(infinity) = W - A^+ (A W - b) with A = X^T X/N + decay, b = X^T Y/N, N = 1 for the plain sum."""
    x = fmpq_mat([[flint_rational(v) for v in row] for row in point.x])
    targets = fmpq_mat([[flint_rational(v) for v in (t if isinstance(t, tuple) else (t,))] for t in point.y])
    scale = fmpq(1, len(point.x) if setting.average else 1)
    d = x.ncols()
    decay = flint_rational(point.decay[0]) if point.decay else fmpq(0)
    ridge = fmpq_mat([[decay if i == j else 0 for j in range(d)] for i in range(d)])
    a, b = x.transpose() * x * scale + ridge, x.transpose() * targets * scale
    w = fmpq_mat([[flint_rational(v) for v in row] for row in point.W[0]]).transpose()
    end = w - _least_norm(a, a * w - b)
    rows = tuple(tuple(Fraction(int(end[j, i].p), int(end[j, i].q)) for j in range(d)) for i in range(end.ncols()))
    story = "the flow is linear and tends to the interpolant or minimiser with the start's part off the data"
    return Square(point, replace(point, W=(rows,)), story, setting)


def _least_norm(a: fmpq_mat, r: fmpq_mat) -> fmpq_mat:
    """A^+ r for a symmetric A with r in its range: the solution within the range, u = A v with A A v = r."""
    reduced, rank = a.rref()
    pivots, j = [], 0
    for i in range(rank):
        while reduced[i, j] == 0:
            j += 1
        pivots.append(j)
    basis = fmpq_mat([[a[i, j] for j in pivots] for i in range(a.nrows())])
    gram = basis.transpose() * a * basis
    return basis * gram.solve(basis.transpose() * r) if rank else a * r


def flint_rational(v: Fraction) -> fmpq:
    return fmpq(v.numerator, v.denominator)
