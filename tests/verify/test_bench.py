"""Benchmarks: found by themselves, every row complete."""

import pytest

from verify.bench import KEYS, all_benchmarks, line, run_benchmark

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
