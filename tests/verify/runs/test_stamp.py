"""Reports are rendered again exactly if something has changed."""

import pytest

from verify.runs.stamp import STAMP, stamp, stamped
from verify.runs.store import RESULTS


@pytest.fixture
def folder(tmp_path):
    for name in (RESULTS, "report.html"):
        (tmp_path / name).write_text(name)
    stamp(tmp_path, "fresh", [tmp_path / "report.html"], True)
    return tmp_path


def test_nothing_has_changed(folder):
    noted = stamped(folder, "fresh")
    assert noted["sound"] and list(noted["pages"]) == ["report.html"]


@pytest.mark.parametrize("name", [RESULTS, "report.html", "figures.json"])
def test_a_change_is_seen(folder, name):
    (folder / name).write_text("other")
    assert stamped(folder, "fresh") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"of": 1, "pages": 2}', "\ud800"])
def test_a_damaged_stamp_is_none(folder, text):
    (folder / STAMP).write_text(text, errors="surrogatepass")
    assert stamped(folder, "fresh") is None


def test_what_is_gone_or_asked_for_otherwise_is_rendered_again(folder):
    assert stamped(folder, "none") is None
    (folder / "report.html").unlink()
    assert stamped(folder, "fresh") is None
