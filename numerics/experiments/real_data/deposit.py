"""The numbers that the PNAS paper's authors deposited (github.com/liaoq/pnas2019, one commit), where they are at hand.

**Main results.** pnas20/data-availability (`contents`); the recorded quantities of pnas20/fig2-left, fig2-right,
fig2-ranking, small-gap-normalised.

The tables are read from the folder that the environment variable PNAS2019_DATA names, else from
`shared/data/pnas2019` beside the repository. They are not part of it: without them every quantity is None, not at
hand. What they record are residual networks of 56 layers with batch normalisation, not the three layers of the
paper's caption, and "normalised" there means divided by the length of the outputs on one image.

Series: A 29 networks, B 16, C 30 of which 16 from starts of ordinary size (`core`, scale at most 1.3).
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

from .estimates import Interval, bootstrap, correlation, known, rank_correlation, slope

VARIABLE = "PNAS2019_DATA"
BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "pnas2019"
CORE = 1.3
Quantities = dict[str, Interval | None]


def folder() -> Path | None:
    """Where the tables are, or None."""
    named = os.environ.get(VARIABLE)
    place = Path(named) if named is not None else BESIDE
    return place if (place / "nets.csv").is_file() else None


def table(name: str) -> list[dict[str, str]] | None:
    """The rows of a table, or None where it is not at hand."""
    place = folder()
    if place is None or not (place / name).is_file():
        return None
    with (place / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def series() -> dict[str, dict[str, np.ndarray]]:
    """The columns of numbers of series A, B and of the core of C; nothing where the table is not at hand."""
    rows = table("nets.csv") or []
    columns = (
        "train_loss_last",
        "test_loss_last",
        "train_error_last",
        "test_error_last",
        "refnorm_train_loss",
        "refnorm_train_error",
        "refnorm_test_loss",
    )
    found = {}
    for letter in "ABC":
        chosen = [r for r in rows if r["series"] == letter and (letter != "C" or float(r["init_scale"]) <= CORE)]
        if chosen:
            found[letter.lower()] = {c: np.array([float(r[c]) for r in chosen]) for c in columns}
    return found


def of_each(words: dict[str, tuple[str, ...]], measure: dict[str, object]) -> Quantities:
    """`recorded_WORD_SERIES` for every word: a statistic of columns; None where the table is not at hand."""
    at_hand = series()
    found: Quantities = {}
    for word, columns in words.items():
        for letter in "abc":
            name = f"recorded_{word}_{letter}"
            values = [at_hand[letter][c] for c in columns] if letter in at_hand else None
            found[name] = None if values is None else measure[word](*values)  # type: ignore[operator]
    return found


def errors() -> Quantities:
    """Least training error on record, spread of the test errors, and raw training against test loss."""
    return of_each(
        {
            "least_train_error": ("refnorm_train_error",),
            "test_error_spread": ("test_error_last",),
            "raw_correlation": ("train_loss_last", "test_loss_last"),
        },
        {
            "least_train_error": lambda e: known(e.min()),
            "test_error_spread": lambda e: known(np.ptp(e)),
            "raw_correlation": lambda x, y: bootstrap(correlation, x, y),
        },
    )


def normalised_line() -> Quantities:
    """The line through the normalised losses, and the mean of test less training loss: its intercept at slope one."""
    both = ("refnorm_train_loss", "refnorm_test_loss")
    return of_each(
        {"slope": both, "intercept": both},
        {"slope": lambda x, y: bootstrap(slope, x, y), "intercept": lambda x, y: bootstrap(np.mean, y - x)},
    )


def ranking() -> Quantities:
    """Rank correlation with the test error, of the normalised test loss and of the test loss as it is."""
    return of_each(
        {
            "rank_correlation": ("refnorm_test_loss", "test_error_last"),
            "raw_rank_correlation": ("test_loss_last", "test_error_last"),
        },
        dict.fromkeys(("rank_correlation", "raw_rank_correlation"), lambda x, y: bootstrap(rank_correlation, x, y)),
    )


def contents() -> Quantities:
    """How many files the deposit holds, and how many of them for each figure with measured data."""
    rows = table("manifest.csv")
    names = None if rows is None else [r["origin_file"] for r in rows]
    count = {w: None if names is None else known(sum(n.startswith(f"{w}/") for n in names)) for w in ("fig2", "fig3")}
    return {
        "recorded_files": None if names is None else known(len(names)),
        "recorded_files_of_fig2": count["fig2"],
        "recorded_files_of_fig3": count["fig3"],
    }
