"""What claims about trajectories speak of, along real runs."""

import pytest

from verify.claimfile import read
from verify.report.figures.series import series

TEXT = """
format = 1
paper = { key = 'mine', title = 'Along' }
setting.one = { network = 'linear', widths = [2, 1], examples = 2, loss = 'exponential', data = 'separable' }
claim = [
 { id = 'loss', text = 'The loss vanishes.', setting = 'one', printed = 'limit(L) == 0' },
 { id = 'direction', text = 'The direction settles.', setting = 'one', printed = 'limit(vec(V[1])) == svm' },
 { id = 'rate', text = 'The norm grows like log t.', setting = 'one', printed = 'asymptotic(rho, log(t)/max_margin)' },
 { id = 'point', text = 'Nothing along a trajectory.', setting = 'one', printed = 'rho > 0' },
]
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("along") / "mine.claims.toml"
    path.write_text(TEXT)
    return series(read([path]).claims)


def test_every_claim_about_trajectories_is_followed(found):
    assert set(found) == {"mine/loss", "mine/direction", "mine/rate"}
    for shown in found.values():
        assert all(len(x) == len(y) > 10 and x == sorted(x) for x, y in shown["curves"])


def test_quantities_are_what_the_claims_say(found):
    loss, rate = found["mine/loss"], found["mine/rate"]
    assert loss["logarithmic"] and loss["expected"] == 0 and loss["law"].startswith("like t^-1")
    for x, y in loss["curves"]:  # L is about 1/t
        assert y[-1] == pytest.approx(-x[-1], rel=0.01)
    assert rate["expected"] == 1 and all(y[-1] == pytest.approx(1, abs=0.01) for _, y in rate["curves"])
    assert found["mine/direction"]["latex"].startswith(r"\left\|")
