"""How each verdict looks: one table for the page, the book, the graph and the terminal.

The colours keep apart for the common kinds of colour blindness, and a colour never stands alone: the sign
and the word go with it everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """The appearance and the meaning of one verdict."""

    word: str
    meaning: str
    sign: str
    tex_sign: str
    light: str  # on white, dark enough to carry white letters
    dark: str  # on near black
    terminal: str  # a style of rich

    @property
    def css(self) -> str:
        """The class of the page's style sheet."""
        return f"v-{self.word}" if self.word in LOOKS else "v-failed"


_PROVED = ("✓", r"\checkmark", "#0b5fa5", "#79b8ff", "bold blue")
_SUPPORTED = ("≈", r"\approx", "#0f7a78", "#5fd0c5", "cyan")
_PARTLY = ("◐", r"\circledast", "#3f6f1f", "#9ccc65", "green")
_CORRECTED = ("↻", r"\circlearrowright", "#a85100", "#ffab5e", "bold yellow")
_CONDITIONAL = ("⊢", r"\vdash", "#7d6608", "#e6c84f", "yellow")
_REFUTED = ("✗", r"\times", "#b3202c", "#ff8b85", "bold red")
_VACUOUS = ("∅", r"\varnothing", "#6b7280", "#a7b0bd", "dim")
_OPEN = ("?", r"?", "#7a4aa5", "#cba6f7", "magenta")
_DEFINITION = ("≡", r"\equiv", "#475569", "#b6c2d1", "default")
_ALARM = ("‼", r"!!", "#9d005d", "#ff7ac6", "bold white on red")

CLAIMS = {
    look.word: look
    for look in (
        Look("holds", "Proved as printed, in general, and the simulation agrees.", *_PROVED),
        Look("supported", "It agrees, or is proved at listed sizes; no proof in general.", *_SUPPORTED),
        Look("partly", "All of it stands as far as it was decided; part of what it speaks of was not.", *_PARTLY),
        Look("corrected", "Wrong or empty as printed; a corrected form stands.", *_CORRECTED),
        Look("conditional", "Wrong or empty as printed; stands under more assumptions.", *_CONDITIONAL),
        Look("refuted", "A stored witness violates it, and no corrected form stands.", *_REFUTED),
        Look("vacuous", "Nothing satisfies its assumptions.", *_VACUOUS),
        Look("open", "Not decided: a conjecture, or a reason is given.", *_OPEN),
        Look("definition", "Nothing to prove; it is consistent.", *_DEFINITION),
        Look("failed", "The audit could not settle it: this is about the program, not about the paper.", *_ALARM),
    )
}
STATEMENTS = {
    look.word: look
    for look in (
        Look("proved", "Decided exactly, and the simulation agrees.", *_PROVED),
        CLAIMS["supported"],
        Look("refuted", "A stored witness satisfies every assumption and violates it.", *_REFUTED),
        Look("undecided", "Neither proved nor refuted; the reason is given.", *_OPEN),
        CLAIMS["vacuous"],
        Look("conflict", "Exact and simulated evidence disagree: an alarm about this program.", *_ALARM),
        Look("broken", "A check raised, or evidence that is owed is missing.", *_ALARM),
    )
}
LOOKS = STATEMENTS | CLAIMS
WRONG_AS_PRINTED = ("refuted", "corrected", "conditional")  # the worst first
ALARMS = ("conflict", "broken")
WORST_FIRST = ("failed", *WRONG_AS_PRINTED, "vacuous", "open", "partly", "supported", "holds", "definition")


def look(verdict: str) -> Look:
    """The look of a verdict; of a word that is none, that of an alarm, with the word."""
    return LOOKS.get(verdict) or Look(verdict or "none", "Not a verdict of this program.", *_ALARM)
