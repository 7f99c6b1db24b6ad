"""Constants in balls."""

from fractions import Fraction

import pytest

from verify.elementary.balls import bounds, decided, is_constant
from verify.formula import parse


@pytest.mark.parametrize(
    "text", ["exp(pi*sqrt(163)) < 262537412640768744", "exp(1) > 2", "log(2) != 7/10", "2**(1/2) < 3/2"]
)
def test_true_constants(text):
    assert decided(parse(text, [])) is not None


@pytest.mark.parametrize(
    "text",
    [
        "exp(pi*sqrt(163)) > 262537412640768744",
        "exp(pi*sqrt(163)) < 262537412640768743",
        "sqrt(2)*sqrt(2) > 2",
        "log(4) >= 2*log(2)",
        "log(-1) < 5",
        "1/(sqrt(2)**2 - 2) > 0",
        "f[1]*0 < 1",
    ],
)
def test_false_ones_and_what_balls_cannot_tell(text):
    assert decided(parse(text, [])) is None


def test_bounds_hold_the_number():
    low, high = bounds(parse("pi", []))
    assert Fraction(3141592653589793, 10**15) < low < high < Fraction(3141592653589794, 10**15)
    assert not is_constant(parse("rho", []))
