"""The summary for the terminal: one screen of 80 columns and 24 lines, whatever the size of the audit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.text import Text

from ..claim import Claim, Paper
from . import plain
from .entries import Entry
from .model import Report, build, by_verdict
from .verdicts import look

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
WIDTH, LINES = 80, 22  # of 24 lines: one for the command, one for the prompt
_MOST_PAPERS = 4
_MOST_ALARMS = 4


def print_summary(
    results: Mapping[str, Any],
    claims: Sequence[Claim],
    console: Console | None = None,
    papers: Sequence[Paper] = (),
    footer: str = "",
    place: str = "",
) -> None:
    """Print the summary.

    Args:
        console: of rich; by default one for standard output.
        footer: a last line, such as where the report lies.
        place: the folder of the results, for the commands that are named; '' for the usual one.
    """
    console = console or Console(highlight=False)
    command = f"verify list --out {place}" if place else "verify list"
    console.print(summary(build(results, claims, papers=papers), footer, min(console.width, 100), command))


def summary(report: Report, footer: str = "", width: int = WIDTH, command: str = "verify list") -> Group:
    """The summary as something that rich prints. All text is plain: no formula is read as markup."""
    top = [_title(report, width), Text(), *_alarms(report, width, command), *_table(report, width), Text()]
    bottom = [_cut(Text(footer, "dim"), width)] if footer else []
    left = LINES - len(top) - len(bottom)
    wrong = _wrong(report, width, left, command)
    return Group(*top, *wrong, *_unsettled(report, width, left - len(wrong)), *bottom)


def _title(report: Report, width: int) -> Text:
    provenance = report.provenance
    said = [plain.count(len(report.entries), "claim"), plain.count(report.instances, "network") + " tried"]
    said += [f"{name} {provenance[name]}" for name in ("profile", "seed") if name in provenance]
    said += [str(provenance[name]) for name in ("device",) if name in provenance]
    return _cut(Text("Audit: ", "bold").append(", ".join(said), "not bold"), width)


def _alarms(report: Report, width: int, command: str) -> list[Text]:
    """Conflicts and failures, before anything else."""
    found, lines = report.alarms, []
    for entry in found[:_MOST_ALARMS]:
        word = " ".join(a.upper() for a in entry.alarms) or "FAILED"
        line = Text(f" {word} ", look("failed").terminal).append(f" {entry.id}  ", "bold")
        lines.append(_cut(line.append(entry.reason or entry.text, "not bold"), width))
    if len(found) > _MOST_ALARMS:
        more = f" and {len(found) - _MOST_ALARMS} more: {command} --verdict failed"
        lines.append(Text(more, look("failed").terminal))
    return [*lines, Text()] if lines else []


def _table(report: Report, width: int) -> list[Text]:
    """A line for each verdict that occurs, a column for each paper, and a bar."""
    papers = report.papers[:_MOST_PAPERS] if len(report.papers) > 1 else ()
    columns = [by_verdict(report.of_paper(paper.key)) for paper in papers]
    names = [plain.shorten(paper.key, 10) for paper in papers]
    head = Text(" " * 16 + "   all" + "".join(f"{name:>12}" for name in names), "dim")
    length = max(width - len(head) - 2, 0)
    most = max(report.counts.values(), default=1)
    lines = [head] if papers else []
    for verdict, number in report.counts.items():
        seen = look(verdict)
        line = Text(f"  {seen.sign} {plain.shorten(verdict, 12):<12}", seen.terminal)
        line.append(f"{number:>6}" + "".join(f"{c.get(verdict) or '·':>12}" for c in columns), "not bold")
        bar = max(round(number / most * length), 1) if length > 3 else 0
        lines.append(_cut(line.append("  ").append("━" * bar, seen.terminal.split(" on ")[0]), width))
    return lines


def _wrong(report: Report, width: int, room: int, command: str) -> list[Text]:
    """What is wrong as printed, the worst first, in as many lines as there are."""
    if not report.wrong or room < 2:
        return []
    widest = min(max(len(e.id) for e in report.wrong[:room]), 30)
    long = [_told(e, width, widest) for e in report.wrong]
    fits = sum(map(len, long)) < room
    told = long if fits else [lines[:1] for lines in long]
    shown = told if len(told) < room else told[: room - 2]
    lines = [Text("Wrong as printed", "bold"), *(line for lines in shown for line in lines)]
    if len(shown) < len(told):
        more = len(told) - len(shown)
        lines.append(Text(f"  and {more} more: {command} --verdict corrected (conditional, refuted)", "dim"))
    return lines


def _unsettled(report: Report, width: int, room: int) -> list[Text]:
    """What is empty or open, and why, where all of it fits."""
    found = [e for e in report.entries if e.verdict in ("vacuous", "open")]
    if not found or len(found) + 2 > room:
        return []
    widest = min(max(len(e.id) for e in found), 30)
    lines = [*([Text()] if report.wrong else []), Text("Neither right nor wrong", "bold")]
    for entry in found:
        reason = next((s.message for s in entry.statements if s.message), entry.open or entry.text)
        lines.append(_cut(_headed(entry, widest).append(reason, "not bold dim"), width))
    return lines


def _headed(entry: Entry, widest: int) -> Text:
    """The beginning of a line about a claim."""
    seen = look(entry.verdict)
    line = Text(f"  {seen.sign} {entry.verdict:<12}", seen.terminal)
    return line.append(f"{plain.shorten(entry.id, 30):<{widest}}  ", "not bold")


def _told(entry: Entry, width: int, widest: int) -> list[Text]:
    """A claim that is wrong: what is wrong; where nobody says so, the formula and what the counterexample shows."""
    line = _headed(entry, widest).append(entry.defect or entry.text, "not bold dim")
    if entry.amended or entry.defect or not (entry.headline and entry.against):
        return [_cut(line, width)]
    more = (Text(f"{'':16}{text}", "dim") for text in (entry.headline.formula, entry.against))
    return [_cut(text, width) for text in (line, *more)]


def _cut(text: Text, width: int) -> Text:
    """One line that fits, whatever the text holds: what would steer the terminal is a space."""
    text.plain = _CONTROL.sub(" ", text.plain)
    text.no_wrap = True
    text.truncate(width, overflow="ellipsis")
    return text
