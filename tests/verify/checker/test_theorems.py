"""Theorems are taken by name where their hypotheses hold, and for what they say alone."""

import pytest

from verify.checker.proofs import Verdict, check_proof
from verify.checker.theorems import theorem_for

LINE = {"network": "linear", "widths": ((5, 1),), "data": "separable"}
DEEP = {"network": "linear", "widths": ((5, 3, 1),), "data": "separable", "start": "separating"}

SAID = [
    ("limit(vec(V[1])) == svm", LINE, "", "max-margin bias"),
    ("asymptotic(rho[1], log(t)/max_margin)", LINE, "", "max-margin bias"),
    ("diverges(norm(W[1]))", LINE, "", "max-margin bias"),
    ("independent_of_start(limit(V[2] @ V[1]))", DEEP, "", "deep max-margin bias"),
    ("converges(V[2])", {}, "N*L < 1", "loss below one example"),
    ("outgrows(log(t), rho[1])", {}, "N*L < 1", "loss below one example"),
    ("converges(L)", {"weight_decay": "any", "loss": "square"}, "", "descent of tame functions"),
]
NOT_SAID = [
    ("limit(vec(V[1])) == svm", LINE | {"data": "generic"}, ""),
    ("limit(vec(V[1])) == svm", LINE | {"flow": "constrained"}, ""),
    ("limit(vec(V[1])) == svm", LINE | {"weight_decay": "any"}, ""),
    ("limit(vec(V[1])) == svm", LINE | {"loss": "square"}, ""),
    ("limit(vec(V[1])) == svm", LINE | {"widths": ((5, 1), (5, 3, 1))}, ""),
    ("limit(vec(V[1])) == min_norm", LINE, ""),
    ("asymptotic(rho[1], log(t))", LINE, ""),
    ("asymptotic(rho[1], max_margin*log(t))", LINE, ""),
    ("independent_of_start(limit(W[1]))", LINE, ""),
    ("independent_of_start(limit(V[1]))", DEEP, ""),  # of the product alone
    ("independent_of_start(limit(V[1] @ V[2]))", DEEP, ""),
    ("independent_of_start(limit(margin))", {"start": "separating"}, ""),
    ("converges(V[2])", {}, ""),
    ("converges(V[2])", {}, "N*L < 2"),
    ("converges(V[2])", {"average": False}, "N*L < 9"),
    ("converges(V[2])", {"loss": "logistic"}, "N*L < 1"),  # log 2 is below 1
    ("converges(W[2])", {}, "N*L < 1"),
    ("converges(V[2])", {"network": "smooth"}, "N*L < 1"),
    ("outgrows(log(t), rho[1])", {"network": "linear", "widths": ((5, 1),)}, "N*L < 1"),
    ("asymptotic(rho*margin, log(t))", {"network": "power"}, "N*L < 1"),
    ("converges(L)", {"flow": "fixed-rho"}, ""),
    ("limit(L) == 0", {}, ""),
]


@pytest.mark.parametrize(("text", "changes", "assumed", "name"), SAID)
def test_what_theorems_say(statement, setting, hypothesis_of, text, changes, assumed, name):
    here = setting(**changes, assume=(hypothesis_of(assumed),) if assumed else ())
    s = statement(text, here)
    assert theorem_for(s.formula, s, here) == name
    word = check_proof(s, here, {"scope": "general", "detail": {"decision": "theorem"}})
    assert (word.verdict, word.theorems) == (Verdict.TRUSTED, (name,))


@pytest.mark.parametrize(("text", "changes", "assumed"), NOT_SAID)
def test_what_they_do_not_say(statement, setting, hypothesis_of, text, changes, assumed):
    here = setting(**changes, assume=(hypothesis_of(assumed),) if assumed else ())
    s = statement(text, here)
    forged = {
        "scope": "general",
        "detail": {"decision": "theorem"},
        "rests_on": [{"kind": "theorem", "name": "max-margin bias"}],
    }
    assert check_proof(s, here, forged).verdict == Verdict.UNCOVERED


def test_a_conjunction_with_more_than_a_theorem_says(statement, setting):
    s = statement("diverges(rho) and limit(vec(V[1])) == 2*svm", setting(**LINE))
    assert (
        check_proof(s, s.settings[0], {"scope": "general", "detail": {"decision": "theorem"}}).verdict
        == Verdict.UNCOVERED
    )


def test_the_second_order_condition_is_about_minima(statement, setting):
    text, here = "eigmin(hess(L)) >= 0", setting()
    at_minima = statement(text, here, at="minimum")
    assert theorem_for(at_minima.formula, at_minima, here) == "second-order condition"
    assert not theorem_for(at_minima.formula, statement(text, here, at="stationary"), here)


def test_every_name_is_one_of_the_trust_list():
    from derivations.book.trust import TRUST
    from verify.checker.theorems import THEOREMS

    assert {t.name for t in THEOREMS} <= set(TRUST)
