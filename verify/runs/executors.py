"""Many tasks over an executor: as many at once as it takes, each guarded, interruptible without loss.

Any `concurrent.futures.Executor` does. The one of this machine has a thread for each job, and each thread a worker
process (`guard.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from .cluster import there
from .guard import Limits, Outcome, Stopped, guarded

Task = TypeVar("Task")


def run_all(
    check: Callable[[Task], Any],
    tasks: Iterable[Task],
    jobs: int,
    *,
    limits: Limits | None = None,
    begun: Callable[[Task], None] = lambda _: None,
    executor: Executor | None = None,
) -> Iterator[tuple[Task, Outcome]]:
    """Each task with what came of it, as they are ready, in no fixed order.

    Args:
        jobs: tasks that are worked on at the same time.
        limits: of one worker; by default a share of the machine on which it runs.
        begun: is called with each task when it is handed over.
        executor: does the work; by default this machine.
    """
    if executor is not None:
        yield from _over(executor, there(check, limits), tasks, jobs, begun)
        return
    limits = limits or Limits.for_jobs(jobs)
    stop = threading.Event()
    local = ThreadPoolExecutor(jobs, "worker")
    try:
        yield from _over(local, partial(guarded, check, limits=limits, stop=stop), tasks, jobs, begun)
    finally:
        stop.set()  # a thread looks at it several times a second, and ends its process
        local.shutdown(cancel_futures=True)


def _over(
    executor: Executor,
    work: Callable[[Task], Outcome],
    tasks: Iterable[Task],
    jobs: int,
    begun: Callable[[Task], None],
) -> Iterator[tuple[Task, Outcome]]:
    waiting = iter(tasks)
    running: dict[Future[Outcome], Task] = {}

    def hand_over(count: int) -> None:
        for task in islice(waiting, count):
            running[executor.submit(work, task)] = task
            begun(task)

    hand_over(jobs)
    try:
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), _outcome(future)
                hand_over(1)
    finally:
        for future in running:
            future.cancel()


def _outcome(future: Future[Outcome]) -> Outcome:
    """What came of a task; an executor may lose it."""
    try:
        return future.result()
    except (CancelledError, BrokenExecutor, Stopped) as error:
        return Outcome(ended=(str(error) or "it was called off",))
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # Dask's, which need not be installed
            return Outcome(ended=("out of reach: worker after worker of the cluster was lost under it",))
        return Outcome(raised=f"{type(error).__name__}: {error}")
