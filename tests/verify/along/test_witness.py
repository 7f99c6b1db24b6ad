"""Starts whose exact fate refutes a statement, and their replay."""

import json

import pytest

from verify.along import refute_along
from verify.auditor.kinds import replay
from verify.evidence import as_json


def witness(claim):
    """A stored witness, as read from a file, or None."""
    found = refute_along(claim.printed, claim.printed.settings[0])
    return json.loads(json.dumps(as_json(found))) if found else None


def replayed(found, claim):
    return replay(found, claim.printed, claim.printed.settings[0])


REFUTED = [
    ("line", "asymptotic(rho[1], log(t))", "max-margin bias", "max-margin bias"),
    ("line", "bounded(rho)", "max-margin bias", "tends to infinity"),
    ("line", "limit(grad(margin, V[1]) - V[1]*margin) == zeros_like(V[1])", "max-margin bias", "max-margin bias"),
    ("line", "limit(N*L*exp(rho*margin)) == 1", "max-margin bias", "losses of the support vectors"),
    ("square", "limit(W[1]) == min_norm", "linear flow", "linear"),
    ("square", "independent_of_start(limit(W[1]))", "linear flow", "from the start"),
    ("relu", "diverges(rho)", "rest", "at rest"),
    ("relu", "limit(L) == 0", "rest", "at rest"),
    ("relu", "asymptotic(rho, log(t))", "rest", "at rest"),
    ("three", "diverges(rho)", "rest", "at rest"),
    ("deep", "independent_of_start(limit(V[1]))", "symmetry", "mirror image"),
    ("separating", "converges(V[2]) and independent_of_start(limit(V[2]))", "symmetry", "units exchanged"),
    ("separating", "limit(L) == 0", "enclosure, then standing gates", "example 2 seen by none, for ever"),
    ("separating", "limit(margin) > 0", "enclosure, then standing gates", "every solution is enclosed until t = "),
    ("three-layers", "limit(L) < 1/2", "enclosure, then standing gates", "left 0.69314718, right 1/2"),
    ("wide", "independent_of_start(limit(margin))", "standing gates", "from all weights and inputs nearby"),
    ("fitted", "independent_of_start(limit(margin))", "standing gates", "no gate ever changes"),
    ("separating", "outgrows(rho, log(t))", "standing gates", "tends to 2."),
    ("deep", "outgrows(rho, log(t))", "deep max-margin bias", "tends to "),
    ("deep", "asymptotic(rho[1], log(t))", "deep max-margin bias", "tends to 0"),
    ("separating", "bounded(rho)", "standing gates", "tends to infinity"),
    ("one", "asymptotic(rho*margin, K*log(t))", "growth along a ray", "tends to 1/3"),
    ("one", "outgrows(rho, log(t))", "growth along a ray", "along a ray"),
]


@pytest.mark.parametrize(("setting", "formula", "certificate", "why"), REFUTED)
def test_a_start_with_a_known_end_refutes_and_replays(claimed, setting, formula, certificate, why):
    claim = claimed(setting, formula)
    found = witness(claim)
    assert found is not None
    assert why in found["shows"]
    assert found["certificate"] == certificate
    stands, text = replayed(found, claim)
    assert stands, text


def test_a_witness_that_was_changed_does_not_replay(claimed):
    claim = claimed("relu", "diverges(rho)")
    found = witness(claim)
    found["W"][0][0] = ["1", "1", "1", "1"]  # a live unit
    assert not replayed(found, claim)[0]


def test_an_example_that_is_not_lost_does_not_replay(claimed):
    claim = claimed("separating", "limit(L) == 0")
    found = witness(claim)
    found["x"][1] = [f"{-4 * int(v.split('/')[0])}/{v.split('/')[1]}" if "/" in v else v for v in found["x"][1]]
    assert not replayed(found, claim)[0]


@pytest.mark.parametrize(
    ("setting", "formula"),
    [
        ("line", "limit(norm(hess(margin, V))) == 1"),
        ("line", "limit(sign(y[1]*fV[1] - margin)) == 1"),
        ("line", "limit(norm(vec(W))) == 1/max_margin"),
        ("two", "limit(N*L*exp(rho*margin)) >= 1"),
    ],
)
def test_what_the_theorem_does_not_say_is_left_open(claimed, setting, formula):
    assert witness(claimed(setting, formula)) is None


@pytest.mark.parametrize("formula", ["limit(L) == 0", "limit(margin) > 0", "converges(margin)"])
def test_hypotheses_that_keep_every_example_admit_no_witness(claimed, formula):
    """With a loss below that of one example none is lost."""
    assert witness(claimed("fitted", formula)) is None


@pytest.mark.parametrize("formula", ["bounded(rho)", "limit(L) == 0", "converges(L)"])
def test_theorems_without_decay_say_nothing_of_a_decayed_flow(claimed, formula):
    """Made starts carry the decay of their setting, which no rounding takes away."""
    found = witness(claimed("decayed", formula))
    assert found is None or found["certificate"] not in ("standing gates", "enclosure, then standing gates")


WIDE = [
    ("line", "limit(rho[1]) == 3", "tends to infinity"),
    ("line", "limit(rho/log(t)) == 0", "tends to "),
    ("line", "asymptotic(L, 1/t**2)", "tends to infinity"),
    ("line", "bounded(rho - log(t)**2)", "minus infinity"),
    ("line", "limit(log(L)/log(t)) == -2", "tends to -1"),
    ("line", "limit(t*L) == 0", "above a positive"),
    ("line", "asymptotic(rho*margin, 2*log(t))", "tends to "),
    ("deep", "limit(rho[1]/rho[2]) == 2", "tends to 1"),
    ("deep", "outgrows(L, 1/t)", "tends to 0"),
    ("constrained", "asymptotic(rho, log(t)**2)", "tends to 0"),
    ("constrained", "limit(margin) == 0", "left "),
    ("constrained", "limit(L) == 1", "tends to 0"),
    ("weight-norm", "converges(rho)", "tends to infinity"),
    ("held", "limit(L) == 0", "norms are held"),
    ("held", "diverges(margin)", "norms are held"),
    ("balanced", "asymptotic(rho, log(t)**2)", "tends to 0"),
    ("equal", "limit(L) == 1", "tends to 0"),
    ("three-layers", "asymptotic(log(1/L), 2*log(t))", "tends to "),
    ("leaky", "limit(rho[1]) == 3", "tends to infinity"),
    ("power", "outgrows(rho, log(t))", "tends to 0"),
    ("power", "limit(rho[1]/rho[2]) == 1", "1.414"),
    ("power-constrained", "limit(rho/log(t)**(2/3)) == 5", "tends to "),
    ("odd", "limit(f[1]/f[2]) == 1", "below a negative"),
    ("margins", "asymptotic(rho, t)", "tends to 0"),
    ("fits", "diverges(rho)", "at rest"),
    ("fits", "limit(rho[1]) == 3", "at rest"),
    ("nonseparable", "diverges(rho)", "only minimum"),
    ("nonseparable", "limit(L) == 0", "only minimum"),
    ("nonseparable", "asymptotic(rho, log(t))", "only minimum"),
    ("decayed", "diverges(rho)", "stays bounded"),
    ("decayed", "asymptotic(rho*f[1], log(t))", "stays bounded"),
    ("decayed", "limit(L) == 0", "a positive number"),
]


@pytest.mark.parametrize(("setting", "formula", "why"), WIDE)
def test_statements_that_are_grossly_false_are_refuted_and_replay(claimed, setting, formula, why):
    claim = claimed(setting, formula)
    found = witness(claim)
    assert found is not None
    assert why in found["shows"]
    stands, text = replayed(found, claim)
    assert stands, text


TRUE = [
    ("line", "bounded(t*L)"),
    ("line", "limit(t*L) >= 0"),
    ("line", "limit(rho) > 3"),
    ("fits", "converges(L)"),
    ("line", "outgrows(rho, log(log(t)))"),
    ("line", "asymptotic(log(1/L), log(t))"),
    ("line", "bounded(rho*max_margin - log(t))"),
    ("deep", "asymptotic(min(n, y[n]*f[n]), log(t))"),
    ("deep", "limit(t*L) == 0"),
    ("deep", "limit(rho[1]/rho[2]) == 1"),
    ("deep", "bounded(rho[1]**2 - rho[2]**2)"),
    ("balanced", "bounded(f[1]/f[2])"),
    ("equal", "bounded(margin)"),
    ("power", "limit(rho[1]/rho[2]) == sqrt(2)"),
    ("power", "bounded(fV[1])"),
    ("constrained", "limit(rho/t) == 0"),
    ("held", "bounded(rho)"),
    ("held", "limit(L) > 0"),
    ("nonseparable", "converges(W[1])"),
    ("nonseparable", "limit(margin) < 0"),
    ("decayed", "bounded(f[1])"),
    ("decayed", "limit(L) > 0"),
]


@pytest.mark.parametrize(("setting", "formula"), TRUE)
def test_statements_that_are_true_are_not(claimed, setting, formula):
    assert witness(claimed(setting, formula)) is None


def test_limits_that_do_not_exist_are_not_equal(one_claim):
    setting = "network = 'linear'\nwidths = [3, 2, 1]\nexamples = 1\nloss = 'exponential'\nstart = 'separating'"
    false = one_claim(f"[setting.s]\n{setting}", "s", "limit(rho[1]) == limit(rho[2])").printed
    found = refute_along(false, false.settings[0])
    assert found is not None and "no limit" in found.shows
    true = one_claim(f"[setting.s]\n{setting}", "s", "limit(L) == limit(2*L)").printed
    assert refute_along(true, true.settings[0]) is None
