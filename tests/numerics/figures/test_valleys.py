"""Losses over two weights: minima, descent, and the flat direction."""

import numpy as np
import pytest

from numerics.figures import rounded, valleys

CASES = [("square", 0.0), ("square", 0.05), ("exponential", 0.0), ("exponential", 0.05)]


@pytest.mark.parametrize(("kind", "decay"), CASES)
def test_the_slope_is_that_of_the_loss(kind, decay):
    at, step = np.array([0.7, -1.1]), 1e-6
    for i, move in enumerate(step * np.eye(2)):
        change = valleys.loss(kind, decay, *(at + move)) - valleys.loss(kind, decay, *(at - move))
        assert valleys.slope(kind, decay, *at)[i] == pytest.approx(change / (2 * step), rel=1e-6)


@pytest.mark.parametrize(("kind", "decay"), CASES)
def test_minima_are_at_rest_and_lines_descend(kind, decay):
    for point in valleys.minima(kind, decay):
        assert valleys.slope(kind, decay, *point) == pytest.approx((0, 0), abs=1e-12)
    data = next(p for p in valleys.loss_valleys()["panels"] if (p["loss"], p["decay"]) == (kind, decay))
    for line in data["lines"]:
        values = valleys.loss(kind, decay, *np.array(line))
        assert np.diff(values).max() <= 1e-3 and values[-1] < values[0]


def test_numbers_of_a_figure_are_short_and_finite():
    assert rounded([1 / 3, np.nan, np.inf]) == [0.333333, None, None]
    assert rounded([[1 / 3], [2.0]], 2) == [[0.33], [2.0]]
