"""The syntax tree of the formula language: frozen values without behaviour.

Every node carries `at`, its 0-based column in the source, which takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Node:
    """Base of all nodes; equality and hash ignore the source column."""

    at: int = field(default=-1, compare=False, kw_only=True)


@dataclass(frozen=True)
class Num(Node):
    """A rational number."""

    value: Fraction


@dataclass(frozen=True)
class Name(Node):
    """A bare word: a constant, a quantity of the setting, an index variable, a measured quantity."""

    name: str


@dataclass(frozen=True)
class Indexed(Node):
    """``W[k]``, ``V[k]``, ``rho[k]``, ``lam[k]``, ``x[n]``, ``y[n]``, ``f[n]``, ``fV[n]``."""

    base: str
    index: Node


@dataclass(frozen=True)
class Neg(Node):
    """``-a``."""

    arg: Node


@dataclass(frozen=True)
class BinOp(Node):
    """``a op b`` with op one of ``+ - * / ** @``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Transpose(Node):
    """``A.T``."""

    arg: Node


@dataclass(frozen=True)
class Call(Node):
    """A function of the vocabulary applied to terms."""

    func: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Reduce(Node):
    """``sum``, ``prod``, ``min`` or ``max`` over an integer index from `low` to `high` inclusive.

    `implicit` says that the range was inferred from the index's use (1..N or 1..K).
    """

    func: str
    index: str
    low: Node
    high: Node
    body: Node
    implicit: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Grad(Node):
    """Gradient of a scalar with respect to one layer (`wrt`), or to all of W (`wrt` None)."""

    body: Node
    wrt: Indexed | None


@dataclass(frozen=True)
class Hess(Node):
    """Hessian block (`first`, `second`), or whole Hessian in `space` 'W' or 'V'."""

    body: Node
    first: Indexed | None
    second: Indexed | None
    space: str


@dataclass(frozen=True)
class Rate(Node):
    """Time derivative of a term along `flow` (None: the setting's flow)."""

    body: Node
    flow: str | None


# a relation read from right to left
TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Compare(Node):
    """``a op b`` with op one of ``== != <= >= < >``."""

    op: str
    left: Node
    right: Node

    @property
    def turned(self) -> Compare:
        """``b op' a``, which says the same."""
        return replace(self, op=TURNED[self.op], left=self.right, right=self.left)


@dataclass(frozen=True)
class And(Node):
    """Conjunction of statements."""

    args: tuple[Node, ...]


@dataclass(frozen=True)
class Logic(Node):
    """``implies(A, B)``, ``iff(A, B)``, ``somewhere(S)``, ``generically(S)``."""

    func: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Along(Node):
    """A statement about whole trajectories, e.g. ``conserved(e)`` or ``asymptotic(e, g)``."""

    func: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Limit(Node):
    """``limit(e)`` as t tends to infinity, or ``limit(e, decay)`` as the weight decay tends to 0+."""

    body: Node
    variable: str = "t"


STATEMENTS = (Compare, And, Logic, Along)


_PARTS: dict[type[Node], tuple[str, ...]] = {}


def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold subtrees."""
    if kind not in _PARTS:
        _PARTS[kind] = tuple(f.name for f in fields(kind) if "Node" in str(f.type) or "Indexed" in str(f.type))
    return _PARTS[kind]


def children(node: Node) -> list[Node]:
    """The direct subtrees, left to right."""
    found: list[Node] = []
    kind, held = type(node), vars(node)
    for name in _PARTS[kind] if kind in _PARTS else _parts(kind):
        value = held[name]
        if isinstance(value, tuple):
            found += value
        elif value is not None:
            found.append(value)
    return found


def walk(node: Node) -> list[Node]:
    """The node and all its subtrees, depth first."""
    found, waiting = [], [node]
    while waiting:
        met = waiting.pop()
        found.append(met)
        waiting += reversed(children(met))
    return found


def rebuild(node: Node, transform: Callable[[Node], Node]) -> Node:
    """A copy of the node with `transform` applied to each direct subtree."""
    changed: dict[str, Any] = {}
    for name in _parts(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            changed[name] = transform(value)
        elif isinstance(value, tuple):
            changed[name] = tuple(transform(v) for v in value)
    return replace(node, **changed) if changed else node


def substitute(node: Node, bindings: Mapping[str, Node]) -> Node:
    """Replace free index variables by terms, respecting the indices bound inside."""
    if isinstance(node, Name):
        return bindings.get(node.name, node)
    if isinstance(node, Reduce) and node.index in bindings:
        bindings = {k: v for k, v in bindings.items() if k != node.index}
    return rebuild(node, lambda child: substitute(child, bindings)) if bindings else node


def free_names(node: Node) -> set[str]:
    """Names that occur outside the sums that bind them."""
    found: set[str] = set()
    _collect(node, frozenset(), found)
    return found


def _collect(node: Node, bound: frozenset[str], found: set[str]) -> None:
    if isinstance(node, Name):
        if node.name not in bound:
            found.add(node.name)
    elif isinstance(node, Reduce):
        _collect(node.low, bound, found)
        _collect(node.high, bound, found)
        _collect(node.body, bound | {node.index}, found)
    else:
        for child in children(node):
            _collect(child, bound, found)
