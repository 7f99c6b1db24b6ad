"""Figures are drawn from kept numbers, equal for equal numbers, and cost nobody who did not ask."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from verify.commands.selection import shipped
from verify.report import book, figures, html, render
from verify.report.figures import catalogue, numbers, whole_papers
from verify.report.model import build
from verify.runs.store import FIGURES, code_digest


@pytest.fixture
def whole(sample, monkeypatch):
    """The sample's report as one of two whole papers."""
    monkeypatch.setattr(figures, "whole_papers", lambda ids: {"memo90", "pnas20"})
    return build(sample.results, sample.claims, sample.derivations, sample.papers)


@pytest.fixture
def kept(tmp_path):
    """A folder with the numbers of one figure."""
    data = {"kernels": catalogue._kernels()}
    (tmp_path / FIGURES).write_text(json.dumps({"schema": 1, "code": "old", "data": data}))
    return tmp_path


def drawn(report, folder, mode="stored"):
    told = []
    return figures.pictures(report, folder, mode, told.append), told


ONCE = []


@pytest.fixture
def pictures(whole, kept):
    """The figures of the sample, drawn once for all tests."""
    if not ONCE:
        ONCE.append(drawn(whole, kept)[0])
    return ONCE[0]


def test_every_figure_is_of_shipped_claims():
    known = shipped(shapes=False).by_id
    for drawing in catalogue.announced():
        assert set(drawing.claims) <= known.keys() and drawing.alt and drawing.caption.endswith(".")
    assert len({d.name for d in catalogue.announced()}) == len(catalogue.announced())


def test_only_papers_audited_as_a_whole_have_figures(sample, kept):
    ids = set(shipped(shapes=False).by_id)
    assert whole_papers(ids) == {"memo90", "pnas20"}
    assert whole_papers(ids - {"memo90/eq1"}) == {"memo90", "pnas20"}, "one claim more since the last run"
    assert whole_papers({i for i in ids if "sec" not in i}) == {"pnas20"}
    report = build(sample.results, sample.claims)
    assert drawn(report, kept, "fresh") == ((), [])


def test_kept_numbers_are_drawn_whatever_their_age(whole, kept, pictures):
    again, told = drawn(whole, kept)
    assert [(p.name, p.number) for p in pictures] == [("overview", 1), ("kernels", 2)] and not told
    assert again == pictures, "equal numbers make equal files"


def test_a_drawing_stands_alone(pictures):
    names = []
    for picture in pictures:
        root = ET.fromstring(picture.svg)
        assert root.tag.endswith("svg") and not root.get("width") and picture.pdf.startswith(b"%PDF")
        assert "<style" not in picture.svg and "CreationDate" not in picture.pdf.decode("latin-1")
        mine = re.findall(r'\bid="([^"]+)"', picture.svg)
        assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', picture.svg)) <= {(m, "") for m in mine} | {
            ("", m) for m in mine
        }
        names += mine
    assert len(names) == len(set(names))


def test_missing_numbers_are_computed_once_and_kept(tmp_path, monkeypatch):
    calls = []
    one = {"one": lambda: calls.append(1) or {"x": [1.5]}}
    for _ in range(2):
        assert numbers(tmp_path, one, fresh=True, tell=print) == {"one": {"x": [1.5]}}
    assert calls == [1] and json.loads((tmp_path / FIGURES).read_text())["code"] == code_digest()
    assert numbers(tmp_path, one, fresh=False, tell=print) == {"one": {"x": [1.5]}}


def test_numbers_of_another_version_are_computed_again(kept):
    assert numbers(kept, {"one": lambda: [1]}, fresh=True, tell=print) == {"one": [1]}


def test_a_figure_that_fails_is_told_and_costs_nothing_else(whole, kept):
    def fail():
        raise ArithmeticError("no\nnumbers")

    told = []
    assert numbers(kept, {"one": fail}, fresh=True, tell=told.append) == {} and "no numbers" in told[0]
    (kept / FIGURES).write_text(json.dumps({"schema": 1, "data": {"kernels": [{}]}}))
    pictures, told = drawn(whole, kept)
    assert [p.name for p in pictures] == ["overview"] and "'kernels' could not be drawn" in told[0]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema": 2, "data": {}}', '{"schema": 1, "data": []}'])
def test_what_cannot_be_read_is_nothing(tmp_path, text):
    (tmp_path / FIGURES).write_text(text)
    assert numbers(tmp_path, {}, fresh=False, tell=print) == {}


def test_page_and_book_show_the_figures(whole, pictures):
    page, source = html.render_html(whole, pictures=pictures), book.render_tex(whole, pictures)
    for picture in pictures:
        assert f'id="figure-{picture.name}"' in page and picture.file in source
    assert page.count('<a href="#figure-kernels">') == 0, "the sample has none of its claims"


def test_figures_of_another_run_do_not_stay(sample, tmp_path):
    (tmp_path / "figure-growth.pdf").write_bytes(b"old")
    render(sample.results, sample.claims, tmp_path, pdf=False, tell=lambda sentence: None)
    assert not list(tmp_path.glob("figure-*"))


def test_drawing_is_imported_when_something_is_drawn():
    code = "import sys, verify.report, verify.report.summary; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
