"""Where networks with standing gates end, compared with runs to t = 10^1000."""

from fractions import Fraction as F

import numpy as np
import pytest
from flint import fmpq

from numerics.flows.setting import FlowSetting
from numerics.flows.sliding import sliding_flow
from verify.along.fates.standing import standing
from verify.along.grouped import made_starts
from verify.along.separator import least_separator
from verify.formula.nodes import Name


def ends(claimed, name):
    """Made starts of a setting whose gates stand at once, with their fates."""
    setting = claimed(name, "diverges(rho)").printed.settings[0]
    widths = setting.widths[0]
    for point in made_starts(setting, widths):
        for fate in standing(point, setting, False):
            yield point, fate, setting.sizes(widths)


def margins(point, network):
    """y f(V; x) of every example."""
    a = np.array(point.x, dtype=float)
    for w in network[:-1]:
        a = np.maximum(a @ w.T, 0)
    return np.array(point.y) * (a @ network[-1].T)[:, 0] / np.prod([np.linalg.norm(w) for w in network])


@pytest.mark.parametrize(("name", "count", "error"), [("wide", 2, 1e-3), ("three-layers", 1, 2e-2)])
def test_runs_approach_the_margin(claimed, name, count, error):
    """At the rate of the smallest inverse power of log t that the directions have."""
    found = list(ends(claimed, name))[:count]
    assert len(found) == count
    for point, fate, sizes in found:
        depth = len(point.W)
        setting = FlowSetting(
            tuple(sizes.widths),
            np.array(point.x, dtype=float),
            np.array(point.y, dtype=float),
            fate.setting.loss,
            "relu",
            "gradient",
            fate.setting.average,
            (0.0,) * depth,
        )
        run = sliding_flow(setting, [np.array(w, dtype=float) for w in point.W], 1000.0, rtol=1e-6)
        expected = float(fate.limit(Name("margin"), {}, sizes)[0])
        early, late = (abs(margins(point, run.layers(i)).min() - expected) for i in (len(run.samples) // 2, -1))
        assert late < early
        assert late < error * expected


def test_separators_of_two_examples_at_right_angles():
    """1/gamma^2 is 2 for both together and 1 for each: one unit would end at 1/sqrt(2), two at 1/2."""
    both = least_separator([(F(1), F(0)), (F(0), F(1))])
    assert sum(v * v for v in both) == 2
    assert [sum(v * v for v in least_separator([row])) for row in ((F(1), F(0)), (F(0), F(1)))] == [1, 1]


def test_starts_on_the_same_data_have_other_groups(claimed):
    for _, fate, sizes in ends(claimed, "wide"):
        others = list(fate.others())
        assert others
        for other in others:
            assert other.start.x == fate.start.x
            assert other.groups != fate.groups
            first, second = (f.limit(Name("margin"), {}, sizes)[0] for f in (fate, other))
            assert not first.overlaps(second)


def test_a_lost_example_leaves_its_loss(claimed):
    setting = claimed("separating", "limit(L) == 0").printed.settings[0]
    widths = setting.widths[0]
    fate = next(f for p in made_starts(setting, widths) for f in standing(p, setting, True) if f.lost)
    assert fate.limit(Name("L"), {}, setting.sizes(widths))[0] == fmpq(1, 5)
    assert fate.limit(Name("margin"), {}, setting.sizes(widths))[0] == 0
    assert "example 2 seen by none, for ever" in fate.story
