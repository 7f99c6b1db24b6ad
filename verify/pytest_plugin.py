"""pytest collects `*.claims.toml`: the theorem checklist as a test run.

Each claim gives an item for the exact world, one for the simulated world and a control: a false variant that
must be caught. Where a claim carries a corrected form, its printed form is a strict xfail with the defect as
reason, and the corrected form is tested as well. What a claim leaves `open` is skipped with that reason.

Nothing heavy is imported before an item runs, so that the plugin costs nothing where there are no claim files.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

SUFFIX = ".claims.toml"
PROPERTY = "claim"
SECONDS = 20.0  # of processor time for one item; `verify audit` gives more


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "theorem(id): the claims that a test checks")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(SUFFIX):
        return ClaimFile.from_parent(parent, path=file_path)
    return None


@lru_cache(maxsize=64)
def _book(path: Path) -> Any:
    from verify.claimfile import read

    return read([path])


@lru_cache(maxsize=256)
def _decided(statement: Any, setting: Any) -> Any:
    """What the exact world says; the control asks for what the exact item has found."""
    from verify.exact.prove import decide

    return decide(statement, setting)


class ClaimFile(pytest.File):
    """The claims of one file."""

    def collect(self) -> Iterator[pytest.Item]:
        from verify.claimfile import ClaimFileErrors

        try:
            book = _book(self.path)
        except ClaimFileErrors as errors:
            raise self.CollectError("\n".join(errors.messages)) from None
        for claim in book.claims:
            yield from self._items(claim)

    def _items(self, claim: Any) -> Iterator[pytest.Item]:
        if claim.printed is None and not claim.readings:
            yield self._item("consistent", claim, None, "consistent")
            return
        worlds = ("exact", "simulated") if claim.witness is None else ("measured",)
        forms = [("", claim)] if not claim.readings else [
            (f"reading{i}-", r) for i, r in enumerate(claim.readings, 1)
        ]  # fmt: skip
        for prefix, form in forms:
            for world in worlds:
                yield self._printed(f"{prefix}{world}", claim, form, world)
                if form.corrected is not None:
                    yield self._item(f"{prefix}{world}-corrected", claim, form.corrected, world)
        if claim.witness is None:
            yield self._item("control", claim, None, "control")

    def _printed(self, name: str, claim: Any, form: Any, world: str) -> pytest.Item:
        """The printed form; known to be wrong where a corrected one stands beside it, and one of several readings
        may be wrong. Only the exact world is sure to notice: a few points may all miss a violation."""
        item = self._item(name, claim, form.printed, world)
        known = form.corrected is not None or (claim.defect and form is claim)
        if known or form is not claim:
            reason = claim.defect or "; ".join(form.assuming) or "a corrected form, or another reading, is given"
            strict = bool(known) and world == "exact" and not form.assuming  # a vacuous form may be proved
            item.add_marker(pytest.mark.xfail(reason=reason, strict=strict, raises=NotConfirmed))
        return item

    def _item(self, name: str, claim: Any, statement: Any, world: str) -> pytest.Item:
        item = ClaimItem.from_parent(self, name=f"{claim.id}::{name}", claim=claim, statement=statement, world=world)
        item.add_marker(pytest.mark.theorem(claim.id))
        if claim.open:
            item.add_marker(pytest.mark.skip(reason=f"open: {claim.open}"))
        return item


class NotConfirmed(AssertionError):
    """A world does not confirm a statement."""


class ClaimItem(pytest.Item):
    """One world's check of one statement."""

    def __init__(self, *, claim: Any, statement: Any, world: str, **kw: Any):
        super().__init__(**kw)
        self.claim, self.statement, self.world = claim, statement, world
        self.user_properties.append((PROPERTY, claim.id))

    def runtest(self) -> None:
        from verify.executors import OutOfTime, deadline

        try:
            with deadline(SECONDS):
                getattr(self, f"_{self.world}")()
        except OutOfTime as late:
            late_message = str(late)
        else:
            return
        if self.world == "exact":
            raise NotConfirmed(late_message)
        pytest.skip(f"{late_message}; 'verify audit' takes more")

    def _consistent(self) -> None:
        from verify.audit import admits_points
        from verify.options import Options

        for setting in self.claim.settings:
            if not admits_points(setting, Options()):
                raise NotConfirmed(f"[{setting.name}] admits no point")

    def _measured(self) -> None:
        from verify.evidence import Failure
        from verify.measured import measure
        from verify.options import Options

        found = measure(self.statement, self.claim, Options())
        if isinstance(found, Failure) or found.relation != "holds":
            raise NotConfirmed(str(found))

    def _exact(self) -> None:
        from verify.audit import owed

        for setting in self.statement.settings:
            found = _decided(self.statement, setting)
            if found.outcome != "proved":
                if not owed(self.statement.formula):
                    pytest.skip(f"no exact decision is owed: {found.message}")
                raise NotConfirmed(f"{self.statement.text}\n[{setting.name}] {found.outcome}: {found.message}")

    def _simulated(self) -> None:
        from verify.options import Options
        from verify.simulate import simulate

        skipped = []
        for setting in self.statement.settings:
            seen, _ = simulate(self.statement, setting, profile="brief", seed=Options().seed)
            if seen.message and not seen.instances:
                skipped.append(seen.message)
            elif seen.violations or not seen.instances:
                raise NotConfirmed(
                    f"{self.statement.text}\n[{setting.name}] {seen.violations} of {seen.instances} points violate it"
                )
        if skipped:
            pytest.skip(skipped[0])

    def _control(self) -> None:
        from verify.formula.nodes import Compare
        from verify.mutate import fate, mutants, true_statement
        from verify.options import Options

        statement = true_statement(self.claim, _decided)
        if statement is None:
            pytest.skip("no form of it is proved, so there is nothing to mutate")
        survivors = []
        for mutant in mutants(statement):
            outcome = fate(mutant, Options())
            if outcome == "caught":
                return
            if outcome == "survived":
                survivors.append(mutant)
        if survivors and isinstance(statement.formula, Compare) and statement.formula.op == "==":
            raise NotConfirmed(f"a false variant passes ({survivors[0].change}): {survivors[0].statement.text}")
        pytest.skip("no variant of it is certain to be false: an inequality or an existence may be weak")

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        if isinstance(excinfo.value, NotConfirmed):
            return f"{self.claim.id}: {self.claim.text}\n{excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        line = self.claim.source.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else 0, self.name


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The checklist: a line a claim, in short for claims on which all agrees."""
    seen: dict[str, list[str]] = {}
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            for key, claim in getattr(report, "user_properties", ()):
                if (key == PROPERTY and report.when == "call") or (key == PROPERTY and report.skipped):
                    seen.setdefault(claim, []).append(outcome)
    if not seen:
        return
    terminalreporter.section("theorem checklist")
    groups: dict[str, list[str]] = {}
    for claim, outcomes in sorted(seen.items()):
        groups.setdefault(_standing(outcomes), []).append(claim)
    for standing in ("FAILED", "wrong as printed", "open", "confirmed"):
        claims = groups.get(standing, [])
        if claims:
            shown = ", ".join(claims) if standing != "confirmed" else ""
            terminalreporter.write_line(f"{standing}: {len(claims)}  {shown}".rstrip())


def _standing(outcomes: list[str]) -> str:
    if {"failed", "error"} & set(outcomes):
        return "FAILED"
    if "xfailed" in outcomes:
        return "wrong as printed"
    return "confirmed" if "passed" in outcomes else "open"
