"""Lines of keys in a TOML text, which the standard library's reader does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

Place = tuple[str | int, ...]

_PART = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=")


class Locator:
    """Finds the line on which a key of a TOML text stands."""

    def __init__(self, text: str):
        self.lines = text.splitlines()
        self.starts: dict[Place, int] = {}  # 1-based line of every table and key
        self._counts: dict[Place, int] = {}  # index of the last table of every array of tables
        table: Place = ()
        for number, line in self._code_lines():
            if header := _HEADER.match(line):
                table = self._table(_parts(header[2]), header[1] == "[[")
                self.starts.setdefault(table, number)
            elif key := _KEY.match(line):
                self.starts.setdefault((*table, *_parts(key[1])), number)
        self._marks = sorted({*self.starts.values(), len(self.lines) + 1})

    def line(self, path: Place, value: object = None) -> int:
        """The line of the key at `path`, or of the nearest table around it; of `value` where it stands below."""
        found = next((self.starts[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.starts), 1)
        if isinstance(value, str) and (first := value.strip().split("\n")[0]):
            for number in range(found, self._end(found)):
                if first in self.lines[number - 1]:
                    return number
        return found

    def section(self, path: Place) -> str:
        """The text from the key at `path` up to the next key."""
        start = self.line(path)
        return "\n".join(self.lines[start - 1 : self._end(start) - 1])

    def _end(self, start: int) -> int:
        return next((mark for mark in self._marks if mark > start), start + 1)

    def _code_lines(self) -> Iterator[tuple[int, str]]:
        """The lines that do not lie inside a string of several lines."""
        quote = None
        for number, line in enumerate(self.lines, 1):
            if quote is None:
                yield number, line
                quote = _opened(line)
            elif quote in line:
                quote = None

    def _table(self, parts: Place, repeated: bool) -> Place:
        """The path of a header; `[claim.with]` belongs to the last `[[claim]]`."""
        path: Place = ()
        for i, part in enumerate(parts):
            path += (part,)
            if repeated and i == len(parts) - 1:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path += (self._counts[path],)
        return path


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _opened(line: str) -> str | None:
    """The triple quote that a line opens and does not close."""
    if line.lstrip().startswith("#"):
        return None
    found = re.search(r"'''|\"\"\"", line)
    return found[0] if found and line.count(found[0]) % 2 else None
