"""A limit of processor time."""

import contextlib
import time

import pytest

from verify.auditor.deadline import OutOfTime, deadline


def test_a_deadline_counts_processor_time():
    with deadline(0.2):
        time.sleep(0.4)  # no processor time
    with pytest.raises(OutOfTime, match="out of time after"), deadline(0.1):
        while True:
            pass


def test_no_check_swallows_the_deadline():
    with pytest.raises(OutOfTime), deadline(0.1):
        while True:
            with contextlib.suppress(Exception):
                sum(range(1000))
