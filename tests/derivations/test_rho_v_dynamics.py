"""Every derivation of `rho_v_dynamics` builds, and none of its steps survives a change."""

import pytest

from derivations import rho_v_dynamics


@pytest.mark.parametrize("build", rho_v_dynamics.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"rho_v_dynamics.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", rho_v_dynamics.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
