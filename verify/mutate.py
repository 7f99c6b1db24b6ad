"""False variants of true statements: each must be refuted, or the check that passed the original proves little.

A mutant is the same tree with one thing changed: a sign, a factor, an index, an exponent, a dropped term or
factor, the direction of an inequality or of a monotone form.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from .claim import Claim, Setting, Statement
from .executors import OutOfTime, deadline
from .formula import check_statement
from .formula.errors import FormulaError
from .formula.nodes import (
    Along,
    BinOp,
    Compare,
    Indexed,
    Limit,
    Logic,
    Name,
    Neg,
    Node,
    Num,
    Reduce,
    children,
    rebuild,
    walk,
)
from .formula.text import to_text
from .options import Options
from .session import Task, kept_or_done
from .store import Store

MUTANTS_FOLDER = "mutants"
TIME_LIMIT = 60.0  # seconds of processor time for one mutant
PER_STATEMENT = 8  # mutants planted in one statement, spread over its tree
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
OPPOSITE = {"nondecreasing": "nonincreasing", "nonincreasing": "nondecreasing", "diverges": "converges"}


@dataclass(frozen=True)
class Mutant:
    """A statement with one thing changed."""

    change: str
    statement: Statement


def mutants(statement: Statement, limit: int = PER_STATEMENT) -> list[Mutant]:
    """At most `limit` variants that still make sense in every setting, evenly spread over all there are."""
    seen = {statement.formula}
    found = []
    for change, tree in variants(statement.formula):
        if tree in seen:
            continue
        seen.add(tree)
        mutant = replace(statement, formula=tree, text=to_text(tree))
        if _makes_sense(mutant):
            found.append(Mutant(change, mutant))
    step = max(1.0, len(found) / limit)
    return [found[int(i * step)] for i in range(min(limit, len(found)))]


def _makes_sense(mutant: Statement) -> bool:
    try:
        for setting in mutant.settings:
            for widths in setting.widths:
                check_statement(mutant.formula, mutant.ranges, setting.sizes(widths))
    except FormulaError:
        return False
    return True


def variants(statement: Node) -> Iterator[tuple[str, Node]]:
    """Every single change of a statement, as (what was changed, new tree)."""
    match statement:
        case Compare(op=op, left=left, right=right):
            if op in FLIPPED:
                yield "direction", replace(statement, op=FLIPPED[op])
                return
            yield "sign", replace(statement, right=Neg(right))
            yield "factor", replace(statement, right=BinOp("*", Num(Fraction(2)), right))
            for change, side in _terms(right):
                yield change, replace(statement, right=side)
            for change, side in _terms(left):
                yield change, replace(statement, left=side)
        case Logic(args=args):
            for change, inner in variants(args[-1]):
                yield change, replace(statement, args=(*args[:-1], inner))
        case Along(func=func, args=(body, *rest)):
            if func in OPPOSITE:
                yield "direction", replace(statement, func=OPPOSITE[func])
            for change, inner in _terms(body):
                yield change, replace(statement, args=(inner, *rest))
        case _:
            for i, part in enumerate(getattr(statement, "args", ())):
                for change, inner in variants(part):
                    yield change, replace(statement, args=(*statement.args[:i], inner, *statement.args[i + 1 :]))


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


# ---- planting


def true_statement(claim: Claim, decided: Callable[[Statement, Setting], Any] | None = None) -> Statement | None:
    """The statement of a claim that the exact world proves: as printed, else as corrected.

    Args:
        decided: asks the exact world; for who keeps its answers.
    """
    from .exact.prove import decide

    decided = decided or decide
    forms = [claim.printed, claim.corrected, *(s for r in claim.readings for s in (r.printed, r.corrected))]
    for statement in forms:
        if statement is None or _about_limits(statement.formula) or claim.witness is not None:
            continue
        if statement.settings and all(decided(statement, s).outcome == "proved" for s in statement.settings):
            return statement
    return None


def _about_limits(formula: Node) -> bool:
    return any(isinstance(n, Limit) for n in walk(formula))


def fate(mutant: Mutant, options: Options) -> str:
    """'caught' (an admissible point violates it beyond rounding), 'equivalent' (proved as well), 'survived'."""
    from .exact.prove import decide
    from .simulate import simulate

    statement = mutant.statement
    for profile in dict.fromkeys(("brief", "quick", options.profile, "full")):
        for setting in statement.settings:
            seen, _ = simulate(statement, setting, profile=profile, seed=options.seed, device=options.device)
            if seen.violations:
                return "caught"
        if all(decide(statement, s).outcome == "proved" for s in statement.settings):
            return "equivalent"
    return "survived"


def mutate_claim(task: Task) -> dict[str, Any]:
    """The tally of one claim; runs in a worker process."""
    claim, options = task.claim, task.options
    tally = _empty(claim)
    statement = true_statement(claim)
    if statement is None:
        return tally
    for mutant in mutants(statement):
        try:
            with deadline(TIME_LIMIT):
                outcome = fate(mutant, options)
        except OutOfTime:
            outcome = "survived"
        tally["planted"] += 1
        if outcome == "survived":
            tally["survivors"].append({"id": claim.id, "change": mutant.change, "formula": mutant.statement.text})
        else:
            tally[outcome] += 1
    return tally


def checked_mutants(task: Task) -> dict[str, Any]:
    """`mutate_claim`; what raises is told in the tally's `broken`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mutate_claim(task)
    except Exception as error:
        return lost(task, f"{type(error).__name__}: {error}")


def lost(task: Task, reason: str) -> dict[str, Any]:
    """The tally of a claim whose mutants could not be tried."""
    return {**_empty(task.claim), "broken": [{"id": task.claim.id, "message": reason}]}


def _empty(claim: Claim) -> dict[str, Any]:
    return {"id": claim.id, "planted": 0, "caught": 0, "equivalent": 0, "survivors": [], "broken": []}


def mutate_book(book: Any, options: Options, folder: Path, *, jobs: int, resume: bool, tell: Any, note: Any,
                ) -> dict[str, Any]:  # fmt: skip
    """Plant mutants in every claim of a book; the totals as the contract names them."""
    total: dict[str, Any] = {"planted": 0, "caught": 0, "equivalent": 0, "survivors": [], "broken": [], "claims": 0}
    tasks = [Task(c, options) for c in book.claims]
    store = Store(folder / MUTANTS_FOLDER)
    tallies = kept_or_done(store, checked_mutants, lost, tasks, jobs=jobs, resume=resume, note=note)
    for done, tally in enumerate(tallies, 1):
        for key in ("planted", "caught", "equivalent", "survivors", "broken"):
            total[key] += tally[key]
        total["claims"] += bool(tally["planted"])
        tell(tally["id"], done, len(tasks))
    total["survivors"].sort(key=lambda s: (s["id"], s["formula"]))
    total["broken"].sort(key=lambda s: s["id"])
    return total
