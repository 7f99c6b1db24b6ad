"""What the words of a term say about it: what is fixed along a trajectory, continuous, bounded."""

from __future__ import annotations

from ..formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Node, Rate, walk

# names whose values do not change along a trajectory
FIXED = frozenset({"K", "N", "p", "pi", "decay", "X", "Y", "min_norm", "max_margin", "svm", "x", "y"})
# names that depend on the direction of one layer alone
DIRECTIONAL = FIXED | {"V", "fV", "margin"}


def names(node: Node) -> set[str]:
    """All words of a term: names, and bases of indexed quantities."""
    found = {n.name for n in walk(node) if isinstance(n, Name)}
    return found | {n.base for n in walk(node) if isinstance(n, Indexed)}


# functions with jumps, and those of the network that have them
JUMPING = frozenset({"sign", "gate", "act1", "act2", "rank", "nullity", "distinct", "pinv", "null_projector"})


def continuous(body: Node) -> bool:
    """Whether a term is continuous in the weights wherever it is defined: no derivative, no function with jumps of
    anything but data."""
    for n in walk(body):
        if isinstance(n, Grad | Hess | Rate):
            return False
        if isinstance(n, Call) and n.func in JUMPING and names(n) - FIXED:
            return False
    return True


def is_bounded_term(body: Node) -> bool:
    """Whether a term is a polynomial in the direction of weights, in outputs and margin there, and in numbers of the
    setting: bounded, whatever the weights."""
    return keeps_bounds(body) and not names(body) - DIRECTIONAL - indices_of(body)


def keeps_bounds(body: Node) -> bool:
    """Whether a term is a polynomial in its words, as far as bounds are concerned."""
    return all(_keeps_bounds(n) for n in walk(body))


def _keeps_bounds(n: Node) -> bool:
    match n:
        case BinOp(op=op):
            return op in ("+", "-", "*", "@")
        case Call(func=func):
            return func in ("dot", "norm", "vec", "abs", "min", "max")
    return not isinstance(n, Grad | Hess | Rate)


def indices_of(body: Node) -> set[str]:
    """Names of indices, which are bound by sums or by the statement."""
    return {n.name for n in walk(body) if isinstance(n, Name) and len(n.name) == 1 and n.name.islower()} - {"t"}
