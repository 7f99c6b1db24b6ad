"""The zoo: statements whose truth is known, scored for soundness and completeness apart, beside control judges.

`verify/zoo/truths.claims.toml` holds what is true, `falsehoods.claims.toml` what sounds true and is not. A judge
answers 'true', 'false' or nothing. Soundness is the share of statements without a wrong answer, completeness the share
with the right one: a judge that always says yes is half complete, one that says nothing is sound. The controls look at
the same evidence: what simulation alone, or the exact world alone, would have said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

ZOO = Path(__file__).parents[1] / "zoo"
TRUTHS = "truths"  # the key of the paper of what is true

Answer = bool | None
Judge = Callable[[Mapping[str, Any]], Answer]


def program(statement: Mapping[str, Any]) -> Answer:
    """What the verdict says."""
    return {"proved": True, "supported": True, "refuted": False}.get(statement["verdict"])


def simulation_only(statement: Mapping[str, Any]) -> Answer:
    """True unless a point violates it."""
    seen = [e for e in statement["evidence"] if e["kind"] == "simulated"]
    if any(e["violations"] for e in seen):
        return False
    return True if any(e["instances"] for e in seen) else None


def exact_only(statement: Mapping[str, Any]) -> Answer:
    """What the exact world decides by itself."""
    outcomes = [e["outcome"] for e in statement["evidence"] if e["kind"] == "exact"]
    if "refuted" in outcomes:
        return False
    return True if outcomes and all(o == "proved" for o in outcomes) else None


JUDGES: dict[str, Judge] = {
    "the program": program,
    "always yes": lambda _: True,
    "always no": lambda _: False,
    "simulation only": simulation_only,
    "exact only": exact_only,
}


def scored(results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Every judge's score over the results of the zoo's claims."""
    known = [(r["id"], r["id"].startswith(f"{TRUTHS}/"), r["printed"]) for r in results]
    loud = sorted(i for i, _, s in known if s["verdict"] in ("conflict", "broken"))
    truths = sum(true for _, true, _ in known)
    judges = {name: _score(judge, known) for name, judge in JUDGES.items()}
    return {"truths": truths, "falsehoods": len(known) - truths, "conflicts": loud, "judges": judges}


def _score(judge: Judge, known: list[tuple[str, bool, Mapping[str, Any]]]) -> dict[str, Any]:
    answers = [(i, true, judge(statement)) for i, true, statement in known]
    wrong = sorted(i for i, true, said in answers if said is not None and said != true)
    right = sum(said == true for _, true, said in answers)
    return {
        "soundness": round(1 - len(wrong) / len(known), 4) if known else None,
        "completeness": round(right / len(known), 4) if known else None,
        "truths proved": sum(said is True for _, true, said in answers if true),
        "falsehoods refuted": sum(said is False for _, true, said in answers if not true),
        "wrong": wrong,
        "undecided": sorted(i for i, _, said in answers if said is None),
    }
