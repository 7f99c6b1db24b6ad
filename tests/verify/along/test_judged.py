"""Statements about whole trajectories, judged from both worlds."""

import pytest

from verify.evidence import Exact, Simulated
from verify.verdict import judge


def simulated(result):
    return next(e for e in result["printed"]["evidence"] if e["kind"] == "simulated")


PROVED = [
    "limit(V[1]) == svm",
    "asymptotic(rho[1], log(t)/max_margin)",
    "independent_of_start(limit(V[1]))",
    "limit(L) == 0 and diverges(rho)",
    "limit(margin) == max_margin",
]


@pytest.mark.parametrize("formula", PROVED)
def test_one_layer_on_separable_data_is_decided_by_the_theorem(judged, formula):
    _, result = judged("line", formula)
    assert result["printed"]["verdict"] == "proved"


SUPPORTED = [
    ("line", "limit(log(L)/log(t)) == -1"),
    ("line", "outgrows(t, rho)"),
    ("line", "bounded(rho*max_margin - log(t))"),
    ("line", "limit(t*L) > 0"),
    ("deep", "diverges(rho)"),
    ("deep", "limit(rho[1]/rho[2]) == 1"),
    ("nonseparable", "converges(W[1]) and independent_of_start(limit(W[1]))"),
    ("nonseparable", "limit(L) > 0"),
    ("square", "limit(L) == 0"),
    ("square", "limit(null_projector(X) @ W[1].T) == null_projector(X) @ W[1].T"),
    ("ridge", "independent_of_start(limit(W[1]))"),
    ("deep", "implies(limit(L) == 0, diverges(rho))"),
]


@pytest.mark.parametrize(("setting", "formula"), SUPPORTED)
def test_runs_agree(judged, setting, formula):
    _, result = judged(setting, formula)
    assert result["printed"]["verdict"] in ("supported", "proved"), result["printed"]["message"]
    assert simulated(result)["violations"] == 0 < simulated(result)["instances"]


CONTRADICTED = [
    ("line", "bounded(rho*max_margin - log(t) - log(log(t)))"),  # log t is told from log t + log log t
    ("line", "limit(rho*max_margin - log(t)) == 1000"),
]


@pytest.mark.parametrize(("setting", "formula"), CONTRADICTED)
def test_a_fitted_rate_alone_refutes_nothing(judged, setting, formula):
    _, result = judged(setting, formula)
    assert simulated(result)["violations"] > 0
    assert (result["printed"]["verdict"], result["printed"]["witness"]) == ("undecided", None)
    assert result["printed"]["message"]


def test_a_witness_makes_the_verdict(judged):
    _, result = judged("line", "asymptotic(rho[1], log(t))")
    assert result["printed"]["verdict"] == "refuted"
    assert result["printed"]["witness"]["replay"].startswith("verify show p/c")


def test_starts_that_cannot_tell_do_not_agree():
    silent = Simulated(3, 0, 0.0, 0.0, reasons={"too slow": 5})
    judgement = judge([Exact("undecided", "instances"), silent], owed=False)
    assert judgement.verdict == "undecided" and "5 cannot tell (5 too slow)" in judgement.message


def test_two_audits_give_one_result(judged):
    first, second = (judged("line", "outgrows(t, rho)")[1]["printed"] for _ in range(2))
    for each in (first, second):
        for e in each["evidence"]:
            e.pop("seconds")
    assert first == second
