"""The list of claims starts at once: no formula is parsed and nothing heavy imported."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from verify import cli
from verify.claimfile import read
from verify.listing import PAPERS, Line, lines, own_lines, paper_folders, shown
from verify.runs.store import write_results

HEAVY = ("torch", "sympy", "flint", "numpy", "scipy", "matplotlib", "pydantic", "jinja2")


def test_the_list_names_exactly_the_shipped_claims():
    assert [c.id for c in lines(PAPERS)] == [c.id for c in read(paper_folders(), shapes=False).claims]


def test_one_line_a_claim():
    listed = list(lines(PAPERS))
    rows = shown(listed, {listed[0].id: "holds"}).splitlines()
    assert len(rows) == len(listed)
    assert rows[0].split()[:2] == [listed[0].id, "holds"]


@pytest.mark.parametrize("width", [None, 160, 100, 80, 50, 3])
def test_lines_are_cut_to_the_width_and_columns_are_aligned(width):
    listed = list(lines(PAPERS))
    rows = shown(listed, {}, width).splitlines()
    assert len(rows) == len(listed)
    assert all(len(row) <= (width or 10_000) for row in rows)
    if width is None:
        assert all(row.endswith(c.text) for row, c in zip(rows, listed, strict=True)), "nothing is cut in a pipe"
    if width is None or width >= 100:
        assert len({row.index(f"  {c.topic}") for row, c in zip(rows, listed, strict=True)}) == 1
    if width and width >= 80:
        assert max(row.rindex("  ") for row in rows) <= width - 24, "the text keeps some room"


def test_own_claims_are_listed_from_files_as_they_are(claim_file, tmp_path):
    odd = "[[claim]]\nid = 3\n[[claim]]\nid = 'odd'\ntext = '''a\nb\u202ec'''\ntopic = 7\n"
    own = claim_file("growth", text=odd)
    (tmp_path / "broken.claims.toml").write_text("format =")
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper/paper.toml").write_text("paper = { key = 'thick' }")
    claim = "{ id = 'a', text = 'b', topic = 'margins', where = 'p. 1' }"
    (tmp_path / "paper/1.claims.toml").write_text(f"claim = [{claim}]")
    found = list(own_lines([tmp_path]))
    assert [c.id for c in found] == ["mine/growth", "mine/odd", "thick/a"]
    assert found[0].file == str(own)
    assert found[2] == Line("thick/a", "margins", "p. 1", "b", str(tmp_path / "paper/1.claims.toml"))
    assert len(shown(found, {}).splitlines()) == 3 and "\u202e" not in shown(found, {})
    assert [c.id for c in own_lines([tmp_path / "paper/1.claims.toml"])] == ["thick/a"]


def test_the_last_audit_of_own_files_is_listed_behind_the_papers(claim_file, tmp_path):
    own = claim_file("growth", "wrong")
    verdicts = {"mine/growth": "holds", "mine/wrong": "refuted"}
    write_results(tmp_path, {}, [{"id": i, "verdict": v} for i, v in verdicts.items()])
    (tmp_path / "sources.json").write_text(json.dumps([str(own)]))

    def run(*arguments):
        return CliRunner().invoke(cli.main, ["list", "--out", str(tmp_path), *arguments])

    assert dict(row.split()[:2] for row in run().stdout.splitlines()[-2:]) == verdicts
    assert run("--verdict", "refuted").stdout.startswith("mine/wrong  refuted")
    assert run("--paper", "mine", "--json").stdout.count(f'"file": "{own}"') == 2
    assert "'mine'?" in run("--paper", "mien").stderr
    nothing = run("--verdict", "open")
    assert (nothing.exit_code, nothing.stdout) == (0, "") and "no such claim" in nothing.stderr


def heavy_after(arguments):
    """Which heavy packages a command has imported."""
    program = f"""
import sys
from verify.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return found.stderr.strip().splitlines()[-1]


def test_list_imports_nothing_heavy():
    assert heavy_after(["list"]) == "[]"


def test_show_imports_no_torch():
    heavy = heavy_after(["show", "pnas20/eq6"])
    assert "torch" not in heavy
    told = "".join(p.read_text() for p in (PAPERS.parent.parent / "derivations").rglob("*.py"))
    without = next(c.id for c in lines(PAPERS) if c.id not in told)
    heavy = heavy_after(["show", without])
    assert "sympy" not in heavy, "algebra is imported for derivations only"
