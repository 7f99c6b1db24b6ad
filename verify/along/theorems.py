"""What a theorem of the trust list proves about whole trajectories: its conclusions, as formulas, where it applies.

    max-margin bias            one linear layer: V -> svm, rho ~ log t/max_margin
    deep max-margin bias       a linear network from weights that separate: the product of layers does the same
    loss below one example     homogeneous networks: L -> 0, and every direction has a limit
    descent of tame functions  the loss converges, whatever the start

A conjunction may use several; a relation in it that is about points is left to the exact world's decision there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derivations.book.trust import TRUST

from ..claim import Setting, Statement
from ..evidence import Exact, Ground, Lemma, Theorem
from ..exact.checks import together
from ..exact.prove import decide
from ..formula.nodes import Along, And, BinOp, Call, Compare, Indexed, Limit, Logic, Name, Node, Num, walk
from ..statements.pointwise import MOVING, as_pointwise
from ..statements.separation import HOMOGENEOUS, below_one, separates_at_start
from ..statements.words import FIXED, indices_of, names
from .fates.line import at_separator, is_line

AT_POINTS = Lemma("points", "at points: equal normal forms")


@dataclass(frozen=True)
class Rule:
    """A theorem: where it applies, and whether it says a statement word for word."""

    theorem: str
    applies: Callable[[Setting], bool]
    says: Callable[[Node, Setting], bool]


def decide_along(statement: Statement, setting: Setting) -> Exact:
    """Proved where theorems say it, part by part, else undecided; then it is told whether the monotone and conserved
    parts are proved."""
    used: list[tuple[Ground, ...]] = []
    for part in parts(statement.formula):
        said = _said(part, statement, setting)
        if not said:
            return _left_open(statement, setting)
        used.append(said)
    grounds = together(used)
    names = ", ".join(g.name for g in grounds if isinstance(g, Theorem))
    return Exact("proved", "general", {"decision": "theorem", "theorem": names}, rests_on=grounds)


def _left_open(statement: Statement, setting: Setting) -> Exact:
    moving = [n for n in walk(statement.formula) if isinstance(n, Along) and n.func in MOVING]
    decided = moving and all(_said(part, statement, setting) for part in moving)
    told = {"parts about points": "proved"} if decided else {}
    return Exact("undecided", "instances", told, "no exact route decides this statement about trajectories")


def parts(node: Node) -> Iterator[Node]:
    """The statements that a conjunction joins."""
    match node:
        case And(args=args):
            for a in args:
                yield from parts(a)
        case Logic(func="generically", args=(inner,)):
            yield from parts(inner)
        case Logic(func="implies", args=(_, conclusion)):
            yield from parts(conclusion)
        case _:
            yield node


def _said(part: Node, statement: Statement, setting: Setting) -> tuple[Ground, ...]:
    """What proves a part, or nothing."""
    if as_pointwise(part) is not None:
        seen = decide(replace(statement, formula=part), setting)
        return (seen.rests_on or (AT_POINTS,)) if seen.outcome == "proved" else ()
    rule = next((r for r in RULES if r.applies(setting) and r.says(part, setting)), None)
    return (Theorem(rule.theorem, TRUST[rule.theorem].statement),) if rule else ()


# ---- formulas

ONE, ZERO = Num(Fraction(1)), Num(Fraction(0))
V1 = Indexed("V", ONE)
L, RHO, MARGIN, LARGEST = Name("L"), Name("rho"), Name("margin"), Name("max_margin")
LOG_T = Call("log", (Name("t"),))


def is_layer(node: Node, base: str) -> bool:
    """V[k], W[k] or rho[k] of any k."""
    return isinstance(node, Indexed) and node.base == base


def is_norm(e: Node) -> bool:
    """rho, rho[k] or norm(W[k])."""
    inner = e.args[0] if isinstance(e, Call) and e.func == "norm" else None
    return e == RHO or is_layer(e, "rho") or (inner is not None and is_layer(inner, "W"))


def product_of_directions(depth: int) -> Node:
    """V[K] @ ... @ V[1]"""
    found: Node = Indexed("V", Num(Fraction(depth)))
    for k in range(depth - 1, 0, -1):
        found = BinOp("@", found, Indexed("V", Num(Fraction(k))))
    return found


def limit_of(node: Node) -> tuple[Node, Node] | None:
    """(e, value) of limit(e) == value, in either order."""
    if not isinstance(node, Compare) or node.op != "==":
        return None
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(side, Limit) and side.variable == "t" and not isinstance(other, Limit):
            return unwrapped(side.body), other
    return None


def has_limit(node: Node) -> Node | None:
    """e of converges(e)."""
    return unwrapped(node.args[0]) if isinstance(node, Along) and node.func == "converges" else None


def one_limit(node: Node) -> Node | None:
    """e of independent_of_start(limit(e))."""
    if isinstance(node, Along) and node.func == "independent_of_start" and isinstance(node.args[0], Limit):
        return unwrapped(node.args[0].body)
    return None


def unwrapped(body: Node) -> Node:
    """V[1] for vec(V[1]): a layer with one output is a vector as it stands."""
    return V1 if body == Call("vec", (V1,)) else body


def grows(node: Node) -> bool:
    """diverges(e) for a norm e."""
    return isinstance(node, Along) and node.func == "diverges" and is_norm(node.args[0])


def asymptotes(node: Node) -> tuple[Node, Node] | None:
    """(e, g) of asymptotic(e, g)."""
    return node.args if isinstance(node, Along) and node.func == "asymptotic" else None  # type: ignore[return-value]


# ---- one linear layer


def _bias(node: Node, setting: Setting) -> bool:
    """V[1] -> svm, L -> 0, rho ~ log t/max_margin."""
    found = limit_of(node)
    if found is not None:
        return _limit_by_bias(*found)
    told = (V1, MARGIN, L)
    return grows(node) or has_limit(node) in told or one_limit(node) in told or _log_over_margin(node, (RHO,))


def _limit_by_bias(body: Node, value: Node) -> bool:
    if body == L:
        return value == ZERO
    given = not names(value) - FIXED - indices_of(value)  # anything else is taken at the start
    return body in (V1, MARGIN) and given and at_separator(value) == at_separator(body)


def _log_over_margin(node: Node, norms: tuple[Node, ...]) -> bool:
    """e ~ log t/max_margin, however it is written, for one of the norms or one that is its like in one layer."""
    pair = asymptotes(node)
    if pair is None:
        return False
    e, g = pair
    every = (*norms, Indexed("rho", ONE), Call("norm", (Indexed("W", ONE),))) if norms == (RHO,) else norms
    times = {BinOp("*", a, b) for n in every for a, b in ((n, LARGEST), (LARGEST, n))}
    return (e in every and g == BinOp("/", LOG_T, LARGEST)) or (e in times and g == LOG_T)


# ---- deep linear networks


def has_exponential_tail(setting: Setting) -> bool:
    """Gradient flow without decay of a network with one output under an exponential or logistic loss."""
    return (
        setting.flow == "gradient"
        and setting.loss in ("exponential", "logistic")
        and setting.weight_decay == 0
        and not setting.output_activation
        and all(w[-1] == 1 for w in setting.widths)
    )


def _deep_linear(setting: Setting) -> bool:
    separated = separates_at_start(setting) or below_one(setting)
    return has_exponential_tail(setting) and setting.network == "linear" and separated


def _deep_bias(node: Node, setting: Setting) -> bool:
    """The product of the directions and the margin have one limit from every start; min y f ~ log t."""
    depths = {len(w) - 1 for w in setting.widths}
    whole = [product_of_directions(depths.pop())] if len(depths) == 1 else []  # one product stands for one depth
    one = (*whole, MARGIN, L)
    found = limit_of(node)
    if found is not None:
        return found == (L, ZERO)
    if asymptotes(node) is not None:
        return asymptotes(node) == (BinOp("*", RHO, MARGIN), LOG_T)
    settled = has_limit(node)
    return grows(node) or one_limit(node) in one or settled in one or (settled is not None and is_layer(settled, "V"))


# ---- homogeneous networks below the loss of one example


def _below(setting: Setting) -> bool:
    return has_exponential_tail(setting) and setting.network in HOMOGENEOUS and below_one(setting)


def _settles(node: Node, setting: Setting) -> bool:
    """L -> 0, directions and outputs of the normalised network converge, and its margin stays positive."""
    found = limit_of(node)
    if found is not None:
        return found == (L, ZERO)
    if asymptotes(node) is not None:
        e, g = asymptotes(node) or (node, node)
        smallest = setting.network != "power" and e == BinOp("*", RHO, MARGIN)  # rho fV is f in degree 1 only
        return smallest and g in (LOG_T, Call("log", (BinOp("/", ONE, L),)))
    if isinstance(node, Compare):
        return node in (Compare(">", Limit(MARGIN), ZERO), Compare("<", ZERO, Limit(MARGIN)))
    settled = has_limit(node)
    some = settled is not None and (is_layer(settled, "V") or is_layer(settled, "fV"))
    return some or settled in (MARGIN, L) or grows(node) or _layer_is_slower(node, setting)


def _layer_is_slower(node: Node, setting: Setting) -> bool:
    """outgrows(log(t), rho[k]) with several layers: norms grow like a root of log t."""
    if not (isinstance(node, Along) and node.func == "outgrows"):
        return False
    deep = setting.network in ("linear", "relu", "leaky-relu") and all(len(w) > 2 for w in setting.widths)
    return deep and node.args[0] == LOG_T and is_layer(node.args[1], "rho")


# ---- any start


def _tame(setting: Setting) -> bool:
    return setting.flow == "gradient"


def _descends(node: Node, setting: Setting) -> bool:
    """The loss converges and is bounded."""
    return isinstance(node, Along) and node.func in ("converges", "bounded") and node.args == (L,)


RULES = (
    Rule("max-margin bias", lambda s: is_line(s) and s.data == "separable", _bias),
    Rule("deep max-margin bias", _deep_linear, _deep_bias),
    Rule("loss below one example", _below, _settles),
    Rule("descent of tame functions", _tame, _descends),
)
