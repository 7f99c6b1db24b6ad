"""Constants in balls: terms of numbers, pi, exp, log, roots, enclosed as tightly as it takes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb, ctx, fmpq

from ..formula.nodes import BinOp, Call, Compare, Name, Neg, Node, Num, children

PRECISIONS = (64, 256, 1024, 8192)  # bits
FUNCTIONS: dict[str, Callable[[arb], arb]] = {"exp": arb.exp, "log": arb.log, "sqrt": arb.sqrt, "abs": abs}
ORDERED = {"<": (1, True), "<=": (1, False), ">": (-1, True), ">=": (-1, False)}


def is_constant(node: Node) -> bool:
    """Whether a term is made of numbers, pi and functions of them alone."""
    match node:
        case Num() | Name(name="pi"):
            return True
        case Call(func=func) if func not in FUNCTIONS:
            return False
        case BinOp(op="@"):
            return False
        case Neg() | BinOp() | Call():
            return all(map(is_constant, children(node)))
    return False


def enclosure(node: Node, bits: int) -> arb:
    """A ball that holds the value; not finite where the term does not exist, or it cannot be told."""
    before = ctx.prec
    ctx.prec = bits
    try:
        return _ball(node)
    finally:
        ctx.prec = before


def _ball(node: Node) -> arb:
    match node:
        case Num(value=value):
            return arb(fmpq(value.numerator, value.denominator))
        case Name():
            return arb.pi()
        case Neg(arg=arg):
            return -_ball(arg)
        case Call(func=func, args=(arg,)):
            return FUNCTIONS[func](_ball(arg))
        case BinOp(op="+" | "-" | "*" | "/" as op, left=left, right=right):
            a, b = _ball(left), _ball(right)
            return {"+": a + b, "-": a - b, "*": a * b}[op] if op != "/" else a / b
        case BinOp(op="**", left=left, right=Num(value=value)) if value.denominator == 1:
            return _ball(left) ** int(value)
        case BinOp(op="**", left=left, right=right):
            return _ball(left) ** _ball(right)
    raise TypeError(node)


def bounds(node: Node, bits: int = 64) -> tuple[Fraction, Fraction] | None:
    """Rational numbers that the value of a constant lies between."""
    ball = enclosure(node, bits)
    if not ball.is_finite():
        return None
    low, high = (_fraction(end) for end in (ball.lower(), ball.upper()))
    return low, high


def _fraction(value: arb) -> Fraction:
    top, power = value.man_exp()
    return Fraction(int(top)) * Fraction(2) ** int(power)


def decided(relation: Compare) -> int | None:
    """The precision at which balls show a relation between constants to be true; None if they do not."""
    if not is_constant(relation.left) or not is_constant(relation.right):
        return None
    for bits in PRECISIONS:
        gap = enclosure(BinOp("-", relation.right, relation.left), bits)
        if not gap.is_finite():
            return None
        if relation.op == "!=" and not gap.contains(0):
            return bits
        sign, _ = ORDERED.get(relation.op, (0, False))
        if sign and gap * sign > 0:
            return bits
    return None
