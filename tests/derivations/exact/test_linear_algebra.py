"""Inverses and pseudoinverses of letters."""

import pytest

from derivations.exact.concrete import ConcreteWorld
from derivations.exact.linear_algebra import inverse, null_projector, pseudoinverse
from derivations.exact.ring import Undecidable


@pytest.fixture
def world():
    return ConcreteWorld(network="linear", widths=(3, 2, 1), examples=2, loss="square")


def _vanishes(world, a, b):
    return all(e.is_zero() for e in world.add(a, world.negate(b)).flat)


def test_inverse_of_a_matrix_of_letters(world):
    gram = world.matmul(world.layers[0], world.layers[0].T)
    assert _vanishes(world, world.matmul(gram, inverse(world, gram)), world.identity(2))


def test_a_singular_matrix_has_no_inverse(world):
    column = world.layers[0][:, :1]
    with pytest.raises(Undecidable, match="singular"):
        inverse(world, world.matmul(column, column.T))


def test_penrose_conditions_of_the_inputs(world):
    x = world.constant("X")
    plus = pseudoinverse(world, x)
    assert _vanishes(world, world.matmul(x, plus), world.identity(2))
    assert _vanishes(world, world.matmul(plus, x), world.matmul(plus, x).T)
    assert _vanishes(world, world.matmul(x, null_projector(world, x)), world.zeros((2, 3)))


def test_weights_may_lose_rank_so_their_pseudoinverse_is_refused(world):
    with pytest.raises(Undecidable, match="rank depends"):
        pseudoinverse(world, world.layers[0])
