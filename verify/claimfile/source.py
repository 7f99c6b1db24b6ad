"""One TOML file: its text, its table, and the mistakes found in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ..formula.errors import did_you_mean
from .errors import Mistake
from .locate import Locator, Place
from .schema import Table, shown

MAX_BYTES = 10_000_000
# control characters, line separators, and the marks that reverse the direction of text
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

Model = TypeVar("Model", bound=Table)


class Source:
    """A claim file; `unreadable` where it is not TOML at all, which was noted."""

    def __init__(self, path: Path, mistakes: list[Mistake]):
        self.path, self.mistakes = path, mistakes
        self.table: dict[str, Any] = {}
        self.text = self._read()
        self.unreadable = not self.text or not self._parse()
        try:
            self._refuse_control_characters(self.table, ())
        except RecursionError:
            self.table, self.unreadable = {}, True
            self.fail((), "broken TOML: tables are nested too deeply")

    @cached_property
    def locator(self) -> Locator:
        return Locator(self.text)

    def fail(self, place: Place, message: str, value: object = None) -> None:
        """Note a mistake at the key `place`, near the text `value` where that is known."""
        line = self.locator.line(place, value) if place else 0
        self.fail_at(line, self.readable(place), message)

    def fail_at(self, line: int, path: str, message: str) -> None:
        self.mistakes.append(Mistake(str(self.path), line, path, message))

    def line(self, place: Place) -> int:
        return self.locator.line(place)

    # ---- from bytes to a table

    def _read(self) -> str:
        try:
            if self.path.exists() and not self.path.is_file():  # a pipe would not end, nor would a device
                self.fail((), "not a file")
                return ""
            with self.path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            self.fail((), f"cannot be read: {getattr(error, 'strerror', None) or error}")
            return ""
        if len(raw) > MAX_BYTES:
            self.fail((), f"the file is longer than {MAX_BYTES // 1_000_000} MB: is it a claim file?")
            return ""
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.fail_at(line, "", f"not a text in UTF-8: byte 0x{raw[error.start]:02x}; save the file as UTF-8")
            return ""
        if not text.strip():
            self.fail((), "the file is empty; a claim file starts with format = 1")
            return ""
        return text

    def _parse(self) -> bool:
        try:
            self.table = tomllib.loads(self.text, parse_float=Decimal)
            return True
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line = int(found[1]) if found else len(self.text.splitlines())
            column = f", column {found[2]}" if found else ""
            reason = re.sub(r"\s*\(at .*\)$", "", str(error))
            self.fail_at(line, "", f"broken TOML{column}: {reason}{_excerpt(self.text, line)}{_quote_hint(reason)}")
        except RecursionError:
            self.fail((), "broken TOML: brackets are nested too deeply")
        except (ValueError, ArithmeticError) as error:
            self.fail((), f"broken TOML: {error}")
        return False

    def _refuse_control_characters(self, value: Any, place: Place) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self._refuse_in_text(key, (*place, key))
                self._refuse_control_characters(item, (*place, key))
        elif isinstance(value, list):
            for i, item in enumerate(value):
                self._refuse_control_characters(item, (*place, i))
        elif isinstance(value, str):
            self._refuse_in_text(value, place)

    def _refuse_in_text(self, text: str, place: Place) -> None:
        found = CONTROL.search(text)
        if found and found[0] == "\n" and self.has_line_breaks(place):
            found = CONTROL.search(text.replace("\n", " "))
        if found:
            self.fail(
                place,
                f"control character {found[0]!r} in {shown(text)}: a backslash in double quotes is an escape; "
                "write formulas and LaTeX in single quotes, e.g. '\\beta'",
            )

    def has_line_breaks(self, place: Place) -> bool:
        """Whether a line break is a line break of the file, not the escape of '\\nu' in double quotes."""
        section = self.locator.section(place)
        return "'''" in section or ('"""' in section and "\\n" not in section)

    # ---- validation

    def validated(self, model: type[Model], table: Any, place: Place) -> Model | None:
        """The table as a model, or None with every mistake noted."""
        if not isinstance(table, dict):
            self.fail(place, f"a table is wanted here, not {shown(table)}")
            return None
        try:
            return model.model_validate(table)
        except ValidationError as error:
            self._tell(model, error.errors(include_url=False), place)
            return None

    def _tell(self, model: type[Table], errors: Sequence[Any], place: Place) -> None:
        """Note validation errors; a key that is misspelt is not told as missing as well."""
        told = [(item, _explain(model, item)) for item in errors]
        misspelt = " ".join(message for item, message in told if item["type"] == "extra_forbidden")
        for item, message in told:
            inner = tuple(item["loc"])
            if item["type"] != "missing":
                self.fail((*place, *inner), message, item["input"])
            elif f"did you mean '{inner[-1]}'?" not in misspelt:
                self.fail((*place, *inner[:-1]), message)

    def readable(self, place: Place) -> str:
        """A place as a person would say it: claim 'eq6'.printed."""
        if len(place) < 2 or place[0] != "claim" or not isinstance(place[1], int):
            return _dotted(place)
        claims = self.table.get("claim")
        claim = claims[place[1]] if isinstance(claims, list) and place[1] < len(claims) else None
        id_ = claim.get("id") if isinstance(claim, dict) else None
        name = f"claim {shown(id_) if isinstance(id_, str) else place[1] + 1}"
        return name + "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in place[2:])


def _dotted(place: Place) -> str:
    text = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{CONTROL.sub('?', p)}" for p in place)
    return text.removeprefix(".")


def _excerpt(text: str, line: int) -> str:
    lines = text.splitlines()
    met = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return f"; met: {CONTROL.sub('?', met[:80])}" if met else ""


def _quote_hint(reason: str) -> str:
    if "escape" in reason or "backslash" in reason:
        return "; write formulas and LaTeX in single quotes"
    return ""


_WANTED = {
    "int": "an integer",
    "string": "text in quotes",
    "bool": "true or false",
    "list": "a list",
    "dict": "a table",
    "model": "a table",
}


def _explain(model: type[Table], item: dict[str, Any]) -> str:
    """A validation error in this project's words, with the value that was met."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    key = str(item["loc"][-1]) if item["loc"] else ""
    met = f"; met {shown(value)}"
    match kind:
        case "missing":
            return f"'{key}' is required"
        case "extra_forbidden":
            return f"unknown key '{key}'{did_you_mean(key, _known_keys(model, item['loc']))}{met}"
        case "literal_error":
            return f"{shown(value)} is not among {context['expected']}{_nearest(value, context['expected'])}"
        case "value_error":
            return f"{context['error']}{'' if isinstance(value, dict) else met}"
        case "greater_than_equal" | "less_than_equal":
            bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
            return f"{bound} is wanted{met}"
        case "string_too_short":
            return "the text is empty"
        case "string_pattern_mismatch" if key in ("derivation", "experiment"):
            return f"the name of a function is written 'topic.function'{met}"
        case "string_pattern_mismatch":
            return f"a name of letters, digits, '_', '-' and '.' is wanted{met}"
    wanted = _WANTED.get(kind.rsplit("_type", 1)[0])
    return f"{wanted} is wanted{met}" if wanted else f"{item['msg']}{met}"


def _known_keys(model: type[Table], place: Place) -> list[str]:
    from .schema import ClauseTable, HypothesisTable, ReadingTable, WordsTable

    inner: dict[str, type[Table]] = {
        "reading": ReadingTable,
        "clause": ClauseTable,
        "assume": HypothesisTable,
        "hypotheses": HypothesisTable,
        "given": HypothesisTable,
        "hypotheses_words": WordsTable,
    }
    return inner.get(str(place[0]), model).keys() if len(place) > 1 else model.keys()


def _nearest(value: Any, expected: str) -> str:
    return did_you_mean(value, re.findall(r"'([^']*)'", expected)) if isinstance(value, str) else ""
