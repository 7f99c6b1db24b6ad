"""Limits in the weight decay: what is proved, what data refute, what paths say, and that nothing stands untested."""

import pytest

from verify.auditor.claims import owed
from verify.auditor.kinds import replay, simulate
from verify.vanishing import decide_vanishing, refute_vanishing
from verify.verdict import judge

SETTINGS = """
[setting.line]
network = 'linear'
widths = [3, 1]
examples = 4
loss = 'logistic'
weight_decay = 'any'
data = 'separable'
[setting.nonseparable]
network = 'linear'
widths = [2, 1]
examples = 4
loss = 'exponential'
weight_decay = 'any'
data = 'nonseparable'
[setting.bare]
network = 'linear'
widths = [3, 1]
examples = 4
loss = 'exponential'
data = 'separable'
[setting.square]
network = 'linear'
widths = [4, 1]
examples = 3
loss = 'square'
weight_decay = 'any'
[setting.deep]
network = 'linear'
widths = [3, 2, 1]
examples = 4
loss = 'exponential'
weight_decay = 'any'
data = 'separable'
"""


@pytest.fixture
def claim(one_claim):
    def made(setting, formula, at="any"):
        return one_claim(SETTINGS, setting, formula, f"at = '{at}'")

    return made


@pytest.fixture
def parts(claim):
    def made(*given, **more):
        statement = claim(*given, **more).printed
        return statement, statement.settings[0]

    return made


@pytest.mark.parametrize(
    ("setting", "formula"),
    [
        ("line", "limit(V[1], decay) == svm"),
        ("line", "limit(vec(V[1]), decay) == svm"),
        ("line", "limit(margin, decay) == max_margin"),
        ("line", "limit(1/rho, decay) == 0"),
        ("line", "limit(L, decay) == 0"),
        ("square", "limit(vec(W[1]), decay) == min_norm"),
        ("square", "limit(X @ vec(W[1]), decay) == Y"),
        ("square", "limit(f[1], decay) == dot(x[1], min_norm)"),
        ("bare", "limit(V[1]) == limit(V[1], decay)"),
    ],
)
def test_proved(parts, setting, formula):
    assert decide_vanishing(*parts(setting, formula)).outcome == "proved"


@pytest.mark.parametrize(
    ("setting", "formula"),
    [
        ("line", "limit(2*V[1], decay) == svm"),
        ("line", "limit(margin, decay) == 2*max_margin"),
        ("line", "limit(rho/log(decay), decay) == 1/max_margin"),  # the sign is wrong
        ("line", "limit(rho, decay) == 1"),
        ("line", "limit(L, decay) > 0"),
        ("square", "limit(2*vec(W[1]), decay) == min_norm"),
        ("square", "limit(rho, decay) == 0"),
        ("bare", "limit(2*V[1]) == limit(V[1], decay)"),
        ("nonseparable", "limit(1/rho, decay) == 0"),
    ],
)
def test_refuted_and_never_proved(parts, setting, formula):
    statement, where = parts(setting, formula)
    assert decide_vanishing(statement, where).outcome == "undecided"
    witness = refute_vanishing(statement, where)
    assert witness is not None
    stored = {k: getattr(witness, k) for k in ("W", "x", "y", "decay", "separator", "widths", "indices")}
    stands, shows = replay(stored, statement, where)
    assert stands and shows == witness.shows


@pytest.mark.parametrize(
    ("setting", "formula"),
    [
        ("line", "limit(V[1], decay) == svm"),
        ("line", "limit(rho/log(1/decay), decay) == 1/max_margin"),
        ("square", "limit(vec(W[1]), decay) == min_norm"),
        ("nonseparable", "limit(L, decay) < N"),
    ],
)
def test_what_is_true_has_no_witness(parts, setting, formula):
    assert refute_vanishing(*parts(setting, formula)) is None


def test_zero_weights_are_stationary_points_as_well(parts):
    statement, where = parts("deep", "limit(L, decay) == 0", at="stationary")
    assert refute_vanishing(statement, where).shows.startswith("zero weights are stationary at every decay")


@pytest.mark.parametrize(
    ("setting", "formula", "at", "verdict"),
    [
        ("line", "limit(rho/log(1/decay), decay) == 1/max_margin", "any", "proved"),
        ("line", "limit(2*rho/log(1/decay), decay) == 2/max_margin", "any", "supported"),
        ("bare", "limit(V[1]) == limit(V[1], decay)", "any", "proved"),
        ("deep", "limit(rho[1]/rho[2], decay) == 1", "minimum", "proved"),
        ("deep", "limit(rho[1]**2/rho[2]**2, decay) == 1", "minimum", "supported"),
        ("deep", "limit(rho[1]/rho[2], decay) == 2", "minimum", "refuted"),
        ("deep", "limit(L/decay, decay) == 1", "minimum", "undecided"),
        ("square", "limit(vec(W[1]), decay) == 2*min_norm", "any", "refuted"),
    ],
)
def test_verdicts(parts, setting, formula, at, verdict):
    statement, where = parts(setting, formula, at=at)
    simulated, _ = simulate(statement, where, profile="brief", seed=0)
    witness = refute_vanishing(statement, where) if simulated.violations else None
    seen = [decide_vanishing(statement, where), simulated, *([witness] if witness else [])]
    judged = judge(seen, owed=owed(statement.formula))
    assert judged.verdict == verdict, judged.message
