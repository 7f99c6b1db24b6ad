"""False statements that a proof of general scope might have let through, and true ones, under attack."""

from dataclasses import replace
from fractions import Fraction

import pytest

from verify.attack.attack import attack
from verify.auditor.kinds import decide, replay
from verify.evidence import Exact, Lemma, as_json

K, N, KN, NM = {"k": "1..K"}, {"n": "1..N"}, {"k": "1..K", "n": "1..N"}, {"n": "1..N", "m": "1..N"}
GENERAL = Exact("proved", "general", rests_on=(Lemma("depth", ""),))
OWN = Exact("proved", "instances")
LARGE = "10**40"

FALSE = [
    # false at sizes: one example, one layer, five layers, widths of one
    ("d(rho[k]**2) > 2/N*y[n]*f[n]*exp(-y[n]*f[n])", {}, KN, GENERAL),
    ("rho < rho[k]", {}, K, GENERAL),
    ("(K - 1)*(K - 2)*(K - 3)*rho[k] < 24*rho[k]", {}, K, GENERAL),
    ("(rows(W[k]) - 1)*(rows(W[k]) - 3) != 0", {"widths": ((4, 2, 2, 1),)}, K, GENERAL),
    # false where two indices are equal, where units are off, where rows are alike
    ("norm(x[n] - x[m]) > 0", {}, NM, OWN),
    ("norm(grad(f[n], W[k])) > 0", {}, KN, OWN),
    ("norm(row(W[1], 1) - row(W[1], 2)) > 0", {}, {}, OWN),
    ("dot(row(W[1], 1), row(W[1], 1)) > 0", {}, {}, OWN),
    # false far out, or close to zero
    (f"rho[k] < {LARGE}", {}, K, GENERAL),
    (f"rho[k] > 1/{LARGE}", {}, K, GENERAL),
    (f"f[n]**2 < {LARGE}", {}, N, OWN),
    (f"norm(x[n]) < {LARGE}", {}, N, OWN),
    (f"implies(y[1]*f[1] > 0, norm(x[1]) < {LARGE} and f[1] != f[2])", {"widths": ((3, 2, 1),)}, {}, OWN),
    (f"decay[k] < {LARGE}", {"weight_decay": "any"}, K, GENERAL),
    (f"y[n]**2 < {LARGE}", {"loss": "square"}, N, GENERAL),
    # false for some labels
    ("implies(y[1] > 0, rho[k] < 0) and y[1] <= 1", {}, K, OWN),
    ("y[1] != 3", {"loss": "cross-entropy", "widths": ((3, 2, 3),), "examples": 3}, {}, OWN),
    # false at separating and balanced starts, for separable and nonseparable data
    (f"rho < {LARGE}", {"start": "separating"}, {}, GENERAL),
    (f"rho < {LARGE}", {"start": "balanced"}, {}, GENERAL),
    (f"rho[k] < {LARGE}", {"start": "equal-norms"}, K, GENERAL),
    (f"rho[k] < {LARGE}", {"data": "separable"}, K, GENERAL),
    (f"rho[k] < {LARGE}", {"data": "nonseparable", "network": "linear"}, K, GENERAL),
    # false where a premise is an equation
    ("implies(rho[1] == rho[2], f[1] < 0)", {"network": "linear", "widths": ((2, 2, 1),), "examples": 2}, {}, OWN),
]


@pytest.mark.parametrize("text, changes, ranges, proof", FALSE)
def test_a_false_statement_is_violated_and_the_violation_replays(statement, setting, text, changes, ranges, proof):
    where = setting(**changes)
    claim = statement(text, where, **ranges)
    found = attack(proof, claim, where)
    assert found.witness is not None, found
    assert replay(as_json(found.witness), claim, where)[0]


TRUE = [
    ("dot(W[k], grad(f[n], W[k])) == f[n]", {}, KN),
    ("d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", {}, K),
    ("rho[k] > 0", {}, K),
    ("d(L) <= 0", {"weight_decay": "any"}, {}),
    ("norm(onehot(n)) == 1", {"loss": "cross-entropy", "widths": ((3, 2, 3),)}, N),
    ("y[n]*f[n] > 0", {"start": "separating"}, N),
    ("f[n] == y[n]", {"loss": "square"}, N),
]


@pytest.mark.parametrize("text, changes, ranges", TRUE)
def test_a_true_statement_withstands(statement, setting, text, changes, ranges):
    where = setting(**changes)
    at = "interpolating" if "square" in changes.values() else "any"
    found = attack(GENERAL, statement(text, where, at=at, **ranges), where)
    assert found.witness is None
    assert found.agree > 10


def test_what_the_domain_leaves_out_is_no_violation(statement, setting):
    """Zero layers, and inputs that are alike where any two of them are independent."""
    for text, ranges in (("norm(W[k]) > 0", K), ("norm(x[1] - x[2]) > 0", {})):
        assert attack(OWN, statement(text, setting(), **ranges), setting()).witness is None


def test_a_derivation_that_asks_for_its_depth_is_attacked_at_that_depth(statement, setting):
    where = setting(network="linear", widths=((4, 1),))
    claim = statement("norm(grad(f[n], W[1])) == norm(x[n])", where, **N)
    assert attack(replace(GENERAL, rests_on=(Lemma("examples", ""),)), claim, where).witness is None


def test_cells_that_were_not_reached_are_named(statement, setting):
    large = setting(widths=((40, 30, 20, 1),))
    told = attack(OWN, statement("tr(hess(L)) >= 0", large), large).told()
    assert told["not reached"] == ["any cell"]
    apart = setting(start="separating")
    told = attack(GENERAL, statement("rho[k] > 0", apart, **K), apart).told()
    assert "tie all units off" in told["not reached"]  # where no output is positive


def test_what_cannot_be_attacked_says_why(statement, setting):
    for text, at, why in (
        ("limit(L) == 0", "any", "trajectories"),
        ("somewhere(L < 1)", "any", "existence"),
        ("L > 0", "stationary", "special points"),
    ):
        assert why in attack(GENERAL, statement(text, setting(), at=at), setting()).message


def test_decays_of_layers_keep_the_depth(statement, setting):
    decays = (Fraction(0), Fraction(1, 10), Fraction(0))
    where = setting(weight_decay=decays)
    claim = statement("decay[k] <= 1/10", where, **K)
    assert attack(decide(claim, where), claim, where).witness is None
