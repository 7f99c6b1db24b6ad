"""Trajectories whose end is known exactly, and the values of terms there.

Notation: A, b with A W - b half the gradient of the one-layer square loss; z_n = y_n x_n; w* the certified
hard-margin solution, V -> w*/|w*|; a law is (c, (p, q, r)) for c t^p (log t)^q (log log t)^r.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq, fmpq_mat

from derivations.exact.point import OutsideDomain, decided
from derivations.exact.ring import OutOfLetters, Undecidable

from .claim import Setting
from .formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Neg, Node, Num, Rate, rebuild, walk
from .formula.shapes import Sizes
from .refute import RationalPoint
from .trajectories_rest import at_rest, loss_at_zero
from .world import CannotEvaluate, Evaluator, rational

BITS = 256  # of the balls in which irrational values are compared
Law = tuple[Any, tuple[Fraction, Fraction, Fraction]]

# names whose values do not change along a trajectory
FIXED = frozenset({"K", "N", "p", "pi", "decay", "X", "Y", "min_norm", "max_margin", "svm", "x", "y"})
# names that depend on the direction of one layer alone
DIRECTIONAL = FIXED | {"V", "fV", "margin"}


# what evaluation at a point may raise where it has no meaning or no exact value
OUTSIDE = (OutsideDomain, Undecidable, CannotEvaluate, OutOfLetters, ZeroDivisionError)


def numbers_of(node: Node, point: RationalPoint, setting: Setting, sizes: Sizes, bound: dict[str, int]) -> Any:
    """The exact or enclosed values of a term at a point, as a flat array."""
    world = point.world(setting, tuple(sizes.widths))
    value = Evaluator(world, sizes).term(node, bound)
    world.at_precision(BITS)
    return world.numbers(value).reshape(-1)


def compared(op: str, left: Any, right: Any) -> bool | None:
    """Whether a relation holds between arrays of numbers: certified, or None."""
    if len(left) != len(right):
        return None
    seen = [decided(op, a - b) for a, b in zip(left, right, strict=True)]
    if op == "!=":
        return True if True in seen else None if None in seen else False
    return False if False in seen else None if None in seen else True


def names(node: Node) -> set[str]:
    """All words of a term: names, and bases of indexed quantities."""
    found = {n.name for n in walk(node) if isinstance(n, Name)}
    return found | {n.base for n in walk(node) if isinstance(n, Indexed)}


# functions with jumps, and those of the network that have them
JUMPING = frozenset({"sign", "gate", "act1", "act2", "rank", "nullity", "distinct", "pinv", "null_projector"})


def continuous(body: Node) -> bool:
    """Whether a term is continuous in the weights wherever it is defined: no derivative, no function with jumps of
    anything but data."""
    for n in walk(body):
        if isinstance(n, Grad | Hess | Rate):
            return False
        if isinstance(n, Call) and n.func in JUMPING and names(n) - FIXED:
            return False
    return True


@dataclass
class Fate:
    """A trajectory from `start` of which `end` is known: the point it tends to."""

    start: RationalPoint
    end: RationalPoint
    story: str
    setting: Setting

    def knows(self, body: Node) -> bool:
        """Whether the limit of a term is its value at the end, which the trajectory need not reach."""
        return "t" not in names(body) and continuous(body)

    def candidates(self, body: Node) -> list[Node]:
        """Terms one of which has the limit of this one, if that exists."""
        return [body]

    def unbounded(self, body: Node) -> bool:
        """Whether |body| certainly tends to infinity."""
        return False

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        """The limit of a term, or None."""
        return numbers_of(body, self.end, self.setting, sizes, bound) if self.knows(body) else None

    def constant(self, side: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        """A side of a relation without limit: a number of the setting, or its value at the start."""
        return numbers_of(side, self.start, self.setting, sizes, bound)

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """Leading behaviour of a scalar term in t, or None."""
        match node:
            case Name(name="t"):
                return fmpq(1), _powers(1, 0, 0)
            case Call(func="log", args=(Name(name="t"),)):
                return fmpq(1), _powers(0, 1, 0)
            case Call(func="log", args=(Call(func="log", args=(Name(name="t"),)),)):
                return fmpq(1), _powers(0, 0, 1)
            case Neg(arg=arg):
                return _scaled(self.law(arg, bound, sizes), fmpq(-1))
            case BinOp(op=op, left=left, right=right) if "t" in names(node) or self.unbounded(left):
                return self._combined(op, left, right, bound, sizes)
        value = self.limit(node, bound, sizes)
        if value is None or len(value) != 1 or decided("!=", value[0]) is not True:
            return None
        return value[0], _powers(0, 0, 0)

    def _combined(self, op: str, left: Node, right: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        first = self.law(left, bound, sizes)
        if op == "**":
            exponent = rational(right, bound, sizes)
            return None if first is None or exponent is None else _raised(first, exponent)
        second = self.law(right, bound, sizes)
        if first is None or second is None:
            return None
        (a, p), (b, q) = first, second
        match op:
            case "*":
                return a * b, tuple(u + v for u, v in zip(p, q, strict=True))
            case "/":
                return a / b, tuple(u - v for u, v in zip(p, q, strict=True))
            case "+" | "-" if p != q:
                return first if p > q else _scaled(second, fmpq(1 if op == "+" else -1))
        return None

    def others(self) -> Iterator[Fate]:
        """Trajectories with known ends from other starts on the same data."""
        return iter(())


def _powers(p: int, q: int, r: int) -> tuple[Fraction, Fraction, Fraction]:
    return Fraction(p), Fraction(q), Fraction(r)


def _scaled(law: Law | None, factor: fmpq) -> Law | None:
    return None if law is None else (law[0] * factor, law[1])


def _raised(law: Law, exponent: Fraction) -> Law | None:
    if decided(">", law[0]) is not True:
        return None
    base = arb(law[0]) if isinstance(law[0], fmpq) else law[0]
    return base ** arb(fmpq(exponent.numerator, exponent.denominator)), tuple(u * exponent for u in law[1])


# ---- rest


class Rest(Fate):
    """A start at which every velocity is exactly zero."""

    def knows(self, body: Node) -> bool:
        """Every term without t is constant."""
        return "t" not in names(body)

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        value = loss_at_zero(self.start, self.setting) if body == Name("L") and not any(self.start.decay) else None
        if value is None:
            return super().limit(body, bound, sizes)
        return np.array([value], dtype=object)

    def others(self) -> Iterator[Fate]:
        """The same start with two rows of a layer, or two hidden units, exchanged in sign or place, if at rest."""
        for k in range(len(self.start.W)):
            for factor in (Fraction(-1), Fraction(2)):
                for i in range(len(self.start.W[k])):
                    yield from self._varied(k, i, factor)

    def _varied(self, k: int, i: int, factor: Fraction) -> Iterator[Fate]:
        rows = list(self.start.W[k])
        rows[i] = tuple(factor * v for v in rows[i])
        point = replace(self.start, W=(*self.start.W[:k], tuple(rows), *self.start.W[k + 1 :]))
        if rests(point, self.setting, _widths(point)):
            yield Rest(point, point, self.story, self.setting)


def _widths(point: RationalPoint) -> tuple[int, ...]:
    return (len(point.W[0][0]), *(len(w) for w in point.W))


def rests(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> bool:
    """Whether every gradient by a layer is exactly zero: then every flow stands still."""
    known = at_rest(point, setting)
    if known is not None:
        return known
    try:
        return _gradient_is_zero(point, setting, widths)
    except OUTSIDE:
        return False


def _gradient_is_zero(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> bool:
    world = point.world(setting, widths)
    evaluator = Evaluator(world, setting.sizes(widths))
    for k in range(1, len(widths)):
        slope = evaluator.term(Grad(Name("L"), Indexed("W", Num(Fraction(k)))))
        if any(world.value(e) != 0 for e in slope.reshape(-1)):
            return False
    return True


# ---- one layer, square loss


class Square(Fate):
    """One linear layer under the square loss: the end is the projection that the linear flow tends to."""

    def others(self) -> Iterator[Fate]:
        moved = tuple(tuple(2 * v + 1 for v in row) for row in self.start.W[0])
        yield square(replace(self.start, W=(moved,)), self.setting)


def square(point: RationalPoint, setting: Setting) -> Fate:
    """W(infinity) = W - A^+ (A W - b) with A = X^T X/N + decay, b = X^T Y/N, N = 1 for the plain sum."""
    x = fmpq_mat([[_q(v) for v in row] for row in point.x])
    targets = fmpq_mat([[_q(v) for v in (t if isinstance(t, tuple) else (t,))] for t in point.y])
    scale = fmpq(1, len(point.x) if setting.average else 1)
    d = x.ncols()
    decay = _q(point.decay[0]) if point.decay else fmpq(0)
    ridge = fmpq_mat([[decay if i == j else 0 for j in range(d)] for i in range(d)])
    a, b = x.transpose() * x * scale + ridge, x.transpose() * targets * scale
    w = fmpq_mat([[_q(v) for v in row] for row in point.W[0]]).transpose()
    end = w - _least_norm(a, a * w - b)
    rows = tuple(tuple(Fraction(int(end[j, i].p), int(end[j, i].q)) for j in range(d)) for i in range(end.ncols()))
    story = "the flow is linear and tends to the interpolant or minimiser with the start's part off the data"
    return Square(point, replace(point, W=(rows,)), story, setting)


def _least_norm(a: fmpq_mat, r: fmpq_mat) -> fmpq_mat:
    """A^+ r for a symmetric A with r in its range: the solution within the range, u = A v with A A v = r."""
    reduced, rank = a.rref()
    pivots, j = [], 0
    for i in range(rank):
        while reduced[i, j] == 0:
            j += 1
        pivots.append(j)
    basis = fmpq_mat([[a[i, j] for j in pivots] for i in range(a.nrows())])
    gram = basis.transpose() * a * basis
    return basis * gram.solve(basis.transpose() * r) if rank else a * r


def _q(v: Fraction) -> fmpq:
    return fmpq(v.numerator, v.denominator)


# ---- one layer, separable data


class Line(Fate):
    """One linear layer on separable data: `end` has the hard-margin direction."""

    def knows(self, body: Node) -> bool:
        return body == Name("L") or (continuous(body) and not names(body) - DIRECTIONAL - _indices(body))

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

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
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
            return numbers_of(W_NORM, self.end, self.setting, sizes, bound)[0], _powers(0, 1, 0)  # 1/max_margin
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


def _indices(body: Node) -> set[str]:
    """Names of indices, which are bound by sums or by the statement."""
    return {n.name for n in walk(body) if isinstance(n, Name) and len(n.name) == 1 and n.name.islower()} - {"t"}


def at_separator(node: Node) -> Node:
    """The term at w*, where svm is V[1] and both margins are 1/|w*|: no minimum over tied examples is taken."""
    if node == Name("svm"):
        return Indexed("V", Num(Fraction(1)))
    if node in (Name("max_margin"), Name("margin")):
        return BinOp("/", Num(Fraction(1)), W_NORM)
    return rebuild(node, at_separator)


def separator(point: RationalPoint) -> tuple[Fraction, ...] | None:
    """w* = argmin |w|^2 with z_n.w >= 1, certified: a combination of the z_n on its margin, none negative."""
    from numerics.flows.hard_margin import NotSeparable, hard_margin

    x, y = [[float(v) for v in row] for row in point.x], [float(v) for v in point.y]
    try:
        guess = hard_margin(np.array(x), np.array(y))
    except NotSeparable:
        return None
    active = [n for n, m in enumerate(guess.multipliers) if m > 0]
    rows = fmpq_mat([[_q(v) * _q(Fraction(point.y[n])) for v in point.x[n]] for n in active])
    try:
        multipliers = (rows * rows.transpose()).solve(fmpq_mat([[1]] * len(active)))
    except ZeroDivisionError:
        return None
    w = rows.transpose() * multipliers
    if any(multipliers[i, 0] < 0 for i in range(len(active))):
        return None
    weights = tuple(Fraction(int(w[j, 0].p), int(w[j, 0].q)) for j in range(w.nrows()))
    signed = (y * sum(a * b for a, b in zip(row, weights, strict=True)) for row, y in zip(point.x, point.y,
              strict=True))  # fmt: skip
    return weights if all(value >= 1 for value in signed) else None


# ---- which fates a start has


def is_line(setting: Setting) -> bool:
    """The hypotheses of the theorem on max-margin bias, apart from separability of the data."""
    return (
        setting.network == "linear" and setting.flow == "gradient" and setting.loss in ("exponential", "logistic")
        and setting.weight_decay == 0 and not setting.output_activation
        and all(len(w) == 2 and w[-1] == 1 for w in setting.widths)
    )  # fmt: skip


def fates(point: RationalPoint, setting: Setting, widths: tuple[int, ...]) -> Iterator[Fate]:
    """Everything that is known of the trajectory from a start; the last one knows nothing of limits."""
    one_layer = len(widths) == 2 and setting.network == "linear" and setting.flow == "gradient"
    if one_layer and setting.loss == "square" and not setting.output_activation:
        yield square(point, setting)
    elif is_line(setting):
        weights = separator(point)
        if weights is not None:
            yield Line(point, replace(point, W=((weights,),)), "by the theorem on max-margin bias", setting)
    if not any(point.decay) and rests(point, setting, widths):
        yield Rest(point, point, "the start is at rest, every velocity is exactly zero", setting)
    yield Unknown(point, point, "", setting)


class Unknown(Fate):
    """A trajectory of which only symmetries and conserved quantities are used."""

    def knows(self, body: Node) -> bool:
        return False
