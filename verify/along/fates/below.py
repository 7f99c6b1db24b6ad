r"""Homogeneous networks that start with a loss below that of one example: how fast everything grows.

Notation: d_k the degree of f in W_k, 1 but for powers s(z) = z^p, where d_k = p^(K-k); D = sum_k d_k; m the least
y_n f_n. By the theorem on losses below one example L -> 0, V converges, margin has a positive limit and

    L = Theta(t^-1 (log t)^(2/D - 2)),    |W| = Theta((log t)^(1/D)),    m ~ -log L ~ log t.

|W_k|^2/d_k - |W_j|^2/d_j is conserved (Euler's identity layer by layer; on kinks by convexity), and |W| diverges:

    |W_k| ~ d_k^(1/2) s (log t)^(1/D)   with one s for all k,    m = margin prod_k |W_k|^(d_k).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from flint import arb, fmpq

from ...claim import Setting
from ...formula import parse
from ...formula.nodes import Call, Indexed, Name, Node
from ...formula.shapes import Sizes
from ...points.rational import RationalPoint
from ...points.values import compared, numbers_of
from ...statements.equivalence import terms
from ...statements.separation import HOMOGENEOUS
from ...world import rational
from .base import Fate, Law, fixed, powers

SIZE, LOSS = "|W|", "L"  # the unknown factors
LEAST = terms(parse("min(n, y[n]*f[n])")).text()  # m


class Below(Fate):
    """A trajectory of which rates are known, and no end."""

    certificate: ClassVar[str] = "loss below one example"

    def knows(self, body: Node) -> bool:
        return body == Name("L")

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        return np.array([fmpq(0)], dtype=object) if self.knows(body) else None

    def unbounded(self, body: Node) -> bool:
        return is_layer(body) or body == Name("rho") or norm_of(body) is not None

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        depth = len(self.start.W)
        layer = norm_of(node)
        if layer is not None:
            k = rational(layer, bound, sizes)
            return None if k is None else self._norms((int(k),))
        if node == Name("rho"):
            return self._norms(range(1, depth + 1))
        if node == Name("L"):
            growth = Fraction(2, sum(degrees(self.setting, depth))) - 2
            return Law(fmpq(1), (Fraction(-1), growth, Fraction(0)), ((LOSS, Fraction(1)),))
        if node == Name("margin"):
            return LOG_T.times(self._output(), -1)
        if isinstance(node, Indexed) and node.base in ("f", "fV"):
            return self._example(node, bound, sizes)
        if not fixed(node, bound) and terms(node).text() == LEAST:
            return LOG_T
        return super().law(node, bound, sizes)

    def _norms(self, layers: Any) -> Law:
        """prod of |W_k|."""
        every = degrees(self.setting, len(self.start.W))
        total = Law(fmpq(1), powers(0, 0, 0))
        for k in layers:
            size = fmpq(1) if every[k - 1] == 1 else arb(every[k - 1]).sqrt()
            growth = (Fraction(0), Fraction(1, sum(every)), Fraction(0))
            total = total.times(Law(size, growth, ((SIZE, Fraction(1)),)))
        return total

    def _output(self) -> Law:
        """f(W)/f(V) = prod |W_k|^(d_k)."""
        every = degrees(self.setting, len(self.start.W))
        return self._norms([k for k, d in enumerate(every, 1) for _ in range(d)])

    def _example(self, node: Indexed, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """f[n], which is as large as the smallest output up to a bounded factor, and fV[n]."""
        n = rational(node.index, bound, sizes)
        if n is None:
            return None
        label = fmpq(int(self.start.y[int(n) - 1]))
        found = Law(label, LOG_T.growth, ((f"f[{int(n)}]", Fraction(1)),))
        return found if node.base == "f" else found.times(self._output(), -1)


LOG_T = Law(fmpq(1), powers(0, 1, 0))


def degrees(setting: Setting, depth: int) -> tuple[int, ...]:
    """The degree of f in every layer."""
    step = setting.degree if setting.network == "power" else 1
    return tuple(step ** (depth - k) for k in range(1, depth + 1))


def is_layer(node: Node) -> bool:
    """W[k]"""
    return isinstance(node, Indexed) and node.base == "W"


def norm_of(node: Node) -> Node | None:
    """The k of rho[k] or norm(W[k])."""
    inner = node.args[0] if isinstance(node, Call) and node.func == "norm" else None
    if isinstance(inner, Indexed) and inner.base == "W":
        return inner.index
    return node.index if isinstance(node, Indexed) and node.base == "rho" else None


def homogeneous(setting: Setting, widths: tuple[int, ...]) -> bool:
    """A network that is homogeneous in every layer, with one output, under an exponential or logistic loss."""
    return (
        setting.network in HOMOGENEOUS
        and not setting.output_activation
        and widths[-1] == 1
        and setting.loss in ("exponential", "logistic")
    )


def below(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[Below]:
    """The fate of a start with a loss below that of one example at output 0."""
    if not homogeneous(setting, widths) or setting.flow != "gradient" or any(point.decay):
        return
    loss = numbers_of(Name("L"), point, setting, setting.sizes(widths), {})
    one = arb(1) if setting.loss == "exponential" else arb(2).log()
    if compared("<", loss, [one / (len(point.x) if setting.average else 1)]):
        yield Below(point, point, "by the theorem on losses below that of one example", setting)


def enlarged(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """A start that separates, and its multiple with a loss below that of one example."""
    world = point.world(setting, widths)
    every = range(1, len(point.x) + 1)
    least = min(float(arb(world.value(world.signed_output(world.state, n, False))).mid()) for n in every)
    if least <= 0:
        return
    wanted, factor = len(point.x).bit_length() + 1, 1
    while least * factor ** sum(degrees(setting, len(point.W))) < wanted:
        factor *= 2
    layers = tuple(tuple(tuple(factor * v for v in row) for row in w) for w in point.W)
    yield replace(point, W=layers)
