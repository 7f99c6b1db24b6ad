"""The four questions about a statement, put to what answers for its kind.

kind                            decide           simulate       refute, replay
points                          exact/prove.py   simulate.py    refute.py
stationary points, minima, ...  places/          simulate.py    places/
whole trajectories              along/           along/         along/
a vanishing weight decay        vanishing/       vanishing/     vanishing/
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from derivations.exact.ring import Undecidable

from . import refute as at_points
from .along import decide_along, refute_along, replay_along, simulate_along
from .claim import Setting, Statement
from .evidence import Counterexample, Exact, Simulated
from .exact import prove
from .places import PLACES
from .places.decide import decide_place
from .places.witness import refute_place, replay_place
from .pointwise import as_pointwise, in_decay
from .simulate import Violations, simulate_points
from .vanishing import decide_vanishing, refute_vanishing, replay_vanishing, simulate_vanishing
from .world import CannotEvaluate


def kind_of(statement: Statement) -> str:
    """'vanishing', 'place', 'along' or 'points'."""
    if in_decay(statement.formula):
        return "vanishing"
    if as_pointwise(statement.formula) is None:
        return "along"
    return "place" if statement.at in PLACES else "points"


def decide(statement: Statement, setting: Setting) -> Exact:
    """What the exact world says of a statement in one setting."""
    started = time.perf_counter()
    try:
        result = _decide(statement, setting)
    except (Undecidable, CannotEvaluate) as reason:
        result = Exact("undecided", "instances", message=str(reason))
    return replace(result, seconds=time.perf_counter() - started)


def _decide(statement: Statement, setting: Setting) -> Exact:
    match kind_of(statement):
        case "vanishing":
            return prove.generalised(decide_vanishing(statement, setting), statement, setting)
        case "along":
            return prove.generalised(decide_along(statement, setting), statement, setting)
        case "place":
            everywhere = prove.decide(statement, setting)
            return everywhere if everywhere.outcome == "proved" else decide_place(statement, setting, everywhere)
    return prove.decide(statement, setting)


def simulate(statement: Statement, setting: Setting, *, profile: str, seed: int, device: str = "cpu",
             harder: bool = False) -> tuple[Simulated, list[Violations]]:  # fmt: skip
    """What the simulated world says: evidence, and the points that violate the statement (none of trajectories).

    Args:
        harder: also look at points moved onto the equations of premises, where enough points meet them by chance.
    """
    match kind_of(statement):
        case "vanishing":
            return simulate_vanishing(statement, setting, profile=profile, seed=seed)
        case "along":
            return simulate_along(statement, setting, profile=profile, seed=seed, device=device)
    return simulate_points(statement, setting, profile=profile, seed=seed, device=device, harder=harder)


def refute(statement: Statement, setting: Setting, violations: Iterable[Violations], *, small: bool = True,
           ) -> Counterexample | None:  # fmt: skip
    """A certified witness, as simple as could be made if `small`, or None."""
    match kind_of(statement):
        case "vanishing":
            return refute_vanishing(statement, setting)
        case "along":
            return refute_along(statement, setting)
        case "place":
            return refute_place(statement, setting, violations)
    return at_points.refute(statement, setting, violations, small=small)


def replay(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored witness again; says whether it stands and what it shows."""
    match kind_of(statement):
        case "vanishing":
            return replay_vanishing(found, statement, setting)
        case "along":
            return replay_along(found, statement, setting)
        case "place":
            return replay_place(found, statement, setting)
    return at_points.replay(found, statement, setting)
