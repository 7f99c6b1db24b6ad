"""Claims for tests: a user's file of a few lines, read as the program reads it."""

from pathlib import Path

import pytest

from verify.claim import Hypothesis, Setting, Statement
from verify.formula import check_statement, parse
from verify.formula.shapes import Range

HEAD = """
format = 2
[paper]
key = 'mine'
title = 'Layer norms'

[setting.net]
network = 'linear'
widths = [3, 2, 1]
examples = 2
loss = 'exponential'
"""

CLAIMS = {
    "growth": """
[[claim]]
id = 'growth'
text = 'Every squared layer norm grows at one rate.'
setting = 'net'
for = { k = '1..K' }
printed = 'd(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))'
""",
    "forgotten": """
[[claim]]
id = 'forgotten'
text = 'The same without the mean.'
setting = 'net'
for = { k = '1..K' }
printed = 'd(rho[k]**2) == 2*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))'
corrected = 'd(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))'
defect = 'the factor 1/N of the averaged loss'
""",
    "wrong": """
[[claim]]
id = 'wrong'
text = 'Every layer norm grows at one rate.'
setting = 'net'
for = { j = '1..K', k = '1..K' }
printed = 'd(rho[j]) == d(rho[k])'
""",
    "guess": """
[[claim]]
id = 'guess'
kind = 'conjecture'
text = 'True, and without a certificate.'
setting = 'net'
open = 'nobody knows'
printed = 'somewhere(f[1] == exp(1) and f[2] == pi)'
""",
    "network": """
[[claim]]
id = 'network'
kind = 'definition'
text = 'A linear network.'
setting = 'net'
""",
}


def text_of(*names: str) -> str:
    """A claim file with these of the claims above."""
    return HEAD + "".join(CLAIMS[name] for name in names)


@pytest.fixture(scope="session")
def claims_text():
    """`text_of`, for tests that write their files elsewhere."""
    return text_of


@pytest.fixture
def claim_file(tmp_path: Path):
    """Write a claim file with the named claims, or with other text, and return its path."""

    def write(*names: str, text: str = "") -> Path:
        path = tmp_path / "mine.claims.toml"
        path.write_text(text_of(*names) + text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def one_claim(tmp_path):
    """A claim with one statement in one of the settings that a text lists; `more` are further lines of the claim."""
    from verify.claimfile import read

    def made(settings: str, setting: str, formula: str, more: str = ""):
        path = tmp_path / "p.claims.toml"
        path.write_text(
            f"format = 1\n[paper]\nkey = 'p'\ntitle = 'p'\n{settings}\n"
            f"[[claim]]\nid = 'c'\ntext = 'c'\nsetting = '{setting}'\nprinted = '{formula}'\n{more}\n"
        )
        return read([path]).claims[0]

    return made


@pytest.fixture
def claim(claim_file):
    """One of the claims above, read."""
    from verify.claimfile import read

    return lambda name: {c.id: c for c in read([claim_file(*CLAIMS)]).claims}[f"mine/{name}"]


# ---- statements and settings written shortly

RELU = Setting("relu", "relu", ((4, 3, 2, 1),), 5, "exponential")


def _ranges(table):
    ends = {name: text.split("..") for name, text in table.items()}
    return tuple(Range(i, parse(low, list(table)), parse(high, list(table))) for i, (low, high) in ends.items())


def _setting(**changes):
    return Setting(**{**vars(RELU), **changes})


def _statement(text, setting, at="any", after=None, **table):
    formula, ranges = parse(text, list(table)), _ranges(table)
    for widths in setting.widths:
        check_statement(formula, ranges, setting.sizes(widths), text)
    return Statement(text, formula, (setting,), ranges, at, after)


@pytest.fixture(scope="session")
def setting():
    """A ReLU network of three layers with changes."""
    return _setting


@pytest.fixture(scope="session")
def statement():
    """A formula in a setting, its indices given as k='1..K'."""
    return _statement


@pytest.fixture(scope="session")
def hypothesis_of():
    return lambda text, **table: Hypothesis(text, parse(text, list(table)), _ranges(table))


@pytest.fixture
def in_this_process(monkeypatch):
    """Checks run here, without a worker, so that a test can put something in their place."""
    from verify.runs.guard import Outcome

    def outcome(check, task):
        try:
            return Outcome(check(task))
        except Exception as error:
            return Outcome(raised=f"{type(error).__name__}: {error}")

    def run_all(check, tasks, jobs, **_):
        return ((task, outcome(check, task)) for task in tasks)

    monkeypatch.setattr("verify.runs.session.run_all", run_all)
