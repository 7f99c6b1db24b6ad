"""A stored point shows what is so at it, if it is admissible; a forged one shows nothing.

By hand: one linear layer, w = (1 0), x_1 = (1 0), x_2 = (0 1), y = (2, 1), square loss: hess(L) = I, f = (1, 0).
"""

import pytest
from flint import arb_mat

from verify.checker.existence import least_distinct, least_rank
from verify.checker.proofs import Verdict, check_proof

SQUARE = {"network": "linear", "widths": ((2, 1),), "examples": 2, "loss": "square"}
LABELLED = SQUARE | {"loss": "exponential"}
POINT = {"W": [[["1", "0"]]], "x": [["1", "0"], ["0", "1"]], "y": ["2", "1"], "widths": [2, 1], "indices": {}}
SIGNS = {**POINT, "y": ["1", "-1"]}


def word(statement, **changes):
    points = [{**POINT, **changes}]
    detail = {"decision": "certified points", "points": points}
    return check_proof(statement, statement.settings[0], {"scope": "instances", "detail": detail}).verdict


@pytest.mark.parametrize(
    "text",
    [
        "somewhere(f[1] > f[2])",
        "somewhere(L < 2 and L > 1/2)",
        "somewhere(rank(hess(L)) > 1)",
        "somewhere(rank(hess(L)) == N)",
        "somewhere(eigmax(hess(L)) > 9/10)",
        "somewhere(eigmin(hess(L)) < 11/10)",
        "somewhere(f[1] != y[1])",
    ],
)
def test_what_the_point_shows(statement, setting, text):
    assert word(statement(text, setting(**SQUARE))) == Verdict.ACCEPTED


@pytest.mark.parametrize(
    "text",
    [
        "somewhere(f[1] < f[2])",
        "somewhere(L > 1)",  # L = 1 there
        "somewhere(L < 1)",
        "somewhere(L == 1)",  # balls show no equality
        "somewhere(rank(hess(L)) > 2)",
        "somewhere(rank(hess(L)) < 2)",
        "somewhere(eigmin(hess(L)) < 1)",
        "somewhere(distinct(hess(L)) > 1)",
        "f[1] > f[2]",  # at every point
        "L < 2",
    ],
)
def test_what_it_does_not_show(statement, setting, text):
    assert word(statement(text, setting(**SQUARE))) != Verdict.ACCEPTED


@pytest.mark.parametrize(
    "changes",
    [
        {"W": [[["0", "0"]]]},  # a layer that is zero
        {"x": [["1", "0"], ["2", "0"]]},  # not in general position
        {"x": [["1", "0"]], "y": ["2"]},  # another number of examples
        {"widths": [3, 1]},
        {"indices": {"n": 1}},
        {"W": []},
    ],
)
def test_points_that_are_not_admissible(statement, setting, changes):
    s = statement("somewhere(f[1] + f[2] > -9 and L > -1)", setting(**SQUARE))
    assert word(s) == Verdict.ACCEPTED
    assert word(s, **changes) != Verdict.ACCEPTED


def test_hypotheses_hold_at_the_point(statement, setting, hypothesis_of):
    s = statement("somewhere(L > 0)", setting(**LABELLED))
    assert word(s, **SIGNS) == Verdict.ACCEPTED
    assert word(s, **{**SIGNS, "y": ["1", "1"]}) != Verdict.ACCEPTED  # one class alone
    apart = statement("somewhere(L > 0)", setting(**LABELLED, start="separating"))
    assert word(apart, **SIGNS) != Verdict.ACCEPTED  # f_2 = 0
    assert word(apart, **{**SIGNS, "W": [[["1", "-1"]]]}) == Verdict.ACCEPTED
    small = statement("somewhere(L > 0)", setting(**LABELLED, assume=(hypothesis_of("N*L < 1"),)))
    assert word(small, **{**SIGNS, "W": [[["1", "-1"]]]}) == Verdict.ACCEPTED
    assert word(small, **SIGNS) != Verdict.ACCEPTED


def test_kinks_are_outside_of_the_domain(statement, setting):
    s = statement("somewhere(norm(grad(L, W[1])) > 0)", setting(widths=((2, 1, 1),), examples=2, loss="square"))
    here = {"widths": [2, 1, 1], "W": [[["1", "0"]], [["1"]]]}
    assert word(s, **here) != Verdict.ACCEPTED  # the second example is on the kink
    assert word(s, **here, x=[["1", "0"], ["1", "1"]]) == Verdict.ACCEPTED


def test_counts_by_hand():
    matrix = arb_mat([[2, 0, 0], [0, 2, 0], [0, 0, 5]])
    assert (least_rank(matrix), least_distinct(matrix)) == (3, 2)
    assert least_rank(arb_mat([[1, 2], [2, 4]])) == 1
    assert least_distinct(arb_mat([[0, 0], [0, 0]])) == 0
