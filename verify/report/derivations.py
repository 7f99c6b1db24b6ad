"""Which derivations a report shows: those about its claims, those that its evidence rests on, and what these use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from derivations.book.library import MODULES, builders

REDUCTIONS = "reductions"  # every general proof rests on them


def derivations_for(results: Mapping[str, Any]) -> tuple[list[Any], list[str]]:
    """The derivations of a report, in the library's order, and a message for each one that does not check."""
    everything, mistakes = built()
    ids = {c["id"] for c in results["claims"]}
    cited = set(citations(results["claims"]))
    shown: set[str] = set()
    waiting = [d for d in everything.values() if d.topic == REDUCTIONS or ids & set(d.claims) or d.name in cited]
    while waiting:
        d = waiting.pop()
        if d.name not in shown:
            shown.add(d.name)
            waiting += [everything[u] for u in d.uses if u in everything]
    return [d for name, d in everything.items() if name in shown], mistakes


def built() -> tuple[dict[str, Any], list[str]]:
    """Every derivation that checks, by name, and what is to be said of the others."""
    found, mistakes = {}, []
    for topic in MODULES:
        for build in builders(topic):
            try:
                derivation = build()
            except Exception as error:  # loud, but no reason to lose the reports of everything else
                mistakes.append(f"BROKEN derivation {topic}.{build.__name__}: {' '.join(str(error).split())}")
                continue
            found[derivation.name] = derivation
    return found, mistakes


def citations(claims: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The names of the derivations that the evidence of claims rests on."""
    for claim in claims:
        forms = [claim, *claim.get("readings", ())]
        for statement in (form.get(part) for form in forms for part in ("printed", "corrected")):
            for evidence in (statement or {}).get("evidence", ()):
                yield from (g["name"] for g in evidence.get("rests_on", ()) if g["kind"] == "derivation")
