"""The statement at sampled points: what agrees, what does not, what was left out."""

from fractions import Fraction

import pytest

from verify.auditor.kinds import simulate
from verify.claim import Setting, Statement
from verify.formula import parse
from verify.formula.nodes import Name, Num
from verify.formula.shapes import Range
from verify.points.batch import some_bindings


def seen(statement):
    return simulate(statement, statement.settings[0], profile="quick", seed=0)


def test_a_true_identity_has_no_violation(claim):
    found, violations = seen(claim("growth").printed)
    assert found.instances > 100 and found.violations == 0
    assert found.worst_error <= found.budget
    assert all(not v.where for v in violations)


def test_a_false_one_is_violated_nearly_everywhere(claim):
    found, violations = seen(claim("forgotten").printed)
    assert found.violations > 0.9 * found.instances > 0
    point, bound = violations[0].where[0]
    assert 0 <= point < len(violations[0].batch.points) and set(bound) == {"k"}


def test_the_seed_decides_the_points(claim):
    statement = claim("growth").printed
    first, again = (simulate(statement, statement.settings[0], profile="quick", seed=3)[0] for _ in range(2))
    assert (first.worst_error, first.budget, first.excluded) == (again.worst_error, again.budget, again.excluded)


def test_all_quantified_indices_are_tried(claim):
    statement = claim("wrong").printed
    tried = some_bindings(statement, statement.settings[0].sizes((3, 2, 1)))
    assert {(b["j"], b["k"]) for b in tried} == {(1, 1), (1, 2), (2, 1), (2, 2)}


@pytest.mark.parametrize("assume", ["N*L < 0", "rho[1] == -1"])
def test_a_hypothesis_that_nothing_meets_leaves_no_point(claim_file, assume):
    from verify.claimfile import read

    path = claim_file("growth")
    path.write_text(path.read_text().replace("loss = 'exponential'", f"loss = 'exponential'\nassume = ['{assume}']"))
    found, _ = seen(read([path]).claims[0].printed)
    assert found.instances == 0 and found.excluded["outside 'assume'"] > 0


@pytest.mark.parametrize("text", ["d(V[k]) == zeros_like(V[k])", "d(norm(V[k])) == 0", "d(dot(V[k], V[k])) == 0"])
@pytest.mark.parametrize("widths", [(1, 1), (1, 1, 1, 1)])
def test_rounding_inside_a_derivative_is_no_violation(text, widths):
    """A layer of width one has a direction of +-1 that does not move; what a float leaves is an ulp, or nothing."""
    where = Setting("narrow", "relu", (widths,), 2, "exponential", flow="constrained")
    ranges = (Range("k", Num(Fraction(1)), Name("K")),)
    found, _ = simulate(Statement(text, parse(text, ["k"]), (where,), ranges), where, profile="quick", seed=5)
    assert found.instances > 100 and found.violations == 0


@pytest.mark.parametrize(("network", "kinks"), [("relu", True), ("linear", False)])
def test_the_nearest_kink_of_a_hessian_is_in_the_evidence(network, kinks):
    setting = Setting("net", network, ((2, 3, 1),), 4, "exponential")
    for text, told in (("hess(L) == hess(L).T", kinks), ("L > 0", False)):
        evidence, _ = simulate(Statement(text, parse(text), (setting,)), setting, profile="brief", seed=0)
        distance = evidence.detail.get("least distance of a pre-activation to a kink")
        assert (distance is not None) == told
        assert distance is None or distance > 0


SETTINGS = """
[setting.relu]
network = "relu"
widths = [5, 4, 3, 1]
examples = 7
loss = "exponential"

[setting.linear]
network = "linear"
widths = [3, 2, 1]
examples = 4
loss = "exponential"
"""


@pytest.mark.parametrize(
    "formula, agrees",
    [
        ("implies(N*L < 1, margin > 0)", True),
        ("implies(margin > 0, N*L < 1)", False),
    ],
)
def test_premises_that_ask_for_separating_points_are_met(one_claim, formula, agrees):
    found, violations = seen(one_claim(SETTINGS, "relu", formula).printed)
    assert found.instances > 10
    assert any(v.where for v in violations) is not agrees


def test_what_holds_outside_a_null_set_meets_no_points_of_null_sets(one_claim):
    for formula, violated in (("generically(f[1] != 0)", False), ("f[1] != 0", True)):
        found, _ = seen(one_claim(SETTINGS, "linear", formula).printed)
        assert found.instances > 100 and bool(found.violations) is violated


def test_the_sign_of_zero_is_outside_of_the_domain(one_claim):
    found, _ = seen(one_claim(SETTINGS, "linear", "sign(f[1])**2 == 1").printed)
    assert found.instances > 100 and found.violations == 0 and found.excluded["not finite"] > 0


def test_generic_statements_still_meet_the_open_sets_of_adversarial_points(one_claim):
    """All units of a layer are dead on an open set: f != 0 does not hold generically in a rectifier network."""
    found, _ = seen(one_claim(SETTINGS, "relu", "generically(f[1] != 0)").printed)
    assert found.violations > 0 and "dead-units" in found.detail["violated in families"]
