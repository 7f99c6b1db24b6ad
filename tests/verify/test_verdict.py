"""The judge: every row of its two tables, and what no evidence whatever can make it say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.evidence import Counterexample, Exact, Failure, Measured, Simulated
from verify.reach import Reach
from verify.verdict import (
    BETTER_FIRST,
    CLAIM_VERDICTS,
    STATEMENT_VERDICTS,
    Judged,
    Judgement,
    combine,
    combine_in_class,
    inherited,
    judge,
    judge_claim,
    least_favourable,
)

PROVED = Exact("proved", "general")
NONZERO = Exact("nonzero", "instances", message="the normal form is not zero")
UNDECIDED = Exact("undecided", "instances", message="no certificate")
DISPROVED = Exact("refuted", "general", message="the opposite is proved")
AGREES = Simulated(512, 0, 1e-16, 1e-13)
VIOLATED = Simulated(512, 7, 1.0, 1e-13)
EMPTY = Simulated(0, 0, 0.0, 0.0, {"near a kink": 3})
BLIND = Simulated(0, 0, 0.0, 0.0, reasons={"tie": 512})
MOSTLY_BLIND = Simulated(3, 0, 0.0, 0.0, reasons={"tie": 509})
ONE_SIDED = Simulated(512, 0, 1e-16, 1e-13, unmet="no point at which both sides hold")
UNMET = Simulated(0, 0, 0.0, 0.0, {"premise not met": 512}, unmet="no point satisfies the premise")
SILENT = Simulated(0, 0, 0.0, 0.0, message="not simulated yet")
WITNESS = Counterexample("s", (2, 1), ((("1", "0"),),), (("1", "1"),), ("1",), {}, "left 1, right 2")
BROKEN = Failure("ValueError: no")


def measured(relation, exact=False):
    return Measured("topic.function", {"slope": (1, 1, 1)}, relation, exact)


STATEMENTS = [
    # a decision that is owed
    ([PROVED, AGREES], True, "proved"),
    ([NONZERO, VIOLATED, WITNESS], True, "refuted"),
    ([DISPROVED, AGREES], True, "refuted"),
    ([UNDECIDED, AGREES], True, "undecided"),
    ([NONZERO, AGREES], True, "undecided"),
    ([NONZERO, VIOLATED], True, "undecided"),
    ([UNDECIDED, VIOLATED], True, "undecided"),
    ([PROVED, EMPTY], True, "vacuous"),
    ([UNDECIDED, EMPTY], True, "vacuous"),
    ([PROVED, SILENT], True, "undecided"),
    ([UNDECIDED, SILENT], True, "undecided"),
    ([PROVED], True, "undecided"),
    # points that cannot tell agree with nothing
    ([PROVED, BLIND], True, "undecided"),
    ([UNDECIDED, BLIND], False, "undecided"),
    ([PROVED, MOSTLY_BLIND], True, "proved"),
    ([UNDECIDED, MOSTLY_BLIND], True, "undecided"),
    ([UNDECIDED, MOSTLY_BLIND], False, "undecided"),
    ([PROVED, BLIND, WITNESS], True, "conflict"),
    ([NONZERO, BLIND, WITNESS], True, "refuted"),
    # points of the kind that the statement speaks of are needed
    ([PROVED, ONE_SIDED], True, "undecided"),
    ([UNDECIDED, ONE_SIDED], False, "undecided"),
    ([PROVED, UNMET], True, "vacuous"),
    # not owed
    ([UNDECIDED, AGREES], False, "supported"),
    ([PROVED, AGREES], False, "proved"),
    ([UNDECIDED, VIOLATED], False, "undecided"),
    # alarms
    ([PROVED, VIOLATED], True, "conflict"),
    ([PROVED, AGREES, WITNESS], True, "conflict"),
    ([PROVED, DISPROVED, AGREES], False, "conflict"),
    ([PROVED, AGREES, BROKEN], True, "broken"),
    ([BROKEN], False, "broken"),
    # named witnesses
    ([measured("holds")], False, "supported"),
    ([measured("holds", exact=True)], True, "proved"),
    ([measured("fails", exact=True)], True, "refuted"),
    ([measured("fails")], False, "undecided"),
    ([measured("straddles")], False, "undecided"),
    ([], True, "undecided"),
    ([], False, "undecided"),
]


@pytest.mark.parametrize(("evidence", "owed", "verdict"), STATEMENTS)
def test_the_table_of_statements(evidence, owed, verdict):
    found = judge(evidence, owed=owed)
    assert found.verdict == verdict
    assert found.message or verdict in ("proved", "supported"), "a verdict that is no success says why"


def test_why_nothing_was_seen_is_told():
    assert "512 cannot tell (512 tie)" in judge([PROVED, BLIND], owed=True).message
    assert "both sides hold" in judge([PROVED, ONE_SIDED], owed=True).message
    assert "no point satisfies the premise (512 premise not met)" in judge([PROVED, UNMET], owed=True).message


def test_every_verdict_on_statements_is_in_the_table():
    assert {row[2] for row in STATEMENTS} == set(STATEMENT_VERDICTS)


SEEN = [AGREES, VIOLATED, EMPTY, SILENT, BLIND, ONE_SIDED]
EVIDENCE = st.lists(st.sampled_from([PROVED, NONZERO, UNDECIDED, DISPROVED, *SEEN, WITNESS, BROKEN]), max_size=6)


@given(EVIDENCE, st.booleans())
def test_nothing_is_good_without_a_reason(evidence, owed):
    verdict = judge(evidence, owed=owed).verdict
    assert verdict in STATEMENT_VERDICTS
    if verdict == "proved":
        assert PROVED in evidence and AGREES in evidence
    if verdict == "supported":
        assert AGREES in evidence and not owed
    if verdict in ("proved", "supported"):
        assert not any(e in evidence for e in (VIOLATED, WITNESS, DISPROVED, BROKEN))


@given(EVIDENCE, st.booleans())
def test_contradictions_are_alarms_whatever_else_is_known(evidence, owed):
    if BROKEN in evidence:
        assert judge(evidence, owed=owed).verdict == "broken"
    elif PROVED in evidence and (VIOLATED in evidence or WITNESS in evidence or DISPROVED in evidence):
        assert judge(evidence, owed=owed).verdict == "conflict"


@given(EVIDENCE, st.booleans(), st.randoms())
def test_the_order_of_evidence_does_not_matter(evidence, owed, random):
    shuffled = random.sample(evidence, len(evidence))
    assert judge(evidence, owed=owed).verdict == judge(shuffled, owed=owed).verdict


@given(st.lists(st.sampled_from(STATEMENT_VERDICTS), min_size=1, max_size=5))
def test_a_statement_in_several_settings_is_as_good_as_its_worst(verdicts):
    found = combine([Judgement(v, v) for v in verdicts]).verdict
    assert found in verdicts
    assert (found == "proved") == (set(verdicts) == {"proved"})
    for alarm in ("broken", "conflict"):
        if alarm in verdicts:
            assert found in ("broken", "conflict")


ALL, SIZES, PART = Reach.ALL, Reach.SIZES, Reach.PART


def said(printed, reach=ALL, corrected=None, corrected_reach=ALL, **more):
    """One of the things that a claim says."""
    forms = [None if v is None else Judgement(v, "why") for v in (printed, corrected)]
    return Judged(forms[0], reach, forms[1], corrected_reach, **more)


CLAIMS = [
    # what is said, kind, open, verdict
    ([said("proved")], "equation", "", "holds"),
    ([said("proved", ALL, "undecided")], "equation", "", "holds"),
    ([said("proved", SIZES)], "equation", "", "supported"),
    ([said("supported")], "theorem", "", "supported"),
    ([said("proved"), said("supported", SIZES)], "theorem", "", "supported"),
    ([said("proved", PART)], "theorem", "", "partly"),
    ([said("proved"), said("supported", PART)], "theorem", "", "partly"),
    ([said("refuted", ALL, "proved")], "equation", "", "corrected"),
    ([said("refuted", ALL, "supported", SIZES)], "equation", "", "corrected"),
    ([said("proved", PART), said("refuted", ALL, "proved")], "equation", "", "corrected"),
    ([said("vacuous", ALL, "proved")], "equation", "", "corrected"),
    ([said("refuted", ALL, "proved", assuming=True)], "theorem", "", "conditional"),
    ([said("refuted", ALL, "proved", PART)], "theorem", "", "conditional"),
    ([said("vacuous", ALL, "supported", assuming=True)], "theorem", "", "conditional"),
    ([said("refuted", ALL, "proved"), said("refuted", ALL, "proved", assuming=True)], "theorem", "", "conditional"),
    ([said("refuted")], "equation", "", "refuted"),
    ([said("refuted", ALL, "refuted")], "equation", "", "refuted"),
    ([said("refuted", ALL, "undecided")], "equation", "", "refuted"),
    ([said("refuted", ALL, "proved", PART, case=True)], "theorem", "", "refuted"),
    ([said("refuted", ALL, "proved"), said("refuted")], "theorem", "", "refuted"),
    ([said("refuted"), said("undecided", open="why")], "theorem", "", "refuted"),
    ([said("refuted", ALL, "proved"), said("undecided", open="why")], "theorem", "", "corrected"),
    ([said("vacuous")], "equation", "", "vacuous"),
    ([said("vacuous", ALL, "undecided")], "equation", "", "vacuous"),
    ([said("vacuous"), said("proved")], "equation", "", "vacuous"),
    ([said("vacuous"), said("undecided", open="why")], "equation", "", "open"),
    ([said("undecided")], "conjecture", "", "open"),
    ([said("undecided")], "theorem", "limits come later", "open"),
    ([said("undecided", open="why"), said("proved")], "theorem", "", "open"),
    ([said("undecided")], "theorem", "", "failed"),
    ([said("undecided", open="why"), said("undecided")], "theorem", "", "failed"),
    ([said("refuted"), said("undecided")], "theorem", "", "failed"),
    ([said("conflict")], "theorem", "an excuse", "failed"),
    ([said("proved", ALL, "conflict")], "theorem", "", "failed"),
    ([said("broken")], "conjecture", "an excuse", "failed"),
    ([said("refuted"), said("broken")], "theorem", "", "failed"),
    ([], "definition", "", "definition"),
    ([said("proved")], "definition", "", "holds"),
    ([said("refuted")], "definition", "", "refuted"),
    ([said("vacuous")], "definition", "", "vacuous"),
    ([], "theorem", "", "failed"),
]


@pytest.mark.parametrize(("clauses", "kind", "open_reason", "verdict"), CLAIMS)
def test_the_table_of_claims(clauses, kind, open_reason, verdict):
    assert judge_claim(clauses, kind=kind, open_reason=open_reason) == verdict


def test_every_verdict_on_claims_is_in_the_table():
    assert {row[-1] for row in CLAIMS} == set(CLAIM_VERDICTS) == set(BETTER_FIRST)


CLAUSE = st.builds(
    said,
    st.sampled_from(STATEMENT_VERDICTS),
    st.sampled_from(list(Reach)),
    st.sampled_from([None, *STATEMENT_VERDICTS]),
    st.sampled_from(list(Reach)),
    case=st.booleans(),
    assuming=st.booleans(),
    open=st.sampled_from(["", "why"]),
)
KIND = st.sampled_from(["equation", "conjecture", "definition"])


@given(st.lists(CLAUSE, min_size=1, max_size=4), KIND, st.sampled_from(["", "why"]))
def test_a_claim_is_never_better_than_its_clauses(clauses, kind, open_reason):
    verdict = judge_claim(clauses, kind=kind, open_reason=open_reason)
    printed = [c.printed.verdict for c in clauses]
    assert verdict in CLAIM_VERDICTS
    if verdict == "holds":
        assert set(printed) == {"proved"} and all(c.reach == ALL for c in clauses)
    if verdict == "supported":
        assert set(printed) <= {"proved", "supported"} and all(c.reach != PART for c in clauses)
    if verdict in ("corrected", "conditional"):
        wrong = [c for c in clauses if c.printed.verdict in ("refuted", "vacuous")]
        assert wrong and all(c.corrected.verdict in ("proved", "supported") and not c.case for c in wrong)
    if verdict == "corrected":
        assert not any(c.assuming or c.corrected_reach == PART for c in wrong)
    if any(c.alarms for c in clauses):
        assert verdict == "failed"


@given(st.lists(CLAUSE, min_size=1, max_size=3), CLAUSE, KIND, st.sampled_from(["", "why"]))
def test_another_clause_never_betters_a_claim_that_stands(clauses, more, kind, open_reason):
    before = judge_claim(clauses, kind=kind, open_reason=open_reason)
    after = judge_claim([*clauses, more], kind=kind, open_reason=open_reason)
    if before in ("holds", "supported", "partly"):
        assert BETTER_FIRST.index(after) >= BETTER_FIRST.index(before)


def test_of_readings_the_least_favourable_one_gives_the_verdict():
    number, told = least_favourable([said("proved"), said("undecided"), said("supported")])
    assert (number, told.printed.verdict, told.corrected) == (1, "undecided", None)


def test_a_reading_that_stands_is_what_is_right_where_another_is_refuted():
    number, told = least_favourable([said("proved", SIZES), said("refuted"), said("supported", PART)])
    assert (number, told.printed.verdict) == (1, "refuted")
    assert (told.corrected.verdict, told.corrected_reach) == ("proved", SIZES)
    assert judge_claim([told], kind="equation") == "corrected"


def test_a_claim_is_no_better_than_what_it_restates():
    assert inherited("holds", []) == "holds"
    assert inherited("holds", ["supported", "refuted"]) == "refuted"
    assert inherited("refuted", ["holds"]) == "refuted"


def test_in_a_class_settings_without_points_say_nothing():
    good, empty = Judgement("proved"), Judgement("vacuous", "none")
    assert combine_in_class([good, empty]) == good
    assert combine_in_class([empty, empty]) == empty
    assert combine_in_class([good, empty, Judgement("refuted", "left")]).verdict == "refuted"


def test_an_empty_setting_is_vacuous_whatever_a_simulation_takes_for_its_points():
    empty = Exact("empty", "instances", message="the hypotheses contradict each other: no point meets them")
    assert judge([empty, Simulated(5, 0, 0.0, 0.0)], owed=True).verdict == "vacuous"
    assert judge([empty, Simulated(5, 5, 1.0, 0.0)], owed=True).verdict == "vacuous"
