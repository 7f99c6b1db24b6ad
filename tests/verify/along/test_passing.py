"""Conserved and monotone forms along the way: what starts say does not last, and jumps are seen."""

from fractions import Fraction

import pytest

from verify.along.passing import contradicts, times_of, written_times
from verify.along.witness import refute_passing
from verify.auditor.kinds import decide, replay
from verify.evidence import as_json
from verify.formula.nodes import Along, Indexed, Num
from verify.points.rational import RationalPoint

PAIR = "network = 'linear'\nwidths = [2, 2, 1]\nexamples = 2\nloss = 'exponential'\n"
LINE = "network = 'linear'\nwidths = [3, 1]\nexamples = 1\nloss = 'exponential'\n"
FALSE_AND_TRUE = [
    # a hypothesis about the start does not last; a loss below that of one example does, and so does one example
    (PAIR + "start = 'separating'", "nondecreasing(rho[k])", False),
    (PAIR + "start = 'separating'\nassume = ['N*L < 1']", "nondecreasing(rho[k])", True),
    (PAIR.replace("examples = 2", "examples = 1") + "start = 'separating'", "nondecreasing(rho[k])", True),
    # a quotient written with exp and log jumps where it vanishes
    (LINE, "conserved(f[1]*exp(-log(f[1]**2)/2))", False),
    (LINE, "nonincreasing(y[1]*f[1]*exp(-log(f[1]**2)))", False),
    (LINE, "nonincreasing(log(L))", True),
    (LINE, "conserved(W[1]*exp(-log(rho[1])))", False),
    (LINE + "assume = ['y[1]*f[1] < 1']", "nonincreasing((y[1]*f[1] - 1)**2)", False),
    (LINE + "assume = ['y[1]*f[1] > 1']", "nondecreasing(rho[k])", True),
    (LINE, "nonincreasing(t*L)", False),
]


@pytest.mark.parametrize(("setting", "formula", "true"), FALSE_AND_TRUE)
def test_what_the_start_says_is_not_taken_for_later_times(one_claim, setting, formula, true):
    ranges = "for = { k = '1..K' }" if "[k]" in formula else ""
    statement = one_claim(f"[setting.s]\n{setting}", "s", formula, ranges).printed
    found = decide(statement, statement.settings[0])
    assert (found.outcome == "proved") is true


REFUTED = [
    (LINE, "conserved(f[1]*exp(-log(f[1]**2)/2))"),
    (LINE, "conserved(sign(f[1]))"),
    (LINE, "nonincreasing(t*L)"),
    (LINE + "assume = ['y[1]*f[1] < 1']", "nonincreasing((y[1]*f[1] - 1)**2)"),
    (LINE + "assume = ['y[1]*f[1] < 1']", "generically(nonincreasing((y[1]*f[1] - 1)**2))"),
    (LINE + "assume = ['y[1]*f[1] < 1']", "nonincreasing((y[1]*f[1] - 1)**2) and converges(L)"),
]


@pytest.mark.parametrize(("setting", "formula"), REFUTED)
def test_a_start_is_enclosed_at_two_times_and_replayed(one_claim, setting, formula):
    statement = one_claim(f"[setting.s]\n{setting}", "s", formula).printed
    witness = refute_passing(statement, statement.settings[0])
    assert witness is not None and "every solution from here is enclosed" in witness.shows
    assert times_of(witness.certificate) is not None
    assert replay(as_json(witness), statement, statement.settings[0]) == (True, witness.shows)


TRUE = [
    (LINE, "nonincreasing(L)"),
    (LINE + "start = 'separating'", "nondecreasing(rho[1])"),
]


@pytest.mark.parametrize(("setting", "formula"), TRUE)
def test_nothing_true_is_refuted(one_claim, setting, formula):
    statement = one_claim(f"[setting.s]\n{setting}", "s", formula).printed
    assert refute_passing(statement, statement.settings[0]) is None


# Two units, each of which sees one input: the second output falls below 0 and comes back while norms shrink.
START = RationalPoint(
    (((Fraction(9, 2), Fraction(0)), (Fraction(0), Fraction(1, 400))), ((Fraction(0), Fraction(1, 100)),)),
    ((Fraction(9, 5), Fraction(16)), (Fraction(-13, 100), Fraction(2, 5))),
    (Fraction(1), Fraction(1)),
    (Fraction(0), Fraction(0)),
)


def test_the_norm_of_a_layer_falls_on_the_way(one_claim):
    setting = one_claim(f"[setting.s]\n{PAIR}", "s", "L > 0").settings[0]
    norm = Indexed("rho", Num(Fraction(1)))
    sizes = setting.sizes((2, 2, 1))
    falls = Fraction(4, 5), Fraction(2)
    assert contradicts(Along("nondecreasing", (norm,)), START, falls, setting, sizes, {})
    rises = Fraction(0), Fraction(4, 5)
    assert not contradicts(Along("nondecreasing", (norm,)), START, rises, setting, sizes, {})


def test_times_are_read_as_they_are_written():
    times = Fraction(3, 64), Fraction(2)
    assert times_of(written_times(times)) == times
    assert times_of("rest") is None
