"""Whether a statement can be shown to be false, and by what.

`refuted` asks for what the judge asks for: a certified witness, a proof of the opposite, a relation that fails over
the whole of what was measured. `contradicted` is less: simulated points or trajectories speak against it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..claim import Claim, Setting, Statement
from ..evidence import Failure, Simulated
from ..options import Options
from ..points.batch import Violations
from ..statements.pointwise import as_pointwise
from .claims import owed
from .kinds import decide, refute, simulate
from .measured import measure

LOOKS = ("brief", "quick", "full")  # one after the other, until a violation is seen


def refuted(statement: Statement, claim: Claim, options: Options) -> str:
    """What refutes a statement of a claim, in words; '' if nothing does."""
    if claim.witness is not None:
        return measured_against(statement, claim, options)
    return next((told for s in statement.settings if (told := refuted_in(statement, s, options))), "")


def weighed(statement: Statement, claim: Claim, options: Options) -> str:
    """What speaks against a false variant, in words; '' if it passes as true.

    It has to be refuted; where no exact decision is owed, and at points that are searched for and have no exact
    numbers (stationary ones), to be contradicted.
    """
    certain = owed(statement.formula) and statement.at in ("any", "interpolating")
    return (refuted if certain else contradicted)(statement, claim, options)


def contradicted(statement: Statement, claim: Claim, options: Options, looks: Sequence[str] = LOOKS) -> str:
    """What speaks against a statement of a claim, in words; '' if nothing does."""
    if claim.witness is not None:
        return measured_against(statement, claim, options)
    for setting in statement.settings:
        seen, _ = look(statement, setting, options, looks)
        if seen.violations:
            return f"{seen.violations} of {seen.instances} violate it"
    return ""


def confirmed(statement: Statement, claim: Claim) -> str:
    """By what a statement is known to be true, in words; '' if it is not."""
    if claim.witness is not None:
        found = measure(statement, claim, Options())
        holds = not isinstance(found, Failure) and found.relation == "holds"
        return "holds over the whole of what is measured" if holds else ""
    proofs = [decide(statement, s) for s in statement.settings]
    if any(p.outcome != "proved" for p in proofs):
        return ""
    return "proved, general" if all(p.scope == "general" for p in proofs) else "proved at the sizes of its settings"


def measured_against(statement: Statement, claim: Claim, options: Options) -> str:
    """Whether the relation fails over all that was measured."""
    found = measure(statement, claim, options)
    fails = not isinstance(found, Failure) and found.relation == "fails"
    return "the relation fails over the whole of what is measured" if fails else ""


def refuted_in(statement: Statement, setting: Setting, options: Options) -> str:
    """What refutes a statement in one setting."""
    along = as_pointwise(statement.formula) is None
    violations = [] if along else look(statement, setting, options)[1]
    witness = refute(statement, setting, violations, small=False)
    if witness is not None:
        return witness.shows
    exact = decide(statement, setting)
    return exact.message if exact.outcome == "refuted" else ""


def look(
    statement: Statement,
    setting: Setting,
    options: Options,
    looks: Sequence[str] = LOOKS,
) -> tuple[Simulated, list[Violations]]:
    """What the simulated world sees at the first look that sees a violation, else at the last."""
    for profile in looks:
        seen, violations = simulate(statement, setting, profile=profile, seed=options.seed, device=options.device)
        cannot = seen.message and not seen.excluded  # and will not at more points
        if seen.violations or cannot:
            break
    return seen, violations
