"""False variants of a true statement.

Two kinds. *Opposites* are false by logic alone, whatever the statement is (`opposites`). *Changes* alter one thing
in an equation: a sign, a factor, an index, an exponent, a term or a factor dropped. A changed equation is false but
for coincidences, and tells how sharp the check of the equation is. A changed inequality may well be true: of what
states no equation there are opposites only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from ..claim import Claim, Statement
from ..formula import check_statement
from ..formula.errors import FormulaError
from ..formula.nodes import Along, And, BinOp, Compare, Indexed, Limit, Name, Neg, Node, Num, Reduce, children, rebuild
from ..formula.text import to_text
from .opposites import is_zero, opposites

PER_STATEMENT = 8  # changes planted in one statement, spread over its tree
OPPOSITE = "opposite"


@dataclass(frozen=True)
class Mutant:
    """A false variant; `change` says in a word what was changed."""

    change: str
    statement: Statement

    @property
    def certain(self) -> bool:
        """Whether it is false by logic alone."""
        return self.change == OPPOSITE


def true_forms(claim: Claim) -> Iterator[Statement]:
    """The statements of a claim that are held to be true: not what is known to be wrong, nor what is left open."""
    for form in claim.forms:
        left_open = claim.open or getattr(form, "open", "")
        printed = None if form.known_wrong or left_open else form.printed
        yield from (s for s in (printed, form.corrected) if s is not None)


def mutants(statement: Statement, limit: int = PER_STATEMENT) -> list[Mutant]:
    """The opposites of a statement, then at most `limit` changes, evenly spread over all there are."""
    found = list(changed(statement))
    step = max(1.0, len(found) / limit)
    return [*opposed(statement), *(found[int(i * step)] for i in range(min(limit, len(found))))]


def opposed(statement: Statement) -> Iterator[Mutant]:
    """The opposites of a statement that make sense in all its settings."""
    for wordings in opposites(statement.formula):
        yield from islice(_sensible(((OPPOSITE, tree) for tree in wordings), statement), 1)


def changed(statement: Statement) -> Iterator[Mutant]:
    """The single changes of a statement that make sense in all its settings."""
    return _sensible(changes(statement.formula), statement)


def _sensible(trees: Iterable[tuple[str, Node]], statement: Statement) -> Iterator[Mutant]:
    seen = {statement.formula}
    for change, tree in trees:
        if tree in seen:
            continue
        seen.add(tree)
        mutant = replace(statement, formula=tree, text=to_text(tree))
        if _makes_sense(mutant):
            yield Mutant(change, mutant)


def _makes_sense(mutant: Statement) -> bool:
    try:
        for setting in mutant.settings:
            for widths in setting.widths:
                check_statement(mutant.formula, mutant.ranges, setting.sizes(widths))
    except FormulaError:
        return False
    return True


# ---- single changes


def changes(statement: Node) -> Iterator[tuple[str, Node]]:
    """Every single change of the equations of a statement, as (what was changed, new tree)."""
    match statement:
        case Compare(op="==", left=left, right=right) if not any(isinstance(n, Limit) for n in (left, right)):
            if not is_zero(right):
                yield "sign", replace(statement, right=Neg(right))
                yield "factor", replace(statement, right=BinOp("*", Num(Fraction(2)), right))
            for change, side in _terms(right):
                yield change, replace(statement, right=side)
            for change, side in _terms(left):
                yield change, replace(statement, left=side)
        case And(args=args):
            for i, part in enumerate(args):
                for change, inner in changes(part):
                    yield change, And((*args[:i], inner, *args[i + 1 :]))
        case Along(func="conserved", args=(body,)):
            for change, inner in _terms(body):
                yield change, replace(statement, args=(inner,))


def _terms(node: Node) -> Iterator[tuple[str, Node]]:
    """Single changes of a term: here, or in one of its subtrees."""
    yield from _here(node)
    if isinstance(node, Indexed):  # the index itself is changed as a whole, in `_here`
        return
    for i, child in enumerate(children(node)):
        if isinstance(node, Reduce) and i < 2:  # ranges stay
            continue
        for change, new in _terms(child):
            yield change, _with_child(node, i, new)


def _with_child(node: Node, position: int, new: Node) -> Node:
    counter = iter(range(1_000_000))

    def put(child: Node) -> Node:
        return new if next(counter) == position else child

    return rebuild(node, put)


def _here(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case BinOp(op="+", left=a, right=b):
            yield "sign", BinOp("-", a, b)
            yield "dropped term", a
            yield "dropped term", b
        case BinOp(op="-", left=a, right=b):
            yield "sign", BinOp("+", a, b)
            yield "dropped term", a
        case BinOp(op="*" | "/", left=a, right=b):
            if b != Num(Fraction(1)):
                yield "dropped factor", a
            if node.op == "*" and a != Num(Fraction(1)):
                yield "dropped factor", b
        case BinOp(op="**", left=a, right=Num(value=v)):
            yield "exponent", BinOp("**", a, Num(v + 1))
            yield "exponent", a
        case Num(value=v) if v != 0:
            yield "factor", Num(v + 1)
        case Name(name="N"):
            yield "factor", Name("K")
        case Indexed(base="W" | "V" | "rho" | "x" | "y" | "f" | "fV" as base, index=Name() as index):
            yield "index", Indexed(base, BinOp("+", index, Num(Fraction(1))))
            yield "index", Indexed(base, Num(Fraction(1)))
