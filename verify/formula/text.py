"""Tree back to text: `parse(to_text(tree)) == tree`."""

from __future__ import annotations

from fractions import Fraction

from .nodes import (
    Along,
    And,
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Limit,
    Logic,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
)
from .vocabulary import RATE_OF_FLOW

PRECEDENCE = {"and": 1, "compare": 2, "+": 3, "-": 3, "*": 4, "/": 4, "@": 4, "neg": 5, "**": 6, "atom": 8}


def binding(node: Node) -> int:
    """How tightly the node's outermost operator binds."""
    match node:
        case And():
            return PRECEDENCE["and"]
        case Compare():
            return PRECEDENCE["compare"]
        case BinOp(op=op):
            return PRECEDENCE[op]
        case Neg():
            return PRECEDENCE["neg"]
        case Num(value=value):
            return PRECEDENCE["atom" if value >= 0 else "neg"]
        case _:
            return PRECEDENCE["atom"]


def to_text(node: Node) -> str:
    """The node in the formula language, with no more brackets than it needs."""
    match node:
        case Num(value=value):
            return _number(value)
        case Name(name=name):
            return name
        case Indexed(base=base, index=index):
            return f"{base}[{to_text(index)}]"
        case Neg(arg=arg):
            return "-" + _wrap(arg, PRECEDENCE["neg"])
        case Transpose(arg=arg):
            return (f"({to_text(arg)})" if isinstance(arg, Num) else _wrap(arg, PRECEDENCE["atom"])) + ".T"
        case BinOp():
            return _binary(node)
        case Compare(op=op, left=left, right=right):
            return f"{to_text(left)} {op} {to_text(right)}"
        case And(args=args):
            return " and ".join(_wrap(a, PRECEDENCE["and"] + 1) for a in args)
        case Rate(body=body, flow=flow):
            return f"{RATE_OF_FLOW[flow]}({to_text(body)})"
        case Limit(body=body, variable=variable):
            return f"limit({to_text(body)}{', decay' if variable == 'decay' else ''})"
        case Reduce():
            middle = "" if node.implicit else f"{to_text(node.low)}, {to_text(node.high)}, "
            return f"{node.func}({node.index}, {middle}{to_text(node.body)})"
        case Grad(body=body, wrt=wrt):
            return f"grad({to_text(body)}{'' if wrt is None else ', ' + to_text(wrt)})"
        case Hess():
            return _hessian(node)
        case Call(func=func, args=args) | Logic(func=func, args=args) | Along(func=func, args=args):
            return f"{func}({', '.join(map(to_text, args))})"
    raise TypeError(node)


def _number(value: Fraction) -> str:
    """Finite decimals as decimals, since ``1/2`` would be read back as a division."""
    if value.denominator == 1:
        return str(value)
    shift = next((n for n in range(1, 40) if 10**n % value.denominator == 0), None)
    if shift is None:
        return f"({value})"
    digits = str(abs(value.numerator) * 10**shift // value.denominator).rjust(shift + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-shift]}.{digits[-shift:]}"


def _hessian(node: Hess) -> str:
    if node.first is not None and node.second is not None:
        return f"hess({to_text(node.body)}, {to_text(node.first)}, {to_text(node.second)})"
    return f"hess({to_text(node.body)}{', V' if node.space == 'V' else ''})"


def _binary(node: BinOp) -> str:
    here = PRECEDENCE[node.op]
    tight = node.op == "**"
    left = _wrap(node.left, here + 1 if tight else here)
    right = _wrap(node.right, here if tight else here + 1)
    return f"{left} {node.op} {right}" if here == PRECEDENCE["+"] or node.op == "@" else f"{left}{node.op}{right}"


def _wrap(node: Node, least: int) -> str:
    text = to_text(node)
    return text if binding(node) >= least else f"({text})"
