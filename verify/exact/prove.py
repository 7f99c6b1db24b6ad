"""The exact world's decision on one statement: zero normal form, certificate, or an honest 'undecided'."""

from __future__ import annotations

import time
from dataclasses import replace

from derivations.exact.ring import Undecidable

from ..claim import Setting, Statement
from ..evidence import Derived, Exact
from ..formula.nodes import Along, And, Compare, Logic, Node, free_names
from ..statements.pointwise import as_pointwise
from ..statements.separation import by_start
from ..world import CannotEvaluate
from . import worlds
from .checks import check, general_worlds, lemmas, merge, single_layer
from .continuity import continuous
from .derived import derivation_of
from .extremes import every_term
from .hypotheses import contradiction
from .invariance import lasting
from .reduction import Reduction, enough_examples, reducible
from .roles import classes_alike
from .semidefinite import decide_spectral


def decide(statement: Statement, setting: Setting) -> Exact:
    """What the exact world says of a statement about points in one setting."""
    started = time.perf_counter()
    empty = contradiction(statement, setting)
    if empty:
        return Exact("empty", "instances", message=empty, seconds=time.perf_counter() - started)
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
    return replace(result, scope="general", detail=detail, rests_on=(Derived(derivation.name, derivation.title),))


def _decide(statement: Statement, setting: Setting) -> Exact:
    formula = as_pointwise(statement.formula)
    if formula is None:
        raise CannotEvaluate("a limit is not decided at points")
    if isinstance(statement.formula, Along):
        reason = continuous(statement.formula.args[0], setting)
        if reason:
            return Exact("undecided", "instances", message=reason)
        setting = lasting(setting, _proves)
    return decide_part(formula, statement, setting)


def _proves(statement: Statement, setting: Setting) -> bool:
    """Whether a relation at points is proved."""
    try:
        return decide_part(statement.formula, statement, setting).outcome == "proved"
    except (Undecidable, CannotEvaluate):
        return False


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
    detail = {"decision": "derivation", "derivation": derivation.name}
    return Exact("proved", "general", detail, rests_on=(Derived(derivation.name, derivation.title),))


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


def _general(
    relation: Compare, plan: Reduction, statement: Statement, setting: Setting, widths: tuple[int, ...]
) -> Exact:
    checked: list[str] = []
    for run, sizes, bound, where in general_worlds(relation, plan, statement, setting, widths):
        outcome = run(lambda w, b=bound, s=sizes: check(relation, statement, setting, w, s, b, plan))
        checked.append(where)
        if outcome is not None:
            return Exact("nonzero", "general", {"at": where}, outcome)
    steps = lemmas(plan, single_layer(setting, widths))
    return Exact("proved", "general", {"decision": _how(relation), "checked": len(checked)}, rests_on=steps)


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


def _at_widths(
    relation: Compare, statement: Statement, setting: Setting, widths: tuple[int, ...], numbers: tuple[int, ...]
) -> Exact:
    detail = {"decision": _how(relation), "widths": list(widths), "N": list(numbers)}
    reason: str | None = None
    for split in (False, True):
        reason = _at_labels(relation, statement, setting, widths, numbers, split)
        if reason is None:
            return Exact("proved", "instances", detail)
        if setting.loss in ("square", "cross-entropy"):
            break
    return Exact("nonzero" if relation.op == "==" else "undecided", "instances", detail, reason or "")


def _at_labels(
    relation: Compare,
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
    numbers: tuple[int, ...],
    split: bool,
) -> str | None:
    """The first reason why the relation is not certain; labels are letters, or each labelling by itself."""
    fewer = numbers != (setting.examples,)
    renamed = classes_alike(relation, statement.ranges, setting)
    for n in numbers:
        for labels in worlds.label_choices(setting, n, widths[-1], split=split, renamed=renamed, one_class=fewer):
            run, sizes = worlds.concrete(setting, widths, n, labels, free_count=fewer)
            reason = run(lambda w, s=sizes: check(relation, statement, setting, w, s, {}))
            if reason is not None:
                return reason
    return None
