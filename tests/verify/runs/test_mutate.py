"""Mutation of claims: each false variant is caught or proved equal."""

import pytest

from verify.auditor.falsify import confirmed, contradicted, refuted
from verify.claimfile import read
from verify.options import Options
from verify.runs.mutate import fate, mutate_book, mutate_claim
from verify.runs.session import Task
from verify.statements.mutants import mutants

SIZES = "proved at the sizes of its settings"
MEASURED = """
[[claim]]
id = 'measured'
text = 'A relation between measured quantities.'
derivation = 'growth_rates.growth'
printed = 'excess_two > 8 and excess_three > excess_two'
"""


def claims_of(claim_file, *printed):
    """Claims about the linear network, one for each formula."""
    table = "[[claim]]\nid = '{}'\ntext = 'One.'\nsetting = 'net'\nprinted = '{}'\n"
    return read([claim_file(text="".join(table.format(i, p) for i, p in enumerate(printed)))]).claims


def test_none_survives(claim):
    tally = mutate_claim(Task(claim("growth"), Options()))
    assert tally["planted"] == tally["caught"] + tally["equivalent"] == 9
    assert tally["caught"] >= 8 and not tally["survivors"]


def test_nothing_is_planted_in_what_does_not_stand(claim):
    assert not mutate_claim(Task(claim("wrong"), Options()))["planted"]
    assert not mutate_claim(Task(claim("guess"), Options()))["planted"]


def test_nothing_is_planted_in_what_is_about_nothing(claim_file):
    path = claim_file("growth")
    path.write_text(path.read_text().replace("examples = 2", "examples = 2\nassume = ['L < 0']"))
    assert not mutate_claim(Task(read([path]).claims[0], Options()))["planted"]


@pytest.mark.parametrize(
    "printed",
    [
        "L > 0",
        "d(L) <= 0",
        "nonincreasing(L)",
        "conserved(rho[1]**2 - rho[2]**2)",
        "rank(outer(x[1], x[1])) == 1",
        "somewhere(L > 3)",
        "iff(f[1] == 0, fV[1] == 0)",
        "L > 0 and somewhere(L < 1)",
        "eigmin(outer(x[1], x[1])) >= 0",
        "implies(f[1] == 0, fV[1] == 0)",
    ],
)
def test_every_opposite_is_refuted_with_certainty(claim_file, printed):
    (claim,) = claims_of(claim_file, printed)
    certain = [m.statement for m in mutants(claim.printed) if m.certain]
    assert certain and all(refuted(s, claim, Options()) for s in certain)


def test_a_relation_of_measured_quantities(claim_file):
    (claim,) = read([claim_file(text=MEASURED)]).claims
    assert confirmed(claim.printed, claim) and not refuted(claim.printed, claim, Options())
    assert [fate(m, claim, Options())[0] for m in mutants(claim.printed)] == ["caught", "caught"]


def test_an_equivalent_change_says_why(claim_file):
    (claim,) = claims_of(claim_file, "norm(V[1])**2 == 1")
    tally = mutate_claim(Task(claim, Options()))
    same = {e["formula"]: e["why"] for e in tally["equivalents"]}
    assert same == {"norm(V[1])**3 == 1": SIZES, "norm(V[1]) == 1": SIZES}
    assert tally["planted"] == tally["caught"] + tally["equivalent"]


def test_a_true_statement_is_not_falsified(claim):
    true = claim("growth")
    assert not contradicted(true.printed, true, Options()) and not refuted(true.printed, true, Options())


def test_the_tally_of_a_book(claim_file, tmp_path):
    book = read([claim_file("growth", "wrong")])
    told = []
    total = mutate_book(book, Options(), tmp_path, jobs=1, resume=False, tell=lambda *a: told.append(a), note=print)
    assert (total["claims"], total["bare"], total["planted"]) == (1, ["mine/wrong"], 9)
    assert told == [("mine/growth", 1, 2), ("mine/wrong", 2, 2)]
    again = mutate_book(book, Options(), tmp_path, jobs=1, resume=True, tell=lambda *a: None, note=print)
    assert again == total
