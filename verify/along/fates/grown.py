"""Networks that separate examples group by group with linear networks: what their norms and margins tend to.

Notation: K layers; groups g of examples, each with a linear network of its own
(`derivations.trajectories.standing_gates`, or all examples and a linear network) that separates rows z_n from 0:
y_n x_n, or x_n where units are active on them; w*_g = argmin |w|^2 with z_n.w >= 1 on the group, 1/gamma_g = |w*_g|.

By the theorem on deep max-margin bias the smallest output of each group grows like log t, hence

    rho_k ~ (log t)^(1/K) (sum_g |w*_g|^(2/K))^(1/2),    margin -> (sum_g |w*_g|^(2/K))^(-K/2)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from flint import arb, ctx, fmpq

from derivations.exact.ring import Undecidable

from ...claim import Setting
from ...formula.nodes import Call, Indexed, Name, Node
from ...formula.shapes import Sizes
from ...points.rational import RationalPoint
from ...points.values import BITS
from ..separator import least_separator
from .base import Fate, Law, powers

Rows = Sequence[Sequence[Fraction]]


@dataclass
class Grown(Fate):
    """A trajectory along which groups of examples, given by their rows z_n, are separated for good."""

    groups: tuple[Rows, ...]
    lost: int = 0  # examples in no group: their outputs are 0 for good

    def knows(self, body: Node) -> bool:
        return body in (Name("L"), Name("margin"))

    def unbounded(self, body: Node) -> bool:
        """Norms grow with every group."""
        return bool(self.groups) and (_is_norm_of_layer(body) or body == Name("rho") or _is_layer(body))

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if not self.knows(body):
            return None
        with ctx.workprec(BITS):
            value = self._loss() if body == Name("L") else self._margin()
        return None if value is None else np.array([value], dtype=object)

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """Norms grow like powers of log t; other terms as in every fate."""
        if not (self.groups and (node == Name("rho") or _is_norm_of_layer(node))):
            return super().law(node, bound, sizes)
        depth = len(self.start.W)
        with ctx.workprec(BITS):
            if node == Name("rho"):
                return Law((self._total() ** depth).sqrt(), powers(0, 1, 0))
            return Law(self._total().sqrt(), (Fraction(0), Fraction(1, depth), Fraction(0)))

    def _loss(self) -> arb | fmpq:
        """ell(0) for every example that is lost."""
        each = fmpq(1) if self.setting.loss == "exponential" else arb(2).log()
        return each * fmpq(self.lost, len(self.start.x) if self.setting.average else 1)

    def _margin(self) -> arb | fmpq | None:
        if self.lost:
            return fmpq(0) if self.groups else None
        return 1 / (self._total() ** len(self.start.W)).sqrt()

    def _total(self) -> arb:
        """sum_g |w*_g|^(2/K)"""
        total = arb(0)
        for rows in self.groups:
            weights = least_separator(rows)
            if weights is None:
                raise Undecidable("a separator that is not certified")
            square = sum((v * v for v in weights), Fraction(0))
            total += arb(fmpq(square.numerator, square.denominator)).root(len(self.start.W))
        return total


def _is_layer(node: Node) -> bool:
    return isinstance(node, Indexed) and node.base == "W"


def _is_norm_of_layer(node: Node) -> bool:
    """rho[k] or norm(W[k])"""
    inner = node.args[0] if isinstance(node, Call) and node.func == "norm" else None
    return (isinstance(node, Indexed) and node.base == "rho") or (inner is not None and _is_layer(inner))


class DeepLine(Grown):
    """A linear network of several layers that separates the data at the start."""

    certificate: ClassVar[str] = "deep max-margin bias"


def deep_line(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[DeepLine]:
    """The fate of a start of a deep linear network that separates the data."""
    fits = (
        setting.network == "linear"
        and setting.flow == "gradient"
        and len(widths) > 2
        and widths[-1] == 1
        and setting.loss in ("exponential", "logistic")
        and not any(point.decay)
        and not setting.output_activation
    )
    if fits and _separates(point):
        rows = tuple(tuple(Fraction(y) * v for v in x) for x, y in zip(point.x, point.y, strict=True))
        yield DeepLine(point, point, "by the theorem on deep max-margin bias", setting, (rows,))


def _separates(point: RationalPoint) -> bool:
    for x, y in zip(point.x, point.y, strict=True):
        a: Sequence[Fraction] = x
        for w in point.W:
            a = [sum((u * v for u, v in zip(row, a, strict=True)), Fraction(0)) for row in w]
        if a[0] * y <= 0:
            return False
    return True
