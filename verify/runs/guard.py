"""A check in a worker process of its own, under limits of memory and time that hold whatever the check is doing.

The worker tells which step of an audit it begins. If it dies, or is ended for what it takes, the check is asked for
again in a new process with that step left out, so that only the step is lost. Workers that are done are kept for the
next check: the libraries are loaded once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from ..auditor.memory import of_machine, pages_of
from ..auditor.steps import Step
from .worker import BOOT, Answer, Question

PROGRAM = Path(__file__).resolve().parents[2]
GLANCE = 0.1  # seconds between two looks at a worker
DEATHS = 8  # after so many processes a task is given up
SHARE = 0.8  # of the machine's memory goes to the workers
LEAST = 2**30  # bytes of a worker: libraries alone take half of it
TAIL = 4096  # bytes of a dead worker's last words that are read
# no code of the user's; one thread, and one order of sets, so that two processes compute the same
SURROUNDINGS = {"PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Limits:
    """Of one worker.

    Attributes:
        memory: bytes that it may hold.
        patience: seconds in which it must say something.
        grace: times the processor time of a step, and `spare` seconds more, until the worker is ended.
    """

    memory: int
    patience: float = 3600.0
    grace: float = 1.25
    spare: float = 5.0

    @classmethod
    def for_jobs(cls, jobs: int, **more: float) -> Limits:
        """A share of the machine's memory."""
        return cls(max(int(SHARE * of_machine() / jobs), LEAST), **more)

    def seconds(self, step: Step) -> float:
        """Of processor time that a step may take; it should have ended by itself long before."""
        return self.grace * step.seconds + self.spare


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes:
        value: the result, None if there is none.
        raised: what the check raised.
        ended: why processes ended under it; with a value, these steps were left out of it.
    """

    value: Any = None
    raised: str = ""
    ended: tuple[str, ...] = ()


class Stopped(Exception):
    """Nobody waits for the result any more."""


class Ended(Exception):
    """A worker's process is no more: why, and in which step."""

    def __init__(self, step: Step | None, why: str):
        super().__init__(why)
        self.step, self.why = step, why


def guarded(check: Callable[[Any], Any], task: Any, limits: Limits, stop: threading.Event | None = None) -> Outcome:
    """A check in a worker process: what it returns or raises, without the steps under which processes ended."""
    left_out: dict[int, str] = {}
    ended: list[str] = []
    stop = stop or threading.Event()
    while len(ended) < DEATHS:
        try:
            with _a_worker() as worker:
                answer = worker.ask(Question(check, task, dict(left_out), limits.memory), limits, stop)
            return Outcome(answer.value, answer.raised, tuple(ended))
        except Ended as end:
            ended.append(end.why)
            if end.step is None or end.step.number in left_out:
                break
            left_out[end.step.number] = end.why
    return Outcome(ended=tuple(ended))


# ---- workers that wait for work

_idle: list[Worker] = []
_idle_lock = threading.Lock()


@contextmanager
def _a_worker() -> Iterator[Worker]:
    """A worker that is free, or a new one; kept for the next task if it comes out alive."""
    with _idle_lock:
        worker = _idle.pop() if _idle else None
    if worker is None or not worker.alive():
        worker = Worker()
    try:
        yield worker
    except BaseException:
        worker.end()
        raise
    with _idle_lock:
        _idle.append(worker)


def dismiss() -> None:
    """End the workers that wait for work."""
    with _idle_lock:
        while _idle:
            _idle.pop().end()


class Worker:
    """A worker process, and a watch over it."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        lifeline, self._lifeline = os.pipe()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  what libraries print when they die
        numbers = (theirs.fileno(), lifeline)
        try:
            with _interrupt_blocked():  # Ctrl-C is the parent's business, from the child's first moment
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-c", BOOT, str(PROGRAM), *map(str, numbers)],
                    pass_fds=numbers,
                    stdin=subprocess.DEVNULL,
                    stdout=self._words,
                    stderr=self._words,
                    env={**os.environ, **SURROUNDINGS},
                )
        finally:
            theirs.close()
            os.close(lifeline)

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.wait()
        self.connection.close()
        os.close(self._lifeline)
        self._words.close()

    def ask(self, question: Question, limits: Limits, stop: threading.Event) -> Answer:
        """The answer.

        Raises:
            Ended: the process died, or was ended because it went beyond its limits.
            Stopped: `stop` was set.
        """
        watch = _Watch(self.process.pid, limits)
        try:
            self.connection.send(question)
            while True:
                if self.connection.poll(GLANCE):
                    message = self.connection.recv()
                    if isinstance(message, Answer):
                        return message
                    watch.begins(message)
                elif stop.is_set():
                    raise Stopped
                elif why := watch.complaint():
                    raise Ended(watch.step, why)
        except (EOFError, OSError):
            raise Ended(watch.step, self._last_words(watch)) from None

    def _last_words(self, watch: _Watch) -> str:
        """Why it died by itself: for want of memory as far as can be seen, or how."""
        self.process.kill()
        code = self.process.wait()
        size = os.fstat(self._words.fileno()).st_size
        words = os.pread(self._words.fileno(), TAIL, max(size - TAIL, 0)).decode(errors="replace")
        if "allocate memory" in words or "MemoryError" in words:
            return watch.out_of_memory()
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        if code == -signal.SIGKILL:
            how += ", as the system does when memory runs out"
        return f"{watch.what()} came to no end: its process ended {how}"


class _Watch:
    """What one worker takes, from the beginning of a step on."""

    def __init__(self, process: int, limits: Limits):
        self.process, self.limits = process, limits
        self.begins(None)

    def begins(self, step: Step | None) -> None:
        """A step begins, or has ended."""
        self.step, self.heard, self.spent = step, time.monotonic(), processor_time(self.process)

    def complaint(self) -> str:
        """What it takes too much of, or nothing."""
        held = pages_of(self.process)
        if held is not None and held[1] > self.limits.memory:
            return self.out_of_memory()
        spent = processor_time(self.process) - self.spent
        if self.step is not None and spent > self.limits.seconds(self.step):
            return f"out of time: {self.what()} did not end after {self.limits.seconds(self.step):g} s"
        if time.monotonic() - self.heard > self.limits.patience:
            return f"out of time: nothing was heard from {self.what()} for {self.limits.patience:g} s"
        return ""

    def out_of_memory(self) -> str:
        return f"out of memory: {self.what()} wants more than {in_words(self.limits.memory)}"

    def what(self) -> str:
        return self.step.name if self.step else "the audit"


def processor_time(process: int) -> float:
    """Seconds that a process has computed; 0 where the system does not tell."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def in_words(size: int) -> str:
    """Bytes for people."""
    return f"{size / 1e9:.3g} GB"


@contextmanager
def _interrupt_blocked() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
