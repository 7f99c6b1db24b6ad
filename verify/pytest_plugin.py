"""pytest collects `*.claims.toml`: the theorem checklist as a test run.

Each claim gives an item for the exact world, one for the simulated world and a control: false variants that must be
caught. A printed form that is known to be wrong, by a corrected form or a defect, is a strict xfail in both worlds:
it has to be refuted. Its corrected form is tested as well. What a claim leaves `open` is skipped with that reason.

Nothing heavy is imported before an item runs, so that the plugin costs nothing where there are no claim files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

SUFFIX = ".claims.toml"
CLAIM, STANDING = "claim", "standing"  # properties of a report
UNDECIDED = "undecided"  # neither world says that the claim is false
SECONDS = 60.0  # of processor time for one item, ten times what the dearest takes: a busy machine fails none
SHOWN = 6  # ids of one standing; the others are counted


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "theorem(id): the claims that a test checks")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(SUFFIX):
        return ClaimFile.from_parent(parent, path=file_path)
    return None


@lru_cache(maxsize=64)
def _book(path: Path) -> Any:
    from .claimfile import read

    return read([path])


class ClaimFile(pytest.File):
    """The claims of one file."""

    def collect(self) -> Iterator[pytest.Collector]:
        from .claimfile import ClaimFileErrors

        try:
            book = _book(self.path)
        except ClaimFileErrors as errors:
            raise self.CollectError("\n".join(errors.messages)) from None
        for claim in book.claims:
            yield ClaimNode.from_parent(self, name=claim.id, claim=claim)


class ClaimNode(pytest.Collector):
    """One claim: a node of its own, so that the printed name of an item is found when it is given back to pytest."""

    def __init__(self, *, claim: Any, **kw: Any):
        super().__init__(**kw)
        self.claim = claim

    def collect(self) -> Iterator[pytest.Item]:
        claim = self.claim
        if not claim.forms:
            yield self._item("consistent", "consistent", claim, None)
            return
        for label, form in labelled(claim):
            if form.printed is not None:
                yield from self._form(label, claim, form)
        control = self._item("control", "control", claim, None)
        yield self._left_open(control, claim.open) if claim.open and not _has_correction(claim) else control

    def _form(self, prefix: str, claim: Any, form: Any) -> Iterator[pytest.Item]:
        """The items of a printed form and of its corrected one."""
        for world in ("exact", "simulated") if claim.witness is None else ("measured",):
            yield from self._printed(f"{prefix}{world}", world, claim, form)
            if form.corrected is not None:
                yield self._item(f"{prefix}{world}-corrected", world, claim, form.corrected)

    def _printed(self, name: str, world: str, claim: Any, form: Any) -> Iterator[pytest.Item]:
        """None in the simulated world for a wrong form whose failure no sample of points can show."""
        from .statements.pointwise import seen_at_points

        if reason := claim.open or getattr(form, "open", ""):
            yield self._left_open(self._item(name, world, claim, form.printed), reason)
        elif not form.known_wrong:
            yield self._item(name, world, claim, form.printed)
        elif world != "simulated" or seen_at_points(form.printed.formula):
            check = world if world == "measured" else f"wrong_{world}"
            item = self._item(name, check, claim, form.printed)
            reason = form.defect or claim.defect or "; ".join(form.assuming) or "a corrected form is given"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=Refuted))
            yield item

    def _left_open(self, item: ClaimItem, reason: str) -> ClaimItem:
        item.add_marker(pytest.mark.skip(reason=f"open: {reason}"))
        return item

    def _item(self, name: str, check: str, claim: Any, statement: Any) -> ClaimItem:
        item = ClaimItem.from_parent(self, name=name, claim=claim, statement=statement, check=check)
        item.add_marker(pytest.mark.theorem(claim.id))
        return item


def _has_correction(claim: Any) -> bool:
    return any(form.corrected is not None for form in claim.forms)


def labelled(claim: Any) -> Iterator[tuple[str, Any]]:
    """The forms of a claim, each with how the names of its items begin."""
    literal = len(claim.forms) - len(claim.readings)
    for i, form in enumerate(claim.forms[:literal], 1):
        yield (f"clause{i}-" if claim.clauses else ""), form
    for i, form in enumerate(claim.readings, 1):
        yield f"reading{i}-", form


class NotConfirmed(AssertionError):
    """A world does not confirm a statement."""


class Refuted(NotConfirmed):
    """A world refutes a statement."""


class ClaimItem(pytest.Item):
    """One check of one statement."""

    def __init__(self, *, claim: Any, statement: Any, check: str, **kw: Any):
        super().__init__(**kw)
        self.claim, self.statement, self.check = claim, statement, check
        self.user_properties.append((CLAIM, claim.id))

    def runtest(self) -> None:
        from .auditor.checklist import CHECKS
        from .auditor.deadline import OutOfTime, deadline

        try:
            with deadline(SECONDS):
                told = CHECKS[self.check](self.statement, self.claim)
        except OutOfTime as late:
            raise NotConfirmed(f"{late}; 'verify audit' gives more") from None
        if told.standing == "nothing to check":
            pytest.skip(told.why)
        if told.standing == UNDECIDED:
            self.user_properties.append((STANDING, UNDECIDED))
        if told.standing != "confirmed":
            text = "" if self.statement is None else f"{self.statement.text}\n"
            raise (Refuted if told.standing == "refuted" else NotConfirmed)(f"{text}{told.why}")

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        if isinstance(excinfo.value, NotConfirmed):
            return f"{self.claim.id}: {self.claim.text}\n{excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        line = self.claim.source.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else 0, self.name


# ---- the checklist


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many claims stand how, the first of each, and what the items that were skipped say."""
    seen: dict[str, list[str]] = {}
    skipped: Counter[str] = Counter()
    for outcome, reports in terminalreporter.stats.items():
        for report in (r for r in reports if isinstance(r, pytest.TestReport)):  # not the items that were deselected
            for key, claim in report.user_properties:
                if key == CLAIM and (report.when == "call" or report.skipped):
                    undecided = outcome == "failed" and (STANDING, UNDECIDED) in map(tuple, report.user_properties)
                    seen.setdefault(str(claim), []).append(UNDECIDED if undecided else outcome)
                    skipped.update([_reason(report)] if outcome == "skipped" else [])
    if seen:
        terminalreporter.section("theorem checklist")
        for line in (*_standings(seen), *_skips(skipped)):
            terminalreporter.write_line(line)


def _standings(seen: dict[str, list[str]]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for claim, outcomes in sorted(seen.items()):
        groups.setdefault(_standing(outcomes), []).append(claim)
    for standing, flag in (
        ("FAILED", "f"),
        ("not decided", "f"),
        ("wrong as printed", "x"),
        ("open", "s"),
        ("confirmed", ""),
    ):
        claims = groups.get(standing, [])
        if not claims:
            continue
        shown = ", ".join(claims[:SHOWN]) if flag else ""
        more = f" and {len(claims) - SHOWN} more: pytest -r{flag}" if flag and len(claims) > SHOWN else ""
        yield f"{standing}: {len(claims)}  {shown}{more}".rstrip()


def _standing(outcomes: list[str]) -> str:
    if {"failed", "error"} & set(outcomes):
        return "FAILED"
    if UNDECIDED in outcomes:
        return "not decided"
    if "xfailed" in outcomes:
        return "wrong as printed"
    return "confirmed" if "passed" in outcomes else "open"


def _reason(report: Any) -> str:
    """Why an item was skipped, without what differs from claim to claim."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ").partition(":")[0]


def _skips(skipped: Counter[str]) -> Iterator[str]:
    if skipped:
        yield f"skipped items: {sum(skipped.values())}"
    for reason, count in sorted(skipped.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {count} {reason}"
