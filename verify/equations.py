"""The equations that points of a statement have to satisfy: those that its setting assumes, those of its premises.

Random points miss them, so points are moved onto them (`numerics.onto`); what does not arrive is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from numerics.onto import moved_onto
from numerics.points import Points
from numerics.sampling import checks, screened
from numerics.world import SimulatedWorld

from .claim import Setting
from .formula.nodes import And, Compare, Logic, Node
from .formula.shapes import bindings
from .world import Evaluator

Equation = tuple[Compare, dict[str, int]]  # with its indices bound


def assumed_equations(setting: Setting, widths: tuple[int, ...]) -> list[Equation]:
    """The equations among the hypotheses of a setting."""
    sizes = setting.sizes(widths)
    return [(e, dict(b)) for h in setting.assume for b in bindings(h.ranges, sizes) for e in equations_of(h.formula)]


def premises(formula: Node) -> Iterator[Node]:
    """What has to hold before a statement says anything: A of implies(A, B), both sides of iff(A, B)."""
    if isinstance(formula, Logic) and formula.func in ("implies", "iff"):
        yield from formula.args if formula.func == "iff" else formula.args[:1]
    elif isinstance(formula, And | Logic):
        for part in formula.args:
            yield from premises(part)


def equations_of(node: Node) -> list[Compare]:
    """The equations of a conjunction."""
    if isinstance(node, And):
        return [e for a in node.args for e in equations_of(a)]
    return [node] if isinstance(node, Compare) and node.op == "==" else []


def on_equations(points: Points, equations: Sequence[Equation], setting: Setting, widths: tuple[int, ...],
                 excluded: Counter[str]) -> Points:  # fmt: skip
    """Points moved onto the equations as far as that goes; those that became inadmissible are left out."""
    from .guide import task_of

    def residual(where: Points) -> list[Any]:
        evaluator = Evaluator(SimulatedWorld(where, **setting.keywords(widths)), setting.sizes(widths))
        return [evaluator.difference(e.left, e.right, bound)[2] for e, bound in equations]

    free = setting.data == "generic"  # other data depend on inputs and labels
    moved = moved_onto(points, residual, inputs=free, targets=free and setting.loss == "square")
    return screened(moved, checks(task_of(setting, widths), setting.start), excluded)
