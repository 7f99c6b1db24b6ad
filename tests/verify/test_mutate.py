"""False variants: planted all over a statement, each caught or proved equal."""

import pytest

from verify.formula import parse, to_text
from verify.mutate import mutants, mutate_claim, true_statement, variants
from verify.options import Options
from verify.session import Task


def changes(text, indices=()):
    return {(change, to_text(tree)) for change, tree in variants(parse(text, indices=indices))}


@pytest.mark.parametrize(("text", "change", "mutant"), [
    ("L == rho + 1", "sign", "L == -(rho + 1)"),
    ("L == rho + 1", "sign", "L == rho - 1"),
    ("L == rho + 1", "dropped term", "L == rho"),
    ("L == rho + 1", "factor", "L == rho + 2"),
    ("L == rho/N", "factor", "L == rho/K"),
    ("L == rho/N", "dropped factor", "L == rho"),
    ("L == rho**2", "exponent", "L == rho**3"),
    ("L <= rho", "direction", "L >= rho"),
    ("nondecreasing(rho)", "direction", "nonincreasing(rho)"),
    ("rho[k] == norm(W[k])", "index", "rho[k] == norm(W[k + 1])"),
])  # fmt: skip
def test_each_kind_of_change(text, change, mutant):
    assert (change, mutant) in changes(text, {"k"} if "[k]" in text else ())


def test_only_variants_that_make_sense_are_planted(claim):
    statement = claim("growth").printed
    planted = mutants(statement, limit=100)
    assert len({m.statement.formula for m in planted}) == len(planted) > 8
    assert all(m.statement.formula != statement.formula for m in planted)
    assert len(mutants(statement)) == 8


def test_the_proved_form_is_mutated(claim):
    assert true_statement(claim("growth")) == claim("growth").printed
    assert true_statement(claim("forgotten")) == claim("forgotten").corrected
    assert true_statement(claim("wrong")) is None


def test_none_survives(claim):
    tally = mutate_claim(Task(claim("growth"), Options()))
    assert tally["planted"] == tally["caught"] + tally["equivalent"] == 8
    assert tally["caught"] >= 7 and not tally["survivors"]
