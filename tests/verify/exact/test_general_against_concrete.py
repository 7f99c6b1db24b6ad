"""Brute force against the reductions: what the general route proves, every written-out network has to confirm."""

import itertools
import random

import pytest

from verify.exact import worlds
from verify.exact.checks import check
from verify.exact.prove import _try_general

TERMS = [
    "f[n]",
    "fV[n]*rho",
    "dot(grad(f[n],W[k]),W[k])",
    "dot(grad(fV[n],V[k]),V[k])*rho",
    "dot(V[k],grad(f[n],V[k]))",
    "rho[k]**2",
    "norm(W[k])**2",
    "dot(W[k],W[k])",
    "tr(W[k].T@W[k])",
    "rho[k]*norm(W[k])",
    "rho[k]**2*norm(V[k])**2",
    "dot(W[k],grad(L,W[k]))",
    "-d(rho[k]**2)/2",
    "-rho[k]*d(rho[k])",
    "-dot(W[k],d(W[k]))",
    "-sum(m,y[m]*f[m]*exp(-y[m]*f[m]))/N",
    "-sum(m,y[m]*f[m]*exp(-y[m]*f[m]))",
    "y[n]*dot(grad(L,V[k]),V[k])*y[n]",
    "L",
    "N*L",
    "sum(m,exp(-y[m]*f[m]))",
    "norm(W[k]@W[k].T)**2",
    "dot(W[k].T@W[k],W[k].T@W[k])",
    "rho[k]**4",
    "sum(m,y[m]**2)",
    "N",
    "K",
    "rows(W[k])",
    "tr(eye(rows(W[k])))",
    "tr(W[k]@W[k].T@W[k]@W[k].T)",
    "rho[k]**2*0 + 1",
    "d(f[n])",
    "sum(j,dot(grad(f[n],W[j]),d(W[j])))",
    "d(L)",
    "-sum(j,dot(grad(L,W[j]),grad(L,W[j])))",
    "f[n]**2",
    "sum(m,f[m])**2",
    "sum(m,f[m]**2)",
    "N*sum(m,f[m]**2)",
    "sum(m,f[m])*f[n]",
]
SUMS = [t for t in TERMS if "sum(j" in t or t in ("d(f[n])", "d(L)")]  # sums over the layers
ARCHITECTURES = (("linear", (3, 2, 1), 2), ("relu", (2, 1, 1, 1), 1), ("linear", (2, 3, 1), 3), ("relu", (1, 1, 1), 1))


def _holds_everywhere(found, setting):
    for network, widths, examples in ARCHITECTURES:
        where = setting(network=network, widths=(widths,), examples=examples)
        run, sizes = worlds.concrete(where, widths, examples, "letters")
        if run(lambda w, s=sizes, e=where: check(found.formula, found, e, w, s, {})) is not None:
            return False
    return True


def _free_indices(text, statement, where):
    """Quantify what the formula leaves free, leave out the rest."""
    for table in ({"k": "1..K", "n": "1..N"}, {"k": "1..K"}, {"n": "1..N"}, {}):
        try:
            return statement(text, where, **table)
        except ValueError:
            continue
    raise AssertionError(text)


def _confirmed(texts, statement, setting):
    where, proved = setting(widths=((3, 2, 1),)), []
    for text in texts:
        found = _free_indices(text, statement, where)
        general = _try_general(found.formula, found, where, where.widths[0])
        if not isinstance(general, str) and general.outcome == "proved":
            assert _holds_everywhere(found, setting), text
            proved.append(text)
    return proved


def test_every_pair_of_terms(statement, setting):
    proved = _confirmed(
        [f"rho[k]*({a}) == rho[k]*({b})" for a, b in itertools.combinations(TERMS, 2)], statement, setting
    )
    proved += _confirmed([f"{a} == {b}" for a, b in itertools.combinations(SUMS, 2)], statement, setting)
    assert len(proved) >= 12  # a search that proves nothing tests nothing


@pytest.mark.parametrize("seed", range(2))
def test_random_combinations(seed, statement, setting):
    """a*p + c*q == b*r + e*s with small factors from a fixed stream."""
    draw = random.Random(seed)
    texts = []
    for _ in range(40):
        a, b, c, d = draw.choices(TERMS[:31] + TERMS[35:], k=4)
        factor = draw.choice(("1", "2", "N", "1/N", "K", "rho[k]"))
        texts.append(f"rho[k]*({a})*({c}) == rho[k]*({b})*({d})*{factor}")
        texts.append(f"rho[k]*({a}) + rho[k]*({c}) == rho[k]*({b}) + rho[k]*{factor}*({d})")
        texts.append(f"rho[k]*({a})*({c}) == rho[k]*({c})*({a})")
    assert _confirmed(texts, statement, setting)
