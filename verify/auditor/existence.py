"""Points at which a statement is certainly true, for `somewhere(S)`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from ..claim import PLACES, Setting, Statement
from ..elementary import decide_elementary
from ..evidence import Exact, as_json
from ..exact.prove import decide
from ..formula.nodes import Compare, Logic, Node
from ..formula.shapes import bindings
from ..formula.text import to_text
from ..places.witness import certifier_of, tried
from ..points.batch import Batch, Violations, evaluate
from ..points.certifier import Certifier
from ..points.draw import draw
from ..points.guess import Guide
from ..points.witness import candidates, simplified
from ..statements.opposites import COMPLEMENT


class Confirmer(Certifier):
    """Decides with certainty whether a rational point is admissible and satisfies a statement: whether the opposite of
    the statement is violated there."""

    def holds(self, node: Node, world: Any, bound: dict[str, int]) -> bool | None:
        truth = super().holds(node, world, bound)
        return (None if truth is None else not truth) if node is self.formula else truth


def find_points(formula: Node, statement: Statement, setting: Setting) -> list[dict[str, Any]] | None:
    """For every value of the quantified indices an admissible rational point at which the statement is certified,
    as JSON; None if one is missing."""
    found = []
    for widths in setting.widths:
        batch = draw(statement, setting, widths, "quick", 0, "cpu", Counter())
        if batch is None:
            return None
        for bound in bindings(statement.ranges, batch.sizes):
            point = _find(formula, bound, batch, statement)
            if point is None:
                return None
            found.append(point)
    return found


def _find(formula: Node, bound: dict[str, int], batch: Batch, statement: Statement) -> dict[str, Any] | None:
    seen = evaluate(formula, bound, batch)
    hits = [(int(i), bound) for i in (seen.holds & seen.compared).nonzero().flatten()]
    if statement.at in PLACES:
        return _find_there(formula, [Violations(batch, hits)], statement)
    judge = Confirmer(formula, statement, batch.setting, batch.widths)
    for _, point, where in candidates([Violations(batch, hits)], batch.setting):
        if judge.violates(point, where):
            guide = Guide(formula, statement, batch.setting, where, batch, holds=True)
            return as_json(judge.describe(simplified(point, where, judge, guide), where))
    return None


def _find_there(formula: Node, hits: list[Violations], statement: Statement) -> dict[str, Any] | None:
    """A certified point of the statement's kind."""
    batch = hits[0].batch

    class PlaceConfirmer(Confirmer, certifier_of(statement.at)):  # type: ignore[misc]
        """The same at points of the statement's kind."""

    judge = PlaceConfirmer(formula, statement, batch.setting, batch.widths)
    for widths, point, where in tried(statement, batch.setting, hits):
        if widths == batch.widths and where in (bound for _, bound in hits[0].where) and judge.violates(point, where):
            return as_json(judge.describe(judge.seen, where))
    return None


def decide_existence(formula: Logic, statement: Statement, setting: Setting) -> Exact:
    """A rational point at which the inner statement is certified proves that one exists; a proof of the opposite
    at every point refutes it."""
    found = find_points(formula.args[0], statement, setting)
    if found is not None:
        return Exact("proved", "instances", {"decision": "certified points", "points": found})
    inner = formula.args[0]
    if isinstance(inner, Compare):
        opposite = replace(inner, op=COMPLEMENT[inner.op])
        nowhere = replace(statement, formula=opposite)
        proof = decide(nowhere, setting)
        if proof.outcome != "proved":
            proof = decide_elementary(nowhere, setting) or proof
        if proof.outcome == "proved":
            text = f"the opposite holds at every point: {to_text(opposite)}"
            return Exact("refuted", proof.scope, {"decision": "proof of the opposite", **proof.detail}, text)
    return Exact("undecided", "instances", message="no point was found at which it is certain")
