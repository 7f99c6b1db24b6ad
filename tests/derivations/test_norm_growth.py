"""Every derivation of `norm_growth` builds, and none of its steps survives a change."""

import pytest

from derivations import norm_growth


@pytest.mark.parametrize("build", norm_growth.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"norm_growth.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", norm_growth.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
