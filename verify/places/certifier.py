"""Whether a point is one of a statement's kind and violates it: certified."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivations.exact.point import PointWorld

from ..formula.nodes import Name
from ..points.certifier import Certifier
from ..points.enclosure import RADIUS, box_world, holds_one, refined
from ..points.rational import RationalPoint, with_decays
from ..points.rest import rests
from ..points.values import OUTSIDE
from ..world import Evaluator

SHOWN = 12  # decimals of the weights that are stored; the box is found again from there


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

    def hypotheses(self) -> tuple[str, ...]:
        met = super().hypotheses()
        if not self.enclosed:
            return (*met, "every gradient by a layer is exactly zero")
        return (
            *met,
            f"W are the first {SHOWN} decimals of a stationary point: interval Newton proves exactly one in "
            f"a box of radius {float(RADIUS):.0e}, and what is shown holds all over it",
        )


def rounded(point: RationalPoint) -> RationalPoint:
    """The weights to `SHOWN` decimals."""
    unit = 10**SHOWN
    layers = tuple(tuple(tuple(Fraction(round(v * unit), unit) for v in row) for row in w) for w in point.W)
    return replace(point, W=layers)
