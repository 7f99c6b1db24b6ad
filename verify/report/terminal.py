"""One claim as text for a terminal, and the replay of its witness."""

from __future__ import annotations

import importlib.util
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..claim import Claim, Form, Statement
from ..formula.latex import to_latex
from ..formula.text import to_text
from ..statements.english import sentence
from . import plain
from .reading import reach


def describe(claim: Claim, result: Mapping[str, Any] | None) -> Iterator[str]:
    """The lines of `verify show`."""
    verdict = result["verdict"] if result else "not audited yet"
    yield f"{claim.id}  ({claim.where or claim.kind})  {verdict}"
    yield from textwrap.wrap(claim.text, 100, initial_indent="  ", subsequent_indent="  ")
    if claim.latex:
        yield f"  as the paper prints it: {claim.latex}"
    if claim.ocr:
        yield f"  the scan shows: {claim.ocr}"
    for heading, form, found in shown_forms(claim, result or {}):
        if heading:
            yield from textwrap.wrap(f"{heading}: {form.text}", 100, initial_indent="  ", subsequent_indent="    ")
        yield from _statement("printed", form.printed, found.get("printed"))
        yield from _statement("corrected", form.corrected, found.get("corrected"))
        if heading and (reason := getattr(form, "open", "")):
            yield from _wrapped(f"open: {reason}")
    for label, text in (
        ("severity", (result or {}).get("severity", "")),
        ("defect", claim.defect),
        ("open", claim.open),
        ("assuming", "; ".join(claim.assuming)),
    ):
        if text:
            yield f"  {label}: {text}"
    if claim.uses:
        yield f"  uses: {', '.join(claim.uses)}"
    if result and result.get("rests_on_refuted"):
        yield f"  rests on what is refuted: {', '.join(result['rests_on_refuted'])}"
    yield from _derivations(claim)


def shown_forms(claim: Claim, result: Mapping[str, Any]) -> Iterator[tuple[str, Form, Mapping[str, Any]]]:
    """The forms of a claim, each with its heading and what was found of it."""
    literal = claim.forms[: len(claim.forms) - len(claim.readings)]
    of_clauses = result.get("clauses") or [{}] * len(literal)
    for i, form in enumerate(literal):
        found = of_clauses[i] if claim.clauses and i < len(of_clauses) else {} if claim.clauses else result
        yield f"clause {i + 1}" if claim.clauses else "", form, found
    for i, (form, found) in enumerate(zip_longest(claim.readings, result.get("readings") or ())):
        if form is not None:
            yield f"reading {i + 1}", form, found or {}


def _derivations(claim: Claim) -> Iterator[str]:
    if not _spoken_of(claim.id):  # importing algebra takes longer than all the rest
        return
    from derivations.book.library import MODULES, builders

    for d in (build() for topic in MODULES for build in builders(topic) if claim.id in _source_of(build)):
        if claim.id in d.claims:
            yield f"  derivation: {d.title}"
            for number, step in enumerate(d.steps, 1):
                yield f"    {number}. {step.latex}"
                yield from textwrap.wrap(
                    f"{step.reason} [{step.check}]", 100, initial_indent="       ", subsequent_indent="       "
                )


def _spoken_of(claim_id: str) -> bool:
    """Whether some module of the ground floor names the claim."""
    return any(claim_id in path.read_text(encoding="utf-8") for path in _ground_floor().rglob("*.py"))


def _source_of(build: Callable[[], Any]) -> str:
    return Path(inspect.getsourcefile(inspect.unwrap(build)) or "").read_text(encoding="utf-8")


def _ground_floor() -> Path:
    spec = importlib.util.find_spec("derivations")
    return Path(spec.origin or "").parent if spec else Path()


def _statement(label: str, statement: Statement | None, found: Mapping[str, Any] | None) -> Iterator[str]:
    if statement is None:
        return
    verdict = f"{found['verdict']}" if found else "not audited yet"
    yield f"  {label}: {verdict}"
    yield f"    {to_text(statement.formula)}"
    yield f"    {to_latex(statement.formula)}"
    if statement.ranges:
        named = ", ".join(f"{r.index} = {to_text(r.low)}..{to_text(r.high)}" for r in statement.ranges)
        yield f"    for {named}"
    yield from _wrapped(f"reads: {sentence(statement)}")
    if not found:
        return
    if told := reach(found):
        yield from _wrapped(f"reach: {told}")
    if found["message"]:
        yield from _wrapped(found["message"])
    for e in found["evidence"]:
        yield from _wrapped(_evidence(e))
    if found["witness"]:
        yield from _witness(found["witness"])


def _wrapped(text: str) -> list[str]:
    """Running text below a statement, as wide as a page."""
    return textwrap.wrap(
        text, 108, initial_indent="    ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def _evidence(e: Mapping[str, Any]) -> str:
    where = f" [{e['setting']}]" if "setting" in e else ""
    if e["kind"] == "exact":
        steps = "; ".join(plain.grounds(e)) or e["message"]
        return f"exact{where}: {e['outcome']}, {e['scope']}{': ' + steps if steps else ''}"
    return f"{e['kind']}{where}: {plain.finding(e)}"


def _witness(w: Mapping[str, Any]) -> Iterator[str]:
    yield f"    witness [{w['setting']}, widths {w['widths']}]: {w['shows']}"
    for k, layer in enumerate(w["W"], 1):
        yield f"      W[{k}] = {_matrix(layer)}"
    yield f"      x = {_matrix(w['x'])}"
    yield f"      y = ({', '.join(map(str, w['y']))})"
    if w["indices"]:
        yield f"      at {', '.join(f'{i} = {v}' for i, v in w['indices'].items())}"
    if w.get("certificate"):
        yield f"      certificate: {w['certificate']}"
    yield f"      replay: {w['replay']}"


def _matrix(rows: Any) -> str:
    return "[" + "; ".join(" ".join(row) for row in rows) + "]"


def replay_witness(claim: Claim, result: Mapping[str, Any]) -> list[tuple[bool, str]]:
    """Certify every stored witness of a claim again: whether each stands, and a line about it."""
    from ..auditor.kinds import replay

    outcomes = []
    for _, nouns, found in shown_forms(claim, result):
        for label in ("printed", "corrected"):
            statement, shown = getattr(nouns, label), found.get(label)
            if statement is None or not shown:
                continue
            if claim.witness is not None and shown.get("verdict") == "refuted":
                outcomes.append(_computed_again(statement, claim, label))
            witness = shown["witness"]
            if not witness:
                continue
            setting = next((s for s in statement.settings if s.name == witness["setting"]), None)
            if setting is None:
                outcomes.append((False, f"{claim.id} {label}: its setting '{witness['setting']}' is gone"))
                continue
            stands, what = replay(witness, statement, setting)
            told = f"stands: {what}" if stands else f"does not stand: {what}"
            outcomes.append((stands, f"{claim.id}: the witness against the {label} form {told}"))
    return outcomes


def _computed_again(statement: Statement, claim: Claim, label: str) -> tuple[bool, str]:
    """Whether the computation that refutes a form still does, and what it finds."""
    from ..auditor.measured import measure
    from ..evidence import Failure
    from ..options import Options

    found = measure(statement, claim, Options())
    if isinstance(found, Failure):
        return False, f"{claim.id}: the computation against the {label} form fails: {found.message}"
    values = ", ".join(f"{name} = {bounds[0]}" for name, bounds in found.quantities.items())
    stands = found.relation == "fails"
    told = "stands" if stands else "does not stand"
    return stands, f"{claim.id}: the computation against the {label} form {told}: {values}"
