"""Letters that stand for functions: what is one letter, what is another, and which relations hold."""

from fractions import Fraction

import pytest

from derivations.exact.letters import Letters, eliminate, rational_root
from derivations.exact.ring import Derivation, Ring, Undecidable


@pytest.fixture
def world():
    ring = Ring(("u", "v", "r"))
    return ring, Letters(ring, positive=frozenset({ring.position["r"]}))


def test_exponentials_of_dependent_arguments_share_letters(world):
    ring, letters = world
    u, v = ring.letter("u"), ring.letter("v")
    e = letters.exp(u)
    assert letters.exp(u + u).same(e * e)
    assert (letters.exp(-u) * e - ring.one).is_zero()
    assert letters.exp(u + v).same(letters.exp(u + v))
    assert (letters.exp(v) - letters.exp(u + v) / e).is_zero()
    assert letters.exp(ring.zero).rational() == 1


def test_a_smaller_exponent_met_late_is_refused_and_not_guessed(world):
    ring, letters = world
    u = ring.letter("u")
    letters.exp(u + u)
    with pytest.raises(Undecidable):
        letters.exp(u)


def test_logarithms(world):
    ring, letters = world
    u, r = ring.letter("u"), ring.letter("r")
    assert (letters.log(letters.exp(u) * r) - u - letters.log(r)).is_zero()
    assert letters.log(ring.one).num.is_zero()
    with pytest.raises(Undecidable):
        letters.log(ring.constant(-2))


def test_the_root_of_a_square_is_not_the_base(world):
    """sqrt(u^2) = |u|."""
    ring, letters = world
    u, r = ring.letter("u"), ring.letter("r")
    root = letters.root(u * u, 2)
    assert not (root - u).is_zero()
    assert (root * root - u * u).is_zero()
    assert (letters.root(r * r, 2) - r).is_zero()
    assert (letters.root(r * r * u * u, 2) - r * root).is_zero()


def test_roots_of_numbers_and_quotients(world):
    ring, letters = world
    u, v, r = (ring.letter(n) for n in "uvr")
    assert letters.root(ring.constant(Fraction(9, 4)), 2).rational() == Fraction(3, 2)
    assert (letters.root(u / (r * r), 2) * r - letters.root(u, 2)).is_zero()
    with pytest.raises(Undecidable, match="quotient"):
        letters.root(u / v, 2)
    with pytest.raises(Undecidable, match="negative"):
        letters.root(ring.constant(-4), 2)


def test_gates_equal_and_complementary(world):
    ring, letters = world
    u, r = ring.letter("u"), ring.letter("r")
    g = letters.gate(u)
    assert letters.gate(r * u + r * u).same(g)
    assert (g + letters.gate(-u) - ring.one).is_zero()
    assert (g * g - g).is_zero()
    assert (g * letters.gate(-u)).is_zero()
    assert letters.gate(r).rational() == 1


def test_leaky_gates():
    ring = Ring(("u",))
    g = Letters(ring, slope=Fraction(1, 10)).gate(ring.letter("u"))
    assert ((g - ring.one) * (g - ring.constant(Fraction(1, 10)))).is_zero()


def test_signs(world):
    ring, letters = world
    u, v = ring.letter("u"), ring.letter("v")
    s = letters.sign(u)
    assert (s * s - ring.one).is_zero()
    assert (letters.sign(-u) + s).is_zero()
    assert letters.sign(ring.one / (u * u * v)).same(letters.sign(v))
    assert not (letters.sign(u * v) - s).is_zero()


def test_chain_rule(world):
    ring, letters = world
    u = ring.letter("u")

    def on_letter(i, derivation):
        return letters.rate(i, derivation) if i in letters.table else ring.one if i == ring.position["u"] else ring.zero

    by_u = Derivation(ring, on_letter)
    e, root = letters.exp(u * u), letters.root(u * u + ring.one, 2)
    assert (by_u(e) - (u + u) * e).is_zero()
    assert (by_u(root) * root - u).is_zero()
    assert (by_u(letters.log(u)) * u - ring.one).is_zero()
    assert by_u(letters.gate(u)).num.is_zero()
    assert by_u(letters.jet(u, 0)).same(letters.jet(u, 1))


def test_rational_roots_and_elimination():
    assert rational_root(Fraction(8, 27), 3) == Fraction(2, 3)
    assert rational_root(Fraction(2), 2) is None
    assert rational_root(Fraction(-1), 2) is None
    ring = Ring(("u", "v"))
    u, v = ring.gens[-2], ring.gens[-1]
    rows = [(0, (u + v).to_dict()), (1, (u - v).to_dict())]
    assert eliminate(rows, u.to_dict()) == {0: Fraction(1, 2), 1: Fraction(1, 2)}
    assert eliminate(rows[:1], u.to_dict()) is None


def test_a_letter_for_a_whole_element_proves_what_holds_whatever_it_is(world):
    ring, letters = world
    u, v = ring.letter("u"), ring.letter("v")
    z = letters.whole(u + v)
    assert letters.whole(v + u).same(z)
    assert (z**40 - z**39 * z).is_zero()
    assert not (z**40 - letters.whole(u - v) ** 40).is_zero(), "false, and not proved"
    along_u = Derivation(ring, lambda i, d: letters.rate(i, d) if i in letters.table else ring.constant(i == 64))
    assert (along_u(z**3) - ring.constant(3) * z**2).is_zero()
