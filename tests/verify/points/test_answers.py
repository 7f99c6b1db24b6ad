"""Logic on three-valued answers: what agrees, what violates, and what cannot tell."""

import itertools

import pytest
import torch

from verify.points.answers import (
    NOT_FOUND,
    ONE_SIDE,
    ROUNDED_PREMISE,
    UNSURE_PREMISE,
    Answers,
    all_of,
    equivalent,
    found,
    implied,
    over_indices,
)


def answers(values):
    """One point for each letter of 'trf?o' (true, true up to rounding, false, cannot tell, outside)."""
    letters = list(values)

    def mask(which):
        return torch.tensor([v in which for v in letters])

    return Answers(mask("trf?"), mask("trf?"), mask("tr"), mask("f"), mask("t"), reasons={"tie": mask("?")})


def told(seen):
    """The letters again; '-' where the statement says nothing."""
    out = []
    for i in range(len(seen.exists)):
        if bool(seen.holds[i]):
            out.append("t" if bool(seen.certain[i]) else "r")
        elif bool(seen.violated[i]):
            out.append("f")
        elif bool(seen.compared[i]):
            out.append("?")
        else:
            out.append("-" if bool(seen.exists[i]) else "o")
    return "".join(out)


TABLES = {
    # rows: the first argument, columns: the second, both in the order t r f ? o
    "and": (lambda a, b: all_of([a, b]), ["trf?o", "rrf?o", "ffffo", "??f?o", "ooooo"]),
    "implies": (lambda a, b: implied(a, b, "A"), ["trf?o", "tr??o", "----o", "????o", "ooooo"]),
    "iff": (lambda a, b: equivalent(a, b, "it"), ["trf?o", "rr??o", "f?t?o", "????o", "ooooo"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(name):
    combine, rows = TABLES[name]
    for (row, first), (column, second) in itertools.product(enumerate("trf?o"), repeat=2):
        assert told(combine(answers(first), answers(second))) == rows[row][column], (name, first, second)


def test_nothing_both_holds_and_is_violated():
    for combine, _ in TABLES.values():
        for first, second in itertools.product("trf?o", repeat=2):
            seen = combine(answers(first), answers(second))
            assert not bool((seen.holds & seen.violated).any())
            assert not bool((seen.open & ~sum(seen.why().values(), seen.open & False)).any()), "no reason is given"


def test_a_premise_up_to_rounding_violates_nothing():
    seen = implied(answers("rt?"), answers("fff"), "A")
    assert told(seen) == "?f?"
    why = {reason: mask.tolist() for reason, mask in seen.why().items() if bool(mask.any())}
    assert why == {ROUNDED_PREMISE: [True, False, False], UNSURE_PREMISE: [False, False, True]}


def test_one_side_up_to_rounding_is_no_difference():
    seen = equivalent(answers("rf"), answers("fr"), "it")
    assert told(seen) == "??" and bool(seen.why()[ONE_SIDE].all())


def test_the_kinds_of_points_that_are_needed():
    seen = implied(answers("ff?"), answers("ttt"), "A")
    assert [int(m.sum()) for m in seen.kinds.values()] == [0]
    seen = equivalent(answers("ff"), answers("ff"), "it")
    assert {k.split()[-1]: int(m.sum()) for k, m in seen.kinds.items()} == {"hold": 0, "fail": 2}


def test_a_part_that_says_nothing_hides_no_violation():
    silent = implied(answers("ff"), answers("tt"), "A")
    assert told(all_of([silent, answers("tf")])) == "tf"


def test_over_indices_the_worst_answer_counts():
    assert told(over_indices([answers("ttto"), answers("tf?t")])) == "tf?t"


def test_somewhere():
    assert told(found(answers("tf?"))) == "t--"
    none = found(answers("ff?"))
    assert told(none) == "???" and bool(none.why()[NOT_FOUND].all())
