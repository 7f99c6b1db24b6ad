"""One claim as text."""

from verify.claimfile import read
from verify.listing import PAPERS
from verify.report.terminal import describe, replay_witness

WITNESS = {
    "setting": "net",
    "widths": [3, 2, 1],
    "W": [[["1", "0", "0"], ["0", "0", "0"]], [["1", "0"]]],
    "x": [["1", "0", "0"], ["0", "1", "0"]],
    "y": ["1", "-1"],
    "indices": {"k": 1},
    "shows": "left 1, right 2",
    "decay": [],
    "replay": "verify show mine/forgotten --replay",
}


def form(verdict, witness=None):
    evidence = [
        {
            "kind": "exact",
            "outcome": verdict,
            "scope": "general",
            "detail": {},
            "message": "",
            "rests_on": [{"kind": "lemma", "name": "width", "text": "width lemma"}],
        },
        {"kind": "simulated", "instances": 9, "violations": 2, "budget": 1e-13, "worst_error": 1.0, "message": ""},
    ]
    return {"verdict": verdict, "message": "why", "evidence": evidence, "witness": witness}


def test_a_claim_that_was_not_audited(claim):
    text = "\n".join(describe(claim("forgotten"), None))
    assert "not audited yet" in text and "d(rho[k]**2)" in text and "for k = 1..K" in text


def test_a_claim_with_its_results(claim):
    result = {
        "id": "mine/forgotten",
        "verdict": "corrected",
        "printed": form("refuted", WITNESS),
        "corrected": form("proved"),
        "readings": [],
        "rests_on_refuted": ["mine/growth"],
    }
    text = "\n".join(describe(claim("forgotten"), result))
    for part in (
        "corrected",
        "left 1, right 2",
        "W[2] = [1 0]",
        "width lemma",
        "2 violate it",
        "mine/growth",
        "the factor 1/N",
        "--replay",
    ):
        assert part in text


def test_a_result_of_another_hand_is_shown_as_far_as_it_goes(claim):
    assert any("holds" in line for line in describe(claim("growth"), {"id": "mine/growth", "verdict": "holds"}))


def test_a_stored_witness_is_certified_again(claim):
    result = {"printed": {"witness": WITNESS}, "corrected": None, "readings": []}
    ((stands, text),) = replay_witness(claim("forgotten"), result)
    assert stands and "mine/forgotten: the witness against the printed form stands: left" in text
    gone = {"printed": {"witness": {**WITNESS, "setting": "gone"}}}
    ((stands, text),) = replay_witness(claim("forgotten"), gone)
    assert not stands and "'gone' is gone" in text
    assert replay_witness(claim("growth"), {"printed": None, "corrected": None}) == []


def test_a_computation_that_refutes_is_done_again():
    one = read([PAPERS / "memo90"]).by_id["memo90/sec7-exp-maxmargin-ic"]
    refuted = {"printed": {"verdict": "refuted", "witness": None}, "corrected": {"verdict": "proved", "witness": None}}
    ((stands, text),) = replay_witness(one, {**refuted, "readings": []})
    assert stands and "the computation against the printed form stands: " in text and "first_margin = 5/13" in text
