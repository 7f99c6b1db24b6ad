"""Ctrl-C: heard, kept back, and what a library makes of it."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from verify.runs.interrupts import INTERRUPTED, kept_back, listening


@pytest.fixture(autouse=True)
def ctrl_c():
    """A process in the background ignores SIGINT; here it is heard."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "the handler was put back"
    signal.signal(signal.SIGINT, before)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_at_once():
    done = []
    with pytest.raises(KeyboardInterrupt), listening():
        press()
        done.append("more")
    assert done == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_is_an_interruption(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), listening():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("block", [listening, kept_back])
@pytest.mark.parametrize("error", [None, RuntimeError, SystemExit])
def test_never_lost(block, error):
    with pytest.raises(KeyboardInterrupt), block():
        with contextlib.suppress(BaseException):
            press()
        if error:
            raise error


def test_kept_back_to_the_end_of_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt), kept_back():
        press()
        done.append("more")
    assert done == ["more"]


@pytest.mark.parametrize("block", [listening, kept_back])
def test_other_errors_pass(block):
    with block():
        pass
    with pytest.raises(RuntimeError), block():
        raise RuntimeError


@pytest.mark.parametrize("block", [listening, kept_back])
def test_where_it_is_ignored_it_stays_ignored(block):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with block():
        press()
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is signal.SIG_IGN


IN_A_STRING = """
import os, signal
from verify.runs.interrupts import leave_interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    exec("os.kill(os.getpid(), signal.SIGINT)")
except KeyboardInterrupt:
    print("cleaned up")
    leave_interrupted()
"""


def test_the_status_is_130_whatever_was_being_executed():
    ended = subprocess.run([sys.executable, "-c", IN_A_STRING], capture_output=True, text=True)
    assert ended.returncode == INTERRUPTED and ended.stdout == "cleaned up\n"
