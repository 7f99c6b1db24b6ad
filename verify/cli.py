"""The command line: list, show, run, audit, mutate, report, bench.

Heavy modules are imported inside the commands that need them, so that `verify list` starts at once.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from . import __version__
from .options import Options

PAPERS = Path(__file__).resolve().parent / "papers"
LATEST, PUBLISHED = Path("reports/latest"), Path("reports/published")
BAD_INPUT, INTERRUPTED = 2, 130


def fail(message: str) -> None:
    """One clear message on standard error, exit status 2."""
    click.echo(message, err=True)
    sys.exit(BAD_INPUT)


def common(command: Callable) -> Callable:
    """The options that every auditing command has."""
    options = (
        click.option("--profile", type=click.Choice(["quick", "full"]), default="quick", help="points and time spent"),
        click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", help="of the simulation"),
        click.option("--seed", type=click.IntRange(0), default=0, help="of every random number"),
        click.option("--jobs", type=click.IntRange(1), default=None, help="worker processes (default: all cores)"),
        click.option("--out", type=click.Path(path_type=Path), default=LATEST, help="where results and reports go"),
        click.option("--json", "as_json", is_flag=True, help="results on standard output, nothing else there"),
        click.option("--resume", is_flag=True, help="keep the results of an earlier run of the same code"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="verify")
def main() -> None:
    """Audit claims about the training of deep networks against derivation and simulation."""


def read_claims(paths: Sequence[Path]) -> Any:
    """The book of the claim files, or exit with every mistake in them."""
    from .claimfile import ClaimFileErrors, read

    try:
        return read(list(paths))
    except ClaimFileErrors as errors:
        count = len(errors.messages)
        fail("\n".join([*errors.messages, f"{count} mistake{'s' * (count > 1)}; nothing was run."]))


def shipped() -> Any:
    """The papers that come with the program."""
    return read_claims(paper_folders())


def paper_folders() -> list[Path]:
    return sorted(p.parent for p in PAPERS.glob("*/paper.toml"))


def select(book: Any, selectors: Sequence[str]) -> Any:
    """The claims whose paper, topic or id matches one of the selectors."""
    from dataclasses import replace

    if not selectors:
        return book
    chosen = [c for c in book.claims if any(matches(c, s) for s in selectors)]
    missing = [s for s in selectors if not any(matches(c, s) for c in book.claims)]
    if missing:
        from .formula.errors import did_you_mean

        known = {c.paper for c in book.claims} | {c.topic for c in book.claims} | {c.id for c in book.claims}
        fail(f"no claim matches {missing[0]!r}{did_you_mean(missing[0], known)} (a paper, a topic or a glob of ids)")
    return replace(book, claims=tuple(chosen))


def matches(claim: Any, selector: str) -> bool:
    return selector in (claim.paper, claim.topic) or fnmatch.fnmatch(claim.id, selector)


def device_of(name: str) -> str:
    """'cpu' or 'cuda'; asks torch only if it has to."""
    if name == "cpu":
        return "cpu"
    from numerics.device import cuda_available

    if cuda_available():
        return "cuda"
    if name == "cuda":
        fail("--device cuda: no CUDA device was found; use --device cpu")
    return "cpu"


# ---- reading


@main.command("list")
@click.option("--paper", help="only this paper")
@click.option("--topic", help="only this topic")
@click.option("--verdict", help="only claims with this verdict in the last results")
def list_(paper: str | None, topic: str | None, verdict: str | None) -> None:
    """The claims of the shipped papers, one line each."""
    from .listing import lines

    listed, results = list(lines(PAPERS)), last_results(required=verdict is not None)
    known = {r["id"]: r["verdict"] for r in results["claims"]} if results else {}
    width = max(len(c.id) for c in listed)
    for claim in listed:
        if paper not in (None, claim.paper) or topic not in (None, claim.topic):
            continue
        found = known.get(claim.id, "-")
        if verdict in (None, found):
            click.echo(f"{claim.id:<{width}}  {found:<11} {claim.where[:20]:<20}  {claim.text}")


def last_results(required: bool = False, folder: Path | None = None) -> dict[str, Any] | None:
    """The newest results: the given folder, reports/latest, else reports/published here or beside the program."""
    from .store import StoreError, read_results

    places = [folder] if folder else [LATEST, PUBLISHED, PAPERS.parent.parent / PUBLISHED]
    for place in places:
        if (place / "results.json").exists():
            try:
                return read_results(place)
            except StoreError as error:
                fail(str(error))
    if required:
        fail("there are no results yet: run 'verify run' first")
    return None


@main.command()
@click.argument("claim_id")
@click.option("--replay", is_flag=True, help="certify the stored witness again")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="folder of the results")
def show(claim_id: str, replay: bool, out: Path | None) -> None:
    """One claim: text, formula, derivation, evidence, witness."""
    results = last_results(folder=out)
    book = book_of(results)
    if claim_id not in book.by_id:
        from .formula.errors import did_you_mean

        fail(f"there is no claim {claim_id!r}{did_you_mean(claim_id, book.by_id)}; 'verify list' names them all")
    result = next((r for r in results["claims"] if r["id"] == claim_id), None) if results else None
    from .show import describe, replay_witness

    if replay:
        if result is None:
            fail(f"no results for {claim_id} yet: run 'verify run {claim_id}' first")
        stands, text = replay_witness(book.by_id[claim_id], result)
        click.echo(text)
        sys.exit(0 if stands else 1)
    for line in describe(book.by_id[claim_id], result):
        click.echo(line)


def book_of(results: dict[str, Any] | None) -> Any:
    """The claim files that the results came from, with the shipped papers."""
    from .claimfile import ClaimFileErrors, read

    book = shipped()
    sources = [Path(s) for s in (results or {}).get("provenance", {}).get("sources", [])]
    own = [s for s in sources if s.exists() and PAPERS not in s.resolve().parents]
    if own:
        from dataclasses import replace

        try:
            book = replace(book, by_id={**book.by_id, **read(own).by_id})
        except ClaimFileErrors as errors:
            click.echo(f"the claim files of these results no longer read: {errors.messages[0]}", err=True)
    return book


# ---- auditing


@main.command()
@click.argument("selectors", nargs=-1)
@common
def run(selectors: tuple[str, ...], **options: Any) -> None:
    """Audit the shipped papers and write the reports."""
    audit_book(select(shipped(), selectors), paper_folders(), strict=False, **options)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@common
def audit(paths: tuple[Path, ...], **options: Any) -> None:
    """Audit a user's claim files or folders."""
    audit_book(read_claims(paths), paths, strict=True, **options)


def audit_book(book: Any, sources: Sequence[Path], *, strict: bool, profile: str, device: str, seed: int,
               jobs: int | None, out: Path, as_json: bool, resume: bool) -> None:  # fmt: skip
    """Run, write, report, and exit with the status of the contract."""
    from .progress import Progress
    from .session import exit_status, run_book

    chosen = Options(profile, seed, device_of(device))
    prepare(out)
    try:
        with Progress(len(book.claims), quiet=as_json) as bar:
            done = run_book(book, chosen, out, jobs=jobs or os.cpu_count() or 1, resume=resume, sources=sources,
                            tell=bar.tell)  # fmt: skip
    except KeyboardInterrupt:
        click.echo("\ninterrupted; what was finished is kept: the same command with --resume goes on", err=True)
        sys.exit(INTERRUPTED)
    results = read_back(out)
    if as_json:
        click.echo(json.dumps(results, indent=1, allow_nan=False))
    render_reports(book, results, out, quiet=as_json)
    sys.exit(exit_status(list(done.results.values()), strict=strict))


def prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"--out {out}: {error.strerror}; name a folder that can be written")


def read_back(out: Path) -> dict[str, Any]:
    from .store import read_results

    return read_results(out)


def render_reports(book: Any, results: dict[str, Any], out: Path, *, quiet: bool) -> None:
    from .report import render

    def tell(note: str) -> None:
        if not quiet:
            click.echo(note, err=True)

    written = render(results, book.claims, out, derivations_of(book), book.papers, tell=tell)
    if not quiet:
        from .report.summary import print_summary

        print_summary(results, book.claims)
        click.echo("written: " + ", ".join(str(p) for p in [out / "results.json", *written]), err=True)


def derivations_of(book: Any) -> Sequence[Any]:
    """The derivations that belong to the book's claims."""
    from derivations.library import all_derivations

    ids = {c.id for c in book.claims}
    return [d for d in all_derivations() if not d.claims or ids & set(d.claims)]


@main.command()
@click.argument("selectors", nargs=-1)
@common
def mutate(selectors: tuple[str, ...], **options: Any) -> None:
    """Plant false variants in every statement and count how many are caught."""
    from .mutate import mutate_book

    book = select(shipped(), selectors)
    out = options["out"]
    prepare(out)
    chosen = Options(options["profile"], options["seed"], device_of(options["device"]))
    try:
        tally = mutate_book(book, chosen, jobs=options["jobs"] or os.cpu_count() or 1, quiet=options["as_json"])
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    from .store import write_atomically

    write_atomically(out / "mutants.json", json.dumps(tally, indent=1))
    if options["as_json"]:
        click.echo(json.dumps(tally, indent=1))
    else:
        click.echo(f"planted {tally['planted']}, caught {tally['caught']}, equivalent {tally['equivalent']}, "
                   f"survivors {len(tally['survivors'])}")  # fmt: skip
        for s in tally["survivors"]:
            click.echo(f"  {s['id']}: {s['change']}: {s['formula']}")
    sys.exit(1 if tally["survivors"] else 0)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=LATEST, help="folder of the results")
@click.option("--publish", is_flag=True, help="copy the last results to reports/published")
def report(out: Path, publish: bool) -> None:
    """Render the reports again from the last results."""
    results = last_results(required=True, folder=out if (out / "results.json").exists() else None)
    assert results is not None
    book = book_of(results)
    from dataclasses import replace

    known = {r["id"] for r in results["claims"]}
    book = replace(book, claims=tuple(c for c in book.by_id.values() if c.id in known))
    render_reports(book, results, out, quiet=False)
    if publish:
        PUBLISHED.mkdir(parents=True, exist_ok=True)
        for path in out.iterdir():
            if path.is_file():
                shutil.copy2(path, PUBLISHED / path.name)
        click.echo(f"published in {PUBLISHED}", err=True)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="results on standard output, nothing else there")
def bench(names: tuple[str, ...], as_json: bool) -> None:
    """The benchmarks, each with its peer in the same run."""
    from .bench import all_benchmarks, run_benchmark

    known = all_benchmarks()
    unknown = [n for n in names if n not in known]
    if unknown:
        from .formula.errors import did_you_mean

        fail(f"no benchmark {unknown[0]!r}{did_you_mean(unknown[0], known)}; there are: {', '.join(sorted(known))}")
    rows = []
    for name in names or sorted(known):
        rows.append(run_benchmark(name, known[name]))
        if not as_json:
            r = rows[-1]
            click.echo(f"{r['name']}: ours {r['ours']:.4g} {r['unit']}, {r['peer_name']} {r['peer']:.4g} {r['unit']}, "
                       f"ratio {r['ratio']:.1f}")  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, indent=1, allow_nan=False))


if __name__ == "__main__":
    main()
