"""What the reports show: results and claims brought together once, for every renderer.

Everything here is plain text or LaTeX of a formula; no escaping is done, because each renderer owes its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..claim import TOPICS, Claim, Paper, Setting, Statement
from ..formula.latex import to_latex
from ..formula.text import to_text
from ..statements.english import sentence
from . import pages, plain
from .entries import Entry, Rest, Row, StatementView, WitnessView
from .matrices import matrices
from .reading import reach
from .verdicts import ALARMS, CLAIMS, WORST_FIRST, WRONG_AS_PRINTED


@dataclass(frozen=True)
class Report:
    """An audit as it is shown."""

    entries: tuple[Entry, ...]
    provenance: Mapping[str, Any]
    papers: tuple[Paper, ...]
    derivations: tuple[Any, ...] = ()
    instances: int = 0  # networks on which statements were evaluated

    @cached_property
    def counts(self) -> dict[str, int]:
        """Claims by verdict, in the order of the verdict table."""
        return by_verdict(self.entries)

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """The topics that occur, of claims and derivations, in the order of the program."""
        found = {e.topic for e in self.entries} | {str(d.topic) for d in self.derivations}
        return tuple(sorted(found, key=_topic_rank))

    @cached_property
    def wrong(self) -> tuple[Entry, ...]:
        """Claims that are wrong as printed, the worst first."""
        found = [e for e in self.entries if e.verdict in WRONG_AS_PRINTED]
        return tuple(sorted(found, key=lambda e: WRONG_AS_PRINTED.index(e.verdict)))

    @cached_property
    def alarms(self) -> tuple[Entry, ...]:
        """Claims about which the program, not the paper, has a problem: conflicts first."""
        found = [e for e in self.entries if e.alarms or e.verdict == "failed"]
        return tuple(sorted(found, key=lambda e: min((ALARMS.index(a) for a in e.alarms), default=len(ALARMS))))

    @cached_property
    def main(self) -> tuple[Entry, ...]:
        """The theorems, lemmas and propositions."""
        return tuple(e for e in self.entries if e.kind in pages.MAIN)

    @cached_property
    def wrong_in_page_order(self) -> tuple[Entry, ...]:
        """Claims that are wrong as printed, as the papers have them."""
        return tuple(e for e in self.entries if e.verdict in WRONG_AS_PRINTED)

    @cached_property
    def wrong_by_kind(self) -> tuple[pages.Group, ...]:
        """The same in groups."""
        return pages.wrong_by_kind(self.wrong_in_page_order)

    def parts(self, paper: str) -> tuple[pages.Part, ...]:
        """A paper in page order, section by section."""
        return pages.parts(self.of_paper(paper), title)

    def index(self, paper: str) -> tuple[Entry, ...]:
        """A paper's claims by name, numbers in them by size."""
        return tuple(sorted(self.of_paper(paper), key=lambda e: pages.by_name(e.name)))

    def verdicts_by_chapter(self, paper: str) -> dict[str, dict[str, int]]:
        """Claims by verdict for the sections of a paper."""
        return pages.verdicts_by_chapter(paper, self.of_paper(paper), title)

    @cached_property
    def titles(self) -> dict[int, str]:
        """Titles of derivations by identity, no two alike."""
        groups: dict[str, list[Any]] = {}
        for d in self.derivations:
            groups.setdefault(str(d.title), []).append(d)
        return {id(d): title for group in groups.values() for d, title in pages.told_apart(group)}

    def of_paper(self, key: str) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.paper == key)

    def of_topic(self, topic: str) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.topic == topic)

    def derivations_of(self, topic: str) -> tuple[Any, ...]:
        return tuple(d for d in self.derivations if d.topic == topic)

    def entry(self, id: str) -> Entry | None:
        return self._by_id.get(id)

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {e.id: e for e in self.entries}


def build(
    results: Mapping[str, Any],
    claims: Sequence[Claim],
    derivations: Sequence[Any] = (),
    papers: Sequence[Paper] = (),
) -> Report:
    """Bring results and claims together, paper by paper in page order.

    A claim without a result was not audited and is left out; a result without a claim is shown with what it says.
    """
    by_id = {str(result["id"]): result for result in results["claims"]}
    ordered = [c.id for c in claims if c.id in by_id]
    ordered += sorted(by_id.keys() - set(ordered))
    known = {c.id: c for c in claims}
    users = _used_by(by_id)
    shown = tuple(_entry(by_id[i], known.get(i), users.get(i, ()), derivations) for i in ordered)
    entries = pages.in_page_order(shown)
    instances = sum(_instances(result) for result in by_id.values())
    found = _papers(entries, papers)
    return Report(entries, results.get("provenance") or {}, found, tuple(derivations), instances)


def by_verdict(entries: Sequence[Entry]) -> dict[str, int]:
    """How many claims have each verdict, in the order of the verdict table; strangers last."""
    found = Counter(e.verdict for e in entries)
    order = [*CLAIMS, *sorted(found.keys() - CLAIMS.keys())]
    return {verdict: found[verdict] for verdict in order if found[verdict]}


def worst_first(entries: Sequence[Entry]) -> list[Entry]:
    """The claims, those that call for attention before the others, else in their order."""
    return sorted(entries, key=lambda e: WORST_FIRST.index(e.verdict) if e.verdict in WORST_FIRST else -1)


def title(topic: str) -> str:
    """A topic as a heading: ``rho_v_dynamics`` is ``Rho V dynamics``."""
    return _TITLES.get(topic) or topic.replace("_", " ").capitalize() or "Other claims"


_TITLES = {
    "rho_v_dynamics": "Norm and direction dynamics",
    "cross_entropy": "Cross-entropy loss",
    "real_data": "Real data",
    "norm_growth": "Growth of the norms",
    "nonseparable": "Nonseparable data",
}


def _topic_rank(topic: str) -> tuple[int, str]:
    return (TOPICS.index(topic) if topic in TOPICS else len(TOPICS) + (not topic), topic)


def _papers(entries: Sequence[Entry], papers: Sequence[Paper]) -> tuple[Paper, ...]:
    known = {p.key: p for p in papers}
    keys = dict.fromkeys(e.paper for e in entries)
    return tuple(known.get(key) or Paper(key, key) for key in keys)


def _used_by(by_id: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    users: dict[str, list[str]] = {}
    for id, result in sorted(by_id.items()):
        for used in result.get("uses") or ():
            users.setdefault(str(used), []).append(id)
    return {id: tuple(found) for id, found in users.items()}


def _entry(result: Mapping[str, Any], claim: Claim | None, used_by: Sequence[str], derivations: Sequence[Any]) -> Entry:
    id = str(result["id"])
    shared: dict[str, Any] = {
        "id": id,
        "paper": id.split("/", 1)[0],
        "verdict": str(result["verdict"]),
        "statements": tuple(_statements(result, claim)),
        "uses": tuple(map(str, result.get("uses") or ())),
        "used_by": tuple(used_by),
        "rests": tuple(_rest(r) for r in result.get("rests_on_refuted") or ()),
        "derivations": tuple(d for d in derivations if id in d.claims),
    }
    if claim is None:
        return Entry(topic="", **shared)
    return Entry(
        topic=claim.topic,
        where=claim.where,
        kind=claim.kind,
        text=claim.text,
        as_printed=claim.latex,
        ocr=claim.ocr,
        defect=claim.defect,
        open=claim.open,
        assuming=claim.assuming,
        settings=tuple(_setting(s) for s in claim.settings),
        **shared,
    )


def _rest(value: Any) -> Rest:
    """`rests_on_refuted` names claims; `corrected` marks those of which a corrected form stands."""
    if isinstance(value, Mapping):
        return Rest(str(value.get("id", "")), bool(value.get("corrected")))
    if isinstance(value, list | tuple):
        return Rest(str(value[0]), len(value) > 1 and value[1] in ("corrected", True))
    id, _, mark = str(value).partition(" ")
    return Rest(id, "corrected" in mark)


def _statements(result: Mapping[str, Any], claim: Claim | None) -> Iterator[StatementView]:
    """Printed and corrected form, or those of each clause: then the former repeat the worst of the latter; readings
    behind them, or in their place."""
    clauses, readings = result.get("clauses") or (), result.get("readings") or ()
    for number, clause in enumerate(clauses, 1):
        known = claim.clauses[number - 1] if claim and number <= len(claim.clauses) else None
        if clause.get("printed"):
            yield from _form(f"Clause {number}", clause, known)
    alone = bool(readings) and (claim is None or claim.printed is None)
    if result.get("printed") and not clauses and not alone:
        yield _statement("As printed", result["printed"], claim.printed if claim else None)
    if result.get("corrected") and not clauses and not alone:
        yield _statement("Corrected", result["corrected"], claim.corrected if claim else None)
    for number, reading in enumerate(readings, 1):
        reading_known = claim.readings[number - 1] if claim and number <= len(claim.readings) else None
        yield from _form(f"Reading {number}", reading, reading_known)


def _form(label: str, found: Mapping[str, Any], known: Any) -> Iterator[StatementView]:
    """A clause or a reading holds its statements, or is one."""
    text = str(found.get("text") or (known.text if known else ""))
    inner = found.get("printed")
    printed = inner if isinstance(inner, Mapping) else found
    yield _statement(label, printed, known and known.printed, text)
    if found.get("corrected"):
        yield _statement(f"{label}, corrected", found["corrected"], known and known.corrected)


def _statement(label: str, judged: Mapping[str, Any], statement: Statement | None, text: str = "") -> StatementView:
    witness = _witness(judged.get("witness"))
    evidence = [e for e in judged.get("evidence") or () if isinstance(e, Mapping)]
    if witness:  # shown at length on its own
        evidence = [e for e in evidence if e.get("kind") != "witness"]
    return StatementView(
        label=label,
        formula=str(judged.get("formula") or (statement.text if statement else "")),
        latex=str(judged.get("latex") or (to_latex(statement.formula) if statement else "")),
        verdict=str(judged.get("verdict", "")),
        message=str(judged.get("message") or ""),
        qualifiers=tuple(_qualifiers(statement)) if statement else (),
        reads=sentence(statement) if statement else "",
        reach=reach(judged),
        text=text,
        evidence=tuple(_rows(evidence)),
        witness=witness,
    )


def _rows(evidence: Sequence[Mapping[str, Any]]):
    """The evidence, with the names of the settings where there is more than one."""
    several = len({e.get("setting") for e in evidence}) > 1
    for e in evidence:
        place = f"{e['setting']}: " if several and e.get("setting") else ""
        yield Row(str(e.get("kind", "")), place + plain.finding(e), plain.details(e))


def _qualifiers(statement: Statement):
    """Over what a statement is quantified, as LaTeX-free text."""
    for bound in statement.ranges:
        yield "for " + _range(bound)
    if statement.at != "any":
        yield f"at {statement.at.replace('-', ' ')} points" if statement.at != "minimum" else "at minima"
    if statement.after:
        yield f"after {statement.after.replace('-', ' ')}"


def _range(bound: Any) -> str:
    return f"{bound.index} = {to_text(bound.low)}, …, {to_text(bound.high)}"


def _witness(witness: Any) -> WitnessView | None:
    if not isinstance(witness, Mapping):
        return None
    return WitnessView(
        shows=str(witness.get("shows") or ""),
        replay=str(witness.get("replay") or ""),
        matrices=matrices(witness),
        place=", ".join(f"{k} = {v}" for k, v in sorted((witness.get("indices") or {}).items())),
        hypotheses=tuple(map(str, witness.get("hypotheses") or ())),
    )


def _setting(setting: Setting) -> str:
    """A world in one line."""
    widths = " or ".join("-".join(map(str, w)) for w in setting.widths)
    decay = setting.weight_decay
    parts = [
        f"{setting.network} network {widths}",
        f"N = {setting.examples}",
        f"{setting.loss} loss ({'mean' if setting.average else 'sum'})",
        f"{setting.flow} flow",
        f"{setting.data} data",
    ]
    if decay:
        parts.append(f"weight decay {', '.join(map(str, decay)) if isinstance(decay, tuple) else decay}")
    if setting.start != "random":
        parts.append(f"start {setting.start}")
    return ", ".join(parts + [h.text for h in setting.assume])


def _instances(result: Mapping[str, Any]) -> int:
    """Instances on which a claim's statements were evaluated."""
    judged = [*(result.get("clauses") or ()), *(result.get("readings") or ())] or [result]
    statements = [s for part in judged for s in (part, part.get("printed"), part.get("corrected"))]
    found = 0
    for statement in statements:
        for evidence in (statement.get("evidence") or ()) if isinstance(statement, Mapping) else ():
            found += int(evidence.get("instances") or 0) if evidence.get("kind") == "simulated" else 0
    return found
