"""What the exact world says at stationary points, minima and stationary directions.

A statement that holds at every point holds at these. Otherwise it may follow

    from a derivation whose hypotheses name the place (a minimum is a stationary point);
    from grad(L, W[k]) = 0 for all k (or d(V[k]) = 0), as an implication between equations;
    at minima, from the second-order condition: the Hessian has no negative eigenvalue.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

from derivations.book.trust import TRUST
from derivations.exact.ring import Undecidable

from ..claim import Setting, Statement
from ..evidence import Derived, Exact, Theorem
from ..exact.checks import merge
from ..exact.derived import derivation_of
from ..exact.logic import decide_logic
from ..formula.nodes import And, BinOp, Call, Compare, Grad, Hess, Indexed, Logic, Name, Node, Num, Rate, Transpose
from ..world import CannotEvaluate

ZERO = Num(Fraction(0))
CURVED = Compare(">=", Call("eigmin", (Hess(Name("L"), None, None, "W"),)), ZERO)
SECOND_ORDER = "second-order condition"


def decide_place(statement: Statement, setting: Setting, elsewhere: Exact) -> Exact:
    """The decision at the statement's place, given the one for every point."""
    for attempt in (_derived, _second_order, _from_equations):
        try:
            found = attempt(statement, setting)
        except (Undecidable, CannotEvaluate):
            continue
        if found is not None and found.outcome == "proved":
            return found
    message = elsewhere.message or "does not hold at every point, and no route decides it at these"
    return Exact("undecided", "instances", elsewhere.detail, message)


def _derived(statement: Statement, setting: Setting) -> Exact | None:
    places = {"minimum": ("minimum", "stationary")}.get(statement.at, (statement.at,))
    for at in places:
        derivation = derivation_of(replace(statement, at=at), setting)
        if derivation is not None and derivation.hypotheses.get("at") == at:
            detail = {"decision": "derivation", "derivation": derivation.name}
            return Exact("proved", "general", detail, rests_on=(Derived(derivation.name, derivation.title),))
    return None


def _second_order(statement: Statement, setting: Setting) -> Exact | None:
    if statement.at != "minimum" or statement.formula != CURVED:
        return None
    detail = {"decision": "theorem", "theorem": SECOND_ORDER}
    return Exact("proved", "general", detail, rests_on=(Theorem(SECOND_ORDER, TRUST[SECOND_ORDER].statement),))


def _from_equations(statement: Statement, setting: Setting) -> Exact | None:
    """The statement as a consequence of grad(L, W[k]) == 0, or of d(V[k]) == 0, at each list of widths."""
    if setting.assume:
        return None
    rest = at_rest_directions if statement.at == "stationary-direction" else at_rest
    parts = []
    for widths in setting.widths:
        here = replace(setting, widths=(widths,))
        implication = Logic("implies", (rest(len(widths) - 1), statement.formula))
        parts.append(decide_logic(implication, replace(statement, formula=implication), here))
    return merge(parts)


def at_rest(layers: int) -> Node:
    """grad(L, W[k]) == 0 for every layer, and what follows for neighbours: <W_k, G_k> = <W_(k+1), G_(k+1)>, and
    W_(k+1)^T G_(k+1) = G_k W_k^T, whose parts without decay agree at every point (of linear networks)."""
    weights = [Indexed("W", Num(Fraction(k))) for k in range(1, layers + 1)]
    slopes = [Grad(Name("L"), w) for w in weights]
    equations = [Compare("==", g, Call("zeros_like", (g,))) for g in slopes]
    for (w, g), (v, h) in itertools.pairwise(zip(weights, slopes, strict=True)):
        equations.append(Compare("==", Call("dot", (w, g)), Call("dot", (v, h))))
        equations.append(Compare("==", BinOp("@", Transpose(v), h), BinOp("@", g, Transpose(w))))
    return joined(equations)


def at_rest_directions(layers: int) -> Node:
    """d(V[k]) == 0 for every layer."""
    speeds = [Rate(Indexed("V", Num(Fraction(k))), None) for k in range(1, layers + 1)]
    return joined([Compare("==", v, Call("zeros_like", (v,))) for v in speeds])


def joined(equations: list[Compare]) -> Node:
    return equations[0] if len(equations) == 1 else And(tuple(equations))
