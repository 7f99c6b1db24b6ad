"""Implications between equations, conjunctions with them, and statements of existence."""

import pytest

from verify.auditor.kinds import decide

K = {"k": "1..K"}
ZERO = "grad(L,W[k]) == zeros_like(W[k])"
SMALL = {"network": "linear", "widths": ((2, 1),), "examples": 2}


@pytest.mark.parametrize(
    "text",
    [
        f"implies({ZERO}, dot(grad(L,W[k]),W[k]) == 0)",
        f"iff(d(W[k]) == zeros_like(W[k]), {ZERO})",
        f"dot(V[k],V[k]) == 1 and implies({ZERO}, d(rho[k]**2) == 0)",
    ],
)
def test_true_implications_at_every_depth(text, statement, setting):
    where = setting()
    found = decide(statement(text, where, **K), where)
    assert (found.outcome, found.scope) == ("proved", "general"), found.message


@pytest.mark.parametrize(
    "text",
    [
        "implies(f[n]**2 == 0, 1 == 0)",
        "implies((y[n]-1)*f[n] == 0, f[n] == 0)",
        "implies(0 == 0, f[n] == 0)",
        "implies(norm(f[n]*x[n])*f[m] == 0, f[m] == 0)",
        "implies(f[n] == 0, f[m] == 0)",
        "iff(f[n]*f[m] == 0, f[n] == 0)",
        "implies(sum(i,1,N,f[i]) == 0, f[n] == 0)",
    ],
)
def test_false_implications_are_not_proved(text, statement, setting):
    where = setting(**SMALL)
    table = {i: "1..N" for i in "nm" if f"[{i}]" in text}
    assert decide(statement(text, where, **table), where).outcome != "proved"


def test_a_multiple_that_may_vanish_works_one_way_only(statement, setting):
    where = setting(**SMALL)
    there = statement("implies(f[n] == 0, f[n]*f[n] == 0)", where, n="1..N")
    back = statement("implies(f[n]*f[n]*y[n] == f[n], f[n] == 0)", where, n="1..N")
    assert decide(there, where).outcome == "proved"
    assert decide(back, where).outcome != "proved"


def test_existence_is_refuted_by_a_proof_of_the_opposite(statement, setting):
    where = setting(**SMALL)
    assert decide(statement("somewhere(f[n]**2 < 0)", where, n="1..N"), where).outcome == "refuted"
    assert decide(statement("somewhere(f[n] < 0)", where, n="1..N"), where).outcome == "proved"
