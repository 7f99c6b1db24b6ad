"""The workers of a Dask cluster in the place of this machine's.

Tasks are plain data and can be done twice. What a task needs in time and memory is watched where it is done, as here
(`guard.py`): each thread of a Dask worker has a process of its own. Dask gives the tasks of a lost worker to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from typing import Any

from .guard import Limits, Outcome, guarded
from .store import StoreError, code_digest

SECONDS = 30  # to reach the scheduler
TRIES = 3  # of a task whose worker was lost


@contextmanager
def cluster(scheduler: str) -> Iterator[tuple[Executor, int]]:
    """An executor over a Dask scheduler, and how many tasks it works on at the same time.

    Raises:
        StoreError: Dask is not installed, the scheduler does not answer, or it has no workers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise StoreError("--scheduler needs Dask: pip install 'deep-theory-audit[cluster]'") from None
    try:
        client = Client(scheduler, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"--scheduler {scheduler}: no Dask scheduler answers there ({error})") from None
    with client:
        jobs = sum(client.nthreads().values())
        if not jobs:
            raise StoreError(f"--scheduler {scheduler}: it has no workers; start some with 'dask worker {scheduler}'")
        yield client.get_executor(pure=False, retries=TRIES), jobs


def there(check: Callable[[Any], Any], limits: Limits | None) -> Callable[[Any], Outcome]:
    """A guarded check that refuses to run by another version of this program."""
    return partial(_there, check, limits, code_digest())


def _there(check: Callable[[Any], Any], limits: Limits | None, code: str, task: Any) -> Outcome:
    if code != code_digest():
        return Outcome(raised="RuntimeError: a worker of the cluster has another version of this program")
    return guarded(check, task, limits or Limits.for_jobs(_threads()))


def _threads() -> int:
    """Tasks that the Dask workers of this machine work on at the same time, as far as this one knows."""
    from distributed import get_worker

    return int(get_worker().state.nthreads)
