"""Deep linear networks under a vanishing decay: what is proved, and what known paths refute."""

import pytest

from verify.auditor.kinds import replay, simulate
from verify.vanishing import decide_vanishing, refute_vanishing

SETTINGS = """
[setting.two]
network = 'linear'
widths = [3, 2, 1]
examples = 4
loss = 'exponential'
weight_decay = 'any'
data = 'separable'
[setting.three]
network = 'linear'
widths = [3, 2, 2, 1]
examples = 4
loss = 'logistic'
data = 'separable'
[setting.separating]
network = 'linear'
widths = [3, 2, 1]
examples = 4
loss = 'exponential'
data = 'separable'
start = 'separating'
[setting.one]
network = 'linear'
widths = [3, 2, 2, 1]
examples = 1
loss = 'exponential'
[setting.squares]
network = 'linear'
widths = [3, 1]
examples = 2
loss = 'square'
[setting.unequal]
network = 'linear'
widths = [3, 2, 1]
examples = 4
loss = 'exponential'
weight_decay = ['1/2', '1/3']
data = 'separable'
[setting.tanh]
network = 'smooth'
smooth = 'tanh'
widths = [2, 2, 1]
examples = 3
loss = 'exponential'
[setting.softplus]
network = 'smooth'
widths = [1, 1, 1]
examples = 3
loss = 'square'
weight_decay = '1/8'
"""


@pytest.fixture
def parts(one_claim):
    def made(setting, formula, at="any", more=""):
        statement = one_claim(SETTINGS, setting, formula, f"at = '{at}'\n{more}").printed
        return statement, statement.settings[0]

    return made


@pytest.mark.parametrize(
    ("setting", "formula", "at"),
    [
        ("two", "limit(L, decay) == 0", "minimum"),
        ("two", "limit(1/rho[1], decay) == 0", "any"),
        ("two", "limit(rho[1]/rho[2], decay) == 1", "any"),
        ("two", "limit(rho*margin/log(1/decay), decay) == 1", "stationary"),
        ("three", "limit(margin*rho/log(1/decay), decay) == 1", "minimum"),
        ("three", "limit(1/rho, decay) == 0", "minimum"),
        ("separating", "limit(V[2] @ V[1]) == limit(V[2] @ V[1], decay)", "any"),
        ("separating", "limit(margin) == limit(margin, decay)", "minimum"),
        ("one", "limit(margin, decay) == norm(x[1])", "minimum"),
        ("one", "limit(fV[1], decay) == y[1]*norm(x[1])", "minimum"),
        ("one", "limit(V[3] @ V[2] @ V[1], decay) == y[1]*x[1]/norm(x[1])", "minimum"),
    ],
)
def test_proved(parts, setting, formula, at):
    statement, where = parts(setting, formula, at)
    assert decide_vanishing(statement, where).outcome == "proved"
    assert refute_vanishing(statement, where) is None


@pytest.mark.parametrize(
    ("setting", "formula", "at", "why"),
    [
        ("two", "limit(rho*margin/log(1/decay), decay) == 2", "any", "largest margin"),
        ("two", "limit(rho[1]/log(1/decay), decay) == 1", "any", "largest margin"),
        ("two", "limit(decay[1]*rho, decay) == 1", "any", "largest margin"),
        ("two", "limit(L, decay) == 0", "stationary", "zero weights"),
        ("two", "limit(L, decay) > 0", "minimum", "largest margin"),
        ("three", "limit(L, decay) == 0", "minimum", "zero weights are a minimum"),
        ("three", "limit(1/rho, decay) == 0", "any", "tend to zero along the sum"),
        ("three", "limit(margin) == limit(margin, decay)", "any", "tend to zero along the sum"),
        ("three", "limit(rho, decay) == 1", "minimum", "largest margin"),
        ("one", "limit(margin, decay) == 2*norm(x[1])", "any", "largest margin"),
        ("squares", "limit(W[1]) == limit(W[1], decay)", "any", "least norm"),
        ("tanh", "limit(L, decay) < 1", "stationary", "zero weights are stationary"),
        ("softplus", "limit(L, decay) == 0", "minimum", "a path of stationary points ends"),
    ],
)
def test_refuted_and_never_proved(parts, setting, formula, at, why):
    statement, where = parts(setting, formula, at)
    assert decide_vanishing(statement, where).outcome == "undecided"
    witness = refute_vanishing(statement, where)
    assert witness is not None and why in witness.shows
    stored = {k: getattr(witness, k) for k in ("W", "x", "y", "decay", "separator", "widths", "indices")}
    stands, shows = replay(stored, statement, where)
    assert stands and shows == witness.shows


@pytest.mark.parametrize(
    ("setting", "formula", "at"),
    [
        ("three", "limit(margin) == limit(margin, decay)", "any"),
        ("three", "limit(L, decay) == 0", "minimum"),
        ("three", "limit(1/rho, decay) == 0", "any"),
        ("two", "limit(rho/log(1/decay), decay) == 1", "any"),
        ("two", "limit(V[1], decay) == 0*V[1]", "any"),
        ("two", "limit(decay[1]*rho, decay) == 1", "any"),
        ("one", "limit(margin, decay) == 2*norm(x[1])", "minimum"),
        ("separating", "limit(2*V[2] @ V[1]) == limit(V[2] @ V[1], decay)", "any"),
        ("unequal", "limit(rho[1]/rho[2], decay) == 1", "any"),
        ("tanh", "limit(L, decay) == 0", "minimum"),
    ],
)
def test_not_proved(parts, setting, formula, at):
    assert decide_vanishing(*parts(setting, formula, at)).outcome != "proved"


def test_simulated_paths_agree_with_the_proof(parts):
    for formula in ("limit(1/rho, decay) == 0", "limit(rho*margin/log(1/decay), decay) == 1"):
        seen, _ = simulate(*parts("two", formula, "minimum"), profile="brief", seed=0)
        assert seen.instances and not seen.violations


def test_smooth_networks_are_followed(parts):
    seen, _ = simulate(*parts("tanh", "limit(L, decay) <= 1", "stationary"), profile="brief", seed=0)
    assert seen.instances and not seen.violations
