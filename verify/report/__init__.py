"""Reports of an audit: a page, a book, a graph and a summary for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..claim import Claim, Paper
from ..store import write_atomically
from . import graph, html
from .model import build

__all__ = ["render"]


def render(
    results: Mapping[str, Any],
    claims: Sequence[Claim],
    folder: Path | str,
    derivations: Sequence[Any] = (),
    papers: Sequence[Paper] = (),
) -> list[Path]:
    """Write every report into the folder and say which files were written."""
    folder = Path(folder)
    report = build(results, claims, derivations, papers)
    drawing, note = graph.draw(report)
    written = {html.NAME: html.render_html(report, drawing, note)}
    if drawing:
        written[graph.NAME] = drawing
    for name, text in written.items():
        write_atomically(folder / name, text)
    return [folder / name for name in written]
