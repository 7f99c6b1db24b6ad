"""Points that contradict an equation, in ball arithmetic: what turns 'not seen to vanish' into 'rejected'."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ..claim import Setting, Statement
from ..formula.errors import FormulaError
from ..formula.nodes import Compare
from ..formula.shapes import bindings
from ..formula.sizes import Range
from .algebra import Graph, Uncovered
from .enclosures import enclosed
from .identities import seed_of
from .networks import Network
from .terms import Reader

POINTS = 3
SIZES = (((2, 1), 2), ((3, 2, 1), 3), ((2, 3, 2, 1), 1), ((2, 2, 2, 2, 1), 2))  # beside those of the setting


def counterexample(
    relation: Compare, ranges: tuple[Range, ...], statement: Statement, setting: Setting, general: bool
) -> str:
    """A point of the setting (or, of a general claim, of other sizes) where the sides differ, in words; '' if none
    was found. Settings that restrict their points have none here."""
    if setting.assume or setting.data != "generic" or statement.at != "any":
        return ""
    if setting.start not in ("random", "small"):
        return ""
    for widths, examples in _sizes(setting, general):
        try:
            found = _at(relation, ranges, replace(setting, widths=(widths,), examples=examples), widths)
        except (Uncovered, FormulaError, KeyError, IndexError):
            continue
        if found:
            return found
    return ""


def _sizes(setting: Setting, general: bool) -> Iterator[tuple[tuple[int, ...], int]]:
    for widths in setting.widths:
        yield widths, setting.examples
    if general and not isinstance(setting.weight_decay, tuple):
        deep = max(map(len, setting.widths)) > 2
        yield from ((w[:-1] + setting.widths[0][-1:], n) for w, n in SIZES if deep == (len(w) > 2))


def _at(relation: Compare, ranges: tuple[Range, ...], setting: Setting, widths: tuple[int, ...]) -> str:
    draw = random.Random(hashlib.sha256(f"{seed_of(relation, setting)}/{widths}".encode()).digest())
    examples = setting.examples
    classes = tuple(1 + n % widths[-1] for n in range(examples)) if setting.loss == "cross-entropy" else ()
    graph = Graph()
    network = Network(graph, setting, widths, examples, graph.num(examples), classes)
    reader = Reader(network, setting.sizes(widths))
    for bound in bindings(ranges, reader.sizes):
        gap = reader.gap(relation.left, relation.right, bound).entries
        for _ in range(POINTS):
            values = enclosed(network, gap, values_for(graph, network, gap, draw))
            if any(not v.contains(0) for v in values):
                where = "".join(f", {k} = {v}" for k, v in bound.items())
                return f"the sides differ at a point with widths {list(widths)}, N = {examples}{where}"
    return ""


def values_for(graph: Graph, network: Network, wholes: tuple[int, ...], draw: random.Random) -> dict[str, Fraction]:
    """Random values of the letters; labels of both signs."""
    found: dict[str, Fraction] = {}
    gates = set(network.gate_of.values())
    for a in graph.below([*wholes, *network.gate_of]):
        kind, name = graph.nodes[a][:2]
        if kind == "leaf" and a not in gates:
            found[name] = _value(name, network.setting, draw)
    return found


def _value(name: str, setting: Setting, draw: random.Random) -> Fraction:
    if name.startswith("decay"):
        return Fraction(draw.randrange(1, 9), 7)
    if name[0] == "y" and setting.loss != "square":
        return Fraction(1 if int(name[1:]) % 2 else -1)
    return Fraction(draw.randrange(-97, 98) or 1, 53)
