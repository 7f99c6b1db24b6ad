"""What hypotheses about the start say of later times.

A monotone or conserved form speaks of every point that a trajectory passes, and its hypotheses are about the start
alone. `lasting` keeps those that hold ever after:

    about data                     nothing in it moves
    L < c                          the loss falls along every flow
    e == c, e > c, ...             e is conserved, or moves away from c, at the points of the hypotheses kept so far
    a == b of positive terms       a^2 - b^2 is conserved
    start = 'separating'           while one example's loss falls its output grows; so with a loss below that of one
                                   example at output 0. Else an example that was separated may be lost.
    start = 'equal-norms'          |W_k|^2 - |W_j|^2 is conserved in networks of degree one in each layer
    start = 'balanced'             W_{k+1}^T W_{k+1} - W_k W_k^T is conserved in linear networks
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ..claim import Hypothesis, Setting, Statement
from ..formula.nodes import And, BinOp, Compare, Name, Num, Rate, walk
from ..statements.equivalence import POSITIVE, terms
from ..statements.separation import below_one
from ..statements.words import FIXED, indices_of, names
from .continuity import continuous, positive_term

Proves = Callable[[Statement, Setting], bool]
ZERO, TWO = Num(Fraction(0)), Num(Fraction(2))
EQUAL_RATES = ("linear", "relu", "leaky-relu")  # of degree one in each layer


def lasting(setting: Setting, proves: Proves) -> Setting:
    """The setting of which every point of every trajectory of this one is a point.

    Args:
        proves: whether a statement about points is proved in a setting.
    """
    open_ones = [part for h in setting.assume for part in _parts(h)]
    kept = [h for h in open_ones if _stands(h)]
    open_ones = [h for h in open_ones if h not in kept]
    known = replace(setting, start=_start(setting), assume=tuple(kept))
    while True:
        found = next((h for h in open_ones if _lasts(h, known, proves)), None)
        if found is None:
            return known
        open_ones.remove(found)
        known = replace(known, assume=(*known.assume, found))


def _parts(hypothesis: Hypothesis) -> list[Hypothesis]:
    if not isinstance(hypothesis.formula, And):
        return [hypothesis]
    return [p for part in hypothesis.formula.args for p in _parts(replace(hypothesis, formula=part))]


def _start(setting: Setting) -> str:
    """What of the word in `start` holds ever after."""
    if setting.start not in ("separating", "balanced", "equal-norms"):
        return setting.start
    undecayed = setting.weight_decay == 0
    if setting.loss == "square" or not (below_one(setting) and (undecayed or setting.examples > 1)):
        return "random"
    alike = undecayed and setting.network in EQUAL_RATES and setting.loss in ("exponential", "logistic")
    if setting.start == "equal-norms" and alike:
        return "equal-norms"
    if setting.start == "balanced" and alike and setting.network == "linear" and setting.flow == "gradient":
        return "balanced"
    return "separating"


# ---- hypotheses that stand by their form


def _stands(hypothesis: Hypothesis) -> bool:
    """Whether a hypothesis is about data alone, or bounds the loss from above."""
    node = hypothesis.formula
    moving = names(node) - FIXED - indices_of(node) - {r.index for r in hypothesis.ranges}
    return not moving or (moving == {"L"} and isinstance(node, Compare) and _bounds_loss(node))


def _bounds_loss(node: Compare) -> bool:
    """L times a positive number below what does not move."""
    if node.op not in ("<", "<=", ">", ">="):
        return False
    sign = 1 if node.op in ("<", "<=") else -1
    gap = terms(node.left).plus(terms(node.right), -1)
    (((loss, _),),) = terms(Name("L")).coefficients
    for monomial, c in gap.coefficients.items():
        parts = {p: e for p, e in monomial if p not in POSITIVE}
        if parts == {loss: 1} and c * sign > 0:
            continue
        if any(n == Name("L") for p in parts for n in walk(gap.parts[p])):
            return False
    return True


# ---- hypotheses that rates keep


def _lasts(hypothesis: Hypothesis, known: Setting, proves: Proves) -> bool:
    node = hypothesis.formula
    if not isinstance(node, Compare) or continuous(node.left, known) or continuous(node.right, known):
        return False
    gap = BinOp("-", node.left, node.right)

    def holds(rate: Compare) -> bool:
        return proves(Statement("", rate, (known,), hypothesis.ranges), known)

    if holds(Compare("==", Rate(gap, None), ZERO)):
        return True
    if node.op in (">", ">=", "<", "<="):
        return holds(Compare(node.op[0] + "=", Rate(gap, None), ZERO))
    if node.op == "==" and positive_term(node.left) and positive_term(node.right):
        squares = BinOp("-", BinOp("**", node.left, TWO), BinOp("**", node.right, TWO))
        return holds(Compare("==", Rate(squares, None), ZERO))
    return False
