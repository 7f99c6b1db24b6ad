"""Rational points on equations, and the implications that they refute."""

from fractions import Fraction
from types import SimpleNamespace

import pytest

from verify.auditor.claims import gather
from verify.auditor.kinds import replay
from verify.claim import Hypothesis, Setting, Statement
from verify.evidence import Counterexample
from verify.formula import parse
from verify.formula.nodes import Name, Num
from verify.formula.shapes import Range
from verify.options import Options
from verify.points.rational import RationalPoint
from verify.points.repair import linear_solution, of_rank_one, solved, with_rational_norms
from verify.verdict import judge

LINE = Setting("line", "linear", ((3, 1),), 2, "exponential")
TWO = Setting("two", "linear", ((3, 2, 1),), 2, "exponential")
F = Fraction


def _statement(text, setting, **table):
    one = Num(Fraction(1))
    ranges = tuple(Range(i, one, Name(end)) for i, end in table.items())
    return Statement(text, parse(text, list(table)), (setting,), ranges)


def _judged(text, setting, **table):
    statement = _statement(text, setting, **table)
    claim = SimpleNamespace(witness=None)
    found = gather(statement, setting, claim, Options("quick", 0, "cpu"))
    return statement, judge(found, owed=True), next((e for e in found if isinstance(e, Counterexample)), None)


@pytest.mark.parametrize(
    ("text", "setting", "table"),
    [
        ("implies(d(rho[1]) == 0, d(V[1]) == zeros_like(V[1]))", LINE, {}),
        ("implies(d(V[k]) == zeros_like(V[k]), d(W[k]) == zeros_like(W[k]))", TWO, {"k": "K"}),
        ("implies(rho[1] == rho[2], f[1] == 0)", TWO, {}),
        ("iff(f[n]**2 == 1, f[n] == 1)", LINE, {"n": "N"}),
        ("implies(2*f[1] == 3*f[2] + 1, f[1] == 2)", LINE, {}),
    ],
)
def test_false_implications_get_a_witness(text, setting, table):
    statement, verdict, witness = _judged(text, setting, **table)
    assert verdict.verdict == "refuted", verdict.message
    assert replay(vars(witness), statement, setting)[0]


@pytest.mark.parametrize(
    ("assumed", "text"),
    [
        ("rho[1] == 1", "f[1] == fV[1]"),
        ("f[1] == f[2]", "f[1] == 0"),
        ("dot(x[1], x[2]) == 1", "f[1] == f[2]"),
        ("sum(n, y[n]*f[n]) == 0", "d(rho[1]) == 0"),
    ],
)
def test_statements_that_are_false_where_equations_are_assumed(assumed, text):
    hypothesis = Hypothesis(assumed, parse(assumed, []))
    setting = Setting("tied", "linear", ((3, 2, 1),), 2, "exponential", assume=(hypothesis,))
    statement, verdict, witness = _judged(text, setting)
    assert verdict.verdict == "refuted", verdict.message
    assert replay(vars(witness), statement, setting)[0]


def test_true_implications_stay_true():
    for text in ("implies(f[1] == f[2], f[1]**2 == f[2]**2)", "implies(f[1]**2 == 0, f[1]**3 == 0)"):
        assert _judged(text, LINE)[1].verdict == "proved", text


POINT = RationalPoint(
    (((F(1), F(2), F(0)), (F(-1), F(1), F(3))), ((F(2), F(-1)),)),
    ((F(1), F(0), F(1)), (F(0), F(1), F(1))),
    (1, -1),
    (F(0), F(0)),
)


def test_an_affine_equation_is_solved_exactly():
    equation = (parse("f[1] == f[2] + 1/3"), {})
    found = solved(POINT, [equation], TWO, (3, 2, 1))
    assert found is not None
    w1, w2 = found.W
    f = [
        sum(b * sum(a * v for a, v in zip(row, x, strict=True)) for b, row in zip(w2[0], w1, strict=True))
        for x in found.x
    ]
    assert f[0] - f[1] == F(1, 3)


def test_rational_norms_and_rank_one():
    def norm_square(layer):
        return sum(v * v for row in layer for v in row)

    for layer in with_rational_norms(POINT).W:
        square = norm_square(layer)
        root = F(round(square.numerator**0.5), round(square.denominator**0.5))
        assert root * root == square
    (a, b, c), (d, e, f) = of_rank_one(POINT).W[0]
    assert a * e == b * d and a * f == c * d


def test_linear_systems():
    assert linear_solution([[F(1), F(2)], [F(2), F(4)]], [F(3), F(6)]) == [3, 0]
    assert linear_solution([[F(1), F(2)], [F(2), F(4)]], [F(3), F(5)]) is None
