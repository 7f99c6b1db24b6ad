"""Derivations as proofs of generality.

A derivation carries its conclusion and its hypotheses as text in the formula language. Where the normal form
decides a statement at the setting's sizes only, a derivation with the same conclusion, under hypotheses that the
setting implies, says why it holds at every depth, width and N. An inequality is proved by a derivation that
ends in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from ..claim import Setting, Statement
from ..formula import parse
from ..formula import vocabulary as voc
from ..formula.nodes import Name, Node, Rate, rebuild, substitute
from ..formula.shapes import Range
from ..formula.text import to_text
from ..statements.equivalence import granted
from ..statements.separation import separates_at_start


def conclusions(words: frozenset[str]) -> Iterator[tuple[Any, Node, tuple[Range, ...]]]:
    """The derivations that may conclude with a statement of these words, with the conclusion's tree and ranges.

    A derivation is checked when it is built, which takes time; one that writes out other words need not be.
    """
    from derivations.book.library import MODULES, builders, written_conclusion

    for build in itertools.chain.from_iterable(map(builders, MODULES)):
        text = written_conclusion(build)
        if text is None or (text and words_of(text) == words):
            derivation = build()
            if derivation.conclusion:
                yield derivation, *read(derivation)


def words_of(text: str) -> frozenset[str]:
    """The words of the vocabulary in a formula, d(e) for the rate along any flow."""
    met = re.findall(r"[A-Za-z_]\w*", text)
    return frozenset("d" if w.startswith("d_") else w for w in met if w in voc.EVERY_WORD or w in voc.CONSTANTS)


def read(derivation: Any) -> tuple[Node, tuple[Range, ...]]:
    """The tree and the ranges of a derivation's conclusion."""
    return _read(derivation.conclusion, tuple(derivation.ranges.items()))


@cache
def _read(conclusion: str, table: tuple[tuple[str, str], ...]) -> tuple[Node, tuple[Range, ...]]:
    ranges: list[Range] = []
    for index, text in table:
        low, high = (parse(end, [r.index for r in ranges]) for end in text.split(".."))
        ranges.append(Range(index, low, high))
    return parse(conclusion, [r.index for r in ranges]), tuple(ranges)


def derivation_of(statement: Statement, setting: Setting) -> Any | None:
    """A derivation of this very statement under hypotheses that the setting implies, or None."""
    along = replace(statement, formula=named_flow(statement.formula, setting.flow))
    for derivation, tree, ranges in conclusions(words_of(to_text(statement.formula))):
        tree = named_flow(tree, derivation.hypotheses.get("flow"))
        if same_statement(tree, ranges, along) and implied(derivation.hypotheses, statement, setting):
            return derivation
    return None


def named_flow(tree: Node, flow: str | None) -> Node:
    """d(e) as the rate along the flow that is meant."""
    tree = rebuild(tree, lambda child: named_flow(child, flow))
    return replace(tree, flow=flow) if isinstance(tree, Rate) and tree.flow is None else tree


def same_statement(tree: Node, ranges: tuple[Range, ...], statement: Statement) -> bool:
    """Whether the tree says all that the statement says, in the same words, over the same ranges of its indices."""
    return any(
        granted(statement.formula, [renamed]) and set(new_ranges) == set(statement.ranges)
        for renamed, new_ranges in _renamings(tree, ranges, statement.ranges)
    )


def _renamings(
    tree: Node,
    ranges: tuple[Range, ...],
    wanted: tuple[Range, ...],
) -> Iterator[tuple[Node, tuple[Range, ...]]]:
    if len(ranges) != len(wanted):
        return
    for names in itertools.permutations(r.index for r in wanted):
        new = {r.index: Name(name) for r, name in zip(ranges, names, strict=True)}
        moved = tuple(Range(new[r.index].name, substitute(r.low, new), substitute(r.high, new)) for r in ranges)
        yield substitute(tree, new), moved


def implied(hypotheses: dict[str, Any], statement: Statement, setting: Setting) -> bool:
    """Whether a setting grants every hypothesis of a derivation."""
    return all(_granted(key, wanted, statement, setting) for key, wanted in hypotheses.items())


def _granted(key: str, wanted: Any, statement: Statement, setting: Setting) -> bool:
    match key:
        case "layers":
            return all(len(w) - 1 == wanted for w in setting.widths)
        case "at" | "after":
            return getattr(statement, key) == wanted
        case "assume":
            given = [h.formula for h in setting.assume if not h.ranges]
            return all(granted(parse(text, ()), given) for text in wanted)
        case "widths":
            return all(w in {tuple(v) for v in wanted} for w in setting.widths)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    if key == "start" and "separating" in wanted and separates_at_start(setting):
        return True
    return getattr(setting, key) in wanted
