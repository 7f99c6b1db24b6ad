"""Which statements about every depth, width and N reduce to finitely many checks, and to which.

The lemmas (depth, layer sums, neighbouring layers, width, examples) are proved in `derivations.book.reductions`. Here
their hypotheses are checked on a statement's tree, before anything is formed: what each index names (`roles`), how
much a term can carry (`counts`), and how sums over layers enter (`analysis`). What is not recognised is not
reduced, and is decided at the setting's sizes instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..claim import Setting
from ..formula import vocabulary as voc
from ..formula.nodes import BinOp, Call, Compare, Grad, Hess, Indexed, Name, Node, Num, Reduce, walk
from ..formula.shapes import Range
from .analysis import layer_sums, layer_variables, names_next_layer
from .counts import Bounds, NotReducible
from .roles import EXAMPLE, LAYER, ONE, PLACE, asymmetry, bare_labels, classes_alike, is_place_end, marked, roles

MOST_PAIRS, MOST_EXAMPLES, MOST_SIZES = 5, 5, 3  # beyond these a statement is decided at its own sizes
PER_SIZE = ("X", "Y", "margin", "min_norm", "svm", "max_margin")
ONE_ARCHITECTURE = ("pre", "gate", "act", "act1", "act2", "pinv", "null_projector", "li", *voc.SPECTRAL)


@dataclass(frozen=True)
class Reduction:
    """A statement about every depth, width and N, reduced to finitely many checks.

    Attributes:
        layers: the free indices that run over the layers.
        pairs: widths of the layers written out are at least this.
        examples: the numbers of examples to check.
        sums: how many sums over examples are multiplied at most.
        sizes: the degree of the statement in the sizes of a layer.
        symmetric: no class is named by its number, so classes may be renamed.
    """

    layers: tuple[str, ...]
    pairs: int
    examples: tuple[int, ...]
    sums: int
    sizes: int
    summed: bool
    adjacent: bool = False
    symmetric: bool = True


def reducible(relation: Compare, ranges: tuple[Range, ...], setting: Setting, depth: int) -> Reduction | str:
    """How a relation reduces to `GeneralWorld`, or the reason why it does not."""
    if setting.network not in ("linear", "relu", "leaky-relu"):
        return "not linear off the kinks in each layer"
    single = depth == 1 and not setting.output_activation
    if setting.loss == "cross-entropy" and bare_labels(relation):
        return "classes are calculated with"
    reason = _outside_general(relation, ranges, single)
    if reason:
        return reason
    layers = _free_layers(relation, ranges, single)
    if isinstance(layers, str):
        return layers
    summed = _summed(relation, layers, single)
    if isinstance(summed, str):
        return summed
    try:
        return _counted(relation, ranges, setting, layers, summed, single)
    except NotReducible as reason:
        return str(reason)


def _summed(relation: Compare, layers: list[str], single: bool) -> bool | str:
    """Whether both sides are sums over the layers; a reason if that is not covered."""
    if single:
        return False
    degree = layer_sums(relation.left)
    of_right = degree if _is_zero(relation.right) else layer_sums(relation.right)
    if degree is None or degree != of_right or degree > 1:
        return "several sums over layers are multiplied"
    summed = degree == 1
    if not layers and not summed:
        return "no layer is named"
    if len(layers) + summed + names_next_layer(relation) > 2 or (summed and layers):
        return "more layers interact than are written out"
    if summed and names_next_layer(relation):
        return "a sum over neighbouring layers"
    return summed


def _counted(
    relation: Compare, ranges: tuple[Range, ...], setting: Setting, layers: list[str], summed: bool, single: bool
) -> Reduction | str:
    pairs, sums, sizes = (Bounds(what, setting).relation(relation) for what in ("pairs", "sums", "sizes"))
    places = marked(relation, ranges, PLACE) + any(isinstance(n, Call) and n.func == "eye" for n in walk(relation))
    adjacent = names_next_layer(relation)
    if sizes and len(layers) + adjacent > 1:
        return "sizes of several layers enter"
    examples = decisive(sums, marked(relation, ranges, EXAMPLE))
    if pairs + places > MOST_PAIRS or examples[0] > MOST_EXAMPLES or sizes > MOST_SIZES:
        return "too many factors for the reduction to be checked cheaply"
    if sizes and relation.op != "==":
        return "a sign at every size of a layer"
    symmetric = classes_alike(relation, ranges, setting)
    return Reduction(tuple(layers), max(2, pairs + places), examples, sums, sizes, summed, adjacent, symmetric)


def decisive(sums: int, free: int) -> tuple[int, ...]:
    """The numbers of examples that decide every number (examples lemma)."""
    return tuple(range(max(1, sums + free), max(1, 2 * sums + free) + 1))


def _is_zero(node: Node) -> bool:
    return node == Num(Fraction(0)) or (isinstance(node, Call) and node.func == "zeros_like")


def _outside_general(relation: Compare, ranges: tuple[Range, ...], single: bool) -> str:
    for n in walk(relation):
        reason = _not_general(n, single)
        if reason:
            return reason
    met_by = roles(relation, ranges)
    for name, met in met_by.items():
        if "number" in met:
            return f"'{name}' is calculated with"
    for n in walk(relation):
        if isinstance(n, Reduce) and LAYER in met_by[n.index] and n.high != Name("K"):
            return "a sum over a part of the layers"
    if not single:
        ends = [end for r in ranges for end in (r.low, r.high)]
        if any(layer_variables(end) is None for end in ends):
            return "single layers are named by number"
    return asymmetry(relation, ranges, EXAMPLE) or asymmetry(relation, ranges, PLACE)


def _not_general(n: Node, single: bool) -> str:
    """Why a node has no meaning for a network of any depth and width, or '' ."""
    match n:
        case Call(func=func) if func in ONE_ARCHITECTURE:
            return f"'{func}' is about one architecture"
        case Call(func="entry" | "row" | "col", args=(arg, *_)) if any(
            isinstance(x, Hess) or (isinstance(x, Call) and x.func in ("vec",)) for x in walk(arg)
        ):
            return "a place in a flattened matrix"
        case Name(name=name) if name in (*PER_SIZE, "W"):
            return f"'{name}' is about one architecture" if name != "W" or not single else ""
        case Indexed(base="x") if not single:
            return "x[n] does not occur in a layer of a network of any depth"
        case Grad(wrt=None) | Hess(first=None) if not single:
            return "a derivative by all layers at once"
        case Reduce(func=func) if func != "sum":
            return f"a {func} is not a polynomial"
        case Reduce(low=low, high=high) if low != ONE or not _whole(high):
            return "a sum over a part of a range"
        case BinOp(op="**", right=right) if any(x == Name("K") for x in walk(right)) and not single:
            return "K in an exponent"
    return ""


def _whole(high: Node) -> bool:
    return high in (Name("N"), Name("K")) or is_place_end(high) or isinstance(high, Num)


def _free_layers(relation: Compare, ranges: tuple[Range, ...], single: bool) -> list[str] | str:
    names = layer_variables(relation)
    if single:
        return []
    if names is None:
        return "single layers are named by number"
    summed = {n.index for n in walk(relation) if isinstance(n, Reduce)}
    layers = sorted(names - summed)
    free = {r.index: r for r in ranges}
    last = BinOp("-", Name("K"), ONE) if names_next_layer(relation) else Name("K")
    for name in layers:
        r = free.get(name)
        if r is None or r.low != ONE or r.high != last:
            return f"'{name}' does not run over all layers"
    return layers


# ---- fewer examples in one architecture


def enough_examples(relation: Compare, ranges: tuple[Range, ...], setting: Setting) -> tuple[int, ...]:
    """The numbers of examples at which one architecture has to be checked: the setting's, or fewer.

    Hypotheses that couple examples, quantities of the whole data set, partial ranges and examples named by number
    are about the setting's own number.
    """
    own = (setting.examples,)
    names = {n.name for n in walk(relation) if isinstance(n, Name)}
    if setting.loss == "cross-entropy" and bare_labels(relation):
        return own
    if relation.op != "==" or setting.assume or names & set(PER_SIZE) or asymmetry(relation, ranges, EXAMPLE):
        return own
    if any(_spectral_of_data(n) for n in walk(relation)):
        return own
    try:
        numbers = decisive(Bounds("sums", setting).relation(relation), marked(relation, ranges, EXAMPLE))
    except NotReducible:
        return own
    return numbers if numbers[-1] < setting.examples else own


def _spectral_of_data(n: Node) -> bool:
    """Ranks, inverses and ends that depend on the number of examples."""
    if isinstance(n, Call) and n.func in (*voc.SPECTRAL, "pinv", "null_projector", "eye", "rows", "cols"):
        return True
    if not isinstance(n, Reduce):
        return False
    bounded = any(x == Name("N") for end in (n.low, n.high) for x in walk(end))
    return bounded and (n.func != "sum" or n.low != ONE or n.high != Name("N"))
