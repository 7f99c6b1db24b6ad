"""Points at which a statement is certainly true, for `somewhere(S)`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .claim import Setting, Statement
from .evidence import as_json
from .formula.nodes import Node
from .refute import Certifier, candidates, shrink
from .simulate import Violations, draw, evaluate, some_bindings


class Confirmer(Certifier):
    """Decides with certainty whether a rational point is admissible and satisfies a statement."""

    def holds(self, node: Node, world: Any, bound: dict[str, int]) -> bool | None:
        truth = super().holds(node, world, bound)
        return (None if truth is None else not truth) if node is self.formula else truth


def find_point(formula: Node, statement: Statement, setting: Setting) -> dict[str, Any] | None:
    """An admissible rational point at which the statement is certified, as JSON; None if none was found."""
    for widths in setting.widths:
        batch = draw(statement, setting, widths, "quick", 0, "cpu", Counter())
        if batch is None:
            continue
        for bound in some_bindings(statement, batch.sizes):
            seen = evaluate(formula, bound, batch)
            hits = [(int(i), bound) for i in (seen.holds & seen.compared).nonzero().flatten()]
            judge = Confirmer(formula, statement, setting, widths)
            for _, point, where in candidates([Violations(batch, hits)], setting):
                if judge.violates(point, where):
                    small = shrink(point, lambda p, j=judge, b=where: j.violates(p, b))
                    return as_json(judge.describe(small, where))
    return None
