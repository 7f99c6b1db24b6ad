"""The benchmarks' peers solve the same problems; what is timed is not asserted."""

import numpy as np

from numerics.benchmarks import flow_peers as peers
from numerics.benchmarks import flows as bench


def test_every_side_of_the_smooth_benchmark_finds_the_same_values():
    setting, start = bench.problem(0)
    truth = bench.one_step_values(setting, start, 1e-7)
    for values in (bench.multistep_values, bench.lsoda_values, bench.lean_lsoda_values):
        assert np.allclose(values(setting, start, 1e-6), truth, rtol=2e-6), values.__name__
    assert np.allclose(bench.batch_values((1, 0), 1e-5)[1][1], truth, rtol=1e-5)


def test_each_side_runs_at_the_loosest_rung_that_is_accurate():
    values = {1e-4: 1.0 + 1e-5, 7e-5: 1.0 + 1e-7}
    rung, error = bench._loosest(lambda s, w, rtol: np.full((3, 2), values[rtol]), None, None, np.ones((3, 2)))
    assert rung == 7e-5 and 0 < error <= bench.WANTED


def test_a_peer_that_ends_early_says_nan():
    setting, start = bench.problem(0)
    values = peers.lsoda(setting, start, (10.0, 1e12), 1e-4)
    assert np.isnan(values[-1]).all()


def test_loss_scaled_descent_reaches_its_end_off_the_flow():
    found = peers.loss_scaled_descent(*bench.problem(0), 20.0)
    assert found["log_loss"] < -20 and found["drift"] > 1e-8 and found["reached"] >= 20
    kinked = peers.loss_scaled_descent(*bench.problem(0, "relu"), 20.0, True)
    assert kinked["log_loss"] < -20 and kinked["margin"] > 0


def test_peers_stop_at_their_limit():
    found = peers.explicit_arclength(*bench.problem(0, "relu"), 1e6, 1e-4, 0.05)
    assert 0 < found["reached"] < 1e6
    assert 0 < peers.loss_scaled_descent(*bench.problem(0, "relu"), 1e6, True, 0.05)["reached"] < 1e6


def test_a_row_says_what_is_asked_and_whether_it_is_met():
    row = bench._summary([1.0, 3.0, 2.0], [8.0], "other", "small", False, also=["more"])
    assert row["ours"] == 2.0 and row["ratio"] == 4.0 and row["met"] is False and row["also"] == ["more"]


def test_names_are_the_keys():
    assert set(bench.BENCHMARKS) >= {
        "smooth-flow-to-1e1000-vs-lsoda-log-time",
        "smooth-flow-to-1e1000-vs-loss-scaled-gd",
        "relu-flow-vs-explicit-arclength",
    }
