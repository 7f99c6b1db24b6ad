"""The zoo's judges are scored as what they are; its files say which statements are true."""

from verify.claimfile import read
from verify.runs.zoo import JUDGES, TRUTHS, ZOO, scored


def result(id, verdict, outcome, violations):
    evidence = [{"kind": "exact", "outcome": outcome}, {"kind": "simulated", "instances": 9, "violations": violations}]
    return {"id": id, "printed": {"verdict": verdict, "evidence": evidence}}


RESULTS = [
    result("truths/a", "proved", "proved", 0),
    result("truths/b", "undecided", "undecided", 0),
    result("falsehoods/a", "refuted", "nonzero", 3),
    result("falsehoods/b", "conflict", "proved", 0),
]


def test_soundness_and_completeness_stand_apart():
    score = scored(RESULTS)
    told = {name: (s["soundness"], s["completeness"]) for name, s in score["judges"].items()}
    assert told["the program"] == (1.0, 0.5)
    assert told["always yes"] == told["always no"] == (0.5, 0.5)
    assert told["simulation only"] == (0.75, 0.75)
    assert told["exact only"] == (0.75, 0.25)
    assert score["judges"]["exact only"]["wrong"] == ["falsehoods/b"]
    assert (score["truths"], score["falsehoods"], score["conflicts"]) == (2, 2, ["falsehoods/b"])


def test_a_wrong_verdict_is_named():
    score = scored([result("falsehoods/c", "supported", "undecided", 0), result("truths/c", "refuted", "nonzero", 1)])
    assert score["judges"]["the program"]["wrong"] == ["falsehoods/c", "truths/c"]
    assert score["judges"]["the program"]["soundness"] == 0


def test_the_zoo_is_read_and_has_many_of_both():
    claims = read([ZOO]).claims
    true = sum(c.id.startswith(f"{TRUTHS}/") for c in claims)
    assert min(true, len(claims) - true) >= 70
    assert {c.paper for c in claims} == {TRUTHS, "falsehoods"}
    assert "the program" in JUDGES


def test_no_statement_is_both_true_and_false():
    told = [(c.printed.text, c.settings[0].name) for c in read([ZOO]).claims]
    assert len(set(told)) == len(told)
