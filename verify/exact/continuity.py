"""Whether a quantity is continuous along a trajectory, so that what its rate says off the kinks holds across them.

A gate has rate zero wherever it has a rate, and yet it jumps. Monotone and conserved forms are decided by rates, so
they are decided for continuous quantities only.
"""

from __future__ import annotations

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Node, Num, Rate, walk
from .counts import plain_number

JUMPS = ("sign", "rank", "nullity", "distinct", "pinv", "null_projector")
OF_GATES = ("gate", "act1", "act2")
POSITIVE_NAMES = ("K", "N", "p", "pi", "rho")


def continuous(node: Node, setting: Setting) -> str:
    """Why a term may jump along a trajectory, '' if it does not."""
    kinked = setting.network in ("relu", "leaky-relu")
    for n in walk(node):
        match n:
            case Call(func=func) if func in JUMPS or (kinked and func in OF_GATES):
                return f"'{func}' may jump where its rate does not exist"
            case Grad() | Hess() | Rate() | Indexed(base="lam") if kinked:
                return "a derivative of a network with kinks may jump where its rate does not exist"
            case BinOp(op="/", right=right) if not positive_term(right):
                return "a quotient may jump where its denominator vanishes"
            case BinOp(op="**", left=left, right=right) if _negative(right) and not positive_term(left):
                return "a negative power may jump where its base vanishes"
    return ""


def _negative(exponent: Node) -> bool:
    value = plain_number(exponent)
    return value is None or value < 0


def positive_term(node: Node) -> bool:
    """Whether a term is positive wherever it exists, read off its form: numbers, sizes, norms of layers, exp."""
    match node:
        case Num(value=value):
            return value > 0
        case Name(name=name):
            return name in POSITIVE_NAMES
        case Indexed(base="rho") | Call(func="exp"):
            return True
        case Call(func="norm", args=(Indexed(base="W"),)):
            return True
        case BinOp(op="+" | "*" | "/", left=left, right=right):
            return positive_term(left) and positive_term(right)
        case BinOp(op="**", left=left):
            return positive_term(left)
    return False
