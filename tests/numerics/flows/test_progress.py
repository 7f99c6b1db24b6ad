"""Bars of flows: every part told once, the end told, evenly in decades of log t."""

import itertools

import pytest

from numerics.flows.multistep import multistep_flow
from numerics.flows.progress import paced
from numerics.flows.setting import FlowSetting
from numerics.flows.sliding import sliding_flow
from numerics.flows.smooth import smooth_flow
from tests.numerics.flows.problems import gaussian_layers, separable_data


@pytest.mark.parametrize(
    ("flow", "network"), [(smooth_flow, "linear"), (multistep_flow, "linear"), (sliding_flow, "relu")]
)
def test_a_bar_moves_forward_and_arrives(flow, network):
    setting = FlowSetting((4, 3, 1), *separable_data(1), network=network)
    told = []
    run = flow(setting, gaussian_layers(2, (4, 3, 1)), 30.0, progress=paced(lambda *row: told.append(row), 30.0, 10))
    assert run.status == "finished"
    done = [part for _, part, _ in told]
    assert done == sorted(set(done)) and done[-1] == 10 and len(done) > 5
    assert all(total == 10 and what.startswith("log10 t = ") for what, _, total in told)


def test_parts_are_even_in_decades_of_log_t():
    told = []
    progress = paced(lambda what, done, total: told.append(done), 1e12)
    for decade in range(13):
        progress(10.0**decade)
    steps = [high - low for low, high in itertools.pairwise(told[3:])]
    assert told[-1] == 100 and max(steps) - min(steps) <= 1
