"""Ctrl-C: never lost, whatever a library makes of it, and kept back while libraries written in C load."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130  # the shell's 128 + SIGINT


@contextmanager
def listening() -> Iterator[None]:
    """KeyboardInterrupt at once on Ctrl-C, and at the latest when the block ends, by whatever exception or none.

    A library may swallow the first one, or turn it into an error of its own. Without effect off the main thread.
    """
    with _heard_in(interrupt=True):
        yield


@contextmanager
def kept_back() -> Iterator[None]:
    """KeyboardInterrupt at the end of the block. An interrupted import of torch may abort the process."""
    with _heard_in(interrupt=False):
        yield


@contextmanager
def _heard_in(*, interrupt: bool) -> Iterator[None]:
    deaf = signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None)  # as a shell starts its background jobs
    if deaf or threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = False

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard = True
        if interrupt:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    except BaseException:
        if not heard:
            raise
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def leave_interrupted() -> NoReturn:
    """End the process with status 130, whatever was being executed.

    At its regular end CPython kills itself by SIGINT if the exception passed through code in a string, such as that
    of a dataclass.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)
