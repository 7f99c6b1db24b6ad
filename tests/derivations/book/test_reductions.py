"""Every derivation of `reductions` builds, and none of its steps survives a change."""

import pytest

from derivations.book import reductions


@pytest.mark.parametrize("build", reductions.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"reductions.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", reductions.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
