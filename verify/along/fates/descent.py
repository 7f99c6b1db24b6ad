"""What descent alone tells: weights that a decay keeps bounded, and the only minimum of a convex loss.

decayed  L >= sum_k decay_k |W_k|^2 and L does not grow, hence |W_k|^2 <= L(0)/decay_k; L stays away from 0 where
         outputs at zero weights have a positive loss: small weights leave that loss, others a decay
convex   one linear layer, exponential or logistic loss: with c_n >= 0, sum_n c_n y_n x_n = 0 and examples with c_n > 0
         that span all inputs, |w| is bounded on {L <= L(0)} and L is strictly convex: every start ends at the only
         stationary point (trust list: convex descent), which lies in a box of interval Newton
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar

from flint import fmpq, fmpq_mat

from derivations.exact.gordan import multipliers

from ...claim import Setting
from ...formula.nodes import Name, Node
from ...formula.shapes import Sizes
from ...points.enclosure import RADIUS, box_world, holds_one, refined
from ...points.rational import RationalPoint
from ...points.values import BITS
from ...statements.words import indices_of, keeps_bounds, names
from ...world import Evaluator
from .base import Fate, Law, powers
from .line import is_line

CLASSIFYING = ("exponential", "logistic", "cross-entropy")


# what bounded weights bound
BOUNDED = frozenset({"W", "V", "rho", "f", "L", "K", "N", "p", "pi", "x", "y", "X", "Y", "decay"})


class Decayed(Fate):
    """A trajectory whose weights stay bounded."""

    certificate: ClassVar[str] = "descent"

    def knows(self, body: Node) -> bool:
        return False

    def bounded(self, body: Node) -> bool:
        """Polynomials in weights, norms, outputs and the loss."""
        return not names(body) - BOUNDED - indices_of(body) and keeps_bounds(body)

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """The loss stays between its positive infimum and its start."""
        if node == Name("L") and self.setting.loss in CLASSIFYING:
            return Law(fmpq(1), powers(0, 0, 0), (("L", Fraction(1)),))
        return super().law(node, bound, sizes)


class Convex(Fate):
    """A trajectory that ends at the only minimum, which lies in a box around `end`."""

    certificate: ClassVar[str] = "convex descent"

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if not self.knows(body):
            return None
        world = box_world(self.end, RADIUS, self.setting, tuple(sizes.widths))
        found = Evaluator(world, sizes).term(body, bound)
        world.at_precision(BITS)
        return world.numbers(found).reshape(-1)


def descending(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[Fate]:
    """What descent tells of a start under the gradient flow."""
    if setting.flow != "gradient":
        return
    if point.decay and all(v > 0 for v in point.decay):
        yield Decayed(point, point, "the loss falls, and its weight decay bounds the weights", setting)
    elif is_line(setting) and _held_from_all_sides(point):
        end = _minimum(point, setting, widths)
        if end is not None:
            story = "the loss is strictly convex and its sublevel sets are bounded: the flow ends at its only minimum"
            yield Convex(point, end, story, setting)


def _held_from_all_sides(point: RationalPoint) -> bool:
    """Whether no w but 0 has y_n w.x_n >= 0 for all n."""
    found = multipliers(point.x, point.y) if len(point.x) > len(point.x[0]) else None
    if found is None:
        return False
    held = [x for x, c in zip(point.x, found, strict=True) if c > 0]
    return fmpq_mat([[fmpq(v.numerator, v.denominator) for v in x] for x in held]).rank() == len(point.x[0])


def _minimum(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> RationalPoint | None:
    """The stationary point, to many decimals, if a box of interval Newton holds it."""
    zeros = tuple(tuple(tuple(Fraction(0) for _ in row) for row in w) for w in point.W)
    near = refined(replace(point, W=zeros), setting, widths)
    return near if near is not None and holds_one(near, setting, widths) else None
