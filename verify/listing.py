"""The shipped claims by id, read without validation or formulas, so that `verify list` starts at once.

The files are validated by the test suite and by every run.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """What a line of the list shows."""

    id: str
    topic: str
    where: str
    text: str

    @property
    def paper(self) -> str:
        return self.id.split("/", 1)[0]


def lines(papers: Path) -> Iterator[Line]:
    """Every claim of every paper folder, in page order."""
    for folder in sorted(p.parent for p in papers.glob("*/paper.toml")):
        key = tomllib.loads((folder / "paper.toml").read_text(encoding="utf-8"))["paper"]["key"]
        for file in sorted(folder.glob("*.claims.toml"), key=page_order):
            for claim in tomllib.loads(file.read_text(encoding="utf-8")).get("claim", ()):
                yield Line(f"{key}/{claim['id']}", claim.get("topic", ""), claim.get("where", ""), claim["text"])


def shown(listed: Sequence[Line], verdicts: Mapping[str, str]) -> str:
    """A line a claim: id, verdict so far, place, text."""
    width = max((len(c.id) for c in listed), default=0)
    rows = ((c.id, verdicts.get(c.id, "-"), c.where[:20], " ".join(c.text.split())) for c in listed)
    return "\n".join(f"{i:<{width}}  {verdict:<11}  {where:<20}  {text}" for i, verdict, where, text in rows)


def page_order(path: Path) -> list[tuple[int, str]]:
    """Sorts the files of a paper: section 2 before section 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]
