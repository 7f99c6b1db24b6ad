"""Which claims a command is about: the shipped papers, a user's files, and the results that lie ready.

Whatever is wrong with what the user named ends the program with one message a mistake and exit status 2.
"""

from __future__ import annotations

import fnmatch
import os
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from ..listing import PAPERS, paper_folders

LATEST, PUBLISHED = Path("reports/latest"), Path("reports/published")
BAD_INPUT = 2
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # orders to a terminal
FEW = 20  # names that a message lists


def fail(message: str) -> NoReturn:
    """A message on standard error, exit status 2."""
    click.echo(CONTROL.sub("?", message), err=True)
    sys.exit(BAD_INPUT)


def unknown(kind: str, names: Iterable[str], known: Collection[str], hint: str = "") -> None:
    """Fail with a message for each name that is not known."""
    strange = [n for n in names if n not in known]
    if not strange:
        return
    from ..formula.errors import did_you_mean

    wrong = [f"no {kind} {n!r}{did_you_mean(n, known)}{hint}" for n in strange]
    if len(known) <= FEW:
        wrong.append(f"there are: {', '.join(sorted(known))}")
    fail("\n".join(wrong))


# ---- claims


def read_claims(paths: Sequence[Path], *, shapes: bool = True) -> Any:
    """The book of the claim files, or exit with every mistake in them."""
    from ..claimfile import ClaimFileErrors, read

    try:
        book = read(list(paths), shapes=shapes)
    except ClaimFileErrors as errors:
        count = len(errors.messages)
        fail("\n".join([*errors.messages, f"{count} mistake{'s' * (count > 1)}; nothing was run."]))
    if not book.claims:
        fail(f"{', '.join(map(str, paths))}: no claims there; nothing was run.")
    return book


def shipped(*, shapes: bool = True) -> Any:
    """The papers that come with the program."""
    return read_claims(paper_folders(), shapes=shapes)


OWN_AUDITED = "'verify audit PATH' takes files of your own"
OWN_TAKEN = "or the path of a claim file or folder of your own"


def select(book: Any, selectors: Sequence[str], own: str = OWN_AUDITED) -> Any:
    """The claims whose paper, topic or id matches one of the selectors."""
    if not selectors:
        return book
    known = {name for c in book.claims for name in (c.paper, c.topic, c.id)}
    idle = [s for s in selectors if not any(matches(c, s) for c in book.claims)]
    if own == OWN_AUDITED and (files := [s for s in idle if os.path.exists(s)]):
        fail(f"claim files of your own are audited by: verify audit {' '.join(files)}")
    unknown("claim matches", idle, known, f" (a paper, a topic or a glob of ids of the shipped papers; {own})")
    return replace(book, claims=tuple(c for c in book.claims if any(matches(c, s) for s in selectors)))


def select_or_read(arguments: Sequence[str]) -> Any:
    """The shipped claims that arguments select and those of the claim files that they name; all shipped without any.

    A word that selects shipped claims does so also where a file has its name: write ./NAME for that.
    """
    book = shipped()
    names = [a for a in arguments if not any(matches(c, a) for c in book.claims) and os.path.exists(a)]
    if not names:
        return select(book, arguments, OWN_TAKEN)
    selectors = [a for a in arguments if a not in names]
    chosen = select(book, selectors, OWN_TAKEN).claims if selectors else ()
    own = read_claims([Path(a) for a in names])
    return replace(own, claims=(*chosen, *own.claims), papers=(*book.papers, *own.papers))


def matches(claim: Any, selector: str) -> bool:
    """Whether a selector means this claim."""
    return selector in (claim.paper, claim.topic) or fnmatch.fnmatchcase(claim.id, selector)


# ---- results


def last_results(folder: Path | None = None, required: bool = False) -> tuple[dict[str, Any] | None, Path]:
    """The newest results and where they lie: the given folder, else reports/latest, else reports/published here
    or beside the program."""
    from ..runs.store import RESULTS, StoreError, read_results

    places = [folder] if folder else [LATEST, PUBLISHED, PAPERS.parent.parent / PUBLISHED]
    for place in places:
        if (place / RESULTS).exists():
            try:
                return read_results(place), place
            except StoreError as error:
                fail(str(error))
    if required:
        fail(f"there are no results in {folder or 'reports'} yet: run 'verify run' first")
    return None, places[0]


def own_sources(place: Path) -> list[Path]:
    """The claim files and folders of a user's own that the results in a folder came from."""
    from ..runs.store import sources_of

    return [s for s in sources_of(place) if PAPERS not in s.parents and s != PAPERS]


def listed(results: dict[str, Any] | None, place: Path) -> list[Any]:
    """Lines of the shipped claims, then of a user's own that were audited last."""
    from ..listing import lines, own_lines

    own = {line.id: line for line in own_lines(own_sources(place) if results else [])}
    return [*(line for line in lines(PAPERS) if line.id not in own), *own.values()]


def replaced(folder: Path, ids: Collection[str]) -> str:
    """A line about results in a folder that a run over other claims replaces, and what brings them back, or ""."""
    from ..listing import lines
    from ..runs.store import RESULTS, StoreError, read_results

    try:
        held = {r["id"] for r in read_results(folder)["claims"]}
    except StoreError:  # there are none, or none that can be read
        return ""
    if held <= set(ids):
        return ""
    whole = not own_sources(folder) and held >= {c.id for c in lines(PAPERS)}
    again = "'verify run' brings" if whole else "the earlier command brings"
    return (
        f"{folder / RESULTS} held {_claims(len(held))} of an earlier run and from now on holds {_claims(len(ids))} "
        f"of this one; {again} them back, computing only what is not kept"
    )


def _claims(number: int) -> str:
    return f"{number} claim{'s' * (number != 1)}"


def book_of(results: dict[str, Any] | None, place: Path) -> Any:
    """The shipped papers and the claim files that the results came from, their shapes unchecked."""
    from ..claimfile import ClaimFileErrors, read

    book = shipped(shapes=False)
    own = own_sources(place) if results else []
    if not own:
        return book
    try:
        theirs = read(own, shapes=False)
    except ClaimFileErrors as errors:
        click.echo(f"the claim files of these results no longer read: {errors.messages[0]}", err=True)
        return book
    papers = {p.key: p for p in (*book.papers, *theirs.papers)}
    return replace(book, by_id={**book.by_id, **theirs.by_id}, papers=tuple(papers.values()))
