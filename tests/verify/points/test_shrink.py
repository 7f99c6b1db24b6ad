"""Making witnesses simple: guesses choose, certificates decide."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from verify.auditor.claims import gather
from verify.auditor.kinds import replay
from verify.evidence import Counterexample
from verify.options import Options
from verify.points.rational import RationalPoint
from verify.points.shrink import changed, last_certified, places, shrink, simpler

ENTRIES = st.lists(st.fractions(-20, 20, max_denominator=100), min_size=3, max_size=3).map(tuple)
POINTS = st.builds(lambda w, x: RationalPoint(W=((w,),), x=(x,), y=(1,), decay=(Fraction(0),)), ENTRIES, ENTRIES)


def first_is_positive(point):
    return point.W[0][0][0] > 0


@given(POINTS)
def test_what_does_not_matter_becomes_zero(point):
    point = changed(point, ("W", 0, 0, 0), Fraction(7, 3))
    small = shrink(point, first_is_positive, lambda points: [first_is_positive(p) for p in points])
    assert [v for _, v in places(small)] == [1, 0, 0, 0, 0, 0]


@given(POINTS, st.booleans())
def test_wrong_guesses_cost_simplicity_never_truth(point, guess):
    point = changed(point, ("W", 0, 0, 0), Fraction(7, 3))
    small = shrink(point, first_is_positive, lambda points: [guess] * len(points))
    assert first_is_positive(small)


def test_halving_finds_a_certified_point():
    path = [replace(RationalPoint((), (), (), ()), y=(n,)) for n in range(20)]
    assert last_certified(path, lambda p: p.y[0] <= 13).y == (13,)
    assert last_certified(path, lambda p: p.y[0] == 0).y == (0,)
    assert last_certified(path[:1], lambda p: False).y == (0,)


@given(st.fractions(-100, 100))
def test_simpler_numbers_lead_to_an_end(value):
    for _ in range(10):
        options = simpler(value)
        if not options:
            break
        value = options[-1]
    assert not simpler(value)


def test_a_witness_is_small_certified_and_replays(claim):
    statement = claim("forgotten").printed
    evidence = gather(statement, statement.settings[0], claim("forgotten"), Options())
    witness = next(e for e in evidence if isinstance(e, Counterexample))
    numbers = [Fraction(v) for layer in witness.W for row in layer for v in row]
    assert all(v.denominator == 1 and abs(v) <= 2 for v in numbers)
    stands, shown = replay(vars(witness), statement, statement.settings[0])
    assert stands and shown == witness.shows
    spoilt = {**vars(witness), "W": [[["0"] * 3] * 2, [["0"] * 2]]}
    assert not replay(spoilt, statement, statement.settings[0])[0]
