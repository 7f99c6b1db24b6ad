"""Which statements about every depth, width and N reduce to finitely many checks, and to which.

The rule is a whitelist: what is not named here is not reduced, and is decided at the setting's sizes instead.
The lemmas and their hypotheses are proved in `derivations.reductions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..claim import Setting
from ..formula import vocabulary as voc
from ..formula.nodes import (
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Name,
    Node,
    Num,
    Rate,
    Reduce,
    children,
    walk,
)
from ..formula.shapes import Range
from .analysis import (
    Bounds,
    Count,
    example_indices,
    is_over,
    layer_sums,
    layer_variables,
    marked_examples,
    names_next_layer,
)

WORDS = frozenset(
    ("exp", "sqrt", "softmax", "onehot", "dot", "norm", "outer", "eye", "vec", "tr", "zeros_like", "diag")
    + ("row", "col", "entry", "rows", "cols", "sign", "abs", "rank", "nullity", "distinct")
)  # functions that a reduced statement may contain
NAMES = frozenset(("K", "N", "rho", "L", "decay"))
MOST_PAIRS, MOST_EXAMPLES, MOST_SIZES = 5, 6, 3  # beyond these a statement is decided at its own sizes


@dataclass(frozen=True)
class Reduction:
    """A statement about every depth, width and N, reduced to finitely many checks.

    Attributes:
        layers: the free indices that run over the layers.
        pairs: bound on index pairs; widths of the layers written out are at least this.
        examples: the numbers of examples to check.
        sizes: degree in the sizes as numbers; all (r + i, c + j) with i + j up to it are checked.
        summed: both sides are sums of one contribution a layer.
        adjacent: neighbouring layers k, k + 1 occur.
    """

    layers: tuple[str, ...]
    pairs: int
    examples: tuple[int, ...]
    sizes: int
    summed: bool
    adjacent: bool = False


def reducible(relation: Compare, ranges: tuple[Range, ...], setting: Setting, depth: int) -> Reduction | str:
    """How a relation reduces to `GeneralWorld`, or the reason why it does not."""
    if setting.network not in ("linear", "relu", "leaky-relu"):
        return "not linear off the kinks in each layer"
    single = depth == 1 and not setting.output_activation
    reason = _not_eligible(relation, ranges, setting, single)
    if reason:
        return reason
    layers = _free_layers(relation, {r.index: r for r in ranges}, single)
    if isinstance(layers, str):
        return layers
    degree = _common_degree(relation)
    if not single and (degree is None or degree > 1):
        return "several sums over layers are multiplied"
    summed, adjacent = bool(degree) and not single, names_next_layer(relation)
    if not layers and not summed and not single:
        return "no layer is named"
    if len(layers) + summed + adjacent > 2 or (summed and layers):
        return "more layers interact than are written out"
    return _counted(relation, ranges, setting, layers, summed, adjacent)


def _counted(relation: Compare, ranges: tuple[Range, ...], setting: Setting, layers: list[str], summed: bool,
             adjacent: bool) -> Reduction | str:  # fmt: skip
    positions = {a for n in _calls(relation, "entry", "row", "col") for a in n.args[1:]}
    pairs = Bounds("pairs", setting).relation(relation) + len(positions)
    examples = deciding_examples(relation, ranges, setting)
    sizes = _size_degree(relation)
    if pairs > MOST_PAIRS or not examples or examples[-1] > MOST_EXAMPLES or sizes > MOST_SIZES:
        return "too many factors for the reduction to be checked cheaply"
    return Reduction(tuple(layers), max(2, pairs), examples, sizes, summed, adjacent)


def deciding_examples(relation: Compare, ranges: tuple[Range, ...], setting: Setting) -> tuple[int, ...]:
    """Numbers of examples that decide every N, by the examples lemma; empty where it does not apply.

    With at most s sums multiplied, q marked examples and degree at most e in N or 1/N, the values
    N = s + q, ..., 2 s + q + e decide.
    """
    if _index_trouble(relation, ranges) or _sums_inside(relation, setting):
        return ()
    sums = Bounds("sums", setting).relation(relation)
    explicit = sum(n == Name("N") for n in walk(relation)) - sum(
        is_over(n, "N") for n in walk(relation) if isinstance(n, Reduce)
    )
    powers = max((int(n.right.value) for n in walk(relation) if _is_power(n)), default=1)
    in_n = explicit * max(1, powers) + (sums if setting.average else 0)
    first = max(1, sums + marked_examples(relation, ranges))
    return tuple(range(first, first + sums + in_n + 1))


def _is_power(n: Node) -> bool:
    return isinstance(n, BinOp) and n.op == "**" and isinstance(n.right, Num) and n.right.value.denominator == 1


def _common_degree(relation: Compare) -> int | None:
    left, right = layer_sums(relation.left), layer_sums(relation.right)
    if is_zero(relation.right):
        return left
    return left if left == right else None


def is_zero(node: Node) -> bool:
    """0 or zeros_like(...)."""
    return node == Num(Fraction(0)) or (isinstance(node, Call) and node.func == "zeros_like")


def _calls(node: Node, *words: str) -> Iterator[Call]:
    return (n for n in walk(node) if isinstance(n, Call) and n.func in words)


# ---- the whitelist


def _not_eligible(relation: Compare, ranges: tuple[Range, ...], setting: Setting, single: bool) -> str:
    """Why a relation may not be reduced; empty if it may."""
    for n in walk(relation):
        reason = _word(n, single) or _sum(n) or _quotient(n) or _whole(n, single)
        if reason:
            return reason
    if _index_trouble(relation, ranges):
        return _index_trouble(relation, ranges)
    if _sums_inside(relation, setting):
        return "a sum over examples inside a function or below a line"
    if setting.loss == "cross-entropy" and any(names_a_class(n) for n in walk(relation)):
        return "a class is named by number"
    return ""


def _word(n: Node, single: bool) -> str:
    if isinstance(n, Call) and n.func not in WORDS:
        return f"'{n.func}' is about one architecture"
    if isinstance(n, Name) and n.name in voc.CONSTANTS and n.name not in NAMES:
        return f"'{n.name}' is about one architecture"
    if isinstance(n, Indexed) and n.base == "x" and not single:
        return "x[n] does not occur in a layer of a network of any depth"
    return ""


def _sum(n: Node) -> str:
    if isinstance(n, Reduce) and (n.func != "sum" or not (is_over(n, "N") or is_over(n, "K"))):
        return "only sums over all examples or all layers are reduced"
    return ""


def _quotient(n: Node) -> str:
    """Below a line, and to negative or broken powers, stand numbers and positive letters only."""
    if isinstance(n, BinOp) and n.op == "/" and not _is_unit(n.right):
        return "a quotient by more than numbers, norms and exponentials"
    if isinstance(n, BinOp) and n.op == "**":
        power = n.right.value if isinstance(n.right, Num) else None
        whole = power is not None and power.denominator == 1
        if not whole or (power < 0 and not _is_unit(n.left)):
            return "a power that is no polynomial"
    return ""


def _is_unit(node: Node) -> bool:
    match node:
        case Num() | Name(name="N" | "rho") | Indexed(base="rho"):
            return True
        case Call(func="exp"):
            return True
        case BinOp(op="*" | "/", left=a, right=b):
            return _is_unit(a) and _is_unit(b)
        case BinOp(op="**", left=a, right=Num()):
            return _is_unit(a)
    return False


def _whole(n: Node, single: bool) -> str:
    if single:
        return ""
    if (isinstance(n, Grad) and n.wrt is None) or (isinstance(n, Hess) and n.first is None):
        return "a derivative by all layers at once"
    if isinstance(n, Name) and n.name == "W":
        return "the whole weight vector"
    return ""


def names_a_class(n: Node) -> bool:
    """entry(f[n], 1) and the like: an index of outputs that is not the label."""
    if not (isinstance(n, Call) and n.func in ("entry", "row", "col")):
        return False
    return not all(isinstance(a, Indexed) and a.base == "y" for a in n.args[1:])


def _index_trouble(relation: Compare, ranges: tuple[Range, ...]) -> str:
    """Examples are named by a bound index or by number, not both ways, and no index stands as a number."""
    bound = {r.index for r in ranges} | {n.index for n in walk(relation) if isinstance(n, Reduce)}
    if any(t.name in bound for t in _terms(relation) if isinstance(t, Name)):
        return "an index stands as a number"
    indices = example_indices(relation)
    summed = {Name(n.index) for n in walk(relation) if isinstance(n, Reduce)}
    free = {Name(r.index) for r in ranges if _runs_over_examples(r)}
    literal = {i for i in indices if isinstance(i, Num)}
    if not indices <= summed | free | literal:
        return "an example is named by more than an index"
    return "examples are named by number and by index" if literal and indices & free else ""


def _runs_over_examples(r: Range) -> bool:
    return r.low == Num(Fraction(1)) and r.high == Name("N")


def _terms(node: Node) -> Iterator[Node]:
    """The nodes that stand as terms: neither indices, nor ranges, nor sizes."""
    if isinstance(node, Indexed):
        return
    yield node
    skip: tuple[Node, ...] = ()
    if isinstance(node, Call) and node.func in ("entry", "row", "col"):
        skip = node.args[1:]
    elif isinstance(node, Call) and node.func in ("eye", "onehot", "pre", "gate"):
        skip = node.args
    elif isinstance(node, Reduce):
        skip = (node.low, node.high)
    for child in children(node):
        if not any(child is s for s in skip):
            yield from _terms(child)


def _sums_inside(relation: Compare, setting: Setting) -> bool:
    """Whether a sum over examples stands inside a function that is no polynomial, or below a line."""
    bounds = Bounds("sums", setting)

    def summed(node: Node) -> bool:
        return bounds.count(node) != Count()

    inside = (a for n in _calls(relation, "exp", "log", "sqrt", "softmax", "sign", "abs") for a in n.args)
    below = (n.right for n in walk(relation) if isinstance(n, BinOp) and n.op == "/")
    norms = (n.args[0] for n in _calls(relation, "norm") if not _squared(n, relation))
    return any(summed(a) for group in (inside, below, norms) for a in group)


def _squared(norm: Call, relation: Compare) -> bool:
    """Whether every occurrence of this norm stands under an even power, outside derivatives."""
    powers = [n for n in walk(relation) if _is_power(n) and n.left == norm and int(n.right.value) % 2 == 0]
    everywhere = sum(n == norm for n in walk(relation))
    differentiated = any(norm in set(walk(n)) for n in walk(relation) if isinstance(n, Grad | Hess | Rate))
    return len(powers) == everywhere and not differentiated


def _size_degree(relation: Compare) -> int:
    """Degree in the sizes as numbers: they enter by rows, cols, and by contracting identity matrices."""
    terms = list(_terms(relation))
    named = sum(isinstance(n, Call) and n.func in ("rows", "cols") for n in terms)
    deltas = sum(isinstance(n, Hess) or (isinstance(n, Call) and n.func in ("eye", "diag")) for n in terms)
    deltas += sum(isinstance(n, Grad) and _of_weights(n.body) for n in terms)
    return named + (deltas if deltas and any(_contracts(n) for n in terms) else 0)


def _of_weights(body: Node) -> bool:
    return any(isinstance(n, Indexed) and n.base in ("W", "V") for n in walk(body))


def _contracts(n: Node) -> bool:
    """tr, dot, norm and @ close index loops when identity matrices stand inside."""
    closes = isinstance(n, Call) and n.func in ("tr", "dot", "norm", "rank", "nullity", "distinct")
    closes = closes or (isinstance(n, BinOp) and n.op == "@")
    inner = list(walk(n))
    return closes and any(
        isinstance(x, Hess) or (isinstance(x, Call) and x.func in ("eye", "diag")) or
        (isinstance(x, Grad) and _of_weights(x.body)) for x in inner
    )  # fmt: skip


# ---- layers


def _free_layers(relation: Compare, free: dict[str, Range], single: bool) -> list[str] | str:
    names = layer_variables(relation)
    if single:
        return []
    if names is None:
        return "single layers are named by number"
    layers = sorted(names - {n.index for n in walk(relation) if isinstance(n, Reduce)})
    last = BinOp("-", Name("K"), Num(Fraction(1))) if names_next_layer(relation) else Name("K")
    for name in layers:
        r = free.get(name)
        if r is None or r.low != Num(Fraction(1)) or r.high != last:
            return f"'{name}' does not run over all layers"
    return layers


