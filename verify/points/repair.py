r"""Rational points that satisfy equations exactly.

A point that satisfies an equation in floats no longer does so when its numbers are rounded. Outputs are affine in
each layer, in each input and, off the kinks, so are most equations: so the numbers of one such block are moved to a
solution of the linear system that exact values at the point and beside it give, and what comes out is checked. Norms
are made rational first where an equation has them. Transcendental equations are met by solving simpler ones that
imply them: outputs that vanish, outputs that are all alike, layers of rank one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat

from derivations.exact.point import OutsideDomain, PointWorld
from derivations.exact.ring import Element, OutOfLetters, Undecidable

from ..claim import Setting
from ..formula.nodes import BinOp, Compare, Indexed, Node, Num
from ..world import CannotEvaluate, Evaluator
from .draw import Equation
from .rational import RationalPoint

MOST_EQUATIONS, MOST_UNKNOWNS = 24, 40  # of one linear system
FAILURES = (OutsideDomain, Undecidable, CannotEvaluate, OutOfLetters, ZeroDivisionError, ValueError)
Vector = list[Fraction]
Block = Callable[[RationalPoint, Vector], RationalPoint]  # the point with its block's numbers changed by these


def near(
    point: RationalPoint,
    equations: Sequence[Equation],
    setting: Setting,
    widths: tuple[int, ...],
) -> Iterator[RationalPoint]:
    """Points near this one at which the equations hold, or equations that may imply them."""
    starts = [point, with_rational_norms(point), of_rank_one(point)]
    systems = [list(equations), *simpler(setting)]
    for start, system in itertools.product(starts, systems):
        found = solved(start, system, setting, widths)
        if found is not None:
            yield found
    yield starts[-1]


def simpler(setting: Setting) -> list[list[Equation]]:
    """Systems that transcendental equations often follow from: f_n = 0, y_n f_n all alike."""
    if setting.loss == "cross-entropy":
        return []
    number = [Num(Fraction(n)) for n in range(1, setting.examples + 1)]
    outputs: list[Node] = [BinOp("*", Indexed("y", n), Indexed("f", n)) for n in number]
    zero: list[Equation] = [(Compare("==", Indexed("f", n), Num(Fraction(0))), {}) for n in number]
    alike: list[Equation] = [(Compare("==", q, outputs[0]), {}) for q in outputs[1:]]
    return [zero, alike] if alike else [zero]


# ---- solving


def solved(
    point: RationalPoint,
    equations: Sequence[Equation],
    setting: Setting,
    widths: tuple[int, ...],
) -> RationalPoint | None:
    """The point with one block of its numbers moved so that every equation holds; None if no block will do."""

    def gaps(where: RationalPoint) -> Vector | None:
        try:
            return _gaps(where, equations, setting, widths)
        except FAILURES:
            return None

    now = gaps(point)
    if now is None or len(now) > MOST_EQUATIONS:
        return None
    if not any(now):
        return point
    for size, change in blocks(point, setting):
        step = _step(point, now, gaps, size, change)
        moved = None if step is None else change(point, step)
        after = None if moved is None else gaps(moved)
        if after is not None and not any(after):
            return moved
    return None


def _gaps(point: RationalPoint, equations: Sequence[Equation], setting: Setting, widths: tuple[int, ...]) -> Vector:
    """The numerators of the differences of all sides.

    Raises:
        Undecidable: if one is not rational.
    """
    world = point.world(setting, widths)
    evaluator = Evaluator(world, setting.sizes(widths))
    entries = [
        e
        for equation, bound in equations
        for e in evaluator.difference(equation.left, equation.right, bound)[2].reshape(-1)
    ]
    return [_rational(world, e) for e in entries]


def _rational(world: PointWorld, e: Element) -> Fraction:
    value = world.value(Element(e.ring, e.num, {}))
    if not isinstance(value, fmpq):
        raise Undecidable("not a rational number")
    return Fraction(int(value.p), int(value.q))


def _step(
    point: RationalPoint, now: Vector, gaps: Callable[[RationalPoint], Vector | None], size: int, change: Block
) -> Vector | None:
    """The change of a block that solves the equations if they are affine in it."""
    if size > MOST_UNKNOWNS:
        return None
    columns = []
    for j in range(size):
        beside = gaps(change(point, [Fraction(int(i == j)) for i in range(size)]))
        if beside is None:
            return None
        columns.append([b - a for a, b in zip(now, beside, strict=True)])
    return linear_solution([[c[i] for c in columns] for i in range(len(now))], [-a for a in now])


def linear_solution(rows: Sequence[Vector], right: Vector) -> Vector | None:
    """A solution of a linear system with as many zeros as its rank leaves, or None."""
    unknowns = len(rows[0])
    system = fmpq_mat(
        [[fmpq(v.numerator, v.denominator) for v in (*row, b)] for row, b in zip(rows, right, strict=True)]
    )
    reduced, rank = system.rref()
    found = [Fraction(0)] * unknowns
    for i in range(rank):
        pivot = next(j for j in range(unknowns + 1) if reduced[i, j] != 0)
        if pivot == unknowns:
            return None
        value = reduced[i, unknowns]
        found[pivot] = Fraction(int(value.p), int(value.q))
    return found


def blocks(point: RationalPoint, setting: Setting) -> Iterator[tuple[int, Block]]:
    """Parts of a point in which outputs are affine, with their sizes: layers from the last on, targets, inputs,
    and the scale of a layer, which keeps its direction."""
    for k in reversed(range(len(point.W))):
        yield _size(point.W[k]), _changed_layer(k)
    if setting.data == "generic":
        if setting.loss == "square":
            yield _size(point.y), lambda p, step: replace(p, y=_added(p.y, iter(step)))
        for n in range(len(point.x)):
            yield len(point.x[n]), _changed_input(n)
        yield _size(point.x), lambda p, step: replace(p, x=_added(p.x, iter(step)))
    for k in range(len(point.W)):
        yield 1, _scaled_layer(k)


def _changed_layer(k: int) -> Block:
    return lambda p, step: replace(p, W=(*p.W[:k], _added(p.W[k], iter(step)), *p.W[k + 1 :]))


def _changed_input(n: int) -> Block:
    return lambda p, step: replace(p, x=(*p.x[:n], _added(p.x[n], iter(step)), *p.x[n + 1 :]))


def _scaled_layer(k: int) -> Block:
    return lambda p, step: replace(p, W=(*p.W[:k], scaled(p.W[k], 1 + step[0]), *p.W[k + 1 :]))


def _size(value: Any) -> int:
    return sum(map(_size, value)) if isinstance(value, tuple) else 1


def _added(value: Any, steps: Iterator[Fraction]) -> Any:
    return tuple(_added(v, steps) for v in value) if isinstance(value, tuple) else value + next(steps)


def scaled(layer: Any, factor: Fraction) -> Any:
    """The layer times a number."""
    return tuple(tuple(v * factor for v in row) for row in layer)


# ---- where to start from


def with_rational_norms(point: RationalPoint) -> RationalPoint:
    """Every layer replaced by one near it whose Frobenius norm is rational, by stereographic projection."""
    return replace(point, W=tuple(map(_rational_norm, point.W)))


def _rational_norm(layer: Any) -> Any:
    flat = [v for row in layer for v in row]
    square = float(sum(v * v for v in flat))
    if len(flat) == 1 or square == 0:
        return layer
    length = Fraction(square**0.5).limit_denominator(4)
    unit = [float(v) / square**0.5 for v in flat]
    pole = max(range(len(flat)), key=lambda i: abs(unit[i]))
    sign = Fraction(1 if unit[pole] > 0 else -1)
    shadow = [Fraction(u / (1 + abs(unit[pole]))).limit_denominator(6) for i, u in enumerate(unit) if i != pole]
    height = sum((s * s for s in shadow), Fraction(0))
    on_sphere = [2 * s / (1 + height) for s in shadow]
    on_sphere.insert(pole, sign * (1 - height) / (1 + height))
    entries = iter(v * length for v in on_sphere)
    return tuple(tuple(next(entries) for _ in row) for row in layer)


def of_rank_one(point: RationalPoint) -> RationalPoint:
    """Layers W_k = u_k u_(k-1)^T of one chain of vectors, read off the first rows and columns."""
    vectors = [_not_zero(point.W[0][0])]
    for layer in point.W:
        vectors.append(_not_zero(tuple(row[0] for row in layer)))
    return replace(point, W=tuple(_outer(v, u) for u, v in itertools.pairwise(vectors)))


def _not_zero(vector: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return vector if any(vector) else (Fraction(1), *vector[1:])


def _outer(a: tuple[Fraction, ...], b: tuple[Fraction, ...]) -> Any:
    return tuple(tuple(v * u for u in b) for v in a)
