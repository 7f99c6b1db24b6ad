"""Ctrl-C, and TERM and HUP: never lost, whatever a library makes of them, and kept back while C libraries load."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130  # the shell's 128 + SIGINT
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    # a shell starts its background jobs deaf to SIGINT, nohup to SIGHUP
    heeded = [s for s in ENDING if signal.getsignal(s) not in (signal.SIG_IGN, None)]
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = False

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard = True
        if interrupt:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, hear) for number in heeded}
    try:
        yield
    except BaseException:
        if not heard:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        raise KeyboardInterrupt


def leave_interrupted() -> NoReturn:
    """End the process with status 130, whatever was being executed.

    At its regular end CPython kills itself by SIGINT if the exception passed through code in a string, such as that
    of a dataclass.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # full, or closed
            stream.flush()
    os._exit(INTERRUPTED)
