"""The graph of claims: who rests on whom, drawn by graphviz where it is installed."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace
from typing import Any

from .entries import Entry
from .model import Report
from .verdicts import look

NAME = "claims-graph.svg"
MISSING = "For a drawing of this graph install graphviz (Debian: apt-get install graphviz)."
NO_USES = "No claim uses another."
SECONDS = 60


def draw(report: Report) -> tuple[str, str]:
    """The graph as SVG and "", or "" and one sentence that says why there is none.

    Arrows that follow from others are left out: if b uses a, and c uses both, a is two arrows below c.
    """
    if not any(e.uses for e in report.entries):
        return "", NO_USES
    if shutil.which("dot") is None:
        return "", MISSING
    try:
        return _drawn(report), ""
    except (OSError, subprocess.SubprocessError) as error:
        return "", f"graphviz could not draw the graph ({type(error).__name__})."


def by_paper(report: Report, whole: str) -> list[tuple[str, str]]:
    """Title and graph of each paper that has one, given the whole graph; papers that use each other stay together."""
    alone = {paper.key: replace(report, entries=report.of_paper(paper.key), papers=(paper,)) for paper in report.papers}
    if not whole or len(alone) == 1 or _across(report):
        return [("", whole)] if whole else []
    titles = {paper.key: paper.title for paper in report.papers}
    try:
        return [(titles[key], _drawn(part)) for key, part in alone.items() if any(e.uses for e in part.entries)]
    except (OSError, subprocess.SubprocessError):
        return [("", whole)]


def _across(report: Report) -> bool:
    """Whether a claim uses one of another paper."""
    return any(used.split("/", 1)[0] != e.paper for e in report.entries for used in e.uses if report.entry(used))


def _drawn(report: Report) -> str:
    options: dict[str, Any] = {"capture_output": True, "encoding": "utf-8", "timeout": SECONDS, "check": True}
    text = dot(report)
    if shutil.which("tred"):  # comes with graphviz
        text = subprocess.run(["tred"], input=text, **options).stdout
    return _strip(subprocess.run(["dot", "-Tsvg"], input=text, **options).stdout)


def dot(report: Report) -> str:
    """The graph in graphviz's language; claims without connections are left out."""
    shown = [e for e in report.entries if e.uses or e.used_by]
    lines = [
        "digraph claims {",
        'rankdir=LR; ranksep=0.45; nodesep=0.12; bgcolor="transparent"; fontname="Helvetica";',
        'node [shape=box, style="rounded,filled", fillcolor="#ffffff", penwidth=1.3];',
        'node [fontname="Helvetica", fontsize=11, height=0.3, margin="0.12,0.05"];',
        'edge [arrowsize=0.6, color="#8a929d"];',
    ]
    several = len(report.papers) > 1
    lines += [_node(entry, several) for entry in shown]
    names = {e.id for e in shown}
    lines += [f"{_quote(used)} -> {_quote(e.id)};" for e in shown for used in e.uses if used in names]
    return "\n".join([*lines, "}"]) + "\n"


def _node(entry: Entry, several: bool) -> str:
    seen = look(entry.verdict)
    label = f"{seen.sign} {entry.id if several else entry.name}"
    tip = f"{seen.word}: {entry.text}"
    return (
        f"{_quote(entry.id)} [label={_quote(label)}, tooltip={_quote(tip)}, URL={_quote('#' + entry.anchor)}, "
        f'id={_quote("node-" + entry.anchor)}, color="{seen.light}", fontcolor="{seen.light}"];'
    )


def _quote(text: str) -> str:
    r"""A quoted string of graphviz's language. It reads HTML entities and escapes such as ``\N`` in labels."""
    escaped = html.escape(text, quote=False).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f]+", " ", escaped) + '"'


def _strip(svg: str) -> str:
    """The element alone: a page has no place for a prologue, and the version of graphviz does not belong in it."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<!--.*?-->\n?", "", element, flags=re.DOTALL)
    return re.sub(r' id="(?:graph|edge|a_)[^"]*"', "", element)  # a page may hold several drawings
