"""Certificates that constraints contradict each other, and the near misses for which there must be none."""

from dataclasses import replace
from fractions import Fraction

import pytest

from derivations.exact.laurent import UNIT, Laurent
from derivations.exact.positivstellensatz import Constraint, Letters, Term, contradicts, follows, refute

x, y, z = (Laurent.letter(i) for i in range(3))
one = Laurent.number(1)
POSITIVE = Letters(frozenset({0, 1, 2}), frozenset({0, 1, 2}))
NONNEGATIVE = Letters(frozenset({0, 1, 2}))


def motzkin(c):
    return x**4 * y**2 + x**2 * y**4 + one - (x**2 * y**2).scaled(Fraction(c))


@pytest.mark.parametrize(
    ("given", "goal", "relation", "letters"),
    [
        ([], motzkin(3), ">=", Letters()),
        ([], x**3 + y**3 + z**3 - (x * y * z).scaled(3), ">=", NONNEGATIVE),
        ([], x**2 + y**2 + z**2 - x * y - y * z - z * x, ">=", Letters()),
        ([(x**3 - one, ">")], x - one, ">", Letters()),
        ([(x * y, ">"), (x, ">")], y, ">", Letters()),
        ([(x - y, ">"), (y, ">")], Laurent.letter(1, -1) - Laurent.letter(0, -1), ">", POSITIVE),
        ([(x - y, "==")], x**2 - y**2, "==", Letters()),
    ],
)
def test_what_follows(given, goal, relation, letters):
    assert follows([Constraint(*c) for c in given], letters, goal, relation) is not None


@pytest.mark.parametrize(
    ("given", "goal", "relation", "letters"),
    [
        ([], motzkin(3), ">", Letters()),
        ([], motzkin(Fraction(301, 100)), ">=", Letters()),
        ([], x**3 + y**3 + z**3 - (x * y * z).scaled(3), ">=", Letters()),
        ([], x**3 + y**3 + z**3 - (x * y * z).scaled(3), ">", NONNEGATIVE),
        ([(x**2 - one, ">")], x - one, ">", Letters()),
        ([(x * y, ">=")], y, ">=", Letters()),
        ([(x, ">=")], x, ">", Letters()),
    ],
)
def test_what_does_not(given, goal, relation, letters):
    assert follows([Constraint(*c) for c in given], letters, goal, relation) is None


def test_a_certificate_is_formed_again():
    denied = [Constraint(-(x**2 + x * y + y**2), ">")]
    found = refute(denied, Letters())
    assert found is not None
    assert contradicts(found, denied, Letters())
    assert not contradicts(found[:-1], denied, Letters())
    assert not contradicts([replace(t, coefficient=-t.coefficient) for t in found], denied, Letters())


def test_terms_with_powers_that_do_not_exist_are_refused():
    constraint = [Constraint(-Laurent.letter(0, -2), ">")]
    terms = [Term(Fraction(1), UNIT, (0,)), Term(Fraction(1), ((0, -2),), ())]
    assert not contradicts(terms, constraint, Letters())
    assert contradicts(terms, constraint, POSITIVE)
