"""Bounds of extremes are bounds of every term; signs pass through exponentials and logarithms."""

import pytest

from verify.exact.extremes import every_term
from verify.exact.prove import decide
from verify.formula import parse
from verify.formula.text import to_text

SETTINGS = """
[setting.relu]
network = "relu"
widths = [4, 3, 2, 1]
examples = 5
loss = "exponential"

[setting.logistic]
network = "linear"
widths = [3, 2, 1]
examples = 4
loss = "logistic"
"""


@pytest.mark.parametrize(
    "formula, each",
    [
        ("min(n, f[n]) > 1", "f[n] > 1"),
        ("1 <= min(n, f[n])", "f[n] >= 1"),
        ("max(n, f[n]) < L", "f[n] < L"),
        ("margin > 0", "y[n]*fV[n] > 0"),
        ("min(n, f[n]) > f[i]", "f[n] > f[i]"),
    ],
)
def test_an_extreme_is_taken_apart(formula, each):
    term, over = every_term(parse(formula, ["i"]), {"i"}, labelled=True)
    assert to_text(term) == each and (to_text(over.low), to_text(over.high)) == ("1", "N")


def test_indices_do_not_meet():
    term, over = every_term(parse("min(n, f[n]) > 0"), {"n", "n_"}, labelled=True)
    assert over.index == "n__" and to_text(term) == "f[n__] > 0"


@pytest.mark.parametrize(
    "formula", ["min(n, f[n]) < 0", "max(n, f[n]) >= 0", "min(n, f[n]) == 0", "f[1] > 0", "L != 0"]
)
def test_other_relations_are_left_alone(formula):
    assert every_term(parse(formula), set(), labelled=True) is None


def test_a_margin_between_classes_is_no_minimum_over_examples():
    assert every_term(parse("margin > 0"), set(), labelled=False) is None


TRUE = [
    ("relu", "implies(N*L < 1, y[n]*f[n] > 0)", "for = { n = '1..N' }"),
    ("relu", "implies(N*L < 1, margin > 0)", ""),
    ("logistic", "implies(N*L < log(2), margin > 0)", ""),
    ("logistic", "implies(margin > 0, min(n, y[n]*f[n]) > 0)", ""),
    ("relu", "min(k, rho[k]) >= 0", ""),
]
FALSE = [
    ("relu", "implies(N*L < 2, margin > 0)", ""),
    ("relu", "implies(L < 1, margin > 0)", ""),
    ("relu", "implies(margin > 0, N*L < 1)", ""),
    ("logistic", "implies(N*L < log(3), margin > 0)", ""),
    ("logistic", "implies(N*L < 1, margin > 0)", ""),
    ("logistic", "implies(N*L > log(2), margin < 0)", ""),
    ("relu", "min(k, rho[k]) > 1", ""),
    ("relu", "margin > 0", ""),
]


@pytest.mark.parametrize("setting, formula, more", TRUE)
def test_true(one_claim, setting, formula, more):
    claim = one_claim(SETTINGS, setting, formula, more)
    found = decide(claim.printed, claim.settings[0])
    assert found.outcome == "proved", found.message


@pytest.mark.parametrize("setting, formula, more", FALSE)
def test_false(one_claim, setting, formula, more):
    claim = one_claim(SETTINGS, setting, formula, more)
    assert decide(claim.printed, claim.settings[0]).outcome != "proved"
