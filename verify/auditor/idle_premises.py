"""Premises that hold at all points or at none of those that are looked at, so that an implication says little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..claim import Claim, Statement
from ..formula.nodes import Logic
from ..options import Options
from ..statements.pointwise import as_pointwise
from ..statements.premises import premises
from ..statements.smells import Smell
from .kinds import simulate


def idle_premises(claims: Iterable[Claim], options: Options) -> Iterator[Smell]:
    """For each premise of a statement about points, whether every point meets it, or none does."""
    for claim in claims:
        for form in claim.forms:
            statement = form.printed
            if statement is None or claim.witness is not None or not isinstance(statement.formula, Logic):
                continue
            for told in _told(statement, options):
                yield Smell(claim.id, "premise", told, claim.source)


def _told(statement: Statement, options: Options) -> Iterator[str]:
    for premise in premises(statement.formula):
        if as_pointwise(premise) is None:
            continue
        met = looked = 0
        for setting in statement.settings:
            asked = replace(statement, formula=premise)
            seen, _ = simulate(asked, setting, profile="brief", seed=options.seed, device=options.device)
            met, looked = met + seen.agree, looked + seen.instances
        if looked and met in (0, looked):
            yield f"its premise holds at {'all' if met else 'none'} of {looked} points"
