"""Premises that every point meets, or none."""

import pytest

from verify.auditor.idle_premises import idle_premises
from verify.options import Options

NET = "[setting.net]\nnetwork = 'linear'\nwidths = [3, 2, 1]\nexamples = 2\nloss = 'exponential'\n"


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("implies(L > 0, rho > 0)", "all"),
        ("implies(L < 0, rho > 1)", "none"),
        ("implies(L < 1, rho > 0)", ""),
        ("rho > 0", ""),
    ],
)
def test_a_premise_that_says_nothing_is_told(one_claim, formula, told):
    found = [s.message for s in idle_premises([one_claim(NET, "net", formula)], Options())]
    assert bool(found) == bool(told)
    assert all(f"holds at {told} of" in message for message in found)
