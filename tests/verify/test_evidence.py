"""Evidence as JSON: plain data, kinds named as the contract names them."""

import json

import pytest

from verify.evidence import Counterexample, Exact, Failure, Lemma, Measured, Simulated, as_json
from verify.runs.store import plain

EVIDENCE = [
    (Exact("proved", "general", {"checked": 2}, rests_on=(Lemma("width", "all widths"),)), "exact"),
    (Simulated(512, 0, 1e-15, 1e-13, {"near a kink": 3}), "simulated"),
    (Counterexample("s", (2, 1), ((("1/2", "0"),),), (("1", "1"),), ("1",), {"k": 1}, "left 1, right 2"), "witness"),
    (Measured("topic.slope", {"slope": (1.01, 0.99, 1.03)}, "holds"), "experiment"),
    (Measured("topic.slope", {"slope": (1, 1, 1)}, "holds", exact=True), "enclosure"),
    (Failure("ValueError: no"), "failure"),
]


@pytest.mark.parametrize(("evidence", "kind"), EVIDENCE, ids=[kind for _, kind in EVIDENCE])
def test_evidence_is_plain_json(evidence, kind):
    found = as_json(evidence)
    assert found["kind"] == kind
    assert json.loads(json.dumps(plain(found), allow_nan=False)) == found


def test_what_a_decision_rests_on_is_named():
    found = as_json(EVIDENCE[0][0])
    assert found["rests_on"] == [{"kind": "lemma", "name": "width", "text": "all widths"}]
    assert (found["outcome"], found["scope"]) == ("proved", "general")


@pytest.mark.parametrize(("outcome", "scope"), [("proven", "general"), ("proved", "everywhere")])
def test_nonsense_is_refused(outcome, scope):
    with pytest.raises(ValueError, match="is not a valid"):
        Exact(outcome, scope)


def test_quantities_carry_their_intervals():
    found = as_json(EVIDENCE[3][0])
    assert found["quantities"] == {"slope": {"value": 1.01, "interval": [0.99, 1.03]}}


def test_exact_numbers_of_a_witness_stay_strings():
    found = as_json(EVIDENCE[2][0])
    assert found["W"] == [[["1/2", "0"]]] and found["indices"] == {"k": 1}


def test_the_three_numbers_of_a_simulation():
    found = as_json(Simulated(512, 7, 1.0, 1e-13, reasons={"tie": 3, "overflow": 2}))
    assert (found["agree"], found["violations"], found["cannot_tell"]) == (505, 7, 5)
    assert found["instances"] == 512 and found["reasons"] == {"tie": 3, "overflow": 2}
