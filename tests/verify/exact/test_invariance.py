"""Which hypotheses about the start hold ever after."""

import pytest

from verify.exact.invariance import lasting
from verify.exact.prove import _proves

PAIR = "network = 'linear'\nwidths = [3, 2, 1]\nexamples = 2\nloss = 'exponential'\n"
ONE = PAIR.replace("examples = 2", "examples = 1")

LAST = [
    (PAIR, "N*L < 1"),
    (PAIR, "1/2 > L"),
    (PAIR, "norm(x[1]) < 1"),
    (PAIR, "dot(W[1], W[1]) - dot(W[2], W[2]) > 1"),  # conserved
    (PAIR, "rho[1] == rho[2]"),  # its squares are conserved
    (ONE.replace("3, 2, 1", "3, 1"), "y[1]*f[1] > 1"),  # one example's output grows
]


@pytest.mark.parametrize(("setting", "hypothesis"), LAST)
def test_what_lasts_is_kept(one_claim, setting, hypothesis):
    given = one_claim(f"[setting.s]\n{setting}assume = ['{hypothesis}']", "s", "L > 0").settings[0]
    assert [h.text for h in lasting(given, _proves).assume] == [hypothesis]


PASS = [
    (PAIR, "L > 1/2"),  # the loss falls
    (PAIR, "y[1]*f[1] > 1"),  # the other example may take it back
    (PAIR, "rho[1] > 1"),
    (ONE, "y[1]*f[1] < 1"),
    (PAIR + "weight_decay = '1/10'\n", "dot(W[1], W[1]) - dot(W[2], W[2]) > 1"),
]


@pytest.mark.parametrize(("setting", "hypothesis"), PASS)
def test_what_may_pass_is_not(one_claim, setting, hypothesis):
    given = one_claim(f"[setting.s]\n{setting}assume = ['{hypothesis}']", "s", "L > 0").settings[0]
    assert lasting(given, _proves).assume == ()


STARTS = [
    (PAIR + "start = 'separating'", "random"),
    (PAIR + "start = 'separating'\nassume = ['N*L < 1']", "separating"),
    (ONE + "start = 'separating'", "separating"),
    (ONE + "start = 'separating'\nweight_decay = '1/10'", "random"),
    (ONE + "start = 'balanced'", "balanced"),
    (ONE.replace("linear", "relu") + "start = 'balanced'", "separating"),
    (ONE.replace("linear", "relu") + "start = 'equal-norms'", "equal-norms"),
    (ONE.replace("linear", "power") + "start = 'equal-norms'", "separating"),
]


@pytest.mark.parametrize(("setting", "later"), STARTS)
def test_words_for_the_start(one_claim, setting, later):
    given = one_claim(f"[setting.s]\n{setting}", "s", "L > 0").settings[0]
    assert lasting(given, _proves).start == later
