"""Points at which a statement is certainly true, for `somewhere(S)`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .claim import Setting, Statement
from .evidence import as_json
from .formula.nodes import Node
from .formula.shapes import bindings
from .guide import Guide
from .places import PLACES
from .refute import Certifier, candidates, simplified
from .simulate import Batch, Violations, draw, evaluate


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
    from .places.witness import certifier_of, tried

    batch = hits[0].batch

    class PlaceConfirmer(Confirmer, certifier_of(statement.at)):  # type: ignore[misc]
        """The same at points of the statement's kind."""

    judge = PlaceConfirmer(formula, statement, batch.setting, batch.widths)
    for widths, point, where in tried(statement, batch.setting, hits):
        if widths == batch.widths and where in (bound for _, bound in hits[0].where) and judge.violates(point, where):
            return as_json(judge.describe(judge.seen, where))
    return None
