"""False variants: opposites, false by logic alone, and single changes of equations."""

import pytest

from verify.claimfile import read
from verify.formula import parse, to_text
from verify.statements.mutants import changed, changes, mutants, opposed, true_forms
from verify.statements.opposites import negation, opposites


def all_changes(text, indices=()):
    return {(change, to_text(tree)) for change, tree in changes(parse(text, indices=indices))}


@pytest.mark.parametrize(
    ("text", "change", "mutant"),
    [
        ("L == rho + 1", "sign", "L == -(rho + 1)"),
        ("L == rho + 1", "sign", "L == rho - 1"),
        ("L == rho + 1", "dropped term", "L == rho"),
        ("L == rho + 1", "factor", "L == rho + 2"),
        ("L == rho/N", "factor", "L == rho/K"),
        ("L == rho/N", "dropped factor", "L == rho"),
        ("L == rho**2", "exponent", "L == rho**3"),
        ("L > 0 and L == rho**2", "exponent", "L > 0 and L == rho**3"),
        ("conserved(rho + L)", "sign", "conserved(rho - L)"),
        ("rho[k] == norm(W[k])", "index", "rho[k] == norm(W[k + 1])"),
    ],
)
def test_each_kind_of_change(text, change, mutant):
    assert (change, mutant) in all_changes(text, {"k"} if "[k]" in text else ())


@pytest.mark.parametrize("text", ["L <= rho", "somewhere(L == rho)", "iff(L == 0, rho == 0)", "limit(L) == 0"])
def test_only_equations_are_changed(text):
    assert not all_changes(text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("L == rho", "L == rho + 1"),
        ("L == 2", "L == 3"),
        ("L < rho", "L >= rho"),
        ("L <= rho", "L >= rho + 1"),
        ("L >= 0", "L <= -1"),
        ("L != rho", "L == rho"),
        ("L > 0 and rho == 1", "L <= 0 and rho == 1"),
        ("implies(L == 0, rho == 1)", "implies(L == 0, rho == 2)"),
        ("iff(L == 0, rho == 1)", "iff(L == 0, rho != 1)"),
        ("iff(L > 0, L == 1 and rho == 2)", "iff(L > 0, dot(L - 1, L - 1) + dot(rho - 2, rho - 2) != 0)"),
        ("somewhere(L < rho)", "L >= rho"),
        ("somewhere(L < rho and L == 1)", "implies(L < rho, L != 1)"),
        ("generically(L != rho)", "generically(L == rho)"),
        ("conserved(rho)", "conserved(dot(rho, rho) + L)"),
        ("nondecreasing(rho)", "d(rho) < 0"),
        ("nonincreasing(rho)", "d(rho) > 0"),
        ("limit(L) == 0", "limit(L) == 1"),
        ("1 == limit(rho)", "limit(rho) == 2"),
        ("limit(L) == limit(rho)", "limit(rho) == limit(L + 1)"),
        ("limit(L) <= limit(rho)", "limit(L) >= limit(rho + 1)"),
        ("limit(rho) > 1", "limit(rho) <= 1"),
        ("diverges(rho)", "bounded(rho)"),
        ("bounded(rho)", "diverges(rho)"),
        ("converges(rho)", "diverges(rho)"),
        ("asymptotic(rho, t)", "asymptotic(2*rho, t)"),
        ("outgrows(rho, t)", "outgrows(t, rho)"),
        ("independent_of_start(limit(rho))", "diverges(rho)"),
    ],
)
def test_the_opposite(text, first):
    assert to_text(next(opposites(parse(text)))[0]) == first


def test_a_conjunction_has_an_opposite_for_each_part():
    found = {to_text(wordings[0]) for wordings in opposites(parse("L > 0 and rho > 1 and K == 2"))}
    assert found == {
        "L <= 0 and rho > 1 and K == 2",
        "L > 0 and rho <= 1 and K == 2",
        "L > 0 and rho > 1 and K == 3",
    }


def test_what_has_no_negation_in_the_language():
    assert negation(parse("limit(L) > 0")) is None
    assert negation(parse("implies(L > 0, rho > 0)")) is None


@pytest.mark.parametrize(
    ("printed", "opposite"),
    [
        ("f[1] == rho*fV[1]", "f[1] == rho*fV[1] + 1"),
        ("x[1] == 2*x[1]", "entry(x[1], 1) == entry(2*x[1], 1) + 1"),
        ("L*W[1] == W[1]", "entry(L*W[1], 1, 1) == entry(W[1], 1, 1) + 1"),
        ("L*W[1] == zeros_like(W[1])", "entry(L*W[1], 1, 1) == 1"),
    ],
)
def test_the_wording_fits_the_shapes(claim_file, printed, opposite):
    text = f"[[claim]]\nid = 'one'\ntext = 'One.'\nsetting = 'net'\nprinted = '{printed}'\n"
    (claim,) = read([claim_file(text=text)]).claims
    (mutant,) = opposed(claim.printed)
    assert mutant.certain and mutant.statement.text == opposite


def test_only_variants_that_make_sense_are_planted(claim):
    statement = claim("growth").printed
    planted = list(changed(statement))
    assert len({m.statement.formula for m in planted}) == len(planted) > 8
    assert all(m.statement.formula != statement.formula for m in planted)
    assert [m.certain for m in mutants(statement)] == [True] + 8 * [False]


def test_the_forms_that_are_held_to_be_true(claim):
    assert list(true_forms(claim("growth"))) == [claim("growth").printed]
    assert list(true_forms(claim("forgotten"))) == [claim("forgotten").corrected]
    assert not list(true_forms(claim("guess")))
