"""The audit of a claim: ask both worlds about each of its statements, search for witnesses, judge.

A claim's result is plain data (the `claims` entries of results.json). Results depend on nothing but the claim,
the options and the code, so that they can be kept and resumed.
"""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from ..attack.attack import Attack, attack
from ..claim import Claim, Clause, Form, Setting, Statement
from ..evidence import Counterexample, Evidence, Exact, Failure, Scope, Simulated, as_json
from ..formula.latex import to_latex
from ..formula.nodes import Along, Limit, Node, Num, walk
from ..formula.text import to_text
from ..options import Options
from ..points.batch import Violations
from ..points.draw import draw
from ..reach import WIDEST_FIRST, Covered, Decided, Reach, covered
from ..statements.english import world
from ..statements.pointwise import MOVING, as_pointwise
from ..statements.premises import equations_of, premises
from ..statements.severity import gravest
from ..verdict import (
    BETTER_FIRST,
    GOOD,
    WRONG,
    Judged,
    Judgement,
    combine,
    combine_in_class,
    judge,
    judge_claim,
    least_favourable,
)
from .deadline import OutOfReach
from .kinds import decide, refute, simulate
from .measured import measure
from .rechecking import rechecked
from .steps import step

# seconds of processor time for each of: the exact decision, the simulation, the search for a witness
TIME_LIMIT = {"quick": 60.0, "full": 240.0}

DECISION, CHECK, ATTACK = "the exact decision", "the check of the proof", "the attack on the proof"
SIMULATION, SEARCH = "the simulation", "the search for a witness"

_NO_MEMORY = re.compile(r"can't allocate memory|out of memory")  # torch has no error of its own for that

Found = TypeVar("Found")


def audit(claim: Claim, options: Options) -> dict[str, Any]:
    """The result of one claim; never raises: what raises becomes a `broken` statement."""
    try:
        found = _audit(claim, options)
        return {**found, "severity": _severity(claim, found)}
    except Exception as error:
        return broken(claim, what_raised(error))


def _audit(claim: Claim, options: Options) -> dict[str, Any]:
    readings = [_form(r, claim, options) for r in claim.readings]
    if claim.clauses:
        return _of_clauses(claim, readings, options)
    if claim.printed is not None:
        form = _form(claim.forms[0], claim, options)
        return _result(claim, form["verdict"], _beside(form["printed"], form["corrected"]), form["corrected"], readings)
    return _of_readings(claim, readings) if readings else _definition(claim, options)


def _form(form: Form, claim: Claim, options: Options) -> dict[str, Any]:
    """A form in both its wordings, with the verdict that it has alone."""
    printed = _unsaid(form, claim) if form.printed is None else _statement(form.printed, claim, options)
    corrected = None if form.corrected is None else _statement(form.corrected, claim, options)
    found = {"text": form.text, "printed": printed, "corrected": corrected}
    judged = _judged(found, form)
    return {**found, "verdict": judge_claim([judged], kind=claim.kind, open_reason=claim.open)}


def _unsaid(form: Form, claim: Claim) -> dict[str, Any]:
    """A clause that no formula says is not decided."""
    return _bare(None, "undecided", getattr(form, "open", "") or claim.open or "no formula says it")


def _judged(found: dict[str, Any], form: Form) -> Judged:
    """A form's verdicts as the judge of claims takes them."""
    printed, corrected = found["printed"], found["corrected"] or {}
    return Judged(
        Judgement(printed["verdict"], printed["message"]),
        Reach(printed.get("reach") or Reach.ALL),
        Judgement(corrected["verdict"], corrected["message"]) if corrected else None,
        Reach(corrected.get("reach") or Reach.ALL),
        corrected.get("case", False),
        bool(form.assuming),
        getattr(form, "open", ""),
    )


def _severity(claim: Claim, found: dict[str, Any]) -> str:
    """How grave the error of a claim is that is wrong as printed, by hand or by what differs; '' of any other."""
    if found["verdict"] not in ("refuted", "corrected", "conditional"):
        return ""
    literal = claim.forms[: len(claim.forms) - len(claim.readings)]
    told = zip(literal or claim.readings, found["clauses"] or found["readings"] or [found], strict=False)
    whole = [(literal[0], found)] if literal and not claim.clauses else told
    return claim.severity or gravest(form for form, f in whole if (f["printed"] or {}).get("verdict") in WRONG)


# ---- clauses and readings


def _of_clauses(claim: Claim, readings: list[dict[str, Any]], options: Options) -> dict[str, Any]:
    """Every clause has a verdict; the worst one stands for the claim, and its statement is shown as the claim's."""
    every = [(c, _clause(c, claim, options)) for c in claim.clauses]
    said = [(c, found) for c, found in every if found["printed"] is not None]
    verdict = judge_claim([_judged(f, c) for c, f in said], kind=claim.kind, open_reason=claim.open)
    worst = max((f for _, f in said), key=lambda f: BETTER_FIRST.index(f["verdict"]), default=None)
    shown = (worst["printed"], worst["corrected"]) if worst else (None, None)
    result = _result(claim, verdict, shown[0], shown[1], readings)
    undecided = [f["text"] for _, f in said if f["printed"]["verdict"] == "undecided"]
    beside = undecided if verdict in ("refuted", "conditional", "corrected") else []
    return {**result, "clauses": [f for _, f in every], "also_open": beside, **_whole_reach(f for _, f in said)}


def _clause(clause: Clause, claim: Claim, options: Options) -> dict[str, Any]:
    if clause.remark or (clause.printed is None and claim.kind == "definition" and not clause.open):
        return {"text": clause.text, "printed": None, "corrected": None, "verdict": "remark"}
    return _form(clause, claim, options)


def _whole_reach(forms: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """How far the whole of what is said reaches: as far as the part that reaches least."""
    printed = [f["printed"] for f in forms]
    if not printed or any(p.get("reach") is None for p in printed):
        return {"reach": None, "uncovered": []}
    least = max((p["reach"] for p in printed), key=[r.value for r in WIDEST_FIRST].index)
    return {"reach": least, "uncovered": list(dict.fromkeys(u for p in printed for u in p["uncovered"]))}


def _of_readings(claim: Claim, readings: list[dict[str, Any]]) -> dict[str, Any]:
    """The least favourable reading gives the verdict; one that stands then counts as what is right instead."""
    judged = [_judged(found, form) for found, form in zip(readings, claim.readings, strict=True)]
    number, worst = least_favourable(judged)
    verdict = judge_claim([worst], kind=claim.kind, open_reason=claim.open)
    found = readings[number]
    corrected = found["corrected"]
    if worst != judged[number]:
        corrected = next(r["printed"] for r, j in zip(readings, judged, strict=True) if j.printed is worst.corrected)
    notes = [found["printed"]["message"], *_unsettled(readings, found)]
    printed = {**found["printed"], "message": "; ".join(filter(None, notes))}
    return _result(claim, verdict, printed, corrected, readings)


def _unsettled(readings: list[dict[str, Any]], told: dict[str, Any]) -> list[str]:
    """A note for every other reading of which it is not known whether it holds."""
    return [
        f"reading {i} is {r['printed']['verdict']}: {r['printed']['message']}"
        for i, r in enumerate(readings, 1)
        if r is not told and r["printed"]["verdict"] in ("undecided", "broken", "conflict")
    ]


# ---- other results


def _beside(printed: dict[str, Any], corrected: dict[str, Any] | None) -> dict[str, Any]:
    """The printed form, with a word if it stands while a form that is said to correct it does not."""
    if corrected is None or printed["verdict"] not in ("proved", "supported") or corrected["verdict"] != "refuted":
        return printed
    return {**printed, "message": "it needs no correction: the form given as corrected is refuted"}


def _definition(claim: Claim, options: Options) -> dict[str, Any]:
    """A definition without a formula is consistent if each of its settings admits a point."""
    empty = next((s.name for s in claim.settings if not admits_points(s, options)), None)
    if empty is None:
        return _result(claim, judge_claim([], kind=claim.kind), None, None, [])
    printed = _bare(None, "vacuous", f"no admissible point was found in the setting '{empty}'")
    return _result(claim, "vacuous", printed, None, [])


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
    verdict = judge_claim([Judged(Judgement("undecided", reason))], kind=claim.kind, open_reason=claim.open)
    return _result(claim, verdict, _bare(claim.printed, "undecided", reason), None, [])


def _bare(statement: Statement | None, verdict: str, message: str) -> dict[str, Any]:
    formula = "" if statement is None else to_text(statement.formula)
    latex = "" if statement is None else to_latex(statement.formula)
    empty: dict[str, Any] = {"evidence": [], "witness": None, "reach": None, "uncovered": [], "case": False}
    return {"formula": formula, "latex": latex, "verdict": verdict, "message": message, **empty}


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
        "clauses": [],
        "also_open": [],
        "reach": (printed or {}).get("reach"),
        "uncovered": (printed or {}).get("uncovered", []),
        "uses": list(claim.uses),
        "rests_on_refuted": [],
    }


def _statement(statement: Statement, claim: Claim, options: Options) -> dict[str, Any]:
    """One statement in all its settings; one that is refuted in a class needs no further ones."""
    judgements, everything, decided, witness = [], [], [], None
    for setting in statement.settings or (None,):
        evidence = gather(statement, setting, claim, options)
        judgement = judge(evidence, owed=owed(statement.formula) and not _paid(evidence))
        judgements.append(judgement)
        decided.append(Decided(setting, _in_general(evidence)))
        name = {} if setting is None else {"setting": setting.name}
        everything += [{**as_json(e), **name} for e in evidence if not isinstance(e, Counterexample)]
        found = next((e for e in evidence if isinstance(e, Counterexample)), None)
        if found is not None and witness is None:
            witness = {**as_json(found), "replay": f"verify show {claim.id} --replay"}
        if judgement.verdict == "refuted" and statement.about is not None:
            break
    verdict = (combine if statement.about is None else combine_in_class)(judgements)
    return {
        "formula": to_text(statement.formula),
        "latex": to_latex(statement.formula),
        "verdict": verdict.verdict,
        "evidence": everything,
        "witness": witness,
        "message": verdict.message,
        **_reach(statement, claim, verdict, decided),
    }


def _in_general(evidence: Sequence[Evidence]) -> bool:
    """Whether a proof among the evidence is of general scope."""
    return any(isinstance(e, Exact) and e.outcome == "proved" and e.scope == Scope.GENERAL for e in evidence)


def _reach(statement: Statement, claim: Claim, verdict: Judgement, decided: list[Decided]) -> dict[str, Any]:
    """How far a form that stands reaches, and what of its class it leaves out; only these have a reach."""
    if verdict.verdict not in GOOD:
        return {"reach": None, "uncovered": [], "case": False}
    found = covered(statement, decided)
    unchecked = tuple(w.text for w in claim.hypotheses_words if not w.carried_by)
    if unchecked:
        found = Covered(Reach.PART, (*found.missing, *(f"the hypothesis is not checked: {u}" for u in unchecked)))
    return {"reach": found.reach.value, "uncovered": list(found.missing), "case": found.case}


def owed(formula: Node) -> bool:
    """Whether an exact decision is owed: relations at points, ranks, signs, conserved and monotone forms wherever they
    stand."""
    if any(isinstance(n, Along) and n.func in MOVING for n in walk(formula)):
        return True
    return not any(isinstance(n, Along | Limit) for n in walk(formula))


def _paid(evidence: Sequence[Evidence]) -> bool:
    """Whether the parts of a statement that are owed a decision have theirs, and only limits are left open."""
    return any(isinstance(e, Exact) and e.detail.get("parts about points") == "proved" for e in evidence)


def gather(statement: Statement, setting: Setting | None, claim: Claim, options: Options) -> list[Evidence]:
    """Everything that the worlds say of a statement in one setting."""
    try:
        if setting is None and claim.witness is None:
            return [_no_exact(_why_no_setting(statement))]
        if statement.scale or statement.letters:
            return [_no_exact("points scaled to margin 1, and free letters, are not evaluated yet")]
        if setting is None or (claim.witness is not None and not claim.clauses):
            return [_within("the measurement", options, lambda: measure(statement, claim, options), _no_exact)]
        return _ask_both_worlds(statement, setting, options)
    except Exception as error:  # a check that raises is a verdict of its own, and loud
        return [Failure(what_raised(error))]


def _why_no_setting(statement: Statement) -> str:
    """Why nothing could be asked about a statement of a class."""
    return f"no setting shows this class: {world(statement)}"


def _ask_both_worlds(statement: Statement, setting: Setting, options: Options) -> list[Evidence]:
    exact = _within(DECISION, options, lambda: decide(statement, setting), _no_exact)
    exact = _within(CHECK, options, lambda: rechecked(exact, statement, setting), lambda late: _unchecked(exact, late))
    exact, against = _attacked(exact, statement, setting, options)
    harder = exact.outcome != "proved" and _conditional(statement)
    simulated, violations = _simulated(statement, setting, options, options.profile, options.seed, harder)
    if against is not None:
        return [exact, simulated, against]
    if not simulated.violations and exact.outcome == "nonzero":
        # look at more points: the exact world says that somewhere the sides differ
        _, violations = _simulated(statement, setting, options, "full", options.seed + 1)
    elif not any(v.where for v in violations) and exact.outcome == "proved":
        return [exact, simulated]
    witness = _within(SEARCH, options, lambda: _witness(exact, statement, setting, violations), lambda _: None)
    return [exact, simulated] if witness is None else [exact, simulated, witness]


def _witness(
    exact: Exact, statement: Statement, setting: Setting, violations: list[Violations]
) -> Counterexample | None:
    """A certified violation: near the simulated ones, or at coincidences and magnitudes that no sample meets."""
    along = isinstance(statement.formula, Along) or as_pointwise(statement.formula) is None
    seen = any(v.where for v in violations) or _conditional(statement) or exact.outcome == "nonzero"
    # a trajectory whose end, or whose course, is known exactly refutes, whatever the sampled ones say
    found = refute(statement, setting, violations) if seen or along else None
    if found is not None or exact.outcome in ("proved", "refuted"):
        return found
    return attack(replace(exact, scope=Scope.INSTANCES), statement, setting).witness


def _attacked(
    exact: Exact, statement: Statement, setting: Setting, options: Options
) -> tuple[Exact, Counterexample | None]:
    """A proof with what became of the attack on it, and the counterexample that it found."""
    if exact.outcome != "proved":
        return exact, None
    found = _within(ATTACK, options, lambda: attack(exact, statement, setting), lambda late: Attack(message=late))
    return replace(exact, detail={**exact.detail, "attack": found.told()}), found.witness


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
        with step(name, TIME_LIMIT[options.profile], exact=name in (DECISION, CHECK, ATTACK, SEARCH)):
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
