"""Smells of claims: signs that what is judged is softer than the sentence, or says nothing.

They are read off the files; nothing runs. A smell is no mistake: a file with smells is valid, and no verdict depends
on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..claim import Claim, Form, Statement
from ..formula.nodes import Along, And, Compare, Limit, Logic, Node, Rate, walk
from ..reach import Decided, Reach, covered, is_about_trajectories, speaks_of_flow, speaks_of_loss
from .equivalence import relation, written


@dataclass(frozen=True)
class Smell:
    """One sign: of which claim, of what kind, what is met and what to do about it."""

    claim: str
    kind: str
    message: str
    source: str = ""  # file and line

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.source, self.claim, f"{self.message} [{self.kind}]")))


def smells(claims: Iterable[Claim]) -> Iterator[Smell]:
    """The smells of claims, in their order, then those between claims."""
    claims = list(claims)
    for claim in claims:
        for kind, message in _of_claim(claim):
            yield Smell(claim.id, kind, message, claim.source)
    yield from _twins(claims)


def _of_claim(claim: Claim) -> Iterator[tuple[str, str]]:
    if claim.kind == "definition" and any(f.printed is not None for f in claim.forms):
        yield (
            "definition",
            "a definition with a relation in it is a claim: another kind fits, or no formula",
        )
    for number, form in enumerate(claim.forms, 1):
        part = f"clause {number}: " if claim.clauses and number <= len(claim.clauses) else ""
        for kind, message in _of_form(form):
            yield kind, part + message


def _of_form(form: Form) -> Iterator[tuple[str, str]]:
    if form.printed is None:
        if not getattr(form, "remark", False):
            yield "unsaid", "no formula says it, so it is not decided"
        return
    yield from _of_statement(form.printed)
    if form.corrected is not None:
        yield from _weaker(form.printed, form.corrected)


def _of_statement(statement: Statement) -> Iterator[tuple[str, str]]:
    yield from _replaceable(statement)
    yield from _empty_equivalences(statement.formula)
    yield from _narrower(statement)


# ---- what is named and makes no difference


def _replaceable(statement: Statement) -> Iterator[tuple[str, str]]:
    """A flow, loss or place that is named while the formula stays what it is with any other."""
    flows = {s.flow for s in statement.settings}
    named_in_words = any(isinstance(n, Rate) for n in walk(statement.formula))
    if flows - {"gradient"} and not named_in_words and not speaks_of_flow(statement):
        yield "object", f"it is said of the {' and '.join(sorted(flows))} flow, and no word of it depends on the flow"
    losses = {s.loss for s in statement.settings}
    named = statement.about is not None and bool(statement.about.loss)
    if named and losses and not speaks_of_loss(statement):
        yield "object", f"it is said of the {' and '.join(sorted(losses))} loss, and no word of it depends on the loss"
    restricted = {s.start for s in statement.settings} - {"random", "small"}
    if any(s.start == "small" for s in statement.settings) and not is_about_trajectories(statement.formula):
        yield "object", "it is said of small starts, which restrict no statement about points"
    if statement.at != "any" and restricted:
        yield "object", f"it is said at {statement.at} points that are also {' and '.join(sorted(restricted))} starts"


def _empty_equivalences(formula: Node) -> Iterator[tuple[str, str]]:
    for node in walk(formula):
        if isinstance(node, Logic) and node.func in ("iff", "implies") and _alike(*node.args):
            yield "tautology", f"both sides of {node.func} say the same"


def _alike(left: Node, right: Node) -> bool:
    """Whether two statements have one normal form."""
    if isinstance(left, Compare) and isinstance(right, Compare):
        return relation(left) == relation(right)
    return written(left, {}) == written(right, {})


def _narrower(statement: Statement) -> Iterator[tuple[str, str]]:
    """What of the class no setting shows, were it proved in general in each."""
    if statement.about is None or not statement.about.speaks or not statement.settings:
        return
    found = covered(statement, [Decided(s, True) for s in statement.settings])
    if found.reach == Reach.PART:
        yield "narrow", f"no setting shows: {'; '.join(found.missing)}"


# ---- corrected forms


def _weaker(printed: Statement, corrected: Statement) -> Iterator[tuple[str, str]]:
    """A corrected form that says less than the conclusion: no trajectory, no end, fewer parts, existence alone."""
    ours, theirs = (_conclusion(s.formula) for s in (corrected, printed))
    timed = [any(isinstance(n, Along | Limit) for n in walk(f)) for f in (ours, theirs)]
    if timed == [False, True]:
        yield "weaker", "the printed form speaks of trajectories, the corrected one of points"
    exists = [any(isinstance(n, Logic) and n.func == "somewhere" for n in walk(f)) for f in (ours, theirs)]
    if exists == [True, False]:
        yield "weaker", "the printed form is universal, the corrected one says that something exists"
    if _parts(ours) < _parts(theirs):
        yield "weaker", f"the corrected form has {_parts(ours)} of the {_parts(theirs)} parts of the printed one"
    if printed.settings and not corrected.settings:
        yield "weaker", "the corrected form speaks of numbers, the printed one of networks"


def _conclusion(formula: Node) -> Node:
    return formula.args[1] if isinstance(formula, Logic) and formula.func == "implies" else formula


def _parts(formula: Node) -> int:
    return sum(map(_parts, formula.args)) if isinstance(formula, And) else 1


# ---- between claims


def _twins(claims: list[Claim]) -> Iterator[Smell]:
    """One formula in one class under two ids, neither of which says that it restates the other."""
    first: dict[tuple[object, ...], Claim] = {}
    for claim in claims:
        for form in claim.forms:
            statement = form.printed
            if statement is None or not statement.settings:
                continue
            worlds = statement.about or tuple(s.name for s in statement.settings)
            key = (claim.paper, statement.formula, statement.ranges, worlds, statement.at, statement.after)
            other = first.setdefault(key, claim)
            if other is not claim and claim.id not in other.same_as and other.id not in claim.same_as:
                yield Smell(claim.id, "twin", f"its formula is that of {other.id}: write same_as", claim.source)
