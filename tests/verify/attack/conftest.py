"""Statements and settings written shortly."""

import pytest

from verify.claim import Hypothesis, Setting, Statement
from verify.formula import check_statement, parse
from verify.formula.shapes import Range

RELU = Setting("relu", "relu", ((4, 3, 2, 1),), 5, "exponential")


def _ranges(table):
    ends = {name: text.split("..") for name, text in table.items()}
    return tuple(Range(i, parse(low, list(table)), parse(high, list(table))) for i, (low, high) in ends.items())


def _setting(**changes):
    return Setting(**{**vars(RELU), **changes})


def _statement(text, setting, at="any", after=None, **table):
    formula, ranges = parse(text, list(table)), _ranges(table)
    for widths in setting.widths:
        check_statement(formula, ranges, setting.sizes(widths), text)
    return Statement(text, formula, (setting,), ranges, at, after)


@pytest.fixture(scope="session")
def setting():
    """A ReLU network of three layers with changes."""
    return _setting


@pytest.fixture(scope="session")
def statement():
    """A formula in a setting, its indices given as k='1..K'."""
    return _statement


@pytest.fixture(scope="session")
def hypothesis_of():
    return lambda text, **table: Hypothesis(text, parse(text, list(table)), _ranges(table))
