"""Rational data on which the exact end of a path refutes a statement, and their replay. A fitted law is never used."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.exact.point import PointWorld

from ..along.certifier import AlongCertifier
from ..along.fates import Fate
from ..along.fates.grown import deep_line
from ..along.fates.line import Line, is_line
from ..along.fates.square import square
from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.nodes import And, Compare, Limit, Logic, Node
from ..formula.shapes import bindings
from ..formula.text import to_text
from ..places.certifier import rounded
from ..points.certifier import Certifier
from ..points.draw import draw
from ..points.rational import RationalPoint, numbers, rational_point
from ..points.values import OUTSIDE, compared, differing
from ..statements.words import names
from .deep import Deep
from .ends import LeastNorm, Regular, Separator, Zero, ends, escapes, value, without_decay
from .theorems import MOVING, PLACES

DRAWN = 24  # sampled data sets that are made rational and tried


def refute_vanishing(statement: Statement, setting: Setting) -> Counterexample | None:
    """Rational data on which a path's exact end contradicts the statement, or None."""
    started = time.perf_counter()
    if statement.at not in PLACES or statement.after is not None:
        return None
    for widths in setting.widths:
        judge = EndCertifier(statement.formula, statement, setting, widths)
        indices = list(bindings(statement.ranges, judge.sizes))
        for point in candidates(statement, setting, widths):
            for bound in indices:
                if judge.violates(point, bound):
                    found = judge.describe(judge.seen, bound)
                    return replace(found, seconds=time.perf_counter() - started)
    return None


def candidates(statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Sampled points with few decimals, of which the data count."""
    batch = draw(replace(statement, at="any"), setting, widths, "quick", 0, "cpu", Counter())
    if batch is None:
        return
    count = len(batch.points)
    for digits in (0, 1):
        for i in range(0, count, max(2 * count // DRAWN, 1)):
            yield rational_point(batch.points, i, digits, setting)


def replay_vanishing(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored witness again."""
    point = RationalPoint.from_json(found, setting.loss)
    judge = EndCertifier(statement.formula, statement, setting, tuple(found["widths"]))
    judge.separator = numbers(found.get("separator", ())) or None
    stands = judge.violates(point, found["indices"])
    return stands, judge.describe(judge.seen, found["indices"]).shows if stands else "the witness does not stand"


class EndCertifier(AlongCertifier):
    """Decides with certainty whether the path on rational data has an end that violates a statement.

    Attributes:
        seen: the point at the end of the path that was judged last.
        judged: the point on whose data that path is; it separates them unless a separator was looked for.
    """

    seen: RationalPoint
    judged: RationalPoint

    def violates(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        self.judged = point
        try:
            world = point.world(self.setting, self.widths)
            zero = all(v == 0 for w in point.W for row in w for v in row)
            if not zero and not self.admissible(point, world):
                return False
            for fate in ends(point, self.setting, self.widths, self.statement.at):
                if zero and not (isinstance(fate, Zero) and self._admits_data(point, world)):
                    continue
                self.seen = replace(_shown(fate), decay=point.decay)
                if self._contradicts(fate, world, bound):
                    return True
        except OUTSIDE:
            return False
        return False

    def _admits_data(self, point: RationalPoint, world: PointWorld) -> bool:
        """Of zero weights only the data are judged."""
        ones = tuple(
            tuple(tuple(Fraction(i + j + 1) for j in range(len(row))) for i, row in enumerate(w)) for w in point.W
        )
        moved = replace(point, W=ones)
        admitted = self.admissible(moved, moved.world(self.setting, self.widths))
        if admitted and self.setting.data == "separable" and self.separator is None:
            self.separator = ones  # they separate themselves
        return admitted

    def describe(self, point: RationalPoint, bound: dict[str, int]) -> Counterexample:
        """Weights that separate the data go with an end that does not."""
        if self.separator is None and self._needs_separator(point.world(self.setting, self.widths)):
            self.separator = self.judged.W
        return super().describe(point, bound)

    def holds(self, node: Node, world: PointWorld, bound: dict[str, int]) -> bool | None:
        match node:
            case Compare(left=left, right=right) if any(isinstance(s, Limit) for s in (left, right)):
                return self._limits(node, bound)
            case Compare(left=left, right=right) if (names(left) | names(right)) & MOVING:
                return None
            case And() | Logic() | Compare():
                return Certifier.holds(self, node, world, bound)
        return None

    def _limits(self, node: Compare, bound: dict[str, int]) -> bool | None:
        found = [self._side(s, bound) for s in (node.left, node.right)]
        if None in found:
            return self._without_limit(node, bound)
        truth = compared(node.op, *found)
        if truth is False:
            self.said = f"{self.fate.story}; {differing(*found)}"
        return truth

    def _side(self, side: Node, bound: dict[str, int]) -> Any:
        if isinstance(side, Limit) and side.variable == "t":
            flow = self._flow()
            found = None if flow is None else flow.limit(side.body, bound, self.sizes)
            return None if found is None else list(found)
        if isinstance(side, Limit):
            found = value(self.fate, side.body, bound, self.sizes)
            return None if found is None else list(found)
        return None if names(side) & MOVING else list(self.fate.constant(side, bound, self.sizes))

    def _flow(self) -> Fate | None:
        """The flow without decay from the point, where it is known to end at the separator."""
        if isinstance(self.fate, Separator) and is_line(self.setting):
            return Line(self.fate.start, self.fate.end, self.fate.story, self.setting)
        if isinstance(self.fate, LeastNorm) and not any(self.fate.start.decay):
            return square(self.fate.start, without_decay(self.setting))
        if isinstance(self.fate, Deep) and not any(self.fate.start.decay):
            return next(deep_line(self.fate.start, without_decay(self.setting), self.widths), None)
        return None

    def _without_limit(self, node: Compare, bound: dict[str, int]) -> bool | None:
        """A side that tends to infinity equals no number."""
        for side, other in ((node.left, node.right), (node.right, node.left)):
            finite = node.op == "==" and not isinstance(other, Limit) and not names(other) & MOVING
            if not (isinstance(side, Limit) and side.variable == "decay"):
                continue
            if finite and escapes(self.fate, side.body, bound, self.sizes):
                self.said = f"{self.fate.story}; |{to_text(side.body)}| tends to infinity"
                return False
        return None


def _shown(fate: Fate) -> RationalPoint:
    """The point that is stored: the end of a path, or a start on the data where that is not a point."""
    if isinstance(fate, Regular):
        return rounded(fate.end)
    return fate.start if isinstance(fate, Deep | LeastNorm) else fate.end
