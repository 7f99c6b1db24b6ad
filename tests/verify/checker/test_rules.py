"""Signs, consequences and spectra: what follows is accepted, and next to it what does not is not."""

from fractions import Fraction

import pytest

from verify.checker.proofs import Verdict, check_proof

SIGN, MEMBER, GRAM = (
    {"decision": name}
    for name in (
        "certificate of sign",
        "membership, checked by zero normal forms",
        "Gram form, checked as a zero normal form",
    )
)
K, N, KN = {"k": "1..K"}, {"n": "1..N"}, {"k": "1..K", "n": "1..N"}
APART = {"start": "separating"}
LINE = {"network": "linear", "widths": ((6, 1),), "examples": 4}
FEW = {**LINE, "examples": 7}
DECAY = {"weight_decay": Fraction(1, 10)}
ORDERED = "y[1]*fV[1] <= y[2]*fV[2]"


def word(statement, detail, scope="instances"):
    return check_proof(statement, statement.settings[0], {"scope": scope, "detail": detail, "rests_on": []}).verdict


SIGNS = [
    ("d(rho[k]) > 0", APART, K, "general"),
    ("dot(grad(L, W[k]), W[k]) < 0", APART | {"loss": "logistic"}, K, "general"),
    ("dot(grad(L), vec(W)) < 0", APART, {}, "instances"),
    ("rho[k] > 0", APART, K, "general"),
    ("y[n]*fV[n] > 0", APART, N, "instances"),
    ("L > 0", {}, {}, "instances"),
    ("d(L) <= 0", {}, {}, "general"),
    ("nonincreasing(L)", {"flow": "constrained"}, {}, "general"),
    ("0 >= d(L)", {"flow": "fixed-rho"}, {}, "general"),
    ("rows(hess(L)) > cols(W[1])", {}, {}, "instances"),
    ("exp(-f[n]) > 0", {}, N, "instances"),
]
NO_SIGNS = [
    ("d(rho[k]) > 0", {}, K),  # nothing separates
    ("d(rho[k]) >= 0", {"flow": "fixed-rho", **APART}, K),
    ("d(rho[k]) > 0", APART | DECAY, K),
    ("d(rho[k]) < 0", APART, K),
    ("rho[k] > 0", {}, K),  # a layer may be zero
    ("rho[k]*L > 0", {}, K),
    ("rho[k] > 0", APART | {"network": "smooth"}, K),  # softplus of zero separates
    ("nondecreasing(rho[k])", APART, K),  # separation can be lost later
    ("d(L) < 0", {}, {}),  # the flow may rest
    ("d(L) >= 0", {}, {}),
    ("d_constrained(L) <= -1", {}, {}),
    ("y[n]*f[n] > 0", {}, N),
    ("f[n] > 0", APART, N),
    ("y[n]*f[n] > 1", APART, N),
    ("L > 0", {"loss": "square"}, {}),  # it may vanish
    ("L > 1", {}, {}),
    ("rows(hess(L)) > 26", {}, {}),
    ("N >= 6", {}, {}),
    ("K - 3 > 0", {}, {}),
]


@pytest.mark.parametrize(("text", "changes", "table", "scope"), SIGNS)
def test_signs(statement, setting, text, changes, table, scope):
    assert word(statement(text, setting(**changes), **table), SIGN, scope) == Verdict.ACCEPTED


@pytest.mark.parametrize("scope", ["general", "instances"])
@pytest.mark.parametrize(("text", "changes", "table"), NO_SIGNS)
def test_forged_signs(statement, setting, text, changes, table, scope):
    assert word(statement(text, setting(**changes), **table), SIGN, scope) != Verdict.ACCEPTED


def test_an_assumed_order_is_used_as_it_stands(statement, setting, hypothesis_of):
    ordered = setting(assume=(hypothesis_of(ORDERED),))
    assert word(statement("y[2]*f[2] - y[1]*f[1] >= 0", ordered), SIGN) == Verdict.ACCEPTED
    for wrong in ("y[2]*f[2] - y[1]*f[1] > 0", "y[3]*f[3] - y[1]*f[1] >= 0", "y[1]*f[1] - y[2]*f[2] >= 0"):
        assert word(statement(wrong, ordered), SIGN) != Verdict.ACCEPTED


FOLLOWS = [
    ("iff(d_gradient(V[k]) == zeros_like(V[k]), d_constrained(V[k]) == zeros_like(V[k]))", {}, K),
    ("implies(grad(f[n], W[k]) == zeros_like(W[k]), f[n] == 0)", {}, KN),
    (
        "iff(grad(L, W[k]) == zeros_like(W[k]), sum(n, y[n]*grad(f[n], W[k])*exp(-y[n]*f[n])) == zeros_like(W[k]))",
        {},
        K,
    ),
]
FOLLOWS_NOT = [
    ("iff(d_gradient(V[k]) == zeros_like(V[k]), d_gradient(rho[k]) == 0)", {}, K),
    ("implies(f[n] == 0, grad(f[n], W[k]) == zeros_like(W[k]))", {}, KN),
    ("implies(rho[k]*f[n] == 0, f[n] == 0)", {}, KN),  # a layer may be zero
    ("implies(f[n] == 0, f[n] == 1)", {}, N),
    ("implies(grad(L, W[k]) == zeros_like(W[k]), f[n] == 0)", {}, KN),
    ("implies(f[n] > 0, f[n] == 0)", {}, N),
    ("f[n] == 0", {}, N),
]


@pytest.mark.parametrize(("text", "changes", "table"), FOLLOWS)
def test_consequences(statement, setting, text, changes, table):
    assert word(statement(text, setting(**changes), **table), MEMBER, "general") == Verdict.ACCEPTED


@pytest.mark.parametrize("scope", ["general", "instances"])
@pytest.mark.parametrize(("text", "changes", "table"), FOLLOWS_NOT)
def test_forged_consequences(statement, setting, text, changes, table, scope):
    assert word(statement(text, setting(**changes), **table), MEMBER, scope) != Verdict.ACCEPTED


SPECTRA = [
    ("eigmin(hess(L)) >= 0", LINE, "any"),
    ("rank(hess(L)) == 4", LINE, "any"),
    ("nullity(hess(L)) == 0", FEW, "any"),
    ("eigmin(hess(L)) == 1/5", LINE | DECAY, "any"),
    ("eigmax(-hess(L)) < 0", LINE | DECAY, "any"),
    ("distinct(hess(L)) <= N + 1", LINE | DECAY, "any"),
    ("eigmin(hess(L)) >= 0", {"widths": ((3, 2, 1),), "loss": "square", "examples": 2}, "interpolating"),
    ("nullity(hess(L)) >= 6", {"widths": ((3, 2, 1),), "loss": "square", "examples": 2}, "interpolating"),
    ("eigmin(hess(L)) >= 0", {**LINE, "widths": ((3, 3),), "loss": "cross-entropy", "examples": 2}, "any"),
    ("distinct(hess(L)) <= N", {**LINE, "output_activation": True, "network": "smooth"}, "any"),
]
NO_SPECTRA = [
    ("eigmin(hess(L)) > 0", LINE, "any"),
    ("eigmin(hess(L)) >= 1/10", LINE, "any"),
    ("rank(hess(L)) == 6", LINE, "any"),
    ("rank(hess(L)) >= 5", LINE, "any"),
    ("nullity(hess(L)) == 1", FEW, "any"),
    ("eigmin(hess(L)) == 1/10", LINE | DECAY, "any"),
    ("eigmax(hess(L)) <= 0", LINE, "any"),
    ("eigmax(-hess(L)) < 0", LINE, "any"),
    ("distinct(hess(L)) <= N", LINE | DECAY, "any"),
    ("distinct(hess(L)) <= 3", LINE, "any"),
    ("eigmin(hess(L)) >= 0", {"widths": ((3, 2, 1),), "loss": "square", "examples": 2}, "any"),
    ("nullity(hess(L)) >= 7", {"widths": ((3, 2, 1),), "loss": "square", "examples": 2}, "interpolating"),
    ("rank(hess(L)) == 2", {"widths": ((3, 2, 1),), "loss": "square", "examples": 2}, "interpolating"),
    ("eigmin(hess(L)) >= 0", {**LINE, "output_activation": True, "network": "smooth"}, "any"),
    ("rank(hess(L)) == 4", {**LINE, "data": "cloud.csv"}, "any"),  # no general position
]


@pytest.mark.parametrize(("text", "changes", "at"), SPECTRA)
def test_spectra(statement, setting, text, changes, at):
    assert word(statement(text, setting(**changes), at=at), GRAM) == Verdict.ACCEPTED


@pytest.mark.parametrize(("text", "changes", "at"), NO_SPECTRA)
def test_forged_spectra(statement, setting, text, changes, at):
    assert word(statement(text, setting(**changes), at=at), GRAM) != Verdict.ACCEPTED


def test_a_spectrum_at_some_sizes_is_none_at_all_of_them(statement, setting):
    assert word(statement("eigmin(hess(L)) >= 0", setting(**LINE)), GRAM, "general") != Verdict.ACCEPTED
