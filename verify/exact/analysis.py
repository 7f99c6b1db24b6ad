r"""Bounds read off a statement's tree, on which the reductions to finitely many checks rest.

Two counts bound what a term can carry once it is written as a polynomial:

* *pairs*: the largest number of index pairs (row, column) of one layer in a term. f carries one (its one
  factor W_k is contracted), W_k carries its own free pair, and a derivative with respect to W_k frees a pair
  that was contracted. If the widths are at least this number, distinct contraction graphs give distinct
  monomials, so an identity that holds there holds for every width (*width lemma*).
* *sums*: the largest number of sums over examples that are multiplied. A statement with q distinguished
  examples is a polynomial in N of degree at most `sums` whose coefficients involve at most sums + q
  examples, so it holds for every N if it holds for N = sums + q, ..., 2 sums + q (*examples lemma*).

Each is kept with the same count for the arguments of exp, log and roots, since a derivative brings an
argument down.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..claim import Setting
from ..formula import vocabulary as voc
from ..formula.nodes import (
    And,
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Logic,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
    walk,
)
from ..formula.shapes import Range


@dataclass(frozen=True)
class Count:
    """`plain` in a term, `inside` in the arguments of its exponentials, logarithms and roots."""

    plain: int = 0
    inside: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.plain + other.plain, max(self.inside, other.inside))

    def __or__(self, other: Count) -> Count:
        return Count(max(self.plain, other.plain), max(self.inside, other.inside))

    def as_argument(self) -> Count:
        return Count(0, max(self.plain, self.inside))

    def times(self, n: int) -> Count:
        return Count(self.plain * n, self.inside)


@dataclass(frozen=True)
class Bounds:
    """How to count index pairs (`what` = 'pairs') or sums over examples ('sums') under a setting."""

    what: str
    setting: Setting

    def loss(self) -> Count:
        pairs, sums = {
            "exponential": (Count(0, 1), Count(1, 0)),
            "logistic": (Count(0, 1), Count(1, 0)),
            "square": (Count(2, 0), Count(1, 0)),
            "cross-entropy": (Count(1, 1), Count(1, 0)),
        }[self.setting.loss]
        if self.what == "sums":
            return sums
        return pairs | Count(1, 0) if self.setting.weight_decay != 0 else pairs

    def velocity(self, flow: str | None) -> int:
        """Count of dW_k: that of the gradient; the other flows multiply by V_k <V_k, .>."""
        force = self.derivative(self.loss()).plain
        if self.what == "sums":
            return force
        return force + ((flow or self.setting.flow) != "gradient")

    def derivative(self, c: Count) -> Count:
        """A logarithm or root of a sum over examples leaves the sum below the line, hence twice there."""
        return Count(c.plain + (2 if self.what == "sums" else 1) * c.inside, c.inside)

    def count(self, node: Node) -> Count:
        match node:
            case Num():
                return Count()
            case Name(name=name):
                return self._name(name)
            case Indexed(base=base):
                return self._indexed(base)
            case Neg(arg=arg) | Transpose(arg=arg):
                return self.count(arg)
            case BinOp():
                return self._binary(node)
            case Reduce(func=func, body=body):
                inner = self.count(body)
                over_examples = is_over(node, "N")
                if func == "prod":
                    return inner.times(8)  # never taken for general: see `reducible`
                return inner + Count(1, 0) if self.what == "sums" and over_examples else inner
            case Grad(body=body):
                return self.derivative(self.count(body))
            case Hess(body=body):
                return self.derivative(self.derivative(self.count(body)))
            case Rate(body=body, flow=flow):
                inner, speed = self.count(body), self.velocity(flow)
                moved = inner.plain + inner.inside + speed - (1 if self.what == "pairs" else 0)
                return Count(max(moved, 0), inner.inside)
            case Call():
                return self._call(node)
        total = Count()
        for child in getattr(node, "args", ()):
            total = total | self.count(child)
        return total

    def _name(self, name: str) -> Count:
        if name == "L":
            return self.loss()
        return Count(0, 1) if self.what == "pairs" and name == "rho" else Count()

    def _indexed(self, base: str) -> Count:
        if self.what == "sums":
            return self.derivative(self.loss()) if base == "lam" else Count()
        if base == "lam":
            return self.derivative(self.loss()) + Count(1, 1)
        return {"W": Count(1, 0), "V": Count(1, 1), "rho": Count(0, 1), "f": Count(1, 0), "fV": Count(1, 1),
                "x": Count(1, 0)}.get(base, Count())  # fmt: skip

    def _binary(self, node: BinOp) -> Count:
        left, right = self.count(node.left), self.count(node.right)
        if node.op in ("+", "-"):
            return left | right
        if node.op == "**":
            power = node.right.value if isinstance(node.right, Num) else None
            whole = int(power) if power is not None and power.denominator == 1 and power >= 0 else 1
            return left.times(whole)
        return left + right

    def _call(self, node: Call) -> Count:
        args = [self.count(a) for a in node.args]
        if node.func in ("dot", "outer"):
            return args[0] + args[1]
        if node.func == "norm":  # a letter s with s^2 = |A|^2, so even powers of it are polynomials again
            return Count(args[0].plain, max(2 * args[0].plain, args[0].inside))
        if node.func == "sqrt":
            return Count(-(-args[0].plain // 2), max(args[0].plain, args[0].inside))
        if node.func in ("exp", "log", "softmax"):
            return args[0].as_argument()
        total = Count()
        for a in args:
            total = total | a
        return total

    def relation(self, node: Compare) -> int:
        """Bound for left minus right, denominators cleared."""
        return (self.count(node.left) | self.count(node.right)).plain


def is_over(node: Reduce, what: str) -> bool:
    """Whether a sum runs exactly over 1..N (all examples) or 1..K (all layers)."""
    return node.low == Num(Fraction(1)) and node.high == Name(what)


def layer_variables(node: Node) -> set[str] | None:
    """Names that index layers; None if a layer is indexed by anything but a bare name or name + 1."""
    names: set[str] = set()
    for n in walk(node):
        if isinstance(n, Indexed) and (n.base in voc.LAYERED or n.base == "decay"):
            index = n.index.left if _is_next(n.index) else n.index
            if not isinstance(index, Name) or index.name == "K":
                return None
            names.add(index.name)
    return names


def _is_next(index: Node) -> bool:
    """k + 1"""
    return isinstance(index, BinOp) and index.op == "+" and index.right == Num(Fraction(1))


def names_next_layer(node: Node) -> bool:
    """Whether W[k+1] or its like occurs."""
    return any(isinstance(n, Indexed) and n.base in voc.LAYERED and _is_next(n.index) for n in walk(node))


def layer_sums(node: Node) -> int | None:
    """The degree of a term in sums over layers (a time derivative of f or L is one), None if mixed."""
    match node:
        case Num() | Name() | Indexed():
            return 0
        case Neg(arg=arg) | Transpose(arg=arg):
            return layer_sums(arg)
        case Rate(body=body):
            inner = layer_sums(body)
            return None if inner != 0 else 0 if _one_layer(body) else 1
        case Reduce(func=func, body=body):
            inner = layer_sums(body)
            if is_over(node, "K"):
                return 1 if inner == 0 and func == "sum" else None
            return inner
        case Grad(body=body) | Hess(body=body):
            return 0 if layer_sums(body) == 0 else None
        case BinOp(op=op, left=left, right=right):
            return _binary_layer_sums(op, left, right)
        case Call(func="dot" | "outer", args=(a, b)):
            parts = layer_sums(a), layer_sums(b)
            return None if None in parts else parts[0] + parts[1]
        case Call(func=func, args=args):
            linear = func in ("vec", "tr", "entry", "row", "col")
            inner = layer_sums(args[0]) if args else 0
            return inner if linear or inner == 0 else None
    return None


def _binary_layer_sums(op: str, left: Node, right: Node) -> int | None:
    a, b = layer_sums(left), layer_sums(right)
    if a is None or b is None:
        return None
    if op in ("+", "-"):
        return a if a == b else None
    if op in ("*", "@"):
        return a + b
    if op == "/":
        return a if b == 0 else None
    power = right.value if isinstance(right, Num) else None
    if a == 0:
        return 0
    return a * int(power) if power is not None and power.denominator == 1 else None


def _one_layer(body: Node) -> bool:
    """Whether a term is made of W, V and rho of layers that are named, so that no other layer moves it."""
    nodes = list(walk(body))
    plain = {"K", "N", "pi", "p"}
    indices = {x.name for n in nodes if isinstance(n, Indexed) for x in walk(n.index) if isinstance(x, Name)}
    bare = {n.name for n in nodes if isinstance(n, Name)}
    layered = [n for n in nodes if isinstance(n, Indexed)]
    return (
        bare <= plain | indices | _entry_indices(nodes)
        and all(n.base in ("W", "V", "rho") for n in layered)
        and not any(isinstance(n, Grad | Hess | Reduce) for n in nodes)
    )


def _entry_indices(nodes: list[Node]) -> set[str]:
    """Names that stand as positions in entry, row, col."""
    calls = [n for n in nodes if isinstance(n, Call) and n.func in ("entry", "row", "col")]
    return {x.name for c in calls for a in c.args[1:] for x in walk(a) if isinstance(x, Name)}


def marked_examples(relation: Compare, ranges: tuple[Range, ...]) -> int:
    """Distinguished examples: free indices of examples, and examples named by number (all up to the highest)."""
    named = example_indices(relation) - {Name(n.index) for n in walk(relation) if isinstance(n, Reduce)}
    literal = max((int(m.value) for m in named if isinstance(m, Num)), default=0)
    return len(named & {Name(r.index) for r in ranges}) + literal


def example_indices(relation: Node) -> set[Node]:
    """Everything that stands as an index of an example."""
    found = {n.index for n in walk(relation) if isinstance(n, Indexed) and n.base in voc.PER_EXAMPLE}
    return found | {n.args[-1] for n in walk(relation) if isinstance(n, Call) and n.func in ("onehot", "pre", "gate")}


def relations(statement: Node) -> list[Compare] | None:
    """The relations of a conjunction, or None if it has other parts."""
    match statement:
        case Compare():
            return [statement]
        case And(args=args):
            parts = [relations(a) for a in args]
            return None if None in parts else [r for part in parts for r in part]
        case Logic():
            return None
    return None
