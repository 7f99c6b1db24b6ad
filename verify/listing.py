"""Claims by id, read without validation or formulas, so that `verify list` starts at once.

The shipped files are validated by the test suite and by every run, a user's own by the audit that they are listed for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUFFIX = ".claims.toml"
PAPER_FILE = "paper.toml"
LEAST_TEXT = 24  # columns; before the text gets fewer, the place and the topic are left out


@dataclass(frozen=True)
class Line:
    """What a line of the list shows; `file` is that of a user's own claim, "" for a shipped one."""

    id: str
    topic: str
    where: str
    text: str
    file: str = ""

    @property
    def paper(self) -> str:
        return self.id.split("/", 1)[0]


def lines(papers: Path) -> Iterator[Line]:
    """Every claim of every paper folder, in page order."""
    for folder in sorted(p.parent for p in papers.glob(f"*/{PAPER_FILE}")):
        key = _table(folder / PAPER_FILE)["paper"]["key"]
        for file in sorted(folder.glob(f"*{SUFFIX}"), key=page_order):
            for claim in _table(file).get("claim", ()):
                yield Line(f"{key}/{claim['id']}", claim.get("topic", ""), claim.get("where", ""), claim["text"])


def own_lines(sources: Iterable[Path]) -> Iterator[Line]:
    """The claims of a user's files and folders; what no longer reads is left out, for `verify audit` to tell."""
    for files, wanted in (volume for path in sources for volume in files_of(path)):
        tables = [(file, _table_if_any(file)) for file in files]
        key = next((t["paper"]["key"] for _, t in tables if _text_at(t.get("paper"), "key")), "?")
        for file, table in tables:
            claims = table.get("claim") if file.resolve() in wanted else ()
            for claim in claims if isinstance(claims, list) else ():
                if id_ := _text_at(claim, "id"):
                    topic, where, text = (_text_at(claim, name) for name in ("topic", "where", "text"))
                    yield Line(f"{key}/{id_}", topic, where, text, str(file))


def _table(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8-sig"))


def _table_if_any(file: Path) -> dict[str, Any]:
    try:
        return _table(file) if file.is_file() else {}
    except (OSError, ValueError, RecursionError):
        return {}


def _text_at(table: Any, key: str) -> str:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""


# ---- rows


def shown(listed: Sequence[Line], verdicts: Mapping[str, str], width: int | None = None) -> str:
    """A line a claim: id, verdict so far, topic, place, text; cut to a width where one is given."""
    columns = [
        [c.id for c in listed],
        [verdicts.get(c.id, "-") for c in listed],
        [c.topic for c in listed],
        [c.where[:20] for c in listed],
    ]
    wide = [max(map(len, column), default=0) for column in columns]
    while width and len(columns) > 2 and sum(wide) + 2 * len(wide) + LEAST_TEXT > width:
        columns.pop(), wide.pop()
    rows = zip(*columns, (c.text for c in listed), strict=True)
    made = ("  ".join([*(f"{p:<{w}}" for p, w in zip(row, wide, strict=False)), row[-1]]) for row in rows)
    return "\n".join(cut(row, width) for row in made)


def cut(row: str, width: int | None = None) -> str:
    """One line of letters that are printed, no longer than the width."""
    row = "".join(c if c.isprintable() else " " for c in row).rstrip()
    return row if not width or len(row) <= width else row[: max(width - 1, 0)] + "…"


# ---- files


def files_of(path: Path) -> Iterator[tuple[list[Path], set[Path]]]:
    """The papers that a path names: the files of each, and those of them that are meant, resolved.

    A file, a folder of one paper, or a folder of such folders; a section of a paper goes with its `paper.toml`.
    """
    if not path.is_dir():
        head = path.parent / PAPER_FILE
        if path.name.endswith(SUFFIX) and head.is_file() and not _has_own_paper(path):
            yield _folder(path.parent), {path.resolve()}
        else:
            yield [path], {path.resolve()}
    elif (path / PAPER_FILE).is_file():
        files = _folder(path)
        yield files, {f.resolve() for f in files}
    else:
        for file in sorted(path.glob(f"*{SUFFIX}"), key=page_order):
            yield [file], {file.resolve()}
        for folder in sorted(path.iterdir()):
            if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
                yield from files_of(folder)


def _has_own_paper(path: Path) -> bool:
    try:
        if not path.is_file():
            return True
        return re.search(rb"(?m)^[ \t]*(\[[ \t]*paper[ \t]*\]|paper[ \t]*[.=])", path.read_bytes()) is not None
    except OSError:
        return True


def _folder(path: Path) -> list[Path]:
    return [path / PAPER_FILE, *sorted(path.glob(f"*{SUFFIX}"), key=page_order)]


def page_order(path: Path) -> list[tuple[int, str]]:
    """Sorts the files of a paper: section 2 before section 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


PAPERS = Path(__file__).resolve().parent / "papers"  # those that ship with the program


def paper_folders() -> list[Path]:
    """The folders of the shipped papers."""
    return sorted(p.parent for p in PAPERS.glob("*/paper.toml"))
