"""The checks behind the items of the theorem checklist (`pytest_plugin`): what each world says of a printed form, of a
form known to be wrong, and of a false variant of a true one.

A form is *known to be wrong* where its claim or reading gives a corrected form or a defect. It passes as such only
if it is refuted, with certainty in the exact world: that it is not proved is not enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from ..claim import Claim, Setting, Statement
from ..evidence import Exact, Failure
from ..options import Options
from ..statements.mutants import Mutant, changed, opposed, true_forms
from .claims import admits_points, owed
from .falsify import LOOKS, contradicted, look, refuted, weighed
from .kinds import decide, simulate
from .measured import measure

OPTIONS = Options()
MOST_CHANGES = 8  # tried until one is caught


@dataclass(frozen=True)
class Told:
    """What a check comes to: 'confirmed', 'refuted', 'undecided' or 'nothing to check'; and why."""

    standing: str
    why: str = ""


CONFIRMED = Told("confirmed")


@lru_cache(maxsize=256)
def decided(statement: Statement, setting: Setting) -> Exact:
    """What the exact world says; the control asks for what the exact item has found."""
    return decide(statement, setting)


# ---- forms held to be true


def exact(statement: Statement, claim: Claim) -> Told:
    """The exact world proves the statement."""
    for setting in statement.settings:
        found = decided(statement, setting)
        if found.outcome == "proved":
            continue
        if found.outcome == "refuted":
            return Told("refuted", _at(setting, found.message))
        if not owed(statement.formula) or found.detail.get("parts about points") == "proved":
            return Told("nothing to check", f"no exact decision is owed: {found.message}")
        return Told("undecided", _at(setting, f"{found.outcome}: {found.message}"))
    return CONFIRMED


def simulated(statement: Statement, claim: Claim) -> Told:
    """Sampled points, or trajectories, agree."""
    silent = ""
    for setting in statement.settings:
        seen, _ = simulate(statement, setting, profile="brief", seed=OPTIONS.seed)
        if seen.violations:
            return Told("refuted", _at(setting, f"{seen.violations} of {seen.instances} points violate it"))
        if not seen.instances and seen.cannot_tell:
            return Told("nothing to check", _at(setting, "no start or point tells"))
        if not seen.instances and not seen.message:
            return Told("refuted", _at(setting, "no admissible point was found"))
        silent = silent or ("" if seen.instances else seen.message)
    return Told("nothing to check", silent) if silent else CONFIRMED


def measured(statement: Statement, claim: Claim) -> Told:
    """The relation holds over all that the claim's witness measures."""
    found = measure(statement, claim, OPTIONS)
    if isinstance(found, Failure):
        return Told("undecided", found.message)
    standing = {"holds": "confirmed", "fails": "refuted" if found.exact else "undecided"}
    return Told(standing.get(found.relation, "undecided"), f"the relation {found.relation}: {found.quantities}")


def consistent(statement: Statement | None, claim: Claim) -> Told:
    """Every setting of a definition admits a point."""
    empty = [s.name for s in claim.settings if not admits_points(s, OPTIONS)]
    return Told("refuted", f"[{empty[0]}] admits no point") if empty else CONFIRMED


def _at(setting: Setting, message: str) -> str:
    return f"[{setting.name}] {message}"


# ---- forms known to be wrong


def wrong_exact(statement: Statement, claim: Claim) -> Told:
    """A witness is certified, or the opposite proved, or the statement speaks of nothing."""
    told = refuted(statement, claim, OPTIONS)
    if told:
        return Told("refuted", told)
    if not any(admits_points(s, OPTIONS) for s in statement.settings):
        return Told("refuted", "no admissible point was found")
    if all(decided(statement, s).outcome == "proved" for s in statement.settings):
        return CONFIRMED
    return Told("undecided", "said to be wrong, but neither refuted nor proved")


def wrong_simulated(statement: Statement, claim: Claim) -> Told:
    """Points violate it, sought ever deeper, or there are none."""
    points = 0
    for setting in statement.settings:
        seen, _ = look(statement, setting, OPTIONS)
        if seen.violations:
            return Told("refuted", _at(setting, f"{seen.violations} of {seen.instances} points violate it"))
        points += seen.instances
    return CONFIRMED if points else Told("refuted", "no admissible point was found")


# ---- control


def control(statement: Statement | None, claim: Claim) -> Told:
    """False variants of the first form that stands: its opposites are refuted, and one of its changes is caught."""
    forms = list(true_forms(claim))
    if not forms:
        return Told("nothing to check", "no form of it is held to be true")
    true = next((s for s in forms if _stands(s, claim)), None)
    if true is None:
        return Told("nothing to check", "no form of it is confirmed, so nothing is known to be false")
    opposites = list(islice(opposed(true), None if owed(true.formula) else 1))  # runs of trajectories are dear
    for mutant in opposites:
        told = _missed(mutant, claim)
        if told:
            return Told("undecided", told)
    return _changes(true, claim, bool(opposites))


def _stands(statement: Statement, claim: Claim) -> bool:
    if claim.witness is not None:
        return measured(statement, claim).standing == "confirmed"
    return not owed(statement.formula) or exact(statement, claim) == CONFIRMED


def _missed(mutant: Mutant, claim: Claim) -> str:
    """Why an opposite passes as true, or ''."""
    told = weighed(mutant.statement, claim, OPTIONS)
    return "" if told else f"a false variant is not refuted: {mutant.statement.text}"


def _changes(statement: Statement, claim: Claim, opposed: bool) -> Told:
    """One of the changed equations is caught, if there are any that are no equivalent ones; inner changes, which are
    the subtler ones, come first."""
    found = list(changed(statement))
    tried = (found[len(found) // 2 :] + found[: len(found) // 2])[:MOST_CHANGES]
    if any(contradicted(m.statement, claim, OPTIONS, LOOKS[:1]) for m in tried):
        return CONFIRMED
    passed = [m for m in tried if not _equivalent(m, claim)]
    if any(contradicted(m.statement, claim, OPTIONS, LOOKS[1:]) for m in passed):
        return CONFIRMED
    if passed:
        return Told("undecided", f"a false variant passes ({passed[0].change}): {passed[0].statement.text}")
    return CONFIRMED if opposed else Told("undecided", "it has no false variant")


def _equivalent(mutant: Mutant, claim: Claim) -> bool:
    if claim.witness is not None:
        return measured(mutant.statement, claim).standing == "confirmed"
    return all(decided(mutant.statement, s).outcome == "proved" for s in mutant.statement.settings)


CHECKS: dict[str, Any] = {
    f.__name__: f
    for f in (
        exact,
        simulated,
        measured,
        consistent,
        wrong_exact,
        wrong_simulated,
        control,
    )
}
