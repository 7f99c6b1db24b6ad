r"""What one misclassified example holds: one linear layer, exponential loss, three examples in the plane.

**Main results.** memo90/sec14-misclass-span, sec14-few-errors (`one_error`).

**Notation.** y_n x_n = (1, 2), (3, -1), (-1, 0). At w = (3 log 7 - 2 log 2, 2 log 7 + 2 log 2)/10 the losses of the
three are as 1 : 2 : 7, and (1, 2) + 2 (3, -1) + 7 (-1, 0) = 0: w is the equilibrium. The third example alone is on the
wrong side. Without it the other two are separated and w grows along (3, 2), their hard margin, which is not in the
span of the third one.

**Conventions.** Numbers p log 2 + q log 7 are pairs (p, q) of rationals; losses are in units of that of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq, fmpq_mat
from sympy import Matrix, Rational

from ..exact import spectra
from .hard_margins import nearest_to_origin

BASES = (2, 7)
SIGNED = ((1, 2), (3, -1), (-1, 0))
EQUILIBRIUM = ((Fraction(-2, 10), Fraction(3, 10)), (Fraction(2, 10), Fraction(2, 10)))
PRECISION = 128
Pair = tuple[Fraction, Fraction]


def one_error() -> Mapping[str, Any]:
    """gradient: its squared length at w, 0; held_directions: the rank of the Hessian there; least_curvature: its least
    eigenvalue; span_of_errors, span_of_examples: dimensions of the spans of the misclassified and of all examples;
    growth_across: squared share of the hard margin of the others, along which w grows without the error, that is
    orthogonal to the misclassified ones.
    """
    margins = [_product(x) for x in SIGNED]
    losses = [_relative(margins[0], m) for m in margins]
    force = [sum(e * x[i] for e, x in zip(losses, SIGNED, strict=True)) for i in range(2)]
    hessian = fmpq_mat(
        2,
        2,
        [_exact(sum(e * x[i] * x[j] for e, x in zip(losses, SIGNED, strict=True))) for i in range(2) for j in range(2)],
    )
    with ctx.workprec(PRECISION):
        wrong = [x for x, m in zip(SIGNED, margins, strict=True) if _value(m) < 0]
        right = [x for x, m in zip(SIGNED, margins, strict=True) if _value(m) > 0]
        least = spectra.eigmin(hessian, PRECISION) * (-_value(margins[0])).exp()
    return {
        "gradient": sum(f * f for f in force),
        "held_directions": hessian.rank(),
        "least_curvature": (least.mid(), least.lower(), least.upper()),
        "span_of_errors": Matrix(wrong).rank(),
        "span_of_examples": Matrix(SIGNED).rank(),
        "growth_across": _across(right, wrong[0]),
    }


def _product(x: tuple[int, int]) -> Pair:
    """y_n w.x_n."""
    p, q = (sum((c * w[i] for c, w in zip(x, EQUILIBRIUM, strict=True)), Fraction(0)) for i in range(2))
    return p, q


def _relative(first: Pair, other: Pair) -> Fraction:
    """exp(first - other), for a difference with integer coefficients."""
    found = Fraction(1)
    for base, a, b in zip(BASES, first, other, strict=True):
        if (a - b).denominator != 1:
            raise ValueError("a loss that is no rational multiple of the first")
        found *= Fraction(base) ** int(a - b)
    return found


def _value(pair: Pair) -> arb:
    return sum((arb(_exact(c)) * arb(base).log() for base, c in zip(BASES, pair, strict=True)), arb(0))


def _exact(value: Fraction | int) -> fmpq:
    return fmpq(Fraction(value).numerator, Fraction(value).denominator)


def _across(right: list[tuple[int, int]], error: tuple[int, int]) -> Fraction:
    z, v = nearest_to_origin(Matrix(right))[0], Matrix(error)
    share = 1 - z.dot(v) ** 2 / (z.dot(z) * v.dot(v))
    exact = Rational(share)
    return Fraction(int(exact.p), int(exact.q))
