"""Every derivation of `hessians` builds, and none of its steps survives a change."""

import pytest

from derivations import hessians


@pytest.mark.parametrize("build", hessians.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"hessians.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", hessians.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
