"""`[[claim]]` tables to claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..about import KEYS, About
from ..claim import Claim, Clause, Hypothesis, Reading, Setting, Statement, Words
from ..formula.errors import did_you_mean
from ..formula.nodes import And, Logic
from ..reach import enough
from .classes import Classes, assumed, narrowed, outside, typical
from .formulas import Formulas, is_timed
from .keys import check_keys, check_witness, in_words, is_measured, measures, named_witness
from .locate import Place
from .salvage import salvage
from .schema import ClaimTable, ClauseTable, FormTable, HypothesisTable, SettingTable, shown
from .settings import Declared, declare, digest, strengthened
from .source import Source

FORMULAS = {"printed", "corrected", "reading", "clause"}


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
    classes: Classes = field(default_factory=Classes)
    _strengthened: dict[tuple[str, str], Declared | None] = field(default_factory=dict)
    _made: dict[str, tuple[Declared, ...]] = field(default_factory=dict)

    def read(self, source: Source, raw: Any, place: Place) -> Claim | None:
        """The claim of a table, or None with its mistakes noted."""
        before = len(source.mistakes)
        table, lost = source.validated(ClaimTable, raw, place), frozenset[str]()
        if table is None:  # its formulas are read all the same
            if (rest := salvage(ClaimTable, raw)) is None:
                return None
            table, lost = rest
        check_keys(table, source, place, lost)
        if self.shapes:
            check_witness(table, source, place, lost)
        claim = _Judged(self, table, source, place, lost).claim(raw)
        return claim if len(source.mistakes) == before else None

    def named(self, names: tuple[str, ...], source: Source, place: Place) -> tuple[Declared, ...]:
        """The settings that a claim or a clause names."""
        for name in names:
            if self.names is not None and name not in self.names:
                known = ", ".join(sorted(self.names)) or "none is declared"
                hint = did_you_mean(name, self.names) or f"; known: {known}"
                source.fail((*place, "setting"), f"unknown setting {shown(name)}{hint}", name)
        return tuple(self.declared[name] for name in names if name in self.declared)

    def made(self, about: About, source: Source, place: Place) -> tuple[Declared, ...]:
        """Settings for a class of which a claim names none."""
        key = repr([getattr(about, k) for k in KEYS])
        if key not in self._made:
            every = (declare(name, raw, source, place, self.shapes) for name, raw in typical(about))
            self._made[key] = tuple(d for d in every if d is not None)
        return self._made[key]

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
class _World:
    """Where the statements of a claim, or of a clause, live.

    Attributes:
        about: the class that they speak of, if one is named.
        given: what they take for granted, at points and along trajectories.
    """

    formulas: Formulas
    declared: tuple[Declared, ...]
    about: About | None = None
    given: tuple[Hypothesis, ...] = ()
    at: str = "any"
    after: str | None = None
    scale: str = ""
    letters: tuple[str, ...] = ()


@dataclass
class _Judged:
    """The statements of one claim."""

    reader: ClaimReader
    table: ClaimTable
    source: Source
    place: Place
    lost: frozenset[str] = frozenset()  # keys that are there and wrong

    def claim(self, raw: Any) -> Claim:
        t, world = self.table, self.world()
        text = [f"{self.reader.paper}/{t.id}", raw, *sorted(d.digest for d in world.declared), self.meant(world.about)]
        clauses = tuple(self.clauses(world))
        made = Claim(
            id=f"{self.reader.paper}/{t.id}",
            text=t.text,
            printed=self.printed(t, self.place, world),
            where=t.where,
            kind=t.kind,
            topic=t.topic,
            latex=t.latex,
            ocr=t.ocr,
            corrected=self.corrected(t, self.place, world),
            assuming=in_words(t.assuming),
            defect=t.defect,
            uses=self.ids(t.uses),
            readings=tuple(self.readings(world)),
            clauses=clauses,
            about=world.about,
            hypotheses=world.given,
            hypotheses_words=self.words(world),
            same_as=self.ids(t.same_as),
            quote=t.quote,
            quoted=t.quoted,
            severity=t.severity,
            reply=t.reply,
            witness=named_witness(t),
            open=t.open,
            settings=tuple(d.setting for d in world.declared),
            source=f"{self.source.path}:{self.source.line(self.place)}",
            digest=digest(text),
        )
        if self.reader.formulas:
            world.formulas.report_unused((*self.place, "for"))
        return made

    def ids(self, named: list[str]) -> tuple[str, ...]:
        return tuple(u if "/" in u else f"{self.reader.paper}/{u}" for u in named)

    def meant(self, about: About | None) -> list[str]:
        """The class in words that do not depend on anything but it."""
        return [] if about is None else [f"{key} {getattr(about, key)}" for key in KEYS]

    # ---- worlds

    def world(self) -> _World:
        """That of the claim."""
        t, place = self.table, self.place
        about = self.reader.classes.read(t.about, self.source, (*place, "about"))
        formulas = Formulas(self.source, self.reader.shapes, is_measured(t), unread=bool(self.lost & FORMULAS))
        formulas.quantify(t.ranges, (*place, "for"), complete="for" not in self.lost)
        declared = self.reader.named(t.setting, self.source, place)
        if about is not None and not t.setting and not (t.derivation or t.experiment):
            declared = self.reader.made(about, self.source, (*place, "about"))
        world = _World(formulas, declared, about, (), t.at, t.after, t.scale, tuple(t.letters))
        world.given = (*self.hypotheses("hypotheses", t.hypotheses, place, world), *self.given(t, place, world))
        self.check_class(world, place)
        return world

    def clause_world(self, clause: ClauseTable, place: Place, claims: _World) -> _World:
        """That of a clause: the claim's with what the clause says in its place."""
        about = self.reader.classes.of_clause(clause.about, claims.about, self.source, (*place, "about"))
        formulas = claims.formulas
        measured = measures(self.table, clause.printed)
        if clause.ranges is not None or measured != formulas.quantities:
            formulas = Formulas(self.source, self.reader.shapes, measured)
            formulas.quantify(self.table.ranges if clause.ranges is None else clause.ranges, (*place, "for"))
        world = _World(
            formulas,
            () if measured else self.clause_settings(clause, place, claims, about),
            about,
            claims.given,
            clause.at or claims.at,
            clause.after or claims.after,
            clause.scale or claims.scale,
            (*claims.letters, *clause.letters),
        )
        world.given = (*claims.given, *self.given(clause, place, world))
        if clause.setting:
            self.check_class(world, place)
        return world

    def clause_settings(
        self, clause: ClauseTable, place: Place, claims: _World, about: About | None
    ) -> tuple[Declared, ...]:
        """Those that the clause names, else those of the claim that lie in its class, else some made for that."""
        if clause.setting:
            return self.reader.named(clause.setting, self.source, place)
        if about is None or about == claims.about:
            return claims.declared
        inside = tuple(d for d in claims.declared if not any(outside(d.setting, about, claims.given)))
        return inside or self.reader.made(about, self.source, (*place, "about"))

    def check_class(self, world: _World, place: Place) -> None:
        """Every setting that is named lies in the class that is spoken of."""
        if world.about is None:
            return
        for setting in (d.setting for d in world.declared):
            for _, wrong in outside(setting, world.about, world.given):
                self.source.fail((*place, "setting"), f"in setting '{setting.name}': {wrong}", setting.name)

    def hypotheses(
        self, key: str, tables: list[HypothesisTable], place: Place, world: _World
    ) -> tuple[Hypothesis, ...]:
        if not self.reader.formulas:
            return ()
        settings = tuple(d.setting for d in world.declared)
        every = (world.formulas.hypothesis(h, (*place, key, i), settings, timed=True) for i, h in enumerate(tables))
        return tuple(h for h in every if h is not None)

    def given(self, table: ClaimTable | ClauseTable, place: Place, world: _World) -> tuple[Hypothesis, ...]:
        return self.hypotheses("given", table.given, place, world)

    def words(self, world: _World) -> tuple[Words, ...]:
        """Hypotheses in prose; each names what carries it, or says that nothing does."""
        found = []
        carriers = {h.formula for h in self.table.hypotheses} | {f"about.{key}" for key in KEYS}
        carriers |= {f"setting.{key}" for key in SettingTable.model_fields}
        for i, entry in enumerate(self.table.hypotheses_words):
            inside = (*self.place, "hypotheses_words", i)
            if entry.checked and entry.carried_by not in carriers:
                self.source.fail(
                    inside,
                    f"carried_by = {shown(entry.carried_by or '')}: a formula of 'hypotheses', 'about.KEY' or "
                    "'setting.KEY' is wanted; where nothing carries it, write checked = false",
                )
            found.append(Words(entry.text, (entry.carried_by or "") if entry.checked else ""))
        return tuple(found)

    # ---- statements

    def printed(self, table: FormTable, place: Place, world: _World) -> Statement | None:
        settings = tuple(d.setting for d in world.declared)
        return self.statement(table.printed, (*place, "printed"), settings, world, world.about)

    def corrected(self, table: FormTable, place: Place, world: _World) -> Statement | None:
        settings = tuple(d.setting for d in world.declared) if "assuming" not in self.lost else ()
        if table.assuming and self.reader.formulas:
            inside = (*place, "assuming")
            if table.corrected is None and "corrected" not in self.lost:
                self.source.fail(inside, "assuming adds to the setting for 'corrected': write corrected as well")
            settings = self.reader.strengthen(world.declared, table.assuming, self.source, inside)
        about = narrowed(world.about, table.assuming)
        return self.statement(table.corrected, (*place, "corrected"), settings, world, about)

    def statement(
        self, text: str | None, place: Place, settings: tuple[Setting, ...], world: _World, about: About | None
    ) -> Statement | None:
        if text is None or not self.reader.formulas:
            return None
        found = world.formulas.statement(text, place, settings, world.at, world.after)
        if found is None:
            return None
        found = replace(found, about=about, scale=world.scale, letters=world.letters)
        if not any(s.name in self.reader.declared for s in found.settings):  # made for the class
            found = replace(found, settings=enough(found))
        return found if world.formulas.quantities else under(found, world.given)

    def readings(self, world: _World) -> Iterator[Reading]:
        for i, table in enumerate(self.table.reading):
            place = (*self.place, "reading", i)
            printed, corrected = self.printed(table, place, world), self.corrected(table, place, world)
            if printed is not None:
                yield Reading(table.text, printed, corrected, in_words(table.assuming), table.defect)

    def clauses(self, claims: _World) -> Iterator[Clause]:
        for i, table in enumerate(self.table.clause):
            place = (*self.place, "clause", i)
            world = self.clause_world(table, place, claims)
            yield Clause(
                table.text,
                self.printed(table, place, world),
                self.corrected(table, place, world),
                in_words(table.assuming),
                table.defect,
                table.open,
                table.remark,
            )
            if self.reader.formulas and world.formulas is not claims.formulas:
                world.formulas.report_unused((*place, "for"))


def under(statement: Statement, given: tuple[Hypothesis, ...]) -> Statement:
    """The statement where hypotheses hold: those about points are assumed, those about trajectories its premise."""
    points = tuple(h for h in given if not is_timed(h.formula))
    timed = [h.formula for h in given if is_timed(h.formula)]
    statement = replace(statement, settings=tuple(assumed(s, points) for s in statement.settings))
    if not timed:
        return statement
    premise = timed[0] if len(timed) == 1 else And(tuple(timed))
    return replace(statement, formula=Logic("implies", (premise, statement.formula)))
