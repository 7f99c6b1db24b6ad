"""What of a table with mistakes can be read all the same, so that the mistakes further in are told with the others."""

from __future__ import annotations

import copy
import difflib
from typing import Any, TypeVar

from pydantic import ValidationError

from .schema import Table

Model = TypeVar("Model", bound=Table)

_STAND_INS = {"id": "unknown", "text": "unknown", "printed": "0 == 0"}
_WITNESSES = {"derivation": "unknown.unknown", "experiment": "unknown.unknown"}
_ROUNDS = 5


def salvage(model: type[Model], raw: Any) -> tuple[Model, frozenset[str]] | None:
    """The table without the keys that are wrong, and the names of these, as they are spelt right.

    What is missing gets a stand-in, which nobody sees. None where too little is left.
    """
    if not isinstance(raw, dict):
        return None
    rest = copy.deepcopy(raw)
    lost: set[str] = set()
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(rest), frozenset(lost)
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False):
                if not item["loc"]:
                    return None
                lost |= _mended(model, rest, item["loc"], missing=item["type"] == "missing")
    return None


def _mended(model: type[Table], rest: Any, place: tuple[str | int, ...], *, missing: bool) -> set[str]:
    """Take the key at a place out of the table, or fill it in; the names that are lost by this."""
    last = max(i for i, part in enumerate(place) if isinstance(part, str))
    key = str(place[last])
    try:
        for part in place[:last]:
            rest = rest[part]
        if missing:
            rest[key] = _STAND_INS.get(key, "unknown")
            return set()
        rest.pop(key, None)
    except (LookupError, TypeError, AttributeError):  # another mistake took it away
        return set()
    if last == 0 and key in _WITNESSES:
        rest[key] = _WITNESSES[key]
    return {key, *map(str, place[:1]), *difflib.get_close_matches(key, model.keys(), n=1)}
