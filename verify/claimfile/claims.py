"""`[[claim]]` tables to claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..claim import Claim, Reading, Setting, Statement, Witness
from ..formula.errors import did_you_mean
from ..formula.vocabulary import EVERY_WORD
from .formulas import Formulas, measured_names
from .locate import Place
from .salvage import salvage
from .schema import ClaimTable, ReadingTable, shown
from .settings import Declared, digest, strengthened
from .source import Source
from .witnesses import complaint

FORMULAS = {"printed", "corrected", "reading"}


@dataclass
class ClaimReader:
    """Reads the claims of one paper.

    Attributes:
        paper: the paper's key.
        declared: the settings that could be read; `names` also has those that could not, and is None where a file
            that may declare more cannot be read.
    """

    paper: str
    declared: Mapping[str, Declared]
    names: frozenset[str] | None = frozenset()
    formulas: bool = True
    shapes: bool = True
    _strengthened: dict[tuple[str, str], Declared | None] = field(default_factory=dict)

    def read(self, source: Source, raw: Any, place: Place) -> Claim | None:
        """The claim of a table, or None with its mistakes noted."""
        before = len(source.mistakes)
        table, lost = source.validated(ClaimTable, raw, place), frozenset[str]()
        if table is None:  # its formulas are read all the same
            if (rest := salvage(ClaimTable, raw)) is None:
                return None
            table, lost = rest
        _check_keys(table, source, place, lost)
        if self.shapes:
            _check_witness(table, source, place, lost)
        settings = self.settings(table, source, place)
        formulas = Formulas(source, self.shapes, _is_measured(table), unread=bool(lost & FORMULAS))
        formulas.quantify(table.ranges, (*place, "for"), complete="for" not in lost)
        judged = _Judged(self, table, formulas, source, place, settings, lost)
        claim = judged.claim(digest([f"{self.paper}/{table.id}", raw, *sorted(d.digest for d in settings)]))
        if self.formulas:
            formulas.report_unused((*place, "for"))
        return claim if len(source.mistakes) == before else None

    def settings(self, table: ClaimTable, source: Source, place: Place) -> tuple[Declared, ...]:
        """The settings that a claim names."""
        for name in table.setting:
            if self.names is not None and name not in self.names:
                known = ", ".join(sorted(self.names)) or "none is declared"
                hint = did_you_mean(name, self.names) or f"; known: {known}"
                source.fail((*place, "setting"), f"unknown setting {shown(name)}{hint}", name)
        return tuple(self.declared[name] for name in table.setting if name in self.declared)

    def strengthen(
        self, settings: tuple[Declared, ...], extra: dict[str, Any], source: Source, place: Place
    ) -> tuple[Setting, ...]:
        """Each setting under further assumptions; a mistake that all of them share is told once."""
        found = []
        for base in settings:
            key = (base.setting.name, digest(extra))
            if key not in self._strengthened:
                self._strengthened[key] = strengthened(base, extra, source, place, self.shapes)
            if (made := self._strengthened[key]) is None:
                break
            found.append(made.setting)
        return tuple(found)


@dataclass
class _Judged:
    """The statements of one claim."""

    reader: ClaimReader
    table: ClaimTable
    formulas: Formulas
    source: Source
    place: Place
    declared: tuple[Declared, ...]
    lost: frozenset[str] = frozenset()  # keys that are there and wrong

    @property
    def settings(self) -> tuple[Setting, ...]:
        return tuple(d.setting for d in self.declared)

    def claim(self, digest: str) -> Claim:
        t = self.table
        return Claim(
            id=f"{self.reader.paper}/{t.id}",
            text=t.text,
            printed=self.printed(t, self.place),
            where=t.where,
            kind=t.kind,
            topic=t.topic,
            latex=t.latex,
            ocr=t.ocr,
            corrected=self.corrected(t, self.place),
            assuming=_in_words(t.assuming),
            defect=t.defect,
            uses=tuple(u if "/" in u else f"{self.reader.paper}/{u}" for u in t.uses),
            readings=tuple(self.readings()),
            witness=_witness(t),
            open=t.open,
            settings=self.settings,
            source=f"{self.source.path}:{self.source.line(self.place)}",
            digest=digest,
        )

    def printed(self, table: ClaimTable | ReadingTable, place: Place) -> Statement | None:
        return self.statement(table.printed, (*place, "printed"), self.settings)

    def corrected(self, table: ClaimTable | ReadingTable, place: Place) -> Statement | None:
        settings = self.settings if "assuming" not in self.lost else ()
        if table.assuming and self.reader.formulas:
            inside = (*place, "assuming")
            if table.corrected is None and "corrected" not in self.lost:
                self.source.fail(inside, "assuming adds to the setting for 'corrected': write corrected as well")
            settings = self.reader.strengthen(self.declared, table.assuming, self.source, inside)
        return self.statement(table.corrected, (*place, "corrected"), settings)

    def statement(self, text: str | None, place: Place, settings: tuple[Setting, ...]) -> Statement | None:
        if text is None or not self.reader.formulas:
            return None
        return self.formulas.statement(text, place, settings, self.table.at, self.table.after)

    def readings(self) -> Iterator[Reading]:
        for i, table in enumerate(self.table.reading):
            place = (*self.place, "reading", i)
            printed, corrected = self.printed(table, place), self.corrected(table, place)
            if printed is not None:
                yield Reading(table.text, printed, corrected, _in_words(table.assuming), table.defect)


def _check_keys(table: ClaimTable, source: Source, place: Place, lost: frozenset[str]) -> None:
    """Which keys a claim needs, and which exclude each other; one that is there and wrong is not missing."""
    witness = table.derivation or table.experiment
    if table.derivation and table.experiment:
        source.fail((*place, "experiment"), "a claim has one witness: a derivation or an experiment")
    if table.arguments and not witness:
        source.fail((*place, "with"), "'with' gives the arguments of a derivation or an experiment; none is named")
    if not table.setting and not witness and "setting" not in lost:
        source.fail(place, "'setting' is required; only a derivation or an experiment does without")
    stated = table.printed is not None or table.reading or lost & {"printed", "reading"}
    if not stated and table.kind != "definition" and "kind" not in lost:
        source.fail(place, "'printed' is required; only a definition, or a claim with readings, does without")
    if table.printed is not None and table.reading:
        source.fail((*place, "printed"), "readings stand in place of 'printed': leave one of the two out")
    if table.reading and (table.corrected or table.assuming):
        key = "corrected" if table.corrected else "assuming"
        source.fail((*place, key), f"with readings, '{key}' belongs into the reading that it corrects")
    if table.corrected is not None and not stated:
        source.fail((*place, "corrected"), "'corrected' without 'printed': what does it correct?")


def _check_witness(table: ClaimTable, source: Source, place: Place, lost: frozenset[str]) -> None:
    """The function that a claim names is there and takes its arguments."""
    kinds = [kind for kind in ("derivation", "experiment") if getattr(table, kind)]
    if len(kinds) != 1 or lost & {*kinds, "with"}:
        return
    name = getattr(table, kinds[0])
    if wrong := complaint(kinds[0], name, table.arguments):
        source.fail((*place, kinds[0]), wrong, name)


def _is_measured(table: ClaimTable) -> bool:
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
    return any(measured_names(t) - EVERY_WORD - bound - {"T"} for t in texts)


def _summed(text: str) -> set[str]:
    """Names that stand first in a sum, a product, a minimum or a maximum."""
    return set(re.findall(r"\b(?:sum|prod|min|max)\s*\(\s*([A-Za-z_]\w*)", text))


def _witness(table: ClaimTable) -> Witness | None:
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


def _in_words(assuming: dict[str, Any]) -> tuple[str, ...]:
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
