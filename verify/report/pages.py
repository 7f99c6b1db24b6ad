"""The order of a report: each paper in page order, in parts that are its sections, or topics where none are named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .outline import Section, outline, placed

if TYPE_CHECKING:
    from .entries import Entry

_MOST_ROWS = 16  # of an overview of one paper
_MEAN = re.compile(r"\\frac\s*\{?[12]\}?\s*\{?N\b")
MAIN = ("theorem", "lemma", "proposition", "corollary")


@dataclass(frozen=True)
class Part:
    """Claims that stand together in a paper.

    Attributes:
        name: the section's number and title, a topic, or "" where there is nothing to tell.
        chapter: whether it begins a section of the first level.
    """

    name: str
    entries: tuple[Entry, ...]
    chapter: bool = True


def in_page_order(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Paper by paper as they come, each in page order, every entry knowing its section."""
    found: list[Entry] = []
    for paper in dict.fromkeys(e.paper for e in entries):
        mine = [e for e in entries if e.paper == paper]
        places = placed(paper, [e.where for e in mine])
        order = sorted(range(len(mine)), key=lambda i: places[i][1])
        found += [replace(mine[i], section=places[i][0]) for i in order]
    return tuple(found)


def parts(entries: Sequence[Entry], title) -> tuple[Part, ...]:
    """One paper's claims in page order, section by section; by topic where no section is named.

    Args:
        title: of a topic.
    """
    if not any(e.section.number for e in entries):
        topics = dict.fromkeys(e.topic for e in entries)
        alone = len(topics) == 1
        return tuple(Part("" if alone else title(t), tuple(e for e in entries if e.topic == t)) for t in topics)
    found: list[Part] = []
    for section in dict.fromkeys(e.section for e in entries):
        mine = tuple(e for e in entries if e.section == section)
        found.append(Part(_name(section), mine, section.number == section.chapter))
    return tuple(found)


@dataclass(frozen=True)
class Group:
    """Claims that are wrong as printed, of one kind; `pairs` if each is shown beside what is true."""

    name: str
    entries: tuple[Entry, ...]
    pairs: bool = False


def wrong_by_kind(entries: Sequence[Entry]) -> tuple[Group, ...]:
    """Theorems first, then equations that have a correction, then the rest."""
    main = tuple(e for e in entries if e.kind in MAIN)
    equations = tuple(e for e in entries if e.kind == "equation" and e.amended)
    rest = tuple(e for e in entries if e not in main and e not in equations)
    groups = (
        Group("Theorems, lemmas and propositions", main),
        Group("Equations", equations, True),
        Group("Other statements", rest),
    )
    return tuple(g for g in groups if g.entries)


def by_name(name: str) -> list[tuple[int, str]]:
    """Sorts names with numbers in them: ``eq9`` before ``eq10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]


def told_apart(derivations: Sequence[Any]) -> list[tuple[Any, str]]:
    """Derivations of one title, each with one of its own: losses are averaged in one and summed in the other."""
    if len(derivations) == 1:
        return [(derivations[0], str(derivations[0].title))]
    averaged = [any(_MEAN.search(step.latex) for step in d.steps) for d in derivations]
    words = ["mean over the examples" if mean else "sum over the examples" for mean in averaged]
    if len(set(words)) < len(words):
        words = [str(number) for number in range(1, len(words) + 1)]
    return [(d, f"{d.title} ({word})") for d, word in zip(derivations, words, strict=True)]


def _name(section: Section) -> str:
    if section.title:
        return section.name
    return f"Section {section.number}" if section.number else "Elsewhere"


def verdicts_by_chapter(paper: str, entries: Sequence[Entry], title) -> dict[str, dict[str, int]]:
    """Claims by verdict for each section of a paper; for each section of the first level where there are many."""
    found = parts(entries, title)
    if len(found) <= _MOST_ROWS:
        return {part.name or "all": _counts(part.entries) for part in found}
    names = {s.number: s.name for s in outline(paper)}
    chapters: dict[str, list[Entry]] = {}
    for entry in entries:
        number = entry.section.chapter
        chapters.setdefault(names.get(number) or _name(entry.section), []).append(entry)
    return {name: _counts(mine) for name, mine in chapters.items()}


def _counts(entries: Iterable[Entry]) -> dict[str, int]:
    return dict(Counter(e.verdict for e in entries))
