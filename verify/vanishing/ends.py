"""Paths of stationary points whose end is known exactly as the weight decay vanishes.

least squares   one layer: w_lambda -> X^+ Y, a rational point (derivation stationarity.ridge_limit)
separator       one linear layer, exponential tail, separable data: V -> the hard-margin direction, certified by its
                multipliers, and rho/log(1/decay) -> 1/max_margin (stationarity.path_direction, path_norm)
regular         an isolated, nondegenerate stationary point of the loss without decay, in a box of interval Newton
                (`places.enclosure`): by the implicit function theorem a path of stationary points ends there
zero            linear, power, tanh and swish networks of two layers or more: zero weights are stationary at every
                decay; a minimum with three layers or more, and with powers
deep            linear networks (see there)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import fmpq

from numerics.sampling.critical import nearby

from ..along.fates import Fate
from ..along.fates.base import Law
from ..along.fates.line import Line, is_line
from ..along.fates.square import square
from ..along.separator import separator
from ..claim import Setting
from ..formula.nodes import Name, Node, walk
from ..formula.shapes import Sizes
from ..points.enclosure import RADIUS, box_world, holds_one, refined
from ..points.rational import RationalPoint
from ..points.values import BITS, numbers_of
from ..statements.words import continuous, names
from ..world import Evaluator
from .deep import Deep, deep_ends, is_deep, law_of_decay, separates, stands_for_decay

UNREGULARISED = Fraction(0)


def without_decay(setting: Setting) -> Setting:
    """The setting in the limit."""
    return replace(setting, weight_decay=UNREGULARISED)


def is_least_squares(setting: Setting) -> bool:
    """One linear layer under the square loss: one stationary point at every decay."""
    one = all(len(w) == 2 for w in setting.widths)
    return one and setting.network == "linear" and setting.loss == "square" and not setting.output_activation


def is_separable_line(setting: Setting) -> bool:
    """The hypotheses of stationarity.path_direction: one stationary point at every decay, which escapes."""
    return is_line(replace(without_decay(setting), flow="gradient")) and setting.data == "separable"


class LeastNorm(Fate):
    """One layer under the square loss; the end is the interpolant, or least-squares solution, of least norm."""


class Separator(Line):
    """One linear layer on separable data; the decay vanishes like 1/t, and log(1/decay) stands for log t."""

    def remainder(self, body: Node) -> fmpq | None:
        """Beside the largest term of the loss its decay grows without bound, which says nothing of terms without L."""
        return None if Name("L") in walk(body) else super().remainder(body)

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        return law_of_decay(node) if stands_for_decay(node) else super().law(node, bound, sizes)

    def settled(self, node: Node, bound: dict[str, int]) -> bool:
        """The decay vanishes, and where it stands nothing has its value."""
        return "decay" not in names(node) and super().settled(node, bound)


class Regular(Fate):
    """A path that ends in a box where the loss without decay has one stationary point, with a regular Hessian."""

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if not self.knows(body):
            return None
        world = box_world(self.end, RADIUS, without_decay(self.setting), tuple(sizes.widths))
        found = Evaluator(world, sizes).term(body, bound)
        world.at_precision(BITS)
        return world.numbers(found).reshape(-1)


class Zero(Fate):
    """Zero weights, stationary at every decay."""


def ends(point: RationalPoint, setting: Setting, widths: tuple[int, ...], at: str) -> Iterator[Fate]:
    """What is known of the paths of stationary points on the data of a point."""
    zeros = tuple(tuple(tuple(Fraction(0) for _ in row) for row in w) for w in point.W)
    bare = replace(point, W=zeros, decay=(Fraction(0),) * len(point.W))
    if is_least_squares(setting):
        end = square(bare, without_decay(setting)).end
        yield LeastNorm(point, end, "the equilibrium tends to the least-squares solution of least norm", setting)
    elif is_separable_line(setting):
        weights = separator(point)
        if weights is not None:
            end = replace(bare, W=((weights,),))
            yield Separator(point, end, "the equilibrium's direction tends to that of the largest margin", setting)
    elif is_deep(setting) and separates(setting):
        yield from deep_ends(point, setting, widths, at)
    else:
        yield from deep_ends(point, setting, widths, at)
        regular = regular_end(point, setting, widths, at)
        if regular is not None:
            yield Regular(point, regular, "a path of stationary points ends in one of the loss without decay", setting)
    if zero_is_one(setting, widths, at) and (all(point.decay) or not any(point.decay)):
        kind = "a minimum" if at == "minimum" else "stationary"
        yield Zero(point, bare, f"zero weights are {kind} at every decay", setting)


def zero_is_one(setting: Setting, widths: tuple[int, ...], at: str) -> bool:
    """Whether zero weights are a stationary point, or a minimum, at every decay of all layers.

    Outputs and their slopes vanish there if no unit says anything at zero. They are of degree three or more in the
    weights, so that the penalty alone bends the loss, with three layers or where a power comes between two.
    """
    smooth = setting.network == "smooth" and setting.smooth in ("tanh", "swish")
    if len(widths) < 3 or not (setting.network in ("linear", "power") or smooth):
        return False
    return at == "stationary" or (at == "minimum" and (len(widths) > 3 or setting.network == "power"))


def regular_end(point: RationalPoint, setting: Setting, widths: tuple[int, ...], at: str) -> RationalPoint | None:
    """A nondegenerate stationary point without decay near a point's weights, enclosed; a minimum if `at` says so."""
    kind = "minimum" if at == "minimum" else "stationary"
    bare = without_decay(setting)
    floats = [[[float(v) for v in row] for row in w] for w in point.W]
    targets = [[float(v) for v in t] if isinstance(t, tuple) else float(t) for t in point.y]
    near = nearby(floats, [[float(v) for v in row] for row in point.x], targets, kind, **bare.keywords(widths))
    if near is None:
        return None
    layers = tuple(tuple(tuple(Fraction(v) for v in row) for row in w) for w in near)
    found = refined(replace(point, W=layers, decay=(UNREGULARISED,) * len(layers)), bare, widths)
    certain = found is not None and holds_one(found, bare, widths, minimum=kind == "minimum")
    return found if certain else None


def value(fate: Fate, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
    """The limit of a term at a path's end, or None: continuous terms only, with t meaning nothing."""
    if "t" in names(body):
        return None
    if isinstance(fate, Regular):
        return fate.limit(body, bound, sizes)
    if isinstance(fate, Separator | Deep):
        return _at_infinity(fate, body, bound, sizes)
    return numbers_of(body, fate.end, fate.setting, sizes, bound) if continuous(body) else None


def _at_infinity(fate: Separator | Deep, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
    known = fate.limit(body, bound, sizes) if "decay" not in names(body) else None
    if known is not None:
        return known
    law = fate.law(body, bound, sizes)
    if law is None or law.order > 0:
        return None
    if law.order < 0:
        return [fmpq(0)]
    return None if law.unknown else [law.value]


def escapes(fate: Fate, body: Node, bound: dict[str, int], sizes: Sizes) -> bool:
    """Whether |body| certainly tends to infinity along the path."""
    if not isinstance(fate, Separator | Deep):
        return False
    law = fate.law(body, bound, sizes)
    return fate.unbounded(body) or (law is not None and law.order > 0)
