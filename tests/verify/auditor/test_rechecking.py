"""A proof stands only if the checker does not contradict it."""

from verify.auditor.rechecking import rechecked
from verify.claim import Setting, Statement
from verify.evidence import Exact
from verify.formula import parse

NET = Setting("net", "relu", ((3, 2, 1),), 2, "exponential")
PROVED = Exact("proved", "instances", {"decision": "zero normal form"})


def statement(text):
    return Statement(text, parse(text, ()), (NET,))


def test_a_sound_proof_stands_with_the_rules_that_were_applied():
    found = rechecked(PROVED, statement("dot(W[1], W[1]) == rho[1]**2"), NET)
    assert found.outcome == "proved"
    assert found.recheck["verdict"] == "accepted"


def test_a_proof_that_a_point_contradicts_decides_nothing():
    found = rechecked(PROVED, statement("dot(W[1], W[1]) == rho[1]"), NET)
    assert found.outcome == "undecided"
    assert "the checker rejects the proof" in found.message


def test_what_is_no_proof_is_left_alone():
    nothing = Exact("undecided", "instances", message="why")
    assert rechecked(nothing, statement("L > 0"), NET) is nothing
