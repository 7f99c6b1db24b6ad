"""The life of a worker process: it answers questions until the parent hangs up, and ends with it.

    python -P -c BOOT FOLDER CONNECTION LIFELINE

FOLDER holds the program. CONNECTION and LIFELINE are numbers of open files: questions and answers travel over the one;
the parent holds the other end of the other and never writes.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ..auditor.steps import Watch, watched

# nothing but the standard library may be imported before the folder is known; -P keeps the user's out of it
BOOT = """
import sys
folder, connection, lifeline = sys.argv[1:]
if folder not in sys.path:
    sys.path.insert(0, folder)
from verify.runs.worker import main
main(int(connection), int(lifeline))
"""


@dataclass(frozen=True)
class Question:
    """A check, what to check, the steps to leave out with the reason, and the bytes that the process may hold."""

    check: Callable[[Any], Any]
    task: Any
    left_out: Mapping[int, str]
    memory: int | None


@dataclass(frozen=True)
class Answer:
    """What a check returned, or what it raised, in words."""

    value: Any = None
    raised: str = ""


def main(connection: int, lifeline: int) -> None:
    """Serve; Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(lifeline)
    warnings.simplefilter("ignore")
    serve(Connection(connection))


def end_with(lifeline: int) -> None:
    """Have the kernel end this process when the other end of a pipe closes, whatever the process is doing then."""
    if not hasattr(fcntl, "F_SETSIG"):  # not Linux: it ends when it has answered
        return
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | fcntl.FASYNC)
    os.set_blocking(lifeline, False)
    try:
        gone = os.read(lifeline, 1) == b""  # it closed before we asked to be told
    except BlockingIOError:
        gone = False
    if gone:
        sys.exit(1)


def serve(connection: Connection) -> None:
    """Answer questions until the other end is closed."""
    while True:
        try:
            question: Question = connection.recv()
        except (EOFError, OSError):
            return
        except Exception as error:  # a check or a task that is not known here
            answer = Answer(raised=_in_words(error))
        else:
            answer = _answered(question, connection)
        _send(connection, answer)


def _answered(question: Question, connection: Connection) -> Answer:
    try:
        with watched(Watch(connection.send, question.left_out, question.memory)):
            return Answer(question.check(question.task))
    except Exception as error:
        return Answer(raised=_in_words(error))


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _send(connection: Connection, answer: Answer) -> None:
    try:
        connection.send(answer)
    except OSError:
        raise
    except Exception as error:  # an answer that cannot travel
        connection.send(Answer(raised=_in_words(error)))
