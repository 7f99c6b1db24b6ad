"""The documentation builds without a warning, and its claim files are read without a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from verify.claimfile import read

SITE = Path(__file__).resolve().parent.parent / "reports" / "site"


def test_the_site_builds(tmp_path):
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", SITE / "mkdocs.yml"]
    built = subprocess.run([*command, "--site-dir", tmp_path], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    words = (tmp_path / "words" / "index.html").read_text()
    assert "smallest eigenvalue" in words and "{{" not in words
    assert "verify explain" in (tmp_path / "commands" / "index.html").read_text()


@pytest.mark.parametrize("file", sorted((SITE / "docs").glob("*.toml")), ids=lambda f: f.name)
def test_claim_files_of_the_documentation_read(file):
    assert read([file]).claims
