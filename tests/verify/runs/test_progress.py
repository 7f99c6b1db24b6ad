"""Progress: what runs now on a terminal, a line now and then elsewhere, nothing when quiet."""

import io

import pytest

from verify.runs import progress
from verify.runs.progress import Progress


class Terminal(io.StringIO):
    """Standard error of 60 columns."""

    def isatty(self):
        return True


@pytest.fixture
def stderr(monkeypatch):
    def become(stream):
        monkeypatch.setattr("sys.stderr", stream)
        return stream

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    return become


def test_a_terminal_shows_what_runs_now(stderr):
    stream = stderr(Terminal())
    with Progress(4) as bar:
        for what in ("mine/w[x]", "mine/second"):
            bar.begin(what)
        bar.bar.refresh()
        assert "0/4" in stream.getvalue() and "mine/w[x], mine/second" in stream.getvalue()
        bar.tell("mine/w[x]", 1, 4)
        bar.begin("mine/third" + "d" * 80)
        stream.truncate(0)
        bar.bar.refresh()
        line = stream.getvalue()
        assert "1/4" in line and "mine/second, mine/third" in line and "w[x]" not in line
        assert "…" in line and "\n" not in line.strip(), "one line, whatever runs"
    assert list(bar.running) == ["mine/second", "mine/third" + "d" * 80]
    assert bar.finished() == "1 of 4 claims is finished"


def test_elsewhere_a_line_now_and_then(stderr, monkeypatch):
    stream = stderr(io.StringIO())
    clock = iter([0.0, 1.0, 11.0, 12.0, 13.0, 14.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with Progress(4) as bar:
        for done, what in enumerate("abcd", 1):
            bar.begin(what)
            bar.tell(what, done, 4)
    assert stream.getvalue() == "2/4 b\n4/4 d\n"


def test_quiet_is_quiet(stderr):
    stream = stderr(Terminal())
    with Progress(1, quiet=True) as bar:
        bar.begin("a")
        bar.tell("a", 1, 1)
    assert stream.getvalue() == "" and bar.done == 1
