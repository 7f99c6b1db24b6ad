"""Statements about whole trajectories: what the runs say, what a theorem proves, what an exact start refutes."""

import json

import pytest

from verify.audit import audit
from verify.claimfile import read
from verify.evidence import Exact, Simulated, as_json
from verify.options import Options
from verify.refute import replay
from verify.along import refute_along
from verify.verdict import judge

SETTINGS = """
format = 1
[paper]
key   = 'p'
title = 'p'
[setting.line]
network = 'linear'
widths = [3, 1]
examples = 4
loss = 'exponential'
data = 'separable'
start = 'separating'
[setting.square]
network = 'linear'
widths = [4, 1]
examples = 3
loss = 'square'
[setting.nonseparable]
network = 'linear'
widths = [3, 1]
examples = 6
loss = 'exponential'
data = 'nonseparable'
[setting.deep]
network = 'linear'
widths = [3, 2, 1]
examples = 4
loss = 'exponential'
data = 'separable'
start = 'separating'
[setting.three]
network = 'linear'
widths = [4, 3, 2, 1]
examples = 5
loss = 'exponential'
data = 'separable'
[setting.relu]
network = 'relu'
widths = [4, 3, 1]
examples = 5
loss = 'exponential'
data = 'separable'
[setting.separating]
network = 'relu'
widths = [4, 3, 1]
examples = 5
loss = 'exponential'
data = 'separable'
start = 'separating'
[setting.ridge]
network = 'linear'
widths = [4, 1]
examples = 3
loss = 'square'
weight_decay = '1/10'
"""


@pytest.fixture
def claimed(tmp_path):
    """A claim with one statement in one setting."""

    def made(setting, formula):
        path = tmp_path / "p.claims.toml"
        path.write_text(f"{SETTINGS}[[claim]]\nid = 'c'\ntext = 'c'\nsetting = '{setting}'\nprinted = '{formula}'\n")
        (claim,) = read([path]).claims
        return claim

    return made


@pytest.fixture
def judged(claimed):
    """The claim and its result."""

    def ask(setting, formula):
        claim = claimed(setting, formula)
        return claim, audit(claim, Options("quick", 0, "cpu"))

    return ask


def simulated(result):
    return next(e for e in result["printed"]["evidence"] if e["kind"] == "simulated")


PROVED = ["limit(V[1]) == svm", "asymptotic(rho[1], log(t)/max_margin)", "independent_of_start(limit(V[1]))",
          "limit(L) == 0 and diverges(rho)", "limit(margin) == max_margin"]  # fmt: skip


@pytest.mark.parametrize("formula", PROVED)
def test_one_layer_on_separable_data_is_decided_by_the_theorem(judged, formula):
    _, result = judged("line", formula)
    assert result["printed"]["verdict"] == "proved"


SUPPORTED = [
    ("line", "limit(log(L)/log(t)) == -1"), ("line", "outgrows(t, rho)"), ("line", "bounded(rho*max_margin - log(t))"),
    ("line", "limit(t*L) > 0"), ("deep", "diverges(rho)"), ("deep", "limit(rho[1]/rho[2]) == 1"),
    ("nonseparable", "converges(W[1]) and independent_of_start(limit(W[1]))"), ("nonseparable", "limit(L) > 0"),
    ("square", "limit(L) == 0"), ("square", "limit(null_projector(X) @ W[1].T) == null_projector(X) @ W[1].T"),
    ("ridge", "independent_of_start(limit(W[1]))"), ("deep", "implies(limit(L) == 0, diverges(rho))"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "formula"), SUPPORTED)
def test_runs_agree(judged, setting, formula):
    _, result = judged(setting, formula)
    assert result["printed"]["verdict"] in ("supported", "proved"), result["printed"]["message"]
    assert simulated(result)["violations"] == 0 < simulated(result)["instances"]


CONTRADICTED = [
    ("line", "bounded(rho*max_margin - log(t) - log(log(t)))"),  # log t is told from log t + log log t
    ("line", "asymptotic(L, 1/t)"), ("nonseparable", "diverges(rho)"), ("deep", "limit(rho[1]/rho[2]) == 2"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "formula"), CONTRADICTED)
def test_a_fitted_rate_alone_refutes_nothing(judged, setting, formula):
    _, result = judged(setting, formula)
    assert simulated(result)["violations"] > 0
    assert (result["printed"]["verdict"], result["printed"]["witness"]) == ("undecided", None)
    assert result["printed"]["message"]


REFUTED = [
    ("line", "asymptotic(rho[1], log(t))", "max-margin bias"), ("line", "bounded(rho)", "tends to infinity"),
    ("line", "limit(grad(margin, V[1]) - V[1]*margin) == zeros_like(V[1])", "max-margin bias"),
    ("square", "limit(W[1]) == min_norm", "linear"), ("square", "independent_of_start(limit(W[1]))", "from the start"),
    ("relu", "diverges(rho)", "at rest"), ("relu", "limit(L) == 0", "at rest"), ("three", "diverges(rho)", "at rest"),
    ("relu", "asymptotic(rho, log(t))", "at rest"),
    ("deep", "independent_of_start(limit(V[1]))", "mirror image"),
    ("separating", "converges(V[2]) and independent_of_start(limit(V[2]))", "units exchanged"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "formula", "why"), REFUTED)
def test_a_start_with_a_known_end_refutes_and_replays(claimed, setting, formula, why):
    statement = claimed(setting, formula).printed
    found = as_json(refute_along(statement, statement.settings[0]))
    assert why in found["shows"]
    stands, text = replay(json.loads(json.dumps(found)), statement, statement.settings[0])
    assert stands, text


def test_a_witness_that_was_changed_does_not_replay(claimed):
    statement = claimed("relu", "diverges(rho)").printed
    found = json.loads(json.dumps(as_json(refute_along(statement, statement.settings[0]))))
    found["W"][0][0] = ["1", "1", "1", "1"]  # a live unit
    assert not replay(found, statement, statement.settings[0])[0]


def test_a_witness_makes_the_verdict(judged):
    _, result = judged("line", "asymptotic(rho[1], log(t))")
    assert result["printed"]["verdict"] == "refuted"
    assert result["printed"]["witness"]["replay"].startswith("verify show p/c")


def test_starts_that_cannot_tell_are_no_instances():
    silent = Simulated(0, 0, 0.0, 0.0, message="5 of 8 starts cannot tell")
    judgement = judge([Exact("undecided", "instances"), silent], owed=False)
    assert (judgement.verdict, judgement.message) == ("undecided", "5 of 8 starts cannot tell")


def test_two_audits_give_one_result(judged):
    first, second = (judged("line", "outgrows(t, rho)")[1]["printed"] for _ in range(2))
    for each in (first, second):
        for e in each["evidence"]:
            e.pop("seconds")
    assert first == second


@pytest.mark.parametrize("formula", [
    "limit(norm(hess(margin, V))) == 1", "limit(sign(y[1]*fV[1] - margin)) == 1", "limit(norm(vec(W))) == 1/max_margin",
])  # fmt: skip
def test_the_theorem_says_nothing_of_terms_that_jump_or_of_weights(claimed, formula):
    statement = claimed("line", formula).printed
    assert refute_along(statement, statement.settings[0]) is None
