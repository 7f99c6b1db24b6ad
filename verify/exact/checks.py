"""A relation checked in one exact world, and the worlds that together decide every depth, width and N."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Exact, Ground, Lemma
from ..formula.errors import FormulaError
from ..formula.nodes import Along, Compare, Node, Num, Reduce
from ..formula.shapes import Range, ShapeChecker, Sizes, bindings, integer
from ..world import CannotEvaluate, Evaluator
from . import worlds
from .analysis import layer_variables
from .certificates import Transfer, certify
from .reduction import Reduction
from .roles import EXAMPLE, roles

LEMMAS = {
    "examples": "examples lemma: N = {} decide every N",
    "width": "width lemma: widths of at least {} decide every width",
    "depth": "depth lemma: f = B W_k a with B and a free of W_k, so one layer decides every depth",
    "adjacent": "neighbouring layers: f = B W_(k+1) D W_k a with D the gates between them",
    "sum": "layer-sum lemma: both sides are sums of one contribution a layer, equal layer by layer",
}


def merge(results: list[Exact]) -> Exact:
    """A conjunction is proved if every part is, generally if every part is so."""
    order = ("undecided", "nonzero", "refuted", "proved")
    worst = min(results, key=lambda r: order.index(r.outcome))
    scope = "general" if all(r.scope == "general" for r in results) else "instances"
    detail = results[0].detail if len(results) == 1 else {"parts": [r.detail for r in results]}
    return Exact(worst.outcome, scope, detail, worst.message, rests_on=together(r.rests_on for r in results))


def together(grounds: Iterable[Iterable[Ground]]) -> tuple[Ground, ...]:
    """All of them, each once, in order."""
    return tuple(dict.fromkeys(g for each in grounds for g in each))


def single_layer(setting: Setting, widths: tuple[int, ...]) -> bool:
    """One layer without an activation: f = W x, where nothing stands before or after the layer."""
    return len(widths) == 2 and not setting.output_activation


def general_worlds(
    relation: Compare,
    plan: Reduction,
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
    stated: Node | None = None,
) -> Iterator[tuple]:
    """The worlds that together decide every depth, width and N, with the indices bound in each.

    An equation holds for fewer examples, and for marked examples that coincide, if it holds for those of the examples
    lemma. A sign need not, for the terms that make it strict may be those of the other examples: so for signs every
    smaller number of examples has its own world, and marked examples are equal and different.

    Args:
        stated: what is stated, where `relation` only stands for all that it carries.
    """
    single, outputs, equation = single_layer(setting, widths), widths[-1], relation.op == "=="
    numbers = plan.examples if equation else range(1, plan.examples[-1] + 1)
    for shapes in _shapes(plan, single, outputs):
        for examples in numbers:
            choices = worlds.label_choices(setting, examples, outputs, renamed=plan.symmetric, one_class=True)
            for labels in choices:
                run, sizes = worlds.general(
                    setting, shapes, examples, labels, outputs=outputs, single=single, adjacent=plan.adjacent
                )
                for layers in _layer_bindings(relation, plan, statement, single, len(shapes)):
                    for marked in _example_bindings(relation, statement, examples, equation):
                        bound = {**layers, **marked}
                        _fit(stated or relation, statement, sizes, bound)
                        yield run, sizes, bound, f"shapes {shapes}, N = {examples}"


def _fit(stated: Node, statement: Statement, sizes: worlds.LayerSizes, bound: dict[str, int]) -> None:
    """The terms have shapes for layers of every shape.

    Raises:
        CannotEvaluate: if some layers have to be square, or of equal sizes.
    """
    try:
        for rest in remaining(statement.ranges, bound, sizes):
            ShapeChecker(sizes).statement(stated, {**bound, **rest})
    except FormulaError as reason:
        raise CannotEvaluate(f"not for layers of every shape: {reason}") from None


def _shapes(plan: Reduction, single: bool, outputs: int) -> list[tuple[tuple[int, int], ...]]:
    """Shapes of the layers written out: no size below the bound; where sizes enter, a grid of them."""
    n, most = plan.pairs, plan.sizes + 1
    grid = [(i, j) for i in range(most) for j in range(most - i)]
    if single:
        return [((outputs, n + 1 + j),) for i, j in grid if i == 0]
    if plan.adjacent:
        return [((n, n + 1), (n + 1, n))]
    one: list[tuple[tuple[int, int], ...]] = [((n + i, n + 1 + j),) for i, j in grid]
    two: list[tuple[tuple[int, int], ...]] = [((n, n + 1), (n + 1, n))]
    return one if len(plan.layers) + plan.summed <= 1 else two + one


def _layer_bindings(
    relation: Node, plan: Reduction, statement: Statement, single: bool, written: int
) -> list[dict[str, int]]:
    """The free indices of layers, on the layers written out in every order."""
    if single:
        return [{r.index: 1 for r in statement.ranges if r.index in (layer_variables(relation) or set())}]
    if len(plan.layers) < 2 or written == 1:
        return [dict.fromkeys(plan.layers, 1)]
    first, second = plan.layers
    return [{first: 1, second: 2}, {first: 2, second: 1}]


def _example_bindings(
    relation: Compare, statement: Statement, examples: int, different: bool
) -> Iterator[dict[str, int]]:
    """The free indices of examples on the first examples: all different, or in every way equal and different."""
    met = roles(relation, statement.ranges)
    free = [r.index for r in statement.ranges if EXAMPLE in met[r.index]]
    if different:
        yield {name: i for i, name in enumerate(free, 1)}
        return
    for pattern in worlds.class_patterns(len(free), examples, one_class=True):
        yield dict(zip(free, pattern, strict=True))


def lemmas(plan: Reduction, single: bool) -> tuple[Lemma, ...]:
    """The reductions that a plan applies."""
    applied = {"examples": ", ".join(map(str, plan.examples)), "width": str(plan.pairs)}
    applied |= {} if single else {"depth": ""}
    applied |= {"sum": ""} if plan.summed else {}
    applied |= {"adjacent": ""} if plan.adjacent else {}
    return tuple(Lemma(name, LEMMAS[name].format(number)) for name, number in applied.items())


def check(
    relation: Compare,
    statement: Statement,
    setting: Setting,
    world: Any,
    sizes: Sizes,
    bound: dict[str, int],
    general: Reduction | None = None,
) -> str | None:
    """None if the relation is decided true in this world, else the reason.

    Args:
        general: the reduction of which this world is a part, where it stands for every width and N.
    """
    evaluator = worlds.LetterEvaluator(world, sizes)
    impose(statement, setting, evaluator)
    everywhere = remaining(statement.ranges, bound, sizes)
    if not everywhere:
        return "the indices take no value here"
    for rest in everywhere:
        everything = {**bound, **rest}
        if is_minimum(relation):
            reason = some_term(relation, everything, evaluator, setting, statement)
            if reason is not None:
                return reason
            continue
        _, _, gap = evaluator.difference(relation.left, relation.right, everything)
        transfer = None if general is None else _transfer(general, relation, statement, sizes, everything)
        reason = certify(relation, gap, world, setting, statement, transfer)
        if reason is not None:
            where = ", ".join(f"{k} = {v}" for k, v in everything.items())
            return f"{reason}{' at ' + where if where else ''}"
    return None


def _transfer(
    plan: Reduction, relation: Compare, statement: Statement, sizes: Sizes, bound: dict[str, int]
) -> Transfer:
    """What a sign has to show in this world so that it holds in those with more examples."""
    met = roles(relation, statement.ranges)
    marked = {bound[r.index] for r in statement.ranges if EXAMPLE in met[r.index]}
    return Transfer(plan.sums if sizes.examples >= plan.examples[0] else 0, frozenset(marked))


def is_minimum(relation: Compare) -> bool:
    """min(n, e) <= c, which says that some e is at most c."""
    least = isinstance(relation.left, Reduce) and relation.left.func == "min"
    return least and relation.op in ("<", "<=") and isinstance(relation.right, Num)


def some_term(
    relation: Compare, bound: dict[str, int], evaluator: Evaluator, setting: Setting, statement: Statement
) -> str | None:
    """None if one of the terms of a minimum is certain to be small enough."""
    least = relation.left
    assert isinstance(least, Reduce)
    low, high = (integer(end, bound, evaluator.sizes) for end in (least.low, least.high))
    for i in range(low, high + 1):
        gap = evaluator.difference(least.body, relation.right, {**bound, least.index: i})[2]
        if certify(relation, gap, evaluator.world, setting, statement) is None:
            return None
    return "no term of the minimum has a certificate"


def impose(statement: Statement, setting: Setting, evaluator: worlds.ExactEvaluator) -> None:
    """Put the equations that the points of a setting satisfy into its world. Others only make it more general."""
    world = evaluator.world
    if statement.at == "interpolating":
        world.interpolate()
    if isinstance(statement.formula, Along):
        return  # what holds at the start need not hold later
    if setting.start == "equal-norms" and not isinstance(evaluator.sizes, worlds.LayerSizes):
        world.equal_norms()
    for hypothesis in setting.assume:
        if isinstance(hypothesis.formula, Compare) and hypothesis.formula.op == "==":
            for bound in bindings(hypothesis.ranges, evaluator.sizes):
                gap = evaluator.difference(hypothesis.formula.left, hypothesis.formula.right, bound)[2]
                for e in gap.reshape(-1):
                    world.impose(e)


def remaining(ranges: tuple[Range, ...], bound: dict[str, int], sizes: Sizes) -> list[dict[str, int]]:
    """The quantified indices that are not yet bound (entries of matrices, say)."""
    rest = tuple(r for r in ranges if r.index not in bound)
    fixed = tuple(Range(i, Num(Fraction(v)), Num(Fraction(v))) for i, v in bound.items())
    return [dict(b) for b in bindings(fixed + rest, sizes)]
