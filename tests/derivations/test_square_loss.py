"""Every derivation of `square_loss` builds, and none of its steps survives a change."""

import pytest

from derivations import square_loss


@pytest.mark.parametrize("build", square_loss.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"square_loss.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", square_loss.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
