"""The decision: premises, lemmas and the denied conclusion contradict each other, case by case.

First in symbols, for every depth, width and number of examples; else at the setting's sizes, for every value of the
indices. Where no contradiction is found a letter of few values is split into its cases.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint, Term, conclusion, refute
from derivations.exact.ring import Undecidable

from ..claim import Setting, Statement
from ..evidence import Exact
from ..formula.errors import FormulaError
from ..formula.nodes import And, Call, Compare, Indexed, Logic, Name, Node, Num, Reduce, free_names, substitute, walk
from ..formula.shapes import bindings
from ..formula.sizes import SCALAR
from ..formula.text import to_text
from ..formula.vocabulary import LAYERED, SPECTRAL
from ..statements.separation import separates_at_start
from ..world import CannotEvaluate
from . import matrices
from .balls import decided
from .cases import cases, chosen
from .lemmas import known
from .monotone import carried
from .network import signed_output
from .terms import Terms

SECONDS = 3.0  # of processor time for one statement in one setting
TO_ZERO = {"<": ">", "<=": ">="}  # of the right side minus the left
MOST_HYPOTHESES = 12  # instances of one hypothesis
MOST_CASES = 6  # splits, one in the other
FUNCTIONS = ("min", "max", "abs", "sign", "log", "sqrt", "norm", "act", "act1", "act2", "gate", *SPECTRAL)
CANNOT = (CannotEvaluate, Undecidable, FormulaError, OverflowError)


@dataclass(frozen=True)
class Goal:
    """A relation that is to follow from premises."""

    premises: tuple[Node, ...]
    relation: Compare


def decide_elementary(statement: Statement, setting: Setting) -> Exact | None:
    """The proof of a statement about points by lemmas and an ordered-field certificate, or None."""
    try:
        if not worth_asking(statement.formula):
            return None
        goals = [*_goals(statement.formula, _hypotheses(setting))]
        return _decide(goals, statement, setting, time.process_time() + SECONDS) if goals else None
    except CANNOT:
        return None


def worth_asking(formula: Node) -> bool:
    """Whether lemmas may say more than normal forms: of orders, and of equations between functions that know signs."""
    parts = walk(formula)
    relations = [n for n in parts if isinstance(n, Compare)]
    if any(r.op != "==" for r in relations):
        return True
    functions = any(isinstance(n, Call) and n.func in FUNCTIONS for n in parts)
    extremes = any((isinstance(n, Reduce) and n.func in ("min", "max")) or n == Name("margin") for n in parts)
    labels = all(n.base == "y" for n in parts if isinstance(n, Indexed))
    return functions or extremes or labels or any(isinstance(n, Logic) for n in parts)


def _goals(formula: Node, premises: tuple[Node, ...]) -> Iterator[Goal]:
    match formula:
        case Compare():
            yield Goal(premises, formula)
        case And(args=args):
            for part in args:
                yield from _goals(part, premises)
        case Logic(func="generically", args=(inner,)):
            yield from _goals(inner, premises)
        case Logic(func="implies", args=(a, b)):
            yield from _goals(b, (*premises, a))
        case Logic(func="iff", args=(a, b)):
            yield from _goals(b, (*premises, a))
            yield from _goals(a, (*premises, b))
        case _:
            raise CannotEvaluate("a statement of another form")


def _hypotheses(setting: Setting) -> tuple[Node, ...]:
    """What a setting says of its points, as far as no index has to run."""
    return tuple(h.formula for h in setting.assume if not h.ranges)


def _for_every_index(setting: Setting, widths: tuple[int, ...]) -> tuple[Node, ...]:
    """What a setting says of its points for every value of an index, at its sizes; layers that start equal are so."""
    sizes = setting.sizes(widths)
    found = []
    for h in setting.assume:
        if h.ranges:
            everywhere = itertools.islice(bindings(h.ranges, sizes), MOST_HYPOTHESES)
            found += [substitute(h.formula, _numbers(bound)) for bound in everywhere]
    if setting.start in ("equal-norms", "balanced"):
        norms = [Indexed("rho", Num(Fraction(k))) for k in range(1, sizes.depth + 1)]
        found += [Compare("==", norms[0], other) for other in norms[1:]]
    return tuple(found)


def _numbers(bound: Mapping[str, int]) -> dict[str, Node]:
    return {name: Num(Fraction(value)) for name, value in bound.items()}


def _decide(goals: Sequence[Goal], statement: Statement, setting: Setting, until: float) -> Exact | None:
    found: list[dict] = []
    general = True
    for goal in goals:
        for widths in setting.widths:
            proof, sized = _symbolic(goal, statement, setting, widths, until)
            if proof is None:
                proof = _at_sizes(goal, statement, setting, widths, until)
            if proof is None:
                return None
            found += proof
            general = general and not sized
            if not sized:
                break
    if general:
        return _evidence("general", found, {})
    return _evidence("instances", found, {"widths": [list(w) for w in setting.widths], "N": [setting.examples]})


def _evidence(scope: str, leaves: Sequence[dict], sizes: dict[str, Any]) -> Exact:
    lemmas = sorted({reason for leaf in leaves for reason in leaf["lemmas"]})
    detail = {"decision": "ordered-field certificate", "lemmas": lemmas, **sizes, "certificate": list(leaves)}
    return Exact("proved", scope, detail)


def _symbolic(
    goal: Goal, statement: Statement, setting: Setting, widths: tuple[int, ...], until: float
) -> tuple[list[dict] | None, bool]:
    """A proof in symbols, and whether a size of the setting was used in it."""
    places = _places(goal)
    spread = tuple(r for r in statement.ranges if r.index in places)
    found: list[dict] = []
    sized = bool(spread)
    try:
        sample = next(bindings(statement.ranges, setting.sizes(widths)), None)
        if sample is None:
            return None, True
        for at in bindings(spread, setting.sizes(widths)):
            search = Search(_bound(goal, at), setting, widths, True, {**sample, **at}, until)
            proof = search.proof({}, 0)
            sized = sized or search.sized
            if proof is None or (sized and _names_a_layer(goal)):  # shapes are those of one layer
                return None, True
            found += proof
    except CANNOT:
        return None, True
    return found or None, sized


def _places(goal: Goal) -> set[str]:
    """The indices that number entries, which are bound to numbers."""
    calls = [n for p in (*goal.premises, goal.relation) for n in walk(p) if isinstance(n, Call)]
    parts = [i for c in calls if c.func in ("entry", "row", "col") for i in c.args[1:]]
    return {name for i in parts if not isinstance(i, Indexed) for name in free_names(i)}


def _bound(goal: Goal, at: Mapping[str, int]) -> Goal:
    """The goal at these values of indices."""
    numbers = _numbers(at)
    premises = tuple(substitute(p, numbers) for p in goal.premises)
    return Goal(premises, _substituted(goal.relation, numbers))


def _names_a_layer(goal: Goal) -> bool:
    """Whether a layer is spoken of by a free index."""
    parts = [n for p in (*goal.premises, goal.relation) for n in walk(p)]
    layers = [n.index for n in parts if isinstance(n, Indexed) and n.base in (*LAYERED, "decay")]
    layers += [n.args[0] for n in parts if isinstance(n, Call) and n.func in ("pre", "gate")]
    return any(free_names(index) for index in layers)


def _at_sizes(
    goal: Goal, statement: Statement, setting: Setting, widths: tuple[int, ...], until: float
) -> list[dict] | None:
    """Proofs at one list of widths, for all values of the indices."""
    found: list[dict] = []
    everywhere = list(bindings(statement.ranges, setting.sizes(widths)))
    for bound in everywhere:
        named = _bound(goal, bound)
        named = replace(named, premises=(*named.premises, *_for_every_index(setting, widths)))
        proof = Search(named, setting, widths, False, bound, until).proof({}, 0)
        if proof is None:
            return None
        found += proof
    return found or None


def _substituted(relation: Compare, numbers: Mapping[str, Node]) -> Compare:
    return replace(relation, left=substitute(relation.left, numbers), right=substitute(relation.right, numbers))


class Search:
    """The search for certificates of one relation, over cases."""

    def __init__(
        self,
        goal: Goal,
        setting: Setting,
        widths: tuple[int, ...],
        symbolic: bool,
        sample: Mapping[str, int],
        until: float,
    ):
        self.goal, self.setting, self.widths = goal, setting, widths
        self.symbolic, self.sample, self.until = symbolic, sample, until
        self.spoken = _spoken([*goal.premises, goal.relation])
        self.sized = False

    def proof(self, choices: dict[str, int], depth: int) -> list[dict] | None:
        """The certificates of all cases, each as plain data, or None."""
        bits = decided(self.goal.relation)
        if bits is not None:
            return [{"relation": to_text(self.goal.relation), "lemmas": ["constants in balls"], "bits": bits}]
        terms = Terms(self.setting, self.widths, self.symbolic, self.sample, choices, self.spoken, self.until)
        found = self._alone(terms, last=depth >= MOST_CASES)
        self.sized = self.sized or terms.sized
        if found is not None or depth >= MOST_CASES:
            return found
        name, number = cases(terms)
        if not number:
            return self._alone(terms, last=True)
        leaves: list[dict] = []
        for which in range(number):
            below = self.proof({**choices, name: which}, depth + 1)
            if below is None:
                return None
            leaves += below
        return leaves

    def _alone(self, terms: Terms, last: bool) -> list[dict] | None:
        """Without further cases."""
        if self._same_matrix(terms):
            return [{"relation": to_text(self.goal.relation), "lemmas": ["equal sums of words"]}]
        given = [c for p in self.goal.premises for c in self._said(terms, p)]
        given += self._separation(terms)
        gap = self._gap(terms, self.goal.relation)
        known(terms)  # makes the letters that the cases may speak of
        given += chosen(terms)
        constraints = [*given, *carried(terms, given)]
        op = TO_ZERO.get(self.goal.relation.op, self.goal.relation.op)
        leaves = []
        for denied in conclusion(constraints, gap, op):
            found = self._refuted(terms, denied, 3 if last else 2)
            if found is None:
                return None
            leaves.append(_leaf(self.goal.relation, terms, denied, found))
        return leaves

    def _refuted(self, terms: Terms, denied: Sequence[Constraint], reach: int) -> tuple[Term, ...] | None:
        return None if terms.is_late() else refute(denied, terms.alphabet.signs(), reach)

    def _same_matrix(self, terms: Terms) -> bool:
        relation = self.goal.relation
        if relation.op != "==" or terms.shape(relation.left) == SCALAR:
            return False
        if terms.shape(relation.left) != terms.shape(relation.right):
            raise CannotEvaluate("a vector beside a matrix of one row")
        sides = (matrices.form(terms, s) for s in (relation.left, relation.right))
        left, right = sides
        if matrices.added(left, matrices.scaled(right, Laurent.number(-1))):
            raise CannotEvaluate("matrices that are not the same sum of words")
        return True

    def _gap(self, terms: Terms, relation: Compare) -> Laurent:
        """left minus right, or right minus left: what is to be positive."""
        gap = terms.poly(relation.left) - terms.poly(relation.right)
        return -gap if relation.op in ("<", "<=") else gap

    def _said(self, terms: Terms, premise: Node) -> list[Constraint]:
        """What a premise says; what cannot be read is left out."""
        if isinstance(premise, And):
            return [c for part in premise.args for c in self._said(terms, part)]
        if not isinstance(premise, Compare):
            return []
        try:
            if SCALAR in (terms.shape(premise.left), terms.shape(premise.right)):
                gap = self._gap(terms, premise)
                if premise.op == "!=":
                    return [Constraint(gap * gap, ">", "premise")]
                return [Constraint(gap, TO_ZERO.get(premise.op, premise.op), "premise")]
        except CANNOT:
            pass
        return []

    def _separation(self, terms: Terms) -> list[Constraint]:
        """y_n f_n > 0 of the examples that are spoken of, where the points separate."""
        if not separates_at_start(self.setting) or self.setting.loss == "cross-entropy":
            return []
        outputs = dict.fromkeys(w.index for w in self.spoken if w.base in ("f", "fV"))
        signed = [terms.poly(signed_output(n)) for n in outputs]
        return [Constraint(s, ">", "the points separate") for s in signed]


def _spoken(parts: Sequence[Node]) -> list[Indexed]:
    """The indexed words outside of sums."""
    bound = {n.index for p in parts for n in walk(p) if isinstance(n, Reduce)}
    words = [n for p in parts for n in walk(p) if isinstance(n, Indexed)]
    return [w for w in words if not any(isinstance(i, Name) and i.name in bound for i in walk(w.index))]


def _leaf(relation: Compare, terms: Terms, denied: Sequence[Constraint], found: Sequence[Term]) -> dict[str, Any]:
    """A certificate as plain data: the constraints that it uses, by lemma, and the terms that add up to zero."""
    name = terms.alphabet.name
    used = sorted({i for term in found for i in term.factors})
    place = {i: j for j, i in enumerate(used)}
    return {
        "relation": to_text(relation),
        "cases": dict(terms.choices),
        "lemmas": sorted({denied[i].reason for i in used} - {"denied", ""}),
        "constraints": [
            {"poly": denied[i].poly.written(name), "relation": denied[i].relation, "lemma": denied[i].reason}
            for i in used
        ],
        "terms": [_term(term, place, name) for term in found],
    }


def _term(term: Term, place: Mapping[int, int], name: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "coefficient": str(term.coefficient),
        "multiplier": Laurent({term.multiplier: Fraction(1)}).written(name),
        "constraints": [place[i] for i in term.factors],
    }
    if term.gap and term.gap[0] == "square":
        plain["square of"] = term.gap[1].written(name)
    elif term.gap:
        plain["mean of"] = [Laurent({m: Fraction(1)}).written(name) for m in term.gap[1]]
        plain["weights"] = [str(w) for w in term.gap[2]]
    return plain
