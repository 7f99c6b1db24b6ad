"""What a theorem proves about whole trajectories."""

from __future__ import annotations

from fractions import Fraction

from derivations.trust import TRUST

from ..claim import Setting, Statement
from ..evidence import Exact
from ..formula.nodes import Along, And, BinOp, Call, Compare, Indexed, Limit, Name, Node, Num
from .fates.line import at_separator, is_line
from .values import names

THEOREM = "max-margin bias"


def decide_along(statement: Statement, setting: Setting) -> Exact:
    """Proved where the theorem on max-margin bias says it, else undecided."""
    applies = is_line(setting) and setting.data == "separable" and statement.after is None
    if applies and implied_by_bias(statement.formula):
        detail = {"decision": "theorem", "theorem": THEOREM, "lemmas": [f"theorem: {TRUST[THEOREM].statement}"]}
        return Exact("proved", "general", detail)
    return Exact("undecided", "instances", message="no exact route decides this statement about trajectories")


def implied_by_bias(node: Node) -> bool:
    """Whether V[1] -> svm and rho ~ log t/max_margin say a statement word for word."""
    match node:
        case And(args=args):
            return all(implied_by_bias(a) for a in args)
        case Compare(op="==", left=left, right=right):
            sides = [s for s in (left, right) if isinstance(s, Limit) and s.variable == "t"]
            other = right if sides and sides[0] is left else left
            return len(sides) == 1 and _limit_by_bias(_unwrapped(sides[0].body), other)
        case Along(func="diverges", args=(e,)):
            return is_norm(e)
        case Along(func="converges", args=(e,)):
            return _unwrapped(e) in (V1, Name("margin"), Name("L"))
        case Along(func="independent_of_start", args=(Limit(body=e),)):
            return _unwrapped(e) in (V1, Name("margin"), Name("L"))
        case Along(func="asymptotic", args=(e, g)):
            return is_norm(e) and g == BinOp("/", Call("log", (Name("t"),)), Name("max_margin"))
    return False


V1 = Indexed("V", Num(Fraction(1)))


def _limit_by_bias(body: Node, value: Node) -> bool:
    if body == Name("L"):
        return value == Num(Fraction(0))
    return body in (V1, Name("margin")) and "V" not in names(value) and at_separator(value) == at_separator(body)


def _unwrapped(body: Node) -> Node:
    """V[1] for vec(V[1]): a layer with one output is a vector as it stands."""
    return V1 if body == Call("vec", (V1,)) else body


def is_norm(e: Node) -> bool:
    """rho, rho[1] or norm(W[1]) of one layer."""
    one = Num(Fraction(1))
    return e in (Name("rho"), Indexed("rho", one), Call("norm", (Indexed("W", one),)))
