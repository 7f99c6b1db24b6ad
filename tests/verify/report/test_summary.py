"""The summary fits a screen, whatever the audit, and shows text as text."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from verify.report.summary import print_summary


def lines_of(results, claims, **options):
    stream = io.StringIO()
    print_summary(
        results, claims, Console(file=stream, width=80, force_terminal=False), footer="report.html", **options
    )
    return stream.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize("times", [1, 3, 40])
def test_it_fits_a_screen(sample, times):
    many = [{**c, "id": f"{c['id']}{n}"} for n in range(times) for c in sample.results["claims"]]
    lines = lines_of({**sample.results, "claims": many}, sample.claims)
    assert len(lines) <= 23 and max(map(cell_len, lines)) <= 80
    assert lines[-1] == "report.html"


def test_an_empty_audit_is_a_summary_too():
    assert lines_of({"schema": 1, "provenance": {}, "claims": []}, [])[0].startswith("Audit: 0 claims")


def test_conflicts_come_before_everything(sample):
    lines = lines_of(sample.results, sample.claims)
    assert lines[2].startswith(" CONFLICT  pnas20/alarm  the exact world proves it")
    assert lines[3].startswith(" BROKEN  pnas20/broken")


def test_what_is_wrong_is_named_with_its_defect(sample):
    text = "\n".join(lines_of(sample.results, sample.claims))
    assert "↻ corrected   memo90/growth-sum  the factor 1/N" in text
    assert text.index("✗ refuted     memo90/flat") < text.index("↻ corrected   memo90/growth-sum")


def test_what_nobody_corrects_is_shown_with_its_formula_and_what_violates_it(sample):
    flat = next(c for c in sample.results["claims"] if c["id"] == "memo90/flat")
    lines = lines_of({**sample.results, "claims": [flat]}, sample.claims)
    place = lines.index("  ✗ refuted     memo90/flat  The Hessian has no flat direction.")
    assert [line.strip() for line in lines[place + 1 : place + 3]] == ["nullity(hess(L)) == 0", "nullity 4"]


def test_what_is_empty_or_open_is_named_with_the_reason(sample):
    some = [c for c in sample.results["claims"] if c["id"] in ("memo90/empty", "memo90/psd")]
    text = "\n".join(lines_of({**sample.results, "claims": some}, sample.claims))
    assert "∅ vacuous     memo90/empty  no admissible point was found" in text
    assert "? open        memo90/psd    no certificate was found" in text


def test_counts_by_paper(sample):
    holds = next(line for line in lines_of(sample.results, sample.claims) if "✓ holds" in line)
    assert holds.split()[2:5] == ["9", "5", "4"]


def test_text_is_neither_markup_nor_control(sample):
    broken = next(c for c in sample.results["claims"] if c["id"] == "pnas20/broken")
    broken["printed"]["message"] = "[red]w[x_y][/red] \x1b[31m\r\n\u202e"
    line = next(line for line in lines_of(sample.results, sample.claims) if "BROKEN" in line)
    assert "[red]w[x_y][/red]" in line and "\x1b" not in line and "\u202e" not in line


def test_commands_name_the_folder_where_it_is_not_the_usual_one(sample):
    many = [{**c, "id": f"{c['id']}{n}"} for n in range(40) for c in sample.results["claims"]]
    results = {**sample.results, "claims": many}
    assert any("verify list --out mine --verdict failed" in line for line in lines_of(results, [], place="mine"))
    assert any("more: verify list --verdict failed" in line for line in lines_of(results, []))
