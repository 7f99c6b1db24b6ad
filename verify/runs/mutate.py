"""Mutation of a whole book: false variants are planted in every statement that stands, and those caught are counted.

An opposite is caught by what refutes a statement, a changed equation by points that violate it. A change that is
proved as well is equivalent. Whatever else passes has survived: a hole in the checks.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from ..auditor.claims import admits_points, owed
from ..auditor.deadline import OutOfReach
from ..auditor.falsify import confirmed, contradicted, weighed
from ..auditor.steps import step
from ..claim import Claim, Statement
from ..options import Options
from ..statements.mutants import Mutant, mutants, true_forms
from .guard import Limits, Outcome
from .session import Task, kept_or_done
from .store import Store

MUTANTS_FOLDER = "mutants"
TIME_LIMIT = 30.0  # seconds of processor time for one mutant
LISTS = ("equivalents", "survivors", "broken")


def fate(mutant: Mutant, claim: Claim, options: Options) -> tuple[str, str]:
    """('caught' | 'equivalent' | 'survived', by what or why)."""
    statement = mutant.statement
    if mutant.certain:
        told = weighed(statement, claim, options)
        return ("caught", told) if told else ("survived", "false by logic alone, and not refuted")
    told = contradicted(statement, claim, options, ("brief", "quick"))
    if not told and (same := confirmed(statement, claim)):
        return "equivalent", same
    told = told or contradicted(statement, claim, options, ("full",))
    return ("caught", told) if told else ("survived", "neither contradicted nor proved")


def mutate_claim(task: Task) -> dict[str, Any]:
    """The tally of one claim; runs in a worker process."""
    tally = _empty(task.claim)
    for statement in true_forms(task.claim):
        if not _stands(statement, task):
            continue
        for mutant in mutants(statement):
            _count(tally, mutant, task)
    return tally


def _stands(statement: Statement, task: Task) -> bool:
    """Whether it is proved, or is not owed a proof, and not of nothing: of anything else no false variant is known."""
    settings = statement.settings
    try:
        with step("the proof", TIME_LIMIT):
            stands = not owed(statement.formula) or bool(confirmed(statement, task.claim))
            return stands and (not settings or any(admits_points(s, task.options) for s in settings))
    except OutOfReach:
        return False


def _count(tally: dict[str, Any], mutant: Mutant, task: Task) -> None:
    entry = {"id": task.claim.id, "change": mutant.change, "formula": mutant.statement.text}
    tally["planted"] += 1
    try:
        with step("a variant", TIME_LIMIT):
            outcome, why = fate(mutant, task.claim, task.options)
    except OutOfReach as reason:
        outcome, why = "survived", str(reason)
    except Exception as error:  # loud, but no reason to lose the other mutants
        tally["broken"].append({**entry, "message": f"{type(error).__name__}: {error}"})
        return
    if outcome == "survived":
        tally["survivors"].append({**entry, "why": why})
        return
    tally[outcome] += 1
    if outcome == "equivalent":
        tally["equivalents"].append({**entry, "why": why})


def checked_mutants(task: Task) -> dict[str, Any]:
    """`mutate_claim`; what raises is told in the tally's `broken`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mutate_claim(task)
    except Exception as error:
        return lost(task, Outcome(raised=f"{type(error).__name__}: {error}"))


def lost(task: Task, outcome: Outcome) -> dict[str, Any]:
    """The tally of a claim whose mutants could not be tried."""
    if outcome.raised:
        return {**_empty(task.claim), "broken": [{"id": task.claim.id, "message": outcome.raised}]}
    untried = {"id": task.claim.id, "change": "any", "formula": "", "why": outcome.ended[-1]}
    return {**_empty(task.claim), "survivors": [untried]}


def _empty(claim: Claim) -> dict[str, Any]:
    return {"id": claim.id, "planted": 0, "caught": 0, "equivalent": 0, **{key: [] for key in LISTS}}


def mutate_book(
    book: Any,
    options: Options,
    folder: Path,
    *,
    jobs: int,
    resume: bool,
    tell: Any,
    note: Any,
    begun: Any = lambda _: None,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """Plant mutants in every claim of a book; the totals as the contract names them.

    `survivors` and `equivalents` list what was changed, the formula and why it passed; `bare` the claims in which
    nothing could be planted, for no form of them stands.
    """
    total: dict[str, Any] = {"planted": 0, "caught": 0, "equivalent": 0, "claims": 0, "bare": []}
    total |= {key: [] for key in LISTS}
    tasks = [Task(c, options) for c in book.claims]
    store = Store(folder / MUTANTS_FOLDER)
    tallies = kept_or_done(
        store, checked_mutants, lost, tasks, jobs=jobs, resume=resume, note=note, begun=begun, limits=limits
    )
    for done, tally in enumerate(tallies, 1):
        for key in ("planted", "caught", "equivalent", *LISTS):
            total[key] += tally[key]
        total["claims"] += bool(tally["planted"])
        total["bare"] += [] if tally["planted"] else [tally["id"]]
        tell(tally["id"], done, len(tasks))
    total["bare"].sort()
    for key in LISTS:
        total[key].sort(key=lambda s: (s["id"], s.get("formula", "")))
    return total


def tally_text(tally: dict[str, Any]) -> str:
    """The tally of mutants for a terminal."""
    counts = ", ".join(f"{key} {tally[key]}" for key in ("planted", "caught", "equivalent"))
    lines = [f"{counts}, survivors {len(tally['survivors'])}, in {tally['claims']} claims"]
    lines += [f"  survivor {s['id']}: {s['change']}: {s['formula']} ({s['why']})" for s in tally["survivors"]]
    if tally["equivalents"]:
        lines += ["  equivalent changes, each with its proof, are listed in mutants.json"]
    lines += [f"  BROKEN {b['id']}: {b['message']}" for b in tally["broken"]]
    return "\n".join(lines)
