"""The parts of a statement, and how layers and sums over layers occur in its terms."""

from __future__ import annotations

from typing import TypeGuard

from ..formula import vocabulary as voc
from ..formula.nodes import (
    And,
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Logic,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
    walk,
)
from .roles import ONE


def relations(statement: Node) -> list[Compare] | None:
    """The relations of a conjunction, or None if it has other parts."""
    match statement:
        case Compare():
            return [statement]
        case And(args=args):
            parts = [relations(a) for a in args]
            known = [part for part in parts if part is not None]
            return [r for part in known for r in part] if len(known) == len(parts) else None
        case Logic():
            return None
    return None


# ---- layers


def layer_variables(node: Node) -> set[str] | None:
    """Names that index layers; None if a layer is indexed by anything but a bare name or name + 1."""
    names: set[str] = set()
    for n in walk(node):
        if isinstance(n, Indexed) and n.base in (*voc.LAYERED, "decay"):
            index = n.index.left if _is_next(n.index) else n.index
            if not isinstance(index, Name) or index.name == "K":
                return None
            names.add(index.name)
    return names


def _is_next(index: Node) -> TypeGuard[BinOp]:
    """k + 1"""
    return isinstance(index, BinOp) and index.op == "+" and index.right == ONE


def names_next_layer(node: Node) -> bool:
    """Whether W[k+1] or its like occurs."""
    layered = (*voc.LAYERED, "decay")
    return any(isinstance(n, Indexed) and n.base in layered and _is_next(n.index) for n in walk(node))


def layer_sums(node: Node) -> int | None:
    """The degree of a term in sums over all layers (a time derivative of f or L is one), None if mixed."""
    match node:
        case Num() | Name() | Indexed():
            return 0
        case Neg(arg=arg) | Transpose(arg=arg):
            return layer_sums(arg)
        case Rate(body=body):
            inner = layer_sums(body)
            return None if inner != 0 else 0 if _one_layer(body) else 1
        case Reduce():
            return _reduced_layer_sums(node)
        case Grad(body=body) | Hess(body=body):
            return 0 if layer_sums(body) == 0 else None
        case BinOp(op=op, left=left, right=right):
            return _binary_layer_sums(op, left, right)
        case Call(func="dot" | "outer", args=(a, b)):
            left_sums, right_sums = layer_sums(a), layer_sums(b)
            return None if left_sums is None or right_sums is None else left_sums + right_sums
        case Call(func=func, args=args):
            linear = func in ("vec", "tr", "entry", "row", "col")
            inner = layer_sums(args[0]) if args else 0
            return inner if linear or inner == 0 else None
    return None


def _reduced_layer_sums(node: Reduce) -> int | None:
    """A sum over k = 1..K adds a degree. A part of that range is empty in a world of one layer: not covered."""
    inner = layer_sums(node.body)
    if not any(n == Name("K") for end in (node.low, node.high) for n in walk(end)):
        return inner
    whole = node.low == ONE and node.high == Name("K") and node.func == "sum"
    return 1 if whole and inner == 0 else None


def _binary_layer_sums(op: str, left: Node, right: Node) -> int | None:
    a, b = layer_sums(left), layer_sums(right)
    if a is None or b is None:
        return None
    if op in ("+", "-"):
        return a if a == b else None
    if op in ("*", "@"):
        return a + b
    if op == "/":
        return a if b == 0 else None
    power = right.value if isinstance(right, Num) else None
    if a == 0:
        return 0
    return a * int(power) if power is not None and power.denominator == 1 and power >= 0 else None


def _one_layer(body: Node) -> bool:
    """Whether a term is made of W, V and rho of layers that are named, so that no other layer moves it.

    A rate inside is not: the velocity of one layer depends on all others.
    """
    nodes = list(walk(body))
    plain = {"K", "N", "pi", "p"}
    indices = {x.name for n in nodes if isinstance(n, Indexed) for x in walk(n.index) if isinstance(x, Name)}
    bare = {n.name for n in nodes if isinstance(n, Name)}
    layered = [n for n in nodes if isinstance(n, Indexed)]
    return (
        bare <= plain | indices | _entry_indices(nodes)
        and all(n.base in ("W", "V", "rho") for n in layered)
        and not any(isinstance(n, Grad | Hess | Reduce | Rate) for n in nodes)
    )


def _entry_indices(nodes: list[Node]) -> set[str]:
    """Names that stand as positions in entry, row, col."""
    calls = [n for n in nodes if isinstance(n, Call) and n.func in ("entry", "row", "col")]
    return {x.name for c in calls for a in c.args[1:] for x in walk(a) if isinstance(x, Name)}
