"""Expansions in the output of one example: against quadrature, and where leading terms cancel."""

from fractions import Fraction as F

import mpmath
import pytest
from flint import fmpq

from derivations.trajectories.ray_growth import LOSS, OUTPUT, Expansion, number, time


def value(expansion, r, b):
    """The terms at R = r, over e^(b r)."""
    return sum(
        float(a) * mpmath.e ** (float(o[0] - b) * r) * mpmath.mpf(r) ** float(o[1]) for o, a in expansion.terms.items()
    )


@pytest.mark.parametrize("depth", [1, 2, 3, 7])
def test_time_agrees_with_quadrature(depth):
    r, s = 60, 2 - mpmath.mpf(2) / depth
    integral = mpmath.quad(lambda z: mpmath.e ** (z - r) * z**-s, [20, 40, 55, 60])
    speed = depth * mpmath.mpf(2) ** (mpmath.mpf(2) / depth)
    assert abs(value(time(depth, fmpq(2)), r, 1) * speed / integral - 1) < 1e-6


def test_li_agrees_with_mpmath():
    assert abs(value(OUTPUT.exp().li(), 60, 1) / (mpmath.li(mpmath.e**60) * mpmath.e**-60) - 1) < 1e-6


def test_where_leading_terms_cancel_the_next_decide():
    """li(z) - z/log z ~ z/log(z)^2"""
    growth = OUTPUT.exp()
    left = growth.li() + (growth * growth.log().power(F(-1))).scaled(-1)
    assert left.leading == (1, (1, -2))
    assert left.error is not None


def test_two_layers_have_the_logarithmic_integral():
    """2 F t = li(e^R) up to a constant: the difference of the expansions says nothing more."""
    assert (time(2, fmpq(3)).scaled(6) + OUTPUT.exp().li().scaled(-1)).leading is None


def test_errors_are_carried_along():
    rough = Expansion({(F(0), F(1)): fmpq(1)}, (F(0), F(1, 2)))
    assert (rough + OUTPUT.scaled(-1)).leading is None
    assert (rough * rough).error == (0, F(3, 2))
    assert (rough + number(5)).terms == rough.terms  # 5 is below the error
    assert rough.exp() is None
    assert rough.power(F(-1)).leading == (1, (0, -1))


def test_logarithms():
    assert LOSS.log().monomial == (-1, (0, 1))
    assert time(3, fmpq(1)).log().leading == (1, (0, 1))
    assert time(3, fmpq(1)).log().monomial is None  # log t is R only to leading order
    assert OUTPUT.log() is None
