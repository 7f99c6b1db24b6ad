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
from ..formula.nodes import Along, And, Call, Compare, Logic, Node, Rate, free_names
from .algebra import Uncovered
from .identities import at_fewer, at_sizes, everywhere, failing_world, seed_of
from .refutation import counterexample


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

    def named(self, kind: str) -> list[str]:
        return [name for k, name in self.grounds if k == kind]


def check_proof(statement: Statement, setting: Setting, proof: Mapping[str, Any]) -> Recheck:
    """The checker's word on the proof of a statement in one setting.

    Args:
        proof: `scope`, `detail` and `rests_on` of an exact decision, as in results.json.
    """
    grounds = tuple((g["kind"], g["name"]) for g in proof.get("rests_on", ()))
    whole = Proof(statement, setting, proof.get("scope") == "general", frozenset(), grounds)
    try:
        found = [_check_part(part, whole, detail) for part, detail in parts(statement.formula, proof["detail"])]
    except (Uncovered, FormulaError, KeyError, IndexError) as reason:
        return Recheck(Verdict.UNCOVERED, reason=str(reason))
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
    proof = replace(whole, statement=statement, decisions=frozenset(decisions_in(detail)))
    if not proof.decisions:
        raise Uncovered("a proof that names no rule")
    return joined([_check_decision(name, proof, part) for name in sorted(proof.decisions)])


def _check_decision(name: str, proof: Proof, part: Node) -> Recheck:
    rule = RULES.get(name)
    if rule is None:
        raise Uncovered(f"rule '{name}'")
    return rule(proof, pointwise(part))


def pointwise(formula: Node) -> Node:
    """`conserved(e)` says that e has rate zero at every point, where e is continuous (which is not looked at here)."""
    if not isinstance(formula, Along) or formula.func not in ("conserved", "nondecreasing", "nonincreasing"):
        return formula
    (body,) = formula.args
    op = {"conserved": "==", "nondecreasing": ">=", "nonincreasing": "<="}[formula.func]
    return Compare(op, Rate(body, None), Call("zeros_like", (body,)))


# ---- rules


def identity(proof: Proof, part: Node) -> Recheck:
    """Both sides are one fraction in every world that decides the scope."""
    if not isinstance(part, Compare) or part.op != "==":
        raise Uncovered("the zero of something that is no equation")
    derived = proof.named("derivation") if proof.general else []
    if proof.general and not derived:
        return _zero_in(part, proof, everywhere, "ring identity for every depth, width and N")
    found = _at_sizes(part, proof)
    if derived and found.verdict == Verdict.ACCEPTED:
        return Recheck(Verdict.UNCOVERED, found.rules, reason=f"general by the derivation {', '.join(derived)}")
    return found


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


RULES: dict[str, Callable[[Proof, Node], Recheck]] = {"zero normal form": identity}
