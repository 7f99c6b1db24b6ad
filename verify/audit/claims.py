"""The audit of a claim: ask both worlds about each of its statements, search for witnesses, judge.

A claim's result is plain data (the `claims` entries of results.json). Results depend on nothing but the claim,
the options and the code, so that they can be kept and resumed.
"""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from ..claim import Claim, Reading, Setting, Statement
from ..evidence import Counterexample, Evidence, Exact, Failure, Simulated, as_json
from ..formula.latex import to_latex
from ..formula.nodes import Along, Limit, Node, Num, walk
from ..formula.text import to_text
from ..options import Options
from ..points.batch import Violations
from ..points.draw import draw
from ..statements.pointwise import as_pointwise
from ..statements.premises import equations_of, premises
from ..verdict import Judgement, combine, judge, judge_claim
from .deadline import OutOfReach
from .kinds import decide, refute, simulate
from .measured import measure
from .rechecking import rechecked
from .steps import step

# seconds of processor time for each of: the exact decision, the simulation, the search for a witness
TIME_LIMIT = {"quick": 60.0, "full": 240.0}

DECISION, CHECK = "the exact decision", "the check of the proof"
SIMULATION, SEARCH = "the simulation", "the search for a witness"

_NO_MEMORY = re.compile(r"can't allocate memory|out of memory")  # torch has no error of its own for that

Found = TypeVar("Found")


def audit(claim: Claim, options: Options) -> dict[str, Any]:
    """The result of one claim; never raises: what raises becomes a `broken` statement."""
    try:
        return _audit(claim, options)
    except Exception as error:
        return broken(claim, what_raised(error))


def _audit(claim: Claim, options: Options) -> dict[str, Any]:
    if claim.clauses:
        raise NotImplementedError("clauses are read, and not judged yet")
    if claim.readings:
        return _audit_readings(claim, options)
    if claim.printed is None:
        return _definition(claim, options)
    printed = _statement(claim.printed, claim, options)
    corrected = None if claim.corrected is None else _statement(claim.corrected, claim, options)
    verdict = _verdict(claim, printed, corrected, bool(claim.assuming))
    return _result(claim, verdict, _beside(printed, corrected), corrected, [])


def _beside(printed: dict[str, Any], corrected: dict[str, Any] | None) -> dict[str, Any]:
    """The printed form, with a word if it stands while a form that is said to correct it does not."""
    if corrected is None or printed["verdict"] not in ("proved", "supported") or corrected["verdict"] != "refuted":
        return printed
    return {**printed, "message": "it needs no correction: the form given as corrected is refuted"}


def _definition(claim: Claim, options: Options) -> dict[str, Any]:
    """A definition without a formula is consistent if each of its settings admits a point."""
    empty = next((s.name for s in claim.settings if not admits_points(s, options)), None)
    if empty is None:
        return _result(claim, _verdict(claim, None, None, False), None, None, [])
    printed = _bare(None, "vacuous", f"no admissible point was found in the setting '{empty}'")
    return _result(claim, _verdict(claim, printed, None, False), printed, None, [])


def admits_points(setting: Setting, options: Options) -> bool:
    """Whether a point of the setting was found for each of its lists of widths."""
    anything = Statement("", Num(Fraction(0)), (setting,))
    return all(
        draw(anything, setting, widths, "quick", options.seed, options.device, Counter()) is not None
        for widths in setting.widths
    )


def broken(claim: Claim, message: str) -> dict[str, Any]:
    """The result of a claim whose audit came to nothing."""
    return _result(claim, "failed", _bare(claim.printed, "broken", message), None, [])


def unfinished(claim: Claim, reason: str) -> dict[str, Any]:
    """The result of a claim under which process after process ended."""
    verdict = judge_claim(Judgement("undecided", reason), None, kind=claim.kind, assuming=False, open_reason=claim.open)
    return _result(claim, verdict, _bare(claim.printed, "undecided", reason), None, [])


def _bare(statement: Statement | None, verdict: str, message: str) -> dict[str, Any]:
    formula = "" if statement is None else to_text(statement.formula)
    latex = "" if statement is None else to_latex(statement.formula)
    return {"formula": formula, "latex": latex, "verdict": verdict, "evidence": [], "witness": None, "message": message}


def what_raised(error: BaseException) -> str:
    """The error in one line, with the place in the program where it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" ({Path(f.filename).name}, {f.name})" for f in last)
    return f"{type(error).__name__}: {' '.join(str(error).split())}{place}"


def _result(claim: Claim, verdict: str, printed: dict | None, corrected: dict | None, readings: list) -> dict[str, Any]:
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
    order = ("holds", "supported", "definition", "corrected", "conditional", "open", "refuted", "vacuous", "failed")
    best = min(readings, key=lambda r: order.index(r["verdict"]))
    notes = [best["printed"]["message"], *_unsettled(readings, best)]
    printed = {**best["printed"], "message": "; ".join(filter(None, notes))}
    return _result(claim, best["verdict"], printed, best["corrected"], readings)


def _unsettled(readings: list[dict[str, Any]], best: dict[str, Any]) -> list[str]:
    """A note for every other reading of which it is not known whether it holds."""
    return [
        f"reading {i} is {r['printed']['verdict']}: {r['printed']['message']}"
        for i, r in enumerate(readings, 1)
        if r is not best and r["printed"]["verdict"] in ("undecided", "broken", "conflict")
    ]


def _reading(reading: Reading, claim: Claim, options: Options) -> dict[str, Any]:
    assert reading.printed is not None
    printed = _statement(reading.printed, claim, options)
    corrected = None if reading.corrected is None else _statement(reading.corrected, claim, options)
    verdict = _verdict(claim, printed, corrected, bool(reading.assuming))
    return {"text": reading.text, "verdict": verdict, "printed": printed, "corrected": corrected}


def _verdict(claim: Claim, printed: dict | None, corrected: dict | None, assuming: bool) -> str:
    def judged(s: dict | None) -> Judgement | None:
        return None if s is None else Judgement(s["verdict"], s["message"])

    return judge_claim(judged(printed), judged(corrected), kind=claim.kind, assuming=assuming, open_reason=claim.open)


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
        if setting is None or claim.witness is not None:
            return [_within("the measurement", options, lambda: measure(statement, claim, options), _no_exact)]
        return _ask_both_worlds(statement, setting, options)
    except Exception as error:  # a check that raises is a verdict of its own, and loud
        return [Failure(what_raised(error))]


def _ask_both_worlds(statement: Statement, setting: Setting, options: Options) -> list[Evidence]:
    exact = _within(DECISION, options, lambda: decide(statement, setting), _no_exact)
    exact = _within(CHECK, options, lambda: rechecked(exact, statement, setting), lambda late: _unchecked(exact, late))
    harder = exact.outcome != "proved" and _conditional(statement)
    simulated, violations = _simulated(statement, setting, options, options.profile, options.seed, harder)
    if as_pointwise(statement.formula) is None and exact.outcome != "proved":
        pass  # a trajectory whose end is known exactly refutes, whatever the sampled ones say
    elif not simulated.violations and exact.outcome == "nonzero":
        # look at more points: the exact world says that somewhere the sides differ
        _, violations = _simulated(statement, setting, options, "full", options.seed + 1)
    elif not any(v.where for v in violations) and (exact.outcome == "proved" or not _conditional(statement)):
        return [exact, simulated]
    witness = _within(SEARCH, options, lambda: refute(statement, setting, violations), lambda _: None)
    return [exact, simulated] if witness is None else [exact, simulated, witness]


def _conditional(statement: Statement) -> bool:
    """Whether a statement says something only where equations hold, which random points miss."""
    return any(equations_of(p) for p in premises(statement.formula))


def _simulated(
    statement: Statement, setting: Setting, options: Options, profile: str, seed: int, harder: bool = False
) -> tuple[Simulated, list[Violations]]:
    device = options.device

    def asked() -> tuple[Simulated, list[Violations]]:
        return simulate(statement, setting, profile=profile, seed=seed, device=device, harder=harder)

    def too_late(message: str) -> tuple[Simulated, list[Violations]]:
        return Simulated(0, 0, 0.0, 0.0, device=device, message=message), []

    return _within(SIMULATION, options, asked, too_late)


def _within(name: str, options: Options, find: Callable[[], Found], too_late: Callable[[str], Found]) -> Found:
    """What a step finds within its limits of time and memory, else what stands for it."""
    try:
        with step(name, TIME_LIMIT[options.profile], exact=name in (DECISION, CHECK, SEARCH)):
            return find()
    except OutOfReach as reason:
        return too_late(str(reason))
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not _NO_MEMORY.search(str(error)):
            raise
        return too_late(f"out of memory: {name} wants more than there is for one claim")


def _unchecked(exact: Exact, message: str) -> Exact:
    return replace(exact, recheck={"verdict": "not covered", "reason": message})


def _no_exact(message: str) -> Any:
    return Exact("undecided", "instances", message=message)
