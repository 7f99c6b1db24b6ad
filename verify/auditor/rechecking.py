"""A proof stands only if the small checker does not contradict it."""

from __future__ import annotations

from dataclasses import replace

from ..checker.proofs import Verdict, check_proof
from ..claim import Setting, Statement
from ..evidence import Exact, Outcome, as_json


def rechecked(exact: Exact, statement: Statement, setting: Setting) -> Exact:
    """The decision with the checker's word on it; undecided if the checker rejects the proof."""
    if exact.outcome != Outcome.PROVED:
        return exact
    word = check_proof(statement, setting, as_json(exact))
    if word.verdict == Verdict.REJECTED:
        message = f"the checker rejects the proof: {word.reason}"
        return replace(exact, outcome=Outcome.UNDECIDED, message=message, recheck=word.as_json())
    return replace(exact, recheck=word.as_json())
