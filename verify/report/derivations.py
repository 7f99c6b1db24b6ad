"""Which derivations a report shows: those about its claims, those that its evidence rests on, and what these use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from derivations.book.library import MODULES, builders

REDUCTIONS = "reductions"  # every general proof rests on them
CITATION = "derivation: "  # what stands before a title among the lemmas of evidence


def derivations_for(results: Mapping[str, Any]) -> tuple[list[Any], list[str]]:
    """The derivations of a report, in the library's order, and a message for each one that does not check."""
    everything, mistakes = built()
    ids = {c["id"] for c in results["claims"]}
    cited = set(citations(results["claims"]))
    shown: set[str] = set()
    waiting = [d for d in everything.values() if d.topic == REDUCTIONS or ids & set(d.claims) or d.title in cited]
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


def citations(part: Any) -> Iterator[str]:
    """The titles of derivations that evidence names among its lemmas."""
    if isinstance(part, str):
        if part.startswith(CITATION):
            yield part.removeprefix(CITATION)
    elif isinstance(part, Mapping):
        yield from citations(part.values())
    elif isinstance(part, Iterable):
        for each in part:
            yield from citations(each)
