"""The audit from Python: the verdicts of the command line, as values; a table; what a notebook shows."""

import html.parser

import pytest

import verify
from verify.api import COLUMNS, Results, audit
from verify.claimfile import ClaimFileErrors


@pytest.fixture(scope="module")
def results(tmp_path_factory, claims_text):
    path = tmp_path_factory.mktemp("mine") / "mine.claims.toml"
    path.write_text(claims_text("growth", "wrong"))
    return audit(path)


def test_verdicts_by_id(results):
    assert results.verdicts() == {"mine/growth": "holds", "mine/wrong": "refuted"}
    assert results["growth"]["printed"]["verdict"] == "proved" and len(results) == 2
    with pytest.raises(KeyError):
        results["forgotten"]


def test_a_table_with_one_row_a_claim(results):
    rows = results.table()
    assert [tuple(r) for r in rows] == [COLUMNS] * 2
    assert rows[0]["scope"] == "general" and rows[1]["why"].startswith("left")


def test_what_a_notebook_shows(results):
    page = html.parser.HTMLParser()
    page.feed(results._repr_html_())
    assert "mine/growth" in results._repr_html_()
    assert r"\text{mine/growth: holds}" in results._repr_latex_()


def test_formulas_are_text_in_html():
    entry = {"id": "a/b", "verdict": "holds", "printed": {"verdict": "proved", "formula": "1 < 2", "message": "<b>"}}
    assert "&lt;b&gt;" in Results((entry,), {})._repr_html_()


def test_mistakes_are_raised_and_nothing_runs(tmp_path):
    (tmp_path / "bad.claims.toml").write_text("format = 1\n")
    with pytest.raises(ClaimFileErrors):
        audit(tmp_path / "bad.claims.toml")


def test_the_package_offers_it_and_nothing_else():
    assert verify.Results is Results
    with pytest.raises(AttributeError):
        verify.nonsense  # noqa: B018


def test_the_function_stays_what_the_package_offers():
    import verify.auditor.claims

    assert verify.audit is audit
