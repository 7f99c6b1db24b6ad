"""Scalars at a rational point, enclosed in Arb balls: what they really are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import factorial

from flint import arb, arb_series, ctx, fmpq

from .algebra import Uncovered
from .networks import Base, Network

PRECISION = 256


def ball(value: Fraction | int) -> arb:
    value = Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def enclosed(network: Base, wholes: Sequence[int], at: Mapping[str, Fraction | int]) -> list[arb]:
    """Balls around the values of scalars, with these values of the letters; gates are those of the point.

    Raises:
        Uncovered: if a scalar, a gate or a sign does not exist or cannot be told there.
    """
    before, ctx.prec = ctx.prec, PRECISION
    try:
        return _Values(network, at).of(wholes)
    finally:
        ctx.prec = before


class _Values:
    def __init__(self, network: Base, at: Mapping[str, Fraction | int]):
        self.network, self.graph, self.at = network, network.graph, at
        self.values: dict[int, arb] = {}
        gates = network.gate_of if isinstance(network, Network) else {}
        self.inside: dict[int, int] = {}  # of each gate the pre-activation that was met first
        for z, gate in gates.items():
            self.inside.setdefault(gate, z)

    def of(self, wholes: Sequence[int]) -> list[arb]:
        met = [z for a in self.graph.below(wholes) if (z := self.inside.get(a)) is not None]
        while True:
            order = self.graph.below([*wholes, *met])
            more = [z for a in order if (z := self.inside.get(a)) is not None and z not in met]
            if not more:
                break
            met += more
        for a in order:
            self.values[a] = self._value(a)
        return [self.values[a] for a in wholes]

    def _value(self, a: int) -> arb:
        kind, *rest = self.graph.nodes[a]
        parts = [self.values[p] for p in self.graph.parts(a)]
        match kind:
            case "num":
                return ball(rest[0])
            case "leaf":
                return self._leaf(a, rest[0])
            case "sum" | "plus":
                return sum(parts, arb(0))
            case "mul":
                return parts[0] * parts[1]
            case "inv":
                return self._known(1 / parts[0], "a division by zero")
            case "exp":
                return parts[0].exp()
            case "log":
                return self._known(parts[0].log(), "the logarithm of a number that is not positive")
            case "root":
                return self._known(parts[0].sqrt(), "the root of a negative number")
            case "sign":
                return arb(self._sign(parts[0]))
        return self._activation(parts[0], rest[1])

    def _known(self, value: arb, what: str) -> arb:
        if not value.is_finite():
            raise Uncovered(f"{what} at the point")
        return value

    def _sign(self, value: arb) -> int:
        if value.contains(0):
            raise Uncovered("a sign that cannot be told at the point")
        return 1 if value > 0 else -1

    def _leaf(self, a: int, name: str) -> arb:
        if a in self.inside:
            on = self._sign(self.values[self.inside[a]]) > 0
            leaky = self.network.setting.network == "leaky-relu"
            return arb(1) if on else ball(self.network.setting.slope) if leaky else arb(0)
        if name == "pi":
            return arb.pi()
        if name not in self.at:
            raise Uncovered(f"no value of '{name}' at the point")
        return ball(Fraction(self.at[name]))

    def _activation(self, z: arb, order: int) -> arb:
        """A derivative of the smooth activation, from its Taylor series."""
        s = arb_series([z, 1], prec=order + 1)
        match self.network.setting.smooth:
            case "softplus":
                series = (s.exp() + 1).log()
            case "tanh":
                series = 1 - 2 / ((2 * s).exp() + 1)
            case "swish":
                series = s / ((-s).exp() + 1)
            case other:
                raise Uncovered(f"the activation '{other}' at a point")
        return series[order] * factorial(order)
