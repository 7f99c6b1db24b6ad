"""Every derivation of `linear_networks`, `nonseparable` and `discretization` builds; no step survives a change."""

import pytest

from derivations import discretization, linear_networks, nonseparable

BUILDERS = [(m, b) for m in (linear_networks, nonseparable, discretization) for b in m.DERIVATIONS]
NAMES = [b.__name__ for _, b in BUILDERS]


@pytest.mark.parametrize("module, build", BUILDERS, ids=NAMES)
def test_builds(module, build):
    derivation = build()
    assert derivation.name == f"{module.__name__.rpartition('.')[2]}.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", [b for _, b in BUILDERS], ids=NAMES)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
