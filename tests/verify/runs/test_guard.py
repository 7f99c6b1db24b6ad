"""A guarded check: limits hold inside C, a step that ends its process is left out, nothing else is imported."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import flint
import pytest

from verify.auditor.deadline import OutOfReach
from verify.auditor.steps import step
from verify.runs import guard
from verify.runs.guard import Limits, guarded

ROOT = Path(__file__).resolve().parents[3]
GIGABYTE = 10**9


@pytest.fixture(autouse=True)
def no_worker_is_left():
    yield
    guard.dismiss()


def in_steps(work, seconds):
    """What each of three steps came to; the second does the work."""
    told = []
    for name, do in (("first", int), ("second", work), ("third", int)):
        try:
            with step(name, seconds, exact=True):
                do()
            told.append("done")
        except OutOfReach as reason:
            told.append(str(reason))
    return told


def expand():
    """Seven gigabytes for flint, in one call."""
    flint.fmpz_mat(30000, 30000)


def count_on():
    """One call in C that no signal interrupts before its end."""
    return sum(range(10**12))


def die():
    os.kill(os.getpid(), signal.SIGSEGV)


def hold():
    """Memory that is resident, without a limit by the kernel."""
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1)) * 10**8)
        time.sleep(0.01)


WORKS = {"expand": (expand, 20), "count on": (count_on, 0.2), "die": (die, 20)}


def by_name(name):
    return in_steps(*WORKS[name])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("expand", "out of memory: second wants more than 0.3 GB"),
        ("count on", "out of time: second did not end after 0.75 s"),
        ("die", "second came to no end: its process ended by SIGSEGV"),
    ],
)
def test_only_the_step_is_lost(name, why):
    outcome = guarded(by_name, name, Limits(3 * 10**8, spare=0.5))
    assert outcome.value == ["done", why, "done"] and outcome.ended == (why,)


def hold_without_a_step(_):
    return hold()


def test_what_is_resident_is_watched_from_outside():
    outcome = guarded(hold_without_a_step, 0, Limits(3 * 10**8))
    assert outcome.value is None and outcome.ended == ("out of memory: the audit wants more than 0.3 GB",)


def asleep(_):
    time.sleep(60)


def test_a_worker_that_says_nothing_is_ended():
    outcome = guarded(asleep, 0, Limits(GIGABYTE, patience=0.5))
    assert outcome.ended == ("out of time: nothing was heard from the audit for 0.5 s",)


def process(_):
    return os.getpid()


def test_workers_are_kept():
    limits = Limits(GIGABYTE)
    assert guarded(process, 0, limits).value == guarded(process, 0, limits).value != os.getpid()


def path_and_modules(_):
    import pickle

    return [str(Path(p).absolute()) for p in sys.path], pickle.__file__, sys.flags.safe_path


PLANTED = """
import sys
from verify.runs.guard import Limits, guarded
from tests.verify.runs.test_guard import path_and_modules
if __name__ == "__main__":
    path, pickle, safe = guarded(path_and_modules, 0, Limits(10**9)).value
    print(sys.argv[1] in path, pickle.startswith(sys.argv[1]), safe)
"""


def test_nothing_is_imported_from_the_current_folder(tmp_path):
    for name in ("pickle", "subprocess", "warnings", "torch", "fcntl"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('planted')")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", PLANTED, str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.stdout == "False False True\n", ended.stderr


ORPHAN = """
import os, sys, threading, time
from verify.runs.guard import Limits, guarded
from tests.verify.runs.test_guard import marked
threading.Thread(target=guarded, args=(marked, sys.argv[1], Limits(10**9)), daemon=True).start()
while not os.path.exists(sys.argv[1]):
    time.sleep(0.05)
os._exit(0)
"""


def marked(path):
    """Say which process this is, and compute for ever in C."""
    Path(path + ".new").write_text(str(os.getpid()))
    os.rename(path + ".new", path)
    count_on()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells of a closed pipe on Linux")
def test_no_worker_outlives_its_parent(tmp_path):
    mark = tmp_path / "mark"
    subprocess.run([sys.executable, "-P", "-c", ORPHAN, str(mark)], env={**os.environ, "PYTHONPATH": str(ROOT)})
    worker = int(mark.read_text())
    for _ in range(100):
        if not running(worker):
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker computed on")


def running(process):
    """Whether it computes: one that waits to be buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
