"""Every derivation of `cross_entropy` builds, and none of its steps survives a change."""

import pytest

from derivations import cross_entropy


@pytest.mark.parametrize("build", cross_entropy.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"cross_entropy.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", cross_entropy.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
