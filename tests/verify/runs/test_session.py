"""Runs: kept results, what a result depends on, what rests on refuted claims."""

import json
import os

import pytest

from verify.claimfile import read
from verify.options import Options
from verify.runs.session import (
    Task,
    exit_status,
    inheriting,
    kept_or_done,
    key_of,
    lost,
    provenance,
    rests_on_refuted,
    run_book,
)
from verify.runs.store import Store, sources_of

NAMES = ("growth", "forgotten", "wrong")


def result(claim, printed, corrected=None, verdict="holds"):
    forms = [None if v is None else {"verdict": v} for v in (printed, corrected)]
    return {"id": claim, "verdict": verdict, "printed": forms[0], "corrected": forms[1], "readings": []}


def test_what_rests_on_refuted_claims_is_transitive(claim_file):
    path = claim_file(*NAMES, text="uses = ['forgotten']")  # wrong uses forgotten
    path.write_text(path.read_text().replace("defect =", "uses = ['growth']\ndefect ="))  # which uses growth
    claims = read([path]).claims
    results = {
        r["id"]: r
        for r in (
            result("mine/growth", "refuted"),
            result("mine/forgotten", "refuted", "proved"),
            result("mine/wrong", "proved"),
        )
    }
    assert rests_on_refuted(results, claims) == {
        "mine/growth": [],
        "mine/forgotten": ["mine/growth"],
        "mine/wrong": ["mine/forgotten (corrected)", "mine/growth"],
    }


def test_a_claim_is_no_better_than_those_that_it_restates(claim_file):
    path = claim_file(*NAMES, text="same_as = 'forgotten'")  # wrong restates forgotten
    path.write_text(path.read_text().replace("defect =", "same_as = ['growth', 'wrong']\ndefect ="))
    claims = read([path]).claims
    every = [result(f"mine/{name}", "proved") for name in NAMES]
    every[0] |= {"verdict": "refuted"}
    found = inheriting({r["id"]: r for r in every}, claims)
    assert {i: r["verdict"] for i, r in found.items()} == {f"mine/{name}": "refuted" for name in NAMES}
    assert found["mine/wrong"]["inherits"] == ["mine/forgotten", "mine/growth"]
    assert found["mine/growth"] is every[0]


@pytest.mark.parametrize(
    ("results", "strict", "status"),
    [
        ([], True, 0),
        ([result("a", "proved")], True, 0),
        ([result("a", "refuted", "proved", "corrected")], True, 1),
        ([result("a", "refuted", "proved", "corrected")], False, 0),
        ([result("a", "undecided", verdict="failed")], False, 1),
        ([result("a", "undecided", verdict="failed"), result("b", "broken", verdict="failed")], False, 3),
        ([result("a", "proved", "conflict", "failed")], False, 3),
        ([{**result("a", None), "readings": [{"verdict": "failed", "printed": {"verdict": "conflict"}}]}], True, 3),
    ],
)
def test_the_highest_status_that_applies(results, strict, status):
    assert exit_status(results, strict=strict) == status


def test_a_result_depends_on_claim_options_and_code(claim_file):
    first, second = read([claim_file("growth", "wrong")]).claims
    keys = {
        key_of(first, Options()),
        key_of(second, Options()),
        key_of(first, Options(seed=1)),
        key_of(first, Options("full")),
    }
    assert len(keys) == 4


def test_the_digest_is_of_code_and_claims(claim_file):
    one = provenance(Options(), read([claim_file("growth")]))["digest"]
    assert one == provenance(Options(), read([claim_file("growth")]))["digest"]
    assert one != provenance(Options(), read([claim_file("growth", "wrong")]))["digest"]


def test_interrupted_runs_keep_what_is_finished(claim_file, tmp_path, monkeypatch, in_this_process):
    done = []

    def audited(task):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(task.claim.id)
        return {**result(task.claim.id, "proved"), "rests_on_refuted": [], "uses": []}

    monkeypatch.setattr("verify.runs.session.check", audited)
    path = claim_file(*NAMES)
    arguments = {"jobs": 1, "sources": [path], "tell": lambda *_: None, "note": pytest.fail}
    with pytest.raises(KeyboardInterrupt):
        run_book(read([path]), Options(), tmp_path, resume=False, **arguments)
    kept = json.loads((tmp_path / "results.json").read_text())
    assert [c["id"] for c in kept["claims"]] == sorted(done) and len(done) == 2
    assert sources_of(tmp_path) == [path]
    told = list(done)
    done.clear()
    run = run_book(read([path]), Options(), tmp_path, resume=True, **arguments)
    assert len(run.results) == 3 and not set(done) & set(told)


@pytest.mark.parametrize(("check", "verdict", "told"), [("raising", "broken", 0), ("dying", "undecided", 2)])
def test_what_a_dead_worker_left_is_told_and_tried_again(claim_file, tmp_path, check, verdict, told):
    tasks = [Task(c, Options()) for c in read([claim_file("growth", "wrong")]).claims]
    store, notes = Store(tmp_path), []
    keywords = {"jobs": 2, "resume": True, "note": notes.append}
    found = list(kept_or_done(store, globals()[check], lost, tasks, **keywords))
    assert [r["printed"]["verdict"] for r in found] == [verdict, verdict]
    assert {r["verdict"] for r in found} == {"failed"} and len(notes) == told
    assert all(store.load(key_of(t.claim, t.options)) is None for t in tasks)


def raising(task):
    raise OSError("no such luck")


def dying(task):
    os._exit(7)
