"""What the certifier takes for a witness, and what it does not."""

from fractions import Fraction

import pytest

from verify.claim import Setting, Statement
from verify.formula import parse
from verify.points.certifier import Certifier, general_position
from verify.points.rational import RationalPoint
from verify.statements.pointwise import as_pointwise

RELU = Setting("relu", "relu", ((2, 2, 1),), 2, "exponential")
W = (((1, 2), (-1, 1)), ((3, 4),))


def _point(w=W, x=((2, 1), (-1, 1)), y=(1, -1)):
    def exact(rows):
        return tuple(tuple(Fraction(v) for v in row) for row in rows)

    return RationalPoint(tuple(exact(layer) for layer in w), exact(x), y, ())


def _violates(text, point=None, at="any", after=None, **changes):
    setting = Setting(**{**vars(RELU), **changes})
    statement = Statement(text, parse(text), (setting,), (), at, after)
    judge = Certifier(as_pointwise(statement.formula), statement, setting, setting.widths[0])
    return judge.violates(point or _point(), {})


@pytest.mark.parametrize(
    "text",
    [
        "f[1] == 11",
        "f[1] < 12",
        "rho[1] == 5/2",
        "L < 1000",
        "implies(f[1] == 12, f[2] == 0)",
        "conserved(rho[1])",
        "f[1] == 12 and f[2] == 0",
        "generically(f[1] == 0)",  # a gap that is certain stays one near the point
        "generically(f[1] < 11 and f[2] != 0)",
        "generically(implies(f[1] > 11, f[1] > 13))",
        "generically(iff(f[1] > 11, f[1] > 13))",
    ],
)
def test_violations_are_certified(text):
    assert _violates(text)


@pytest.mark.parametrize(
    "text",
    [
        "f[1] == 12",
        "rho[1]**2 == 7",
        "exp(f[1])*exp(-f[1]) == 1",
        "implies(f[1] == 11, f[2] == 0)",
        "sqrt(2)*sqrt(8) == 4",
        "somewhere(f[1] == 0)",
        "generically(f[1] == 12)",
        "generically(f[1] != 12)",  # fails at the point, and nowhere near it
        "generically(f[1] < 12)",
        "generically(implies(f[1] == 12, f[2] == 0))",
        "generically(rank(outer(x[1],x[1])) == 2)",
    ],
)
def test_what_holds_or_is_not_about_one_point_is_no_violation(text):
    assert not _violates(text)


@pytest.mark.parametrize(
    "point",
    [
        _point(y=(1, 1)),  # one class
        _point(x=((2, 1), (4, 2))),  # dependent inputs
    ],
)
def test_points_outside_the_hypotheses(point):
    assert not _violates("f[1] == 1/7", point)


@pytest.mark.parametrize(
    "text",
    [
        "act1(pre(1,1)) == 2*act1(pre(1,1))",
        "grad(f[1],W[1]) == 2*grad(f[1],W[1])",
        "gate(1,1) == 2*gate(1,1)",
        "d(L) > 0",
    ],
)
def test_kinks_are_no_witnesses_for_derivatives(text):
    """W_1 (1, 1) = (3, 0)."""
    assert not _violates(text, _point(x=((1, 1), (-1, 1))))


def test_a_kink_is_a_witness_for_the_output():
    assert _violates("f[1] == 8", _point(x=((1, 1), (-1, 1))))


@pytest.mark.parametrize(("at", "after"), [("stationary", None), ("minimum", None), ("any", "single-support-vector")])
def test_points_of_a_kind_that_is_not_certified(at, after):
    assert not _violates("f[1] == 11", at=at, after=after)


def test_starts_are_certified():
    assert not _violates("f[1] == 11", start="separating")  # y_2 f_2 = -11
    assert not _violates("f[1] == 11", start="equal-norms")
    assert not _violates("f[1] == 11", data="nonseparable")


def test_interpolating_points_have_the_outputs_as_targets():
    changes = {"loss": "square", "network": "linear", "at": "interpolating"}
    assert _violates("L > 0", **changes)
    assert not _violates("L == 0", **changes)


def test_general_position_looks_at_every_subset():
    """Sixty points in the plane of which the last two are parallel."""
    spread = [(Fraction(1), Fraction(i)) for i in range(60)]
    assert general_position(tuple(spread))
    assert not general_position((*spread, (Fraction(2), Fraction(2 * 59))))


def test_zero_layers_are_points_where_the_formula_exists():
    zero = _point(w=(((0, 0), (0, 0)), ((3, 4),)))
    assert _violates("rho[1] > 0", zero, network="linear")
    assert _violates("rank(outer(vec(W[1]), vec(W[1]))) == 1", zero, network="linear")
    assert not _violates("norm(V[1]) == 2", zero, network="linear")
    assert not _violates("fV[1] == 1", zero, network="linear")
    assert not _violates("rho[1] > 0", zero, network="linear", start="separating")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b,label\n0.5,1,1\n1,2,-1\n", encoding="utf-8")
    return str(path)


def test_a_table_admits_its_own_rows_only(table):
    rows = ((Fraction(1, 2), 1), (1, 2))
    changes = {"data": table, "network": "linear", "widths": ((2, 2, 1),)}
    assert _violates("norm(x[2])**2 == 4", _point(x=rows), **changes)
    assert not _violates("norm(x[2])**2 == 5", _point(x=rows), **changes)
    assert not _violates("norm(x[2])**2 == 4", _point(), **changes)
    assert not _violates("norm(x[2])**2 == 4", _point(x=rows, y=(-1, 1)), **changes)
