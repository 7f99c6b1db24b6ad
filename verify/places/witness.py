"""Certified stationary points and minima that violate a statement.

Rational points at which every gradient is exactly zero (zero weights, symmetric saddles), and boxes in which interval
Newton proves one stationary point and over which the violation holds. Minima are certified by zero square loss, by
one linear layer (a convex loss), or by a Hessian that is positive definite over the box. Directions at rest are those
of `directions`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.exact.point import PointWorld

from ..along.fates.rest import rests
from ..along.resting import numbers
from ..along.values import OUTSIDE
from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.nodes import Name
from ..formula.shapes import bindings
from ..pointwise import as_pointwise
from ..rational import RationalPoint
from ..refute import Certifier, general_position, rational_point, with_decays
from ..simulate import Violations
from ..world import Evaluator
from .enclosure import RADIUS, box_world, holds_one, refined

TRIED = 6  # violating points of a batch that are made exact
DIGITS = (0, 1, 2)  # decimals of the data
SHOWN = 12  # decimals of the weights that are stored; the box is found again from there


def refute_place(statement: Statement, setting: Setting, violations: Iterable[Violations]) -> Counterexample | None:
    """A certified point of the statement's kind that violates it, or None."""
    started = time.perf_counter()
    formula = as_pointwise(statement.formula)
    if formula is None:
        return None
    for widths, point, bound in tried(statement, setting, violations):
        judge = certifier_of(statement.at)(formula, statement, setting, widths)
        if judge.violates(point, bound):
            found = judge.describe(judge.seen, bound)
            return replace(found, seconds=time.perf_counter() - started)
    return None


def certifier_of(at: str) -> type[PlaceCertifier]:
    """What certifies points of a kind."""
    from .directions import DirectionCertifier

    return DirectionCertifier if at == "stationary-direction" else PlaceCertifier


def tried(statement: Statement, setting: Setting, violations: Iterable[Violations],
          ) -> Iterator[tuple[tuple[int, ...], RationalPoint, dict]]:  # fmt: skip
    """Points that may violate a statement at its place."""
    from .directions import families

    if statement.at == "stationary-direction":
        for widths in setting.widths:
            for point in families(setting, widths):
                for bound in bindings(statement.ranges, setting.sizes(widths)):
                    yield widths, point, dict(bound)
    yield from candidates(violations, setting)


def candidates(
    violations: Iterable[Violations], setting: Setting
) -> Iterator[tuple[tuple[int, ...], RationalPoint, dict]]:
    """Violating points with few decimals: the sparsest first, for they may be exact, then those to be enclosed."""
    for v in violations:
        points = v.batch.points
        order = sorted(v.where, key=lambda hit: sum(float(w[hit[0]].abs().sum()) for w in points.W))[:TRIED]
        for digits in DIGITS:
            for i, bound in order:
                data = rational_point(points, i, digits, setting)
                near = tuple(tuple(tuple(Fraction(float(e)) for e in row) for row in w[i].tolist()) for w in points.W)
                yield v.batch.widths, data, bound
                yield v.batch.widths, replace(data, W=near), bound


def replay_place(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored witness again."""
    y = tuple(int(v) if setting.loss == "cross-entropy" else numbers(v) for v in found["y"])
    point = RationalPoint(numbers(found["W"]), numbers(found["x"]), y, tuple(numbers(found.get("decay", ()))))
    formula = as_pointwise(statement.formula)
    assert formula is not None
    judge = certifier_of(statement.at)(formula, statement, setting, tuple(found["widths"]))
    judge.separator = numbers(found["separator"]) if found.get("separator") else None
    stands = judge.violates(point, found["indices"])
    return stands, judge.describe(judge.seen, found["indices"]).shows if stands else "the witness does not stand"


class PlaceCertifier(Certifier):
    """Decides with certainty whether there is an admissible point of the statement's kind at, or next to, a rational
    one, and whether it violates the statement.

    Attributes:
        seen: the point that was judged last, refined where it is enclosed.
        enclosed: whether the point is one of a box.
    """

    seen: RationalPoint
    enclosed: bool = False

    def violates(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        point = with_decays(point, self.setting)
        self.enclosed, self.seen = False, point
        try:
            if rests(point, self.setting, self.widths):
                return self._violates_at_rest(point, bound)
            return self._violates_in_box(point, bound)
        except OUTSIDE:
            return False

    def _violates_at_rest(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        world = point.world(self.setting, self.widths)
        meant = self.statement.at == "stationary" or self._is_minimum(world)
        return meant and self.admissible(point, world) and self.holds(self.formula, world, bound) is False

    def _is_minimum(self, world: PointWorld) -> bool:
        """One linear layer, whose loss is convex, or zero square loss."""
        if self.setting.network == "linear" and len(self.widths) == 2 and not self.setting.output_activation:
            return True
        loss = Evaluator(world, self.sizes).term(Name("L"))
        return self.setting.loss == "square" and world.value(loss.reshape(-1)[0]) == 0

    def _violates_in_box(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        convex = self.setting.network == "linear" and len(self.widths) == 2 and not self.setting.output_activation
        if not self._data(point):
            return False
        better = refined(point, self.setting, self.widths)
        minimum = self.statement.at == "minimum" and not convex
        if better is None or not holds_one(better, self.setting, self.widths, minimum):
            return False
        self.seen, self.enclosed = rounded(better), True
        box = box_world(better, RADIUS, self.setting, self.widths)
        return self.admissible(better, box) and self.holds(self.formula, box, bound) is False

    def _data(self, point: RationalPoint) -> bool:
        return self._labels_differ(point) and general_position(point.x)

    def admissible(self, point: RationalPoint, world: PointWorld) -> bool:
        """Zero layers are admitted at stationary points."""
        return (
            self._data(point)
            and self._decays(point)
            and self._starts(world)
            and self._separable(point, world)
            and self._assumed(world)
            and not world.on_kink
        )

    def hypotheses(self) -> tuple[str, ...]:
        met = [h for h in super().hypotheses() if h != "no zero layer"]
        if not self.enclosed:
            return (*met, "every gradient by a layer is exactly zero")
        return (*met, f"W are the first {SHOWN} decimals of a stationary point: interval Newton proves exactly one in "
                f"a box of radius {float(RADIUS):.0e}, and what is shown holds all over it")  # fmt: skip


def rounded(point: RationalPoint) -> RationalPoint:
    """The weights to `SHOWN` decimals."""
    unit = 10**SHOWN
    layers = tuple(tuple(tuple(Fraction(round(v * unit), unit) for v in row) for row in w) for w in point.W)
    return replace(point, W=layers)
