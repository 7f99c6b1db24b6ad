"""Three-valued answers: at each point of a batch a statement holds, is violated, or cannot be told.

Notation: all masks (B,), B points. A point where a part of the statement does not exist is outside of its domain; one
where a premise fails is inside, and the statement says nothing there.

Conventions: an equation holds up to rounding at best. As a conclusion that is agreement; as a premise it is not
enough to call a violated conclusion a violation, since near a multiple solution, or where both sides are next to
zero, a premise that is missed looks like one that is met. Such points cannot tell; exact arithmetic may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

Mask = Any  # a boolean tensor (B,)

ROUNDED_PREMISE = "premise holds up to rounding only"
UNSURE_PREMISE = "whether the premise holds cannot be told"
ONE_SIDE = "one side of an iff holds up to rounding only"
NOT_FOUND = "no sampled point satisfies it, which does not refute that one exists"


def ratio(pair: tuple[float, float]) -> float:
    """An error relative to its budget."""
    return pair[0] / pair[1] if pair[1] else 0.0


@dataclass
class Answers:
    """What was seen of a statement at each point of a batch.

    Attributes:
        exists: every part of the statement exists there.
        compared: it does, and the statement says something there.
        holds, violated: exclusive; where neither, the point cannot tell.
        certain: it holds, and not up to rounding only.
        worst: the largest error relative to its budget, as (error, budget).
        reasons: why points cannot tell; the first that applies counts.
        kinds: for each kind of points that the statement needs, those that are of that kind.
    """

    exists: Mask
    compared: Mask
    holds: Mask
    violated: Mask
    certain: Mask
    worst: tuple[float, float] = (0.0, 0.0)
    reasons: dict[str, Mask] = field(default_factory=dict)
    kinds: dict[str, Mask] = field(default_factory=dict)

    @property
    def open(self) -> Mask:
        """The points that cannot tell."""
        return self.compared & ~self.holds & ~self.violated

    @property
    def granted(self) -> Mask:
        """The statement holds, or says nothing."""
        return self.holds | (self.exists & ~self.compared)

    def why(self) -> dict[str, Mask]:
        """The points that cannot tell, each under its first reason."""
        left, told = self.open, {}
        for reason, mask in self.reasons.items():
            told[reason] = left & mask
            left = left & ~mask
        return told


def all_of(parts: Sequence[Answers]) -> Answers:
    """A conjunction: where every part exists, violated where one part is."""
    if len(parts) == 1:
        return parts[0]
    exists = reduce(and_, (p.exists for p in parts))
    compared = exists & reduce(or_, (p.compared for p in parts))
    return Answers(
        exists,
        compared,
        compared & reduce(and_, (p.granted for p in parts)),
        exists & reduce(or_, (p.violated for p in parts)),
        compared & reduce(and_, (p.certain | ~p.compared for p in parts)),
        max((p.worst for p in parts), key=ratio),
        _joined([p.why() for p in parts]),
        _joined([p.kinds for p in parts]),
    )


def over_indices(parts: Sequence[Answers]) -> Answers:
    """A statement for all values of its indices: at a point it is compared at those where it exists."""
    compared = reduce(or_, (p.compared for p in parts))
    violated = reduce(or_, (p.violated & p.compared for p in parts))
    blind = reduce(or_, (p.open for p in parts))
    holds = compared & ~violated & ~blind
    return Answers(
        reduce(or_, (p.exists for p in parts)),
        compared,
        holds,
        violated,
        holds & reduce(and_, (p.certain | ~p.compared for p in parts)),
        max((p.worst for p in parts), key=ratio),
        _joined([p.why() for p in parts]),
        _joined([p.kinds for p in parts]),
    )


def implied(premise: Answers, conclusion: Answers, name: str) -> Answers:
    """A implies B: only points on which A holds agree, only those on which A is certain violate."""
    exists = premise.exists & conclusion.exists
    held, unsure = premise.granted, premise.open
    compared = exists & ~premise.violated
    rounded = compared & held & ~premise.certain & conclusion.violated
    return Answers(
        exists,
        compared,
        compared & held & conclusion.holds,
        compared & premise.certain & conclusion.violated,
        compared & held & conclusion.certain,
        (0.0, 0.0),
        {UNSURE_PREMISE: compared & unsure, ROUNDED_PREMISE: rounded, **conclusion.why()},
        {**premise.kinds, **conclusion.kinds, f"points on which {name} holds": exists & held},
    )


def equivalent(left: Answers, right: Answers, name: str) -> Answers:
    """A if and only if B: agreement where both hold, and where both fail."""
    exists = left.exists & right.exists
    both, neither = exists & left.granted & right.granted, exists & left.violated & right.violated
    apart = (left.certain & right.violated) | (left.violated & right.certain)
    return Answers(
        exists,
        exists,
        both | neither,
        exists & apart,
        (both & left.certain & right.certain) | neither,
        (0.0, 0.0),
        {**left.why(), **right.why(), ONE_SIDE: exists},
        {
            **left.kinds,
            **right.kinds,
            f"points on which both sides of {name} hold": both,
            f"points on which both sides of {name} fail": neither,
        },
    )


def found(inner: Answers) -> Answers:
    """Somewhere: the points that satisfy it agree, the others say nothing; without one, none can tell."""
    hits = inner.holds & inner.compared
    if bool(hits.any()):
        return Answers(inner.exists, hits, hits, hits & False, inner.certain & hits)
    none = hits & False
    return Answers(inner.exists, inner.compared, none, none, none, reasons={NOT_FOUND: inner.compared})


def _joined(maps: Sequence[dict[str, Mask]]) -> dict[str, Mask]:
    """Masks of one name are united."""
    union: dict[str, Mask] = {}
    for each in maps:
        for name, mask in each.items():
            union[name] = union[name] | mask if name in union else mask
    return union
