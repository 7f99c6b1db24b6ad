r"""A rational point in a cell: weights, inputs and labels with the cell's coincidences and magnitudes.

Numbers come from a fixed sequence of small rationals, of which a few stretches are tried. Where the examples must be
separated, or data must be separable, inputs are chosen by the sign (the class) of the network's output, and the
weights that separate them are handed on. Starts: balanced ones are W_k = u_k u_(k-1)^T with unit vectors u_k, equal
norms are rational. `Certifier.admissible` has the last word on every point.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ..claim import Setting, Statement
from ..formula.nodes import Num
from ..points.certifier import Certifier, general_position
from ..points.draw import assumed_equations
from ..points.rational import RationalPoint
from ..points.repair import near
from ..points.values import OUTSIDE
from ..statements.separation import separates_at_start
from .cells import OF_UNITS, Cell

STRETCHES = 6  # of the sequence of numbers, tried one after the other
SIZES = (1, 8, 64)  # of the last layer, where hypotheses ask for small losses
POOL, FEW = 24, 4  # inputs looked at for an example that is chosen, and for another
MOVED = 2  # points moved onto the equations that are assumed
SMALL = Fraction(1, 100)  # the largest norm of a layer at a small start
FAR = 100  # of a weight that switches a unit off

Layer = tuple[tuple[Fraction, ...], ...]
Numbers = Iterator[Fraction]


@dataclass(frozen=True)
class Found:
    """An admissible point, and weights that separate its data where the setting's data are separable."""

    point: RationalPoint
    separator: tuple[Layer, ...] | None


@lru_cache(maxsize=2048)
def admissible_point(cell: Cell, setting: Setting, at: str, after: str | None) -> Found | None:
    """The first point of a cell that a setting of its sizes admits, or None."""
    statement = Statement("", Num(Fraction(0)), (setting,), at=at, after=after)
    for found in candidates(cell, setting, separating=after == "separation"):
        judge = Certifier(statement.formula, statement, setting, cell.widths)
        judge.separator = found.separator
        try:
            point = judge.completed(found.point)
            if _starts_small(point, setting) and judge.admissible(point, point.world(setting, cell.widths)):
                return replace(found, point=point)
        except OUTSIDE:
            continue
    return None


def _starts_small(point: RationalPoint, setting: Setting) -> bool:
    """Whether the layers are as small as a small start has them."""
    squares = (sum(v * v for row in w for v in row) for w in point.W)
    return setting.start != "small" or all(s <= SMALL**2 for s in squares)


def candidates(cell: Cell, setting: Setting, separating: bool) -> Iterator[Found]:
    """Points of a cell that may be admissible; moved onto the equations that the setting assumes."""
    separating = separating or setting.start in ("separating", "balanced", "equal-norms") or separates_at_start(setting)
    separating = separating and setting.loss != "square"
    sizes = SIZES if setting.assume else SIZES[:1]
    equations = assumed_equations(setting, cell.widths)
    tries = itertools.product(sizes, range(STRETCHES))
    for size, stretch in itertools.islice(tries, MOVED if equations else None):
        found = _candidate(cell, setting, separating, stretch, size)
        if found is not None and equations:
            yield from (replace(found, point=p) for p in near(found.point, equations, setting, cell.widths))
        elif found is not None:
            yield found


def _candidate(cell: Cell, setting: Setting, separating: bool, stretch: int, size: int) -> Found | None:
    numbers = sequence(stretch + sum(map(ord, repr(cell))))  # other numbers in each cell
    plain = _weights(cell.widths, setting, numbers)
    W = _sized(tied(plain, cell, numbers), setting, size)
    chooser = W if separating else plain if setting.data == "separable" else None
    y = labels(cell, setting, numbers)
    x = inputs(cell, setting, y, W, chooser, numbers)
    if x is None:
        return None
    decay = tuple(Fraction(1, 10 + k * isinstance(setting.weight_decay, tuple)) for k in range(len(W)))
    found = Found(RationalPoint(W, x, y, decay), chooser)
    return replace(found, point=scaled(found.point, cell))


def sequence(stretch: int) -> Numbers:
    """Small rationals other than 0, in an order without symmetry."""
    for i in itertools.count(17 * stretch + 1):
        v = (i * i * i + 5 * i) % 23 - 11
        yield Fraction(v, 1 + i % 3) if v else Fraction(1, 2)


# ---- weights


def _weights(widths: tuple[int, ...], setting: Setting, numbers: Numbers) -> tuple[Layer, ...]:
    if setting.start == "balanced":
        return chain_of([unit(n, numbers) for n in widths])
    shapes = [(b, a) for a, b in itertools.pairwise(widths)]
    if setting.start == "equal-norms":
        return tuple(_rows(unit(r * c, numbers), c) for r, c in shapes)
    return tuple(_rows(tuple(itertools.islice(numbers, r * c)), c) for r, c in shapes)


def _rows(flat: Sequence[Fraction], columns: int) -> Layer:
    return tuple(tuple(flat[i : i + columns]) for i in range(0, len(flat), columns))


def chain_of(vectors: Sequence[tuple[Fraction, ...]]) -> tuple[Layer, ...]:
    """W_k = u_k u_(k-1)^T: balanced where the vectors are of unit length."""
    return tuple(tuple(tuple(a * b for b in u) for a in v) for u, v in itertools.pairwise(vectors))


def unit(size: int, numbers: Numbers) -> tuple[Fraction, ...]:
    """A rational vector of length 1, by stereographic projection."""
    if size == 1:
        return (Fraction(1) if next(numbers) > 0 else Fraction(-1),)
    shadow = [next(numbers) / 4 for _ in range(size - 1)]
    square = sum((v * v for v in shadow), Fraction(0))
    return ((1 - square) / (1 + square), *(2 * v / (1 + square) for v in shadow))


def tied(W: tuple[Layer, ...], cell: Cell, numbers: Numbers) -> tuple[Layer, ...]:
    """The weights with the cell's coincidence."""
    match cell.tie:
        case "equal rows":
            return tuple((w[0],) * len(w) for w in W)
        case "zeros":
            return tuple(_with_zeros(w) for w in W)
        case "rank one":
            return chain_of([unit(n, numbers) for n in cell.widths])
        case "one unit off":
            return ((_off(W[0][0]), *W[0][1:]), *W[1:])
        case "all units off":
            return (tuple(map(_off, W[0])), *W[1:])
    return W


def _with_zeros(layer: Layer) -> Layer:
    """One row of zeros where another is left, else one zero where another number is left."""
    first = layer[0]
    if len(layer) > 1:
        return ((Fraction(0),) * len(first), *layer[1:])
    return ((Fraction(0), *first[1:]),) if len(first) > 1 else layer


def _off(row: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return (Fraction(-FAR), *row[1:])


def _sized(W: tuple[Layer, ...], setting: Setting, size: int) -> tuple[Layer, ...]:
    """The weights with outputs that much larger; a small start is small."""
    if setting.start == "small":
        return tuple(_times(w, Fraction(1, 10**4)) for w in W)
    if setting.start in ("balanced", "equal-norms"):
        return tuple(_times(w, Fraction(size)) for w in W)
    return (*W[:-1], _times(W[-1], Fraction(size)))


# ---- data


def labels(cell: Cell, setting: Setting, numbers: Numbers) -> tuple[Any, ...]:
    """Labels in the cell's pattern; targets of the square loss are any numbers."""
    outputs = cell.widths[-1]
    if setting.loss == "square":
        targets = [tuple(itertools.islice(numbers, outputs)) for _ in range(cell.examples)]
        return tuple(t[0] if outputs == 1 else t for t in targets)
    classes = outputs if setting.loss == "cross-entropy" else 2
    pattern = [_class(cell, n, classes) for n in range(cell.examples)]
    return tuple(c + 1 if setting.loss == "cross-entropy" else 1 - 2 * c for c in pattern)


def _class(cell: Cell, n: int, classes: int) -> int:
    """The class of example n, counted from 0."""
    match cell.labels:
        case "turned":
            return classes - 1 - n % classes
        case "last alone":
            return classes - 1 if n == cell.examples - 1 else 0
        case "one absent":
            return 1 + n % (classes - 1)
    return n % classes


def inputs(
    cell: Cell,
    setting: Setting,
    y: tuple[Any, ...],
    W: tuple[Layer, ...],
    chooser: tuple[Layer, ...] | None,
    numbers: Numbers,
) -> tuple[tuple[Fraction, ...], ...] | None:
    """Inputs in general position; those that the weights `chooser` classify as labelled where there are any.

    Else the first one alone is chosen by its output at W, so that premises about signs are met and missed.
    """
    size = cell.widths[0]
    if cell.tie == "equal inputs":
        return (tuple(itertools.islice(numbers, size)),) * len(y)
    if setting.data == "nonseparable" and setting.loss != "cross-entropy":
        return _surrounding(size, y, numbers)
    chosen: list[tuple[Fraction, ...]] = []
    weights = _floats(chooser or W)
    for label in y:
        pool = [_input(size, cell, numbers) for _ in range(POOL if chooser or not chosen else FEW)]
        pool = [x for x in pool if general_position((*chosen, x))]
        if chooser:
            met = next((x for x in pool if classified(weights, x, setting) == label), None)
        else:
            met = pool[0] if chosen or not pool else _first(pool, weights, label, cell, setting)
        if met is None:
            return None
        chosen.append(met)
    return tuple(chosen)


def _floats(W: Sequence[Layer]) -> list[list[list[float]]]:
    return [[[float(v) for v in row] for row in w] for w in W]


def _first(
    pool: Sequence[tuple[Fraction, ...]], weights: Any, label: Any, cell: Cell, setting: Setting
) -> tuple[Fraction, ...]:
    """The first input: on the right side of the border where labels are mixed, on the wrong one where they are turned,
    off it where that can be."""
    seen = [(x, classified(weights, x, setting)) for x in pool]
    wanted = {"mixed": lambda c: c == label, "turned": lambda c: c != label}.get(cell.labels, bool)
    return next((x for x, c in seen if c and wanted(c)), next((x for x, c in seen if c), pool[0]))


def _input(size: int, cell: Cell, numbers: Numbers) -> tuple[Fraction, ...]:
    """An input; on one side of a hyperplane where units are to be off."""
    first, *rest = itertools.islice(numbers, size)
    return (abs(first) if cell.tie in OF_UNITS else first, *rest)


def _surrounding(size: int, y: tuple[Any, ...], numbers: Numbers) -> tuple[tuple[Fraction, ...], ...] | None:
    """Inputs with sum_n c_n y_n x_n = 0 for some c_n > 0: no hyperplane through 0 separates them."""
    if len(y) <= size:
        return None
    z = [tuple(abs(next(numbers)) if i == j else Fraction(0) for j in range(size)) for i in range(size)]
    z.append(tuple(-abs(next(numbers)) for _ in range(size)))
    while len(z) < len(y):
        z.append(tuple(itertools.islice(numbers, size)))
    return tuple(tuple(label * v for v in row) for label, row in zip(y, z, strict=True))


def classified(W: Sequence[Sequence[Sequence[float]]], x: Sequence[Fraction], setting: Setting) -> int | None:
    """The label that a network gives an input, in floats; None on the border between two."""
    f = forward(W, x, setting)
    if setting.loss == "cross-entropy":
        best = [i for i, v in enumerate(f, 1) if v == max(f)]
        return best[0] if len(best) == 1 else None
    return 1 if f[0] > 0 else -1 if f[0] < 0 else None  # the sign, for vector outputs that of the first


def forward(W: Sequence[Sequence[Sequence[float]]], x: Sequence[Fraction], setting: Setting) -> list[float]:
    """f = W_K s(W_(K-1) ... s(W_1 x))."""
    values, s = [float(v) for v in x], _activation(setting)
    for k, layer in enumerate(W, 1):
        values = [sum(a * b for a, b in zip(row, values, strict=True)) for row in layer]
        if k < len(W) or setting.output_activation:
            values = [s(v) for v in values]
    return values


def _activation(setting: Setting) -> Callable[[float], float]:
    match setting.network:
        case "linear":
            return lambda z: z
        case "relu":
            return lambda z: max(z, 0.0)
        case "leaky-relu":
            return lambda z: z if z > 0 else float(setting.slope) * z
        case "power":
            return lambda z: z**setting.degree
    return {"softplus": _softplus, "tanh": math.tanh, "swish": _swish}[setting.smooth]


def _softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _swish(z: float) -> float:
    return z * (1 + math.tanh(z / 2)) / 2


# ---- magnitudes


def scaled(point: RationalPoint, cell: Cell) -> RationalPoint:
    """The point with one of its letters multiplied by the cell's power of ten."""
    letter, power = cell.scale
    factor = Fraction(10) ** power
    W, x = point.W, point.x
    match letter:
        case "first layer":
            return replace(point, W=(_times(W[0], factor), *W[1:]))
        case "last layer":
            return replace(point, W=(*W[:-1], _times(W[-1], factor)))
        case "every layer":
            return replace(point, W=tuple(_times(w, factor) for w in W))
        case "inputs":
            return replace(point, x=_times(x, factor))
        case "first input":
            return replace(point, x=(*_times(x[:1], factor), *x[1:]))
        case "targets":
            return replace(point, y=tuple(_product(v, factor) for v in point.y))
        case "decay":
            return replace(point, decay=tuple(v * factor for v in point.decay))
    return point


def _times(rows: Layer, factor: Fraction) -> Layer:
    return tuple(tuple(v * factor for v in row) for row in rows)


def _product(value: Any, factor: Fraction) -> Any:
    return tuple(v * factor for v in value) if isinstance(value, tuple) else value * factor
