"""Results and claims are brought together without losing either."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from verify.claim import Claim
from verify.report import entries, model, plain
from verify.report.entries import Rest
from verify.report.model import build


def report_of(sample):
    return build(sample.results, sample.claims, sample.derivations, sample.papers)


def test_every_result_is_shown_paper_by_paper(sample):
    report = report_of(sample)
    assert sorted(e.id for e in report.entries) == sorted(c.id for c in sample.claims)
    assert [e.paper for e in report.entries] == sorted(e.paper for e in report.entries)
    for paper in report.papers:
        shown = [e for part in report.parts(paper.key) for e in part.entries]
        assert tuple(shown) == report.of_paper(paper.key)
    assert sum(report.counts.values()) == len(sample.results["claims"]) == 21
    assert set(report.counts) == set(model.CLAIMS), "the sample has every verdict"


def test_results_without_claims_and_claims_without_results(sample):
    report = build(sample.results, [])
    assert [e.id for e in report.entries] == sorted(c["id"] for c in sample.results["claims"])
    assert build({**sample.results, "claims": []}, sample.claims).entries == ()


def test_connections_are_shown_from_both_ends(sample):
    report = report_of(sample)
    assert report.entry("memo90/growth").uses == ("memo90/euler",)
    assert set(report.entry("memo90/growth").used_by) == {"memo90/v-law", "pnas20/loss-falls"}
    assert [d.title for d in report.entry("memo90/growth").derivations] == ["Equal growth of the squared norms"]


@pytest.mark.parametrize(
    "form",
    [
        "p/a corrected",
        ["p/a", "corrected"],
        {"id": "p/a", "corrected": True},
    ],
)
def test_what_rests_on_a_refuted_claim_is_read_in_each_form(form):
    results = {"provenance": {}, "claims": [{"id": "p/b", "verdict": "holds", "rests_on_refuted": [form, "p/c"]}]}
    assert build(results, []).entries[0].rests == (Rest("p/a", True), Rest("p/c", False))


def test_readings_are_statements_with_their_words(sample):
    statements = report_of(sample).entry("pnas20/stops").statements
    assert [(s.label, s.verdict, s.text) for s in statements] == [
        ("Reading 1", "refuted", "with weight normalisation"),
        ("Reading 2", "proved", "along the free flow"),
    ]


def test_the_wrong_and_the_alarming_come_first(sample):
    report = report_of(sample)
    assert [e.verdict for e in report.wrong] == ["refuted", "corrected", "corrected", "conditional"]
    assert [e.alarms for e in report.alarms] == [("conflict",), ("broken",)]


def test_networks_are_counted_once_each(sample):
    claims = sample.results["claims"]
    judged = [s for c in claims for s in (c["printed"], c["corrected"]) if s]
    judged += [r["printed"] for c in claims for r in c["readings"]]
    assert report_of(sample).instances == sum(e.get("instances", 0) for s in judged for e in s["evidence"])


def test_large_matrices_are_left_to_the_file(sample):
    matrix = report_of(sample).entry("memo90/flat").headline.witness.matrices[0]
    assert (matrix.latex, matrix.size) == ("", "3 × 40")


def test_only_numbers_enter_a_matrix():
    witness = {"W": [[["1/2", "-3", "0.25", "\\input{x}", "1e9"]]], "y": [1]}
    shown = r"\begin{bmatrix} \tfrac{1}{2} & -3 & 0.25 & ? & ? \end{bmatrix}"
    assert model.matrices(witness)[0].latex == shown


def test_anchors_differ_where_ids_do():
    ids = ["a/b-c", "a-b/c", "a/b_c", "a/b.c", "a/B-c", "a/b c"]
    assert len({entries.anchor("claim", i) for i in ids}) == len(ids)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.0, "0"),
        (4096, "4,096"),
        (1.0072, "1.01"),
        (12.5, "12.5"),
        (3.1e-16, "3.1·10⁻¹⁶"),
        (2e9, "2.0·10⁹"),
        (-1234.5, "-1,234"),
        (float("inf"), "inf"),
        ("inf", "inf"),
        ("1/2", "1/2"),
        (None, "—"),
        (True, "True"),
    ],
)
def test_numbers_are_shown_in_three_digits(value, shown):
    assert plain.number(value) == shown


def test_evidence_of_an_unknown_kind_is_shown_as_it_is():
    strange = {"kind": "oracle", "answer": [1, 2], "seconds": 3, "message": "so it is"}
    assert plain.finding(strange) == "answer: 1, 2; so it is"
    assert plain.finding({}) == ""


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("ρ_k and W_12", ["k", "12"]),
        ("rho_v_dynamics", []),
        ("a.claims_x", []),
        ("(W x)_n", ["n"]),
        ("f_nm1", []),
    ],
)
def test_indices_are_found_in_running_text(text, low):
    pieces = list(plain.subscripts(text))
    assert [p for p, is_low in pieces if is_low] == low


def test_without_sections_topics_are_the_parts():
    claims = [Claim(f"mine/{i}", "", None, topic=t) for i, t in enumerate(["margins", "hessians", "margins"])]
    results = {"claims": [{"id": c.id, "verdict": "holds"} for c in claims]}
    parts = build(results, claims).parts("mine")
    assert [(p.name, [e.name for e in p.entries]) for p in parts] == [("Margins", ["0", "2"]), ("Hessians", ["1"])]
    assert [p.name for p in build(results, [replace(c, topic="margins") for c in claims]).parts("mine")] == [""]


def test_verdicts_are_counted_by_section(sample):
    report = report_of(sample)
    rows = report.verdicts_by_chapter("memo90")
    assert sum(sum(row.values()) for row in rows.values()) == len(report.of_paper("memo90"))


@pytest.mark.parametrize(
    ("latex", "titles"),
    [
        (["x", r"\frac{1}{N}"], ["t (sum over the examples)", "t (mean over the examples)"]),
        (["x", "y"], ["t (1)", "t (2)"]),
        (["x"], ["t"]),
    ],
)
def test_no_two_derivations_have_one_title(latex, titles):
    same = [SimpleNamespace(title="t", topic="", claims=(), story="", steps=(SimpleNamespace(latex=x),)) for x in latex]
    report = build({"claims": []}, [], same)
    assert [report.titles[id(d)] for d in same] == titles


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4 lambda, rho_k", "4 λ, ρ_k"),
        ("lambda -> 0", "λ → 0"),
        ("f~ and V_k^2", "f\u0303 and V_k²"),
        ("rho_v_dynamics, a.rho, norm_rho", "rho_v_dynamics, a.rho, norm_rho"),
        ("sigma(z), rho.", "σ(z), ρ."),
    ],
)
def test_symbols_are_letters(text, shown):
    assert plain.prettify(text) == shown


def test_derivations_need_nothing_but_their_attributes(sample):
    bare = SimpleNamespace(title="t", topic="new_topic", claims=(), story="", steps=())
    report = build(sample.results, sample.claims, (bare,))
    assert "new_topic" in report.topics and report.derivations_of("new_topic") == (bare,)
