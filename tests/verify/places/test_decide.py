"""Statements at stationary points, minima and stationary directions: decided, refuted, and never by mistake."""

from fractions import Fraction

import pytest

from verify.auditor.kinds import decide, refute, simulate
from verify.places.certifier import PlaceCertifier
from verify.places.witness import replay_place
from verify.points.enclosure import holds_one, positive_definite, refined
from verify.points.rational import RationalPoint

SETTINGS = """
[setting.line]
network = 'linear'
widths = [3, 1]
examples = 2
loss = 'exponential'
average = false
weight_decay = 'any'
data = 'separable'
[setting.bare]
network = 'linear'
widths = [2, 1]
examples = 2
loss = 'exponential'
data = 'separable'
[setting.three]
network = 'linear'
widths = [3, 2, 2, 1]
examples = 4
loss = 'exponential'
[setting.relu]
network = 'relu'
widths = [2, 2, 1]
examples = 3
loss = 'exponential'
weight_decay = 'any'
[setting.square]
network = 'linear'
widths = [3, 1]
examples = 2
loss = 'square'
"""
K1 = "exp(-exp(-y[n]*f[n])/(2*decay)*dot(y[n]*x[n], sum(j, y[j]*x[j]))) == exp(-y[n]*f[n])"
KN = "exp(-dot(y[n]*x[n], sum(j, exp(-y[j]*f[j])/(2*decay)*y[j]*x[j]))) == exp(-y[n]*f[n])"


@pytest.fixture
def parts(one_claim):
    def made(setting, formula, at, ranges=""):
        statement = one_claim(SETTINGS, setting, formula, f"at = '{at}'\n{ranges}").printed
        return statement, statement.settings[0]

    return made


N_RANGE = "for = { n = '1..N' }"


@pytest.mark.parametrize(
    ("setting", "formula", "at"),
    [
        ("line", KN, "stationary"),
        ("line", KN, "minimum"),
        ("relu", "2*decay*rho[1]**2 == 1/N*sum(j, y[j]*f[j]*exp(-y[j]*f[j]))", "stationary"),
        ("relu", "eigmin(hess(L)) >= 0", "minimum"),
    ],
)
def test_proved(parts, setting, formula, at):
    ranges = N_RANGE if "[n]" in formula else ""
    assert decide(*parts(setting, formula, at, ranges)).outcome == "proved"


@pytest.mark.parametrize(
    ("setting", "formula", "at"),
    [
        ("line", K1, "stationary"),
        ("relu", "decay*rho[1]**2 == 1/N*sum(j, y[j]*f[j]*exp(-y[j]*f[j]))", "stationary"),
        ("relu", "eigmin(hess(L)) >= 0", "stationary"),
        ("relu", "2*decay*rho[1]**2 == 1/N*sum(j, y[j]*f[j]*exp(-y[j]*f[j]))", "any"),
    ],
)
def test_not_proved(parts, setting, formula, at):
    ranges = N_RANGE if "[n]" in formula else ""
    assert decide(*parts(setting, formula, at, ranges)).outcome != "proved"


@pytest.mark.parametrize(
    ("setting", "formula", "at", "shows"),
    [
        ("line", K1, "stationary", "decimals of a stationary point"),
        ("three", "norm(hess(L))**2 != 0", "stationary", "exactly zero"),
        ("line", "norm(W[1])**2 < 1/1000", "minimum", "decimals of a stationary point"),
    ],
)
def test_refuted_by_a_certified_point(parts, setting, formula, at, shows):
    statement, where = parts(setting, formula, at, N_RANGE if "[n]" in formula else "")
    seen, violations = simulate(statement, where, profile="brief", seed=0)
    assert seen.violations
    witness = refute(statement, where, violations)
    assert shows in witness.hypotheses[-1]
    stored = {k: getattr(witness, k) for k in ("W", "x", "y", "decay", "separator", "widths", "indices")}
    stands, said = replay_place(stored, statement, where)
    assert stands and said == witness.shows


def test_a_point_that_is_not_stationary_refutes_nothing(parts):
    statement, where = parts("square", "norm(W[1])**2 > 0", "stationary")
    judge = PlaceCertifier(statement.formula, statement, where, (3, 1))
    x = ((Fraction(1), Fraction(0), Fraction(0)), (Fraction(0), Fraction(1), Fraction(0)))
    zero = ((tuple([Fraction(0)] * 3),),)
    assert not judge.violates(RationalPoint(zero, x, (Fraction(1), Fraction(2)), (Fraction(0),)), {})
    assert judge.violates(RationalPoint(zero, x, (Fraction(0), Fraction(0)), (Fraction(0),)), {})


def test_no_stationary_point_is_none(parts):
    statement, where = parts("bare", "L == L", "stationary")
    seen, _ = simulate(statement, where, profile="brief", seed=0)
    assert seen.excluded["no stationary point found"] and not seen.instances and not seen.message


def test_boxes(parts):
    _, where = parts("line", "L > 0", "stationary")
    x = ((Fraction(1), Fraction(0), Fraction(1)), (Fraction(0), Fraction(2), Fraction(1)))
    point = RationalPoint((((Fraction(1, 2),) * 3,),), x, (1, -1), (Fraction(1, 3),))
    found = refined(point, where, (3, 1))
    assert holds_one(found, where, (3, 1), minimum=True)
    assert not holds_one(point, where, (3, 1))


def test_definiteness_needs_every_pivot():
    from flint import arb_mat

    assert positive_definite(arb_mat([[2, 1], [1, 2]]))
    assert not positive_definite(arb_mat([[1, 2], [2, 1]]))
    assert not positive_definite(arb_mat([[1, 1], [1, 1]]))


def test_existence(parts):
    saddle = decide(*parts("three", "somewhere(norm(hess(L))**2 == 0)", "stationary"))
    assert saddle.outcome == "proved"
    assert {v for w in saddle.detail["points"][0]["W"] for row in w for v in row} == {"0"}
    inside = decide(*parts("line", "somewhere(rho[1] > 1/10)", "minimum"))
    assert (
        inside.outcome == "proved" and "decimals of a stationary point" in inside.detail["points"][0]["hypotheses"][-1]
    )
    assert decide(*parts("line", "somewhere(rho[1] > 1000)", "minimum")).outcome != "proved"
