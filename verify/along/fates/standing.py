"""ReLU networks whose gates stand for ever, from the start on or from an enclosed time on.

Notation: groups g of examples S_g that one set of units sees (`derivations.standing_gates`); gamma_g the largest
margin on S_g; w*_g = argmin |w|^2 with w.x_n >= 1 on S_g, 1/gamma_g = |w*_g|.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from flint import arb, ctx, fmpq

from derivations.enclosure import Flow, NotEnclosed, enclose
from derivations.standing_gates import StandingGates, standing_gates

from ...claim import Setting
from ...formula.nodes import Call, Indexed, Name, Node
from ...formula.shapes import Sizes
from ...rational import RationalPoint
from ..grouped import regrouped
from ..values import BITS
from .base import Fate
from .separator import least_separator

LATEST = Fraction(8)  # how long gates may take until they stand


@dataclass
class Standing(Fate):
    """A trajectory whose gates never change from some time on."""

    gates: StandingGates
    certificate: ClassVar[str] = "standing gates"

    def knows(self, body: Node) -> bool:
        return body in (Name("L"), Name("margin"))

    def unbounded(self, body: Node) -> bool:
        """Norms grow with every group that reaches the output."""
        grows = isinstance(body, Indexed) and body.base in ("rho", "W")
        layer = body.args[0] if isinstance(body, Call) and body.func == "norm" else None
        norm = isinstance(layer, Indexed) and layer.base == "W"
        return bool(self.gates.alive) and (grows or norm or body == Name("rho"))

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if not self.knows(body):
            return None
        with ctx.workprec(BITS):
            value = self._loss() if body == Name("L") else self._margin()
        return None if value is None else np.array([value], dtype=object)

    def _loss(self) -> arb | fmpq:
        """ell(0) for every example that no living group sees."""
        each = fmpq(1) if self.setting.loss == "exponential" else arb(2).log()
        return each * fmpq(len(self.gates.lost), len(self.start.x) if self.setting.average else 1)

    def _margin(self) -> arb | fmpq | None:
        """(sum_g |w*_g|^(2/K))^(-K/2), or 0 where an example is lost."""
        if self.gates.lost:
            return fmpq(0) if self.gates.alive else None
        depth = len(self.start.W)
        total = arb(0)
        for group in self.gates.alive:
            weights = least_separator([self.start.x[n] for n in sorted(group.examples)])
            if weights is None:
                return None
            square = sum((v * v for v in weights), Fraction(0))
            total += arb(fmpq(square.numerator, square.denominator)).root(depth)
        return 1 / (total**depth).sqrt()

    def others(self) -> Iterator[Fate]:
        """Starts on the same data where units share the examples differently."""
        for point in regrouped(self.start):
            found = standing_gates(point.W, point.x, point.y)
            if found is not None and found != self.gates:
                yield Standing(point, point, told(found, ""), self.setting, found)


@dataclass
class Enclosed(Standing):
    """The same, from a time on until which every solution from the start is enclosed in balls."""

    certificate: ClassVar[str] = "enclosure, then standing gates"


def standing(point: RationalPoint, setting: Setting, enclosed: bool) -> Iterator[Standing]:
    """The fate of a start whose gates stand, at once or, where it may be enclosed, later."""
    if not covered(point, setting):
        return
    at_once = standing_gates(point.W, point.x, point.y)
    if at_once is not None:
        yield Standing(point, point, told(at_once, ""), setting, at_once)
    elif enclosed:
        yield from _later(point, setting)


def covered(point: RationalPoint, setting: Setting) -> bool:
    """The hypotheses of the theorem on standing gates about the flow."""
    return (setting.network == "relu" and setting.flow == "gradient" and not setting.output_activation
            and setting.loss in ("exponential", "logistic") and len(point.W[-1]) == 1 and not any(point.decay)
            )  # fmt: skip


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
        yield Enclosed(point, point, told(gates, f"every solution is enclosed until t = {when}, and from there on "),
                       setting, gates)  # fmt: skip


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
