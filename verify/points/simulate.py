"""How the auditor asks the simulated world: a statement at thousands of admissible points at once.

A point violates a relation when the two sides differ by more than rounding can explain there (the precision
ladder of `numerics.world.ladder`); no tolerance is typed in. Violating points are handed to the search for a witness.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from math import inf
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Simulated
from ..formula.nodes import Hess, Logic, Node, walk
from ..statements.pointwise import as_pointwise
from ..world import CannotEvaluate
from .batch import Batch, Violations, evaluate_everywhere, ratio
from .draw import draw, on_premises, separating_at_sizes

UNDECIDED = "minimum undecided"


def simulate_points(
    statement: Statement, setting: Setting, *, profile: str, seed: int, device: str = "cpu", harder: bool = False
) -> tuple[Simulated, list[Violations]]:
    """The statement at sampled points of a setting.

    Args:
        harder: also look at points moved onto the equations of premises, where enough points meet them by chance.

    Returns:
        the evidence, and the points that violate the statement.
    """
    started = time.perf_counter()
    pointwise = as_pointwise(statement.formula)
    assert pointwise is not None, "limits are judged along trajectories"
    excluded: Counter[str] = Counter()
    families: Counter[str] = Counter()
    instances, violations, worst = 0, 0, (0.0, 0.0)
    nearest = inf
    found: list[Violations] = []
    try:
        for widths in setting.widths:
            batch = draw(statement, setting, widths, profile, seed, device, excluded)
            if batch is None:
                continue
            seen = evaluate_everywhere(pointwise, statement, batch)
            instances += int(seen.compared.sum())
            violations += int(seen.violated.sum())
            nearest = min(nearest, _nearest_kink(statement, batch, seen.compared))
            worst = max(worst, seen.worst, key=ratio)
            reason = "premise not met" if _conditional(pointwise) else "not finite"
            excluded[reason] += int((~seen.compared).sum())
            where = [(int(i), seen.bound_of[int(i)]) for i in seen.violated.nonzero().flatten()]
            families.update(batch.points.family[i] for i, _ in where)
            found.append(Violations(batch, where))
            if harder or not instances:
                agreeing, more = _on_premises(pointwise, statement, batch)
                instances += agreeing
                found += more
    except CannotEvaluate as reason:
        return Simulated(0, 0, 0.0, 0.0, device=device, message=str(reason)), []
    message = "" if instances or not _conditional(pointwise) else "no sampled point satisfies the premise"
    if not instances and excluded[UNDECIDED]:
        message = f"whether they are minima is not decided of {excluded[UNDECIDED]} stationary points"
    detail: dict[str, Any] = {"violated in families": dict(sorted(families.items()))} if families else {}
    if nearest < inf:
        detail["least distance of a pre-activation to a kink"] = nearest
    evidence = Simulated(
        instances,
        violations,
        *worst,
        {k: v for k, v in sorted(excluded.items()) if v},
        device,
        detail,
        message,
        time.perf_counter() - started,
    )
    return evidence, found


def _nearest_kink(statement: Statement, batch: Batch, compared: Any) -> float:
    """The least |pre-activation| at the points where a Hessian was compared; inf if no kink or no Hessian is met."""
    if not any(isinstance(node, Hess) for node in walk(statement.formula)):
        return inf
    return float(batch.world.kink_distance[compared].min()) if bool(compared.any()) else inf


def _on_premises(formula: Node, statement: Statement, batch: Batch) -> tuple[int, list[Violations]]:
    """How many points moved onto a premise agree, and those that do not.

    What does not agree is no violation before it is certified: near a multiple solution a premise that holds up to
    rounding says little.
    """
    agreeing, found = 0, []
    separating = separating_at_sizes(statement, batch) if _conditional(formula) else ()
    for moved in itertools.chain(on_premises(formula, statement, batch), separating):
        seen = evaluate_everywhere(formula, statement, moved)
        agreeing += int((seen.compared & ~seen.violated).sum())
        found.append(Violations(moved, [(int(i), seen.bound_of[int(i)]) for i in seen.violated.nonzero().flatten()]))
    return agreeing, found


def _conditional(node: Node) -> bool:
    return isinstance(node, Logic) and node.func in ("implies", "iff")
