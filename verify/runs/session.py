"""One run over a book of claims: what is kept is taken, the rest is audited in parallel, results are written.

Every finished claim is saved at once, so that an interrupted run loses nothing but the claims in work.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..claim import Claim
from ..claimfile import Book
from ..options import Options
from ..verdict import GOOD, inherited
from .executors import run_all
from .guard import Limits, Outcome
from .interrupts import kept_back
from .store import SOURCES, Store, code_digest, package_versions, result_key, write_atomically, write_results

CLAIMS_FOLDER = "claims"

Tell = Callable[[str, int, int], None]
Begun = Callable[[str], None]
Check = Callable[["Task"], dict[str, Any]]
Lost = Callable[["Task", Outcome], dict[str, Any]]


@dataclass(frozen=True)
class Task:
    """One claim to audit, as it travels to a worker."""

    claim: Claim
    options: Options


def check(task: Task) -> dict[str, Any]:
    """Audit one claim; runs in a worker process."""
    from ..auditor.claims import audit  # loads torch, which the process that waits for results does without

    with warnings.catch_warnings():  # what libraries warn of is no news about the claim
        warnings.simplefilter("ignore")
        return audit(task.claim, task.options)


def lost(task: Task, outcome: Outcome) -> dict[str, Any]:
    """The result of a claim that has none: it is broken if the check raised, and undecided if processes ended."""
    with kept_back():
        from ..auditor.claims import broken, unfinished

    return broken(task.claim, outcome.raised) if outcome.raised else unfinished(task.claim, outcome.ended[-1])


@dataclass
class Run:
    """Results of a run over `book`, by claim id, and where they lie."""

    book: Book
    options: Options
    folder: Path
    results: dict[str, dict[str, Any]]
    provenance: dict[str, Any]

    def write(self) -> Path:
        """Write results.json with what is known so far."""
        claims = [c for c in self.book.by_id.values() if c.id in self.results]
        self.results = inheriting(self.results, claims)
        marks = rests_on_refuted(self.results, claims)
        done = [{**r, "rests_on_refuted": marks[i]} for i, r in self.results.items()]
        return write_results(self.folder, self.provenance, done)


def run_book(
    book: Book,
    options: Options,
    folder: Path,
    *,
    jobs: int,
    resume: bool,
    sources: Sequence[Path],
    tell: Tell,
    note: Callable[[str], None],
    begun: Begun = lambda _: None,
    limits: Limits | None = None,
    executor: Executor | None = None,
) -> Run:
    """Audit every claim asked for.

    Args:
        tell: is called as tell(id, done, total) after each claim.
        note: for what the user should know.
        begun: is called with the id of each claim when work on it begins.
        limits: of each worker process.
        executor: does the work, `jobs` claims at a time; by default this machine.

    On KeyboardInterrupt the results so far are written and the exception goes on.
    """
    run = Run(book, options, folder, {}, provenance(options, book))
    write_atomically(folder / SOURCES, json.dumps([str(p.resolve()) for p in sources], indent=1))
    store = Store(folder / CLAIMS_FOLDER)
    tasks = [Task(claim, options) for claim in book.ordered()]
    try:
        more = {"jobs": jobs, "resume": resume, "note": note, "begun": begun, "limits": limits, "executor": executor}
        found = kept_or_done(store, check, lost, tasks, **more)  # type: ignore[arg-type]
        for result in found:
            run.results[result["id"]] = result
            tell(result["id"], len(run.results), len(tasks))
    finally:
        run.write()
    return run


def kept_or_done(
    store: Store,
    check: Check,
    lost: Lost,
    tasks: Sequence[Task],
    *,
    jobs: int,
    resume: bool,
    note: Callable[[str], None],
    begun: Begun = lambda _: None,
    limits: Limits | None = None,
    executor: Executor | None = None,
) -> Iterator[dict[str, Any]]:
    """The result of every task: those that the store has (if asked to resume), then the others, saved one by one.

    What ended processes is told, and the result is not saved, so that the next run tries again.
    """
    keys = {t.claim.id: key_of(t.claim, t.options) for t in tasks}
    kept = {i: store.load(key, i) if resume else None for i, key in keys.items()}
    for sentence in store.warnings:
        note(sentence)
    yield from (result for result in kept.values() if result is not None)
    todo = [t for t in tasks if kept[t.claim.id] is None]
    done = run_all(check, todo, jobs, limits=limits, begun=lambda t: begun(t.claim.id), executor=executor)
    for task, outcome in done:
        result = lost(task, outcome) if outcome.value is None else outcome.value
        for why in outcome.ended:
            note(f"{task.claim.id}: {why}")
        if outcome.value is not None and not outcome.ended:
            store.save(keys[task.claim.id], result)
        yield result


def key_of(claim: Claim, options: Options) -> str:
    """The name under which the claim's result is kept."""
    return result_key(
        claim.digest,
        seed=options.seed,
        profile=options.profile,
        device=options.device,
        code=code_digest(),
        packages=package_versions(),
    )


def provenance(options: Options, book: Book) -> dict[str, Any]:
    """Where results come from: version, digest of code and claims, options, packages."""
    claims = "".join(sorted(f"{c.id} {c.digest}\n" for c in book.claims))
    return {
        "version": __version__,
        "digest": hashlib.sha256(f"{code_digest()}\n{claims}".encode()).hexdigest(),
        **asdict(options),
        "dtype": "float64",
        "ground_types": "flint",
        "packages": package_versions(),
    }


def rests_on_refuted(results: Mapping[str, Mapping[str, Any]], claims: Sequence[Claim]) -> dict[str, list[str]]:
    """For each claim, the claims it rests on, directly or not, whose printed form is refuted."""
    uses = {c.id: c.uses for c in claims}
    refuted = {i for i, r in results.items() if (r["printed"] or {}).get("verdict") == "refuted"}

    def below(i: str, seen: set[str]) -> set[str]:
        for u in uses.get(i, ()):
            if u not in seen:
                seen.add(u)
                below(u, seen)
        return seen

    found = {}
    for c in claims:
        marks = []
        for i in sorted(below(c.id, set()) & refuted):
            stands = (results[i]["corrected"] or {}).get("verdict") in GOOD
            marks.append(f"{i} (corrected)" if stands else i)
        found[c.id] = marks
    return found


def inheriting(results: Mapping[str, dict[str, Any]], claims: Sequence[Claim]) -> dict[str, dict[str, Any]]:
    """The results, each with no better a verdict than the claims that it restates, directly or not."""
    restated = {c.id: [s for s in c.same_as if s in results] for c in claims}

    def reached(i: str, seen: set[str]) -> set[str]:
        for other in restated.get(i, ()):
            if other not in seen:
                seen.add(other)
                reached(other, seen)
        return seen

    found = {}
    for i, r in results.items():
        others = sorted(reached(i, {i}) - {i})
        verdict = inherited(r["verdict"], (results[o]["verdict"] for o in others))
        found[i] = r if verdict == r["verdict"] else {**r, "verdict": verdict, "inherits": others}
    return found


def verdicts(results: Iterable[Mapping[str, Any]]) -> set[str]:
    """Statement verdicts of printed and corrected forms and readings, and claim verdicts."""
    found = set()
    for r in results:
        found.add(r["verdict"])
        for part in (r, *r["readings"], *r.get("clauses", ())):
            found |= {part[key]["verdict"] for key in ("printed", "corrected") if part.get(key)}
    return found


def exit_status(results: Sequence[Mapping[str, Any]], *, strict: bool) -> int:
    """0, 1 or 3 as the contract says; `strict` for a user's own files."""
    if verdicts(results) & {"conflict", "broken"}:
        return 3
    good = {"holds", "supported", "definition"}
    bad = [r for r in results if (r["verdict"] not in good if strict else r["verdict"] == "failed")]
    return 1 if bad else 0
