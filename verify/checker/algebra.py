"""Scalars as a graph of operations on letters, each formed once, with their derivatives.

Nothing is expanded and nothing is compared here: whether a scalar is zero is asked of its values (`residues`). A node
is a number into the list of nodes; what a node is made of stands before it.

====== ==================== ==========================================================
kind   parts                meaning
====== ==================== ==========================================================
num    a rational           itself
leaf   a name               a letter
sum    nodes                their sum, as it comes from products of matrices
plus   two nodes            a sum that a formula writes
mul    two nodes            their product
inv    a node               1 / a
exp    a node               the exponential
log    a node               the logarithm
root   a node               the positive square root
sign   a node               +1 or -1
jet    a node, an order     a derivative of the activation, of which nothing else is used
====== ==================== ==========================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

POSITIVE = ("N", "R", "decay")  # how the letters begin that are positive


class Uncovered(Exception):
    """A word or a rule that the checker does not know; the message says which."""


class Graph:
    """Nodes, made by the methods of the graph alone, so that equal ones are one."""

    def __init__(self) -> None:
        self.nodes: list[tuple[Any, ...]] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self.zero, self.one = self.num(0), self.num(1)

    # ---- making nodes

    def _node(self, *key: Any) -> int:
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(key)
        return self._known[key]

    def num(self, value: Fraction | int) -> int:
        return self._node("num", Fraction(value))

    def leaf(self, name: str) -> int:
        return self._node("leaf", name)

    def number(self, a: int) -> Fraction | None:
        """The value of a node that is a number."""
        kind, first = self.nodes[a][:2]
        return first if kind == "num" else None

    def total(self, terms: Iterable[int]) -> int:
        """A sum of any length."""
        constant, rest = Fraction(0), []
        for t in terms:
            value = self.number(t)
            if value is None:
                rest.append(t)
            else:
                constant += value
        if constant:
            rest.append(self.num(constant))
        if not rest:
            return self.zero
        return rest[0] if len(rest) == 1 else self._node("sum", *rest)

    def plus(self, a: int, b: int) -> int:
        known = self.number(a), self.number(b)
        if known[0] is not None and known[1] is not None:
            return self.num(known[0] + known[1])
        if known[0] == 0 or known[1] == 0:
            return b if known[0] == 0 else a
        return self._node("plus", a, b)

    def mul(self, a: int, b: int) -> int:
        known = self.number(a), self.number(b)
        if known[0] is not None and known[1] is not None:
            return self.num(known[0] * known[1])
        if 0 in known:
            return self.zero
        if 1 in known:
            return b if known[0] == 1 else a
        return self._node("mul", *sorted((a, b)))

    def neg(self, a: int) -> int:
        return self.mul(self.num(-1), a)

    def inv(self, a: int) -> int:
        value = self.number(a)
        if value == 0:
            raise Uncovered("a division by zero")
        if value is not None:
            return self.num(1 / value)
        return self.nodes[a][1] if self.nodes[a][0] == "inv" else self._node("inv", a)

    def power(self, a: int, exponent: Fraction) -> int:
        """An integer power, or one of a square root."""
        if exponent.denominator == 2:
            a, exponent = self.root(a), exponent * 2
        if exponent.denominator != 1:
            raise Uncovered("a root other than the square root")
        base, left, result = (self.inv(a) if exponent < 0 else a), abs(int(exponent)), self.one
        while left:
            result = self.mul(result, base) if left % 2 else result
            base, left = (self.mul(base, base) if left > 1 else base), left // 2
        return result

    def exp(self, a: int) -> int:
        return self.one if self.number(a) == 0 else self._node("exp", a)

    def log(self, a: int) -> int:
        value = self.number(a)
        if value is not None and value <= 0:
            raise Uncovered("the logarithm of a number that is not positive")
        return self.zero if value == 1 else self._node("log", a)

    def root(self, a: int) -> int:
        value = self.number(a)
        if value is None:
            return self._node("root", a)
        if value < 0:
            raise Uncovered("the root of a negative number")
        top, below = isqrt(value.numerator), isqrt(value.denominator)
        if top * top == value.numerator and below * below == value.denominator:
            return self.num(Fraction(top, below))
        return self._node("root", a)

    def sign(self, a: int) -> int:
        value = self.number(a)
        if value == 0:
            raise Uncovered("the sign of zero")
        return self._node("sign", a) if value is None else self.num(1 if value > 0 else -1)

    def jet(self, a: int, order: int) -> int:
        return self._node("jet", a, order)

    # ---- reading nodes

    def parts(self, a: int) -> tuple[int, ...]:
        """The nodes that a node is made of."""
        kind, *rest = self.nodes[a]
        if kind in ("num", "leaf"):
            return ()
        return tuple(rest[:1]) if kind == "jet" else tuple(rest)

    def positive(self, a: int, roots: bool = True) -> bool:
        """Whether a node is positive, read off its form: exponentials, positive numbers and letters, products, sums and
        inverses of these; and roots, which are so where they are not 0."""
        kind, *rest = self.nodes[a]
        if kind in ("num", "leaf"):
            return rest[0] > 0 if kind == "num" else rest[0].startswith(POSITIVE)
        whole = kind in ("mul", "inv", "sum", "plus") and all(self.positive(p, roots) for p in rest)
        return whole or kind == "exp" or (kind == "root" and roots)

    def below(self, roots: Iterable[int]) -> list[int]:
        """Everything that some nodes are made of, themselves included, parts before wholes."""
        met, waiting = set(), list(roots)
        while waiting:
            a = waiting.pop()
            if a not in met:
                met.add(a)
                waiting += self.parts(a)
        return sorted(met)

    # ---- derivatives

    def slope(self, a: int) -> tuple[int, ...]:
        """The partial derivatives of one node by each of its parts."""
        kind, *rest = self.nodes[a]
        match kind:
            case "sum" | "plus":
                return (self.one,) * len(rest)
            case "mul":
                return rest[1], rest[0]
            case "inv":
                return (self.neg(self.mul(a, a)),)
            case "exp":
                return (a,)
            case "log":
                return (self.inv(rest[0]),)
            case "root":
                return (self.mul(self.num(Fraction(1, 2)), self.inv(a)),)
            case "sign":
                return (self.zero,)
            case "jet":
                return (self.jet(rest[0], rest[1] + 1),)
        return ()

    def _depends(self, order: Sequence[int], leaves: set[int]) -> set[int]:
        """Those of some nodes, parts before wholes, in which one of the leaves occurs."""
        moving: set[int] = set()
        for a in order:
            if a in leaves or any(p in moving for p in self.parts(a)):
                moving.add(a)
        return moving

    def gradient(self, a: int, leaves: Sequence[int]) -> list[int]:
        """The derivatives of a node by leaves, from the whole down to its parts."""
        order = self.below([a])
        moving = self._depends(order, set(leaves))
        weights: dict[int, list[int]] = {a: [self.one]}
        sums: dict[int, int] = {}
        for node in reversed(order):
            if node not in moving or node not in weights:
                continue
            sums[node] = weight = self.total(weights[node])
            for part, slope in zip(self.parts(node), self.slope(node), strict=True):
                if part in moving:
                    weights.setdefault(part, []).append(self.mul(weight, slope))
        return [sums.get(leaf, self.zero) for leaf in leaves]

    def rates(self, wholes: Sequence[int], speeds: Mapping[int, int]) -> list[int]:
        """The derivatives of nodes where the leaves move with given speeds, from the parts up to the whole."""
        order = self.below(wholes)
        moving = self._depends(order, set(speeds))
        rate: dict[int, int] = {}
        for node in order:
            if node in speeds:
                rate[node] = speeds[node]
            elif node in moving:
                pairs = zip(self.parts(node), self.slope(node), strict=True)
                rate[node] = self.total(self.mul(s, rate[p]) for p, s in pairs if p in moving)
        return [rate.get(a, self.zero) for a in wholes]

    def replaced(self, wholes: Sequence[int], new: Mapping[int, int]) -> list[int]:
        """The nodes with other nodes in place of leaves."""
        order = self.below(wholes)
        moving = self._depends(order, set(new))
        made: dict[int, int] = {}
        for a in order:
            made[a] = new[a] if a in new else a if a not in moving else self._again(a, made)
        return [made[a] for a in wholes]

    def _again(self, a: int, made: Mapping[int, int]) -> int:
        kind, *rest = self.nodes[a]
        if kind == "sum":
            return self.total(made[p] for p in rest)
        if kind == "jet":
            return self.jet(made[rest[0]], rest[1])
        return getattr(self, kind)(*(made[p] for p in rest))
