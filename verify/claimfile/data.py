"""A user's CSV of examples, checked before anything runs: one header, one row an example, labels last."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path

from .schema import SettingTable, shown

MAX_BYTES = 50_000_000
MAX_TOLD = 5  # mistakes told of one file
UNFIT = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")  # some end a line for one reader only

Row = tuple[int, list[float]]  # line in the file, numbers


def is_path(data: str) -> bool:
    """Whether a setting's `data` names a file."""
    return data.lower().endswith(".csv") or "/" in data


def count_rows(path: Path) -> int:
    """Examples in a file that `check_csv` passes."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return sum(1 for row in csv.reader(file) if row) - 1


def check_csv(path: Path, table: SettingTable) -> Iterator[tuple[int, str]]:
    """Line and message of what is wrong with a file of data for a setting."""
    try:
        if path.exists() and not path.is_file():  # a pipe would not end, nor would a device
            yield 0, "not a file"
            return
        if path.stat().st_size > MAX_BYTES:
            yield 0, f"the file is longer than {MAX_BYTES // 1_000_000} MB"
            return
        with path.open(newline="", encoding="utf-8-sig") as file:
            text = file.read()
        if odd := UNFIT.search(text):
            yield text.count("\n", 0, odd.start()) + 1, f"not a CSV file: a control character, {odd[0]!r}"
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        yield 0, f"cannot be read: {error.strerror or error}"
        return
    except (csv.Error, UnicodeDecodeError) as error:
        yield 0, f"not a CSV file in UTF-8: {error}"
        return
    yield from _check_rows(lines, table)


def _check_rows(lines: list[tuple[int, list[str]]], table: SettingTable) -> Iterator[tuple[int, str]]:
    if not lines:
        yield 0, "the file is empty; a header and one row an example are wanted"
        return
    if all(_number(cell) is not None for cell in lines[0][1]):
        yield lines[0][0], "the first row has numbers only: a header with the names of the columns is wanted"
        return
    rows: list[Row] = []
    told = 0
    for line, cells in lines[1:]:
        message = _wrong_row(cells, len(lines[0][1]), quoted=not told)
        if message is None:
            rows.append((line, [float(c) for c in cells]))
            continue
        told += 1
        if told <= MAX_TOLD:
            yield line, message
    if told > MAX_TOLD:
        yield 0, f"{told - MAX_TOLD} more rows are wrong in the same ways"
    if not told:
        yield from _check_examples(rows, len(lines[0][1]), table)


def _wrong_row(cells: list[str], columns: int, quoted: bool) -> str | None:
    """What is wrong with a row. One cell of a file is quoted, no more: the file may be somebody's secret."""
    if len(cells) != columns:
        return f"{len(cells)} cells in this row, {columns} in the header"
    odd = next((c for c in cells if _number(c) is None), None)
    if odd is None:
        return None
    return f"{shown(odd) if quoted else f'cell {cells.index(odd) + 1}'} is not a finite number"


def _check_examples(rows: list[Row], columns: int, table: SettingTable) -> Iterator[tuple[int, str]]:
    """Sizes and labels against the setting."""
    if len(rows) < table.examples:
        yield 0, f"{len(rows)} rows of data, but examples = {table.examples}"
    for widths in table.widths:
        if columns != widths[0] + 1:
            yield 1, f"{columns} columns, but widths {list(widths)} want {widths[0]} inputs and one label"
        if table.loss == "square" and widths[-1] > 1:
            yield 1, f"one column of labels, but {widths[-1]} outputs; a CSV gives scalar targets"
    told = 0
    for line, numbers in rows:
        message = _wrong_label(numbers[-1], table)
        if message and told < MAX_TOLD:
            told += 1
            yield line, message


def _wrong_label(label: float, table: SettingTable) -> str | None:
    if table.loss == "square":
        return None
    if table.loss == "cross-entropy":
        classes = min(w[-1] for w in table.widths)
        fits = label.is_integer() and 1 <= label <= classes
        return None if fits else f"label {label:g}: the classes are the integers 1 to {classes}"
    return None if label in (1.0, -1.0) else f"label {label:g}: labels are 1 and -1 for loss = '{table.loss}'"


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def linearly_separable(path: Path) -> bool:
    """Whether some w has y_n w.x_n > 0 for every row of a file that `check_csv` passes."""
    from numerics.sampling.data import csv as load
    from numerics.sampling.data import linear_separator

    return linear_separator(*load(path)) is not None
