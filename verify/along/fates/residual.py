"""One linear layer on separable data: what is left of the loss beside its largest term.

Notation: w* = sum_n lambda_n z_n the hard-margin solution, z_n.w* = 1 on the support vectors; e_n = ell(y_n f_n).

Where the support vectors are independent and all lambda_n > 0 there, e_n/lambda_n tends to one positive multiple of 1/t
(trust list: residual of max-margin bias), and the other e_n vanish beside these. Hence exp(-rho margin) -> 0 and

    N L exp(rho margin) -> sum_n lambda_n / max_n lambda_n      (N L the plain sum of the losses)

which is 1 only if one support vector is alone, and no less than 2 where two have equal multipliers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq

from ...claim import Setting
from ...formula.nodes import BinOp, Call, Name, Neg, Node
from ...points.rational import RationalPoint
from ..separator import multipliers

LARGEST_EXPONENT = BinOp("*", Name("rho"), Name("margin"))


def factors(node: Node) -> Iterator[Node]:
    """The factors of a product."""
    if isinstance(node, BinOp) and node.op == "*":
        yield from factors(node.left)
        yield from factors(node.right)
    else:
        yield node


def remainder(body: Node, point: RationalPoint, setting: Setting) -> fmpq | None:
    """The limit of exp(-rho margin), or of L exp(rho margin) times N or not; None for other terms."""
    if body in (Call("exp", (Neg(LARGEST_EXPONENT),)), Call("exp", (BinOp("*", Neg(Name("rho")), Name("margin")),))):
        return fmpq(0)
    parts = list(factors(body))
    grown, loss, count = Call("exp", (LARGEST_EXPONENT,)), Name("L"), Name("N")
    if Counter(parts) not in (Counter((loss, grown)), Counter((count, loss, grown))):
        return None
    ratio = _sum_over_largest(point)
    if ratio is None:
        return None
    examples = len(point.x)
    scale = Fraction(examples if count in parts else 1, examples if setting.average else 1)
    total = ratio * scale
    return fmpq(total.numerator, total.denominator)


def _sum_over_largest(point: RationalPoint) -> Fraction | None:
    """sum lambda_n / max lambda_n; None where the support vectors are dependent or one has no multiplier."""
    rows = [[Fraction(y) * v for v in x] for x, y in zip(point.x, point.y, strict=True)]
    found = multipliers(rows)
    if found is None:
        return None
    weights, held = found
    support = {n for n, row in enumerate(rows) if sum(a * b for a, b in zip(row, weights, strict=True)) == 1}
    if support != {n for n, v in held.items() if v > 0}:
        return None
    return sum(held.values(), Fraction(0)) / max(held.values())
