"""Smells: each kind is told where it is, and not beside it."""

import pytest

from verify.claimfile import read
from verify.statements.smells import smells

HEAD = """format = 2
[paper]
key = 'mine'
title = 'Smells'

[setting.relu]
network = 'relu'
widths = [4, 3, 2, 1]
examples = 5
loss = 'exponential'

[setting.constrained]
network = 'relu'
widths = [4, 3, 2, 1]
examples = 5
loss = 'exponential'
flow = 'constrained'

[about.deep]
network = ['relu']
layers = '2..'
loss = ['exponential']
"""
CLAIM = "\n[[claim]]\nid = '{id}'\ntext = 'A sentence.'\n"


@pytest.fixture
def found(tmp_path):
    def told(*claims):
        path = tmp_path / "mine.claims.toml"
        written = (CLAIM.format(id=f"c{i}") + text + "\n" for i, text in enumerate(claims))
        path.write_text(HEAD + "".join(written))
        return [(s.claim, s.kind) for s in smells(read([path]).claims)]

    return told


GOOD = "setting = 'relu'\nprinted = 'd(L) <= 0'"


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("setting = 'constrained'\nprinted = 'L > 0'", "object"),
        (
            "about = { network = 'relu', loss = 'exponential' }\nprinted = 'dot(W[1], W[1]) == rho[1]**2'",
            "object",
        ),
        ("setting = 'relu'\nprinted = 'iff(L > 1, 2*L - 2 > 0)'", "tautology"),
        ("setting = 'relu'\nprinted = 'implies(diverges(rho), diverges(rho))'", "tautology"),
        ("setting = 'relu'\nkind = 'definition'\nprinted = 'L > 0'", "definition"),
        ("setting = 'relu'\nprinted = 'limit(L) == 0'\ncorrected = 'L > 0'\ndefect = 'x'", "weaker"),
        ("setting = 'relu'\nprinted = 'L > 1'\ncorrected = 'somewhere(L > 1)'\ndefect = 'x'", "weaker"),
        ("setting = 'relu'\nprinted = 'L > 1 and rho > 0'\ncorrected = 'L > 0'\ndefect = 'x'", "weaker"),
        ("setting = 'relu'\n[[claim.clause]]\ntext = 'a'\nopen = 'no word says it'", "unsaid"),
        ("about = { network = ['relu', 'linear'], layers = '2..' }\nsetting = 'relu'\nprinted = 'L > 0'", "narrow"),
        ("about = { network = 'relu', layers = '1..' }\nsetting = 'relu'\nprinted = 'd(L) <= 0'", "narrow"),
    ],
)
def test_a_smell_is_told(found, claim, kind):
    assert ("mine/c0", kind) in found(claim)
    assert found(GOOD) == []


@pytest.mark.parametrize(
    "claim",
    [
        "setting = 'constrained'\nprinted = 'd(L) <= 0'",
        "about = 'deep'\nprinted = 'd(L) <= 0'",
        "setting = 'relu'\nprinted = 'iff(L > 1, L > 2)'",
        "setting = 'relu'\nkind = 'definition'",
        "setting = 'relu'\nprinted = 'L > 1'\ncorrected = 'L > 0'\ndefect = 'x'",
        "setting = 'relu'\n[[claim.clause]]\ntext = 'a'\nprinted = 'L > 1'\n"
        "[[claim.clause]]\ntext = 'b'\nremark = true",
        "setting = 'constrained'\nprinted = 'd_gradient(L) <= 0'",
    ],
)
def test_what_is_in_order_has_no_smell(found, claim):
    assert found(claim) == []


def test_one_formula_under_two_ids_is_told_once(found):
    assert found(GOOD, GOOD) == [("mine/c1", "twin")]
    assert found(GOOD, GOOD + "\nsame_as = 'c0'") == []
    assert found(GOOD, GOOD.replace("relu", "constrained")) == []
