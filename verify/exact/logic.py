"""Implications in the exact world.

An implication between equations is proved when the conclusion lies in what the premises generate in one of two
ways that cover the papers' uses: it is a unit times a premise, or a contraction of premises with the weights
(Euler's identity). Both are checked as zero normal forms. Signs follow from signs by the certificates of `order`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.exact.arrays import Array, item
from derivations.exact.ring import Element, Undecidable

from ..claim import Setting, Statement
from ..evidence import Exact, Lemma
from ..formula.nodes import And, BinOp, Compare, Logic, Node, Num
from ..statements.separation import by_start
from ..world import CannotEvaluate
from . import worlds
from .analysis import relations
from .certificates import known_signs, strictly_positive
from .checks import general_worlds, lemmas, merge, remaining, single_layer
from .inversion import with_arguments
from .order import follows, signs_of, ways_to_hold
from .programme import Sign, contradicts_itself
from .reduction import reducible
from .roles import classes_alike

MEMBERSHIP = "membership, checked by zero normal forms"


def decide_logic(formula: Logic, statement: Statement, setting: Setting) -> Exact:
    match formula.func:
        case "implies":
            return _implications([formula.args], statement, setting)
        case "iff":
            a, b = formula.args
            return _implications([(a, b), (b, a)], statement, setting)
    return Exact("undecided", "instances", message=f"no exact route for '{formula.func}' yet")


def _implications(pairs: list[tuple], statement: Statement, setting: Setting) -> Exact:
    parts = []
    for premise, conclusion in pairs:
        if relations(premise) is None or relations(conclusion) is None:
            return _undecided("only implications between relations are decided exactly")
        equations = _equations(premise) and _equations(conclusion)
        decided = _implication(premise, conclusion, statement, setting) if equations else None
        if decided is None or decided.outcome != "proved":
            ordered = _in_order(premise, conclusion, statement, setting)
            decided = ordered if decided is None or ordered.outcome == "proved" else decided
        parts.append(decided)
    return merge(parts)


def _in_order(premise: Node, conclusion: Node, statement: Statement, setting: Setting) -> Exact:
    """By certificates of sign in which the premises are hypotheses, at the setting's sizes."""
    renamed = classes_alike(And((premise, conclusion)), statement.ranges, setting)
    for widths in setting.widths:
        for labels in worlds.label_choices(setting, setting.examples, widths[-1], renamed=renamed):
            run, sizes = worlds.concrete(setting, widths, setting.examples, labels)
            if not run(lambda w, s=sizes: _ordered(premise, conclusion, statement, setting, w, s)):
                return _undecided("the conclusion was not found among the consequences of the premise")
    detail = {"decision": "certificate of sign under the premise", "widths": [list(w) for w in setting.widths]}
    return Exact("proved", "instances", detail)


def _ordered(premise: Node, conclusion: Node, statement: Statement, setting: Setting, world: Any, sizes: Any) -> bool:
    evaluator = worlds.LetterEvaluator(world, sizes)
    nonzero = strictly_positive(And((premise, conclusion)), world, separated=False)
    everywhere = remaining(statement.ranges, {}, sizes)
    for indices in everywhere:
        stated = signs_of(premise, indices, evaluator)
        if any(map(contradicts_itself, stated)):
            continue  # as f[n] > f[m] does where n = m
        known = [*stated, *known_signs(world, setting, statement)]
        known = with_arguments(known, world, nonzero)
        for relation in _relations(conclusion):
            if not _one_way(ways_to_hold(relation, indices, evaluator), known, world, nonzero):
                return False
    return bool(everywhere)


def _one_way(ways: list[list[Sign]], known: list[Sign], world: Any, nonzero: set[int]) -> bool:
    """Whether all the signs of one of these ways follow."""
    return any(signs and all(follows(sign, known, world, nonzero) for sign in signs) for signs in ways)


def _undecided(message: str) -> Exact:
    return Exact("undecided", "instances", message=message)


def _equations(node: Any) -> bool:
    parts = relations(node)
    return parts is not None and all(p.op == "==" for p in parts)


def _relations(node: Node) -> list[Compare]:
    """The relations of what is known to be a conjunction of them."""
    parts = relations(node)
    if parts is None:
        raise ValueError("no conjunction of relations")
    return parts


def _implication(premise: Node, conclusion: Node, statement: Statement, setting: Setting) -> Exact:
    """At every depth, width and N where the equations reduce together, else at the setting's sizes."""
    general = [_generally(premise, conclusion, statement, setting, widths) for widths in setting.widths]
    if all(general):
        return Exact("proved", "general", {"decision": MEMBERSHIP}, rests_on=general[0] or ())
    renamed = classes_alike(And((premise, conclusion)), statement.ranges, setting)
    for widths in setting.widths:
        for labels in worlds.label_choices(setting, setting.examples, widths[-1], renamed=renamed):
            run, sizes = worlds.concrete(setting, widths, setting.examples, labels)
            reason = run(lambda w, s=sizes: _follows(premise, conclusion, statement, w, s))
            if isinstance(reason, str):
                return _undecided(reason)
    decided = [list(w) for w in setting.widths]
    return Exact("proved", "instances", {"decision": MEMBERSHIP, "widths": decided})


def _generally(
    premise: Node,
    conclusion: Node,
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
) -> tuple[Lemma, ...] | None:
    """The lemmas by which the implication holds generally, or None.

    In every world the conclusion has to be the *same* multiple of the same premise: then what is proved is the
    equation ``conclusion = unit * premise`` (or ``unit * <W_k, premise>``, which carries one index pair more), and the
    lemmas apply to it.
    """
    setting = by_start(setting)
    if setting.assume or setting.start == "equal-norms":
        return None
    together = _sum_of_sides(premise, conclusion)
    plan = reducible(together, statement.ranges, setting, len(widths) - 1)
    if isinstance(plan, str) or plan.summed or plan.sizes:
        return None
    plan = replace(plan, pairs=plan.pairs + 1)
    ways: dict[tuple, set] = {}
    try:
        for run, sizes, bound, _ in general_worlds(
            together, plan, statement, setting, widths, And((premise, conclusion))
        ):
            way = run(lambda w, s=sizes, b=bound: _follows(premise, conclusion, statement, w, s, b))
            if isinstance(way, str):
                return None
            layers = tuple((name, bound[name]) for name in plan.layers)
            ways.setdefault((len(sizes.shapes), layers), set()).add(way)
    except (Undecidable, CannotEvaluate):
        return None
    same = all(len(found) == 1 for found in ways.values())
    return lemmas(plan, single_layer(setting, widths)) if ways and same else None


def _sum_of_sides(*parts: Node) -> Compare:
    """One equation that carries what all of these carry, to be reduced in their place."""
    sides = [side for part in parts for r in _relations(part) for side in (r.left, r.right)]
    total = sides[0]
    for side in sides[1:]:
        total = BinOp("+", total, side)
    return Compare("==", total, Num(Fraction(0)))


def _follows(
    premise: Node, conclusion: Node, statement: Statement, world: Any, sizes: Any, bound: dict[str, int] | None = None
) -> str | frozenset:
    """In which ways the entries of the conclusion are multiples of the premises, or why not (a text)."""
    evaluator = worlds.LetterEvaluator(world, sizes)
    nonzero = strictly_positive(And((premise, conclusion)), world, separated=False)
    everywhere = remaining(statement.ranges, bound or {}, sizes)
    if not everywhere:
        return "the indices take no value here"
    ways = set()
    for indices in everywhere:
        gaps = [evaluator.difference(r.left, r.right, indices)[2] for r in _relations(premise)]
        for number, relation in enumerate(_relations(conclusion)):
            wanted = evaluator.difference(relation.left, relation.right, indices)[2]
            for i, entry in enumerate(wanted.reshape(-1)):
                way = _entry_follows(entry, i, wanted, gaps, world, nonzero)
                if way is None:
                    return "the conclusion was not found among the consequences of the premise"
                ways.add((number, way))
    return frozenset(ways)


def _entry_follows(
    entry: Element, position: int, wanted: Array, gaps: list[Array], world: Any, nonzero: set[int]
) -> tuple | None:
    """How one entry of the conclusion vanishes with the premises: which of them, and times what."""
    if entry.is_zero():
        return ("zero",)
    for number, gap in enumerate(gaps):
        candidates = [gap.reshape(-1)[position]] if gap.size == wanted.size else []
        candidates += list(gap.reshape(-1)) if gap.size == 1 else []
        candidates += [item(world.inner(w, gap)) for w in world.layers if w.shape == gap.shape]
        for premise in candidates:
            ratio = _multiple(entry, premise, nonzero)
            if ratio is not None:
                return (number, str(ratio))
    return None


def _multiple(entry: Element, premise: Element, nonzero: set[int]) -> Element | None:
    """The factor in entry = factor * premise, if it exists wherever the premise holds.

    What stands above the line may vanish; below it stand only letters that do not.
    """
    if premise.is_zero():
        return None
    forms = (lambda e: e.ring.reduce(e.num), Element.normal_form)  # |W_k|^2 = rho_k^2 helps, or hides a factor
    for form in forms:
        top, below = (Element(e.ring, form(e), e.den) for e in (entry, premise))
        ratio = (top / below).canonical()
        if set(ratio.den) <= nonzero:
            return ratio
    return None
