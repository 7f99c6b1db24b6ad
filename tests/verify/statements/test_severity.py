"""How grave an error is: by what differs between the forms."""

import pytest

from verify.claim import Form, Statement
from verify.formula import parse
from verify.statements.severity import gravest, severity


def form(printed, corrected=None, **more):
    forms = [Statement(f, parse(f, indices=["j", "k", "n"]), ()) if f else None for f in (printed, corrected)]
    return Form("a sentence", *forms, **more)


@pytest.mark.parametrize(
    ("printed", "corrected", "found"),
    [
        ("d(W[k]) == -grad(L, W[k]) - decay*W[k]", "d(W[k]) == -grad(L, W[k]) - 2*decay*W[k]", "constant"),
        ("d(rho[k]**2) == 2*L", "d(rho[k]**2) == 2/N*L", "constant"),
        ("L >= rho[k]", "L >= rho[k+1]", "slip"),
        ("f[n] == rho*fV[n]", "f[n] == rho*fV[k]", "slip"),
        ("nondecreasing(margin)", "nondecreasing(-log(N*L)/rho)", "theorem"),
        ("L > 1", None, "theorem"),
        ("limit(L) == 0", "L == 0", "theorem"),
    ],
)
def test_the_severity_of_a_form(printed, corrected, found):
    assert severity(form(printed, corrected)) == found


def test_more_hypotheses_are_a_severity_of_their_own():
    assert severity(form("diverges(rho)", "diverges(rho)", assuming=("N*L < 1",))) == "hypothesis"


def test_a_claim_is_as_grave_as_its_gravest_form():
    slip, constant = form("L >= rho[j]", "L >= rho[k]"), form("L == 2", "L == 3")
    assert gravest([slip, constant]) == "constant"
    assert gravest([slip, form("L > 1")]) == "theorem"
    assert gravest([]) == ""
