"""What was judged, in a sentence, and in a line how far it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REACH = {
    "all": "in general: for everything that it speaks of",
    "sizes": "at the sizes that are listed",
    "part": "in part",
}


def reach(judged: Mapping[str, Any]) -> str:
    """How far a form that stands reaches, and what was left out; "" of one that does not stand."""
    if judged.get("verdict") not in ("proved", "supported") or not judged.get("reach"):
        return ""
    scopes = {e.get("scope") for e in judged.get("evidence") or () if e.get("kind") == "exact"}
    told = _REACH.get(str(judged["reach"]), str(judged["reach"]))
    if judged["reach"] == "part" and scopes == {"general"}:
        told = "in general for a part"
    left_out = "; ".join(map(str, judged.get("uncovered") or ()))
    return f"{judged['verdict']} {told}{'; not decided: ' + left_out if left_out else ''}"
