"""Bounds by norms: each is what decides the statement, generally; what looks alike and is false is not decided."""

import pytest

from derivations.book.bounds import DERIVATIONS
from verify.exact.prove import decide

SETTINGS = """
[setting.relu]
network = "relu"
widths = [4, 3, 2, 1]
examples = 5
loss = "exponential"

[setting.one]
network = "linear"
widths = [4, 3]
examples = 5
loss = "cross-entropy"

[setting.vector]
network = "linear"
widths = [4, 1]
examples = 5
loss = "exponential"
data = "separable"

[setting.any]
network = "linear"
widths = [4, 1]
examples = 5
loss = "exponential"

[setting.power]
network = "power"
widths = [3, 2, 1]
examples = 4
loss = "exponential"
"""
EACH = "for = { n = '1..N' }"
BOTH = "for = { n = '1..N', k = '1..K' }"
TRUE = [
    ("relu", "abs(f[n]) <= rho*norm(x[n])", EACH),
    ("relu", "abs(fV[m]) <= norm(x[m])", "for = { m = '1..N' }"),
    ("relu", "margin <= norm(x[n])", EACH),
    ("relu", "norm(grad(f[n], W[k])) <= rho/rho[k]*norm(x[n])", BOTH),
    ("relu", "abs(f[n]) <= rho[k]*norm(grad(f[n], W[k]))", BOTH),
    ("power", "rho <= (sum(k, rho[k]**2)/K)**(K/2)", ""),
    ("one", "eigmin(hess(L)) >= 0", ""),
    ("vector", "max_margin >= margin", ""),
    ("vector", "max_margin > 0", ""),
    ("relu", "norm(x[n])*rho - abs(f[n]) >= 0", EACH),
]
FALSE = [
    ("power", "abs(f[n]) <= rho*norm(x[n])", EACH),
    ("relu", "abs(f[n]) <= norm(x[n])", EACH),
    ("relu", "norm(grad(f[n], W[k])) <= rho*norm(x[n])", BOTH),
    ("relu", "abs(f[n]) >= rho[k]*norm(grad(f[n], W[k]))", BOTH),
    ("power", "rho >= (sum(k, rho[k]**2)/K)**(K/2)", ""),
    ("relu", "eigmin(hess(L)) >= 0", ""),
    ("vector", "margin < max_margin", ""),
    ("vector", "margin >= max_margin", ""),
    ("any", "max_margin > 0", ""),
]


@pytest.mark.parametrize("setting, formula, more", TRUE)
def test_bounds_are_proved_generally(one_claim, setting, formula, more):
    claim = one_claim(SETTINGS, setting, formula, more)
    found = decide(claim.printed, claim.settings[0])
    assert (found.outcome, found.scope) == ("proved", "general"), found.message


@pytest.mark.parametrize("setting, formula, more", FALSE)
def test_what_is_false_is_not_proved(one_claim, setting, formula, more):
    claim = one_claim(SETTINGS, setting, formula, more)
    assert decide(claim.printed, claim.settings[0]).outcome != "proved"


def test_every_conclusion_is_tried():
    assert len(DERIVATIONS) == len(TRUE) - 1  # one of them in other words
