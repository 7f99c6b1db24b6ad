"""Where the keys of a TOML text stand, which the standard library's reader does not tell.

The text is TOML already: this walks along its keys, strings and brackets and checks nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Place = tuple[str | int, ...]

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\n]*")  # numbers, dates, true and false
_STRING = re.compile(
    r"""'''.*?'{3,5} | \"{3}(?:\\.|[^\\])*?\"{3,5} | '[^'\n]*' | "(?:\\.|[^"\\\n])*" """, re.DOTALL | re.VERBOSE
)


class Locator:
    """Finds the lines on which keys, entries of lists and texts of a TOML file stand."""

    def __init__(self, text: str):
        self.text = text
        self.breaks = [at for at, char in enumerate(text) if char == "\n"]
        self.starts, self.values = _Walk(text).walked()

    def line(self, path: Place, value: object = None) -> int:
        """The line of the key at `path`, or of the nearest table around it; of the text `value` where that is below."""
        found = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in self.starts), None)
        if found is None:
            return 1
        at = self.starts[found]
        if isinstance(value, str) and found in self.values and (first := value.strip().split("\n")[0]):
            at = max(at, self.text.find(first, *self.values[found]))
        return bisect_right(self.breaks, at - 1) + 1

    def section(self, path: Place) -> str:
        """The value at `path` as it is written."""
        return self.text[slice(*self.values.get(path, (0, 0)))]


class _Walk:
    """One pass over a text.

    Attributes:
        starts: where each key and each entry of a list begins.
        values: from where to where its value goes.
    """

    def __init__(self, text: str):
        self.text, self.at = text, 0
        self.starts: dict[Place, int] = {}
        self.values: dict[Place, tuple[int, int]] = {}
        self.counts: dict[Place, int] = {}  # number of the last table of every array of tables

    def walked(self) -> tuple[dict[Place, int], dict[Place, tuple[int, int]]]:
        table: Place = ()
        try:
            while met := self.next():
                if met == "[":
                    table = self.header()
                else:
                    self.pair(table)
        except (AttributeError, ValueError, RecursionError):  # no TOML after all, or nested too deeply
            pass
        return self.starts, self.values

    def next(self) -> str:
        """The next character that says something."""
        self.skip(_BLANK)
        return self.text[self.at : self.at + 1]

    def skip(self, what: re.Pattern[str]) -> str:
        found = what.match(self.text, self.at)
        self.at = found.end()  # type: ignore[union-attr]
        return found[0]  # type: ignore[index]

    def header(self) -> Place:
        """`[table]`, or `[[table]]`, which is one more of its name."""
        start = self.at
        repeated = self.text.startswith("[[", start)
        self.at += 1 + repeated
        place = self.table(self.key(), repeated)
        self.at = self.text.index("]", self.at) + 1 + repeated
        self.starts.setdefault(place, start)
        return place

    def table(self, parts: Place, repeated: bool) -> Place:
        """The place of a header; `[claim.with]` belongs to the last `[[claim]]`."""
        place: Place = ()
        for i, part in enumerate(parts):
            place += (part,)
            if repeated and i == len(parts) - 1:
                self.counts[place] = self.counts.get(place, -1) + 1
            if place in self.counts:
                place += (self.counts[place],)
        return place

    def key(self) -> Place:
        """A key, which may be dotted."""
        parts: list[str] = []
        while not parts or self.next() == ".":
            self.at += bool(parts)
            quoted = self.next() in ("'", '"')
            parts.append(self.skip(_STRING)[1:-1] if quoted else self.skip(_BARE))
        return tuple(parts)

    def pair(self, table: Place) -> None:
        """`key = value`."""
        self.next()
        start = self.at
        place = (*table, *self.key())
        self.starts.setdefault(place, start)
        self.next()
        self.at += 1  # the equals sign
        self.value(place)

    def value(self, place: Place) -> None:
        opening, start = self.next(), self.at
        if opening in ("'", '"'):
            self.skip(_STRING)
        elif opening in ("[", "{"):
            self.inside(place, opening)
        else:
            self.skip(_PLAIN)
        self.values[place] = (start, self.at)

    def inside(self, place: Place, opening: str) -> None:
        """The entries of a list, or the pairs of a table in one."""
        self.at += 1
        number = 0
        while (met := self.next()) not in ("]", "}", ""):
            if met == ",":
                self.at += 1
            elif opening == "{":
                self.pair(place)
            else:
                self.starts.setdefault((*place, number), self.at)
                self.value((*place, number))
                number += 1
        self.at += 1
