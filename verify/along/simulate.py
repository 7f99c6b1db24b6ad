"""How the auditor asks the simulated world about whole trajectories: limits, rates, independence of the start.

A start is run twice (`numerics.trajectories.pairs`), the terms are evaluated over the samples of both runs, and
`numerics.trajectories.asymptotics` says what they tend to. Each start then agrees, contradicts, or cannot
tell. A start that contradicts is no witness: a fitted rate refutes nothing, so that the statement stays undecided
unless the exact side (`witness`) certifies one.
"""

from __future__ import annotations

import time
from typing import Any

from numerics.trajectories.asymptotics import Finding

from ..claim import Setting, Statement
from ..evidence import Simulated
from ..points.batch import some_bindings
from ..world import CannotEvaluate
from .course import Course
from .outcome import all_of, outcome
from .starts import families
from .tally import Tally


def simulate_along(
    statement: Statement,
    setting: Setting,
    *,
    profile: str,
    seed: int,
    device: str = "cpu",
) -> tuple[Simulated, list]:
    """The statement along sampled trajectories of a setting. Runs are on the CPU, whatever the device.

    Returns:
        the evidence, and no violating points: those of a trajectory are no witnesses.
    """
    started = time.perf_counter()
    tally = Tally()
    try:
        for widths in setting.widths:
            for family in families(statement, setting, widths, profile, seed, tally):
                judge_family(statement, setting, family, tally)
    except (CannotEvaluate, ValueError) as reason:
        return Simulated(0, 0, 0.0, 0.0, device="cpu", message=str(reason)), []
    return _evidence(tally, time.perf_counter() - started), []


def _evidence(tally: Tally, seconds: float) -> Simulated:
    """Starts that agree, contradict and cannot tell."""
    excluded = {k: v for k, v in sorted(tally.excluded.items()) if v}
    message = "no run got far enough" if not tally.judged and not tally.silent and tally.lost else ""
    detail: dict[str, Any] = {}
    if tally.because:
        detail["contradicted in families"] = dict(sorted(tally.because.items()))
    told = (tally.judged, tally.contradict, 0.0, 0.0, excluded, "cpu", detail, message, seconds)
    return Simulated(*told, reasons=dict(sorted(tally.reasons.items())))


def judge_family(statement: Statement, setting: Setting, courses: list[Course], tally: Tally) -> None:
    """Adds what the runs of one family say of a statement, over all quantified indices."""
    seen: list[Finding | None] = []
    for bound in some_bindings(statement, courses[0].sizes):
        seen.append(outcome(statement.formula, bound, courses, setting))
    met = [s for s in seen if s is not None]
    said = all_of(met) if met else None
    if said is not None and said.answer and any(c.run.short for c in courses):
        said = Finding(None, "run out of steps")
    tally.add(said, courses[0].family)
