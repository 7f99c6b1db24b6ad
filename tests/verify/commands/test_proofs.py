"""Stored proofs, checked again: every form of a claim, and a forged entry among them."""

from verify.claim import Claim, Setting, Statement
from verify.commands.proofs import checked, tally, text_of
from verify.formula import parse

NET = Setting("net", "relu", ((3, 2, 1),), 2, "exponential")
PROOF = {"kind": "exact", "outcome": "proved", "setting": "net", "scope": "instances", "rests_on": []}
ZERO = {"decision": "zero normal form"}


def claim(printed, corrected):
    forms = [Statement(text, parse(text, ()), (NET,)) for text in (printed, corrected)]
    return Claim("mine/one", "", forms[0], corrected=forms[1], settings=(NET,))


def results(*details):
    forms = [{"evidence": [{**PROOF, "detail": d}, {"kind": "simulated"}]} for d in details]
    return {"claims": [{"id": "mine/one", "printed": forms[0], "corrected": forms[1], "readings": []}]}


def test_forged_proofs_are_counted_and_named():
    book = [claim("dot(W[1], W[1]) == rho[1]", "dot(W[1], W[1]) == rho[1]**2")]
    found = tally(checked(book, results(ZERO, ZERO)))
    assert (found["proofs"], found["accepted"], found["rejected"]) == (2, 1, 1)
    assert "REJECTED mine/one (printed, net)" in text_of(found)


def test_rules_that_are_not_covered_are_told():
    book = [claim("L > 0", "L > 0")]
    found = tally(checked(book, results({"decision": "insight"}, {})))
    assert found["not covered"] == 2
    assert "not covered in 1: rule 'insight'" in text_of(found)


def test_claims_without_results_have_no_proofs():
    assert tally(checked([claim("L > 0", "L > 0")], {"claims": []}))["proofs"] == 0
