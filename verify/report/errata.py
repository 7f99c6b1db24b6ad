"""The errata sheet of a paper: what is wrong as printed, in page order, made to be sent to its authors.

Each entry says where, as printed, as it should be, and how we know.
"""

from __future__ import annotations

from dataclasses import replace

from .html import standalone
from .model import Report

TEMPLATE = "errata.html.j2"


def name_of(paper: str) -> str:
    """The file of a paper's sheet."""
    return f"errata-{paper}.html"


def render_errata(report: Report) -> dict[str, str | None]:
    """The sheet of each paper by its file name; None where nothing is wrong as printed."""
    return {name_of(paper.key): _sheet(report, paper.key) for paper in report.papers}


def _sheet(report: Report, key: str) -> str | None:
    wrong = tuple(e for e in report.wrong_in_page_order if e.paper == key)
    if not wrong:
        return None
    paper = next(p for p in report.papers if p.key == key)
    alone = replace(report, entries=report.of_paper(key), papers=(paper,))
    return standalone(TEMPLATE, alone, paper=paper, wrong=wrong)
