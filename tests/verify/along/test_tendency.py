"""Leading behaviour of terms, and what it says of relations with a limit."""

from fractions import Fraction as F

import pytest
from flint import arb, fmpq

from verify.along.fates.base import Law, powers
from verify.along.tendency import Tendency

T, LOG_T = Law(fmpq(1), powers(1, 0, 0)), Law(fmpq(1), powers(0, 1, 0))
ROUGH = Law(fmpq(2), powers(-1, 1, 0), (("L", F(1)),))  # between two multiples of log t/t


def test_products_and_powers_of_laws():
    assert T.times(LOG_T).growth == powers(1, 1, 0)
    assert ROUGH.times(ROUGH, -1) == Law(fmpq(1), powers(0, 0, 0))
    assert ROUGH.raised(F(2)) == Law(fmpq(4), powers(-2, 2, 0), (("L", F(2)),))
    assert ROUGH.raised(F(0)).unknown == ()
    assert Law(fmpq(-1), powers(0, 1, 0)).raised(F(1, 2)) is None


@pytest.mark.parametrize(
    ("law", "logarithm"),
    [
        (T, (fmpq(1), powers(0, 1, 0))),
        (ROUGH, (fmpq(-1), powers(0, 1, 0))),
        (LOG_T, (fmpq(1), powers(0, 0, 1))),
        (Law(fmpq(-1), powers(1, 0, 0)), None),
        (Law(fmpq(1), powers(0, 0, 0)), None),
        (Law(fmpq(1), powers(0, 0, 0), (("L", F(1)),)), None),
        (Law(fmpq(1), powers(0, 0, 1)), None),
    ],
)
def test_logarithms_of_laws(law, logarithm):
    found = law.log()
    assert (None if found is None else (found.value, found.growth)) == logarithm


def test_logarithm_of_a_constant():
    assert Law(fmpq(2), powers(0, 0, 0)).log().value.overlaps(arb(2).log())


GROWS, FALLS = Tendency(infinite=True, sign=1, converges=False), Tendency(infinite=True, sign=-1, converges=False)
ABOVE, BELOW = Tendency(sign=1, converges=None), Tendency(sign=-1, converges=None)


@pytest.mark.parametrize(
    ("end", "op", "value", "truth"),
    [
        (GROWS, "==", 3, False),
        (GROWS, "<", 3, False),
        (GROWS, "<=", 3, False),
        (GROWS, ">", 3, None),
        (GROWS, "!=", 3, None),
        (FALLS, ">", -3, False),
        (FALLS, "<", -3, None),
        (ABOVE, "==", 0, False),
        (ABOVE, "==", -1, False),
        (ABOVE, "==", 1, None),
        (ABOVE, "<", 0, False),
        (ABOVE, "<", 1, None),
        (ABOVE, ">", 0, None),
        (BELOW, ">=", 0, False),
        (BELOW, "==", 1, False),
        (BELOW, "==", -1, None),
        (Tendency([fmpq(2)]), "==", 2, True),
        (Tendency([fmpq(2)]), "<", 2, False),
        (Tendency(converges=None), "==", 0, None),
        (Tendency(converges=None), "<", 0, None),
    ],
)
def test_relations_with_a_limit(end, op, value, truth):
    assert end.related(op, [fmpq(value)]) is truth
