"""Whether a quantity is continuous along a trajectory, so that what its rate says off the kinks holds across them.

A gate has rate zero wherever it has a rate, and yet it jumps. Monotone and conserved forms are decided by rates, so
they are decided for continuous quantities only. A direction jumps where a layer passes through 0, and so does the
derivative of an absolute value or of a minimum where it has a kink. A logarithm leaves its domain where its argument
vanishes, and e^(-log e^2) is a quotient by another name: it counts as one.
"""

from __future__ import annotations

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Node, Num, Rate, Reduce, walk
from ..statements.separation import may_cross_zero
from .counts import plain_number

JUMPS = ("sign", "rank", "nullity", "distinct", "pinv", "null_projector")
OF_GATES = ("gate", "act1", "act2")
OF_KINKS = ("abs", "norm", "sqrt", "eigmin", "eigmax")  # functions whose derivatives jump
POSITIVE_NAMES = ("K", "N", "p", "pi", "rho")


def continuous(node: Node, setting: Setting) -> str:
    """Why a term may jump along a trajectory, '' if it does not."""
    kinked, crossing = setting.network in ("relu", "leaky-relu"), may_cross_zero(setting)
    for n in walk(node):
        match n:
            case Call(func=func) if func in JUMPS or (kinked and func in OF_GATES):
                return f"'{func}' may jump where its rate does not exist"
            case Grad() | Hess() | Rate() | Indexed(base="lam") if kinked:
                return "a derivative of a network with kinks may jump where its rate does not exist"
            case Grad(body=body) | Hess(body=body) | Rate(body=body) if any(map(has_kinks, walk(body))):
                return "a derivative of a function with kinks may jump where its rate does not exist"
            case _ if crossing and of_direction(n):
                return "the direction of a layer may jump where the layer passes through 0"
            case BinOp(op="/", right=right) if not positive_term(right, setting):
                return "a quotient may jump where its denominator vanishes"
            case BinOp(op="**", left=left, right=right) if _negative(right) and not positive_term(left, setting):
                return "a negative power may jump where its base vanishes"
            case Call(func="log", args=(arg,)) if not positive_term(arg, setting):
                return "a function of a logarithm may jump where the logarithm's argument vanishes"
            case Call(func="li"):
                return "the logarithmic integral has a pole"
    return ""


def has_kinks(n: Node) -> bool:
    """Whether a word is a function whose derivative jumps off the kinks of a network too."""
    match n:
        case Name(name="margin") | Reduce(func="min" | "max"):
            return True
        case Call(func=func, args=args):
            return func in OF_KINKS and not _is_layer(args[0])
    return False


def _is_layer(node: Node) -> bool:
    return isinstance(node, Indexed) and node.base in ("W", "V")


def of_direction(n: Node) -> bool:
    """Whether a word is about directions, divides by a norm of a layer, differentiates one or takes its logarithm."""
    match n:
        case Indexed(base="V" | "fV") | Name(name="margin"):
            return True
        case BinOp(op="/", right=below) | Call(func="log", args=(below,)):
            return any(map(_is_length, walk(below)))
        case BinOp(op="**", left=base, right=exponent):
            return _negative(exponent) and any(map(_is_length, walk(base)))
        case Grad(body=body) | Hess(body=body) | Rate(body=body):
            return any(map(_is_length, walk(body)))
    return False


def _is_length(n: Node) -> bool:
    """rho, rho[k] or norm(W[k])."""
    if isinstance(n, Call) and n.func == "norm":
        return _is_layer(n.args[0])
    return n == Name("rho") or (isinstance(n, Indexed) and n.base == "rho")


def _negative(exponent: Node) -> bool:
    value = plain_number(exponent)
    return value is None or value < 0


def positive_term(node: Node, setting: Setting | None = None) -> bool:
    """Whether a term is positive wherever it exists, read off its form: numbers, sizes, norms of layers, exp; in a
    setting also the loss, if no output makes it zero."""
    match node:
        case Num(value=value):
            return value > 0
        case Name(name="L"):
            return setting is not None and setting.loss != "square" and setting.weight_decay == 0
        case Name(name=name):
            return name in POSITIVE_NAMES
        case Indexed(base="rho") | Call(func="exp"):
            return True
        case Call(func="norm", args=(Indexed(base="W"),)):
            return True
        case BinOp(op="+", left=left, right=right):
            one = positive_term(left, setting) or positive_term(right, setting)
            return one and _not_negative(left, setting) and _not_negative(right, setting)
        case BinOp(op="*" | "/", left=left, right=right):
            return positive_term(left, setting) and positive_term(right, setting)
        case BinOp(op="**", left=left):
            return positive_term(left, setting)
        case Reduce(func="sum", low=Num(value=1), high=Name(name="N" | "K"), body=body):  # never empty
            return positive_term(body, setting)
    return False


def _not_negative(node: Node, setting: Setting | None) -> bool:
    """Whether a term is at least 0 wherever it exists, read off its form: squares too."""
    match node:
        case BinOp(op="**", right=right):
            power = plain_number(right)
            if power is not None and power > 0 and power % 2 == 0:
                return True
        case Call(func="abs" | "norm" | "sqrt"):
            return True
        case BinOp(op="+" | "*", left=left, right=right):
            return _not_negative(left, setting) and _not_negative(right, setting)
    return positive_term(node, setting)
