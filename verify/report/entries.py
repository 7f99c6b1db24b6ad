"""One claim as a report shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..verdict import GOOD
from .matrices import Matrix
from .outline import ELSEWHERE, Section
from .verdicts import ALARMS


@dataclass(frozen=True)
class Row:
    """One piece of evidence."""

    kind: str
    finding: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class WitnessView:
    """A point that violates a statement."""

    shows: str
    replay: str
    matrices: tuple[Matrix, ...]
    place: str  # the indices at which it violates the statement
    hypotheses: tuple[str, ...]


@dataclass(frozen=True)
class StatementView:
    """One statement with its verdict and what supports it."""

    label: str
    formula: str
    latex: str
    verdict: str
    message: str
    qualifiers: tuple[str, ...]
    reads: str = ""  # what was judged, in English
    reach: str = ""  # how far it goes
    text: str = ""
    evidence: tuple[Row, ...] = ()
    witness: WitnessView | None = None

    @property
    def is_correction(self) -> bool:
        return self.label.lower().endswith("corrected")


@dataclass(frozen=True)
class Rest:
    """A claim, wrong as printed, on which another rests."""

    id: str
    corrected: bool


@dataclass(frozen=True)
class Entry:
    """One claim as it is shown."""

    id: str
    paper: str
    verdict: str
    topic: str
    where: str = ""
    kind: str = ""
    text: str = ""
    as_printed: str = ""
    ocr: str = ""
    defect: str = ""
    open: str = ""
    assuming: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    statements: tuple[StatementView, ...] = ()
    uses: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    rests: tuple[Rest, ...] = ()
    derivations: tuple[Any, ...] = ()
    section: Section = ELSEWHERE

    @property
    def anchor(self) -> str:
        return anchor("claim", self.id)

    @property
    def name(self) -> str:
        """The id without the paper's key."""
        return self.id.split("/", 1)[-1]

    @property
    def headline(self) -> StatementView | None:
        """The statement as printed, or the first reading."""
        return self.statements[0] if self.statements else None

    @property
    def amended(self) -> StatementView | None:
        """The corrected statement that stands, where the printed one does not."""
        return next((s for s in self.statements if s.is_correction and s.verdict in GOOD), None)

    @property
    def against(self) -> str:
        """What the counterexample to the statement as printed shows: its two sides, and at which indices."""
        found = next((s for s in self.statements if s.verdict == "refuted" and not s.is_correction), None)
        if found is None or found.witness is None:
            return found.message if found else ""
        place = found.witness.place
        return found.witness.shows + (f" at {place}" if place and found.witness.shows else "")

    @property
    def alarms(self) -> tuple[str, ...]:
        """Verdicts on its statements that are alarms about this program."""
        return tuple(s.verdict for s in self.statements if s.verdict in ALARMS)

    @property
    def reason(self) -> str:
        """Why it failed, in the words of the statement that did."""
        told = [s.message for s in self.statements if s.message and s.verdict in (*ALARMS, "undecided")]
        return told[0] if told else ""


def anchor(prefix: str, name: str) -> str:
    """A name for links: different names never get the same."""
    return prefix + "-" + re.sub(r"[^a-z0-9-]", lambda m: "." if m[0] == "/" else f"_{ord(m[0]):x}.", name)
