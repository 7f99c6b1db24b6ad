"""What a statement asks for before it says anything: premises, and the equations among them."""

from __future__ import annotations

from collections.abc import Iterator

from ..formula.nodes import And, Compare, Logic, Node


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
