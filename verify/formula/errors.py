"""Errors of input in formulas: what was met, where, what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 80  # of words that are compared


class FormulaError(ValueError):
    """A formula that cannot be read or does not make sense.

    Attributes:
        message: one sentence, what was met and what was expected.
        source: the formula's text.
        column: 0-based column at which the trouble starts, or None.
        also: further errors in the same formula.
    """

    def __init__(self, message: str, source: str = "", column: int | None = None):
        self.message, self.source, self.column = message, source, column
        self.also: tuple[FormulaError, ...] = ()
        super().__init__(self.render())

    def render(self) -> str:
        """The message with the formula and a caret under the column."""
        if not self.source or self.column is None:
            return self.message
        start = max(0, self.column - 60)
        excerpt = self.source[start : start + 100].replace("\n", " ")
        lead = "..." if start else ""
        caret = " " * (len(lead) + self.column - start) + "^"
        return f"{self.message}\n    {lead}{excerpt}\n    {caret}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suffix such as ``; did you mean 'rho'?``, empty if nothing is near."""
    if len(word) > LONGEST:  # comparing takes time that grows with the square
        return ""
    near = difflib.get_close_matches(word, [k for k in known if len(k) <= LONGEST], n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
