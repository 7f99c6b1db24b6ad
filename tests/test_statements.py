"""The claim files against a frozen copy of what the papers' sentences say: classes, clauses, formulas, by id.

`statements_frozen.json` holds for each id its class, its clauses as formulas (those that no formula says by their
number of words) and the number of words of its hypotheses. `statements_not_restated.txt` names the claims that do not
state a class yet; it may only shrink. `statements_differences.json` gives the reason for each frozen formula that no
clause repeats.
"""

import json
import re
from pathlib import Path

import pytest

from verify.about import About, Span
from verify.claimfile import read
from verify.formula import FormulaError, parse, to_text
from verify.formula.nodes import And
from verify.formula.vocabulary import EVERY_WORD
from verify.listing import paper_folders

HERE = Path(__file__).parent
FROZEN = {e["id"]: e for e in json.loads((HERE / "statements_frozen.json").read_text(encoding="utf-8"))}
NOT_RESTATED = (HERE / "statements_not_restated.txt").read_text(encoding="utf-8").split()
DIFFERENCES = json.loads((HERE / "statements_differences.json").read_text(encoding="utf-8"))
MOST_NOT_RESTATED = 423  # lower it with every claim that is restated
INDICES = re.compile(r"\b[a-z]\b")


@pytest.fixture(scope="module")
def claims():
    return {c.id: c for c in read(paper_folders()).claims}


RESTATED = sorted(FROZEN.keys() - set(NOT_RESTATED))
every_restated = pytest.mark.parametrize("id_", RESTATED)


def test_the_claims_are_those_of_the_papers(claims):
    assert set(claims) == set(FROZEN)


def test_the_claims_without_a_class_are_listed_and_become_fewer(claims):
    assert sorted(i for i, c in claims.items() if c.about is None) == NOT_RESTATED
    assert len(NOT_RESTATED) <= MOST_NOT_RESTATED


def narrower(about: About, frozen: dict) -> list[str]:
    """The keys in which a class is narrower than the frozen one."""
    found = []
    for key, meant in frozen.items():
        ours = getattr(about, key)
        if key in ("layers", "examples", "outputs"):
            smaller = not Span.read(str(meant)).within(ours or Span(1, 1))
        elif isinstance(ours, tuple):
            every = meant if isinstance(meant, list) else [meant]
            smaller = not {str(m) for m in every} <= {str(o) for o in ours}
        else:
            smaller = ours != meant
        if smaller:
            found.append(key)
    return found


@every_restated
def test_no_class_is_narrower_than_the_sentence(claims, id_):
    assert narrower(claims[id_].about, FROZEN[id_]["about"]) == []


@every_restated
def test_no_clause_is_left_out(claims, id_):
    said = [f.printed.formula if f.printed else None for f in claims[id_].forms]
    parts = sum(len(f.args) if isinstance(f, And) else 1 for f in said)
    assert parts >= len(FROZEN[id_]["clauses"])


def formula_of(text: str):
    """The tree of a frozen formula, behind what it says of indices, places and flows; None where words are wanting."""
    before, _, body = text.rpartition(": ")
    try:
        return parse(body, indices=frozenset(INDICES.findall(before)) - EVERY_WORD)
    except FormulaError:
        return None


def trees_of(claim) -> set:
    """The formulas of a claim, and the parts of its conjunctions."""
    found = set()
    for form in claim.forms:
        if form.printed is not None:
            tree = form.printed.formula
            found |= {tree, *(tree.args if isinstance(tree, And) else ())}
    return found


@every_restated
def test_each_frozen_formula_is_stated_or_the_difference_has_a_reason(claims, id_):
    ours, reasons = trees_of(claims[id_]), DIFFERENCES.get(id_, {})
    for number, clause in enumerate(FROZEN[id_]["clauses"], 1):
        tree = formula_of(clause["formula"]) if "formula" in clause else None
        parts = tree.args if isinstance(tree, And) else (tree,)
        stated = tree in ours or (tree is not None and all(p in ours for p in parts))
        left_open = number <= len(claims[id_].clauses) and claims[id_].clauses[number - 1].printed is None
        assert stated or left_open or reasons.get(str(number)), f"clause {number}: {clause}"


def test_every_reason_belongs_to_a_clause_that_differs(claims):
    for id_, reasons in DIFFERENCES.items():
        assert id_ in RESTATED and all(0 < int(n) <= len(FROZEN[id_]["clauses"]) for n in reasons)
        assert all(reasons.values())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"network": ["relu", "linear"]}, ["network"]),
        ({"layers": "1.."}, ["layers"]),
        ({"examples": "1.."}, []),
        ({"data": ["separable"]}, ["data"]),
        ({"weight_decay": "any"}, ["weight_decay"]),
        ({"flow": ["gradient"]}, []),
    ],
)
def test_a_narrower_class_is_noticed(change, found):
    about = About("a", ("relu",), Span(2), Span(1), loss=("exponential",))
    assert narrower(about, {"network": ["relu"], "layers": "2..", **change}) == found


def test_formulas_are_compared_as_trees():
    assert to_text(formula_of("for k = 1..K, n = 1..N: f[n] == rho*fV[n]")) == "f[n] == rho*fV[n]"
    assert formula_of("at = equilibrium: hyperbolic()") is None
