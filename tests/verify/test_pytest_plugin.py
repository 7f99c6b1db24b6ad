"""The theorem checklist in a user's own repository."""

import subprocess
import sys

import pytest

from verify.pytest_plugin import _standings

pytest_plugins = ["pytester"]

SLANDERED = """
[[claim]]
id = 'slandered'
text = 'True, and said to be false.'
setting = 'net'
printed = 'd(L) == -sum(k, dot(grad(L, W[k]), grad(L, W[k])))'
corrected = 'd(L) == -sum(k, norm(grad(L, W[k]))**2)'
defect = 'none'
"""


WRONG = """
[[claim]]
id = 'known'
text = 'Nothing true is put in its place.'
setting = 'net'
printed = 'L > 1'
defect = 'it can be small'

[[claim]]
id = 'existence'
text = 'An existence that fails.'
setting = 'net'
printed = 'somewhere(L < 0)'
defect = 'it is positive'

[[claim]]
id = 'read'
text = 'In two ways.'
setting = 'net'
[[claim.reading]]
text = 'right'
printed = 'd(L) <= 0'
[[claim.reading]]
text = 'wrong'
printed = 'd(L) >= 0'
defect = 'the sign'

[[claim]]
id = 'unclear'
text = 'Said to be wrong, and nobody can tell.'
setting = 'net'
printed = 'somewhere(f[1] == exp(1) and f[2] == pi)'
defect = 'a rumour'
"""


def checklist(folder, text, *arguments):
    """What pytest prints in a folder with this claim file, warnings being errors, by the entry point alone."""
    (folder / "mine.claims.toml").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout.splitlines()


@pytest.fixture(scope="module")
def printed(tmp_path_factory, claims_text):
    """One run over claims of every kind."""
    text = claims_text("growth", "forgotten", "wrong", "guess", "network") + SLANDERED + WRONG
    return checklist(tmp_path_factory.mktemp("theirs"), text, "-v", "-rxs")


def outcomes(printed, claim):
    """Name of each item of a claim, and its outcome."""
    items = [line.split() for line in printed if f"mine/{claim}::" in line and "%]" in line]
    return {words[0].rpartition("::")[2]: words[1] for words in items}


def test_a_true_claim_passes_in_both_worlds_with_its_control(printed):
    assert outcomes(printed, "growth") == {"exact": "PASSED", "simulated": "PASSED", "control": "PASSED"}


def test_a_false_claim_fails_and_says_where(printed):
    assert outcomes(printed, "wrong") == {"exact": "FAILED", "simulated": "FAILED", "control": "SKIPPED"}
    assert any("points violate it" in line for line in printed)


def test_a_claim_known_to_be_wrong_is_an_xfail_with_its_defect(printed):
    assert outcomes(printed, "forgotten") == {
        "exact": "XFAIL",
        "simulated": "XFAIL",
        "control": "PASSED",
        "exact-corrected": "PASSED",
        "simulated-corrected": "PASSED",
    }
    assert any(line.startswith("XFAIL") and "the factor 1/N of the averaged loss" in line for line in printed)


def test_a_true_claim_said_to_be_wrong_is_a_failure_in_both_worlds(printed):
    found = outcomes(printed, "slandered")
    assert found["exact"] == found["simulated"] == "FAILED"
    assert any("XPASS(strict)" in line for line in printed)


def test_what_is_said_to_be_wrong_has_to_be_refuted(printed):
    assert outcomes(printed, "unclear")["exact"] == "FAILED"
    assert any("said to be wrong, but neither refuted nor proved" in line for line in printed)


def test_a_defect_alone_says_that_a_form_is_wrong(printed):
    assert outcomes(printed, "known") == {"exact": "XFAIL", "simulated": "XFAIL", "control": "SKIPPED"}


def test_an_existence_that_fails_is_no_business_of_the_simulated_world(printed):
    assert outcomes(printed, "existence") == {"exact": "XFAIL", "control": "SKIPPED"}


def test_readings_are_held_to_be_true_unless_they_carry_a_defect(printed):
    assert outcomes(printed, "read") == {
        "reading1-exact": "PASSED",
        "reading1-simulated": "PASSED",
        "control": "PASSED",
        "reading2-exact": "XFAIL",
        "reading2-simulated": "XFAIL",
    }


def test_what_is_left_open_is_skipped_with_its_reason(printed):
    assert set(outcomes(printed, "guess").values()) == {"SKIPPED"}
    assert any("open: nobody knows" in line for line in printed)


def test_a_definition_is_consistent(printed):
    assert outcomes(printed, "network") == {"consistent": "PASSED"}


def test_the_summary_is_a_checklist_of_claims(printed):
    at = next(i for i, line in enumerate(printed) if "theorem checklist" in line)
    assert printed[at + 1 : at + 10] == [
        "FAILED: 2  mine/slandered, mine/wrong",
        "not decided: 1  mine/unclear",
        "wrong as printed: 4  mine/existence, mine/forgotten, mine/known, mine/read",
        "open: 1  mine/guess",
        "confirmed: 2",
        "skipped items: 7",
        "  3 no form of it is held to be true",
        "  3 open",
        "  1 no form of it is confirmed, so nothing is known to be false",
    ]


@pytest.mark.parametrize(
    ("seen", "standing"),
    [(["undecided", "passed"], "not decided"), (["undecided", "failed"], "FAILED"), (["passed"], "confirmed")],
)
def test_what_neither_world_decides_is_no_failure_of_the_claim(seen, standing):
    (line,) = _standings({"mine/one": seen})
    assert line.startswith(f"{standing}: 1")


def test_the_summary_fits_a_screen():
    seen = {f"mine/{i:03}": ["failed"] for i in range(200)}
    (line,) = _standings(seen)
    assert line == "FAILED: 200  mine/000, mine/001, mine/002, mine/003, mine/004, mine/005 and 194 more: pytest -rf"


def test_an_item_is_found_by_its_printed_name(tmp_path, claims_text):
    text = claims_text("network", "guess")
    listed = checklist(tmp_path, text, "--collect-only", "-q")
    name = next(line for line in listed if "mine/network" in line)
    assert any("1 passed" in line for line in checklist(tmp_path, text, name))


def test_only_what_failed_last_is_run_again(tmp_path, claims_text):
    (tmp_path / "mine.claims.toml").write_text(claims_text("network", "wrong"))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error"]
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    again = subprocess.run([*command, "--lf"], cwd=tmp_path, capture_output=True, text=True).stdout
    assert "2 failed, 1 passed, 1 skipped" in first and "2 failed, 2 deselected" in again


def test_it_works_in_parallel(tmp_path, claims_text):
    printed = checklist(tmp_path, claims_text("network", "guess"), "-n", "2")
    assert "confirmed: 1" in printed and "open: 1  mine/guess" in printed


def test_items_may_be_left_out(tmp_path, claims_text):
    printed = checklist(tmp_path, claims_text("growth", "network"), "-k", "network")
    assert any("theorem checklist" in line for line in printed) and any("deselected" in line for line in printed)


def test_a_broken_file_is_an_error_that_tells_every_mistake(tmp_path, claims_text):
    printed = checklist(tmp_path, claims_text("growth") + "[[claim]]\nid = 3\nnonsense = 1\n")
    assert any("mine.claims.toml:" in line and "nonsense" in line for line in printed)
    assert any("1 error" in line for line in printed) and not any("Traceback" in line for line in printed)


def test_the_plugin_imports_nothing_heavy(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("""
        import sys
        def test_light():
            assert "verify.pytest_plugin" in sys.modules
            heavy = {"torch", "sympy", "flint", "numpy", "pydantic"} & set(sys.modules)
            assert not heavy, heavy
    """)
    plugins = ("-p", "no:cacheprovider", "-p", "verify.pytest_plugin")
    pytester.runpytest_subprocess(*plugins).assert_outcomes(passed=1)
