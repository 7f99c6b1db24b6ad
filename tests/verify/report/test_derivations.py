"""Which derivations a report shows."""

from verify.report import derivations
from verify.report.derivations import citations, derivations_for


def names(*claims):
    found, mistakes = derivations_for({"claims": list(claims)})
    assert not mistakes
    return [d.name for d in found]


def test_those_about_its_claims_with_what_they_use():
    shown = names({"id": "pnas20/structural-lemma"})
    assert "structural_lemma.euler_identity" in shown and "norm_growth.balancedness" not in shown
    assert shown.index("reductions.depth_lemma") < shown.index("structural_lemma.euler_identity")


def test_a_claim_of_ones_own_shows_what_its_proof_rests_on():
    rests_on = [{"kind": "derivation", "name": "bounds.one_layer_convexity", "text": "a title that may change"}]
    evidence = {"kind": "exact", "detail": {}, "rests_on": rests_on}
    shown = names({"id": "mine/c", "printed": {"evidence": [evidence]}})
    assert [n for n in shown if not n.startswith("reductions.")] == ["bounds.one_layer_convexity"]


def test_nothing_else_is_a_citation():
    lemma = {"kind": "lemma", "name": "width", "text": "derivation: X"}
    evidence = {"kind": "exact", "message": "derivation: X", "rests_on": [lemma]}
    assert list(citations([{"id": "mine/c", "printed": {"evidence": [evidence]}, "corrected": None}])) == []


def test_one_that_does_not_check_is_told_and_the_others_are_shown(monkeypatch):
    def wrong():
        raise ValueError("two\nlines")

    monkeypatch.setattr(derivations, "MODULES", ("bounds",))
    monkeypatch.setattr(derivations, "builders", lambda topic: (wrong,))
    assert derivations_for({"claims": []}) == ([], ["BROKEN derivation bounds.wrong: two lines"])


def test_the_reductions_always():
    assert names() and all(n.startswith("reductions.") for n in names())
