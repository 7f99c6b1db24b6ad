"""Streams: plain signs where the encoding lacks them; closed and full ones end in no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from verify.commands.streams import plain

ROOT = Path(__file__).resolve().parents[3]


def test_plain_signs():
    assert plain("✓ ρ̇ = Σ é → Ω · ∎") == "+ rho = Sigma e -> Omega . ?"


def program(redirections, **environment):
    """`verify list --topic margins` with these redirections of a shell."""
    command = f"'{sys.executable}' -P -m verify list --topic margins {redirections}"
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(["sh", "-c", command], capture_output=True, env=surroundings, cwd=ROOT)


@pytest.mark.parametrize("redirections", ["2>&-", "<&- 2>&-", ">&-", ">&- 2>&-"])
def test_closed_streams(redirections):
    ended = program(redirections)
    assert ended.returncode == 0 and b"Traceback" not in ended.stderr
    assert (ended.stdout != b"") == (">&-" not in redirections.replace("2>&-", ""))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full")
def test_a_full_device_is_told():
    ended = program("> /dev/full")
    assert ended.returncode == 3 and ended.stderr.count(b"\n") == 1
    assert b"standard output cannot be written (No space left on device)" in ended.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_poor_encodings(encoding):
    ended = program("", PYTHONIOENCODING=encoding)
    assert ended.returncode == 0 and ended.stderr == b""
    assert len(ended.stdout.decode(encoding).splitlines()) > 10
