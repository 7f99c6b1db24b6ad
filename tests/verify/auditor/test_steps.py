"""The steps of an audit: announced, left out, and each at the same precision."""

import pytest
from flint import ctx

from verify.auditor.deadline import OutOfReach, OutOfTime
from verify.auditor.steps import BITS, Step, Watch, step, watched


def test_steps_are_told_when_they_begin_and_end():
    told = []
    with watched(Watch(told.append)):
        for name in ("one", "two"):
            with step(name, 3.0):
                pass
    assert told == [Step(1, "one", 3.0), None, Step(2, "two", 3.0), None]


def test_a_step_that_is_left_out_says_why():
    with watched(Watch(left_out={2: "out of memory: two wants more"})):
        with step("one", 3.0):
            pass
        with pytest.raises(OutOfReach, match="out of memory: two wants more"), step("two", 3.0):
            pytest.fail("it was left out")


def test_a_step_has_its_limit():
    with pytest.raises(OutOfTime), step("for ever", 0.1):
        while True:
            pass


def test_no_step_sees_the_precision_that_another_chose():
    before = ctx.prec
    for _ in range(2):
        with step("at some precision", 3.0):
            assert ctx.prec == BITS
            ctx.prec = 777
    assert ctx.prec == before
