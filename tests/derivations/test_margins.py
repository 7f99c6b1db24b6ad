"""Every derivation of `margins` builds, and none of its steps survives a change."""

import pytest
import sympy

from derivations import margins


@pytest.mark.parametrize("build", margins.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"margins.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", margins.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)


@pytest.mark.parametrize("flow", ["gradient", "constrained", "fixed-rho"])
def test_a_layer_never_lowers_the_smoothed_margin(flow):
    """At S = L ell only the tangential part is left."""
    left = margins.layer_term(flow).subs(margins.PULL, margins.LOSS * margins.ELL)
    assert sympy.simplify(left - margins.TURN[flow] * margins.TANGENT**2 / margins.LOSS) == 0
