"""Side conditions of statements along trajectories that are decided at points.

`conserved(e)` and the monotone forms are relations for d(e), which holds for e along a trajectory if e is locally
Lipschitz in the weights (trajectories are, and may cross kinks). What a start satisfies need not hold later.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..claim import Setting
from ..formula.nodes import (
    Along,
    BinOp,
    Call,
    Compare,
    Grad,
    Indexed,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
    walk,
)
from .algebra import Uncovered

OPERATORS = {"conserved": "==", "nondecreasing": ">=", "nonincreasing": "<="}
LIPSCHITZ = ("dot", "outer", "vec", "tr", "norm", "exp", "entry", "row", "col", "zeros_like", "diag", "rows", "cols")


def pointwise(formula: Node) -> Node:
    """`conserved(e)` and its like as a relation for d(e)."""
    if not isinstance(formula, Along) or formula.func not in OPERATORS:
        return formula
    (body,) = formula.args
    return Compare(OPERATORS[formula.func], Rate(body, None), Call("zeros_like", (body,)))


def later(setting: Setting) -> Setting:
    """What a setting says of all times: nothing of the start."""
    return replace(setting, start="random", assume=())


def require_lipschitz(node: Node, setting: Setting) -> None:
    """Nothing, if a term is locally Lipschitz in the weights.

    Raises:
        Uncovered: naming the part that may not be.
    """
    smooth = setting.network in ("linear", "power", "smooth")
    match node:
        case (
            Num()
            | Name(name="L" | "N" | "K" | "p" | "pi" | "decay" | "rho")
            | Indexed(base="W" | "rho" | "f" | "x" | "y")
        ):
            return None
        case Name(name=name) if len(name) == 1 and name != "t":  # an index
            return None
        case Indexed(base="V" | "fV") if setting.flow in ("constrained", "fixed-rho", "weight-norm"):
            return None  # these end where a layer reaches 0
        case BinOp(op="**", left=base, right=Num(value=power)) if power.denominator == 1 and power >= 0:
            return require_lipschitz(base, setting)
        case BinOp(op="/", left=above, right=below) if _never_zero(below):
            return require_lipschitz(above, setting)
        case BinOp(op="+" | "-" | "*" | "@", left=a, right=b) | Reduce(func="sum", low=a, body=b):
            require_lipschitz(a, setting)
            return require_lipschitz(b, setting)
        case Neg(arg=arg) | Transpose(arg=arg) | Call(func="log", args=(Name(name="L") as arg,)):
            return require_lipschitz(arg, setting)
        case Call(func=func, args=args) if func in LIPSCHITZ:
            for arg in args[:1] if func in ("entry", "row", "col") else args:
                require_lipschitz(arg, setting)
            return None
        case Rate(body=body) | Grad(body=body) if smooth:
            return require_lipschitz(body, setting)
    raise Uncovered("a quantity that may jump along trajectories")


def _never_zero(node: Node) -> bool:
    match node:
        case Num(value=value):
            return value != Fraction(0)
        case Name(name="N" | "K" | "p" | "pi") | Call(func="exp"):
            return True
        case BinOp(op="*", left=a, right=b):
            return _never_zero(a) and _never_zero(b)
    return False


def _has_norms(node: Node) -> bool:
    """Whether a norm occurs, whose derivative jumps at 0."""
    return any(
        n == Name("rho")
        or (isinstance(n, Indexed) and n.base in ("rho", "V", "fV"))
        or (isinstance(n, Call) and n.func == "norm")
        for n in walk(node)
    )
