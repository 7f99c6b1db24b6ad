"""A limit of processor time on what one process computes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class OutOfReach(BaseException):
    """A check needs more than it may have. Not an `Exception`, lest a check that expects errors swallow it."""


class OutOfTime(OutOfReach):
    """A check ran longer than it may."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in this block after `seconds` of processor time; without effect off the main thread.

    Processor time, so that a busy machine does not change a verdict.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: Any) -> None:
        raise OutOfTime(f"out of time after {seconds:g} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
