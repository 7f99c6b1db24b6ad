"""The judge: every row of its two tables, and what no evidence whatever can make it say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.evidence import Counterexample, Exact, Failure, Measured, Simulated
from verify.verdict import CLAIM_VERDICTS, STATEMENT_VERDICTS, Judgement, combine, judge, judge_claim

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


CLAIMS = [
    # printed, corrected, kind, assuming, open, verdict
    ("proved", None, "equation", False, "", "holds"),
    ("proved", "undecided", "equation", False, "", "holds"),
    ("supported", None, "theorem", False, "", "supported"),
    ("refuted", "proved", "equation", False, "", "corrected"),
    ("refuted", "supported", "equation", False, "", "corrected"),
    ("vacuous", "proved", "equation", False, "", "corrected"),
    ("refuted", "proved", "theorem", True, "", "conditional"),
    ("vacuous", "supported", "theorem", True, "", "conditional"),
    ("refuted", None, "equation", False, "", "refuted"),
    ("refuted", "refuted", "equation", False, "", "refuted"),
    ("refuted", "undecided", "equation", False, "", "refuted"),
    ("vacuous", None, "equation", False, "", "vacuous"),
    ("vacuous", "undecided", "equation", False, "", "vacuous"),
    ("undecided", None, "conjecture", False, "", "open"),
    ("undecided", None, "theorem", False, "limits come later", "open"),
    ("undecided", None, "theorem", False, "", "failed"),
    ("conflict", None, "theorem", False, "an excuse", "failed"),
    ("proved", "conflict", "theorem", False, "", "failed"),
    ("broken", None, "conjecture", False, "an excuse", "failed"),
    (None, None, "definition", False, "", "definition"),
    ("proved", None, "definition", False, "", "definition"),
    ("refuted", None, "definition", False, "", "refuted"),
    ("vacuous", None, "definition", False, "", "vacuous"),
    (None, None, "theorem", False, "", "failed"),
]


@pytest.mark.parametrize(("printed", "corrected", "kind", "assuming", "open_reason", "verdict"), CLAIMS)
def test_the_table_of_claims(printed, corrected, kind, assuming, open_reason, verdict):
    forms = [None if v is None else Judgement(v, "why") for v in (printed, corrected)]
    assert judge_claim(*forms, kind=kind, assuming=assuming, open_reason=open_reason) == verdict


def test_every_verdict_on_claims_is_in_the_table():
    assert {row[-1] for row in CLAIMS} == set(CLAIM_VERDICTS)


@given(
    st.sampled_from(STATEMENT_VERDICTS),
    st.sampled_from([None, *STATEMENT_VERDICTS]),
    st.sampled_from(["equation", "conjecture", "definition"]),
    st.booleans(),
    st.sampled_from(["", "why"]),
)
def test_a_claim_is_never_better_than_its_statements(printed, corrected, kind, assuming, open_reason):
    forms = [None if v is None else Judgement(v, "why") for v in (printed, corrected)]
    verdict = judge_claim(*forms, kind=kind, assuming=assuming, open_reason=open_reason)
    assert verdict in CLAIM_VERDICTS
    if verdict == "holds":
        assert printed == "proved"
    if verdict in ("corrected", "conditional"):
        assert printed in ("refuted", "vacuous") and corrected in ("proved", "supported")
    if "conflict" in (printed, corrected):
        assert verdict == "failed"
