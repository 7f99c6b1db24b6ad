"""Scalars by hand: 3 (a + b)^2 at a = 2, b = 5 is 147, with derivatives 42 and, for a' = 1, b' = 2, rate 126."""

from fractions import Fraction

import pytest

from verify.checker.algebra import Graph, Uncovered
from verify.checker.degrees import degree
from verify.checker.residues import Letters, samples, vanish

MANY = Fraction(2, 3)


@pytest.fixture
def graph():
    return Graph()


def value(graph, node, **at):
    (row,) = samples(graph, [node], at, (), "value")
    return row[0]


def test_equal_nodes_are_one(graph):
    a, b = graph.leaf("a"), graph.leaf("b")
    assert graph.mul(a, b) == graph.mul(b, a)
    assert graph.mul(a, graph.zero) == graph.zero
    assert graph.inv(graph.inv(a)) == a
    assert graph.root(graph.num(Fraction(9, 4))) == graph.num(Fraction(3, 2))


def test_values_and_derivatives(graph):
    a, b = graph.leaf("a"), graph.leaf("b")
    node = graph.mul(graph.num(3), graph.power(graph.plus(a, b), Fraction(2)))
    assert value(graph, node, a=2, b=5) == 147
    assert [value(graph, g, a=2, b=5) for g in graph.gradient(node, [a, b])] == [42, 42]
    (rate,) = graph.rates([node], {a: graph.one, b: graph.num(2)})
    assert value(graph, rate, a=2, b=5) == 126
    assert value(graph, graph.replaced([node], {b: graph.num(-2)})[0], a=2) == 0


@pytest.mark.parametrize("make", ["exp", "log", "root", "inv", "jet"])
def test_both_ways_to_differentiate_agree(graph, make):
    a, b = graph.leaf("a"), graph.leaf("b")
    inside = graph.plus(graph.mul(a, a), graph.mul(a, b))
    node = graph.jet(inside, 0) if make == "jet" else getattr(graph, make)(inside)
    slope = graph.gradient(node, [a])[0]
    (rate,) = graph.rates([node], {a: graph.one})
    assert vanish(graph, [graph.plus(slope, graph.neg(rate))], {}, (), "both")
    assert not vanish(graph, [slope], {}, (), "both")


def test_what_is_used_of_functions(graph):
    a, b = graph.leaf("a"), graph.leaf("b")
    exp, log, root = graph.exp, graph.log, graph.root
    true = [
        (graph.mul(exp(a), exp(a)), exp(graph.mul(graph.num(2), a))),
        (exp(graph.neg(a)), graph.inv(exp(a))),
        (exp(graph.plus(a, b)), graph.mul(exp(a), exp(b))),
        (log(exp(a)), a),
        (exp(log(a)), a),
        (graph.mul(root(a), root(a)), a),
        (log(graph.mul(exp(a), b)), graph.plus(a, log(b))),
        (root(graph.mul(graph.num(4), a)), graph.mul(graph.num(2), root(a))),
    ]
    false = [
        (exp(graph.mul(a, b)), graph.mul(exp(a), exp(b))),
        (root(graph.mul(a, a)), a),
        (log(graph.mul(a, b)), graph.plus(log(a), log(b))),  # neither need be positive
        (graph.mul(graph.sign(a), a), a),
        (graph.sign(graph.mul(a, b)), graph.sign(a)),
    ]
    assert all(vanish(graph, [graph.plus(x, graph.neg(y))], {}, (), "true") for x, y in true)
    assert not any(vanish(graph, [graph.plus(x, graph.neg(y))], {}, (), "false") for x, y in false)


def test_a_norm_is_not_a_letter(graph):
    a, b = graph.leaf("a"), graph.leaf("b")
    squares = graph.total([graph.mul(a, a), graph.mul(b, b)])
    norm = graph.root(squares)
    sphere = [[["a", "b"]]]
    assert vanish(graph, [graph.plus(graph.mul(norm, norm), graph.neg(squares))], {}, sphere, "norm")
    assert not vanish(graph, [graph.plus(norm, graph.neg(a))], {}, sphere, "norm")
    assert not vanish(graph, [graph.plus(norm, graph.neg(graph.plus(a, b)))], {}, sphere, "norm")


def test_a_multiple_of_a_known_prime_is_no_zero(graph):
    letters = Letters("seed")
    node = graph.mul(graph.num(letters.modulus), graph.leaf("a"))
    assert not vanish(graph, [node], {}, (), "another question")


def test_small_fractions_are_found_again():
    letters = Letters("ratios")
    b = letters.draw()
    assert letters.ratio(b * letters.residue(MANY) % letters.modulus, b) == MANY
    assert letters.ratio(letters.draw(), b) is None


def test_degrees_by_hand(graph):
    a, b = graph.leaf("a"), graph.leaf("b")
    letter = degree(graph, [a])
    assert degree(graph, [graph.mul(a, b)]) == 2 * letter
    assert degree(graph, [graph.plus(graph.inv(a), graph.inv(b))]) == letter  # (a + b)/(a b)
    assert degree(graph, [graph.plus(graph.inv(a), graph.inv(a))]) == 0


def test_what_does_not_exist_is_not_covered(graph):
    for make in (lambda: graph.inv(graph.zero), lambda: graph.log(graph.num(-1)), lambda: graph.root(graph.num(-4))):
        with pytest.raises(Uncovered):
            make()
