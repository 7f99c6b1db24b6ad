"""Building the exact worlds in which one statement is checked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from derivations.exact.arrays import scalar
from derivations.exact.concrete import ConcreteWorld
from derivations.exact.general import GeneralWorld
from derivations.exact.ring import OutOfLetters

from ..claim import Setting
from ..formula.nodes import BinOp, Call, Name, Node, Num, Reduce, children
from ..formula.shapes import Sizes
from ..statements.table import all_rows, in_general_position
from ..world import Evaluator, Value, rational


class LayerSizes(Sizes):
    """Sizes of a general world: the shapes of the layers written out need not fit each other."""

    shapes: tuple[tuple[int, int], ...]

    def __init__(self, shapes: tuple[tuple[int, int], ...], examples: int, setting: Setting, outputs: int):
        super().__init__((shapes[0][1], outputs), examples, setting.loss, setting.network, setting.flow)
        object.__setattr__(self, "shapes", shapes)

    @property
    def depth(self) -> int:
        return len(self.shapes)

    def layer(self, k: int) -> tuple[int, int]:
        return self.shapes[k - 1]


class ExactEvaluator(Evaluator):
    """Values of terms in an exact world."""

    world: ConcreteWorld | GeneralWorld


class LetterEvaluator(ExactEvaluator):
    """In a network of any depth K is a letter, and N is one where a few examples stand for every number.

    A term is formed once for each value of the indices that occur in it: values of letters never change.
    """

    def __init__(self, world: Any, sizes: Sizes):
        super().__init__(world, sizes)
        self._formed: dict[tuple, Value] = {}
        self._free: dict[int, tuple[Node, tuple[str, ...]]] = {}  # by identity; the node is held so that it stays

    def _term(self, node: Node, bound: Mapping[str, int], state: Any) -> Value:
        if isinstance(node, Num | Name):
            return super()._term(node, bound, state)
        key = (id(node), state, *(bound.get(name) for name in self._names(node)))
        if key not in self._formed:
            self._formed[key] = super()._term(node, bound, state)
        return self._formed[key]

    def _names(self, node: Node) -> tuple[str, ...]:
        """The free names of a term, each node asked once."""
        if id(node) not in self._free:
            inside = dict.fromkeys(name for child in children(node) for name in self._names(child))
            if isinstance(node, Name):
                inside = {node.name: None}
            if isinstance(node, Reduce):
                of_body = [n for n in self._names(node.body) if n != node.index]
                inside = dict.fromkeys([*of_body, *self._names(node.low), *self._names(node.high)])
            self._free[id(node)] = node, tuple(inside)
        return self._free[id(node)][1]

    def _binary(self, node: BinOp, bound: Mapping[str, int], state: Any) -> Value:
        """norm(A)**2 is <A, A>, without a letter for the root."""
        if node.op == "**" and isinstance(node.left, Call) and node.left.func == "norm":
            exponent = rational(node.right, bound, self.sizes)
            if exponent is not None and exponent > 0 and exponent % 2 == 0:
                inside = self._term(node.left.args[0], bound, state)
                return self.world.power(self.world.inner(inside, inside), exponent / 2)
        return super()._binary(node, bound, state)

    def _name(self, name: str, bound, state) -> Value:
        if name == "K" and isinstance(self.sizes, LayerSizes):
            return self.world.constant("K")
        return scalar(self.world.count) if name == "N" else super()._name(name, bound, state)


def class_patterns(
    examples: int,
    classes: int,
    renamed: bool = True,
    one_class: bool = False,
) -> Iterator[tuple[int, ...]]:
    """Class labels of N examples.

    Args:
        renamed: only one of the patterns that differ by names of the classes.
        one_class: also those with N >= 2 examples of one class. They are no data, but an identity for every
            number of examples of each class is decided on all patterns of few examples.
    """
    if not renamed:
        every = itertools.product(range(1, classes + 1), repeat=examples)
        yield from (p for p in every if one_class or examples == 1 or len(set(p)) > 1)
        return

    def grow(prefix: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(prefix) == examples:
            yield prefix
            return
        for label in range(1, min(max(prefix, default=0) + 1, classes) + 1):
            yield from grow((*prefix, label))

    for pattern in grow(()):
        if one_class or examples == 1 or len(set(pattern)) > 1:
            yield pattern


def sign_patterns(examples: int) -> Iterator[tuple[int, ...]]:
    """Every choice of labels +-1."""
    yield from itertools.product((1, -1), repeat=examples)


def label_choices(
    setting: Setting, examples: int, classes: int, *, split: bool = False, renamed: bool = True, one_class: bool = False
) -> list[Any]:
    """The labels of the worlds that together cover every labelling; see `class_patterns`.

    Those of a whole CSV file are the numbers in it.
    """
    rows = all_rows(setting) if examples == setting.examples and not one_class else None
    if rows is not None:
        return [tuple(y for _, y in rows)]
    if setting.loss == "cross-entropy":
        return list(class_patterns(examples, classes, renamed, one_class))
    if split and setting.loss != "square":
        return list(sign_patterns(examples))
    return ["letters"]


def with_letters(build: Callable[[int | None], Any]) -> Callable[[Callable[[Any], Any]], Any]:
    """Run a computation in a fresh world, with more derived letters whenever they run out."""

    def run(compute: Callable[[Any], Any]) -> Any:
        spare: int | None = None
        while True:
            world = build(spare)
            try:
                return compute(world)
            except OutOfLetters:
                spare = 2 * world.ring.spare

    return run


def concrete(setting: Setting, widths: tuple[int, ...], examples: int, labels: Any, free_count: bool = False):
    """A world of one architecture, and its evaluator's sizes."""
    keywords = {**setting.keywords(widths), "examples": examples, "labels": labels, "free_count": free_count}
    keywords["general_position"] = in_general_position(setting)
    rows = all_rows(setting) if examples == setting.examples and not free_count else None
    if rows is not None:
        keywords["inputs"] = [x for x, _ in rows]
    sizes = Sizes(widths, examples, setting.loss, setting.network, setting.flow)
    return with_letters(lambda spare: ConcreteWorld(**keywords, spare=spare)), sizes


def general(
    setting: Setting,
    shapes: tuple[tuple[int, int], ...],
    examples: int,
    labels: Any,
    *,
    outputs: int,
    single: bool,
    adjacent: bool = False,
):
    """A world of every depth, width and N (see `derivations.exact.general`), and its evaluator's sizes."""

    def build(spare: int | None) -> GeneralWorld:
        return GeneralWorld(
            shapes=shapes,
            examples=examples,
            loss=setting.loss,
            average=setting.average,
            weight_decay=setting.weight_decay,
            flow=setting.flow,
            outputs=outputs,
            single=single,
            labels=labels,
            adjacent=adjacent,
            gated=setting.network != "linear",
            free_count=True,
            general_position=in_general_position(setting),
            spare=spare,
        )

    return with_letters(build), LayerSizes(shapes, examples, setting, outputs)
