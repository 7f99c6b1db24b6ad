"""The command line: list, show, run, audit, mutate, report, bench, and the commands of `commands/authoring`.

Heavy modules are imported inside the commands that need them, so that `verify list` starts at once.
"""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from . import __version__
from .commands.authoring import AUTHORING
from .commands.lint import lint
from .commands.options import auditing, cores, device_of, limits_of, options_of, prepare, spreading, without_effect
from .commands.selection import (
    BAD_INPUT,
    LATEST,
    PUBLISHED,
    book_of,
    fail,
    last_results,
    listed,
    read_claims,
    replaced,
    select,
    select_or_read,
    shipped,
    unknown,
)
from .commands.streams import flushed, settle, speaks_unicode
from .listing import paper_folders
from .options import Options
from .runs.interrupts import INTERRUPTED, leave_interrupted, listening

ALARM = 3
KEPT = "verify.kept"  # in click's context: what tells what an interrupted command leaves behind


class Program(click.Group):
    """The group of commands; Ctrl-C ends any of them with status 130, a full disk or the like with a message."""

    def invoke(self, ctx: click.Context) -> Any:
        from .runs.store import StoreError

        if not sys.warnoptions:  # what libraries warn of is no news to a user; -W shows it
            warnings.simplefilter("ignore")
        try:
            with listening():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            kept = f"; {ctx.meta[KEPT]()}; the same command goes on" if KEPT in ctx.meta else ""
            click.echo(f"\ninterrupted{kept}", err=True)
            sys.exit(INTERRUPTED)
        except StoreError as error:  # before any work: a bad --out; later: a full disk
            say(str(error))
            sys.exit(ALARM if KEPT in ctx.meta else BAD_INPUT)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="verify")
def main() -> None:
    """Audit claims about the training of deep networks against derivation and simulation.

    Exit status, the highest that applies: 130 interrupted; 3 the program contradicts itself, a check broke, or what was
    found cannot be written; 2 bad input, nothing was run; 1 a claim failed (run), does not hold as printed (audit), or
    a false variant survived (mutate); 0 otherwise.
    """


for command in (*AUTHORING, lint):
    main.add_command(command)


def say(text: str) -> None:
    """A line on standard error."""
    click.echo(text, err=True)


def as_text(value: Any) -> str:
    """A result as JSON."""
    return json.dumps(value, indent=1, ensure_ascii=not speaks_unicode(sys.stdout), allow_nan=False)


# ---- reading


@main.command("list")
@click.option("--paper", metavar="P", help="Only this paper.")
@click.option("--topic", metavar="T", help="Only this topic.")
@click.option("--verdict", metavar="V", help="Only claims with this verdict in the last results.")
@options_of("results", "json")
def list_(paper: str | None, topic: str | None, verdict: str | None, out: Path | None, as_json: bool) -> None:
    """The claims of the shipped papers, one line each.

    Behind them those of your own files, if the last results are of an audit of these. On a terminal lines are cut to
    its width.
    """
    from .listing import shown
    from .verdict import CLAIM_VERDICTS

    results, place = last_results(out, required=verdict is not None)
    claims = listed(results, place)
    unknown("paper", [paper] if paper else [], {c.paper for c in claims})
    unknown("topic", [topic] if topic else [], {c.topic for c in claims} - {""})
    unknown("verdict", [verdict] if verdict else [], CLAIM_VERDICTS)
    known = {r["id"]: r["verdict"] for r in results["claims"]} if results else {}
    chosen = [c for c in claims if paper in (None, c.paper) and topic in (None, c.topic)]
    chosen = [c for c in chosen if verdict in (None, known.get(c.id))]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if as_json:
        click.echo(as_text([{**vars(c), "verdict": known.get(c.id)} for c in chosen]))
    elif chosen:
        click.echo(shown(chosen, known, width))
    else:
        say(f"no such claim; verdicts are those in {place}")


@main.command()
@click.argument("claim_id", metavar="ID")
@click.option("--replay", is_flag=True, help="Certify the stored witness again.")
@options_of("results", "json")
def show(claim_id: str, replay: bool, out: Path | None, as_json: bool) -> None:
    """One claim: text, formula, derivation, evidence, witness."""
    results, place = last_results(out)
    book = book_of(results, place)
    unknown("claim", [claim_id], book.by_id, "; 'verify list' names all")
    claim = book.by_id[claim_id]
    result = next((r for r in (results or {"claims": []})["claims"] if r["id"] == claim_id), None)
    if result is None and (replay or as_json):
        fail(f"no results for {claim_id} in {place}: run 'verify run' or 'verify audit' first")
    if replay:
        replay_(claim, result)
    elif as_json:
        click.echo(as_text(result))
    else:
        from .report.terminal import describe

        for line in describe(claim, result):
            click.echo(line)


def replay_(claim: Any, result: Any) -> None:
    """Certify the witnesses of a claim again; status 1 if one does not stand, 2 if there is none."""
    from .report.terminal import replay_witness

    outcomes = replay_witness(claim, result)
    if not outcomes:
        fail(f"{claim.id}: no witness is stored, so there is nothing to replay")
    for _, text in outcomes:
        click.echo(text)
    sys.exit(0 if all(stands for stands, _ in outcomes) else 1)


# ---- auditing


@main.command()
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@spreading
def run(selectors: tuple[str, ...], **options: Any) -> None:
    """Audit the shipped papers and write the reports.

    SELECTOR is a paper, a topic or a glob of ids, such as pnas20, hessians or 'memo90/sec12-*'.
    """
    audit_book(select(shipped(), selectors), paper_folders(), strict=False, **options)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@spreading
def audit(paths: tuple[Path, ...], **options: Any) -> None:
    """Audit claim files, or folders of them, of your own."""
    audit_book(read_claims(paths), paths, strict=True, **options)


def audit_book(
    book: Any,
    sources: Sequence[Path],
    *,
    strict: bool,
    profile: str,
    device: str,
    seed: int,
    jobs: int | None,
    memory: float | None,
    out: Path,
    as_json: bool,
    resume: bool,
    scheduler: str | None = None,
) -> None:
    """Run, write, report, and exit with the status of the contract."""
    from .runs.session import exit_status, run_book
    from .runs.store import read_results

    executor = None
    chosen = Options(profile, seed, device_of(device))
    hold(out)
    if gone := replaced(out, {c.id for c in book.claims}):
        say(gone)
    if scheduler:
        from .runs.cluster import cluster

        executor, jobs = click.get_current_context().with_resource(cluster(scheduler))
    with progress(book, out, as_json) as bar:
        done = run_book(
            book,
            chosen,
            out,
            jobs=jobs or cores(),
            resume=resume,
            sources=sources,
            tell=bar.tell,
            note=say,
            begun=bar.begin,
            limits=None if executor and memory is None else limits_of(memory, jobs or cores()),
            executor=executor,
        )
    results = read_results(out)
    if as_json:
        click.echo(as_text(results))
    sound = render_reports(book, results, out, quiet=as_json, pictures="none" if strict else "fresh")
    sys.exit(max(exit_status(list(done.results.values()), strict=strict), 0 if sound else ALARM))


def hold(out: Path) -> None:
    """Make sure that the folder can be written, and that nobody else writes there until the command ends."""
    from .runs.lock import alone_in

    prepare(out)
    click.get_current_context().with_resource(alone_in(out))


def progress(book: Any, out: Path, quiet: bool) -> Any:
    """What shows how far a command is, also when it is interrupted."""
    from .runs.progress import Progress

    bar = Progress(len(book.claims), quiet=quiet)
    leaves(lambda: f"{bar.finished()} and kept in {out}")
    return bar


def leaves(kept: Callable[[], str]) -> None:
    """Say what this command leaves behind if it is interrupted from now on."""
    click.get_current_context().meta[KEPT] = kept


def render_reports(
    book: Any, results: dict[str, Any], out: Path, *, quiet: bool, pictures: Any, again: bool = False
) -> bool:
    """Write the reports, if they are not there, and print the summary; whether every derivation of the book checked."""
    from .runs.stamp import stamped

    noted = None if again else stamped(out, pictures)
    if noted is None:
        pages, sound = _rendered(book, results, out, quiet=quiet, pictures=pictures)
    else:
        pages, sound = list(noted["pages"]), noted["sound"]
    if not quiet:
        from .report.summary import print_summary

        print_summary(results, book.claims, papers=book.papers, place="" if out == LATEST else str(out))
        pages = ["results.json", *(name for name in pages if not name.startswith("figure-"))]
        say(f"{'written to' if noted is None else 'nothing has changed in'} {out}: {', '.join(pages)}")
    return sound


def _rendered(book: Any, results: dict[str, Any], out: Path, *, quiet: bool, pictures: Any) -> tuple[list[str], bool]:
    """The names of the reports that were written, and whether every derivation checked."""
    from .report import render
    from .report.derivations import derivations_for
    from .runs.stamp import stamp

    derivations, mistakes = derivations_for(results)
    for mistake in mistakes:
        say(mistake)
    tell = (lambda _: None) if quiet else say
    written = render(results, book.claims, out, derivations, book.papers, pictures=pictures, tell=tell)
    stamp(out, pictures, written, not mistakes)
    return [p.name for p in written], not mistakes


@main.command()
@click.argument("selectors", nargs=-1, metavar="[SELECTOR|PATH]...")
@auditing
def mutate(
    selectors: tuple[str, ...],
    profile: str,
    device: str,
    seed: int,
    jobs: int | None,
    memory: float | None,
    out: Path,
    as_json: bool,
    resume: bool,
) -> None:
    """Plant false variants in every statement and count how many are caught.

    SELECTOR is a paper, a topic or a glob of ids of the shipped papers, or the PATH of a claim file or folder of your
    own.
    """
    from .runs.mutate import mutate_book, tally_text
    from .runs.store import write_atomically

    book = select_or_read(selectors)
    chosen = Options(profile, seed, device_of(device))
    hold(out)
    with progress(book, out, as_json) as bar:
        tally = mutate_book(
            book,
            chosen,
            out,
            jobs=jobs or cores(),
            resume=resume,
            tell=bar.tell,
            note=say,
            begun=bar.begin,
            limits=limits_of(memory, jobs or cores()),
        )
    write_atomically(out / "mutants.json", as_text(tally) + "\n")
    click.echo(as_text(tally) if as_json else tally_text(tally))
    sys.exit(ALARM if tally["broken"] else 1 if tally["survivors"] else 0)


@main.command()
@auditing
def zoo(**options: Any) -> None:
    """Audit statements whose truth is known, and score the program beside control judges."""
    from .commands.zoo import audit_zoo, zoo_text

    as_json, out = options.pop("as_json"), options["out"] / "zoo"
    options |= {"out": out, "device": device_of(options["device"])}
    prepare(out)
    score = audit_zoo(progress=lambda book: progress(book, out, as_json), note=say, **options)
    click.echo(as_text(score) if as_json else zoo_text(score))
    sys.exit(ALARM if score["conflicts"] else 1 if score["judges"]["the program"]["wrong"] else 0)


@main.command("check-proofs")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@options_of("results", "json")
def check_proofs(selectors: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Check the stored proofs of the last results again, with the small checker.

    SELECTOR is a paper, a topic or a glob of ids; or the path of a results.json, whose proofs are meant then.
    """
    from .commands.proofs import checked, tally, text_of

    files = [Path(s) for s in selectors if s.endswith(".json")]
    results, place = last_results(files[0].parent if files else out, required=True)
    assert results is not None
    book = book_of(results, place)
    book = replace(
        book, claims=tuple(c for c in book.by_id.values() if any(r["id"] == c.id for r in results["claims"]))
    )
    chosen = select(book, [s for s in selectors if not s.endswith(".json")])
    found = tally(checked(chosen.claims, results))
    click.echo(as_text(found) if as_json else text_of(found))
    sys.exit(ALARM if found["rejected"] else 0)


@main.command()
@options_of("out", "json")
@click.option("--publish", is_flag=True, help=f"Copy results and reports to {PUBLISHED}.")
@click.option("--figures", is_flag=True, help="Compute the figures that are missing; otherwise draw those there are.")
def report(out: Path, as_json: bool, publish: bool, figures: bool) -> None:
    """Render the reports again from the last results."""
    from .runs.store import FIGURES, RESULTS, write_atomically

    results, place = last_results(out if (out / RESULTS).exists() else None, required=True)
    assert results is not None
    book = book_of(results, place)
    known = {r["id"] for r in results["claims"]}
    book = replace(book, claims=tuple(c for c in book.by_id.values() if c.id in known))
    hold(out)
    if not (out / RESULTS).exists():
        click.echo(f"no results in {out}: rendering those in {place}", err=True)
        for name in (RESULTS, FIGURES):
            if (place / name).exists():
                write_atomically(out / name, (place / name).read_bytes())
    sound = render_reports(book, results, out, quiet=as_json, pictures="fresh" if figures else "stored", again=True)
    if as_json:
        click.echo(as_text(results))
    if publish:
        published(out)
    sys.exit(0 if sound else ALARM)


def published(out: Path) -> None:
    """Copy results and reports to where they are committed; not the paths of this machine."""
    from .runs.store import SOURCES

    prepare(PUBLISHED)
    for path in sorted(out.iterdir()):
        if path.is_file() and path.name != SOURCES and not path.name.startswith("."):
            shutil.copy2(path, PUBLISHED / path.name)
    say(f"published in {PUBLISHED}")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@without_effect
def bench(
    names: tuple[str, ...],
    profile: str,
    device: str,
    seed: int,
    jobs: int | None,
    memory: float | None,
    out: Path,
    as_json: bool,
    resume: bool,
) -> None:
    """The benchmarks, each with its peer in the same run.

    Without NAME all of them, one after the other, on the sizes that they name. The rows also go to benchmarks.json in
    DIR.
    """
    from .commands.bench import ROWS, all_benchmarks, kept_rows, line, run_benchmark
    from .runs.store import write_atomically

    known = all_benchmarks()
    unknown("benchmark", names, known, f"; there are: {', '.join(sorted(known))}")
    device_of(device)
    prepare(out)
    kept, rows = kept_rows(out) if resume else {}, []
    leaves(lambda: f"what is finished is kept in {out}")
    for name in names or sorted(known):
        rows.append(kept.get(name) or run_benchmark(name, known[name]))
        write_atomically(out / ROWS, as_text(rows) + "\n")
        if not as_json:
            click.echo(line(rows[-1]))
    if as_json:
        click.echo(as_text(rows))


def program() -> None:
    """The program `verify`."""
    settle()
    status: Any = 0
    try:
        main(prog_name="verify")
    except SystemExit as end:
        status = end.code
    except OSError as error:  # standard output is full; a pipe that closed is click's business
        say(f"standard output cannot be written ({error.strerror or error})")
        status = ALARM
    if status == INTERRUPTED:
        leave_interrupted()
    if why := flushed():
        if status != ALARM:
            say(f"standard output cannot be written ({why})")
        status = ALARM
    sys.exit(status)


if __name__ == "__main__":
    program()
