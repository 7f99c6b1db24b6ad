"""Directions at rest: families and boxes that violate statements, replayed, and none against what is true."""

from fractions import Fraction

import pytest

from verify.auditor.kinds import decide, refute, replay, simulate
from verify.places.directions import DirectionBox, DirectionCertifier, directions_rest, families
from verify.points.rational import RationalPoint

SETTINGS = """
[setting.one]
network = 'linear'
widths = [3, 2, 1]
examples = 1
loss = 'exponential'
[setting.leaky]
network = 'leaky-relu'
widths = [2, 2, 1]
examples = 1
loss = 'logistic'
weight_decay = 'any'
[setting.deep]
network = 'linear'
widths = [2, 2, 2, 1]
examples = 3
loss = 'exponential'
data = 'separable'
flow = 'fixed-rho'
[setting.line]
network = 'linear'
widths = [3, 1]
examples = 5
loss = 'logistic'
[setting.relu]
network = 'relu'
widths = [2, 2, 1]
examples = 3
loss = 'exponential'
[setting.tanh]
network = 'smooth'
smooth = 'tanh'
widths = [2, 2, 1]
examples = 3
loss = 'exponential'
"""


@pytest.fixture
def parts(one_claim):
    def made(setting, formula, ranges=""):
        statement = one_claim(SETTINGS, setting, formula, f"at = 'stationary-direction'\n{ranges}").printed
        return statement, statement.settings[0]

    return made


@pytest.mark.parametrize("name", ["one", "leaky", "deep", "line", "relu"])
def test_members_of_the_families_rest(parts, name):
    _, where = parts(name, "L > 0")
    (widths,) = where.widths
    members = list(families(where, widths))
    assert members
    for point in members:
        assert directions_rest(point.world(where, widths), where.sizes(widths))


@pytest.mark.parametrize(
    ("setting", "formula", "how"),
    [
        ("one", "y[1]*fV[1] > 0", "exactly zero"),
        ("one", "rank(hess(L, V)) == 0", "exactly zero"),
        ("leaky", "abs(fV[1]) < norm(x[1])", "exactly zero"),
        ("deep", "y[1]*fV[1] < 0", "exactly zero"),
        ("line", "norm(grad(L, W[1]))**2 == 0", "exactly zero"),
        ("relu", "norm(grad(L, W[1]))**2 > 0", "exactly zero"),
        ("relu", "entry(W[1],1,1) == 0", "decimals of a direction at rest"),
        ("tanh", "norm(grad(L, W[1]))**2 == 0", "decimals of a direction at rest"),
    ],
)
def test_refuted_and_replayed(parts, setting, formula, how):
    statement, where = parts(setting, formula)
    assert decide(statement, where).outcome != "proved"
    _, violations = simulate(statement, where, profile="brief", seed=0)
    if "decimals" in how:  # no member of a family
        where_only = [v for v in violations if v.where]
        assert where_only
    witness = refute(statement, where, violations)
    assert witness is not None
    if how == "exactly zero":
        assert how in witness.hypotheses[-1]
    stored = {k: getattr(witness, k) for k in ("W", "x", "y", "decay", "separator", "widths", "indices")}
    stands, shows = replay(stored, statement, where)
    assert stands and shows == witness.shows


@pytest.mark.parametrize(
    ("setting", "formula"),
    [
        ("one", "fV[1]**2 == dot(x[1], x[1]) or_zero"),
        ("deep", "norm(d(V[1]))**2 == 0"),
        ("relu", "norm(d(V[2]))**2 == 0"),
        ("line", "L > 0"),
    ],
)
def test_what_is_true_has_no_witness(parts, setting, formula):
    formula = formula.replace(" or_zero", "")
    statement, where = parts(setting, formula)
    _, violations = simulate(statement, where, profile="brief", seed=0)
    assert refute(statement, where, violations) is None


def test_a_point_that_does_not_rest_refutes_nothing(parts):
    statement, where = parts("line", "L < 0")
    judge = DirectionCertifier(statement.formula, statement, where, (3, 1))
    (rests, *_) = families(where, (3, 1))
    assert judge.violates(rests, {})
    zero = RationalPoint((((Fraction(0),) * 3,),), rests.x, rests.y, rests.decay)
    assert not judge.violates(zero, {})


def test_boxes_of_directions(parts):
    _, where = parts("line", "L > 0")
    x = tuple(tuple(Fraction(v) for v in row) for row in ((1, 0, 1), (0, 2, 1), (1, 1, 0), (2, 0, -1), (0, 1, 3)))
    point = RationalPoint((((Fraction(1),) * 3,),), x, (1, 1, -1, 1, -1), (Fraction(0),))
    box = DirectionBox(point, where, (3, 1))
    assert not box.holds_one()
    found = box.refined()
    assert found is not None and found.holds_one()
    (w,) = found.point.W[0]
    assert abs(sum(v * v for v in w) - 3) < Fraction(1, 10**20)


def test_existence(parts):
    found = decide(*parts("one", "somewhere(y[1]*fV[1] < 0)"))
    assert found.outcome == "proved" and found.detail["points"][0]["hypotheses"][-1] == "every d(V[k]) is exactly zero"
    assert decide(*parts("one", "somewhere(fV[1]**2 > dot(x[1], x[1]))")).outcome != "proved"
