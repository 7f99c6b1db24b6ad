"""`[setting.NAME]` tables to settings, and settings with something added."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..claim import Setting
from ..formula.errors import did_you_mean
from .data import check_csv, count_rows, is_path, linearly_separable
from .formulas import Formulas
from .locate import Place
from .schema import DATA, Hypotheses, HypothesisTable, SettingTable, shown
from .source import CONTROL, Source


@dataclass(frozen=True)
class Declared:
    """A setting as a file declares it, kept with its own table so that a claim may add to it."""

    setting: Setting
    table: dict[str, Any] = field(compare=False)
    source: Source = field(compare=False)
    digest: str = ""


def declare(name: str, raw: Any, source: Source, place: Place, shapes: bool = True) -> Declared | None:
    """The setting of a table, or None with its mistakes noted."""
    before = len(source.mistakes)
    table = source.validated(SettingTable, raw, place)
    if table is None:  # its formulas are read all the same
        for i, hypothesis in enumerate(_hypotheses(raw)):
            Formulas(source, shapes).hypothesis(hypothesis, (*place, "assume", i), ())
        return None
    data = _data(table, source, place)
    setting = _noun(name, table, data)
    assume = tuple(
        Formulas(source, shapes).hypothesis(h, (*place, "assume", i), (setting,)) for i, h in enumerate(table.assume)
    )
    if len(source.mistakes) > before:
        return None
    return Declared(_noun(name, table, data, assume), raw, source, digest(raw, data))


def _hypotheses(raw: Any) -> list[HypothesisTable]:
    """The hypotheses of a table that is wrong elsewhere."""
    try:
        return TypeAdapter(Hypotheses).validate_python(raw.get("assume", []) if isinstance(raw, dict) else [])
    except ValidationError:
        return []


def strengthened(base: Declared, extra: dict[str, Any], source: Source, place: Place, shapes: bool) -> Declared | None:
    """The setting under the further assumptions of a claim's `assuming` table."""
    raw = {**base.table, **extra}
    if isinstance(extra.get("assume"), list):
        raw["assume"] = [*extra["assume"], *base.table.get("assume", [])]
    if "data" not in extra and is_path(base.setting.data):
        raw["data"] = base.setting.data
    return declare(f"{base.setting.name}+assuming", raw, source, place, shapes)


def _noun(name: str, table: SettingTable, data: str, assume: tuple = ()) -> Setting:
    keys = set(SettingTable.model_fields) - {"assume", "data"}
    return Setting(name=name, data=data, assume=assume, **{key: getattr(table, key) for key in keys})


def _data(table: SettingTable, source: Source, place: Place) -> str:
    """The kind of data, or the full path of a CSV that fits the setting."""
    if table.data in DATA:
        return table.data
    place = (*place, "data")
    if not is_path(table.data):
        words = ", ".join(DATA)
        hint = did_you_mean(table.data, DATA)
        source.fail(place, f"{shown(table.data)} is neither one of {words} nor the path of a .csv file{hint}")
        return table.data
    if CONTROL.search(table.data):
        return DATA[0]  # the mistake was told when the file was read
    folder = source.path.resolve().parent
    path = (folder / table.data).resolve()
    if not path.is_relative_to(folder):
        source.fail(
            place, f"{shown(table.data)} lies outside the claim file's folder; put the data beside the claim file"
        )
        return table.data
    wrong = list(check_csv(path, table))
    for line, message in wrong:
        told = f"{table.data}, line {line}: {message}" if line else f"{table.data}: {message}"
        source.fail(place, told)
    if not wrong and _must_separate(table, path) and not linearly_separable(path):
        source.fail(
            place,
            f"{table.data} is not linearly separable, but start = '{table.start}' asks for separating weights",
        )
    return str(path)


def _must_separate(table: SettingTable, path: Path) -> bool:
    """Whether weights are to separate every row of the file; of a longer file some rows are drawn."""
    binary = table.loss in ("exponential", "logistic")
    separating = table.start in ("separating", "balanced", "equal-norms")
    one_layer = all(len(w) == 2 for w in table.widths) and not table.output_activation
    return binary and separating and (table.network == "linear" or one_layer) and count_rows(path) == table.examples


def digest(table: Any, data: str = "") -> str:
    """A digest of a table, and of the file of data that it names."""
    canonical = json.dumps(table, sort_keys=True, default=str)
    result = hashlib.sha256(canonical.encode())
    if is_path(data) and os.path.isfile(data):
        try:
            with open(data, "rb") as file:
                result.update(file.read())
        except OSError:
            return ""  # told already, as a file that cannot be read
    return result.hexdigest()
