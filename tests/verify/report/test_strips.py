"""Small plots: numbers end where they belong, labels tell the ends apart."""

import re
import xml.etree.ElementTree as ET

import pytest

from verify.formula import parse
from verify.report.figures.series import terms
from verify.report.strips import HEIGHT, WIDTH, as_picture, as_svg, strip

DATA = {
    "latex": r"\rho",
    "says": "diverges",
    "law": "",
    "logarithmic": False,
    "expected": 2.0,
    "curves": [[[1.0, 10.0, 1000.0], [1.0, 2.5, 3.0]], [[1.0, 100.0], [1.5, 2.0]]],
}


def test_lines_fill_the_plot():
    plot = strip(DATA)
    assert plot.lines[0][0] == (0.0, 0.0) and plot.lines[0][-1] == pytest.approx((WIDTH, HEIGHT))
    assert plot.expected == pytest.approx(HEIGHT / 2)
    assert [p for _, p in plot.across] == [0, 1, 2, 3]
    assert [label for _, label, _ in plot.up] == ["1", "3"]
    assert (plot.note, strip({**DATA, "law": "like (log t)^1"}).note) == ("diverges", "fitted: like (log t)^1")


def test_level_lines_and_far_expectations_are_shown():
    level = strip({**DATA, "expected": 1e9, "curves": [[[1.0, 10.0], [0.25, 0.25]]]})
    assert level.expected is None and len(level.up) == 1 and level.lines[0][0][1] == pytest.approx(HEIGHT / 2)
    assert strip({**DATA, "expected": 0.0, "curves": [[[1.0, 10.0], [0.0, 0.0]]]}).up[0][1] == "0"


def test_powers_are_labels_of_a_logarithmic_axis():
    plot = strip({**DATA, "logarithmic": True, "curves": [[[1.0, 1e6], [0.2, -1000000.0]]]})
    assert [(text, latex) for _, text, latex in plot.up] == [("10⁻¹⁰⁰⁰⁰⁰⁰", "10^{-1000000}"), ("10⁰", "10^{0}")]


def test_close_ends_get_the_digits_that_tell_them_apart():
    plot = strip({**DATA, "expected": None, "curves": [[[1.0, 10.0], [1.00001, 1.00002]]]})
    assert len({text for _, text, _ in plot.up}) == 2


def test_both_drawings_have_a_line_for_each_run():
    plot = strip({**DATA, "says": '<b>"&'})
    svg, picture = as_svg(plot), as_picture(plot)
    assert len([e for e in ET.fromstring(svg).iter("path") if "run" in e.get("class")]) == 2
    assert picture.count(" RG ") == 4 and picture.startswith(r"\begin{picture}")
    assert not re.search(r"[^\x00-\x7f]", picture)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("limit(L) == 0 and diverges(rho)", [(True, ""), (False, "diverges")]),
        ("asymptotic(rho, log(t))", [(True, "tends to 1")]),
        ("1/2 < limit(margin)", [(True, "")]),
        ("limit(rho, decay) == 1", []),
        ("independent_of_start(limit(V[1]))", []),
        ("implies(rho > 1, conserved(rho))", [(False, "is conserved")]),
    ],
)
def test_what_a_statement_speaks_of(text, found):
    assert [(t.expected is not None, t.says) for t in terms(parse(text))] == found
