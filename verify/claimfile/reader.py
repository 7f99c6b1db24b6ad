"""Claim files and folders to a book of claims."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from ..about import About
from ..claim import Claim, Paper, Setting
from ..formula.errors import did_you_mean
from ..listing import PAPER_FILE, SUFFIX, files_of
from .claims import ClaimReader
from .classes import Classes, read_class
from .errors import ClaimFileErrors, Mistake
from .locate import Place
from .schema import SECOND_FORMAT, FileTable, PaperTable, shown
from .settings import Declared, declare
from .source import Source

MOST_HINTS = 20  # what was meant is looked for this many times: it takes time
SETTING_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Book:
    """What was read.

    Attributes:
        papers: in the order in which they were named.
        claims: those asked for, in page order.
        by_id: every claim of these papers, also those of a paper of which one section was asked for.
        settings: every declared setting, by 'paper/name'.
    """

    papers: tuple[Paper, ...]
    claims: tuple[Claim, ...]
    by_id: Mapping[str, Claim]
    settings: Mapping[str, Setting]

    def ordered(self) -> tuple[Claim, ...]:
        """The claims, each behind those that it uses."""
        needs = {c.id: [u for u in c.uses if u in self.by_id] for c in self.by_id.values()}
        wanted = {c.id for c in self.claims}
        return tuple(self.by_id[i] for i in TopologicalSorter(needs).static_order() if i in wanted)


@dataclass
class _Volume:
    """One paper: its files, and those of them whose claims were asked for."""

    files: list[Path]
    wanted: set[Path]  # resolved
    paper: Paper | None = None
    claims: list[tuple[Claim, Source]] = field(default_factory=list)
    uses: list[tuple[str, list[str], Source, int]] = field(default_factory=list)  # of good claims and bad
    restated: list[tuple[str, list[str], Source, int]] = field(default_factory=list)
    settings: dict[str, Declared] = field(default_factory=dict)
    stated: set[str] | None = None  # ids of all its claims, good and bad; None where a file is unreadable


def read(paths: Sequence[Path], *, formulas: bool = True, shapes: bool = True) -> Book:
    """Read claim files and folders of claim files.

    Args:
        paths: a file, a folder of one paper, or a folder of such folders; a section of a paper is read with the
            settings of the `paper.toml` beside it.
        formulas: parse the formulas; without, claims come without statements, which is enough for a listing.
        shapes: check every formula's shapes in every setting.

    Raises:
        ClaimFileErrors: with every mistake in all of them.
    """
    mistakes: list[Mistake] = []
    volumes = _volumes([Path(p) for p in paths], mistakes)
    for volume in volumes:
        _read_volume(volume, mistakes, formulas, shapes)
    _check_papers(volumes, mistakes)
    _check_uses(volumes)
    if mistakes:
        raise ClaimFileErrors(mistakes)
    return _book(volumes)


def _book(volumes: list[_Volume]) -> Book:
    every = [(claim, source) for v in volumes for claim, source in v.claims]
    wanted = {path for v in volumes for path in v.wanted}
    return Book(
        papers=tuple(v.paper for v in volumes if v.paper),
        claims=tuple(claim for claim, source in every if source.path.resolve() in wanted),
        by_id={claim.id: claim for claim, _ in every},
        settings={f"{v.paper.key}/{name}": d.setting for v in volumes if v.paper for name, d in v.settings.items()},
    )


# ---- files


def _volumes(paths: list[Path], mistakes: list[Mistake]) -> list[_Volume]:
    """The papers that paths name; sections of one paper come together."""
    found: dict[Path, _Volume] = {}
    for path in paths:
        try:
            volumes = [_Volume(files, wanted) for files, wanted in files_of(path)]
        except OSError as error:
            mistakes.append(Mistake(str(path), 0, "", f"cannot be read: {error.strerror or error}"))
            continue
        if not volumes:
            mistakes.append(Mistake(str(path), 0, "", f"no {PAPER_FILE} and no *{SUFFIX} in this folder"))
        for volume in volumes:
            known = found.setdefault(volume.files[0].resolve(), volume)
            known.wanted |= volume.wanted
    return list(found.values())


# ---- one paper


def _read_volume(volume: _Volume, mistakes: list[Mistake], formulas: bool, shapes: bool) -> None:
    sources = [Source(path, mistakes) for path in volume.files]
    tables = [(s, t) for s in sources if not s.unreadable and (t := _file_table(s))]
    volume.paper = _paper(volume, tables, broken=len(tables) < len(sources))
    names = _read_settings(volume, tables, formulas and shapes)
    key = volume.paper.key if volume.paper else "?"
    whole = len(tables) == len(sources)  # else what is declared in the unreadable file is not missed here
    volume.stated = {f"{key}/{i}" for _, t in tables for i in _ids(t.claim)} if volume.paper and whole else None
    classes = _read_classes(tables)
    reader = ClaimReader(key, volume.settings, names if whole else None, formulas, formulas and shapes, classes)
    for source, table in tables:
        if not table.claim and source.path.name != PAPER_FILE:
            source.fail((), "the file states no claim; write a [[claim]]")
        for i, raw in enumerate(table.claim):
            volume.uses.append((*_uses(raw, key), source, i))
            volume.restated.append((*_uses(raw, key, "same_as"), source, i))
            if claim := reader.read(source, raw, ("claim", i)):
                volume.claims.append((claim, source))
    _check_ids(tables)


def _file_table(source: Source) -> FileTable | None:
    """The file's outer table; an unknown key or a wrong format does not keep its claims from being read."""
    known_keys = FileTable.keys()
    known = {k: v for k, v in source.table.items() if k in known_keys}
    unknown = {k: v for k, v in source.table.items() if k not in known}
    table = source.validated(FileTable, {"format": 1, **known}, ())
    for key, value in unknown.items():
        source.fail((key,), f"unknown key '{key}'{did_you_mean(key, known_keys)}; met {shown(value)}")
    if "format" not in known:
        source.fail_at(1, "format", "'format' is required: write format = 1")
    elif table is not None and table.format == 1:
        _check_format(source, table)
    return table


def _check_format(source: Source, table: FileTable) -> None:
    """A file of format 1 has none of the keys that came with format 2."""
    places: list[Place] = [("about",)] if table.about else []
    for i, raw in enumerate(table.claim):
        places += [("claim", i, key) for key in (raw if isinstance(raw, dict) else ()) if key in SECOND_FORMAT]
    if places:
        source.fail(places[0], f"'{places[0][-1]}' came with format 2: write format = 2 in the first line")


def _paper(volume: _Volume, tables: list[tuple[Source, FileTable]], broken: bool) -> Paper | None:
    having = [(s, t) for s, t in tables if t.paper is not None]
    for source, _ in having[1:]:
        source.fail(("paper",), f"[paper] stands once a paper; it is in {having[0][0].path.name} already")
    if not having:
        if tables and not broken:
            tables[0][0].fail_at(1, "paper", "[paper] with 'key' and 'title' is required")
        return None
    source, table = having[0]
    paper = source.validated(PaperTable, table.paper, ("paper",))
    return Paper(paper.key, paper.title, paper.cite) if paper else None


def _read_settings(volume: _Volume, tables: list[tuple[Source, FileTable]], shapes: bool) -> frozenset[str]:
    """Fill in the paper's settings; the names of all, also of those that cannot be read."""
    where: dict[str, Source] = {}
    for source, table in tables:
        for name, raw in table.setting.items():
            place = ("setting", name)
            if name in where:
                source.fail(place, f"setting '{name}' is declared twice; first in {where[name].path.name}")
                continue
            where[name] = source
            if not SETTING_NAME.fullmatch(name):
                source.fail(place, f"{shown(name)}: a name of letters, digits, '_' and '-' is wanted")
            elif declared := declare(name, raw, source, place, shapes):
                volume.settings[name] = declared
    return frozenset(where)


def _read_classes(tables: list[tuple[Source, FileTable]]) -> Classes:
    """The classes of a paper, each declared once."""
    where: dict[str, Source] = {}
    declared: dict[str, About] = {}
    for source, table in tables:
        for name, raw in table.about.items():
            if name in where:
                source.fail(("about", name), f"class '{name}' is declared twice; first in {where[name].path.name}")
            elif found := read_class(name, raw, source, ("about", name)):
                declared[name] = found
            where[name] = source
    return Classes(declared, frozenset(where))


# ---- across claims


def _check_ids(tables: list[tuple[Source, FileTable]]) -> None:
    first: dict[str, tuple[Source, int]] = {}
    for source, table in tables:
        for i, raw in enumerate(table.claim):
            if not isinstance(raw, dict) or not isinstance(id_ := raw.get("id"), str):
                continue
            if id_ in first:
                before, at = first[id_]
                place = f"{before.path.name}, line {before.line(('claim', at, 'id'))}"
                source.fail(("claim", i, "id"), f"the id '{id_}' is taken: {place}")
            first.setdefault(id_, (source, i))


def _check_papers(volumes: list[_Volume], mistakes: list[Mistake]) -> None:
    first: dict[str, _Volume] = {}
    for volume in volumes:
        if volume.paper is None:
            continue
        known = first.setdefault(volume.paper.key, volume)
        if known is not volume:
            message = f"the key '{volume.paper.key}' is taken by {known.files[0]}: choose another"
            mistakes.append(Mistake(str(volume.files[0]), 0, "paper.key", message))


def _check_uses(volumes: list[_Volume]) -> None:
    """Every claim that is used exists, and none rests on itself."""
    if any(v.stated is None for v in volumes):
        return  # not every id is known
    known = set().union(*(v.stated for v in volumes if v.stated is not None))
    every = [entry for v in volumes for entry in v.uses]
    unknown = 0
    short_ids: dict[str, list[str]] = {}  # by paper
    for key, told, entries in (
        ("uses", "uses", every),
        ("same_as", "restates", [entry for v in volumes for entry in v.restated]),
    ):
        for id_, named, source, i in entries:
            paper = id_.split("/")[0] + "/"
            for other in (u for u in named if u not in known):
                if paper not in short_ids:
                    short_ids[paper] = [k.removeprefix(paper) for k in known]
                short, unknown = other.removeprefix(paper), unknown + 1
                hint = did_you_mean(short, short_ids[paper]) if unknown <= MOST_HINTS else ""
                source.fail(("claim", i, key), f"{told} an unknown claim '{short}'{hint}", short)
    where = {id_: (uses, source, i) for id_, uses, source, i in every}
    try:
        TopologicalSorter({id_: uses for id_, (uses, _, _) in where.items()}).prepare()
    except CycleError as error:
        loop = list(reversed(error.args[1]))
        _, source, i = where[loop[0]]
        source.fail(("claim", i, "uses"), f"claims rest on one another in a circle: {' -> '.join(loop)}")


def _uses(raw: Any, key: str, what: str = "uses") -> tuple[str, list[str]]:
    """The id of a claim of a paper and the ids that it uses, or restates, as far as they are texts."""
    table = raw if isinstance(raw, dict) else {}
    named = table.get(what)
    named = [named] if what == "same_as" and isinstance(named, str) else named
    texts = [u for u in named if isinstance(u, str) and u] if isinstance(named, list) else []
    uses = [u if "/" in u else f"{key}/{u}" for u in texts]
    return f"{key}/{table.get('id')}", uses


def _ids(raw_claims: list[Any]) -> list[str]:
    return [r["id"] for r in raw_claims if isinstance(r, dict) and isinstance(r.get("id"), str)]
