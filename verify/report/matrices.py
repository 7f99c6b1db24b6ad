"""The matrices of a witness as LaTeX, from exact numbers given as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_ROWS, MOST_COLUMNS = 12, 12  # beyond these a page shows the size alone
_RATIONAL = re.compile(r"(-?)(\d{1,24})(?:/(\d{1,24}))?")
_DECIMAL = re.compile(r"-?\d{1,24}\.\d{1,24}(e[-+]?\d{1,5})?")


@dataclass(frozen=True)
class Matrix:
    """A named matrix.

    Attributes:
        name: LaTeX.
        latex: the entries, or "" if there are too many to print.
        size: such as "3 × 4".
    """

    name: str
    latex: str
    size: str


def matrices(witness: Mapping[str, Any]) -> tuple[Matrix, ...]:
    """W_1, ..., W_K, the inputs as the rows of X, and the labels."""
    found = [_matrix(f"W_{{{k}}}", rows) for k, rows in enumerate(witness.get("W") or (), 1)]
    if witness.get("x"):
        found.append(_matrix("X", witness["x"]))
    if witness.get("y"):
        labels = witness["y"]
        targets = labels if isinstance(labels[0], list | tuple) else [[label] for label in labels]
        found.append(_matrix("y", targets))
    return tuple(found)


def _matrix(name: str, rows: Sequence[Sequence[Any]]) -> Matrix:
    rows = [row if isinstance(row, list | tuple) else [row] for row in rows]
    size = f"{len(rows)} × {max(map(len, rows), default=0)}"
    if len(rows) > MOST_ROWS or max(map(len, rows), default=0) > MOST_COLUMNS:
        return Matrix(name, "", size)
    gap = r" \\[0.35em] " if any("/" in str(entry) for row in rows for entry in row) else r" \\ "
    lines = gap.join(" & ".join(exact_number(entry) for entry in row) for row in rows)
    return Matrix(name, rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}", size)


def exact_number(value: Any) -> str:
    """A number as LaTeX; what is none becomes a question mark, so that no text enters mathematics unread."""
    text = str(value).strip()
    if match := _RATIONAL.fullmatch(text):
        sign, above, below = match.groups()
        return f"{sign}{above}" if below is None else rf"{sign}\tfrac{{{above}}}{{{below}}}"
    return text if _DECIMAL.fullmatch(text) else "?"
