"""Relations that say the same, and those that only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.formula import parse
from verify.statements.equivalence import granted, relation

SAME = [
    ("N*L < 1", "1 > N*L"),
    ("N*L < 1", "L*N < 1"),
    ("N*L < 1", "L < 1/N"),
    ("N*L < 1", "1 - N*L > 0"),
    ("N*L < 1", "-1 < -L*N"),
    ("N*L < 1", "2*N*L < 2"),
    ("N*L < 1", "N*L - 1 < 0"),
    ("N**2*L < N", "N*L < 1"),
    ("rho[1] == rho[2]", "rho[2] - rho[1] == 0"),
    ("W[1] == W[2]", "W[1] - W[2] == zeros_like(W[1])"),
    ("dot(W[1], W[2]) > 0", "dot(W[2], W[1]) > 0"),
    ("(rho + L)**2 > 0", "rho**2 + 2*rho*L + L**2 > 0"),
    ("sum(n, y[n]*f[n]) > 0", "0 < sum(m, f[m]*y[m])"),
    ("exp(-L*rho) < 1/2", "exp(-rho*L) < 1/2"),
    ("min(n, 1, N, y[n]*f[n]) > 0", "min(n, y[n]*f[n]) > 0"),
    ("log(1/L) > 0", "0 < log(1/L)"),
    ("f[1 + 1] > 0", "f[2] > 0"),
    ("W[1] @ x[1] == W[1] @ x[2]", "W[1] @ x[2] == W[1] @ x[1]"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_the_same_in_other_words(first, second):
    assert relation(parse(first)) == relation(parse(second))


OTHER = [
    ("N*L < 1", "N*L <= 1"),
    ("N*L < 1", "L < 1"),
    ("N*L < 1", "N*L > 1"),
    ("N*L < 1", "N*L < 2"),
    ("N*L < 1", "L < N"),
    ("N*L < 1", "N*L != 1"),
    ("rho[1] > rho[2]", "rho[2] > rho[1]"),
    ("rho[1] == rho[2]", "rho[1] == rho[3]"),
    ("min(n, y[n]*f[n]) > 0", "max(n, y[n]*f[n]) > 0"),
    ("min(n, 1, N-1, y[n]*f[n]) > 0", "min(n, y[n]*f[n]) > 0"),
    ("W[2] @ W[1] == W[1] @ W[2]", "W[1] @ W[2] == W[1] @ W[2]"),
    ("L/rho > 0", "L*rho > 0"),
    ("L > 0", "L*rho/rho > 0"),
    ("margin**2 > 0", "margin > 0"),
    ("f[1] > 0", "fV[1] > 0"),
    ("d(rho) > 0", "d_gradient(rho) > 0"),
]


@pytest.mark.parametrize(("first", "second"), OTHER)
def test_what_only_looks_alike(first, second):
    assert relation(parse(first)) != relation(parse(second))


@pytest.mark.parametrize(
    ("wanted", "given", "stands"),
    [
        ("N*L < 1", ["L < 1/N and margin > 0"], True),
        ("N*L <= 1", ["N*L < 1"], True),
        ("N*L < 1", ["N*L <= 1"], False),
        ("L >= 1", ["1 == L"], True),
        ("L <= 1", ["1 == L"], True),
        ("L > 1", ["1 == L"], False),
        ("margin > 0 and N*L < 1", ["N*L < 1"], False),
        ("N*L < 1", [], False),
        ("generically(f[1] > 0)", ["generically(f[1] > 0)"], True),
        ("iff(L > 0, rho > 0)", ["iff(rho > 0, L > 0)"], False),
    ],
)
def test_hypotheses_grant_their_own_parts_and_weaker_ones(wanted, given, stands):
    assert granted(parse(wanted), map(parse, given)) is stands


EXPRESSIONS = st.recursive(
    st.sampled_from(["L", "rho", "2", "N", "(1/3)"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
    max_leaves=6,
)


@given(EXPRESSIONS, EXPRESSIONS)
def test_turning_a_relation_round_keeps_it(first, second):
    plain = relation(parse(f"{first} < {second}"))
    assert plain == relation(parse(f"{second} > {first}")) == relation(parse(f"3*{first} - 3*{second} < 0"))


@given(EXPRESSIONS, EXPRESSIONS)
def test_equal_normal_forms_have_equal_values(first, second):
    if relation(parse(f"{first} > 0")) == relation(parse(f"{second} > 0")):
        for values in ({"L": 0.7, "rho": 1.3}, {"L": -2.1, "rho": 0.2}):
            a, b = (eval(e, {"N": 4, **values}) for e in (first, second))
            assert (a > 1e-9) == (b > 1e-9) or abs(a - b) < 1e-9
