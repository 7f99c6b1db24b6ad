"""Data that a setting takes from a table: a CSV file in exact numbers, or the handwritten digits.

Such examples are what they are: inputs may repeat, be 0 or depend on each other. Only drawn data, `generic`,
`separable` and `nonseparable`, are in general position.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from ..claim import Setting

DRAWN = ("generic", "separable", "nonseparable")
DIGITS = "digits"

Row = tuple[tuple[Fraction, ...], Fraction]  # input, label


def in_general_position(setting: Setting) -> bool:
    """Whether every min(N, d) inputs are independent, whatever the data are."""
    return setting.data in DRAWN


def all_rows(setting: Setting) -> tuple[Row, ...] | None:
    """Inputs and labels if the examples are a whole CSV file, row n the n-th; None for other data."""
    if in_general_position(setting) or setting.data == DIGITS:
        return None
    rows = rows_of(setting.data)
    return rows if len(rows) == setting.examples else None


@lru_cache(maxsize=16)
def rows_of(path: str) -> tuple[Row, ...]:
    """The rows of a CSV file that was checked when it was read, in the decimals that it is written in."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        lines = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    numbers = [tuple(Fraction(cell.strip()) for cell in row) for row in lines[1:]]
    return tuple((row[:-1], row[-1]) for row in numbers)
