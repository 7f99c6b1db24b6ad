"""A Dask cluster in the place of this machine: the same results, also when a worker is killed in mid-run."""

import os
import signal
import time
from pathlib import Path

import pytest

from verify.runs.cluster import cluster
from verify.runs.executors import run_all
from verify.runs.guard import Limits
from verify.runs.store import StoreError

distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")


def square(n):
    time.sleep(0.05)
    return n * n


def kills_its_dask_worker_once(task):
    number, mark = task
    if number == 3 and not os.path.exists(mark):
        Path(mark).write_text("")
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return number


@pytest.fixture(scope="module")
def local():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made.scheduler_address


@pytest.mark.filterwarnings("ignore")
def test_the_same_results_and_a_killed_worker_costs_nothing(local, tmp_path):
    with cluster(local) as (executor, jobs):
        assert jobs == 2
        found = run_all(square, range(8), jobs, executor=executor, limits=Limits(10**9))
        assert {n: o.value for n, o in found} == {n: n * n for n in range(8)}
        tasks = [(n, str(tmp_path / "mark")) for n in range(6)]
        outcomes = run_all(kills_its_dask_worker_once, tasks, jobs, executor=executor, limits=Limits(10**9))
        assert sorted(o.value for _, o in outcomes) == list(range(6))


def test_no_scheduler_is_told(monkeypatch):
    monkeypatch.setattr("verify.runs.cluster.SECONDS", 1)
    with pytest.raises(StoreError, match="no Dask scheduler answers there"), cluster("tcp://127.0.0.1:9"):
        pytest.fail("nobody is there")
