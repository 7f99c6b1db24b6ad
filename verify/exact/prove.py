"""The exact world's decision on one statement: zero normal form, certificate, or an honest 'undecided'."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.exact.ring import Undecidable

from ..claim import Setting, Statement
from ..evidence import Exact
from ..formula.nodes import Along, Compare, Logic, Name, Num, Reduce, walk
from ..formula.shapes import Range, Sizes, bindings
from ..pointwise import as_pointwise
from ..world import CannotEvaluate, Evaluator
from . import worlds
from .analysis import layer_variables, relations
from .certificates import certify
from .derived import derivation_of
from .reduction import Reduction, deciding_examples, names_a_class, reducible
from .semidefinite import decide_spectral

PER_SIZE = ("X", "Y", "margin", "min_norm", "svm", "max_margin")
LEMMAS = {
    "examples": "examples lemma: N = {} decide every N",
    "width": "width lemma: widths of at least {} decide every width",
    "depth": "depth lemma: f = B W_k a with B and a free of W_k, so one layer decides every depth",
    "adjacent": "neighbouring layers: f = B W_(k+1) D W_k a with D the gates between them",
    "sum": "layer-sum lemma: both sides are sums of one contribution a layer, equal layer by layer",
}


def decide(statement: Statement, setting: Setting) -> Exact:
    """What the exact world says of a statement in one setting."""
    started = time.perf_counter()
    try:
        result = generalised(_decide(statement, setting), statement, setting)
    except (Undecidable, CannotEvaluate) as reason:
        result = Exact("undecided", "instances", message=str(reason))
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
        from ..trajectories import decide_along

        return decide_along(statement, setting)
    parts = relations(formula)
    if parts is None:
        if isinstance(formula, Logic):
            from .logic import decide_logic

            return decide_logic(formula, statement, setting)
        return Exact("undecided", "instances", message="no exact route for this form yet")
    results = [_relation(part, statement, setting) for part in parts]
    return merge(results)


def merge(results: list[Exact]) -> Exact:
    """A conjunction is proved if every part is, generally if every part is so."""
    order = ("undecided", "nonzero", "proved")
    worst = min(results, key=lambda r: order.index(r.outcome))
    scope = "general" if all(r.scope == "general" for r in results) else "instances"
    detail = results[0].detail if len(results) == 1 else {"parts": [r.detail for r in results]}
    return Exact(worst.outcome, scope, detail, worst.message)


def _relation(relation: Compare, statement: Statement, setting: Setting) -> Exact:
    spectrum = decide_spectral(relation, statement, setting)
    if spectrum is not None:
        return spectrum
    reasons = []
    for widths in setting.widths:
        outcome = reducible(relation, statement.ranges, setting, len(widths) - 1)
        if setting.assume or setting.start == "equal-norms":
            reasons.append("equations between layers are assumed")
        elif isinstance(outcome, Reduction):
            result = _general(relation, outcome, statement, setting, widths)
            if result.outcome == "proved":
                return result
            reasons.append(result)
        else:
            reasons.append(outcome)
    results = [_instance(relation, statement, setting, widths) for widths in setting.widths]
    merged = merge(results)
    said = sorted({r for r in reasons if isinstance(r, str)})
    if merged.outcome == "proved" and said:
        return replace(merged, detail={**merged.detail, "not general because": said})
    return merged


# ---- every depth, width and N


def _general(relation: Compare, plan: Reduction, statement: Statement, setting: Setting,
             widths: tuple[int, ...]) -> Exact:  # fmt: skip
    single = len(widths) == 2 and not setting.output_activation
    outputs = widths[-1]
    checked: list[str] = []
    for shapes in _shapes(plan, single, outputs):
        for examples in plan.examples:
            for labels in worlds.label_choices(setting, examples, outputs, split=False):
                run, sizes = worlds.general(setting, shapes, examples, labels, outputs=outputs, single=single,
                                            adjacent=plan.adjacent)  # fmt: skip
                for bound in _layer_bindings(relation, plan, statement, single, len(shapes)):
                    outcome = run(lambda w, b=bound, s=sizes: _check(relation, statement, setting, w, s, b))
                    checked.append(f"shapes {shapes}, N = {examples}")
                    if outcome is not None:
                        return Exact("nonzero", "general", {"at": checked[-1]}, outcome)
    steps = _lemmas(plan, single)
    return Exact("proved", "general", {"decision": _how(relation), "lemmas": steps, "checked": len(checked)})


def _shapes(plan: Reduction, single: bool, outputs: int) -> list[tuple[tuple[int, int], ...]]:
    """Shapes of the layers written out: pairwise different sizes, none below the bound."""
    n = plan.pairs
    grid = [(i, j) for i in range(plan.sizes + 1) for j in range(plan.sizes + 1 - i)]
    if single:
        return [((outputs, n + 1 + j),) for i, j in grid if i == 0]
    one = [((n + i, n + 1 + j),) for i, j in grid]
    if plan.adjacent:
        return [((n + i, n + 1 + j), (n + 1 + j, n + i)) for i, j in grid]
    two = [((n + i, n + 1 + j), (n + 1 + j, n + 2 + i)) for i, j in grid]
    return one if len(plan.layers) + plan.summed <= 1 else two + one


def _layer_bindings(relation: Compare, plan: Reduction, statement: Statement, single: bool,
                    written: int) -> list[dict[str, int]]:  # fmt: skip
    """The free indices of layers, on the layers written out in every order; of examples, on the first ones."""
    names = layer_variables(relation) or set()
    examples = {r.index: i for i, r in enumerate(
        (r for r in statement.ranges if r.index not in names and r.high == Name("N")), 1)}  # fmt: skip
    if single:
        free = {r.index: 1 for r in statement.ranges if r.index in names}
        return [{**free, **examples}]
    if len(plan.layers) < 2 or written == 1:
        return [{**dict.fromkeys(plan.layers, 1), **examples}]
    first, second = plan.layers
    return [{first: 1, second: 2, **examples}, {first: 2, second: 1, **examples}]


def _lemmas(plan: Reduction, single: bool) -> list[str]:
    steps = [LEMMAS["examples"].format(", ".join(map(str, plan.examples))), LEMMAS["width"].format(plan.pairs)]
    if not single:
        steps.append(LEMMAS["depth"])
    if plan.summed:
        steps.append(LEMMAS["sum"])
    if plan.adjacent:
        steps.append(LEMMAS["adjacent"])
    return steps


def _check(relation: Compare, statement: Statement, setting: Setting, world: Any, sizes: Sizes,
           bound: dict[str, int]) -> str | None:  # fmt: skip
    """None if the relation is decided true in this world, else the reason."""
    general = isinstance(sizes, worlds.LayerSizes)
    evaluator = (worlds.GeneralEvaluator if general else Evaluator)(world, sizes)
    impose(statement, setting, evaluator)
    for rest in _remaining(statement.ranges, bound, sizes):
        everything = {**bound, **rest}
        if is_minimum(relation):
            reason = some_term(relation, everything, evaluator, setting, statement)
            if reason is not None:
                return reason
            continue
        _, _, gap = evaluator.difference(relation.left, relation.right, everything)
        reason = certify(relation.op, gap, world, setting, statement)
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
        if certify(relation.op, gap, evaluator.world, setting, statement) is None:
            return None
    return "no term of the minimum has a certificate"


def impose(statement: Statement, setting: Setting, evaluator: Evaluator) -> None:
    """Put the equations that the points of a setting satisfy into its world. Others only make it more general."""
    world = evaluator.world
    if statement.at == "interpolating":
        world.interpolate()
    if isinstance(statement.formula, Along):
        return  # what holds at the start need not hold later
    if setting.start == "equal-norms" and not isinstance(evaluator, worlds.GeneralEvaluator):
        world.equal_norms()
    for hypothesis in setting.assume:
        if isinstance(hypothesis.formula, Compare) and hypothesis.formula.op == "==":
            for bound in bindings(hypothesis.ranges, evaluator.sizes):
                gap = evaluator.difference(hypothesis.formula.left, hypothesis.formula.right, bound)[2]
                for e in gap.reshape(-1):
                    world.impose(e)


def _remaining(ranges: tuple[Range, ...], bound: dict[str, int], sizes: Sizes) -> list[dict[str, int]]:
    """The quantified indices that are not yet bound (entries of matrices, say)."""
    rest = tuple(r for r in ranges if r.index not in bound)
    fixed = tuple(Range(i, Num(Fraction(v)), Num(Fraction(v))) for i, v in bound.items())
    return [dict(b) for b in bindings(fixed + rest, sizes)]


def _how(relation: Compare) -> str:
    return "zero normal form" if relation.op == "==" else "certificate of sign"


# ---- one architecture


def _instance(relation: Compare, statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Exact:
    """Decide at the setting's widths, with as few examples as decide every N."""
    outputs = widths[-1]
    examples = _enough_examples(relation, statement, setting)
    failures = []
    named = setting.loss == "cross-entropy" and any(names_a_class(n) for n in walk(relation))
    for split in (True,) if named else (False, True):
        failures = []
        for n in examples:
            for labels in worlds.label_choices(setting, n, outputs, split):
                run, sizes = worlds.concrete(setting, widths, n, labels)
                reason = run(lambda w, s=sizes: _check(relation, statement, setting, w, s, {}))
                if reason is not None:
                    failures.append(reason)
                    break
        if not failures or setting.loss in ("square", "cross-entropy"):
            break
    detail = {"decision": _how(relation), "widths": list(widths), "N": list(examples)}
    if failures:
        return Exact("nonzero" if relation.op == "==" else "undecided", "instances", detail, failures[0])
    return Exact("proved", "instances", detail)


def _enough_examples(relation: Compare, statement: Statement, setting: Setting) -> tuple[int, ...]:
    """The setting's N, or fewer where the examples lemma applies."""
    per_size = any(isinstance(n, Name) and n.name in PER_SIZE for n in walk(relation))
    if per_size or relation.op != "==" or setting.loss == "cross-entropy":
        return (setting.examples,)
    decisive = deciding_examples(relation, statement.ranges, setting)
    return decisive if decisive and decisive[-1] < setting.examples else (setting.examples,)
