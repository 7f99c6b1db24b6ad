"""Points whose data come from a table: its rows in exact numbers, in place of rounded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from numerics.sampling.data import digits

from ..claim import Setting
from ..statements.table import DIGITS, Row, rows_of


@lru_cache(maxsize=4)
def table(data: str, classes: bool) -> tuple[Row, ...]:
    """Inputs and labels of every row; pixels are multiples of 1/16, so that floats hold them."""
    if data != DIGITS:
        return rows_of(data)
    x, y = digits(classes)
    return tuple(
        (tuple(map(Fraction, row)), Fraction(label)) for row, label in zip(x.tolist(), y.tolist(), strict=True)
    )


@lru_cache(maxsize=4)
def _by_floats(data: str, classes: bool) -> dict[tuple[float, ...], Row]:
    return {(*map(float, x), float(y)): (x, y) for x, y in table(data, classes)}


def exact_rows(inputs: Sequence[Sequence[float]], labels: Sequence[float], setting: Setting) -> list[Row]:
    """The rows of the table that these floats stand for."""
    rows = _by_floats(setting.data, setting.loss == "cross-entropy")
    return [rows[(*x, y)] for x, y in zip(inputs, labels, strict=True)]


def are_of_table(x: Sequence[tuple[Fraction, ...]], y: Sequence[Any], setting: Setting) -> bool:
    """Whether examples are rows of the table, each as often as it has them at most; in order if they are all."""
    rows = table(setting.data, setting.loss == "cross-entropy")
    mine = [(row, Fraction(label)) for row, label in zip(x, y, strict=True)]
    if len(rows) == len(mine):
        return mine == list(rows)
    return not Counter(mine) - Counter(rows)
