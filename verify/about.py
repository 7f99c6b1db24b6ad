"""What a sentence speaks of: the class of networks, sizes, losses, flows, data and starts that it means."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

_SPAN = re.compile(r"\s*(\d{1,6})\s*(?:(\.\.)\s*(\d{1,6})?\s*)?", re.ASCII)


@dataclass(frozen=True)
class Span:
    """The integers from `low` on, up to `high` where there is an end: "3", "2..5", "2..". Rejects empty ones."""

    low: int
    high: int | None = None

    def __post_init__(self) -> None:
        if self.low < 1 or (self.high is not None and self.high < self.low):
            raise ValueError(f"no number lies in {self}: numbers of layers, examples and outputs start at 1")

    @classmethod
    def read(cls, text: str) -> Span:
        """The span that a text such as "2.." means."""
        if not (met := _SPAN.fullmatch(text)):
            raise ValueError('a number such as "3" or a range such as "2..5" or "2.." is wanted')
        low = int(met[1])
        return cls(low, (int(met[3]) if met[3] else None) if met[2] else low)

    @property
    def single(self) -> bool:
        """Whether it holds one number only."""
        return self.high == self.low

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.low <= number and (self.high is None or number <= self.high)

    def within(self, other: Span) -> bool:
        """Whether the other one holds all of it."""
        return self.low in other and (other.high is None or (self.high is not None and self.high <= other.high))

    def __str__(self) -> str:
        return str(self.low) if self.single else f"{self.low}..{self.high or ''}"


FROM_ONE = Span(1)
Decay = Fraction | str | tuple[Fraction | str, ...]


@dataclass(frozen=True)
class About:
    """A class of worlds: `[about.NAME]` of the claim file, field for field.

    Each tuple lists what the sentence speaks of, and every entry of it has to be covered; an empty one says that the
    sentence names nothing of the kind. `named` holds the keys that the file writes out; the others have the defaults
    of a setting.
    """

    name: str = ""
    network: tuple[str, ...] = ()
    layers: Span = FROM_ONE
    examples: Span = FROM_ONE
    outputs: Span | None = None  # as many as the losses allow
    loss: tuple[str, ...] = ()
    average: bool = True
    flow: tuple[str, ...] = ("gradient",)
    data: tuple[str, ...] = ("generic",)
    start: tuple[str, ...] = ("random",)
    weight_decay: tuple[Decay, ...] = (Fraction(0),)
    output_activation: bool = False
    around: str = ""
    penalty: str = ""
    step: str = ""
    population: str = ""
    named: frozenset[str] = frozenset()

    @property
    def speaks(self) -> bool:
        """Whether it names any world at all; a sentence about numbers alone does not."""
        return bool(self.named)

    def outputs_of(self, loss: str) -> Span:
        """How many outputs a network of the class may have under a loss."""
        if loss in ("exponential", "logistic"):
            return Span(1, 1)
        if self.outputs is None:
            return Span(2) if loss == "cross-entropy" else Span(1, 1)
        low = max(self.outputs.low, 2) if loss == "cross-entropy" else self.outputs.low
        return Span(low, None if self.outputs.high is None else max(low, self.outputs.high))

    def narrowed(self, **changes: Any) -> About:
        """The class with some keys replaced."""
        return replace(self, named=self.named | frozenset(changes), **changes)


KEYS = tuple(f.name for f in fields(About) if f.name not in ("name", "named"))


# ---- which words say less

# a start on the left is one of those on the right, too
STARTS_WITHIN = {
    "balanced": ("balanced", "separating", "random"),
    "equal-norms": ("equal-norms", "separating", "random"),
    "separating": ("separating", "random"),
    "small": ("small", "random"),
    "random": ("random",),
}


def data_within(data: str) -> tuple[str, ...]:
    """The kinds of data of which data are; digits and those of a file may have special positions, and stand alone."""
    return (data, "generic") if data in ("separable", "nonseparable") else (data,)


def is_decay(met: Decay, meant: Decay) -> bool:
    """Whether a weight decay is one of those meant."""
    if meant == "any":
        every = met if isinstance(met, tuple) else (met,)
        return all(d == "any" or (isinstance(d, Fraction) and d > 0) for d in every)
    return met == meant
