"""What the audit makes of readings, definitions and checks that raise."""

import pytest

from verify.auditor import claims as audit
from verify.claimfile import read
from verify.evidence import Exact, Lemma
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
printed = 'somewhere(f[1] == exp(1) and f[2] == pi)'
"""


@pytest.fixture
def audited(claim_file):
    def result(text):
        (claim,) = read([claim_file(text=text)]).claims
        return audit.audit(claim, Options("quick", 0, "cpu"))

    return result


def test_the_least_favourable_reading_gives_the_verdict(audited):
    found = audited(READINGS)
    assert [r["verdict"] for r in found["readings"]] == ["holds", "open"]
    assert found["verdict"] == "open"
    assert found["printed"]["formula"] == "somewhere(f[1] == exp(1) and f[2] == pi)"


def test_a_reading_that_stands_counts_as_what_is_right_where_another_is_refuted(audited):
    found = audited(READINGS.replace("somewhere(f[1] == exp(1) and f[2] == pi)", "L > 1"))
    assert found["verdict"] == "corrected"
    assert (found["printed"]["verdict"], found["corrected"]["formula"]) == ("refuted", "d(L) <= 0")


def test_a_reading_never_betters_the_literal_form(audited):
    lines = READINGS.replace("\n[[claim.reading]]", "printed = 'L > 1'\n\n[[claim.reading]]", 1)
    found = audited(lines)
    assert found["verdict"] == "refuted"
    assert [r["verdict"] for r in found["readings"]] == ["holds", "open"]


CLAUSES = """
[[claim]]
id = 'three'
text = 'A sentence that says three things.'
setting = 'net'

[[claim.clause]]
text = 'one'
printed = 'L > 0'

[[claim.clause]]
text = 'two'
printed = 'L > 1'
corrected = 'L > 0'
defect = 'of one'

[[claim.clause]]
text = 'from which it follows'
remark = true
"""
OPEN = """
[[claim.clause]]
text = 'four'
open = 'no word says it'
"""


def test_the_worst_clause_gives_the_verdict(audited):
    found = audited(CLAUSES)
    assert [c["verdict"] for c in found["clauses"]] == ["supported", "corrected", "remark"]
    assert found["verdict"] == "corrected"
    assert found["printed"]["formula"] == "L > 1" and found["also_open"] == []


def test_what_is_open_beside_what_is_refuted_is_listed(audited):
    found = audited(CLAUSES + OPEN)
    assert (found["verdict"], found["also_open"]) == ("corrected", ["four"])
    found = audited(CLAUSES.replace("L > 1", "L >= 0") + OPEN)
    assert (found["verdict"], found["also_open"]) == ("open", [])


def test_results_tell_how_far_they_reach(audited):
    of_class = "about = { network = ['linear', 'relu'], layers = '2..', loss = 'exponential' }"
    found = audited(CLAUSES.replace("setting = 'net'", "setting = 'net'\n" + of_class).replace("L > 1", "L >= 0"))
    assert (found["verdict"], found["reach"]) == ("partly", "part")
    assert found["uncovered"][-1].startswith("relu, exponential")
    assert "case" in found["clauses"][0]["printed"]


def test_a_hypothesis_that_nothing_checks_keeps_a_claim_partly(audited):
    words = "hypotheses_words = [{ text = 'no bias terms', checked = false }]"
    claim = f"\n[[claim]]\nid = 'one'\ntext = 'A sentence.'\nsetting = 'net'\nprinted = 'L > 0'\n{words}\n"
    found = audited(claim)
    assert (found["verdict"], found["uncovered"]) == ("partly", ["the hypothesis is not checked: no bias terms"])


def test_a_class_without_a_setting_is_not_decided(audited):
    about = "about = { network = 'relu', loss = 'exponential', flow = 'linearised' }\nopen = 'no such flow yet'"
    found = audited(f"\n[[claim]]\nid = 'one'\ntext = 'A sentence.'\n{about}\nprinted = 'L > 0'\n")
    assert found["verdict"] == "open"
    assert "linearised" in found["printed"]["message"], found["printed"]["message"]


@pytest.mark.parametrize("line", ["scale = 'margin'", "letters = ['R > 0']"])
def test_what_is_not_evaluated_yet_is_not_decided(audited, line):
    found = audited(
        f"\n[[claim]]\nid = 'one'\ntext = 'A'\nsetting = 'net'\nopen = 'later'\nprinted = 'L > 0'\n{line}\n"
    )
    assert (found["verdict"], found["reach"]) == ("open", None)


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


FAR_OUT = """
[[claim]]
id = 'far'
text = 'No product of norms is large.'
setting = 'net'
printed = 'rho < 10**40'
"""


def test_a_proof_that_fails_where_it_did_not_look_is_a_conflict(audited, monkeypatch):
    """A simulation never gets that far; the attack does, and refutes what nobody proves."""
    assert audited(FAR_OUT)["printed"]["verdict"] == "refuted"
    monkeypatch.setattr(audit, "decide", lambda *_: Exact("proved", "general", rests_on=(Lemma("depth", ""),)))
    monkeypatch.setattr(audit, "rechecked", lambda exact, *_: exact)
    found = audited(FAR_OUT)
    assert (found["printed"]["verdict"], found["verdict"]) == ("conflict", "failed")
    assert found["printed"]["witness"]["shows"].endswith(f"right 1{'0' * 40}")


def test_what_became_of_the_attack_stands_beside_the_proof(audited):
    (exact, _) = audited(READINGS)["readings"][0]["printed"]["evidence"]
    assert exact["detail"]["attack"]["points that agree"] > 10
