"""Theorems of the trust list: what they prove word for word, and what they do not."""

import pytest

from verify.along import decide_along

PROVED = [
    ("line", "limit(V[1]) == svm", "max-margin bias"),
    ("line-of-units", "limit(L) == 0 and diverges(rho)", "max-margin bias"),
    ("line", "asymptotic(max_margin*rho, log(t))", "max-margin bias"),
    ("deep", "independent_of_start(limit(margin))", "deep max-margin bias"),
    ("deep", "independent_of_start(limit(V[2] @ V[1])) and limit(L) == 0", "deep max-margin bias"),
    ("deep", "asymptotic(rho*margin, log(t))", "deep max-margin bias"),
    ("deep", "implies(diverges(rho), converges(V[1]))", "deep max-margin bias"),
    ("fitted", "limit(L) == 0 and diverges(rho) and converges(V[1])", "loss below one example"),
    ("fitted", "limit(margin) > 0", "loss below one example"),
    ("one", "converges(V[2]) and outgrows(log(t), rho[1])", "loss below one example"),
    ("fitted", "asymptotic(rho*margin, log(t))", "loss below one example"),
    ("relu", "converges(L) and bounded(L)", "descent of tame functions"),
    ("ridge", "nonincreasing(L) and converges(L)", "descent of tame functions"),
]


@pytest.mark.parametrize(("setting", "formula", "theorem"), PROVED)
def test_what_a_theorem_says_is_proved(claimed, setting, formula, theorem):
    statement = claimed(setting, formula).printed
    found = decide_along(statement, statement.settings[0])
    assert found.outcome == "proved"
    assert theorem in found.detail["theorem"]


UNDECIDED = [
    ("deep-random", "limit(L) == 0"),  # a start at rest
    ("deep", "independent_of_start(limit(V[1]))"),  # -V[1] from the mirror image
    ("deep", "asymptotic(rho[1]*margin, log(t))"),  # a layer grows like the root
    ("deep", "limit(L) == 1"),
    ("separating", "limit(L) == 0"),  # an example may be lost
    ("separating", "converges(V[1])"),
    ("relu", "limit(L) == 0"),
    ("constrained", "independent_of_start(limit(margin))"),
    ("constrained", "converges(L)"),
    ("fitted", "independent_of_start(limit(margin))"),
    ("fitted", "limit(margin) >= 1"),
    ("fitted", "outgrows(log(t), rho)"),
    ("separating", "outgrows(log(t), rho[1])"),
    ("square", "diverges(rho)"),
]


@pytest.mark.parametrize(("setting", "formula"), UNDECIDED)
def test_what_no_theorem_says_is_not(claimed, setting, formula):
    statement = claimed(setting, formula).printed
    assert decide_along(statement, statement.settings[0]).outcome == "undecided"


def test_a_loss_that_is_not_below_one_example_is_no_such_hypothesis(claimed):
    statement = claimed("fitted", "limit(L) == 0", "assuming = { assume = ['N*L < 2'] }\ncorrected = 'limit(L) == 0'")
    assert decide_along(statement.printed, statement.printed.settings[0]).outcome == "proved"
    weak = claimed("separating", "limit(L) == 0", "assuming = { assume = ['N*L < 2'] }\ncorrected = 'limit(L) == 0'")
    assert decide_along(weak.corrected, weak.corrected.settings[0]).outcome == "undecided"
