"""Claims are shown in page order: sections, equations and remarks where the paper has them."""

import pytest

from verify.listing import PAPERS
from verify.report.outline import ELSEWHERE, outline, placed


def numbers(paper, *wheres):
    return [section.number for section, _ in placed(paper, wheres)]


def ordered(paper, *wheres):
    places = placed(paper, wheres)
    return [wheres[i] for i in sorted(range(len(wheres)), key=lambda i: places[i][1])]


def test_every_shipped_paper_has_an_outline():
    for folder in PAPERS.glob("*/paper.toml"):
        sections = outline(folder.parent.name)
        assert sections and len({s.number for s in sections}) == len(sections)
        items = [i for s in sections for i in s.items]
        assert len(items) == len(set(items))


def test_sections_are_found_from_what_stands_in_them():
    assert numbers("memo90", "Eq. (7)", "Lemma 2", "Sec. 12.3.2(1)", "Sec. 5 (b) and 5.1") == [
        "5.1",
        "5.2",
        "12.3.2",
        "5",
    ]
    assert numbers("pnas20", "Sec. B.4, before Lemma 3", "after Eq. (4)", "Sec. 4") == ["3.B.4", "3.B.2", "4"]
    assert placed("memo90", ["p. 7"])[0][0] == ELSEWHERE


def test_page_order():
    wheres = ("Eq. (50)", "Sec. 13, before Eq. (50)", "Sec. 13, after Eq. (50)", "Eq. (5)", "Abstract")
    assert ordered("memo90", *wheres) == [
        "Abstract",
        "Eq. (5)",
        "Sec. 13, before Eq. (50)",
        "Eq. (50)",
        "Sec. 13, after Eq. (50)",
    ]
    assert ordered("pnas20", "Theorem 4, item 6", "Theorem 4", "Theorem 4, item 2") == [
        "Theorem 4",
        "Theorem 4, item 2",
        "Theorem 4, item 6",
    ]


def test_a_claim_that_names_a_section_alone_follows_the_one_before_it():
    assert ordered("memo90", "Eq. (57)", "Sec. 14", "Eq. (53)") == ["Eq. (53)", "Eq. (57)", "Sec. 14"]


@pytest.mark.parametrize("paper", ["mine", "../memo90", ""])
def test_other_papers_keep_their_order(paper):
    assert outline(paper) == ()
    assert ordered(paper, "Sec. 9", "Lemma 1", "Sec. 2", "Sec. 9") == ["Sec. 9", "Sec. 9", "Lemma 1", "Sec. 2"]
