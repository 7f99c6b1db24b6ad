"""Mistakes in claim files: where each stands, gathered so that all are told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing that is wrong: in which file and line, at which key, and what to do about it."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.message) if part)


class ClaimFileErrors(ValueError):
    """Claim files that cannot be used. `mistakes` has all of them in the order of the text."""

    def __init__(self, mistakes: Iterable[Mistake]):
        self.mistakes = sorted(set(mistakes))
        super().__init__("\n".join(self.messages))

    @property
    def messages(self) -> list[str]:
        """One readable message per mistake."""
        return [str(m) for m in self.mistakes]
