"""The benchmarks' peers solve the same problems; what is timed is not asserted."""

import numpy as np

from numerics.benchmarks import flows as bench


def test_lsoda_and_our_flow_agree():
    setting, start = bench.problem(0)
    assert np.allclose(bench.lsoda_values(setting, start, 1e-6), bench.our_values(setting, start, 1e-6), rtol=1e-5)


def test_batch_and_single_flow_agree():
    _, values = bench.batch_values((0, 1), 1e-5)
    assert np.allclose(values[1], bench.our_values(*bench.problem(1), 1e-5), rtol=1e-5)


def test_loss_scaled_descent_reaches_its_end_off_the_flow():
    found = bench.loss_scaled_descent(*bench.problem(0), 20.0)
    assert found["log_loss"] < -20 and found["drift"] > 1e-8


def test_explicit_peer_stops_at_its_limit():
    found = bench.explicit_arclength(*bench.problem(0, "relu"), 1e6, 1e-4, 0.05)
    assert 0 < found["reached"] < 1e6


def test_names_are_the_keys():
    assert set(bench.BENCHMARKS) == {
        "smooth-flow-to-1e1000-vs-lsoda-log-time",
        "smooth-flow-to-1e1000-vs-loss-scaled-gd",
        "relu-flow-vs-explicit-arclength",
    }
