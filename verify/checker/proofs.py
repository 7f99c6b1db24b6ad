"""The kernel: a stored proof is read beside its statement and setting, and every rule in it is applied anew.

A proof is the plain data of an exact decision: its scope, its tree of decisions (``detail``) and what it rests on. It
says which rule was used where. What a rule needs (sizes, numbers of examples, labellings, signs) is computed here from
the statement and the setting; nothing of it is taken from the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ..claim import Setting, Statement
from ..formula.errors import FormulaError
from ..formula.nodes import Along, And, Call, Compare, Indexed, Logic, Node, free_names, walk
from .algebra import Uncovered
from .existence import show_existence
from .identities import at_fewer, at_sizes, bound_further, everywhere, failing_world, seed_of
from .multiples import Multiple, Worlds, difference, divides_by_layers, multiple_of
from .refutation import counterexample
from .signs import excludes_zero_layers, known_terms, upward
from .spectra import SPECTRAL, follows_from_gram_form, oriented
from .theorems import theorem_for
from .trajectories import OPERATORS, later, pointwise, require_lipschitz


class Verdict(StrEnum):
    """What becomes of a proof; the first three are no doubt about the statement."""

    ACCEPTED = "accepted"
    TRUSTED = "accepted with named theorems"
    UNCOVERED = "not covered"  # a rule that the checker does not know, or cannot apply
    REJECTED = "rejected"  # a point contradicts it


@dataclass(frozen=True)
class Recheck:
    """The checker's word on a proof: the rules that it applied, what it trusts, and why it went no further."""

    verdict: Verdict
    rules: tuple[str, ...] = ()
    theorems: tuple[str, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {k: str(v) if isinstance(v, str) else list(v) for k, v in vars(self).items()}


@dataclass(frozen=True)
class Proof:
    """What a part of a statement was proved by."""

    statement: Statement
    setting: Setting
    general: bool
    decisions: frozenset[str]
    grounds: tuple[tuple[str, str], ...]  # kind and name
    detail: Mapping[str, Any]

    def named(self, kind: str) -> list[str]:
        return [name for k, name in self.grounds if k == kind]


def check_proof(statement: Statement, setting: Setting, proof: Mapping[str, Any]) -> Recheck:
    """The checker's word on the proof of a statement in one setting.

    Args:
        proof: `scope`, `detail` and `rests_on` of an exact decision, as in results.json.
    """
    grounds = tuple((g["kind"], g["name"]) for g in proof.get("rests_on", ()))
    whole = Proof(statement, setting, proof.get("scope") == "general", frozenset(), grounds, {})
    try:
        found = [_check_part(part, whole, detail) for part, detail in parts(statement.formula, proof["detail"])]
    except (Uncovered, FormulaError) as reason:
        return Recheck(Verdict.UNCOVERED, reason=str(reason))
    except (LookupError, ValueError, ArithmeticError, RecursionError) as error:  # a term that the reading does not fit
        return Recheck(Verdict.UNCOVERED, reason=f"not read: {type(error).__name__}: {error}")
    return joined(found)


def joined(found: list[Recheck]) -> Recheck:
    """A conjunction is accepted if every part is."""
    order = (Verdict.REJECTED, Verdict.UNCOVERED, Verdict.TRUSTED, Verdict.ACCEPTED)
    worst = min(found, key=lambda r: order.index(r.verdict))
    rules = tuple(dict.fromkeys(rule for r in found for rule in r.rules))
    theorems = tuple(dict.fromkeys(name for r in found for name in r.theorems))
    return Recheck(worst.verdict, rules, theorems, worst.reason)


# ---- parts


def parts(formula: Node, detail: Mapping[str, Any]) -> Iterator[tuple[Node, Mapping[str, Any]]]:
    """The parts of a conjunction, each with the decision on it."""
    if isinstance(formula, Logic) and formula.func == "generically":  # what holds everywhere does so generically
        yield from parts(formula.args[0], detail)
    elif isinstance(formula, And):
        details = detail.get("parts", ())
        own = details if len(details) == len(formula.args) else [detail] * len(formula.args)
        for arg, of_arg in zip(formula.args, own, strict=True):
            yield from parts(arg, of_arg)
    else:
        yield formula, detail


def decisions_in(detail: Any) -> Iterator[str]:
    """Every decision that a part rests on: one for each list of widths, say."""
    if isinstance(detail, Mapping):
        if isinstance(detail.get("decision"), str):
            yield detail["decision"]
        for inner in detail.values():
            yield from decisions_in(inner)
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from decisions_in(inner)


def _check_part(part: Node, whole: Proof, detail: Mapping[str, Any]) -> Recheck:
    statement = replace(whole.statement, formula=part)
    if statement.scale or statement.letters:
        raise Uncovered("points that are scaled, or free numbers")
    if isinstance(part, Along) and part.func in OPERATORS:
        return _check_along(part, whole, detail)
    proof = replace(whole, statement=statement, decisions=frozenset(decisions_in(detail)), detail=detail)
    if not proof.decisions:
        raise Uncovered("a proof that names no rule")
    return joined([_check_decision(name, proof, part) for name in sorted(proof.decisions)])


def _check_along(part: Along, whole: Proof, detail: Mapping[str, Any]) -> Recheck:
    """A conserved or monotone form, at the points that a trajectory may reach."""
    require_lipschitz(part.args[0], whole.setting)
    if whole.statement.at != "any":
        raise Uncovered("a trajectory that starts at a place")
    whole = replace(whole, setting=later(whole.setting))
    return _check_part(pointwise(part), whole, detail)


def _check_decision(name: str, proof: Proof, part: Node) -> Recheck:
    rule = RULES.get(name)
    if rule is None:
        raise Uncovered(f"rule '{name}'")
    return rule(proof, part)


# ---- rules


def identity(proof: Proof, part: Node) -> Recheck:
    """Both sides are one fraction in every world that decides the scope."""
    if not isinstance(part, Compare) or part.op != "==":
        raise Uncovered("the zero of something that is no equation")
    if not proof.general:
        return _at_sizes(part, proof)
    derived = ", ".join(proof.named("derivation"))
    try:
        found = _zero_in(part, proof, everywhere, "ring identity for every depth, width and N")
    except Uncovered:
        if not derived:
            raise
        found = Recheck(Verdict.UNCOVERED)
    if found.verdict != Verdict.UNCOVERED or not derived:
        return found
    return replace(_at_sizes(part, proof), verdict=Verdict.UNCOVERED, reason=f"general by the derivation {derived}")


def _at_sizes(part: Compare, proof: Proof) -> Recheck:
    """With as few examples as decide every number, else with the setting's."""
    try:
        few = _zero_in(part, proof, at_fewer, "ring identity at the sizes")
    except Uncovered:
        few = None
    return (
        few
        if few and few.verdict == Verdict.ACCEPTED
        else _zero_in(part, proof, at_sizes, "ring identity at the sizes")
    )


def _zero_in(part: Compare, proof: Proof, worlds: Callable, rule: str) -> Recheck:
    ranges, setting = proof.statement.ranges, proof.setting
    ranges = tuple(r for r in ranges if r.index in free_indices(part, ranges))
    interpolating = proof.statement.at == "interpolating"
    world = failing_world(part, ranges, worlds(part, ranges, setting), seed_of(part, setting), interpolating)
    if world is None:
        return Recheck(Verdict.ACCEPTED, (rule,))
    shown = counterexample(part, ranges, proof.statement, setting, proof.general)
    if shown:
        return Recheck(Verdict.REJECTED, reason=f"{rule}: {shown}")
    return Recheck(Verdict.UNCOVERED, reason=f"{rule}: not seen to vanish with {world.where}")


def free_indices(part: Node, ranges: tuple) -> set[str]:
    """The indices that a part is about, and those that their ranges name."""
    used, before = free_names(part), None
    while used != before:
        before = set(used)
        for r in ranges:
            if r.index in used:
                used |= free_names(r.low) | free_names(r.high)
    return used


def _worlds(proof: Proof) -> Worlds:
    return everywhere if proof.general else at_sizes


def _is_multiple(whole: Node, term: Node, proof: Proof) -> Multiple | None:
    """The factor in whole = factor * term, as the rule of ring identities finds it."""
    ranges = proof.statement.ranges
    used = free_indices(whole, ranges) | free_indices(term, ranges)
    ranges = tuple(r for r in ranges if r.index in used)
    try:
        found = multiple_of(whole, term, ranges, proof.setting, _worlds(proof))
        if found is None:
            return None
        equation = Compare("==", whole, found.formula)
        seed = seed_of(equation, proof.setting)
        world = failing_world(equation, ranges, _worlds(proof)(equation, ranges, proof.setting), seed)
    except (Uncovered, FormulaError):
        return None
    return found if world is None else None


def sign(proof: Proof, part: Node) -> Recheck:
    """The difference of the sides is a number, or a multiple of something whose sign is known."""
    if not isinstance(part, Compare) or part.op not in ("<", "<=", ">", ">="):
        raise Uncovered("the sign of something that is no inequality")
    whole, strict = difference(upward(part)), upward(part).op == ">"
    if _is_plain(upward(part), proof, strict):
        return Recheck(Verdict.ACCEPTED, ("sign of numbers and exponentials",))
    safe = excludes_zero_layers(proof.statement, proof.setting) or divides_by_layers(part)
    for term, positive in known_terms(proof.statement, proof.setting):
        if positive or not strict:
            found = _is_multiple(whole, term, proof)
            vanishing = found and (found.has_norms if strict else found.divides_by_norms)
            if found and found.constant > 0 and (safe or not vanishing):
                return Recheck(Verdict.ACCEPTED, ("multiple of a term of known sign",))
    raise Uncovered("a sign that is no multiple of a known one")


def _is_plain(relation: Compare, proof: Proof, strict: bool) -> bool:
    """Whether left minus right is, at all sizes of the setting, a positive number (or zero) or made of exponentials."""
    if proof.general:
        return False
    for world in at_sizes(relation, proof.statement.ranges, proof.setting):
        graph = world.graph
        for bound in bound_further(proof.statement.ranges, world):
            try:
                gap = world.reader.gap(relation.left, relation.right, bound).item
            except Uncovered:
                return False
            value = graph.number(gap)
            if not graph.positive(gap, roots=False) if value is None else value < 0 or (strict and value == 0):
                return False
    return True


def membership(proof: Proof, part: Node) -> Recheck:
    """Every equation that is concluded is a multiple of one in the premise, or of its product with a layer."""
    if not isinstance(part, Logic) or part.func not in ("implies", "iff"):
        raise Uncovered("a consequence without a premise")
    premise, conclusion = part.args
    pairs = [(premise, conclusion)] if part.func == "implies" else [(premise, conclusion), (conclusion, premise)]
    for given, wanted in pairs:
        known = equations(given)
        for relation in equations(wanted):
            if not any(_follows(relation, other, part, proof) for other in known):
                raise Uncovered("a conclusion that is no multiple of a premise")
    return Recheck(Verdict.ACCEPTED, ("multiple of a premise",))


def equations(node: Node) -> list[Compare]:
    """The equations of a conjunction of nothing else."""
    if isinstance(node, And):
        return [e for arg in node.args for e in equations(arg)]
    if not isinstance(node, Compare) or node.op != "==":
        raise Uncovered("a consequence of something that is no equation")
    return [node]


def _follows(wanted: Compare, given: Compare, part: Node, proof: Proof) -> bool:
    whole, premise = difference(wanted), difference(given)
    layers = dict.fromkeys(n for n in walk(given) if isinstance(n, Indexed) and n.base in ("W", "V"))
    products = [Call("dot", (Indexed("W", n.index), premise)) for n in layers]
    for term in (premise, *dict.fromkeys(products)):
        found = _is_multiple(whole, term, proof)
        if found and (divides_by_layers(part) or not found.divides_by_norms):
            return True
    return False


def gram(proof: Proof, part: Node) -> Recheck:
    """A matrix is a weighted sum of squares of vectors, which tells its least eigenvalue and its rank."""
    relation, statement = oriented(part), proof.statement
    if proof.general:
        raise Uncovered("a spectrum for every depth, width and N")
    ranges = tuple(r for r in statement.ranges if r.index in free_indices(part, statement.ranges))
    seed = seed_of(relation, proof.setting)
    if follows_from_gram_form(relation, ranges, proof.setting, statement.at == "interpolating", seed):
        return Recheck(Verdict.ACCEPTED, ("Gram form",))
    raise Uncovered("a spectrum of which no Gram form tells enough")


def derivation(proof: Proof, part: Node) -> Recheck:
    """A derivation is not read here; its conclusion may follow by a rule that is."""
    for rule in (identity, sign, gram):
        try:
            found = rule(replace(proof, grounds=()), part)
        except Uncovered:
            continue
        if found.verdict == Verdict.ACCEPTED:
            return found
    raise Uncovered(f"the derivation {', '.join(proof.named('derivation'))}")


def theorem(proof: Proof, part: Node) -> Recheck:
    """A theorem of the trust list says it, its hypotheses read off the setting; or another rule decides it."""
    name = theorem_for(part, proof.statement, proof.setting)
    if name:
        return Recheck(Verdict.TRUSTED, ("trusted theorem",), (name,))
    if isinstance(part, Compare):
        return derivation(proof, part)
    raise Uncovered("a theorem that does not say this, or not of this setting")


def existence(proof: Proof, part: Node) -> Recheck:
    """Stored points show it."""
    if not isinstance(part, Logic) or part.func != "somewhere":
        raise Uncovered("points for something that is no existence")
    (inner,) = part.args
    if isinstance(inner, Compare) and inner.op == "==" and isinstance(inner.left, Call) and inner.left.func in SPECTRAL:
        gram(proof, replace(inner, op="<="))  # everywhere; so that a point has to show no more than this much
        inner = replace(inner, op=">=")
    ranges = tuple(r for r in proof.statement.ranges if r.index in free_indices(part, proof.statement.ranges))
    statement = replace(proof.statement, ranges=ranges)
    show_existence(inner, statement, proof.setting, list(points_in(proof.detail)))
    return Recheck(Verdict.ACCEPTED, ("certified point",))


def points_in(detail: Any) -> Iterator[Mapping[str, Any]]:
    """Every point that is stored in a decision."""
    if isinstance(detail, Mapping):
        yield from detail.get("points", ())
        detail = list(detail.values())
    if isinstance(detail, list | tuple):
        for inner in detail:
            if isinstance(inner, Mapping) and "W" not in inner:
                yield from points_in(inner)


RULES: dict[str, Callable[[Proof, Node], Recheck]] = {
    "zero normal form": identity,
    "Gram form, checked as a zero normal form": gram,
    "certificate of sign": sign,
    "certified points": existence,
    "derivation": derivation,
    "theorem": theorem,
    "membership, checked by zero normal forms": membership,
}
