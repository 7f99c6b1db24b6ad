"""Benchmarks: found by themselves, every row complete."""

import json

import pytest
from click.testing import CliRunner

from verify.commands import bench
from verify.commands.bench import KEYS, ROWS, all_benchmarks, kept_rows, line, run_benchmark

ROW = {"ours": 1.0, "peer": 3.0, "peer_name": "other", "ratio": 3.0, "unit": "s"}


def test_benchmarks_are_found_by_name():
    known = all_benchmarks()
    assert known and all(callable(f) for f in known.values())
    assert all(name == name.lower() and " " not in name for name in known)


def test_a_row_has_every_key():
    row = run_benchmark("b", lambda: ROW)
    assert set(KEYS) == set(row)
    assert line(row) == "b: ours 1 s, other 3 s, ratio 3.0"


@pytest.mark.parametrize("missing", sorted(ROW))
def test_an_incomplete_row_is_an_error(missing):
    with pytest.raises(KeyError, match=missing):
        run_benchmark("b", lambda: {k: v for k, v in ROW.items() if k != missing})


def test_the_common_options_and_what_is_left_behind(monkeypatch, tmp_path):
    from verify.cli import main

    calls = []
    monkeypatch.setattr(bench, "all_benchmarks", lambda: {"b": lambda: calls.append("b") or ROW})
    options = ["--json", "--out", str(tmp_path), "--profile", "full", "--device", "cpu", "--seed", "1", "--jobs", "2"]
    for more, times in (([], 1), (["--resume"], 1), ([], 2)):
        done = CliRunner().invoke(main, ["bench", "b", *options, *more])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == [{"name": "b", **ROW}] == json.loads((tmp_path / ROWS).read_text())
        assert len(calls) == times


@pytest.mark.parametrize("left", ["", "[1]", "{}", '[{"name": "b"}]'])
def test_what_is_no_row_is_not_kept(tmp_path, left):
    (tmp_path / ROWS).write_text(left)
    assert kept_rows(tmp_path) == {}
