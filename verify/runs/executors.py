"""Running many checks: in worker processes, each with a limit of time, interruptible without loss."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from .interrupts import listening

Task = TypeVar("Task")
Result = TypeVar("Result")
Lost = Callable[[Task, str], Result]


def run_all(
    check: Callable[[Task], Result],
    tasks: Iterable[Task],
    jobs: int,
    lost: Lost,
    patience: float = 3600.0,
    begun: Callable[[Task], None] = lambda _: None,
) -> Iterator[Result]:
    """Results as they are ready, in no fixed order; with one job in this process, in order.

    Args:
        lost: the result of a task whose worker died or raised, given the task and the reason.
        patience: seconds after which a worker that does not come back from one task is ended.
        begun: is called with each task when work on it begins.
    """
    tasks = list(tasks)
    if jobs <= 1 or len(tasks) <= 1:
        yield from _one_after_the_other(check, tasks, begun)
        return
    waiting = iter(tasks)
    workers: list[Worker] = []
    try:
        for task in islice(waiting, jobs):
            workers.append(Worker(check, task))
            begun(task)
        while workers:
            ready = wait([w.connection for w in workers], timeout=1.0)
            for worker in [w for w in workers if w.connection in ready or w.held() > patience]:
                yield worker.result(lost)
                for task in islice(waiting, 1):
                    worker.give(task)
                    begun(task)
                if worker.idle:
                    workers.remove(worker)
                    worker.end()
    finally:
        for worker in workers:
            worker.end()


def _one_after_the_other(
    check: Callable[[Task], Result], tasks: Iterable[Task], begun: Callable[[Task], None]
) -> Iterator[Result]:
    """Results in this process."""
    for task in tasks:
        begun(task)
        with listening():
            result = check(task)
        yield result


class Worker(Generic[Task, Result]):
    """One worker process and the task in its hands; a process that died is replaced for the next task."""

    def __init__(self, check: Callable[[Task], Result], task: Task):
        self.check = check
        self._start()
        self.give(task)

    def _start(self) -> None:
        spawn = get_context("spawn")
        self.connection, there = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(self.check, there), daemon=True)
        resource_tracker.ensure_running()  # starting it later would lift the mask
        with _interrupt_blocked():  # Ctrl-C is the parent's business, from the child's first moment
            self.process.start()
        there.close()

    def give(self, task: Task) -> None:
        """Hand over a task."""
        if self.connection.closed:
            self._start()
        self.task, self.since, self.idle = task, time.monotonic(), False
        try:
            self.connection.send(task)
        except OSError:  # it died meanwhile: `result` meets the end of the pipe
            return

    def held(self) -> float:
        """Seconds that the worker has had its task."""
        return time.monotonic() - self.since

    def result(self, lost: Lost) -> Result:
        """What the worker answers, or what stands for an answer that will not come."""
        self.idle = True
        try:
            answer = self.connection.recv() if self.connection.poll() else self._dead("does not come back")
        except (EOFError, OSError):
            self.process.join(5)
            answer = self._dead(f"ended{_how(self.process.exitcode)}")
        return lost(self.task, answer.reason) if isinstance(answer, NoAnswer) else answer

    def _dead(self, what: str) -> NoAnswer:
        self.end()
        return NoAnswer(f"the worker process {what}")

    def end(self) -> None:
        """End the process at once."""
        self.connection.close()
        self.process.kill()
        self.process.join(5)


@dataclass(frozen=True)
class NoAnswer:
    """Why there is no result."""

    reason: str


def serve(check: Callable[[Task], Any], connection: Connection) -> None:
    """The life of a worker: answer tasks until the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    _silence()
    warnings.simplefilter("ignore")
    try:
        while True:
            _reply(connection, _answer(check, connection.recv()))
    except (EOFError, OSError):
        return


def _silence() -> None:
    """Standard output belongs to the results; libraries written in C or Fortran know it by its number only."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdout = sys.stderr


def _answer(check: Callable[[Task], Any], task: Task) -> Any:
    try:
        return check(task)
    except Exception as error:
        return NoAnswer(f"{type(error).__name__}: {error}")


def _reply(connection: Connection, answer: Any) -> None:
    try:
        connection.send(answer)
    except OSError:
        raise
    except Exception as error:  # an answer that cannot travel
        connection.send(NoAnswer(f"{type(error).__name__}: {error}"))


@contextmanager
def _interrupt_blocked() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how(exitcode: int | None) -> str:
    """The end of a process in words."""
    if exitcode is None or exitcode >= 0:
        return f" with status {exitcode}"
    return f" by {signal.Signals(-exitcode).name}"
