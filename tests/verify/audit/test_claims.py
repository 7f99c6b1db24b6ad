"""What the audit makes of readings, definitions and checks that raise."""

import pytest

from verify.audit import claims as audit
from verify.claimfile import read
from verify.options import Options

READINGS = """
[[claim]]
id = 'two'
text = 'A sentence with two readings.'
setting = 'net'
open = 'the second reading has no certificate yet'

[[claim.reading]]
text = 'one'
printed = 'd(L) <= 0'

[[claim.reading]]
text = 'the other'
printed = 'sqrt(1 + rho**2) <= 1 + rho'
"""


@pytest.fixture
def audited(claim_file):
    def result(text):
        (claim,) = read([claim_file(text=text)]).claims
        return audit.audit(claim, Options("quick", 0, "cpu"))

    return result


def test_a_reading_that_is_not_settled_is_named_beside_the_verdict(audited):
    found = audited(READINGS)
    assert [r["verdict"] for r in found["readings"]] == ["holds", "open"]
    assert found["verdict"] == "holds"
    assert found["printed"]["message"].startswith("reading 2 is undecided: no certificate")


@pytest.mark.parametrize(("second", "note"), [("L > 0", ""), ("L > 1", "")])
def test_readings_that_are_settled_need_no_note(audited, second, note):
    found = audited(READINGS.replace("sqrt(1 + rho**2) <= 1 + rho", second))
    assert found["printed"]["message"] == note


def test_what_raises_is_broken_and_names_its_place(audited, monkeypatch):
    def fails(*_):
        raise ArithmeticError("no number")

    monkeypatch.setattr(audit, "decide", fails)
    found = audited("\n[[claim]]\nid = 'one'\ntext = 'A sentence.'\nsetting = 'net'\nprinted = 'L > 0'\n")
    assert (found["verdict"], found["printed"]["verdict"]) == ("failed", "broken")
    assert found["printed"]["message"].startswith("ArithmeticError: no number (test_claims.py")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_what_does_not_fit_in_memory_is_undecided(audited, monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(audit, "simulate", fails)
    found = audited("\n[[claim]]\nid = 'one'\ntext = 'A sentence.'\nsetting = 'net'\nprinted = 'L > 0'\n")
    assert found["printed"]["verdict"] == "undecided" and "out of memory" in found["printed"]["message"]
