"""Rates from a loss below that of one example."""

import numpy as np
import pytest

from verify.along.fates.below import below, degrees, enlarged
from verify.along.rays import rays
from verify.formula import parse
from verify.points.rational import with_decays


def starts(claimed, name):
    setting = claimed(name, "diverges(rho)").printed.settings[0]
    return setting, setting.widths[0]


@pytest.mark.parametrize("name", ["deep", "leaky", "power", "odd", "balanced"])
def test_larger_multiples_of_separating_starts_are_below(claimed, name):
    setting, widths = starts(claimed, name)
    for point in rays(setting, widths):
        for larger in enlarged(point, setting, widths):
            assert list(below(larger, setting, widths))


def test_degrees_of_layers(claimed):
    assert degrees(starts(claimed, "odd")[0], 3) == (9, 3, 1)
    assert degrees(starts(claimed, "leaky")[0], 3) == (1, 1, 1)


RATES = [
    ("deep", "rho*margin", (1.0, (0, 1, 0))),
    ("odd", "rho[1]**3*rho[2]*margin", (1.0, (0, 1, 0))),
    ("odd", "rho[1]/rho[2]", (3**0.5, (0, 0, 0))),
    ("deep", "log(L)", (-1.0, (0, 1, 0))),
    ("leaky", "rho[1]", None),
]


@pytest.mark.parametrize(("name", "text", "wanted"), RATES)
def test_rates_without_unknown_factors(claimed, name, text, wanted):
    setting, widths = starts(claimed, name)
    point = next(larger for p in rays(setting, widths) for larger in enlarged(p, setting, widths))
    (fate,) = below(point, setting, widths)
    law = fate.law(parse(text), {}, setting.sizes(widths))
    if wanted is None:
        assert law.unknown
    else:
        assert not law.unknown
        assert tuple(map(float, law.growth)) == wanted[1]
        assert np.isclose(float(law.value), wanted[0])


def test_flows_with_decay_and_other_flows_have_no_such_rates(claimed):
    for name in ("decayed", "constrained"):
        setting, widths = starts(claimed, name)
        for point in rays(setting, widths):
            assert not list(below(with_decays(point, setting), setting, widths))
