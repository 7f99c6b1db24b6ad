"""Reports of an audit: a page, a book, a graph and a summary for the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..claim import Claim, Paper
    from .figures import Mode

__all__ = ["render"]


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def render(
    results: Mapping[str, Any],
    claims: Sequence[Claim],
    folder: Path | str,
    derivations: Sequence[Any] = (),
    papers: Sequence[Paper] = (),
    *,
    pdf: bool = True,
    pictures: Mode = "stored",
    tell: Callable[[str], None] = _tell,
) -> list[Path]:
    """Write every report into the folder.

    Args:
        results: what `store.read_results` returns.
        claims: in the order in which they are to be shown; those without a result are left out.
        derivations: objects with `title`, `topic`, `claims`, `story` and `steps`, each step with `latex`,
            `reason`, `uses` and `check`.
        papers: for titles and citations.
        pdf: whether to set the book, which takes LaTeX and some seconds.
        pictures: "none", "stored" (those of which there are numbers in the folder) or "fresh" (computed where they
            are missing); only papers that were audited as a whole have any.
        tell: is called with a sentence for each report that could not be made, and what to install.

    Returns:
        The files that were written. One that could not be made is removed, lest an old one pass for new.
    """
    from . import book, errata, figures, graph, html
    from .model import build

    report = build(results, claims, derivations, papers)
    drawing, note = graph.draw(report)
    drawn = figures.pictures(report, Path(folder), pictures, tell)
    plots = figures.plots(report, claims, Path(folder), pictures, tell)
    page = html.render_html(report, graph.by_paper(report, drawing), note, drawn, plots)
    source = book.render_tex(report, drawn, plots)
    made: dict[str, str | bytes | None] = {html.NAME: page, book.NAME: source, graph.NAME: drawing or None}
    made |= errata.render_errata(report)
    made |= {book.PDF: None} | {p.file: p.pdf for p in drawn}
    notes = [note if note != graph.NO_USES else ""]
    if pdf:
        made[book.PDF], note = book.compile_pdf(source, {p.file: p.pdf for p in drawn})
        notes.append(note)
    for sentence in filter(None, notes):
        tell(sentence)
    return _write(Path(folder), made)


def _write(folder: Path, made: Mapping[str, str | bytes | None]) -> list[Path]:
    from ..runs.store import write_atomically

    for stale in {p.name for p in folder.glob("figure-*.pdf")} - made.keys():
        (folder / stale).unlink()
    for name, content in made.items():
        if content is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write_atomically(folder / name, content)
    return [folder / name for name, content in made.items() if content is not None]
