"""What each index of a statement stands for. The reductions rest on the symmetry of layers, examples, entries and
classes under renaming, so an index may only name things of one sort and may not be calculated with."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from ..claim import Setting
from ..formula import vocabulary as voc
from ..formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Node, Num, Rate, Reduce, children, walk
from ..formula.shapes import Range

LAYER, EXAMPLE, PLACE = "layer", "example", "place"
ONE = Num(Fraction(1))


def uses(node: Node) -> Iterator[tuple[str, Node]]:
    """Every index expression of a term with what it names: a layer, an example, a place in a vector or matrix."""
    for n in walk(node):
        match n:
            case Indexed(base=base, index=index):
                yield (EXAMPLE if base in voc.PER_EXAMPLE else LAYER), index
            case Call(func="pre" | "gate", args=(k, i)):
                yield LAYER, k
                yield EXAMPLE, i
            case Call(func="onehot", args=(i,)):
                yield EXAMPLE, i
            case Call(func="entry" | "row" | "col", args=(_, *places)):
                # entry(v, y[n]) names a class by its example
                yield from ((PLACE, p) for p in places if not isinstance(p, Indexed))
            case Call(func="eye", args=(size,)) if not _is_size(size):
                yield PLACE, size


def values(node: Node) -> Iterator[str]:
    """The bare words that stand as values, not as indices or ends of sums."""
    match node:
        case Name(name=name):
            yield name
        case Indexed():
            return
        case Reduce(body=body) | Grad(body=body) | Hess(body=body) | Rate(body=body):
            yield from values(body)
        case Call(func="pre" | "gate" | "onehot" | "eye" | "rows" | "cols"):
            return
        case Call(func="entry" | "row" | "col", args=(arg, *_)):
            yield from values(arg)
        case _:
            for child in children(node):
                yield from values(child)


def indices(node: Node, ranges: tuple[Range, ...]) -> set[str]:
    """The names that are bound as indices, outside or by a sum."""
    return {r.index for r in ranges} | {n.index for n in walk(node) if isinstance(n, Reduce)}


@lru_cache(maxsize=64)
def roles(node: Node, ranges: tuple[Range, ...]) -> dict[str, set[str]]:
    """For each index what it names; an index used as a number names a 'number'. To be read only."""
    bound = indices(node, ranges)
    found: dict[str, set[str]] = {name: set() for name in bound}
    for role, index in uses(node):
        for n in walk(index):
            if isinstance(n, Name) and n.name in bound:
                found[n.name].add(role)
    for name in set(values(node)) & bound:
        found[name].add("number")
    return found


def is_place_end(node: Node) -> bool:
    """rows(A) or cols(A)."""
    return isinstance(node, Call) and node.func in ("rows", "cols")


def _is_size(node: Node) -> bool:
    """rows(A), cols(A), or a product of these."""
    if isinstance(node, BinOp) and node.op == "*":
        return _is_size(node.left) and _is_size(node.right)
    return is_place_end(node)


def _is_start(node: Node) -> bool:
    """1, another index, or the one after it."""
    if isinstance(node, BinOp) and node.op == "+" and node.right == ONE:
        node = node.left
    return node == ONE or (isinstance(node, Name) and node.name not in ("K", "N"))


def asymmetry(node: Node, ranges: tuple[Range, ...], role: str) -> str:
    """Why a statement is not symmetric in the things of a role, '' if it is.

    Every index of the role has to be a name that runs over all of them, or over those behind another index.
    """
    bound = roles(node, ranges)
    for name, met in bound.items():
        if role in met and len(met) > 1:
            return f"'{name}' is used as {' and as '.join(sorted(met))}"
    for kind, index in uses(node):
        if kind == role and not isinstance(index, Name) and not is_place_end(index):
            return f"a {role} is named by more than an index"
        if kind == role and isinstance(index, Name) and index.name not in bound:
            return f"a {role} is named '{index.name}'"
    for name, low, high in _runs(node, ranges):
        whole = is_place_end(high) if role == PLACE else high == Name("K" if role == LAYER else "N")
        free = any(r.index == name for r in ranges)
        if role in bound[name] and not (whole and (low == ONE or (free and _is_start(low)))):
            return f"'{name}' does not run over every {role}"
    return ""


def bare_labels(node: Node) -> bool:
    """Whether the labels enter as numbers, not only as the names of classes that they are in entry(v, y[n])."""
    match node:
        case Indexed(base="y") | Name(name="Y"):
            return True
        case Call(func="entry", args=(v, Indexed(base="y"))):
            return bare_labels(v)
    return any(bare_labels(child) for child in children(node))


OF_CLASSES = ("f", "fV", "y", "softmax", "onehot", "entry", "outer", "diag", "dot", "exp", "log", "rows", "cols")
NOT_OF_CLASSES = ("X", "Y", "W", "min_norm", "svm")


def classes_alike(node: Node, ranges: tuple[Range, ...], setting: Setting) -> bool:
    """Whether what is said of some labels in a setting says the same of labels with other names of the classes.

    No class may be named by its number, by the statement or by a hypothesis, and nothing may compare the classes with
    what else is counted: with layers of the same width, or by an index that runs over both.
    """
    stated = [(node, ranges), *((h.formula, h.ranges) for h in setting.assume)]
    widths_differ = all(w[-1] not in w[:-1] for w in setting.widths)
    return widths_differ and all(
        not bare_labels(said) and not asymmetry(said, where, PLACE) and _places_are_classes(said)
        for said, where in stated
    )


def _places_are_classes(node: Node) -> bool:
    """Whether indices stand for places of vectors of classes only."""
    parts = (n for n in walk(node) if isinstance(n, Call) and n.func in ("entry", "row", "col"))
    return all(_of_classes(n.args[0]) for n in parts if any(not isinstance(p, Indexed) for p in n.args[1:]))


def _of_classes(node: Node) -> bool:
    """Whether a vector is made of outputs, probabilities and labels."""
    named = {n.base for n in walk(node) if isinstance(n, Indexed)} | {n.func for n in walk(node) if isinstance(n, Call)}
    bare = {n.name for n in walk(node) if isinstance(n, Name)}
    derived = any(isinstance(n, Grad | Hess | Rate) for n in walk(node))
    return named <= set(OF_CLASSES) and not bare & set(NOT_OF_CLASSES) and not derived


def _runs(node: Node, ranges: tuple[Range, ...]) -> Iterator[tuple[str, Node, Node]]:
    yield from ((r.index, r.low, r.high) for r in ranges)
    yield from ((n.index, n.low, n.high) for n in walk(node) if isinstance(n, Reduce))


def marked(node: Node, ranges: tuple[Range, ...], role: str) -> int:
    """How many free indices have a role."""
    met = roles(node, ranges)
    return sum(role in met[r.index] for r in ranges)
