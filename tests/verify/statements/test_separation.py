"""What hypotheses grant: that every start separates, that the loss is below that of one example."""

import pytest

from verify.claim import Hypothesis, Setting
from verify.formula import parse
from verify.formula.shapes import Range
from verify.statements.separation import below_one, by_start, separates_at_start


def setting(*assume, **changes):
    """A setting with hypotheses, each a text or a text and its ranges."""
    base = {"name": "s", "network": "relu", "widths": ((4, 3, 2, 1),), "examples": 5, "loss": "exponential"}
    return Setting(**base | changes | {"assume": tuple(map(hypothesis, assume))})


def hypothesis(given):
    text, table = (given, {}) if isinstance(given, str) else given
    ends = {i: [parse(e, list(table)) for e in r.split("..")] for i, r in table.items()}
    return Hypothesis(text, parse(text, list(table)), tuple(Range(i, *e) for i, e in ends.items()))


def every(text, ends="1..N"):
    return (text, {"n": ends})


GRANTED = [
    ["margin > 0"],
    ["0 < margin"],
    ["-margin < 0"],
    ["2*margin > 0"],
    ["rho*margin > 0"],
    ["margin >= 1/10"],
    ["margin > 1/N"],
    ["margin == 1"],
    ["min(n, y[n]*f[n]) > 0"],
    ["min(n, y[n]*fV[n]) > 0"],
    ["min(m, f[m]*y[m]) > 1"],
    ["min(n, 1, N, y[n]*f[n]) > 0"],
    ["rho*min(n, y[n]*fV[n]) > 0"],
    [every("y[n]*f[n] > 0")],
    [every("0 < f[n]*y[n]/rho[1]")],
    [every("y[n]*f[n] > 0", "1..3"), every("y[n]*fV[n] > 0", "4..N")],
    ["margin > 0 and N*L < 3"],
    ["N*L < 1"],
    ["L < 1/N"],
    ["L <= 1/6"],
    ["1 > 5*L"],
    [("y[n]*f[m] > 0", {"n": "1..N", "m": "1..N"})],
]


@pytest.mark.parametrize("assume", GRANTED, ids=str)
def test_hypotheses_that_separate(assume):
    assert separates_at_start(setting(*assume))


NOT_GRANTED = [
    [],
    ["margin >= 0"],
    ["margin > -1"],
    ["margin < 1"],
    ["-margin > 0"],
    ["margin != 0"],
    ["margin**2 > 0"],
    ["max(n, y[n]*f[n]) > 0"],
    ["min(n, y[n]*f[n]) > -1"],
    ["min(n, f[n]) > 0"],
    ["min(n, 1, N-1, y[n]*f[n]) > 0"],
    ["sum(n, y[n]*f[n]) > 0"],
    ["f[1] > 0"],
    ["margin + rho > 0"],
    ["margin*f[1] > 0"],
    [every("y[n]*f[n] > 0", "1..N-1")],
    [every("y[n]*f[n] >= 0")],
    [every("y[n]*f[1] > 0")],
    [every("f[n] > 0")],
    [every("y[n]*f[N - n + 1] > 0")],
    [every("y[n]**2*f[n] > 0")],
    [every("y[n]*f[n] + rho > 0")],
    ["L < 1"],
    ["N*L <= 1"],
    ["N*L < 2"],
    ["N*L > 1"],
    ["implies(rho > 1, margin > 0)"],
]


@pytest.mark.parametrize("assume", NOT_GRANTED, ids=str)
def test_hypotheses_that_do_not(assume):
    assert not separates_at_start(setting(*assume))


def test_outputs_at_v_tell_of_homogeneous_networks_only():
    assert separates_at_start(setting("margin > 0", network="power"))
    assert not separates_at_start(setting("margin > 0", network="smooth"))
    assert separates_at_start(setting(every("y[n]*f[n] > 0"), network="smooth"))
    assert not separates_at_start(setting("margin > 0", loss="square"))


@pytest.mark.parametrize(
    ("assumed", "changes", "small"),
    [
        ("N*L < 1", {}, True),
        ("L < 1", {}, False),
        ("L < 1", {"average": False}, True),
        ("L <= 1", {"average": False}, False),
        ("N*L < 1", {"loss": "logistic"}, False),
        ("N*L < log(2)", {"loss": "logistic"}, True),
        ("N*L <= log(2)", {"loss": "logistic"}, False),
        ("N*L < 69/100", {"loss": "logistic"}, True),
        ("N*L < 7/10", {"loss": "logistic"}, False),
        ("N*L < 1/2", {"loss": "cross-entropy"}, False),
        ("margin > 0", {"examples": 1}, True),
        ("margin > 0", {}, False),
    ],
)
def test_losses_below_that_of_one_example(assumed, changes, small):
    assert below_one(setting(assumed, **changes)) is small


def test_a_start_stands_for_hypotheses_that_only_separate():
    assert by_start(setting("margin > 0")) == setting(start="separating")
    assert by_start(setting("margin > 0", "rho[1] == rho[2]")) == setting("rho[1] == rho[2]", start="separating")
    assert by_start(setting("margin > 0", start="balanced")) == setting(start="balanced")
    for kept in (["N*L < 1"], ["margin >= 0"], []):
        assert by_start(setting(*kept)) == setting(*kept)
