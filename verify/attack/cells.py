"""Where a proof is attacked: cells of sizes, widths, labels, coincidences, magnitudes and indices.

The grid of all cells is large, so a covering is taken: few cells in which every pair of values of two traits occurs.
It is deterministic, and what it leaves out is known (`unreached`).
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from ..claim import Setting

DEPTHS, EXAMPLES = (2, 1, 3, 4, 5), (2, 1, 3, 5)  # those first that the rest is tried with
PROFILES = ("unequal", "ones", "equal", "narrow")  # of the widths before the outputs
LABELS = ("mixed", "turned", "last alone", "one absent")
POWERS = (60, -60)
INDICES = (("first",), ("first", "last"), ("first", "different", "equal", "last"))  # of no, one, several indices
GATED = ("relu", "leaky-relu")
OF_UNITS = ("one unit off", "all units off")

Choice = dict[str, Any]  # a value for each trait
Pair = tuple[tuple[str, Any], tuple[str, Any]]


@dataclass(frozen=True)
class Cell:
    """One place of the grid.

    Attributes:
        widths: of the network, inputs first.
        labels: which examples share a class (`LABELS`); without meaning for the square loss.
        tie: a coincidence among the weights or inputs.
        scale: a letter and a power of ten that it is multiplied with: "" for none.
        indices: how the free indices of a statement are bound: 'first', 'last', 'equal', 'different'.
    """

    widths: tuple[int, ...]
    examples: int
    labels: str = "mixed"
    tie: str = "none"
    scale: tuple[str, int] = ("", 0)
    indices: str = "first"

    @property
    def size(self) -> int:
        """Numbers in the weights."""
        return sum(a * b for a, b in itertools.pairwise(self.widths))


@dataclass(frozen=True)
class Grid:
    """The values that each trait of a cell takes."""

    layers: tuple[int, ...]
    widths: tuple[str | tuple[int, ...], ...]  # profiles, or the very widths
    examples: tuple[int, ...]
    labels: tuple[str, ...]
    tie: tuple[str, ...]
    scale: tuple[tuple[str, int], ...]
    indices: tuple[str, ...]
    outputs: int

    def values(self) -> dict[str, tuple]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "outputs"}


def general_grid(setting: Setting, indices: int, every_depth: bool) -> Grid:
    """Every width and number of examples of a setting, and every depth; its outputs are kept, for losses speak of
    them, and so is its depth where its layers have decays of their own."""
    own = tuple(sorted({len(w) - 1 for w in setting.widths}))
    alike = not isinstance(setting.weight_decay, tuple) or len(set(setting.weight_decay)) == 1
    depths = DEPTHS if every_depth and alike else own
    traits = _traits(setting, indices, max(depths))
    return Grid(depths, PROFILES, EXAMPLES, **{**traits, "tie": (*traits["tie"], "equal inputs")})


def own_grid(setting: Setting, indices: int) -> Grid:
    """The sizes of a setting itself."""
    depth = max(len(w) - 1 for w in setting.widths)
    return Grid((0,), setting.widths, (setting.examples,), **_traits(setting, indices, depth))


def _traits(setting: Setting, indices: int, depth: int) -> dict:
    outputs = setting.widths[0][-1]
    return {
        "labels": LABELS if setting.loss == "cross-entropy" and outputs > 2 else LABELS[:3],
        "tie": _ties(setting, depth),
        "scale": (("", 0), *itertools.product(_letters(setting, depth), POWERS)),
        "indices": INDICES[min(indices, 2)],
        "outputs": outputs,
    }


def _ties(setting: Setting, depth: int) -> tuple[str, ...]:
    """Coincidences that a setting admits; those of hidden units need some."""
    of_units = OF_UNITS if setting.network in GATED and depth > 1 else ()
    return ("none", "equal rows", "zeros", "rank one", *of_units)


def _letters(setting: Setting, depth: int) -> tuple[str, ...]:
    """The letters whose magnitude is set: single layers where their norms need not be alike."""
    alike = setting.start in ("equal-norms", "balanced")
    layers = ("every layer",) if alike else ("first layer", "last layer", "every layer")[: 3 if depth > 1 else 1]
    targets = ("targets",) if setting.loss == "square" else ()
    decay = ("decay",) if "any" in _each(setting.weight_decay) else ()
    return (*layers, "inputs", "first input", *targets, *decay)


def _each(decay: object) -> tuple:
    return decay if isinstance(decay, tuple) else (decay,)


# ---- a covering of pairs


def covering(grid: Grid) -> tuple[tuple[Cell, Choice], ...]:
    """Cells in which every pair of values of two traits occurs, with the choices that they are; the plainest first."""
    return tuple((cell_of(choice, grid), choice) for choice in _choices(grid))


@lru_cache(maxsize=256)
def _choices(grid: Grid) -> tuple[Choice, ...]:
    values = grid.values()
    open_pairs = dict.fromkeys(pairs(grid))
    plain: Choice = {t: v[0] for t, v in values.items()}
    chosen = [plain]
    _strike(open_pairs, plain)
    while open_pairs:
        choice = _completed(next(iter(open_pairs)), open_pairs, values)
        chosen.append(choice)
        _strike(open_pairs, choice)
    return tuple(chosen)


def pairs(grid: Grid) -> Iterator[Pair]:
    """The pairs of values of two traits that occur in some cell."""
    values = grid.values()
    varied = [t for t in values if len(values[t]) > 1]
    for a, b in itertools.combinations(varied, 2):
        both = (((a, v), (b, w)) for v, w in itertools.product(values[a], values[b]))
        yield from (pair for pair in both if not _apart(*pair))


def _completed(first: Pair, open_pairs: Container[Pair], values: dict[str, tuple]) -> Choice:
    """The choice with this pair that closes many others: trait by trait the value that closes most."""
    choice: Choice = dict(first)
    for trait in values:
        if trait not in choice:
            fitting = [v for v in values[trait] if not any(_apart((trait, v), met) for met in choice.items())]
            closed = [_closes((trait, v), choice, open_pairs) for v in fitting]
            choice[trait] = fitting[closed.index(max(closed))]
    return {t: choice[t] for t in values}


def _apart(a: tuple[str, Any], b: tuple[str, Any]) -> bool:
    """Whether two values have no cell in common."""
    met = {a, b}
    if ("tie", "equal inputs") in met:  # in general position only as numbers
        profile = next((v for t, v in met if t == "widths"), "ones")
        return ("examples", 1) in met or not (profile == "ones" or (isinstance(profile, tuple) and profile[0] == 1))
    return ("layers", 1) in met and any(("tie", t) in met for t in OF_UNITS)


def _closes(value: tuple[str, Any], choice: Choice, open_pairs: Container[Pair]) -> int:
    return sum((value, other) in open_pairs or (other, value) in open_pairs for other in choice.items())


def _strike(open_pairs: dict[Pair, None], choice: Choice) -> None:
    for pair in itertools.permutations(choice.items(), 2):
        open_pairs.pop(pair, None)


def cell_of(choice: Choice, grid: Grid) -> Cell:
    """The cell of a choice of traits."""
    widths = choice["widths"]
    if isinstance(widths, str):
        widths = _widths(widths, int(choice["layers"]), grid.outputs)
    return Cell(widths, **{t: v for t, v in choice.items() if t not in ("layers", "widths")})


def _widths(profile: str, depth: int, outputs: int) -> tuple[int, ...]:
    cycle = {"ones": (1,), "equal": (2,), "unequal": (2, 3), "narrow": (2, 1)}[profile]
    return (*itertools.islice(itertools.cycle(cycle), depth), outputs)


# ---- what was left out


def unreached(grid: Grid, reached: Iterable[Choice]) -> list[str]:
    """The values and the pairs of values that none of the choices has, in words, pairs by their first value."""
    left = dict.fromkeys(pairs(grid))
    seen: set[tuple[str, Any]] = set()
    reached = list(reached)
    if not reached:
        return ["any cell"]
    for choice in reached:
        _strike(left, choice)
        seen |= set(choice.items())
    varied = [(t, v) for t, values in grid.values().items() if len(values) > 1 for v in values]
    missing = [trait for trait in varied if trait not in seen]
    beside: dict[tuple[str, Any], list[str]] = {}
    for a, b in left:
        if a in seen and b in seen:
            beside.setdefault(a, []).append(_told(b))
    return [*map(_told, missing), *(f"{_told(a)} with {', '.join(others)}" for a, others in beside.items())]


def _told(trait: tuple[str, Any]) -> str:
    name, value = trait
    if name == "scale":
        letter, power = value
        return f"{letter} times 10^{power}" if letter else "no scale"
    words = "x".join(map(str, value)) if isinstance(value, tuple) else value
    return f"{name} {words}"
