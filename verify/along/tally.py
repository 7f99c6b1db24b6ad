"""What the starts of a setting say, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from numerics.trajectories.asymptotics import Finding


@dataclass
class Tally:
    """What the starts of a setting say."""

    agree: int = 0
    lost: int = 0  # runs that ended before their time
    contradict: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # of the starts that cannot tell
    excluded: Counter[str] = field(default_factory=Counter)
    because: dict[str, str] = field(default_factory=dict)  # family: what contradicts

    def add(self, seen: Finding | None, family: str) -> None:
        if seen is None:
            self.excluded["premise not met"] += 1
        elif seen.answer is None:
            self.reasons[seen.because] += 1
        elif seen.answer:
            self.agree += 1
        else:
            self.contradict += 1
            self.because.setdefault(family, seen.because)

    @property
    def judged(self) -> int:
        return self.agree + self.contradict

    @property
    def silent(self) -> int:
        return sum(self.reasons.values())
