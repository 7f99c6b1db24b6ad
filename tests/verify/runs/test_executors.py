"""Workers: every task has a result, whatever happens to its process; limits of time; Ctrl-C."""

import contextlib
import os
import signal
import time

import pytest

from verify.audit.deadline import OutOfTime, deadline
from verify.runs.executors import run_all


def double(n):
    return 2 * n


def moody(n):
    if n == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if n == 2:
        raise ValueError("two is too many")
    if n == 3:
        return lambda: None  # cannot travel
    return n


def asleep(n):
    if n == 0:
        time.sleep(60)
    return n


def lost(task, reason):
    return f"{task} is lost: {reason}"


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_task_has_its_result(jobs):
    assert sorted(run_all(double, range(7), jobs, lost)) == [0, 2, 4, 6, 8, 10, 12]
    assert list(run_all(double, [], jobs, lost)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_begins_is_told(jobs):
    begun, running = [], []
    results = run_all(double, range(5), jobs, lost, begun=begun.append)
    for done, _ in enumerate(results, 1):
        running.append(len(begun) - done)
    assert begun == list(range(5)) and max(running) < jobs


def test_a_dead_worker_loses_its_own_task_only():
    found = list(run_all(moody, [0, 1, 2, 3, 4, 5], 2, lost))
    told = sorted(r for r in found if isinstance(r, str))
    assert sorted(r for r in found if not isinstance(r, str)) == [0, 4, 5]
    assert told[0] == "1 is lost: the worker process ended by SIGKILL"
    assert told[1] == "2 is lost: ValueError: two is too many"
    assert told[2].startswith("3 is lost: ")


def test_a_worker_that_does_not_come_back_is_ended():
    started = time.monotonic()
    found = list(run_all(asleep, [0, 1, 2], 2, lost, patience=3))
    assert time.monotonic() - started < 30
    assert "0 is lost: the worker process does not come back" in found
    assert 1 in found and 2 in found


def test_leaving_early_ends_the_workers():
    started = time.monotonic()
    results = run_all(asleep, [0, 1], 2, lost)
    assert next(results) == 1
    results.close()
    assert time.monotonic() - started < 30


def test_a_deadline_counts_processor_time():
    with deadline(0.2):
        time.sleep(0.4)  # no processor time
    with pytest.raises(OutOfTime, match="out of time after"), deadline(0.1):
        while True:
            pass


def test_no_check_swallows_the_deadline():
    with pytest.raises(OutOfTime), deadline(0.1):
        while True:
            with contextlib.suppress(Exception):
                sum(range(1000))
