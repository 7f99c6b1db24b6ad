"""What the two worlds found out about one statement. Plain frozen values; `as_json` is their JSON form."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar


class Outcome(StrEnum):
    """What the exact world says of a statement; the values stand in results.json."""

    PROVED = "proved"  # zero normal form, or a certificate that was formed again
    REFUTED = "refuted"
    NONZERO = "nonzero"  # a normal form that is not zero; it proves nothing
    EMPTY = "empty"  # the hypotheses contradict each other, so that there is nothing to speak of
    UNDECIDED = "undecided"


class Scope(StrEnum):
    """How far a decision reaches."""

    GENERAL = "general"  # every depth, width and number of examples that the setting's words admit
    INSTANCES = "instances"  # the sizes that are listed


@dataclass(frozen=True)
class Lemma:
    """A reduction of `derivations.book.reductions`, as it was applied."""

    name: str
    text: str
    kind: ClassVar[str] = "lemma"


@dataclass(frozen=True)
class Theorem:
    """A theorem of the trust list."""

    name: str
    text: str
    kind: ClassVar[str] = "theorem"


@dataclass(frozen=True)
class Derived:
    """A derivation of checked steps, 'topic.function', and its title."""

    name: str
    text: str
    kind: ClassVar[str] = "derivation"


Ground = Lemma | Theorem | Derived


@dataclass(frozen=True)
class Exact:
    """Outcome of the exact world.

    Attributes:
        outcome, scope: as the enumerations say; their text is taken too.
        detail: the steps and instances, plain data.
        message: why nothing was decided.
        rests_on: the lemmas, theorems and derivations that the decision applies.
        recheck: the small checker's word on a proof; empty if it was not asked.
    """

    outcome: Outcome | str
    scope: Scope | str
    detail: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    seconds: float = 0.0
    kind: str = "exact"
    rests_on: tuple[Ground, ...] = ()
    recheck: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", Outcome(self.outcome))
        object.__setattr__(self, "scope", Scope(self.scope))


@dataclass(frozen=True)
class Simulated:
    """Outcome over random and adversarial points (or starts): each agrees, violates, or cannot tell.

    Attributes:
        instances: admissible points that agree or violate.
        violations: those at which the error exceeds the budget derived for that point.
        worst_error, budget: the largest error relative to its budget, as (error, budget) at that point.
        excluded: how many points were left out, by reason.
        message: why nothing was simulated, or what the numbers do not say.
        reasons: how many points cannot tell, by reason; they agree with nothing.
        unmet: the kind of points that the statement needs and none of them is, as points on which both sides of an
            `iff` hold; without them agreement says nothing.
    """

    instances: int
    violations: int
    worst_error: float
    budget: float
    excluded: dict[str, int] = field(default_factory=dict)
    device: str = "cpu"
    detail: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    seconds: float = 0.0
    kind: str = "simulated"
    reasons: dict[str, int] = field(default_factory=dict)
    unmet: str = ""

    @property
    def agree(self) -> int:
        """Points at which the statement certainly holds."""
        return self.instances - self.violations

    @property
    def cannot_tell(self) -> int:
        """Points at which rounding or a missing certificate leaves it open."""
        return sum(self.reasons.values())


@dataclass(frozen=True)
class Counterexample:
    """A point that satisfies every hypothesis and violates the statement, certified in ball arithmetic."""

    setting: str
    widths: tuple[int, ...]
    W: tuple[tuple[tuple[str, ...], ...], ...]
    x: tuple[tuple[str, ...], ...]
    y: tuple[Any, ...]
    indices: dict[str, int]
    shows: str
    hypotheses: tuple[str, ...] = ()
    decay: tuple[str, ...] = ()
    separator: tuple[tuple[tuple[str, ...], ...], ...] = ()  # weights that separate the data, if W does not
    multipliers: tuple[str, ...] = ()  # c_n >= 0 with sum c_n y_n x_n = 0, where the data are nonseparable
    certificate: str = ""  # of a trajectory: why its end is known, where the two sides are not numbers of the start
    seconds: float = 0.0
    kind: str = "witness"


@dataclass(frozen=True)
class Measured:
    """Named quantities of a witness, each with the interval in which it lies.

    `exact` says that the intervals are rigorous (exact numbers or enclosures), not estimates. A quantity of which
    nothing is at hand has None for its value and its bounds.
    """

    name: str
    quantities: dict[str, tuple[Any, Any, Any]]  # value, low, high
    relation: str  # 'holds' | 'fails' | 'straddles'
    exact: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    kind: str = "experiment"


@dataclass(frozen=True)
class Failure:
    """A check that raised, or evidence that is owed and missing."""

    message: str
    kind: str = "failure"


Evidence = Exact | Simulated | Counterexample | Measured | Failure


def as_json(evidence: Evidence) -> dict[str, Any]:
    """The evidence as it stands in results.json."""
    if isinstance(evidence, Measured):
        named = {n: {"value": v, "interval": [low, high]} for n, (v, low, high) in evidence.quantities.items()}
        kind = "enclosure" if evidence.exact else "experiment"
        return {**_plain(evidence), "kind": kind, "quantities": named}
    if isinstance(evidence, Simulated):
        return {**_plain(evidence), "agree": evidence.agree, "cannot_tell": evidence.cannot_tell}
    return _plain(evidence)


def _plain(evidence: Evidence) -> dict[str, Any]:
    return {key: _jsonable(value) for key, value in vars(evidence).items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_jsonable(v) for v in value]
    if isinstance(value, Ground):
        return {"kind": value.kind, "name": value.name, "text": value.text}
    return str(value) if isinstance(value, StrEnum) else value
