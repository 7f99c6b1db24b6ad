"""Statements about trajectories that are statements about points: conserved and monotone forms."""

from __future__ import annotations

from fractions import Fraction

from ..formula.nodes import Along, Call, Compare, Limit, Logic, Node, Num, Rate, walk

MOVING = ("conserved", "nondecreasing", "nonincreasing")  # what is said of every point that a trajectory passes


def in_decay(formula: Node) -> bool:
    """Whether a statement is about a limit in the weight decay."""
    return any(isinstance(n, Limit) and n.variable == "decay" for n in walk(formula))


def as_pointwise(formula: Node) -> Node | None:
    """The statement as one about points: conserved and monotone forms become relations on d(e)."""
    if not isinstance(formula, Along):
        return None if any(isinstance(n, Along | Limit) for n in walk(formula)) else formula
    body = formula.args[0]
    op = {"conserved": "==", "nondecreasing": ">=", "nonincreasing": "<="}.get(formula.func)
    if op is None:
        return None
    right = Call("zeros_like", (body,)) if op == "==" else Num(Fraction(0))
    return Compare(op, Rate(body, None), right)


def seen_at_points(formula: Node) -> bool:
    """Whether a point can show that a statement fails: not that something exists nowhere, nor what tends where."""
    pointwise = as_pointwise(formula)
    return pointwise is not None and not any(isinstance(n, Logic) and n.func == "somewhere" for n in walk(pointwise))
