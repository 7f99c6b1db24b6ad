"""The four questions about a statement, put to what answers for its kind.

kind                            room that answers
points                          exact/ decides, then elementary/; points/ simulates and certifies witnesses
stationary points, minima, ...  the same, and places/
whole trajectories              along/
conserved and monotone forms    exact/ and points/, and along/ for what a trajectory passes
a vanishing weight decay        vanishing/

A new kind of statement is a class with these four methods, and a line in `kind_of`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from derivations.exact.ring import Undecidable

from ..along import decide_along, refute_along, refute_passing, replay_along, simulate_along
from ..claim import PLACES, Setting, Statement
from ..elementary import decide_elementary
from ..evidence import Counterexample, Exact, Simulated
from ..exact import prove
from ..exact.checks import merge
from ..formula.nodes import Along, And, Compare, Logic, Node, walk
from ..places.decide import decide_place
from ..places.witness import refute_place, replay_place
from ..points import witness as at_points
from ..points.batch import Violations
from ..points.simulate import simulate_points
from ..statements.pointwise import as_pointwise, in_decay
from ..vanishing import decide_vanishing, refute_vanishing, replay_vanishing, simulate_vanishing
from ..world import CannotEvaluate
from .existence import decide_existence

Seen = tuple[Simulated, list[Violations]]


@dataclass(frozen=True)
class Looks:
    """How hard the simulated world looks.

    Attributes:
        profile: 'brief', 'quick' or 'full'.
        harder: also look at points moved onto the equations of premises, where enough points meet them by chance.
    """

    profile: str
    seed: int
    device: str = "cpu"
    harder: bool = False


class Kind(Protocol):
    """What answers for one kind of statement."""

    def decide(self, statement: Statement, setting: Setting) -> Exact:
        """What the exact world says."""

    def simulate(self, statement: Statement, setting: Setting, looks: Looks) -> Seen:
        """What the simulated world says: evidence, and the points that violate the statement."""

    def refute(
        self,
        statement: Statement,
        setting: Setting,
        seen: Iterable[Violations],
        small: bool,
    ) -> Counterexample | None:
        """A certified witness, as simple as could be made if `small`, or None."""

    def replay(self, found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
        """Certify a stored witness again; says whether it stands and what it shows."""


class AtPoints:
    """Statements about points."""

    def decide(self, statement: Statement, setting: Setting) -> Exact:
        return _or_elementary(_in_parts(statement.formula, statement, setting), statement, setting)

    def simulate(self, statement: Statement, setting: Setting, looks: Looks) -> Seen:
        return simulate_points(
            statement, setting, profile=looks.profile, seed=looks.seed, device=looks.device, harder=looks.harder
        )

    def refute(
        self,
        statement: Statement,
        setting: Setting,
        seen: Iterable[Violations],
        small: bool,
    ) -> Counterexample | None:
        return at_points.refute(statement, setting, seen, small=small)

    def replay(self, found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
        return at_points.replay(found, statement, setting)


class AtPlaces(AtPoints):
    """Statements about stationary points, minima, stationary directions."""

    def decide(self, statement: Statement, setting: Setting) -> Exact:
        everywhere = super().decide(statement, setting)
        return everywhere if everywhere.outcome == "proved" else decide_place(statement, setting, everywhere)

    def refute(
        self,
        statement: Statement,
        setting: Setting,
        seen: Iterable[Violations],
        small: bool,
    ) -> Counterexample | None:
        return refute_place(statement, setting, seen)

    def replay(self, found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
        return replay_place(found, statement, setting)


class AlongTrajectories:
    """Statements about whole trajectories."""

    def decide(self, statement: Statement, setting: Setting) -> Exact:
        return prove.generalised(decide_along(statement, setting), statement, setting)

    def simulate(self, statement: Statement, setting: Setting, looks: Looks) -> Seen:
        return simulate_along(statement, setting, profile=looks.profile, seed=looks.seed, device=looks.device)

    def refute(
        self,
        statement: Statement,
        setting: Setting,
        seen: Iterable[Violations],
        small: bool,
    ) -> Counterexample | None:
        return refute_along(statement, setting)

    def replay(self, found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
        return replay_along(found, statement, setting)


class Moving(AtPoints):
    """Conserved and monotone forms: statements about the points that trajectories pass, by rates where they are decided
    and by values at two times where they fail on the way."""

    def refute(
        self,
        statement: Statement,
        setting: Setting,
        seen: Iterable[Violations],
        small: bool,
    ) -> Counterexample | None:
        return super().refute(statement, setting, seen, small) or refute_passing(statement, setting)

    def replay(self, found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
        if found.get("certificate"):
            return replay_along(found, statement, setting)
        return super().replay(found, statement, setting)


class InVanishingDecay:
    """Statements about the limit of a vanishing weight decay."""

    def decide(self, statement: Statement, setting: Setting) -> Exact:
        return prove.generalised(decide_vanishing(statement, setting), statement, setting)

    def simulate(self, statement: Statement, setting: Setting, looks: Looks) -> Seen:
        return simulate_vanishing(statement, setting, profile=looks.profile, seed=looks.seed)

    def refute(
        self,
        statement: Statement,
        setting: Setting,
        seen: Iterable[Violations],
        small: bool,
    ) -> Counterexample | None:
        return refute_vanishing(statement, setting)

    def replay(self, found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
        return replay_vanishing(found, statement, setting)


def kind_of(statement: Statement) -> Kind:
    """What answers for a statement."""
    if in_decay(statement.formula):
        return InVanishingDecay()
    if as_pointwise(statement.formula) is None:
        return AlongTrajectories()
    if statement.at in PLACES:
        return AtPlaces()
    return Moving() if isinstance(statement.formula, Along) else AtPoints()


def _or_elementary(found: Exact, statement: Statement, setting: Setting) -> Exact:
    """What was found, or the elementary proof of what was left undecided."""
    if found.outcome in ("proved", "refuted"):
        return found
    proof = decide_elementary(statement, setting)
    return found if proof is None or _denied(statement, setting) else proof


DENIED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _denied(statement: Statement, setting: Setting) -> bool:
    """Whether a denial has such a proof too: then hypotheses contradict each other, or a term exists nowhere."""
    denials = _denials(statement.formula)
    return any(decide_elementary(replace(statement, formula=d), setting) is not None for d in denials)


def _denials(formula: Node) -> list[Node]:
    """Of each relation that a statement asserts, the opposite, under the premise that it stands under."""
    match formula:
        case Compare():
            return [replace(formula, op=DENIED[formula.op])]
        case And(args=args):
            return [d for a in args for d in _denials(a)]
        case Logic(func="implies", args=(premise, conclusion)):
            return [replace(formula, args=(premise, d)) for d in _denials(conclusion)]
    return []


def _in_parts(formula: Node, statement: Statement, setting: Setting) -> Exact:
    """The exact decision, where existence needs points that the simulated world finds."""
    match formula:
        case Logic(func="somewhere"):
            return decide_existence(formula, statement, setting)
        case Logic(func="generically", args=(inner,)) if _says_existence(inner):
            return _in_parts(inner, statement, setting)  # what holds everywhere does so outside a null set
        case And(args=args) if _says_existence(formula):
            return merge([_in_parts(a, statement, setting) for a in args])
    return prove.decide(replace(statement, formula=formula), setting)


def _says_existence(formula: Node) -> bool:
    return any(isinstance(n, Logic) and n.func == "somewhere" for n in walk(formula))


def decide(statement: Statement, setting: Setting) -> Exact:
    """What the exact world says of a statement in one setting."""
    started = time.perf_counter()
    try:
        result = kind_of(statement).decide(statement, setting)
    except (Undecidable, CannotEvaluate) as reason:
        result = Exact("undecided", "instances", message=str(reason))
    return replace(result, seconds=time.perf_counter() - started)


def simulate(
    statement: Statement, setting: Setting, *, profile: str, seed: int, device: str = "cpu", harder: bool = False
) -> Seen:
    """What the simulated world says: evidence, and the points that violate the statement (none of trajectories)."""
    return kind_of(statement).simulate(statement, setting, Looks(profile, seed, device, harder))


def refute(
    statement: Statement,
    setting: Setting,
    violations: Iterable[Violations],
    *,
    small: bool = True,
) -> Counterexample | None:
    """A certified witness, as simple as could be made if `small`, or None."""
    return kind_of(statement).refute(statement, setting, violations, small)


def replay(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored witness again; says whether it stands and what it shows."""
    return kind_of(statement).replay(found, statement, setting)
