"""One run over a book of claims: what is kept is taken, the rest is audited in parallel, results are written.

Every finished claim is saved at once, so that an interrupted run loses nothing but the claims in work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import __version__
from .claim import Claim
from .claimfile import Book
from .executors import run_all
from .options import Options
from .store import Store, code_digest, package_versions, result_key, write_results

CLAIMS_FOLDER = "claims"


@dataclass(frozen=True)
class Task:
    """One claim to audit, as it travels to a worker."""

    claim: Claim
    options: Options


def check(task: Task) -> dict[str, Any]:
    """Audit one claim; runs in a worker process."""
    from .audit import audit

    return audit(task.claim, task.options)


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
        from .audit import rests_on_refuted

        marks = rests_on_refuted(self.results, [c for c in self.book.by_id.values() if c.id in self.results])
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
    tell: Callable[[str, int, int], None],
) -> Run:
    """Audit every claim asked for; `tell(id, done, total)` after each.

    On KeyboardInterrupt the results so far are written and the exception goes on.
    """
    store = Store(folder / CLAIMS_FOLDER)
    run = Run(book, options, folder, {}, provenance(options, sources))
    keys = {c.id: key_of(c, options) for c in book.claims}
    todo = []
    for claim in book.ordered():
        kept = store.load(keys[claim.id]) if resume else None
        if kept is None:
            todo.append(Task(claim, options))
        else:
            run.results[claim.id] = kept
            tell(claim.id, len(run.results), len(keys))
    try:
        for result in run_all(check, todo, jobs):
            store.save(keys[result["id"]], result)
            run.results[result["id"]] = result
            tell(result["id"], len(run.results), len(keys))
    finally:
        run.write()
    return run


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


def provenance(options: Options, sources: Iterable[Path]) -> dict[str, Any]:
    """Where results come from: version, digest, options, packages, and the claim files."""
    base = Path.cwd()
    shown = [os.path.relpath(p, base) for p in sources]
    return {
        "version": __version__,
        "digest": code_digest(),
        **asdict(options),
        "dtype": "float64",
        "ground_types": "flint",
        "packages": package_versions(),
        "sources": shown,
    }


def verdicts(results: Iterable[Mapping[str, Any]]) -> set[str]:
    """Statement verdicts of printed and corrected forms and readings, and claim verdicts."""
    found = set()
    for r in results:
        found.add(r["verdict"])
        for part in (r, *r["readings"]):
            found |= {part[key]["verdict"] for key in ("printed", "corrected") if part.get(key)}
    return found


def exit_status(results: Sequence[Mapping[str, Any]], *, strict: bool) -> int:
    """0, 1 or 3 as the contract says; `strict` for a user's own files."""
    if verdicts(results) & {"conflict", "broken"}:
        return 3
    good = {"holds", "supported", "definition"}
    bad = [r for r in results if (r["verdict"] not in good if strict else r["verdict"] == "failed")]
    return 1 if bad else 0
