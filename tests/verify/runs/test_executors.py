"""Many tasks at once: each has its outcome, whatever happens to its process."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from verify.runs.executors import run_all
from verify.runs.guard import Limits

LIMITS = Limits(2 * 10**9)


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


def found(check, tasks, jobs, **more):
    return dict(run_all(check, tasks, jobs, limits=LIMITS, **more))


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_task_has_its_result(jobs):
    assert {task: o.value for task, o in found(double, range(7), jobs).items()} == {n: 2 * n for n in range(7)}
    assert found(double, [], jobs) == {}


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_begins_is_told(jobs):
    begun, running = [], []
    results = run_all(double, range(5), jobs, limits=LIMITS, begun=begun.append)
    for done, _ in enumerate(results, 1):
        running.append(len(begun) - done)
    assert begun == list(range(5)) and max(running) < jobs


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_dead_worker_loses_its_own_task_only(jobs):
    outcomes = found(moody, range(6), jobs)
    assert {n: o.value for n, o in outcomes.items() if o.value is not None} == {0: 0, 4: 4, 5: 5}
    assert outcomes[1].ended and "SIGKILL" in outcomes[1].ended[0] and not outcomes[1].raised
    assert outcomes[2].raised == "ValueError: two is too many" and not outcomes[2].ended
    assert outcomes[3].raised


def test_leaving_early_ends_the_workers():
    started = time.monotonic()
    results = run_all(asleep, [0, 1], 2, limits=LIMITS)
    assert next(results)[0] == 1
    results.close()
    assert time.monotonic() - started < 30


def test_any_executor_does():
    with ThreadPoolExecutor(2) as executor:
        outcomes = found(double, range(5), 2, executor=executor)
    assert [outcomes[n].value for n in range(5)] == [0, 2, 4, 6, 8]
    assert threading.active_count() < 10
