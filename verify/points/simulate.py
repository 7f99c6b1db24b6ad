"""How the auditor asks the simulated world: a statement at thousands of admissible points at once.

A point violates a relation when the two sides differ by more than rounding can explain there (the precision
ladder of `numerics.world.ladder`); no tolerance is typed in. Where rounding hides the answer the point cannot tell,
which is no agreement. Violating points, and some of those that cannot tell, go to the search for a witness.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Simulated
from ..formula.nodes import Hess, Logic, Node, walk
from ..statements.pointwise import as_pointwise
from ..statements.premises import premises
from ..world import CannotEvaluate
from .answers import Answers, ratio
from .batch import Batch, Hits, Violations, evaluate_everywhere
from .certifier import Certifier
from .draw import draw, on_premises, separating_at_sizes
from .rational import rational_point
from .witness import plainest

UNDECIDED = "minimum undecided"
ALWAYS_MET = "its premise holds at every sampled point"
FEW_DIGITS, MANY_DIGITS = 2, 6  # decimals kept of a point; of one in general position
SUSPECTS = 40  # points that cannot tell, of a batch, which are handed to the search for a witness


@dataclass
class Count:
    """What the batches of a setting say, counted."""

    formula: Node
    statement: Statement
    certifier: type[Certifier]
    instances: int = 0
    violations: int = 0
    worst: tuple[float, float] = (0.0, 0.0)
    nearest: float = inf  # kink
    silent: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)  # of violating points
    kinds: Counter[str] = field(default_factory=Counter)  # points of each kind that the statement needs
    found: list[Violations] = field(default_factory=list)

    def add(self, batch: Batch, moved: bool = False) -> None:
        """Adds a batch; of points that were moved to where a premise holds, those that missed are not told."""
        seen = evaluate_everywhere(self.formula, self.statement, batch)
        answers = seen.answers
        confirmed = self._confirmed(seen.open, batch) if not seen.violated else []
        violated, suspects = seen.violated + confirmed, [hit for hit in seen.open if hit not in confirmed]
        self.found.append(Violations(batch, violated, plainest(suspects, batch)[:SUSPECTS]))
        self.instances += int((answers.compared & ~answers.open).sum()) + len(confirmed)
        self.violations += len(violated)
        self.families.update(batch.points.family[i] for i, _ in violated)
        self.worst = max(self.worst, answers.worst, key=ratio)
        self.nearest = min(self.nearest, _nearest_kink(self.statement, batch, answers.compared))
        self.kinds.update({kind: int(mask.sum()) for kind, mask in answers.kinds.items()})
        self.silent.update({why: int(mask.sum()) for why, mask in answers.why().items()})
        if confirmed:
            self.silent.subtract(_reasons_of(confirmed, answers))
        if not moved:
            self.excluded["not finite"] += int((~answers.exists).sum())
            self.excluded["premise not met"] += int((answers.exists & ~answers.compared).sum())

    def _confirmed(self, suspects: Hits, batch: Batch) -> Hits:
        """Of the points that cannot tell, one of each family, those of which exact arithmetic tells that they violate.

        Generic statements are judged at scattered points, whose decimals are kept: what fails at such a point off the
        kinks fails about it.
        """
        inner, digits = self.formula, FEW_DIGITS
        if isinstance(inner, Logic) and inner.func == "generically":
            inner, digits = inner.args[0], MANY_DIGITS
        judge = self.certifier(inner, self.statement, batch.setting, batch.widths)
        one = {batch.points.family[i]: (i, bound) for i, bound in reversed(plainest(suspects, batch))}
        exactly = {i: rational_point(batch.points, i, digits, batch.setting) for i, _ in one.values()}
        return [(i, bound) for i, bound in one.values() if judge.violates(exactly[i], bound)]

    @property
    def unmet(self) -> str:
        """The first kind of points that the statement needs and that was not met, in words."""
        return next((f"no sampled {kind.replace('points', 'point', 1)}" for kind, n in self.kinds.items() if not n), "")

    def _always_met(self) -> bool:
        implication = isinstance(self.formula, Logic) and self.formula.func == "implies"
        return implication and self.instances > 0 and not self.excluded["premise not met"]

    def evidence(self, excluded: Counter[str], device: str, seconds: float) -> Simulated:
        """The numbers as evidence."""
        left_out = excluded + self.excluded
        detail: dict[str, Any] = {"violated in families": dict(sorted(self.families.items()))} if self.families else {}
        if self.nearest < inf:
            detail["least distance of a pre-activation to a kink"] = self.nearest
        message = ALWAYS_MET if self._always_met() else ""
        if not self.instances and left_out[UNDECIDED]:
            message = f"whether they are minima is not decided of {left_out[UNDECIDED]} stationary points"
        return Simulated(
            self.instances,
            self.violations,
            *self.worst,
            {k: v for k, v in sorted(left_out.items()) if v},
            device,
            detail,
            message,
            seconds,
            reasons={k: v for k, v in sorted(self.silent.items()) if v > 0},
            unmet=self.unmet,
        )


def _reasons_of(hits: Hits, answers: Answers) -> Counter[str]:
    return Counter(why for i, _ in hits for why, mask in answers.why().items() if bool(mask[i]))


def beside(formula: Node, statement: Statement, batch: Batch) -> Iterator[Batch]:
    """Points at which premises are met that random points miss: moved onto their equations, or separating."""
    yield from on_premises(formula, statement, batch)
    if any(True for _ in premises(formula)):
        yield from separating_at_sizes(statement, batch)


def simulate_points(
    statement: Statement,
    setting: Setting,
    *,
    profile: str,
    seed: int,
    device: str = "cpu",
    harder: bool = False,
    certifier: type[Certifier] = Certifier,
) -> tuple[Simulated, list[Violations]]:
    """The statement at sampled points of a setting.

    Args:
        harder: also look at points moved onto the equations of premises, where enough points meet them by chance.
        certifier: what is asked about points that cannot tell.

    Returns:
        the evidence, and the points that violate the statement or cannot tell.
    """
    started = time.perf_counter()
    pointwise = as_pointwise(statement.formula)
    assert pointwise is not None, "limits are judged along trajectories"
    count = Count(pointwise, statement, certifier)
    excluded: Counter[str] = Counter()
    try:
        for widths in setting.widths:
            batch = draw(statement, setting, widths, profile, seed, device, excluded)
            if batch is None:
                continue
            count.add(batch)
            if harder or not count.instances or count.unmet:
                for moved in beside(pointwise, statement, batch):
                    count.add(moved, moved=True)
    except CannotEvaluate as reason:
        return Simulated(0, 0, 0.0, 0.0, device=device, message=str(reason)), []
    return count.evidence(excluded, device, time.perf_counter() - started), count.found


def _nearest_kink(statement: Statement, batch: Batch, compared: Any) -> float:
    """The least |pre-activation| at the points where a Hessian was compared; inf if no kink or no Hessian is met."""
    if not any(isinstance(node, Hess) for node in walk(statement.formula)):
        return inf
    return float(batch.world.kink_distance[compared].min()) if bool(compared.any()) else inf
