"""Formulas of a claim file: texts to trees, ranges in their order, shapes in every setting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

from ..claim import Hypothesis, Setting, Statement
from ..formula import FormulaError, Sizes, check_statement, parse
from ..formula.nodes import Along, BinOp, Call, Indexed, Limit, Name, Neg, Node, Num, free_names, walk
from ..formula.shapes import Range
from ..formula.vocabulary import EVERY_WORD
from ..statements.pointwise import in_decay
from .locate import Place
from .schema import HypothesisTable, shown
from .source import CONTROL, Source

MAX_INDICES = 6
_INDEX_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")


@dataclass
class Formulas:
    """Reads the formulas of one claim or setting and notes what is wrong with them.

    Attributes:
        source: the file.
        shapes: whether shapes are checked as well.
        quantities: the names are those that a witness measures, not the setting's.
    """

    source: Source
    shapes: bool = True
    quantities: bool = False
    ranges: tuple[Range, ...] = ()
    names: frozenset[str] = frozenset()  # indices that `for` binds, well or badly
    used: set[str] = field(default_factory=set)
    unread: bool = False  # some formula could not be read
    complete: bool = True  # every index that `for` binds is known

    def quantify(self, table: Mapping[str, str], place: Place, complete: bool = True) -> None:
        """Read a `for` table; one that is not complete may bind any name."""
        self.names, self.complete = frozenset(table), complete
        if len(table) > MAX_INDICES:
            self.source.fail(place, f"at most {MAX_INDICES} indices are quantified; {len(table)} given")
            return
        found = {}
        for index, text in table.items():
            try:
                _check_index_name(index)
                found[index] = _range(index, text, self.names - {index})
            except FormulaError as error:
                self.source.fail((*place, index), str(error), text)
        try:
            self.ranges = _ordered(found)
        except CycleError as error:
            loop = " -> ".join(dict.fromkeys(error.args[1]))
            self.source.fail(place, f"the ranges depend on one another in a circle: {loop}")

    def read(self, text: str, place: Place) -> Node | None:
        """The tree of a formula, or None with the mistake noted."""
        broken = "\n" in text and not self.source.has_line_breaks(place)
        if broken or CONTROL.search(text.replace("\n", " ")):
            self.unread = True  # told when the file was read
            return None
        names = self.names if self.complete else self.names | (measured_names(text) - EVERY_WORD)
        words = measured_names(text) - names if self.quantities else None
        try:
            tree = parse(text, indices=names, quantities=words)
        except FormulaError as error:
            for each in (error, *error.also):
                self.source.fail(place, str(each), text)
            self.unread = True
            return None
        self.used |= free_names(tree)
        return tree

    def ranges_of(self, tree: Node) -> tuple[Range, ...]:
        """The quantified indices that a formula needs; a corrected form may need fewer than the printed one."""
        needed = free_names(tree) if self.ranges else set()
        kept = []
        for r in reversed(self.ranges):
            if r.index in needed:
                kept.append(r)
                needed |= free_names(r.low) | free_names(r.high)
        return tuple(reversed(kept))

    def statement(
        self, text: str, place: Place, settings: tuple[Setting, ...], at: str = "any", after: str | None = None
    ) -> Statement | None:
        """A statement in its settings, or None with the mistakes noted."""
        tree = self.read(text, place)
        if tree is None:
            return None
        statement = Statement(text, tree, settings, self.ranges_of(tree), at, after)
        problems = list(self._problems(statement))
        for message in problems:
            self.source.fail(place, message, text)
        return None if problems else statement

    def _problems(self, statement: Statement) -> Iterable[str]:
        timed = is_timed(statement.formula)
        if timed and statement.at != "any" and not in_decay(statement.formula):
            yield f"at = '{statement.at}' is for statements about points; this one is about trajectories"
        if statement.after and not timed:
            yield f"after = '{statement.after}' is for statements about trajectories; this one is about points"
        unread = self.names - {r.index for r in self.ranges}
        if self.shapes and self.complete and not unread & free_names(statement.formula):
            yield from self._shape_problems(statement)

    def _shape_problems(self, statement: Statement) -> Iterable[str]:
        if self.quantities:
            words = frozenset(measured_names(statement.text))
            yield from _misfit(statement, Sizes((1, 1), 1), words)
            return
        told: set[str] = set()
        seen: set[Sizes] = set()
        for setting, widths in ((s, w) for s in statement.settings for w in s.widths):
            sizes = setting.sizes(widths)
            if sizes in seen:
                continue
            seen.add(sizes)
            for message in set(_misfit(statement, sizes)) - told:
                told.add(message)
                yield f"{message}\n    in setting '{setting.name}', widths {list(widths)}"

    def report_unused(self, place: Place) -> None:
        """An index that no formula of the claim uses is a mistake."""
        if self.unread or not self.complete:
            return
        used = set(self.used)
        for r in reversed(self.ranges):
            if r.index in used:
                used |= free_names(r.low) | free_names(r.high)
        for r in self.ranges:
            if r.index not in used:
                self.source.fail((*place, r.index), f"index '{r.index}' does not occur in the formula")

    def hypothesis(
        self, table: HypothesisTable, place: Place, settings: tuple[Setting, ...], timed: bool = False
    ) -> Hypothesis | None:
        """An entry of `assume`, which is about a point; one of `hypotheses` may be about trajectories (`timed`)."""
        inner = replace(self, ranges=(), names=frozenset(), used=set(), unread=False)
        inner.quantify(table.ranges, (*place, "for"))
        statement = inner.statement(table.formula, place, settings)
        if statement is None:
            return None
        if is_timed(statement.formula) and not timed:
            self.source.fail(place, f"an assumption is about a point, not about trajectories; met {table.formula}")
            return None
        inner.report_unused((*place, "for"))
        return Hypothesis(table.formula, statement.formula, statement.ranges)


def is_timed(tree: Node) -> bool:
    """Whether a statement is about whole trajectories."""
    return any(isinstance(n, Along | Limit) for n in walk(tree))


def measured_names(text: str) -> frozenset[str]:
    """The words of a formula that are not called: what a witness is to measure."""
    words = re.findall(r"[A-Za-z_][A-Za-z0-9_]*(?!\w)(?!\s*\()", text)
    return frozenset(words) - {"and", "or", "not", "lambda", "if", "else", "for", "in", "is"}


def _misfit(statement: Statement, sizes: Sizes, quantities: frozenset[str] | None = None) -> Iterable[str]:
    try:
        check_statement(statement.formula, statement.ranges, sizes, statement.text, quantities)
    except FormulaError as error:
        yield str(error)


# ---- ranges


def _check_index_name(index: str) -> None:
    if not _INDEX_NAME.fullmatch(index):
        raise FormulaError(f"{shown(index)} is not the name of an index: write a letter such as 'k'")
    if index in EVERY_WORD:
        raise FormulaError(f"an index cannot be named like the vocabulary's '{index}'")


@lru_cache(maxsize=256)
def _range(index: str, text: str, others: frozenset[str]) -> Range:
    ends = text.split("..")
    if len(ends) != 2 or not all(e.strip() for e in ends):
        raise FormulaError(f"a range is written '1..K'; met {shown(text)}")
    low, high = (parse(e.strip(), indices=others) for e in ends)
    for end in (low, high):
        _check_end(end, text)
    return Range(index, low, high)


def _check_end(node: Node, text: str) -> None:
    """Ends of ranges are made of integers, K, N, other indices, rows(...) and cols(...)."""
    match node:
        case Num(value=value) if value.denominator == 1:
            return None
        case Name(name=name) if name in ("K", "N") or name not in EVERY_WORD:
            return None
        case Neg(arg=arg):
            return _check_end(arg, text)
        case BinOp(op="+" | "-" | "*", left=left, right=right):
            _check_end(left, text)
            return _check_end(right, text)
        case Call(func="rows" | "cols", args=(Indexed(),)):
            return None
    raise FormulaError(f"the range {shown(text)}: ends are made of integers, K, N, other indices, rows, cols")


def _ordered(ranges: dict[str, Range]) -> tuple[Range, ...]:
    """The ranges, each behind those that its ends use."""
    needs = {index: sorted((free_names(r.low) | free_names(r.high)) & set(ranges)) for index, r in ranges.items()}
    return tuple(ranges[index] for index in TopologicalSorter(needs).static_order())
