"""Points on the relations of a ring, and elements told apart there."""

from fractions import Fraction

import pytest

from derivations.exact.concrete import ConcreteWorld
from derivations.exact.variety import is_one_of, rational_point, value_at


def world(network="relu", **more):
    return ConcreteWorld(network=network, widths=[2, 3, 1], examples=2, loss="exponential", **more)


@pytest.mark.parametrize("network", ["linear", "relu", "leaky-relu"])
def test_every_relation_holds_at_the_point(network):
    here = world(network, slope=Fraction(1, 4))
    force = here.gradient(here.state, here.loss_value, "W", 1)
    here.norm(here.direction(here.state, 1))
    point = rational_point(here.ring)
    assert point is not None and here.ring.spheres
    for relation in (*here.ring.relations.values(), *here.ring.spheres.values()):
        assert relation(*point) == 0
    assert any(value_at(e, point) != 0 for e in force.reshape(-1))


def test_equal_by_relations_alone():
    here = world()
    square = here.ring.zero
    for e in here.layers[0].reshape(-1):
        square = square + e * e
    rho = here.rho(1)
    assert is_one_of(square, [rho, rho * rho])
    assert not is_one_of(square, [rho, rho * rho * rho, square + here.ring.one])
    gate = here.gates(here.state, 1, 1).reshape(-1)[0]
    assert is_one_of(gate * gate, [gate]) and not is_one_of(gate, [here.ring.one])
    assert not is_one_of(rho / square, [rho]) and is_one_of(rho / square, [rho.inverse()])


def test_where_hypotheses_fix_letters_no_point_is_needed():
    here = world()
    here.ring.values[here.norms[0]] = here.ring.unit
    assert rational_point(here.ring) is None
    assert is_one_of(here.rho(1) * here.rho(1), [here.rho(1)])
