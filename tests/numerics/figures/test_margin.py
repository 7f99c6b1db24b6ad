"""Margins along flows: what the captions say is so."""

import numpy as np
import pytest

from numerics.figures import margin


@pytest.fixture(scope="module")
def digits():
    return margin.digits_margin()


def test_the_margin_on_digits_rises_through_changes_of_the_support_vector(digits):
    values, support = np.array(digits["margin"]), digits["support"]
    separated = values > 0
    assert digits["status"] == "finished" and separated[-1] and not separated[0]
    assert np.diff(values[separated]).min() > -1e-6
    assert len(set(np.array(support)[separated])) > 2
    assert np.array(digits["correct"])[separated].min() == 1.0


def test_the_smoothed_margin_never_exceeds_the_margin(digits):
    small = margin.falling_margin()
    for data in (digits, small):
        assert (np.array(data["smoothed"]) <= np.array(data["margin"]) + 1e-9).all()


def test_a_margin_falls_though_every_example_is_right():
    data = margin.falling_margin()
    values = np.array(data["margin"])
    assert values.min() > 0 and values.min() < 0.6 * values[0]
    assert values[-1] > 0.9 * data["largest"] and values.max() <= data["largest"] * (1 + 1e-6)


def test_outputs_by_hand():
    first, second = np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([[2.0, 3.0]])
    assert margin.normalised_outputs([first, second], np.array([[1.0, 1.0], [-1.0, -2.0]])).tolist() == [2.0, 6.0]
