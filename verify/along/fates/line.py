"""One linear layer on separable data under an exponential tail: max-margin bias.

Notation: z_n = y_n x_n; w* the certified hard-margin solution, V -> w*/|w*|.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from derivations.exact.ring import Undecidable

from ...claim import Setting
from ...formula.nodes import BinOp, Call, Grad, Indexed, Name, Node, Num, rebuild, walk
from ...formula.shapes import Sizes
from ...points.values import numbers_of
from ...statements.words import DIRECTIONAL, FIXED, continuous, indices_of, names
from .base import Fate, Law, powers
from .residual import remainder


class Line(Fate):
    """One linear layer on separable data: `end` has the hard-margin direction."""

    certificate = "max-margin bias"

    def knows(self, body: Node) -> bool:
        return body == Name("L") or (continuous(body) and not names(body) - DIRECTIONAL - indices_of(body))

    def candidates(self, body: Node) -> list[Node]:
        """Late on, the gradient of the margin is y_n x_n for one of the support vectors n."""
        if not any(_is_margin_slope(n) for n in walk(body)):
            return [body]
        return [_with_slope(body, n) for n in self._support()]

    def _support(self) -> list[int]:
        (w,) = self.end.W[0]
        rows = zip(self.end.x, self.end.y, strict=True)
        return [n for n, (x, y) in enumerate(rows, 1) if y * sum(a * b for a, b in zip(w, x, strict=True)) == 1]

    def unbounded(self, body: Node) -> bool:
        grows = isinstance(body, Indexed) and body.base in ("rho", "W")
        return grows or body == Name("rho") or _is_norm(body)

    def remainder(self, body: Node) -> fmpq | None:
        """What is left of the loss beside its largest term, if that is what a term says."""
        return remainder(body, self.start, self.setting)

    def because(self, body: Node) -> str:
        if self.remainder(body) is None:
            return self.story
        return "the losses of the support vectors become proportional to their multipliers, which add up"

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        left = self.remainder(body)
        if left is not None:
            return np.array([left], dtype=object)
        if not self.knows(body):
            return None
        if body == Name("L"):
            return np.array([fmpq(0)], dtype=object)
        return numbers_of(at_separator(body), self.end, self.setting, sizes, bound)

    def constant(self, side: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        """The separator's direction and margin are those of the end."""
        if names(side) & {"svm", "max_margin"}:
            if names(side) - FIXED - set(bound):
                raise Undecidable("a side that mixes the separator with the start")
            return numbers_of(at_separator(side), self.end, self.setting, sizes, bound)
        return super().constant(side, bound, sizes)

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        if self.unbounded(node) and node != W1:
            value = numbers_of(W_NORM, self.end, self.setting, sizes, bound)[0]  # 1/max_margin
            return Law(value, powers(0, 1, 0))
        return super().law(node, bound, sizes)


def _is_margin_slope(node: Node) -> bool:
    """grad(margin, V[k])"""
    return isinstance(node, Grad) and node.body == Name("margin") and node.wrt is not None and node.wrt.base == "V"


def _with_slope(node: Node, n: int) -> Node:
    if _is_margin_slope(node):
        index = Num(Fraction(n))
        return BinOp("*", Indexed("y", index), Indexed("x", index))
    return rebuild(node, lambda child: _with_slope(child, n))


W1 = Indexed("W", Num(Fraction(1)))
W_NORM = Indexed("rho", Num(Fraction(1)))


def _is_norm(body: Node) -> bool:
    """norm(W[1])"""
    inner = body.args[0] if isinstance(body, Call) and body.func == "norm" else None
    return isinstance(inner, Indexed) and inner.base == "W"


def at_separator(node: Node) -> Node:
    """The term at w*, where svm is V[1] and both margins are 1/|w*|: no minimum over tied examples is taken."""
    if node == Name("svm"):
        return Indexed("V", Num(Fraction(1)))
    if node in (Name("max_margin"), Name("margin")):
        return BinOp("/", Num(Fraction(1)), W_NORM)
    return rebuild(node, at_separator)


def is_line(setting: Setting) -> bool:
    """The hypotheses of the theorem on max-margin bias, apart from separability of the data. With one layer, whatever
    the name of the network, no activation is met."""
    return (
        setting.flow == "gradient"
        and setting.loss in ("exponential", "logistic")
        and setting.weight_decay == 0
        and not setting.output_activation
        and all(len(w) == 2 and w[-1] == 1 for w in setting.widths)
    )
