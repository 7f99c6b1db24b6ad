"""Every derivation of the small topics builds, and none of its steps survives a change."""

import pytest

from derivations import discretization, early_stopping, linear_networks, nonseparable

MODULES = (linear_networks, nonseparable, discretization, early_stopping)
BUILDERS = [(m, b) for m in MODULES for b in m.DERIVATIONS]
NAMES = [b.__name__ for _, b in BUILDERS]


@pytest.mark.parametrize("module, build", BUILDERS, ids=NAMES)
def test_builds(module, build):
    derivation = build()
    assert derivation.name == f"{module.__name__.rpartition('.')[2]}.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", [b for _, b in BUILDERS], ids=NAMES)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
