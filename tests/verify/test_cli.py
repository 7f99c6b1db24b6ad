"""The command line: what is printed where, exit statuses, bad input, interruption."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from verify import cli
from verify.commands.selection import replaced
from verify.listing import PAPERS, lines
from verify.runs.mutate import _empty
from verify.runs.session import check
from verify.runs.store import write_results

VERIFY = [sys.executable, "-m", "verify"]


def run(*arguments):
    return CliRunner().invoke(cli.main, [str(a) for a in arguments])


def without_seconds(value):
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items() if k != "seconds"}
    return [without_seconds(v) for v in value] if isinstance(value, list) else value


@pytest.fixture
def no_reports(monkeypatch):
    """Reports are tested elsewhere, and setting a book takes seconds."""
    monkeypatch.setattr(cli, "render_reports", lambda *_, **__: True)


@pytest.fixture
def stub(monkeypatch, no_reports, in_this_process):
    """Audits that cost nothing: each claim gets the verdict that the test wants."""

    def install(verdict, printed="proved"):
        def audited(task):
            form = {"formula": "f", "latex": "f", "verdict": printed, "evidence": [], "witness": None, "message": ""}
            return {
                "id": task.claim.id,
                "verdict": verdict,
                "printed": form,
                "corrected": None,
                "readings": [],
                "uses": [],
                "rests_on_refuted": [],
            }

        monkeypatch.setattr("verify.runs.session.check", audited)

    return install


# ---- exit statuses


@pytest.mark.parametrize(
    ("verdict", "printed", "audit", "shipped"),
    [
        ("holds", "proved", 0, 0),
        ("supported", "supported", 0, 0),
        ("definition", "proved", 0, 0),
        ("corrected", "refuted", 1, 0),
        ("conditional", "refuted", 1, 0),
        ("refuted", "refuted", 1, 0),
        ("vacuous", "vacuous", 1, 0),
        ("open", "undecided", 1, 0),
        ("failed", "undecided", 1, 1),
        ("failed", "conflict", 3, 3),
        ("failed", "broken", 3, 3),
    ],
)
def test_exit_statuses(stub, claim_file, tmp_path, verdict, printed, audit, shipped):
    stub(verdict, printed)
    out = ("--out", tmp_path / "out", "--jobs", 1)
    assert run("audit", claim_file("growth"), *out).exit_code == audit
    assert run("run", "pnas20/eq6", *out).exit_code == shipped


def test_a_check_that_raises_is_broken_and_loud(no_reports, in_this_process, monkeypatch, claim_file, tmp_path):
    monkeypatch.setattr("verify.auditor.claims.decide", lambda *_: 1 / 0)
    found = run("audit", claim_file("growth"), "--out", tmp_path, "--jobs", 1, "--json")
    claim = json.loads(found.stdout)["claims"][0]
    assert found.exit_code == 3
    assert claim["verdict"] == "failed" and claim["printed"]["verdict"] == "broken"
    assert "ZeroDivisionError" in claim["printed"]["message"]


# ---- an audit


def test_an_audit_says_what_is_so(claim_file, tmp_path, no_reports):
    out = tmp_path / "out"
    found = run(
        "audit", claim_file("growth", "forgotten", "wrong", "guess", "network"), "--out", out, "--jobs", 1, "--json"
    )
    results = json.loads(found.stdout)
    assert found.exit_code == 1
    assert results == json.loads((out / "results.json").read_text())
    assert {c["id"]: c["verdict"] for c in results["claims"]} == {
        "mine/growth": "holds",
        "mine/forgotten": "corrected",
        "mine/wrong": "refuted",
        "mine/guess": "open",
        "mine/network": "definition",
    }
    assert results["schema"] == 1 and results["provenance"]["seed"] == 0
    shown = run("show", "mine/forgotten", "--out", out)
    assert shown.exit_code == 0 and "witness" in shown.stdout and "the factor 1/N" in shown.stdout
    assert run("show", "mine/wrong", "--out", out, "--replay").exit_code == 0
    nothing = run("show", "mine/growth", "--out", out, "--replay")
    assert nothing.exit_code == 2 and "nothing to replay" in nothing.stderr
    assert json.loads(run("show", "mine/growth", "--out", out, "--json").stdout)["verdict"] == "holds"


def test_resume_computes_nothing_again(claim_file, tmp_path, no_reports, monkeypatch):
    arguments = ("audit", claim_file("growth"), "--out", tmp_path / "out", "--jobs", 1, "--json")
    first = run(*arguments)
    monkeypatch.setattr("verify.runs.session.check", lambda task: pytest.fail("computed again"))
    again = run(*arguments)
    assert again.exit_code == 0 and again.stdout == first.stdout
    monkeypatch.setattr("verify.runs.session.check", check)
    kept = next((tmp_path / "out" / "claims").iterdir())
    kept.write_text("{")
    healed = run(*arguments, "--resume")
    assert healed.exit_code == 0 and "computed again" in healed.stderr
    assert without_seconds(json.loads(healed.stdout)) == without_seconds(json.loads(first.stdout))


def test_a_smaller_run_says_what_it_replaces_and_what_brings_it_back(stub, claim_file, tmp_path):
    stub("holds")
    out = ("--out", tmp_path / "out", "--jobs", 1)
    one = tmp_path / "one.claims.toml"
    one.write_text(claim_file("growth").read_text())
    both = claim_file("growth", "wrong")
    assert "earlier" not in run("audit", both, *out).stderr
    assert "earlier" not in run("audit", both, *out).stderr, "nothing is lost"
    told = run("audit", one, *out).stderr
    assert "held 2 claims of an earlier run and from now on holds 1 claim" in told
    assert "the earlier command brings them back" in told
    assert "earlier" not in run("audit", both, *out, "--resume").stderr
    assert len(json.loads((tmp_path / "out" / "results.json").read_text())["claims"]) == 2


def test_all_shipped_claims_come_back_by_one_command(tmp_path):
    claims = [{"id": c.id, "verdict": "holds"} for c in lines(PAPERS)]
    write_results(tmp_path, {}, claims)
    assert "'verify run' brings them back" in replaced(tmp_path, {"pnas20/eq6"})
    assert replaced(tmp_path, {c["id"] for c in claims}) == "" == replaced(tmp_path / "none", {"pnas20/eq6"})


def test_mutants_of_a_file_of_ones_own(in_this_process, monkeypatch, claim_file, tmp_path):
    def tallied(task):
        return {**_empty(task.claim), "planted": 1, "caught": 1}

    monkeypatch.setattr("verify.runs.mutate.checked_mutants", tallied)
    monkeypatch.chdir(tmp_path)
    path = claim_file("growth", "wrong")
    (tmp_path / "pnas20").mkdir()  # a folder of that name hides no paper

    def planted(*arguments):
        return json.loads(run("mutate", *arguments, "--out", tmp_path / "out", "--jobs", 1, "--json").stdout)["planted"]

    assert planted(path) == 2 and planted(tmp_path) == 2 and planted(path, "pnas20/eq6") == 3
    assert planted("pnas20/eq6") == 1 and planted("pnas20") > 100
    path.write_text("format = 2")
    assert run("mutate", path).exit_code == 2
    assert "or the path of a claim file" in run("mutate", "no-such").stderr


# ---- bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--paper", "pnas2"], "did you mean 'pnas20'?"),
        (["list", "--topic", "hessian"], "did you mean 'hessians'?"),
        (["list", "--verdict", "hold"], "did you mean 'holds'?"),
        (["show", "pnas20/eq66"], "did you mean 'pnas20/eq6'?"),
        (["run", "pnas2", "nonsense"], "no claim matches 'nonsense'"),
        (["mutate", "pnas2"], "did you mean 'pnas20'?"),
        (["bench", "no-such"], "there are: "),
        (["audit", "no-such-file"], "cannot be read"),
        (["audit"], "Missing argument"),
        (["run", "--jobs", "0"], "--jobs"),
        (["run", "--seed", "-1"], "'-1' is not an integer from 0 to 9223372036854775807"),
        (["run", "--seed", "1e3"], "'1e3' is not an integer"),
        (["run", "--seed", str(2**63)], "is not an integer from 0"),
        (["run", "--profile", "slow"], "--profile"),
        (["nonsense"], "No such command"),
        (["list", "--out", "nowhere", "--verdict", "holds"], "there are no results"),
    ],
)
def test_bad_input_is_status_2_and_a_message(arguments, message):
    found = run(*arguments)
    assert found.exit_code == 2
    assert message in found.stderr and not found.stdout
    assert "Traceback" not in found.stderr


def test_a_file_where_a_selector_is_wanted(claim_file):
    found = run("run", claim_file("growth"))
    assert found.exit_code == 2 and f"verify audit {claim_file('growth')}" in found.stderr


def test_every_mistake_in_a_claim_file_is_told(claim_file, tmp_path):
    found = run("audit", claim_file("growth", text="[[claim]]\nid = 3\nnonsense = 1\n"), "--out", tmp_path / "out")
    assert found.exit_code == 2
    assert "nothing was run" in found.stderr and found.stderr.count("\n") >= 3
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 7}'])
def test_results_that_cannot_be_read(tmp_path, content):
    (tmp_path / "results.json").write_text(content)
    for command in (["show", "pnas20/eq6"], ["report"], ["list"]):
        found = run(*command, "--out", tmp_path)
        assert found.exit_code == 2 and "results.json" in found.stderr


def test_a_folder_that_cannot_be_written(claim_file, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below", "/proc/none"):
        found = run("audit", claim_file("growth"), "--out", out)
        assert found.exit_code == 2 and "--out" in found.stderr


@pytest.mark.parametrize("command", ["", "list", "show", "run", "audit", "mutate", "report", "bench"])
def test_help(command):
    found = run(*command.split(), "--help")
    assert found.exit_code == 0 and found.stdout.startswith("Usage: ")
    assert max(map(len, found.stdout.splitlines())) <= 80


def test_help_says_which_options_have_no_effect():
    rows = {row.split()[0]: row for row in run("bench", "--help").stdout.splitlines() if row.startswith("  --")}
    assert [o for o, row in rows.items() if "without effect here" in row] == [
        "--profile",
        "--seed",
        "--jobs",
        "--memory",
    ]


# ---- as processes


def start(arguments, folder):
    return subprocess.Popen(
        [*VERIFY, *map(str, arguments)],
        cwd=folder,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_hear_ctrl_c,
    )


def _hear_ctrl_c():
    """A test run in the background ignores SIGINT, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_two_jobs_elsewhere_give_the_same_results(claim_file, tmp_path, no_reports):
    path = claim_file("growth", "network")
    process = start(["audit", path.name, "--jobs", 2, "--out", "two", "--json"], tmp_path)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert stderr == "", "quiet with --json"
    one = run("audit", path, "--jobs", 1, "--out", tmp_path / "one", "--json")
    assert without_seconds(json.loads(stdout)) == without_seconds(json.loads(one.stdout))


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_leaves_whole_files(claim_file, tmp_path, jobs):
    path = claim_file("growth", "forgotten", "wrong")
    process = start(["audit", path, "--jobs", jobs, "--out", tmp_path / "out"], tmp_path)
    while not (tmp_path / "out" / "sources.json").exists():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.2)  # the workers are still starting
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert " of 3 claims " in stderr and f"kept in {tmp_path / 'out'}; the same command goes on" in stderr
    assert "Traceback" not in stderr
    assert json.loads((tmp_path / "out" / "results.json").read_text())["schema"] == 1
    assert not [p for p in (tmp_path / "out").rglob("*") if p.suffix == ".tmp"]
