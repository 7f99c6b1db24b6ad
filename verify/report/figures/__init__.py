"""Figures of a report: numbers computed once and kept beside the results, drawings made from them at any time.

The numbers lie in `figures.json`, so that a report is drawn again without computing anything. matplotlib is imported
when something is drawn, not before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...runs.store import FIGURES, code_digest, plain, write_atomically
from ..strips import Strip, strip
from .catalogue import Drawing, announced

if TYPE_CHECKING:
    from ...claim import Claim
    from ..model import Report

SCHEMA = 1
OVERVIEW = "overview"
SERIES = "series"
_WHOLE = 0.9
Mode = Literal["none", "stored", "fresh"]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Picture:
    """A figure, drawn.

    Attributes:
        svg: one element, for the page; its letters are paths.
        pdf: for the book.
    """

    name: str
    number: int
    title: str
    caption: str
    alt: str
    claims: tuple[str, ...]
    svg: str
    pdf: bytes

    @property
    def file(self) -> str:
        """The name of its PDF beside the book."""
        return f"figure-{self.name}.pdf"


def pictures(report: Report, folder: Path, mode: Mode, tell: Tell) -> tuple[Picture, ...]:
    """The figures of a report.

    Args:
        mode: "none"; "stored" draws what there are numbers of; "fresh" also computes what is missing, or is of
            another version of the program.
    """
    whole = whole_papers({e.id for e in report.entries}) & {p.key for p in report.papers}
    wanted = [d for d in announced() if d.paper in whole]
    if mode == "none" or not wanted:
        return ()
    data = numbers(folder, {d.name: d.compute for d in wanted}, fresh=mode == "fresh", tell=tell)
    chosen = [d for d in wanted if d.name in data]
    return tuple(_drawn(report, chosen, data, tell)) if chosen else ()


def plots(report: Report, claims: Sequence[Claim], folder: Path, mode: Mode, tell: Tell) -> dict[str, Strip]:
    """The small plots beside claims about trajectories, by claim id; for papers that were audited as a whole."""
    whole = whole_papers({e.id for e in report.entries}) if mode != "none" else set()
    mine = [c for c in claims if c.paper in whole]
    if not mine:
        return {}

    def compute() -> Any:
        from .series import series

        return series(mine)

    found = numbers(folder, {SERIES: compute}, fresh=mode == "fresh", tell=tell).get(SERIES, {})
    made = {}
    for claim, data in found.items():
        if report.entry(claim):
            with suppress(ArithmeticError, KeyError, TypeError, ValueError):  # of another version: a plot less
                made[claim] = strip(data)
    return made


def whole_papers(ids: Collection[str]) -> set[str]:
    """The shipped papers of which all claims are among these, but for a few that were written since."""
    from ...listing import PAPERS, lines

    owed: dict[str, set[str]] = {}
    for line in lines(PAPERS):
        owed.setdefault(line.paper, set()).add(line.id)
    return {paper for paper, claims in owed.items() if len(claims & set(ids)) >= _WHOLE * len(claims)}


# ---- numbers


def numbers(folder: Path, wanted: Mapping[str, Callable[[], Any]], *, fresh: bool, tell: Tell) -> dict[str, Any]:
    """The wanted data by name; what cannot be had is missing, and a sentence says so.

    Args:
        wanted: what computes each.
        fresh: whether to compute what is missing or of another version of the program.
    """
    kept = _read(folder / FIGURES)
    data = dict(kept.get("data", {}))
    if not fresh:
        return data
    if kept.get("code") != code_digest():
        data = {}
    missing = {name: compute for name, compute in wanted.items() if name not in data}
    if missing:
        data |= _computed(missing, tell)
        text = json.dumps({"schema": SCHEMA, "code": code_digest(), "data": data}, allow_nan=False, sort_keys=True)
        write_atomically(folder / FIGURES, text + "\n")
    return data


def _computed(missing: Mapping[str, Callable[[], Any]], tell: Tell) -> dict[str, Any]:
    from threadpoolctl import threadpool_limits

    data = {}
    with threadpool_limits(1):  # sums in one order, whatever the machine
        for name, compute in missing.items():
            try:
                data[name] = plain(compute())
            except Exception as error:  # a figure less is no reason to lose the reports
                tell(f"figure '{name}' could not be computed: {' '.join(str(error).split())}")
    return data


def _read(path: Path) -> Mapping[str, Any]:
    """What is kept, or nothing where it cannot be used."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    good = isinstance(kept, dict) and kept.get("schema") == SCHEMA and isinstance(kept.get("data"), dict)
    return kept if good else {}


# ---- drawings


def _drawn(report: Report, chosen: Sequence[Drawing], data: Mapping[str, Any], tell: Tell) -> Iterator[Picture]:
    from . import drawings, style

    with style.styled():
        made = [_overview(report)]
        for drawing in chosen:
            try:
                figure = getattr(drawings, drawing.draw)(data[drawing.name])
                made.append((drawing, style.as_svg(figure, f"figure-{drawing.name}"), style.as_pdf(figure)))
            except Exception as error:
                tell(f"figure '{drawing.name}' could not be drawn: {' '.join(str(error).split())}")
    for number, (drawing, svg, pdf) in enumerate(made, 1):
        claims = tuple(c for c in drawing.claims if report.entry(c))
        yield Picture(drawing.name, number, drawing.title, drawing.caption, drawing.alt, claims, svg, pdf)


def _overview(report: Report) -> tuple[Drawing, str, bytes]:
    """The verdicts by section of each paper, from the report itself."""
    from . import drawings, style

    papers = []
    for paper in report.papers:
        rows = [{"name": name, "counts": counts} for name, counts in report.verdicts_by_chapter(paper.key).items()]
        papers.append({"name": paper.title, "rows": rows})
    figure = drawings.overview({"papers": papers})
    total = ", ".join(f"{n} {v}" for v, n in report.counts.items())
    drawing = Drawing(
        OVERVIEW,
        "Verdicts, section by section",
        "",
        (),
        "Claims by the section in which they stand and by verdict. Claims that a section repeats are counted where "
        "they stand first.",
        f"Stacked bars of claims by verdict for each section of each paper; in all {total}.",
        dict,
        "overview",
    )
    return drawing, style.as_svg(figure, f"figure-{OVERVIEW}"), style.as_pdf(figure)


__all__ = ["Mode", "Picture", "numbers", "pictures", "plots", "whole_papers"]
