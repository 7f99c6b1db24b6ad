"""Which keys of a claim go together, and the witness that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..claim import Witness
from ..formula.vocabulary import EVERY_WORD
from .formulas import measured_names
from .locate import Place
from .schema import ClaimTable, ClauseTable
from .source import Source
from .witnesses import complaint


def check_keys(table: ClaimTable, source: Source, place: Place, lost: frozenset[str]) -> None:
    """Which keys a claim needs, and which exclude each other; one that is there and wrong is not missing."""
    witness = table.derivation or table.experiment
    if table.derivation and table.experiment:
        source.fail((*place, "experiment"), "a claim has one witness: a derivation or an experiment")
    if table.arguments and not witness:
        source.fail((*place, "with"), "'with' gives the arguments of a derivation or an experiment; none is named")
    if not table.setting and not witness and table.about is None and not lost & {"setting", "about"}:
        source.fail(place, "'setting' is required; only a class ('about'), a derivation or an experiment does without")
    stated = table.printed is not None or table.reading or table.clause or lost & {"printed", "reading", "clause"}
    if not stated and table.kind != "definition" and "kind" not in lost:
        source.fail(
            place, "'printed' is required; only a definition, or a claim with readings or clauses, can do without"
        )
    if table.corrected is not None and not stated:
        source.fail((*place, "corrected"), "'corrected' without 'printed': what does it correct?")
    for inner, where in (("clause", "the clause that says it"), ("reading", "the reading that it corrects")):
        if not getattr(table, inner) or (inner == "reading" and table.printed is not None):
            continue
        for key in ("printed", "corrected", "assuming"):
            if getattr(table, key):
                source.fail((*place, key), f"with {inner}s, '{key}' belongs into {where}")
    for i, clause in enumerate(table.clause):
        for message in _wrong_clause(clause, table):
            source.fail((*place, "clause", i), message)


def _wrong_clause(clause: ClauseTable, table: ClaimTable) -> Iterator[str]:
    """What a clause lacks: it has a formula, or is a remark, or says why it is open."""
    if clause.remark and clause.printed:
        yield "a remark only says that something follows: leave its formula out, or 'remark'"
    if not clause.printed and not clause.remark and not (clause.open or table.open or table.kind == "definition"):
        yield "a clause without a formula says why under 'open', or is a remark (remark = true)"
    if clause.corrected and not clause.printed:
        yield "'corrected' without 'printed': what does it correct?"


def check_witness(table: ClaimTable, source: Source, place: Place, lost: frozenset[str]) -> None:
    """The function that a claim names is there and takes its arguments."""
    kinds = [kind for kind in ("derivation", "experiment") if getattr(table, kind)]
    if len(kinds) != 1 or lost & {*kinds, "with"}:
        return
    name = getattr(table, kinds[0])
    if wrong := complaint(kinds[0], name, table.arguments):
        source.fail((*place, kinds[0]), wrong, name)


def is_measured(table: ClaimTable) -> bool:
    """Whether a claim's formulas relate what a witness measures.

    An experiment always measures. A derivation may also prove a statement about its setting: that is one
    whose words are all of the vocabulary.
    """
    if table.experiment or (table.derivation and not table.setting):
        return True
    if not table.derivation:
        return False
    texts = [t for t in (table.printed, table.corrected, *(r.printed for r in table.reading)) if t]
    bound = {w for t in texts for w in _summed(t)} | set(table.ranges)
    return any(_strangers(t, bound) for t in texts)


def measures(table: ClaimTable, printed: str | None) -> bool:
    """Whether a clause relates what the claim's witness measures, not the words of the vocabulary."""
    if not (table.derivation or table.experiment) or printed is None:
        return False
    bound = _summed(printed) | set(table.ranges) | {i for c in table.clause for i in c.ranges or ()}
    return bool(_strangers(printed, bound)) or not (table.setting or table.about)


def _strangers(text: str, bound: set[str]) -> frozenset[str]:
    return measured_names(text) - EVERY_WORD - bound - {"T"}


def _summed(text: str) -> set[str]:
    """Names that stand first in a sum, a product, a minimum or a maximum."""
    return set(re.findall(r"\b(?:sum|prod|min|max)\s*\(\s*([A-Za-z_]\w*)", text))


def named_witness(table: ClaimTable) -> Witness | None:
    name = table.derivation or table.experiment
    if name is None:
        return None
    kind = "derivation" if table.derivation else "experiment"
    return Witness(kind, name, tuple((key, _plain(value)) for key, value in table.arguments.items()))


def _plain(value: Any) -> Any:
    """An argument as a witness receives it: decimals as floats, lists as tuples."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return tuple(_plain(v) for v in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def in_words(assuming: dict[str, Any]) -> tuple[str, ...]:
    """What a corrected form assumes beyond its setting, for people."""
    words = []
    for key, value in assuming.items():
        if key == "assume" and isinstance(value, list):
            words += [_hypothesis_in_words(v) for v in value]
        else:
            words.append(f"{key} = {value}")
    return tuple(words)


def _hypothesis_in_words(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    ranges = entry.get("for", {})
    return f"{entry.get('formula')}" + "".join(f", {index} = {ends}" for index, ends in ranges.items())
