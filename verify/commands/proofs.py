"""Stored proofs, each checked again by the small checker: `verify check-proofs`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..checker.proofs import Verdict, check_proof
from ..claim import Claim, Statement

FORMS = ("printed", "corrected")


def forms_of(claim: Claim, result: Mapping[str, Any]) -> Iterator[tuple[str, Statement, Mapping[str, Any]]]:
    """Every form of a claim with what was found out about it."""
    sources: list[tuple[str, Any, Mapping[str, Any]]] = [("", claim, result)]
    readings = zip(claim.readings, result.get("readings") or (), strict=False)
    sources += [(f"reading {i}, ", reading, found) for i, (reading, found) in enumerate(readings, 1)]
    for prefix, holder, found in sources:
        for form in FORMS:
            statement, stored = getattr(holder, form), found.get(form)
            if statement is not None and stored:
                yield prefix + form, statement, stored


def checked(claims: Iterable[Claim], results: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The checker's word on every exact proof that is stored of these claims."""
    by_id = {result["id"]: result for result in results["claims"]}
    for claim in claims:
        for form, statement, stored in forms_of(claim, by_id.get(claim.id, {})):
            settings = {setting.name: setting for setting in statement.settings}
            for evidence in stored["evidence"]:
                if (
                    evidence["kind"] == "exact"
                    and evidence["outcome"] == "proved"
                    and evidence.get("setting") in settings
                ):
                    word = check_proof(statement, settings[evidence["setting"]], evidence)
                    yield {"id": claim.id, "form": form, "setting": evidence["setting"], **word.as_json()}


def tally(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How many proofs of each kind, why others were not covered, and the trusted theorems with their numbers."""
    entries = list(entries)
    counts = Counter(str(e["verdict"]) for e in entries)
    uncovered = Counter(str(e["reason"]) for e in entries if e["verdict"] == Verdict.UNCOVERED)
    trusted = Counter(name for e in entries for name in e["theorems"])
    return {
        "proofs": len(entries),
        **{str(v): counts[v] for v in Verdict},
        "reasons": dict(uncovered.most_common()),
        "theorems": dict(trusted.most_common()),
        "entries": entries,
    }


def text_of(found: Mapping[str, Any]) -> str:
    """The tally for a terminal."""
    lines = [f"{found['proofs']} proofs checked again"]
    lines += [f"  {found[v]:5d}  {v}" for v in Verdict]
    lines += [f"  trusted in {n}: {name}" for name, n in found["theorems"].items()]
    lines += [f"  not covered in {n}: {reason}" for reason, n in found["reasons"].items()]
    rejected = [e for e in found["entries"] if e["verdict"] == Verdict.REJECTED]
    lines += [f"  REJECTED {e['id']} ({e['form']}, {e['setting']}): {e['reason']}" for e in rejected]
    return "\n".join(lines)
