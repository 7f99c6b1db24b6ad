"""The sizes that decide an equation, read off its form; what the lemmas do not speak of is not covered."""

from dataclasses import replace

import pytest

from verify.checker.algebra import Uncovered
from verify.checker.generality import plan_for

K, KN, JK = {"k": "1..K"}, {"k": "1..K", "n": "1..N"}, {"j": "1..K", "k": "1..K"}


@pytest.mark.parametrize(
    ("text", "table", "pairs", "examples"),
    [
        ("dot(W[k], grad(f[n], W[k])) == f[n]", KN, 2, 1),
        ("d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", K, 4, 1),
        ("grad(L, W[k]) == 1/N*sum(n, -y[n]*exp(-y[n]*f[n])*grad(f[n], W[k]))", K, 2, 1),
        ("rho[k]*L**2 == 1/N**2*rho[k]*sum(n, exp(-y[n]*f[n]))**2", K, 2, 2),
        ("rho[k]*sum(n, f[n])*f[m] == rho[k]*f[m]*sum(n, f[n])", {"k": "1..K", "m": "1..N"}, 3, 2),
    ],
)
def test_bounds_by_hand(statement, setting, text, table, pairs, examples):
    s = statement(text, setting(), **table)
    plan = plan_for(s.formula, s.ranges, setting(), False)
    assert plan.pairs >= pairs
    assert plan.examples == examples


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("k*rho[k] == rho[k]", K),  # an index as a number
        ("rho[k] == rho[1]", K),  # a layer by number
        ("rho[k]*f[n] == rho[k]*f[1]", KN),  # an example by number
        ("rho[k]*sum(n, 1, 2, f[n]) == rho[k]", K),  # a part of a sum
        ("rho[k]*max(n, f[n]) == rho[k]", K),
        ("rho[k]**K == rho[k]", K),
        ("rho[k]*exp(sum(n, f[n])) == rho[k]", K),  # a sum over examples in an exponential
        ("sum(k, rho[k]) == rho", {}),  # a sum over layers beside something that is none
        ("d(f[n])**2 == d(f[n])", {"n": "1..N"}),  # a product of sums over layers
        ("rho[k]*d(f[n]) == f[n]", KN),  # a sum over layers beside a free layer
        ("norm(x[n])*rho[k] == rho[k]", KN),
        ("rank(W[k]) == 1", K),
        ("grad(L) == vec(W)", {}),
        ("rho[k]*pre(k, n) == pre(k, n)", KN),
    ],
)
def test_what_the_lemmas_do_not_speak_of(statement, setting, text, table):
    s = statement(text, setting(), **table)
    with pytest.raises(Uncovered):
        plan_for(s.formula, s.ranges, setting(), False)


def test_networks_that_are_not_linear_off_the_kinks(statement, setting):
    from verify.checker.identities import everywhere

    s = statement("dot(W[k], grad(f[n], W[k])) == f[n]", setting(network="power"), **KN)
    with pytest.raises(Uncovered):
        next(everywhere(s.formula, s.ranges, setting(network="power")))


def test_two_layers_and_neighbours(statement, setting):
    two = statement("dot(W[j], grad(f[n], W[j])) == dot(W[k], grad(f[n], W[k]))", setting(), n="1..N", **JK)
    assert plan_for(two.formula, two.ranges, setting(), False).layers == ("j", "k")
    text = "d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])"
    near = statement(text, setting(), k="1..K-1")
    assert plan_for(near.formula, near.ranges, setting(), False).adjacent


def test_sizes_enter_through_loops(statement, setting):
    s = statement("rho[k]*tr(eye(rows(W[k]))) == rho[k]*rows(W[k])", setting(), **K)
    assert plan_for(s.formula, s.ranges, setting(), False).loops >= 1
    assert plan_for(replace(s.formula, left=s.formula.right), s.ranges, setting(), False).loops >= 1
