"""What derivations prove about the limit of a vanishing weight decay.

Where the path's end is known (`ends`), the limit of a continuous term is the term there: the statement becomes one
about the data, which is decided by comparing trees or by the exact world.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derivations.exact.ring import Undecidable

from ..along.fates.line import at_separator
from ..along.theorems import V1, decide_along, is_norm
from ..claim import Setting, Statement
from ..evidence import Derived, Exact
from ..exact.checks import merge
from ..exact.prove import decide_part
from ..formula.nodes import (
    Along,
    And,
    BinOp,
    Call,
    Compare,
    Indexed,
    Limit,
    Name,
    Node,
    Num,
    Reduce,
    Transpose,
    rebuild,
    walk,
)
from ..statements.words import DIRECTIONAL, continuous, names
from ..world import CannotEvaluate
from .deep import far_limit, goes_far, of_one_example
from .ends import is_least_squares, is_separable_line, without_decay

PLACES = ("any", "stationary", "minimum")  # in one layer there is one stationary point, the minimum
ONE = Num(Fraction(1))
ZERO = Num(Fraction(0))
# words that mean nothing, or something else, in the limit
MOVING = frozenset({"W", "V", "rho", "f", "fV", "L", "margin", "lam", "decay", "t"})
NO_ROUTE = Exact("undecided", "instances", message="no exact route decides this limit in the weight decay")


def decide_vanishing(statement: Statement, setting: Setting) -> Exact:
    """Proved where a derivation knows the end of every path, else undecided."""
    if statement.at not in PLACES or statement.after is not None:
        return NO_ROUTE
    return decided(statement.formula, statement, setting)


def decided(node: Node, statement: Statement, setting: Setting) -> Exact:
    match node:
        case And(args=args):
            return merge([decided(a, statement, setting) for a in args])
        case Compare(left=left, right=right) if any(isinstance(s, Limit) for s in (left, right)):
            if any(isinstance(s, Limit) and s.variable == "t" for s in (left, right)):
                return beside_the_flow(node, statement, setting)
            return limits(node, statement, setting)
        case Along():
            return decide_along(replace(statement, formula=node), setting)
    return NO_ROUTE


def limits(node: Compare, statement: Statement, setting: Setting) -> Exact:
    if is_least_squares(setting):
        return at_least_norm(node, statement, setting)
    if goes_far(setting, statement.at) and node.op == "==":
        far = [far_side(s, setting, statement.at) for s in (node.left, node.right)]
        if far[0] is not None and far[1] is not None:
            return same_at_separator(far[0], far[1], statement, setting)
    if is_separable_line(setting) and node.op == "==":
        sides = [direction(s, setting) for s in (node.left, node.right)]
        if None not in sides and sides[0] == sides[1]:
            return proved(function_of(node, sides[0]))
    return NO_ROUTE


def same_at_separator(left: Node, right: Node, statement: Statement, setting: Setting) -> Exact:
    """Limits of deep linear networks: one term, or for one example one number."""
    path = proved("deep_path")
    if left == right:
        return path
    if setting.examples != 1:
        return NO_ROUTE
    relation = Compare("==", *(of_one_example(s) for s in (left, right)))
    try:
        found = decide_part(relation, replace(statement, formula=relation, at="any"), setting)
    except (Undecidable, CannotEvaluate) as reason:
        return replace(NO_ROUTE, message=str(reason))
    return merge([path, found]) if found.outcome == "proved" else replace(NO_ROUTE, message=found.message)


def far_side(side: Node, setting: Setting, at: str) -> Node | None:
    """A side in the limit of deep linear networks; None where that is not known."""
    if isinstance(side, Limit):
        return far_limit(side.body, setting, at) if side.variable == "decay" else None
    return None if names(side) & MOVING else side


def proved(function: str) -> Exact:
    from derivations.book.library import derivation

    found = derivation(f"stationarity.{function}")
    detail = {"decision": "derivation", "derivation": found.name}
    return Exact("proved", "general", detail, rests_on=(Derived(found.name, found.title),))


def beside_the_flow(node: Compare, statement: Statement, setting: Setting) -> Exact:
    """limit(e) == limit(e, decay): proved where both have one value that theorems give."""
    sides = {s.variable: s.body for s in (node.left, node.right) if isinstance(s, Limit)}
    known = is_separable_line(setting) or goes_far(setting, statement.at)
    if len(sides) < 2 or node.op != "==" or not known or statement.at not in ("any", "minimum"):
        return NO_ROUTE
    if goes_far(setting, statement.at):
        return deep_beside_the_flow(sides["t"], sides["decay"], statement, setting)
    for word in ("svm", "max_margin"):
        parts = [
            Compare("==", Limit(sides["t"]), Name(word)),
            Compare("==", Limit(sides["decay"], "decay"), Name(word)),
        ]
        flow = decide_along(replace(statement, formula=parts[0]), without_decay(setting))
        path = limits(parts[1], statement, setting)
        if flow.outcome == path.outcome == "proved" and setting == without_decay(setting):
            return merge([flow, path])
    return NO_ROUTE


def deep_beside_the_flow(flow: Node, path: Node, statement: Statement, setting: Setting) -> Exact:
    """The product of the directions and the margin end where the theorem on deep max-margin bias has them end."""
    ends = [far_limit(e, setting, statement.at) for e in (flow, path)]
    settled = Along("independent_of_start", (Limit(flow),))
    if ends[0] is None or ends[0] != ends[1] or setting != without_decay(setting):
        return NO_ROUTE
    along = decide_along(replace(statement, formula=settled, at="any"), setting)
    return merge([along, proved("deep_path")]) if along.outcome == "proved" else NO_ROUTE


# ---- one layer, separable data


def direction(side: Node, setting: Setting) -> Node | None:
    """A side in the limit, in terms of the separator; None where that is not known."""
    if not isinstance(side, Limit):
        return None if names(side) & MOVING else at_separator(side)
    body = side.body
    if body == Name("L") or _over_norm(body):
        return ZERO
    if _is_rate(body):
        return at_separator(RATE)
    words = names(body) - _indices(body)
    if not continuous(body) or words - DIRECTIONAL or "decay" in words:
        return None
    return at_separator(plain(body))


LOG = Call("log", (BinOp("/", ONE, Name("decay")),))
RATE = BinOp("/", ONE, Name("max_margin"))


def _is_rate(body: Node) -> bool:
    """The norm over log(1/decay)."""
    return isinstance(body, BinOp) and body.op == "/" and is_norm(body.left) and body.right == LOG


def function_of(node: Compare, value: Node | None) -> str:
    """The derivation that knows the limit."""
    if value == at_separator(RATE) or any(n == Name("L") for n in walk(node)):
        return "path_rate"
    return "path_norm" if value == ZERO else "path_direction"


def _over_norm(body: Node) -> bool:
    """A number over a power of the norm."""
    if not isinstance(body, BinOp) or body.op != "/" or not isinstance(body.left, Num):
        return False
    below = body.right
    if isinstance(below, BinOp) and below.op == "**" and isinstance(below.right, Num) and below.right.value > 0:
        below = below.left
    return is_norm(below)


def _indices(body: Node) -> set[str]:
    """Names of indices: those that sums bind, and lower-case letters that are no words."""
    letters = {n.name for n in walk(body) if isinstance(n, Name) and len(n.name) == 1 and n.name.islower()}
    return {n.index for n in walk(body) if isinstance(n, Reduce)} | letters - {"t", "p"}


def plain(node: Node) -> Node:
    """The same without `vec` around a layer of one output, and with fV[n] written out."""
    node = rebuild(node, plain)
    if node == Call("vec", (V1,)):
        return V1
    if isinstance(node, Indexed) and node.base == "fV":
        return Call("dot", (V1, Indexed("x", node.index)))
    return node


# ---- one layer, square loss


def at_least_norm(node: Compare, statement: Statement, setting: Setting) -> Exact:
    """The relation with X^+ Y for the layer, in the exact world of the data."""
    ridge = proved("ridge_limit")
    left, right = (_at_least_norm(s, setting) for s in (node.left, node.right))
    if left is None or right is None:
        return NO_ROUTE
    if node.op in ("==", "<=", ">=") and left == right:
        return ridge
    relation = Compare(node.op, left, right)
    about_data = replace(statement, formula=relation, at="any")
    try:
        found = decide_part(relation, about_data, setting)
    except (Undecidable, CannotEvaluate) as reason:
        return replace(NO_ROUTE, message=str(reason))
    return merge([ridge, found]) if found.outcome == "proved" else replace(NO_ROUTE, message=found.message)


def _at_least_norm(side: Node, setting: Setting) -> Node | None:
    if not isinstance(side, Limit):
        return None if names(side) & MOVING else side
    known = continuous(side.body) and not names(side.body) & {"t", "lam", "margin", "L"}
    calls = {n.func for n in walk(side.body) if isinstance(n, Call)}
    if not known or calls & {"pre", "gate", "act", "act1", "act2"} or Call("vec", (Name("W"),)) in walk(side.body):
        return None
    return in_place_of_layer(side.body, least_norm(setting))


def least_norm(setting: Setting) -> Node:
    """The layer in the limit, X^+ Y, one row an output."""
    if all(w[-1] == 1 for w in setting.widths):
        return Name("min_norm")
    return Transpose(BinOp("@", Call("pinv", (Name("X"),)), Name("Y")))


def in_place_of_layer(node: Node, layer: Node) -> Node:
    """A term with the layer, and what is made of it, written in terms of its limit."""
    again: Callable[[Node], Node] = lambda child: in_place_of_layer(child, layer)  # noqa: E731
    length = Call("norm", (layer,))
    match node:
        case Call(func="vec", args=(Indexed(base="W"),)) if layer == Name("min_norm"):
            return layer
        case Indexed(base="W"):
            return layer
        case Indexed(base="V"):
            return BinOp("/", layer, length)
        case Indexed(base="f" | "fV", index=n):
            output = BinOp("@", layer, Indexed("x", again(n)))
            return output if node.base == "f" else BinOp("/", output, length)
        case Indexed(base="rho") | Name(name="rho"):
            return length
        case Name(name="decay"):
            return ZERO
    return rebuild(node, again)
