"""Real data: scikit-learn's handwritten digits, and CSV files with a header, one row an example, last column the
label.

Shapes: inputs (N, d), labels (N,), both float64.
"""

import csv as csv_format
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import linprog


@lru_cache(maxsize=2)
def digits(classes: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """1797 images of 8 x 8 pixels in 0..1 (multiples of 1/16): labels +1 odd, -1 even; or classes 0..9 as 1..10."""
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    labels = digit + 1.0 if classes else np.where(digit % 2 == 1, 1.0, -1.0)
    return pixels / 16.0, labels


def csv(path: str | Path, classes: int | None = None, real: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of a CSV file. Labels are +-1, or 1..`classes`, or any numbers if `real`.

    Raises ValueError naming file, line and column: missing or unreadable file, not UTF-8 text, no rows, a ragged
    row, a cell that is not a finite number, a label outside its set.
    """
    lines = _lines(Path(path))
    if not lines:
        raise ValueError(f"{path}: the file is empty; a header and one row an example are expected")
    (_, header), rows = lines[0], lines[1:]
    if len(header) < 2:
        raise ValueError(f"{path}, line 1: {len(header)} column; at least one input and the label are expected")
    if all(_is_number(cell) for cell in header):
        raise ValueError(f"{path}, line 1: the header is missing: every cell of it is a number")
    if not rows:
        raise ValueError(f"{path}: no rows after the header")
    table = np.array([_numbers(path, header, number, row) for number, row in rows])
    for (number, _), label in zip(rows, table[:, -1], strict=True):
        _check_label(path, number, header[-1], label, classes, real)
    return table[:, :-1], table[:, -1]


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line that is not blank."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a UTF-8 text file (byte {error.start})") from None
    if "\0" in text:
        raise ValueError(f"{path}: not a text file (a zero byte at character {text.index(chr(0))})")
    reader = csv_format.reader(text.splitlines())
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv_format.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(path, header: list[str], line: int, row: list[str]) -> list[float]:
    if len(row) != len(header):
        raise ValueError(f"{path}, line {line}: {len(row)} cells where the header has {len(header)}")
    numbers = []
    for column, cell in zip(header, row, strict=True):
        if not _is_number(cell) or not math.isfinite(float(cell)):
            raise ValueError(f"{path}, line {line}, column {column!r}: {cell!r} is not a finite number")
        numbers.append(float(cell))
    return numbers


def _check_label(path, line: int, column: str, label: float, classes: int | None, real: bool) -> None:
    if real:
        return
    allowed, word = ({-1.0, 1.0}, "-1 or 1") if classes is None else (set(range(1, classes + 1)), f"1 to {classes}")
    if label not in allowed:
        raise ValueError(f"{path}, line {line}, column {column!r}: label {label:g} is not {word}")


def linear_separator(x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Some w (d,) with y_n w.x_n >= 1 for all n, labels of either sign; None if no w separates.

    The linear program maximises s <= 1 subject to y_n w.x_n >= s; its optimum is 1 or 0.
    """
    rows = np.sign(np.asarray(y, float))[:, None] * np.asarray(x, float)
    count, dimension = rows.shape
    cost = np.append(np.zeros(dimension), -1.0)
    answer = linprog(
        cost,
        A_ub=np.hstack([-rows, np.ones((count, 1))]),
        b_ub=np.zeros(count),
        bounds=[(None, None)] * dimension + [(0, 1)],
        method="highs",
    )
    if answer.status != 0 or answer.x[-1] < 0.5:
        return None
    w = answer.x[:-1]
    return w if (rows @ w).min() > 0 else None
