"""new, check, explain, diff: what they print, and their exit status."""

import json

import pytest
from click.testing import CliRunner

from verify.cli import main
from verify.commands.authoring import differences


@pytest.fixture
def call(tmp_path, monkeypatch):
    """A command run in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, words)


def test_a_scaffold_passes_the_check_and_is_never_overwritten(call, tmp_path):
    assert call("new", "mine").exit_code == 0
    assert call("check", "mine.claims.toml").output == "2 claims, no mistakes\n"
    (tmp_path / "mine.claims.toml").write_text("kept")
    again = call("new", "mine")
    assert again.exit_code == 2 and "exists already" in again.output
    assert (tmp_path / "mine.claims.toml").read_text() == "kept"


@pytest.mark.parametrize("name", ["../elsewhere", "a b", ""])
def test_a_name_is_no_path(call, name):
    assert call("new", name).exit_code == 2


def test_check_tells_every_mistake_and_runs_nothing(call, tmp_path):
    call("new", "mine")
    path = tmp_path / "mine.claims.toml"
    path.write_text(path.read_text().replace("d(L) <= 0", "d(LL) <= 0").replace("examples = 5", "examples = 0"))
    told = call("check", "mine.claims.toml")
    assert told.exit_code == 2 and "LL" in told.output and "examples" in told.output


def test_explain_a_word_all_words_and_words_of_other_notations(call):
    assert "smallest eigenvalue" in call("explain", "eigmin").output
    assert "eigmax(M)" in call("explain", "lambda_max").output
    assert call("explain").output.count("\n    ") > 50
    strange = call("explain", "eigmn")
    assert strange.exit_code == 2 and "did you mean 'eigmin'" in strange.output


def claim(name, verdict, printed, message=""):
    return {"id": name, "verdict": verdict, "printed": {"verdict": printed, "message": message}, "corrected": None}


OLD = {"a": claim("a", "holds", "proved"), "b": claim("b", "holds", "proved")}
NEW = {**OLD, "b": claim("b", "failed", "undecided", "too large"), "c": claim("c", "holds", "proved")}


def test_only_what_changed_is_told_with_its_reason():
    assert list(differences(OLD, OLD)) == []
    assert list(differences(OLD, NEW)) == [
        {"id": "b", "before": "holds (printed proved)", "after": "failed (printed undecided)", "why": "too large"},
        {"id": "c", "before": "absent", "after": "holds", "why": ""},
    ]


def test_two_folders_are_compared(call, tmp_path):
    for name, claims in (("one", OLD), ("two", NEW)):
        (tmp_path / name).mkdir()
        results = {"schema": 1, "provenance": {}, "claims": list(claims.values())}
        (tmp_path / name / "results.json").write_text(json.dumps(results))
    same, other = call("diff", "one", "one"), call("diff", "one", "two/results.json")
    assert same.exit_code == 0 and other.exit_code == 1
    assert "b: holds (printed proved) -> failed (printed undecided)  too large" in other.output
    assert call("diff", "one", "nowhere").exit_code == 2
