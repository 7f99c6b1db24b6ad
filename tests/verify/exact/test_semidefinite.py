"""Gram forms: what they decide about spectra at every point, and what they must leave undecided."""

from pathlib import Path

import pytest

from verify.claimfile import read
from verify.exact.semidefinite import decide_spectral

FILE = """
format = 1
[paper]
key = "t"
title = "t"
[setting.s]
network = "{network}"
widths = {widths}
examples = {examples}
loss = "{loss}"
{more}
[[claim]]
id = "c"
text = "c"
setting = "s"
{claim}
printed = '{formula}'
"""


def decision(
    tmp_path: Path, formula: str, *, network="linear", widths=(4, 1), examples=3, loss="exponential", more="", claim=""
):
    path = tmp_path / "t.claims.toml"
    path.write_text(
        FILE.format(
            network=network, widths=list(widths), examples=examples, loss=loss, more=more, claim=claim, formula=formula
        )
    )
    claim_read = read([path]).claims[0]
    statement = claim_read.printed
    found = decide_spectral(statement.formula, statement, claim_read.settings[0])
    return None if found is None else found.outcome


DECAY = 'weight_decay = "any"'
NEURON = {"network": "smooth", "widths": (3, 1), "examples": 2, "more": "output_activation = true"}
FITTED = {"network": "relu", "widths": (2, 3, 1), "loss": "square", "claim": 'at = "interpolating"'}

TRUE = [
    ("eigmin(hess(L)) >= 0", {}),
    ("eigmin(hess(L)) == 0", {}),
    ("0 >= eigmax(-hess(L))", {}),
    ("eigmin(hess(L)) >= 0", {"loss": "logistic"}),
    ("eigmin(hess(L)) >= 0", {"loss": "square"}),
    ("eigmin(hess(L)) >= 0", {"loss": "cross-entropy", "widths": (3, 3), "examples": 2}),
    ("rank(hess(L)) == N", {}),
    ("nullity(hess(L)) == 1", {}),
    ("distinct(hess(L)) <= N", {}),
    ("eigmin(hess(L)) > 0", {"widths": (2, 1)}),
    ("rank(hess(L)) == 2", {"widths": (2, 1)}),
    ("eigmin(hess(L)) > 0", {"more": DECAY}),
    ("eigmin(hess(L)) == 2*decay", {"more": DECAY}),
    ("eigmin(hess(L)) >= decay", {"more": DECAY}),
    ("distinct(hess(L)) <= N + 1", {"more": DECAY}),
    ("eigmin(hess(L)) >= 0", FITTED),
    ("rank(hess(L)) <= N", FITTED),
    ("eigmin(hess(L, W[k], W[k])) >= 0", {"network": "relu", "widths": (3, 2, 1), "claim": "for = { k = '1..K' }"}),
    ("rank(hess(L)) <= N", NEURON),
]

NOT_DECIDED = [
    ("eigmin(hess(L)) > 0", {}),  # false: there is a kernel
    ("rank(hess(L)) == 4", {}),
    ("distinct(hess(L)) <= N", {"more": DECAY}),  # 2 decay is one more
    ("eigmin(hess(L)) == decay", {"more": DECAY}),
    ("eigmin(hess(L)) > 2*decay", {"more": DECAY}),
    ("eigmax(hess(L)) <= 0", {}),
    ("eigmin(hess(L)) >= 0", {"widths": (2, 2, 1), "examples": 1}),  # false: saddles
    ("eigmin(hess(L)) > 0", {"widths": (2, 2, 1), "examples": 1, "more": DECAY}),  # false: saddles
    ("rank(hess(L)) <= N - 1", {}),
    ("eigmin(hess(L)) >= 0", NEURON),
]


@pytest.mark.parametrize(("formula", "setting"), TRUE)
def test_gram_forms_decide(tmp_path, formula, setting):
    assert decision(tmp_path, formula, **setting) == "proved"


@pytest.mark.parametrize(("formula", "setting"), NOT_DECIDED)
def test_what_does_not_follow_is_not_decided(tmp_path, formula, setting):
    assert decision(tmp_path, formula, **setting) is None


def test_relations_without_a_spectrum_are_left_alone(tmp_path):
    assert decision(tmp_path, "L >= 0") is None
