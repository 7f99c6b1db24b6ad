"""The audit of a claim: ask both worlds about each of its statements, search for witnesses, judge.

A claim's result is plain data (the `claims` entries of results.json). Results depend on nothing but the claim,
the options and the code, so that they can be kept and resumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .claim import Claim, Reading, Setting, Statement
from .evidence import Counterexample, Evidence, Exact, Failure, as_json
from .exact.prove import decide
from .executors import OutOfTime, deadline
from .formula.latex import to_latex
from .formula.nodes import Along, Limit, Node, walk
from .formula.text import to_text
from .measured import measure
from .options import Options
from .refute import refute
from .simulate import simulate
from .verdict import GOOD, Judgement, combine, judge, judge_claim

TIME_LIMIT = {"quick": 60.0, "full": 240.0}  # seconds a statement and setting, exact and simulated together


def audit(claim: Claim, options: Options) -> dict[str, Any]:
    """The result of one claim; never raises: what raises becomes a `broken` statement."""
    if claim.readings:
        return _audit_readings(claim, options)
    printed = None if claim.printed is None else _statement(claim.printed, claim, options)
    corrected = None if claim.corrected is None else _statement(claim.corrected, claim, options)
    verdict = _verdict(claim, printed, corrected, bool(claim.assuming))
    return _result(claim, verdict, printed, corrected, [])


def _result(claim: Claim, verdict: str, printed: dict | None, corrected: dict | None,
            readings: list) -> dict[str, Any]:  # fmt: skip
    return {
        "id": claim.id,
        "verdict": verdict,
        "printed": printed,
        "corrected": corrected,
        "readings": readings,
        "uses": list(claim.uses),
        "rests_on_refuted": [],
    }


def _audit_readings(claim: Claim, options: Options) -> dict[str, Any]:
    """Each reading gets a verdict; the claim has the most favourable one."""
    readings = [_reading(r, claim, options) for r in claim.readings]
    order = ("holds", "supported", "corrected", "conditional", "open", "refuted", "vacuous", "failed")
    best = min(readings, key=lambda r: order.index(r["verdict"]))
    return _result(claim, best["verdict"], best["printed"], best["corrected"], readings)


def _reading(reading: Reading, claim: Claim, options: Options) -> dict[str, Any]:
    printed = _statement(reading.printed, claim, options)
    corrected = None if reading.corrected is None else _statement(reading.corrected, claim, options)
    verdict = _verdict(claim, printed, corrected, bool(reading.assuming))
    return {"text": reading.text, "verdict": verdict, "printed": printed, "corrected": corrected}


def _verdict(claim: Claim, printed: dict | None, corrected: dict | None, assuming: bool) -> str:
    def judged(s: dict | None) -> Judgement | None:
        return None if s is None else Judgement(s["verdict"], s["message"])

    return judge_claim(
        judged(printed), judged(corrected), kind=claim.kind, assuming=assuming, open_reason=claim.open
    )


def _statement(statement: Statement, claim: Claim, options: Options) -> dict[str, Any]:
    """One statement in all its settings."""
    judgements, everything, witness = [], [], None
    for setting in statement.settings or (None,):
        evidence = gather(statement, setting, claim, options)
        judgement = judge(evidence, owed=owed(statement.formula))
        judgements.append(judgement)
        name = {} if setting is None else {"setting": setting.name}
        everything += [{**as_json(e), **name} for e in evidence if not isinstance(e, Counterexample)]
        found = next((e for e in evidence if isinstance(e, Counterexample)), None)
        if found is not None and witness is None:
            witness = {**as_json(found), "replay": f"verify show {claim.id} --replay"}
    verdict = combine(judgements)
    return {
        "formula": to_text(statement.formula),
        "latex": to_latex(statement.formula),
        "verdict": verdict.verdict,
        "evidence": everything,
        "witness": witness,
        "message": verdict.message,
    }


def owed(formula: Node) -> bool:
    """Whether an exact decision is owed: relations at points, ranks, signs, conserved and monotone forms."""
    if isinstance(formula, Along):
        return formula.func in ("conserved", "nondecreasing", "nonincreasing")
    return not any(isinstance(n, Along | Limit) for n in walk(formula))


def gather(statement: Statement, setting: Setting | None, claim: Claim, options: Options) -> list[Evidence]:
    """Everything that the worlds say of a statement in one setting."""
    try:
        with deadline(TIME_LIMIT[options.profile]):
            if setting is None or claim.witness is not None:
                return [measure(statement, claim, options)]
            return _ask_both_worlds(statement, setting, options)
    except OutOfTime as late:
        return [Exact("undecided", "instances", message=str(late))]
    except Exception as error:  # a check that raises is a verdict of its own, and loud
        return [Failure(f"{type(error).__name__}: {error}")]


def _ask_both_worlds(statement: Statement, setting: Setting, options: Options) -> list[Evidence]:
    exact = decide(statement, setting)
    simulated, violations = simulate(
        statement, setting, profile=options.profile, seed=options.seed, device=options.device
    )
    if simulated.violations or (exact.outcome == "nonzero" and not simulated.violations):
        if not simulated.violations:  # look harder: the exact world says that somewhere the sides differ
            _, violations = simulate(
                statement, setting, profile="full", seed=options.seed + 1, device=options.device
            )
        witness = refute(statement, setting, violations)
        if witness is not None:
            return [exact, simulated, witness]
    return [exact, simulated]


def rests_on_refuted(results: Mapping[str, Mapping[str, Any]], claims: Sequence[Claim]) -> dict[str, list[str]]:
    """For each claim, the claims it rests on, directly or not, whose printed form is refuted."""
    uses = {c.id: c.uses for c in claims}
    refuted = {i for i, r in results.items() if (r["printed"] or {}).get("verdict") == "refuted"}

    def below(i: str, seen: set[str]) -> set[str]:
        for u in uses.get(i, ()):
            if u not in seen:
                seen.add(u)
                below(u, seen)
        return seen

    found = {}
    for c in claims:
        marks = []
        for i in sorted(below(c.id, set()) & refuted):
            stands = (results[i]["corrected"] or {}).get("verdict") in GOOD
            marks.append(f"{i} (corrected)" if stands else i)
        found[c.id] = marks
    return found
