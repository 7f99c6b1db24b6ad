"""The store: equal inputs make equal names and files, and what cannot be read is never fatal."""

import json
import os
import threading
from fractions import Fraction

import pytest

from verify.runs import store
from verify.runs.store import Store, StoreError

KEY = "0" * 64
INPUTS = {"seed": 0, "profile": "full", "device": "cpu", "code": "c", "packages": {"sympy": "1"}}


def test_a_saved_result_comes_back(tmp_path):
    kept = Store(tmp_path / "claims")
    assert kept.load(KEY) is None
    kept.save(KEY, {"verdict": "holds", "half": Fraction(1, 2), "widths": (3, 1), "big": 10**30})
    expected = {"verdict": "holds", "half": "1/2", "widths": [3, 1], "big": str(10**30)}
    assert kept.load(KEY) == expected
    assert kept.warnings == []
    assert [p.name for p in kept.folder.iterdir()] == [f"{KEY}.json"], "nothing temporary is left"


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"profile": "quick"}, {"device": "cuda"}, {"code": "d"}, {"packages": {"sympy": "2"}}]
)
def test_the_name_depends_on_everything_that_the_result_depends_on(change):
    key = store.result_key("claim", **INPUTS)
    assert key == store.result_key("claim", **INPUTS)
    assert len({key, store.result_key("claim", **{**INPUTS, **change}), store.result_key("other", **INPUTS)}) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b'{"a": NaN}',
        b"[" * 100_000,
        b"[1]",
        b'{"key": "',
        b"\xff\xfe\x00",
        b'{"key": "1", "result": {}}',
    ],
)
def test_a_damaged_file_is_a_warning_and_a_miss(tmp_path, content):
    kept = Store(tmp_path)
    kept.path(KEY).write_bytes(content)
    assert kept.load(KEY) is None
    assert len(kept.warnings) == 1 and "computed again" in kept.warnings[0]
    kept.save(KEY, {"verdict": "holds"})
    assert kept.load(KEY) == {"verdict": "holds"}


def test_a_changed_result_is_a_warning_and_a_miss(tmp_path):
    kept = Store(tmp_path)
    path = kept.save(KEY, {"id": "p/a", "verdict": "failed"})
    assert kept.load(KEY, "p/a") and kept.load(KEY, "p/b") is None
    path.write_text(path.read_text().replace("failed", "holds"))
    assert kept.load(KEY, "p/a") is None
    assert [w.partition(" ")[2] for w in kept.warnings] == [
        "does not hold the result that its name says; it is computed again",
        "was changed after it was saved; it is computed again",
    ]


@pytest.mark.parametrize(
    "result",
    [
        {"id": "p/a", "verdict": "true"},
        {"id": "p/a", "verdict": "holds", "printed": "proved"},
        {"id": "p/a", "verdict": "holds", "printed": {"verdict": "certain"}},
        {"id": "p/a", "verdict": "holds", "readings": [3]},
    ],
)
def test_what_is_no_result_is_not_taken(tmp_path, result):
    kept = Store(tmp_path)
    kept.save(KEY, result)
    assert kept.load(KEY, "p/a") is None and kept.warnings
    store.write_results(tmp_path, {}, [result])
    with pytest.raises(StoreError, match="claim 1"):
        store.read_results(tmp_path)


def test_a_folder_in_the_place_of_a_file_is_a_warning(tmp_path):
    kept = Store(tmp_path)
    kept.path(KEY).mkdir()
    assert kept.load(KEY) is None and kept.warnings


@pytest.mark.parametrize("key", ["", "../etc", "G" * 64, KEY + "\n", KEY[:-1]])
def test_only_digests_are_keys(tmp_path, key):
    with pytest.raises(StoreError, match="not a key"):
        Store(tmp_path).load(key)


def test_readers_never_see_a_half_written_file(tmp_path):
    kept, stop = Store(tmp_path), threading.Event()

    def write():
        for n in range(60):
            kept.save(KEY, {"n": n, "padding": "x" * 20_000})
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        found = kept.load(KEY)
        assert found is None or len(found["padding"]) == 20_000
    writer.join()
    assert kept.warnings == [] and kept.load(KEY)["n"] == 59


def test_results_are_sorted_and_equal_for_equal_input(tmp_path):
    claims = [{"id": "p/b", "verdict": "holds", "seconds": 0.5}, {"verdict": "open", "id": "p/a"}]
    first = store.write_results(tmp_path / "1", {"seed": 0, "device": "cpu"}, claims)
    second = store.write_results(tmp_path / "2", {"device": "cpu", "seed": 0}, claims[::-1])
    assert first.read_bytes() == second.read_bytes()
    read = store.read_results(tmp_path / "1")
    assert read["schema"] == 1 and [c["id"] for c in read["claims"]] == ["p/a", "p/b"]


def test_infinite_errors_are_written_as_json(tmp_path):
    evidence = [{"worst_error": float("inf")}, {"worst_error": float("nan")}]
    path = store.write_results(tmp_path, {}, [{"id": "p/a", "verdict": "failed", "evidence": evidence}])
    strict = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert [e["worst_error"] for e in strict["claims"][0]["evidence"]] == ["inf", "nan"]


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    assert store.plain({"a": numpy.float64(0.5), "b": numpy.int64(3)}) == {"a": 0.5, "b": 3}


def test_what_json_cannot_say_is_refused():
    with pytest.raises(StoreError, match="type object"):
        store.plain({"a": object()})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "there are no results"),
        ("", "not a whole JSON"),
        ("{", "not a whole JSON"),
        ("[]", "holds a list"),
        ('{"schema": 2}', "schema 2"),
        ('{"schema": 1}', "lacks"),
        ('{"schema": 1, "provenance": {}, "claims": [{"id": "a"}]}', "claim 1"),
    ],
)
def test_results_that_cannot_be_read_are_explained(tmp_path, content, complaint):
    if content is not None:
        (tmp_path / store.RESULTS).write_text(content)
    with pytest.raises(StoreError, match=complaint):
        store.read_results(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX")
def test_an_impossible_place_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        store.write_results(tmp_path / "file" / "below", {}, [])


def test_the_code_digest_sees_the_program_but_not_the_reports(tmp_path, monkeypatch):
    def digest():
        store.code_digest.cache_clear()
        return store.code_digest()

    monkeypatch.setattr(store, "_ROOT", tmp_path)
    for name in ("verify/auditor/claims.py", "verify/report/html.py", "numerics/flow.py"):
        store.write_atomically(tmp_path / name, "1")
    before = digest()
    store.write_atomically(tmp_path / "verify/report/html.py", "2")
    assert digest() == before
    store.write_atomically(tmp_path / "numerics/flow.py", "2")
    assert digest() != before
    store.code_digest.cache_clear()


def test_package_versions_are_recorded():
    versions = store.package_versions(["sympy", "no-such-package"])
    assert versions["sympy"][0].isdigit() and versions["no-such-package"] == "absent"
