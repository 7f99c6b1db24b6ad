"""Signs that follow from signs: what is assumed, what a premise says, what is known of functions, squares."""

import pytest

from verify.auditor.kinds import decide

N = {"n": "1..N"}
ONE = {"network": "linear", "widths": ((2, 1),), "examples": 2}
TWO = {"widths": ((2, 2, 1),), "examples": 2}
RANKED = {"network": "linear", "widths": ((2, 2, 1),), "examples": 3}
ORDER = ("y[1]*fV[1] <= y[2]*fV[2]", "y[2]*fV[2] <= y[3]*fV[3]")
GAP = "y[3]*fV[3] - y[1]*fV[1]"


def _outcome(text, statement, setting, assume=(), **changes):
    where = setting(**changes, assume=assume)
    table = N if "n]" in text or "n)" in text else {}
    return decide(statement(text, where, **table), where).outcome


@pytest.mark.parametrize(
    ("text", "proved"),
    [
        (f"{GAP} >= 0", True),
        (f"{GAP} >= y[2]*fV[2] - y[1]*fV[1]", True),
        (f"exp(-rho*({GAP})) <= 1", True),
        (f"{GAP} > 0", False),
        (f"{GAP} <= 0", False),
        (f"exp(-rho*({GAP})) < 1", False),
        (f"exp(rho*({GAP})) <= 1", False),
        (f"exp(-rho*({GAP})) <= exp(-rho*(y[2]*fV[2] - y[1]*fV[1]))", True),
        (f"nondecreasing({GAP})", False),
    ],
)
def test_an_order_that_is_assumed(text, proved, statement, setting, hypothesis_of):
    assume = tuple(map(hypothesis_of, ORDER))
    assert (_outcome(text, statement, setting, assume, **RANKED) == "proved") is proved


def test_hypotheses_about_other_examples_link_those_of_a_sign(statement, setting, hypothesis_of):
    """The gates of the second example, between the first and the third, occur in hypotheses alone."""
    gated = {**RANKED, "network": "relu", "widths": ((5, 4, 1),), "start": "separating"}
    assert _outcome(f"{GAP} >= 0", statement, setting, tuple(map(hypothesis_of, ORDER)), **gated) == "proved"
    assert _outcome(f"{GAP} >= 0", statement, setting, (hypothesis_of(ORDER[0]),), **gated) == "undecided"


@pytest.mark.parametrize(
    ("text", "assume", "proved"),
    [
        ("norm(W[1])**2 >= 1", "rho[1] >= 1", True),
        ("rho[1]**3 > 1", "rho[1] > 1", True),
        ("rho[1]**3 > 2", "rho[1] > 1", False),
        ("f[1] >= 0", "f[1]**2 >= 0", False),
        ("rho[1]*exp(f[1]) >= rho[1]*exp(f[2])", "f[1] > f[2]", True),
        ("f[1]**3 > f[2]", "f[1] > f[2]", False),
        ("f[1] > f[2]", "exp(f[1]) > exp(f[2])", True),
        ("f[1]*exp(f[1]) >= 0", "f[1] >= 0", True),
        ("nonincreasing(rho[1])", "d(rho[1]) <= 0", False),
    ],
)
def test_other_hypotheses(text, assume, proved, statement, setting, hypothesis_of):
    assert (_outcome(text, statement, setting, (hypothesis_of(assume),), **ONE) == "proved") is proved


@pytest.mark.parametrize(
    ("text", "proved"),
    [
        ("norm(x[n])**2 >= fV[n]**2", True),
        ("f[n]**2 <= dot(x[n],x[n])*rho[1]**2", True),
        ("2*f[1]*f[2] <= f[1]**2+f[2]**2", True),
        ("f[n]**2 < dot(x[n],x[n])*rho[1]**2", False),
        ("norm(x[n])**2 >= f[n]**2", False),
        ("f[n]**2 >= f[n]", False),
        ("4*f[1]**2 + f[2]**2 >= 4*f[1]*f[2]", True),
        ("3*f[1]**2 + f[2]**2 >= 4*f[1]*f[2]", False),
        ("exp(f[n]) >= 1 + f[n]", True),
        ("exp(f[n]) > 1 + f[n]", False),
        ("exp(f[n]) >= 2 + f[n]", False),
        ("log(f[n]**2) <= f[n]**2 - 1", True),
        ("log(f[n]**2) < f[n]**2 - 1", False),
        ("abs(f[1]+f[2]) <= abs(f[1])+abs(f[2])", True),
        ("abs(f[1]+f[2]) >= abs(f[1])+abs(f[2])", False),
        ("abs(f[n]) > f[n]", False),
    ],
)
def test_squares_and_functions(text, proved, statement, setting):
    assert (_outcome(text, statement, setting, **ONE) == "proved") is proved


@pytest.mark.parametrize(
    ("text", "changes", "proved"),
    [
        ("norm(act(pre(1,n)))**2 <= norm(pre(1,n))**2", {}, True),
        ("norm(act(pre(1,n)))**2 < norm(pre(1,n))**2", {}, False),
        ("norm(pre(1,n))**2 <= norm(act(pre(1,n)))**2", {}, False),
        ("L <= 1", {"start": "separating"}, True),
        ("L < 1", {"start": "separating"}, True),
        ("L <= 1/2", {"start": "separating"}, False),
        ("L <= 1", {}, False),
        ("norm(act(pre(1,n)))**2 <= norm(pre(1,n))**2", {"network": "leaky-relu", "slope": 3}, False),
        ("L > 0", {"loss": "logistic"}, True),
        ("L > 1", {"loss": "logistic"}, False),
    ],
)
def test_gates_and_separation(text, changes, proved, statement, setting):
    assert (_outcome(text, statement, setting, **TWO | changes) == "proved") is proved


@pytest.mark.parametrize(
    ("text", "proved"),
    [
        ("implies(f[n] >= 1, f[n] > 0)", True),
        ("implies(f[n] >= 0, f[n] > 0)", False),
        ("implies(f[n] > 0, exp(-f[n]) < 1)", True),
        ("implies(f[n] > 0, exp(-y[n]*f[n]) < 1)", False),
        ("implies(f[1] > 0 and f[2] > 0, f[1]*f[2] > 0)", True),
        ("implies(f[1] > 0, f[1]*f[2] > 0)", False),
        ("iff(f[n] > 0, fV[n] > 0)", True),
        ("iff(f[n] >= 0, f[n]**2 >= 0)", False),
        ("implies(f[n] == 1, f[n]**2 == 1)", True),
        ("implies(f[n]**2 == 1, f[n] == 1)", False),
        ("implies(W[1] == zeros_like(W[1]), f[n] == 0)", True),
        ("implies(rho[1]*f[n] >= 0, f[n] >= 0)", False),
        ("implies(f[n] != 0, f[n]**2 > 0)", True),
    ],
)
def test_implications_between_signs(text, proved, statement, setting):
    assert (_outcome(text, statement, setting, **ONE) == "proved") is proved
