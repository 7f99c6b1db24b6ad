"""Proofs are accepted for what they are; forged ones are not, whatever they say of themselves."""

from dataclasses import replace
from fractions import Fraction

import pytest

from verify.checker.proofs import Verdict, check_proof
from verify.evidence import as_json
from verify.exact.prove import decide

ZERO = {"decision": "zero normal form"}
K, KN, N = {"k": "1..K"}, {"k": "1..K", "n": "1..N"}, {"n": "1..N"}
LINEAR = {"network": "linear", "widths": ((4, 1),)}


def word(statement, scope="general", detail=ZERO, rests_on=()):
    proof = {"scope": scope, "detail": detail, "rests_on": list(rests_on)}
    return check_proof(statement, statement.settings[0], proof)


TRUE = [
    ("dot(W[k], grad(f[n], W[k])) == f[n]", {}, KN),
    ("d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", {}, K),
    ("d(V[k]) == rho/rho[k]**2/N*sum(n, exp(-rho*y[n]*fV[n])*y[n]*(grad(fV[n],V[k])-V[k]*fV[n]))", {}, K),
    ("d(rho[k]) == 0", {"flow": "fixed-rho"}, K),
    ("d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])", {"network": "linear"}, {"k": "1..K-1"}),
    ("d(L) == -sum(k, norm(grad(L, W[k]))**2)", {"loss": "logistic"}, {}),
    ("conserved(rho[j]**2 - rho[k]**2)", {}, {"j": "1..K", "k": "1..K"}),
    ("hess(L) == 2*sum(n, outer(x[n], x[n]))/N", {**LINEAR, "loss": "square"}, {}),
]


@pytest.mark.parametrize(("text", "changes", "table"), TRUE)
def test_what_the_search_proves_is_accepted(statement, setting, text, changes, table):
    s = statement(text, setting(**changes), **table)
    exact = decide(s, s.settings[0])
    assert (exact.outcome, exact.scope) == ("proved", "general")
    assert check_proof(s, s.settings[0], as_json(exact)).verdict == Verdict.ACCEPTED


AT_SIZES = [
    ("d(rho[k]**2) == 2/5*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", {}, K),
    ("rho[k]*cols(W[k]) == 4*rho[k]", LINEAR, K),
    ("sum(n, f[n])**2 == sum(n, f[n]**2)", {"examples": 1}, {}),
    ("f[n] == f[1]", {"examples": 1}, N),
    ("rho[k]**K == rho[k]**3", {}, K),
]


@pytest.mark.parametrize(("text", "changes", "table"), AT_SIZES)
def test_what_is_right_at_the_sizes_of_a_setting_is_so_there_alone(statement, setting, text, changes, table):
    s = statement(text, setting(**changes), **table)
    assert word(s, "instances").verdict == Verdict.ACCEPTED
    assert word(s, "general").verdict != Verdict.ACCEPTED


FORGED = [
    ("d(rho[k]**2) == 2*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", {}, K),
    ("dot(W[k], grad(f[n], W[k])) == K*f[n]", {}, KN),
    ("d(L) == norm(grad(L, W[k]))**2", {}, K),
    ("d(rho[k]) == 0", {"flow": "constrained"}, K),
    ("conserved(rho[j] - rho[k])", {}, {"j": "1..K", "k": "1..K"}),
    ("d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])", {}, {"k": "1..K-1"}),  # gates stand between
    ("dot(W[k], grad(f[n], W[k])) == f[n]", {"network": "power"}, KN),
    ("hess(L) == 2*sum(n, outer(x[n], x[n]))", {**LINEAR, "loss": "square"}, {}),
    ("y[n]**3 == y[n]**2", {}, N),
    ("f[n] == rho*fV[n]*2**(1/2)", {}, N),
    ("k*rho[k] == rho[k]", {}, K),
    ("X @ min_norm == Y", {**LINEAR, "loss": "square", "examples": 2, "data": "twice.csv"}, {}),  # rows may be equal
    # N as a place, a part of a sum
    ("entry(x[n], N) == entry(x[n], 1)", {"widths": ((6, 2, 1),)}, N),
    ("sum(i, 1, N, entry(x[n], i)) == entry(x[n], 1)", {"widths": ((6, 2, 1),)}, N),
    ("entry(x[n], i) == entry(x[n], 1)", {"widths": ((6, 2, 1),)}, {"n": "1..N", "i": "1..N"}),
    ("sum(n, 1, N-1, f[n]) == 0", {}, {}),
    ("rho[k]*tr(eye(rows(W[k]))) == 2*rho[k]", {"widths": ((4, 2, 1),)}, K),
]


@pytest.mark.parametrize("scope", ["general", "instances"])
@pytest.mark.parametrize(("text", "changes", "table"), FORGED)
def test_forged_identities_are_not_accepted(statement, setting, text, changes, table, scope):
    s = statement(text, setting(**changes), **table)
    assert word(s, scope).verdict != Verdict.ACCEPTED


def test_a_forged_identity_is_rejected_with_a_point(statement, setting):
    s = statement("d(rho[k]**2) == 2*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", setting(), **K)
    found = word(s)
    assert found.verdict == Verdict.REJECTED
    assert "the sides differ at a point" in found.reason
    assert word(s) == found  # whenever it is asked


@pytest.mark.parametrize(
    "detail",
    [{}, {"decision": "magic"}, {"decision": "zero normal form", "more": {"decision": "magic"}}, {"parts": [{}]}],
)
def test_rules_that_nobody_knows_are_not_covered(statement, setting, detail):
    s = statement("dot(W[k], grad(f[n], W[k])) == f[n]", setting(), **KN)
    assert word(s, detail=detail).verdict == Verdict.UNCOVERED


def test_the_zero_of_an_inequality_proves_nothing(statement, setting):
    assert word(statement("d(L) <= 0", setting())).verdict == Verdict.UNCOVERED


def test_every_part_of_a_conjunction_is_checked(statement, setting):
    text = "dot(W[k], grad(f[n], W[k])) == f[n] and f[n] == 2*f[n]"
    s = statement(text, setting(), **KN)
    assert word(s).verdict == Verdict.REJECTED
    assert word(s, detail={"parts": [ZERO, ZERO]}).verdict == Verdict.REJECTED
    assert word(s, detail={"parts": [ZERO]}).verdict != Verdict.ACCEPTED


def test_hypotheses_are_used_where_they_are_made(statement, setting):
    text = "y[1]*f[1] == rho[k]**K*y[1]*fV[1]"
    equal = setting(widths=((3, 2, 1),), examples=1, start="equal-norms")
    assert word(statement(text, equal, **K), "instances").verdict == Verdict.ACCEPTED
    assert word(statement(text, replace(equal, start="random"), **K), "instances").verdict == Verdict.REJECTED
    square = setting(widths=((3, 2, 1),), examples=2, loss="square")
    zero = "grad(L, W[k]) == zeros_like(W[k])"
    assert word(statement(zero, square, at="interpolating", **K), "instances").verdict == Verdict.ACCEPTED
    assert word(statement(zero, square, **K), "instances").verdict == Verdict.REJECTED


def test_points_that_a_setting_excludes_reject_nothing(statement, setting):
    s = statement("f[n] == 2*f[n]", setting(start="separating"), **N)
    assert word(s, "instances").verdict == Verdict.UNCOVERED


def test_decay_of_every_layer(statement, setting):
    text = "d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n])) - 4*decay[k]*rho[k]**2"
    for decay in ("any", Fraction(1, 10), ("any", Fraction(0), Fraction(1, 3))):
        assert word(statement(text, setting(weight_decay=decay), **K)).verdict == Verdict.ACCEPTED
    wrong = text.replace("4*decay", "2*decay")
    assert word(statement(wrong, setting(weight_decay="any"), **K)).verdict != Verdict.ACCEPTED
