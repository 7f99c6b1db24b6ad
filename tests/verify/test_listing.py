"""The list of claims starts at once: no formula is parsed and nothing heavy imported."""

import subprocess
import sys
import time

from verify.claimfile import read
from verify.listing import lines, shown
from verify.shelf import PAPERS, paper_folders

HEAVY = ("torch", "sympy", "flint", "numpy", "scipy", "matplotlib", "pydantic", "jinja2")


def test_the_list_names_exactly_the_shipped_claims():
    assert [c.id for c in lines(PAPERS)] == [c.id for c in read(paper_folders(), shapes=False).claims]


def test_one_line_a_claim():
    listed = list(lines(PAPERS))
    rows = shown(listed, {listed[0].id: "holds"}).splitlines()
    assert len(rows) == len(listed)
    assert rows[0].split()[:2] == [listed[0].id, "holds"]


def heavy_after(arguments):
    """Which heavy packages a command has imported, and how long it took."""
    program = f"""
import sys
from verify.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)
"""
    started = time.perf_counter()
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return found.stderr.strip().splitlines()[-1], time.perf_counter() - started


def test_list_imports_nothing_heavy():
    heavy, seconds = min((heavy_after(["list"]) for _ in range(3)), key=lambda pair: pair[1])
    assert heavy == "[]"
    assert seconds < 1.0, "half a second on an idle machine"


def test_show_imports_no_torch():
    heavy, _ = heavy_after(["show", "pnas20/eq6"])
    assert "torch" not in heavy
    told = "".join(p.read_text() for p in (PAPERS.parent.parent / "derivations").glob("*.py"))
    without = next(c.id for c in lines(PAPERS) if c.id not in told)
    heavy, _ = heavy_after(["show", without])
    assert "sympy" not in heavy, "algebra is imported for derivations only"
