"""Errata sheets: each claim that is wrong as printed, in page order, and none that stands."""

import html
import re
from dataclasses import replace

import pytest

from verify.report.errata import name_of, render_errata
from verify.report.model import build


@pytest.fixture
def report(sample):
    return build(sample.results, sample.claims, sample.derivations, sample.papers)


def test_every_wrong_claim_has_an_entry_and_no_other(report):
    for paper in report.papers:
        page = render_errata(report)[name_of(paper.key)]
        wrong = [e.anchor for e in report.wrong_in_page_order if e.paper == paper.key]
        found = re.findall(r'<article class="erratum" id="([^"]+)"', page or "")
        assert found == wrong


def test_an_entry_says_what_is_printed_what_should_be_and_how_we_know(report):
    page = "".join(filter(None, render_errata(report).values()))
    amended = next(e for e in report.wrong_in_page_order if e.amended)
    for part in ("As printed", "As it should be", "How we know", f"verify show {amended.id}"):
        assert part in page


def test_a_paper_without_mistakes_has_no_sheet(report):
    right = replace(report, entries=tuple(e for e in report.entries if e not in report.wrong))
    assert set(render_errata(right).values()) == {None}


def test_nothing_is_loaded_from_elsewhere(report):
    for page in filter(None, render_errata(report).values()):
        shown = html.unescape(page.partition("<script>")[0])
        assert "default-src 'none'" in shown and not re.search(r'<[^>]*(?:src|href)="(?!#)', shown)
