"""Page order: where in its paper a claim stands, read from the words in which it says so.

A paper with an outline (`outline.toml` in its folder: sections with the equations, lemmas and figures in each) is shown
in page order, section by section. Claims of any other paper stay in the order of their files, under the sections
that they name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ..listing import PAPERS

_SECTION = re.compile(r"\bSec(?:tion|s)?\.? ([0-9A-Z]+(?:\.[0-9A-Z]+)*)")
_ITEM = re.compile(r"(Eqs?\. \(\d+\)|(?:Lemma|Theorem|Proposition|Corollary) \d+|Fig\. \d+|Abstract)")
_PART = re.compile(r"(?:item |\((?=\d\)))(\d+)")
_LAST = re.compile(r", (?:summary|end|last paragraph|remarks)\b")
_BEFORE, _AT, _AFTER = range(3)
_LATE = 1000  # behind the numbered parts


@dataclass(frozen=True)
class Section:
    """A section of a paper, and what stands in it in page order."""

    number: str
    title: str = ""
    items: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``5.1 Linearization``."""
        return f"{self.number} {self.title}".strip()

    @property
    def chapter(self) -> str:
        """The number of the section of the first level: ``12`` of ``12.3.1``."""
        return self.number.split(".", 1)[0]


@dataclass(frozen=True, order=True)
class Place:
    """Where a claim stands: index of its section, index of the item it names there, before, at or behind it."""

    section: int
    item: int = -1
    side: int = _AFTER
    number: int = 0  # of the part of a theorem


ELSEWHERE = Section("", "")


@cache
def outline(paper: str) -> tuple[Section, ...]:
    """The sections of a paper; none where there is no outline of it."""
    file = PAPERS / paper / "outline.toml"
    if not re.fullmatch(r"[\w-]+", paper) or not file.is_file():
        return ()
    listed = tomllib.loads(file.read_text(encoding="utf-8"))["section"]
    return tuple(Section(s["number"], s["title"], tuple(s.get("items", ()))) for s in listed)


def placed(paper: str, wheres: Sequence[str]) -> list[tuple[Section, Place]]:
    """Section and place of each claim of a paper, given where each says that it stands, in the order of the files.

    A claim that names a section alone stands behind the item that the claim before it named there.
    """
    sections = outline(paper)
    if not sections:
        return list(_as_named(wheres))
    found: list[tuple[Section, Place]] = []
    last: dict[int, Place] = {}
    for where in wheres:
        place = _place(where, sections)
        if place.item < 0:
            place = Place(place.section, last.get(place.section, place).item, number=_LATE)
        elif place.section < len(sections) and place.item < len(sections[place.section].items):
            last[place.section] = place
        found.append((sections[place.section] if place.section < len(sections) else ELSEWHERE, place))
    return found


def _as_named(wheres: Iterable[str]) -> Iterable[tuple[Section, Place]]:
    """Sections in the order in which they are named first."""
    order: dict[str, int] = {}
    for where in wheres:
        match = _SECTION.search(where)
        number = match[1] if match else ""
        yield Section(number, ""), Place(order.setdefault(number, len(order)))


def _place(where: str, sections: Sequence[Section]) -> Place:
    first = where.split(";")[0]
    section = _named(first, sections)
    for match in _ITEM.finditer(first):
        item = match[1].replace("Eqs.", "Eq.")
        for index, candidate in enumerate(sections):
            if item in candidate.items and (section is None or section == index or _outer(sections, section, index)):
                part = _PART.search(first[match.end() :])
                return Place(
                    index, candidate.items.index(item), _side(first[: match.start()]), int(part[1]) if part else 0
                )
    if section is None:
        return Place(len(sections))
    return Place(section, len(sections[section].items) if _LAST.search(first) else -1)


def _outer(sections: Sequence[Section], outer: int, inner: int) -> bool:
    """Whether one section holds another."""
    return sections[inner].number.startswith(sections[outer].number + ".")


def _side(words: str) -> int:
    if re.search(r"\bbefore\s*$", words):
        return _BEFORE
    return _AFTER if re.search(r"\b(after|around)\s*$", words) else _AT


def _named(where: str, sections: Sequence[Section]) -> int | None:
    """The section that the words name, or the one that holds it: ``Sec. B.4`` is ``3.B.4``."""
    match = _SECTION.search(where)
    number = match[1] if match else ""
    numbers = [s.number for s in sections]
    while number:
        for index, known in enumerate(numbers):
            if known == number or (number[0].isalpha() and known.endswith("." + number)):
                return index
        number = number.rpartition(".")[0]
    return None
