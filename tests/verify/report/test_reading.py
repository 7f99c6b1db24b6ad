"""What was judged and how far it reaches, as the reports tell it."""

import pytest

from verify.report.reading import reach
from verify.report.terminal import describe


@pytest.mark.parametrize(
    ("judged", "told"),
    [
        ({"verdict": "proved", "reach": "all"}, "proved in general: for everything that it speaks of"),
        ({"verdict": "supported", "reach": "sizes", "uncovered": []}, "supported at the sizes that are listed"),
        (
            {"verdict": "proved", "reach": "part", "uncovered": ["N = 1", "K = 1"]},
            "proved in part; not decided: N = 1; K = 1",
        ),
        (
            {"verdict": "proved", "reach": "part", "evidence": [{"kind": "exact", "scope": "general"}]},
            "proved in general for a part",
        ),
        ({"verdict": "refuted", "reach": "part"}, ""),
        ({"verdict": "proved", "reach": None}, ""),
        ({"verdict": "proved"}, ""),
    ],
)
def test_the_reach_in_a_line(judged, told):
    assert reach(judged) == told


def test_a_claim_is_read_back_beside_its_text(claim):
    statement = {"verdict": "proved", "message": "", "evidence": [], "witness": None, "reach": "all", "uncovered": []}
    lines = " ".join(" ".join(describe(claim("growth"), {"verdict": "holds", "printed": statement})).split())
    assert "reads: For linear networks of widths 3-2-1, 2 examples" in lines
    assert "reach: proved in general" in lines


def test_a_page_tells_what_was_judged(sample):
    from verify.report import model

    shown = model.build(sample.results, sample.claims, papers=sample.papers)
    (statement,) = shown.entry("pnas20/loss-positive").statements
    assert statement.reads.startswith("For ReLU networks") and statement.reads.endswith("L is greater than 0.")
