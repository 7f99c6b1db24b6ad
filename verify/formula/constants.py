"""Terms that are numbers, and how high the powers of a term pile up."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .nodes import BinOp, Name, Neg, Node, Num, children

MAX_EXPONENT = 64  # of powers, also of powers of powers, and of decimals


def rational(node: Node, known: Mapping[str, int]) -> Fraction | None:
    """The value of a term made of numbers and known names by + - * /; None for anything else."""
    match node:
        case Num(value=value):
            return value
        case Name(name=name):
            return Fraction(known[name]) if name in known else None
        case Neg(arg=arg):
            inner = rational(arg, known)
            return None if inner is None else -inner
        case BinOp(op="+" | "-" | "*" | "/" as op, left=left, right=right):
            a, b = rational(left, known), rational(right, known)
            if a is None or b is None or (op == "/" and b == 0):
                return None
            return {"+": a + b, "-": a - b, "*": a * b}[op] if op != "/" else a / b
    return None


def power_height(node: Node, known: Mapping[str, int]) -> Fraction:
    """The largest exponent, or denominator of one, that powers of powers add up to: 6 for ``(x**2)**3``."""
    height = Fraction(1)
    for child in children(node):
        height = max(height, power_height(child, known))
    if isinstance(node, BinOp) and node.op == "**":
        exponent = rational(node.right, known)
        if exponent is not None:
            return height * max(abs(exponent), Fraction(exponent.denominator))
    return height
