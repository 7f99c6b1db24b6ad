"""Implications and existence statements in the exact world.

An implication between equations is proved when the conclusion lies in what the premises generate in one of two
ways that cover the papers' uses: it is a unit times a premise, or a contraction of premises with the weights
(Euler's identity). Both are checked as zero normal forms. `somewhere(S)` is proved by a point.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from derivations.exact.arrays import Array
from derivations.exact.ring import Element

from ..claim import Setting, Statement
from ..evidence import Exact
from ..formula.nodes import Compare, Logic
from ..formula.shapes import bindings
from ..formula.text import to_text
from ..world import Evaluator
from . import worlds
from .analysis import relations


def decide_logic(formula: Logic, statement: Statement, setting: Setting) -> Exact:
    match formula.func:
        case "implies":
            return _implications([formula.args], statement, setting)
        case "iff":
            a, b = formula.args
            return _implications([(a, b), (b, a)], statement, setting)
        case "somewhere":
            return _somewhere(formula, statement, setting)
    return Exact("undecided", "instances", message=f"no exact route for '{formula.func}' yet")


def _implications(pairs: list[tuple], statement: Statement, setting: Setting) -> Exact:
    for premise, conclusion in pairs:
        if not _equations(premise) or not _equations(conclusion):
            return Exact(
                "undecided", "instances", message="only implications between equations are decided exactly"
            )
        for widths in setting.widths:
            for labels in worlds.label_choices(setting, setting.examples, widths[-1], split=False):
                run, sizes = worlds.concrete(setting, widths, setting.examples, labels)
                reason = run(lambda w, s=sizes, a=premise, b=conclusion: _follows(a, b, statement, w, s))
                if reason:
                    return Exact("undecided", "instances", message=reason)
    widths = [list(w) for w in setting.widths]
    return Exact("proved", "instances", {"decision": "membership, checked by zero normal forms", "widths": widths})


def _equations(node: Any) -> bool:
    parts = relations(node)
    return parts is not None and all(p.op == "==" for p in parts)


def _follows(premise: Any, conclusion: Any, statement: Statement, world: Any, sizes: Any) -> str | None:
    evaluator = Evaluator(world, sizes)
    for bound in bindings(statement.ranges, sizes):
        gaps = [evaluator.difference(r.left, r.right, bound)[2] for r in relations(premise)]
        for relation in relations(conclusion):
            wanted = evaluator.difference(relation.left, relation.right, bound)[2]
            if not all(_entry_follows(e, i, wanted, gaps, world) for i, e in enumerate(wanted.reshape(-1))):
                return "the conclusion was not found among the consequences of the premise"
    return None


def _entry_follows(entry: Element, position: int, wanted: Array, gaps: list[Array], world: Any) -> bool:
    """Whether one entry of the conclusion vanishes with the premises."""
    if entry.is_zero():
        return True
    for gap in gaps:
        same = gap.size == wanted.size
        if same and _unit_multiple(entry, gap.reshape(-1)[position], world):
            return True
        if any(_unit_multiple(entry, e, world) for e in gap.reshape(-1) if gap.size == 1):
            return True
        if any(_contraction(entry, gap, layer, world) for layer in world.layers if layer.shape == gap.shape):
            return True
    return False


def _unit_multiple(entry: Element, premise: Element, world: Any) -> bool:
    """entry = unit * premise with a unit made of positive letters and numbers."""
    if premise.is_zero():
        return False
    top, below = (
        Element(entry.ring, entry.normal_form(), entry.den),
        Element(entry.ring, premise.normal_form(), premise.den),
    )
    try:
        ratio = (top / below).canonical()
    except ZeroDivisionError:
        return False
    units = set(world.letters.positive)
    plain = len(ratio.num.monoms()) == 1 and set(entry.ring.letters_of(ratio.num)) <= units
    return plain and all(i in units for i in ratio.den)


def _contraction(entry: Element, gap: Array, layer: Array, world: Any) -> bool:
    """entry = unit * <W_k, premise>."""
    contracted = world.ring.zero
    for w, g in zip(layer.reshape(-1), gap.reshape(-1), strict=True):
        contracted = contracted + w * g
    return (entry - contracted).is_zero() or _unit_multiple(entry, contracted, world)


OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}


def _somewhere(formula: Logic, statement: Statement, setting: Setting) -> Exact:
    """A rational point at which the inner statement is certified proves that one exists; a proof of the opposite
    at every point refutes it."""
    from ..existence import find_points
    from .prove import decide

    found = find_points(formula.args[0], statement, setting)
    if found is not None:
        return Exact("proved", "instances", {"decision": "certified points", "points": found})
    inner = formula.args[0]
    if isinstance(inner, Compare) and inner.op in OPPOSITE:
        opposite = replace(inner, op=OPPOSITE[inner.op])
        proof = decide(replace(statement, formula=opposite), setting)
        if proof.outcome == "proved":
            text = f"the opposite holds at every point: {to_text(opposite)}"
            return Exact("refuted", proof.scope, {"decision": "proof of the opposite", **proof.detail}, text)
    return Exact("undecided", "instances", message="no point was found at which it is certain")
