"""ReLU networks whose gates stand for ever, from the start on or from an enclosed time on.

Notation: groups of examples that one set of units sees (`derivations.trajectories.standing_gates`); the units are
active on them, so that a group's rows are its x_n.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar

from flint import arb, ctx

from derivations.trajectories.enclosure import Flow, NotEnclosed, enclose
from derivations.trajectories.standing_gates import StandingGates, standing_gates

from ...claim import Setting
from ...points.rational import RationalPoint
from ...points.values import BITS
from ..grouped import regrouped
from .base import Fate
from .grown import Grown

LATEST = Fraction(8)  # how long gates may take until they stand


class Standing(Grown):
    """A trajectory whose gates never change from some time on."""

    certificate: ClassVar[str] = "standing gates"

    def others(self) -> Iterator[Fate]:
        """Starts on the same data where units share the examples differently."""
        for point in regrouped(self.start):
            found = standing_gates(point.W, point.x, point.y)
            if found is not None:
                other = ended(Standing, point, self.setting, found)
                if (other.groups, other.lost) != (self.groups, self.lost):
                    yield other


class Enclosed(Standing):
    """The same, from a time on until which every solution from the start is enclosed in balls."""

    certificate: ClassVar[str] = "enclosure, then standing gates"


def standing(point: RationalPoint, setting: Setting, enclosed: bool) -> Iterator[Standing]:
    """The fate of a start whose gates stand, at once or, where it may be enclosed, later."""
    if not covered(point, setting):
        return
    at_once = standing_gates(point.W, point.x, point.y)
    if at_once is not None:
        yield ended(Standing, point, setting, at_once)
    elif enclosed:
        yield from _later(point, setting)


def covered(point: RationalPoint, setting: Setting) -> bool:
    """The hypotheses of the theorem on standing gates about the flow."""
    return (
        setting.network == "relu"
        and setting.flow == "gradient"
        and not setting.output_activation
        and setting.loss in ("exponential", "logistic")
        and len(point.W[-1]) == 1
        and not any(point.decay)
    )


def _later(point: RationalPoint, setting: Setting) -> Iterator[Standing]:
    try:
        flow = Flow(point.x, point.y, network="relu", loss=setting.loss, average=setting.average)
        found = enclose(flow, point.W, lambda w: standing_gates([v.tolist() for v in w], point.x, point.y), LATEST)
    except NotEnclosed:
        return
    if found is not None:
        state, gates = found
        with ctx.workprec(BITS):
            when = arb(state.t).str(4, radius=False)
        yield ended(Enclosed, point, setting, gates, f"every solution is enclosed until t = {when}, and from there on ")


def ended(
    kind: type[Standing],
    point: RationalPoint,
    setting: Setting,
    gates: StandingGates,
    since: str = "",
) -> Standing:
    """The fate of a start, given the gates that stand."""
    groups = tuple(tuple(point.x[n] for n in sorted(g.examples)) for g in gates.alive)
    return kind(point, point, told(gates, since), setting, groups, len(gates.lost))


def told(gates: StandingGates, since: str) -> str:
    """Who sees whom for ever, in words."""
    parts = [f"{_named(g.examples)} by {_counted(len(g.units[0]))}" for g in gates.alive]
    text = f"{since}no gate ever changes: {', '.join(parts)} of the first layer" if parts else f"{since}no unit reads"
    text += f"; {_named(gates.lost)} seen by none, for ever" if gates.lost else ""
    return f"{text} (and so from all weights and inputs nearby)" if gates.stable else text


def _named(examples: Any) -> str:
    numbers = [str(n + 1) for n in sorted(examples)]
    return f"example {numbers[0]}" if len(numbers) == 1 else f"examples {', '.join(numbers)}"


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"
