"""The exact world's decision on one statement: zero normal form, certificate, or an honest 'undecided'."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.exact.ring import Undecidable

from ..claim import Setting, Statement
from ..evidence import Exact
from ..formula.nodes import Along, And, Compare, Logic, Node, Num, Reduce, free_names
from ..formula.shapes import Range, Sizes, bindings
from ..pointwise import as_pointwise
from ..separated import by_start
from ..world import CannotEvaluate, Evaluator
from . import worlds
from .analysis import layer_variables
from .certificates import certify
from .continuity import continuous
from .derived import derivation_of
from .extremes import every_term
from .reduction import Reduction, enough_examples, reducible
from .roles import EXAMPLE, PLACE, asymmetry, roles
from .semidefinite import decide_spectral

LEMMAS = {
    "examples": "examples lemma: N = {} decide every N",
    "width": "width lemma: widths of at least {} decide every width",
    "depth": "depth lemma: f = B W_k a with B and a free of W_k, so one layer decides every depth",
    "adjacent": "neighbouring layers: f = B W_(k+1) D W_k a with D the gates between them",
    "sum": "layer-sum lemma: both sides are sums of one contribution a layer, equal layer by layer",
}


def decide(statement: Statement, setting: Setting) -> Exact:
    """What the exact world says of a statement about points in one setting."""
    started = time.perf_counter()
    try:
        result = generalised(_decide(statement, setting), statement, setting)
    except (Undecidable, CannotEvaluate) as reason:
        equation = statement.formula if isinstance(statement.formula, Compare) else None
        known = derived(equation, statement, setting) if equation else None
        result = known or Exact("undecided", "instances", message=str(reason))
    return replace(result, seconds=time.perf_counter() - started)


def generalised(result: Exact, statement: Statement, setting: Setting) -> Exact:
    """What was proved at the setting's sizes, as general if a derivation says why."""
    if result.outcome != "proved" or result.scope == "general":
        return result
    derivation = derivation_of(statement, setting)
    if derivation is None:
        return result
    detail = {k: v for k, v in result.detail.items() if k != "not general because"}
    return replace(result, scope="general", detail={**detail, "lemmas": [f"derivation: {derivation.title}"]})


def _decide(statement: Statement, setting: Setting) -> Exact:
    formula = as_pointwise(statement.formula)
    if formula is None:
        raise CannotEvaluate("a limit is not decided at points")
    if isinstance(statement.formula, Along):
        reason = continuous(statement.formula.args[0], setting)
        if reason:
            return Exact("undecided", "instances", message=reason)
    return decide_part(formula, statement, setting)


def decide_part(formula: Node, statement: Statement, setting: Setting) -> Exact:
    """A relation, a conjunction of parts, an implication, a statement of existence."""
    match formula:
        case Compare():
            known = None if formula.op == "==" else derived(formula, statement, setting)
            return known or _term_by_term(formula, statement, setting) or _relation(formula, statement, setting)
        case And(args=args):
            return merge([decide_part(a, statement, setting) for a in args])
        case Logic(func="generically", args=(inner,)):  # what holds everywhere does so outside a null set
            return decide_part(inner, statement, setting)
        case Logic():
            from .logic import decide_logic

            return decide_logic(formula, statement, setting)
    return Exact("undecided", "instances", message="no exact route for this form yet")


def _term_by_term(relation: Compare, statement: Statement, setting: Setting) -> Exact | None:
    """The decision on a bound of an extreme: one on each of its terms; None for any other relation."""
    taken = {r.index for r in statement.ranges}
    spread = every_term(relation, taken, labelled=setting.loss != "cross-entropy")
    if spread is None:
        return None
    term, over = spread
    return decide_part(term, replace(statement, ranges=(*statement.ranges, over)), setting)


def derived(relation: Compare, statement: Statement, setting: Setting) -> Exact | None:
    """The proof of a relation that a derivation of checked steps ends in; None if no derivation does."""
    used = free_names(relation)
    ranges = tuple(r for r in statement.ranges if r.index in used)
    derivation = derivation_of(replace(statement, formula=relation, ranges=ranges), setting)
    if derivation is None:
        return None
    detail = {"decision": "derivation", "lemmas": [f"derivation: {derivation.title}"], "derivation": derivation.name}
    return Exact("proved", "general", detail)


def merge(results: list[Exact]) -> Exact:
    """A conjunction is proved if every part is, generally if every part is so."""
    order = ("undecided", "nonzero", "refuted", "proved")
    worst = min(results, key=lambda r: order.index(r.outcome))
    scope = "general" if all(r.scope == "general" for r in results) else "instances"
    detail = results[0].detail if len(results) == 1 else {"parts": [r.detail for r in results]}
    return Exact(worst.outcome, scope, detail, worst.message)


def _relation(relation: Compare, statement: Statement, setting: Setting) -> Exact:
    """Generally where the reductions apply, else at the setting's widths; both for every list of widths."""
    spectrum = decide_spectral(relation, statement, setting)
    if spectrum is not None:
        return spectrum
    results, reasons = [], []
    kinds: dict[tuple[bool, int], Exact | str] = {}
    for widths in setting.widths:
        kind = (single_layer(setting, widths), widths[-1])
        if kind not in kinds:
            kinds[kind] = _try_general(relation, statement, setting, widths)
        found = kinds[kind]
        if isinstance(found, Exact) and found.outcome == "proved":
            results.append(found)
            continue
        results.append(_instance(relation, statement, setting, widths))
        if isinstance(found, str):
            reasons.append(found)
    if all(r.scope == "general" for r in results):
        return results[0]
    merged = merge(results)
    if merged.outcome == "proved" and reasons:
        return replace(merged, detail={**merged.detail, "not general because": sorted(set(reasons))})
    return merged


def single_layer(setting: Setting, widths: tuple[int, ...]) -> bool:
    """One layer without an activation: f = W x, where nothing stands before or after the layer."""
    return len(widths) == 2 and not setting.output_activation


# ---- every depth, width and N


def _try_general(relation: Compare, statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Exact | str:
    setting = by_start(setting)
    if setting.assume or setting.start == "equal-norms":
        return "equations between layers are assumed"
    plan = reducible(relation, statement.ranges, setting, len(widths) - 1)
    if isinstance(plan, str):
        return plan
    try:
        return _general(relation, plan, statement, setting, widths)
    except (Undecidable, CannotEvaluate) as reason:
        return str(reason)


def _general(relation: Compare, plan: Reduction, statement: Statement, setting: Setting,
             widths: tuple[int, ...]) -> Exact:  # fmt: skip
    checked: list[str] = []
    for run, sizes, bound, where in general_worlds(relation, plan, statement, setting, widths):
        outcome = run(lambda w, b=bound, s=sizes: check(relation, statement, setting, w, s, b, plan.sums))
        checked.append(where)
        if outcome is not None:
            return Exact("nonzero", "general", {"at": where}, outcome)
    steps = lemmas(plan, single_layer(setting, widths))
    return Exact("proved", "general", {"decision": _how(relation), "lemmas": steps, "checked": len(checked)})


def general_worlds(relation: Node, plan: Reduction, statement: Statement, setting: Setting,
                   widths: tuple[int, ...]) -> Iterator[tuple]:  # fmt: skip
    """The worlds that together decide every depth, width and N, with the indices bound in each."""
    single, outputs = single_layer(setting, widths), widths[-1]
    for shapes in _shapes(plan, single, outputs):
        for examples in plan.examples:
            choices = worlds.label_choices(setting, examples, outputs, renamed=plan.symmetric, one_class=True)
            for labels in choices:
                run, sizes = worlds.general(setting, shapes, examples, labels, outputs=outputs, single=single,
                                            adjacent=plan.adjacent)  # fmt: skip
                for bound in _layer_bindings(relation, plan, statement, single, len(shapes)):
                    yield run, sizes, bound, f"shapes {shapes}, N = {examples}"


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


def _layer_bindings(relation: Node, plan: Reduction, statement: Statement, single: bool,
                    written: int) -> list[dict[str, int]]:  # fmt: skip
    """The free indices of layers, on the layers written out in every order; of examples, on the first ones."""
    met = roles(relation, statement.ranges)
    free = [r.index for r in statement.ranges if EXAMPLE in met[r.index]]
    examples = {name: i for i, name in enumerate(free, 1)}
    if single:
        layers = {r.index: 1 for r in statement.ranges if r.index in (layer_variables(relation) or set())}
        return [{**layers, **examples}]
    if len(plan.layers) < 2 or written == 1:
        return [{**dict.fromkeys(plan.layers, 1), **examples}]
    first, second = plan.layers
    return [{first: 1, second: 2, **examples}, {first: 2, second: 1, **examples}]


def lemmas(plan: Reduction, single: bool) -> list[str]:
    steps = [LEMMAS["examples"].format(", ".join(map(str, plan.examples))), LEMMAS["width"].format(plan.pairs)]
    if not single:
        steps.append(LEMMAS["depth"])
    if plan.summed:
        steps.append(LEMMAS["sum"])
    if plan.adjacent:
        steps.append(LEMMAS["adjacent"])
    return steps


def check(relation: Compare, statement: Statement, setting: Setting, world: Any, sizes: Sizes,
          bound: dict[str, int], sums: int | None = None) -> str | None:  # fmt: skip
    """None if the relation is decided true in this world, else the reason.

    Args:
        sums: the bound on sums that are multiplied, where the world stands for every width and N.
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
        reason = certify(relation, gap, world, setting, statement, sums)
        if reason is not None:
            where = ", ".join(f"{k} = {v}" for k, v in everything.items())
            return f"{reason}{' at ' + where if where else ''}"
    return None


def is_minimum(relation: Compare) -> bool:
    """min(n, e) <= c, which says that some e is at most c."""
    least = isinstance(relation.left, Reduce) and relation.left.func == "min"
    return least and relation.op in ("<", "<=") and isinstance(relation.right, Num)


def some_term(relation: Compare, bound: dict[str, int], evaluator: Evaluator, setting: Setting,
              statement: Statement) -> str | None:  # fmt: skip
    """None if one of the terms of a minimum is certain to be small enough."""
    least = relation.left
    assert isinstance(least, Reduce)
    for i in range(1, evaluator.sizes.examples + 1):
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


def _how(relation: Compare) -> str:
    return "zero normal form" if relation.op == "==" else "certificate of sign"


# ---- one architecture


def _instance(relation: Compare, statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Exact:
    """Decide at the setting's widths, with as few examples as decide every N; failing that, at its own N."""
    numbers = enough_examples(relation, statement.ranges, setting)
    result = _at_widths(relation, statement, setting, widths, numbers)
    own = (setting.examples,)
    return (
        result
        if result.outcome == "proved" or numbers == own
        else _at_widths(relation, statement, setting, widths, own)
    )


def _at_widths(relation: Compare, statement: Statement, setting: Setting, widths: tuple[int, ...],
               numbers: tuple[int, ...]) -> Exact:  # fmt: skip
    detail = {"decision": _how(relation), "widths": list(widths), "N": list(numbers)}
    reason: str | None = None
    for split in (False, True):
        reason = _at_labels(relation, statement, setting, widths, numbers, split)
        if reason is None:
            return Exact("proved", "instances", detail)
        if setting.loss in ("square", "cross-entropy"):
            break
    return Exact("nonzero" if relation.op == "==" else "undecided", "instances", detail, reason or "")


def _at_labels(relation: Compare, statement: Statement, setting: Setting, widths: tuple[int, ...],
               numbers: tuple[int, ...], split: bool) -> str | None:  # fmt: skip
    """The first reason why the relation is not certain; labels are letters, or each labelling by itself."""
    fewer = numbers != (setting.examples,)
    renamed = not asymmetry(relation, statement.ranges, PLACE)
    for n in numbers:
        for labels in worlds.label_choices(setting, n, widths[-1], split=split, renamed=renamed, one_class=fewer):
            run, sizes = worlds.concrete(setting, widths, n, labels, free_count=fewer)
            reason = run(lambda w, s=sizes: check(relation, statement, setting, w, s, {}))
            if reason is not None:
                return reason
    return None
