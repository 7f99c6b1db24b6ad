"""The rule of ring identities: both sides of an equation are one fraction, in every world that has to be looked at.

The worlds are computed here, from the statement and the setting: every list of widths with the setting's number of
examples, or with as many as decide every number; or, for the scope `general`, those of `generality`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..claim import Setting
from ..formula.nodes import Call, Compare, Indexed, Name, Node, Num, Reduce, walk
from ..formula.shapes import bindings
from ..formula.sizes import Range
from ..formula.text import to_text
from .algebra import Graph, Uncovered
from .generality import ONE, PER_EXAMPLE, Count, Plan, index_roles, plan_for
from .networks import Layers, Network
from .residues import vanish
from .terms import Reader, WrittenSizes

MOST_PATTERNS, MOST_GATES, MOST_NODES = 300, 8, 600_000


@dataclass(frozen=True)
class World:
    """A network in which to read terms, and the values of the indices that are already bound."""

    reader: Reader
    bound: dict[str, int]
    where: str

    @property
    def graph(self) -> Graph:
        return self.reader.graph


def count_of(graph: Graph, examples: int, free: bool) -> int:
    return graph.leaf("N") if free else graph.num(examples)


# ---- worlds


def at_fewer(relation: Compare, ranges: tuple[Range, ...], setting: Setting) -> Iterator[World]:
    """Every list of widths, with as many examples as decide every number; none if that is no help."""
    few = _few_examples(relation, ranges, setting)
    return _at_widths(setting, few, True) if few else iter(())


def at_sizes(relation: Compare, ranges: tuple[Range, ...], setting: Setting) -> Iterator[World]:
    """Every list of widths, with the setting's number of examples."""
    return _at_widths(setting, (setting.examples,), False)


def _at_widths(setting: Setting, numbers: tuple[int, ...], free: bool) -> Iterator[World]:
    for widths in setting.widths:
        for examples in numbers:
            for classes in class_labels(setting, examples, widths[-1]):
                graph = Graph()
                network = Network(graph, setting, widths, examples, count_of(graph, examples, free), classes)
                sizes = type(setting.sizes(widths))(widths, examples, setting.loss, setting.network, setting.flow)
                yield World(Reader(network, sizes), {}, f"widths {list(widths)}, N = {examples}")


def _few_examples(relation: Compare, ranges: tuple[Range, ...], setting: Setting) -> tuple[int, ...]:
    """1, ..., m + q where the examples lemma applies and this is less than the setting's number; else nothing."""
    if any(map(_of_all_examples, walk(relation))) or _names_places(relation, ranges):
        return ()
    try:
        free = _free_examples(relation, ranges)
        most = Count("sums", setting).relation(relation) + len(free)
    except Uncovered:
        return ()
    return tuple(range(1, max(1, most) + 1)) if most < setting.examples else ()


def _of_all_examples(n: Node) -> bool:
    """Whether a word depends on the number of examples in another way than by sums over all of them."""
    match n:
        case Name(name="X" | "Y" | "margin" | "min_norm"):
            return True
        case Call(func="null_projector" | "pinv" | "rank" | "nullity" | "eye"):
            return True
        case Reduce(func="sum", low=low, high=Name(name="N")) if low == ONE:
            return False
        case Reduce(low=low, high=high):
            return _has_count(low) or _has_count(high)
    return False


def _has_count(node: Node) -> bool:
    return Name("N") in walk(node)


def _names_places(relation: Compare, ranges: tuple[Range, ...]) -> bool:
    """Whether N, or an index that runs up to it, names a layer or a place in a vector or matrix."""
    nodes = walk(relation)
    counted = {r.index for r in ranges if _has_count(r.low) or _has_count(r.high)}
    counted |= {n.index for n in nodes if isinstance(n, Reduce) and _has_count(n.high)} | {"N"}
    named: list[Node] = [
        a for n in nodes if isinstance(n, Call) and n.func in ("entry", "row", "col") for a in n.args[1:]
    ]
    named += [n.index for n in nodes if isinstance(n, Indexed) and n.base not in PER_EXAMPLE]
    named += [n.args[0] for n in nodes if isinstance(n, Call) and n.func in ("pre", "gate")]
    plain = [a for a in named if not (isinstance(a, Indexed) and a.base == "y")]
    return any(isinstance(x, Name) and x.name in counted for a in plain for x in walk(a))


def _free_examples(relation: Compare, ranges: tuple[Range, ...]) -> list[str]:
    """The free indices that name examples; raises if an example is named by anything else."""
    found: set[str] = set()
    for n in walk(relation):
        named = []
        if isinstance(n, Indexed) and n.base in PER_EXAMPLE:
            named = [n.index]
        elif isinstance(n, Call) and n.func in ("pre", "gate", "onehot"):
            named = [n.args[-1]]
        for index in named:
            if not isinstance(index, Name) or index.name in ("N", "K"):
                raise Uncovered("an example that is not named by an index alone")
            found.add(index.name)
    if any(isinstance(n, Name) and n.name in found for n in _values(relation)):
        raise Uncovered("an example's number in a calculation")
    for r in ranges:
        if r.index in found and (r.low, r.high) != (ONE, Name("N")) and not isinstance(r.low, Num | Name):
            raise Uncovered("a part of the examples")
    return [r.index for r in ranges if r.index in found]


def _values(relation: Compare) -> list:
    """Bare names that stand as values."""
    inside = {id(n.index) for n in walk(relation) if isinstance(n, Indexed)}
    inside |= {
        id(a) for n in walk(relation) if isinstance(n, Call) and n.func in ("pre", "gate", "onehot") for a in n.args
    }
    return [n for n in walk(relation) if isinstance(n, Name) and id(n) not in inside]


def class_labels(setting: Setting, examples: int, outputs: int) -> Iterator[tuple[int, ...]]:
    """Every way of labelling with classes; one empty way for other losses."""
    if setting.loss != "cross-entropy":
        yield ()
        return
    if outputs**examples > MOST_PATTERNS:
        raise Uncovered(f"{outputs**examples} labellings")
    yield from itertools.product(range(1, outputs + 1), repeat=examples)


def everywhere(relation: Compare, ranges: tuple[Range, ...], setting: Setting) -> Iterator[World]:
    """The worlds that decide an equation for every depth, width and number of examples."""
    kinds = {(len(w) == 2 and not setting.output_activation, w[-1]) for w in setting.widths}
    for single, outputs in sorted(kinds):
        plan = plan_for(relation, ranges, setting, single)
        for shapes in _shapes(plan, single, outputs):
            for examples in range(1, plan.examples + 1):
                for classes in class_labels(setting, examples, outputs):
                    yield from _written(plan, setting, shapes, examples, classes, single, outputs, ranges)


def _shapes(plan: Plan, single: bool, outputs: int) -> Iterator[list[tuple[int, int]]]:
    """Of the layers written out: none smaller than the pairs, on a grid where sizes enter."""
    s, grid = plan.pairs, range(plan.loops + 1)
    if single:
        yield from ([(outputs, s + 1 + j)] for j in grid)
        return
    if plan.adjacent or len(plan.layers) == 2:
        if plan.loops:
            raise Uncovered("sizes of two layers")
        yield [(s, s + 1), (s + 1, s)]
    if not plan.adjacent:
        yield from ([(s + i, s + 1 + j)] for i in grid for j in grid if i + j <= plan.loops)


def _written(plan: Plan, setting: Setting, shapes, examples, classes, single, outputs, ranges) -> Iterator[World]:
    graph = Graph()
    network = Layers(
        graph, setting, shapes, outputs, examples, graph.leaf("N"), classes, single, plan.adjacent and len(shapes) == 2
    )
    base = setting.sizes(setting.widths[0])
    sizes = WrittenSizes(type(base)((1, outputs), examples, base.loss, base.network, base.flow), shapes)
    reader = Reader(network, sizes)
    for layers in _layer_numbers(plan, len(shapes)):
        for named in itertools.product(range(1, examples + 1), repeat=len(plan.free_examples)):
            bound = {**dict(zip(plan.layers, layers, strict=True)), **dict(zip(plan.free_examples, named, strict=True))}
            yield World(reader, bound, f"shapes {shapes}, N = {examples}")


def _layer_numbers(plan: Plan, written: int) -> list[tuple[int, ...]]:
    """The free indices of layers, on the layers written out in every order."""
    if plan.adjacent:
        return [(1,)]
    return (
        list(itertools.permutations(range(1, written + 1), len(plan.layers)))
        if written > 1
        else [(1,) * len(plan.layers)]
    )


# ---- the rule


def failing_world(
    relation: Compare,
    ranges: tuple[Range, ...],
    worlds: Iterator[World],
    seed: str,
    interpolating: bool = False,
) -> World | None:
    """The first world in which the two sides are not seen to be one; None if there is none.

    Args:
        interpolating: at points of zero square loss.

    Raises:
        Uncovered: if a world cannot be looked at, or there is none.
    """
    met = False
    for world in worlds:
        for bound in bound_further(ranges, world):
            met = True
            gap = world.reader.gap(relation.left, relation.right, bound).entries
            if interpolating:
                gap = tuple(world.graph.replaced(gap, world.reader.network.interpolating()))
            if not is_zero(world, gap, f"{seed}/{world.where}/{bound}"):
                return World(world.reader, bound, world.where)
    if not met:
        raise Uncovered("the indices take no value")
    return None


def bound_further(ranges: tuple[Range, ...], world: World) -> Iterator[dict[str, int]]:
    """The values of all indices, those that are bound already kept."""
    fixed = tuple(Range(i, Num(Fraction(v)), Num(Fraction(v))) for i, v in world.bound.items())
    rest = tuple(r for r in ranges if r.index not in world.bound)
    for bound in bindings(fixed + rest, world.reader.sizes):
        yield dict(bound)


def is_zero(world: World, wholes: tuple[int, ...], seed: str) -> bool:
    """Whether scalars vanish for every labelling, and for every gate: as free letters, or for each of their values."""
    graph, network = world.graph, world.reader.network
    order = graph.below(wholes)
    if len(order) > MOST_NODES:
        raise Uncovered(f"{len(order)} operations")
    spheres, leaves = network.spheres(), [graph.nodes[a][1] for a in order if graph.nodes[a][0] == "leaf"]

    def zero(fixed: dict) -> bool:
        return vanish(graph, wholes, fixed, spheres, f"{seed}/{sorted(fixed.items())}")

    if zero({}):
        return True
    labels = [name for name in leaves if name[0] == "y"] if network.setting.loss in ("exponential", "logistic") else []
    if not labels:
        return _for_each_gate(leaves, network.setting, zero, {})
    if 2 ** len(labels) > MOST_PATTERNS:
        raise Uncovered(f"{2 ** len(labels)} labellings")
    patterns = [dict(zip(labels, p, strict=True)) for p in itertools.product((1, -1), repeat=len(labels))]
    return all(zero(p) or _for_each_gate(leaves, network.setting, zero, p) for p in patterns)


def _for_each_gate(leaves: list[str], setting: Setting, zero: Callable[[dict], bool], fixed: dict) -> bool:
    """Whether scalars vanish for every value of the gates, 1 and 0 (or the slope); so few gates only."""
    gates = [name for name in leaves if name[0] == "g"]
    if not gates or len(gates) > MOST_GATES or setting.network != "relu":
        return False
    return all(
        zero({**fixed, **dict(zip(gates, p, strict=True))}) for p in itertools.product((0, 1), repeat=len(gates))
    )


def seed_of(relation: Compare, setting: Setting) -> str:
    return f"{to_text(relation)}|{setting}"


__all__ = ["at_sizes", "everywhere", "failing_world", "index_roles", "is_zero", "seed_of"]
