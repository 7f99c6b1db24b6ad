"""Relations between quantities that are known up to an interval."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.auditor import measured
from verify.claim import Claim, Statement, Witness
from verify.evidence import Failure, Measured, as_json
from verify.formula import parse
from verify.options import Options
from verify.verdict import judge


def relation(text, **intervals):
    balls = {name: measured.ball(*bounds) for name, bounds in intervals.items()}
    return measured.relate(parse(text, quantities=set(intervals)), balls)


@pytest.mark.parametrize(
    ("text", "interval", "expected"),
    [
        ("slope > 4/5", (0.9, 1.1), "holds"),
        ("slope > 4/5", (0.1, 0.7), "fails"),
        ("slope > 4/5", (0.7, 0.9), "straddles"),
        ("slope > 4/5 and slope < 6/5", (0.9, 1.1), "holds"),
        ("slope > 4/5 and slope < 6/5", (0.9, 1.3), "straddles"),
        ("slope > 4/5 and slope < 6/5", (2.0, 2.1), "fails"),
        ("slope == 1", (Fraction(1), Fraction(1)), "holds"),
        ("slope == 1", (0.9, 1.1), "straddles"),
        ("slope == 1", (1.5, 1.6), "fails"),
        ("slope != 1", (1.5, 1.6), "holds"),
        ("slope >= 0", (0.1, 1.0), "holds"),
        ("implies(slope > 2, slope > 5)", (0.0, 1.0), "holds"),
        ("implies(slope > 2, slope > 5)", (3.0, 4.0), "fails"),
        ("implies(slope > 2, slope > 5)", (1.0, 4.0), "straddles"),
        ("exp(slope) - pi < sqrt(abs(-slope))*7", (0.5, 0.5), "holds"),
    ],
)
def test_a_relation_holds_over_the_whole_interval_or_is_not_held(text, interval, expected):
    assert relation(text, slope=interval) == expected


@given(st.fractions(-5, 5), st.fractions(0, 2), st.fractions(-5, 5))
def test_widening_an_interval_never_decides_more(middle, radius, bound):
    text = f"slope < {bound.numerator}/{bound.denominator}" if bound >= 0 else f"-slope > {-bound}"
    narrow = relation(text, slope=(middle, middle))
    wide = relation(text, slope=(middle - radius, middle + radius))
    assert wide in (narrow, "straddles")


def claim_with(name):
    statement = Statement("slope > 0", parse("slope > 0", quantities={"slope"}), ())
    return statement, Claim("mine/a", "text", statement, witness=Witness("derivation", name))


def test_a_missing_witness_is_a_failure():
    found = measured.measure(*claim_with("norm_growth.no_such_function"), Options())
    assert isinstance(found, Failure) and "no_such_function" in found.message


def test_a_witness_that_measures_something_else_says_what_it_measures():
    with pytest.raises(ValueError, match="measures speed; the statement speaks of 'slope'"):
        relation_of = parse("slope > 0", quantities={"slope"})
        measured.relate(relation_of, {"speed": measured.ball(1, 2)})


def test_the_evidence_names_value_and_interval(monkeypatch):
    monkeypatch.setattr(measured, "find", lambda witness: lambda: {"slope": (1.0, 0.5, Fraction(3, 2))})
    found = measured.measure(*claim_with("topic.slope"), Options())
    assert isinstance(found, Measured) and found.relation == "holds" and found.exact
    assert found.quantities == {"slope": (1.0, 0.5, "3/2")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gap > 0", "straddles"),
        ("gap*0 == 0", "straddles"),
        ("slope > 0 and gap > 0", "straddles"),
        ("slope < 0 and gap > 0", "fails"),
    ],
)
def test_of_what_is_not_at_hand_nothing_holds_and_nothing_fails(text, expected):
    assert relation(text, slope=(1, 2), gap=(None, None)) == expected


def test_what_is_not_at_hand_is_undecided_and_named(monkeypatch):
    monkeypatch.setattr(measured, "find", lambda witness: lambda: {"slope": None, "speed": 1})
    found = measured.measure(*claim_with("topic.at_hand"), Options())
    judged = judge([found], owed=True)
    assert judged.verdict == "undecided" and judged.message.endswith("not at hand: slope")
    assert as_json(found)["quantities"]["slope"] == {"value": None, "interval": [None, None]}
