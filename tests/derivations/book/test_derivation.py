"""Steps exist only if they were checked; derivations only if they hang together."""

from fractions import Fraction

import pytest
import sympy

from derivations.book.derivation import (
    Assumed,
    Derivation,
    Fact,
    Step,
    StepDoesNotCheck,
    computation,
    definition,
    identity,
    ring_identity,
    theorem,
    vanishes,
    world_identity,
)
from derivations.book.families import Family
from derivations.exact.ring import Ring

X, Y = sympy.symbols("x y", positive=True)
A = definition("a", "a", reason="a name")


def derivation(**changed):
    fields = {
        "name": "hessians.a",
        "title": "A",
        "claims": ("memo90/eq1",),
        "story": "Why.",
        "steps": (A,),
        "conclusion": "N == N",
    }
    return Derivation(**{**fields, **changed})


def test_a_step_cannot_be_typed_in():
    with pytest.raises(TypeError, match="made by"):
        Step("0 = 1", "because", (), "checked", "false")


def test_identity_is_polynomial_and_not_heuristic():
    step = identity("square", (X + Y) ** 2, X**2 + 2 * X * Y + Y**2, reason="binomial")
    assert "zero polynomial" in step.check and step.latex
    with pytest.raises(StepDoesNotCheck) as caught:
        identity("square", (X + Y) ** 2, X**2 + Y**2, reason="freshman")
    assert "x**2 + y**2" in str(caught.value) and "(x + y)**2" in str(caught.value)


def test_identity_modulo_relations():
    identity("unit", X**2 + Y**2, 1, modulo=(X**2 + Y**2 - 1,), reason="on the circle")
    with pytest.raises(StepDoesNotCheck):
        identity("unit", X**2 + Y**2, 2, modulo=(X**2 + Y**2 - 1,), reason="on the circle")


def test_symbolic_exponents():
    k = sympy.Symbol("K", positive=True)
    assert vanishes(X ** (2 * k - 2) * X**2 - (X**k) ** 2)
    assert not vanishes(X ** (2 * k - 2) * X - (X**k) ** 2)


@pytest.mark.parametrize("side", ["x", 0.5])
def test_no_text_and_no_floats(side):
    with pytest.raises(TypeError):
        identity("text", side, X, reason="never evaluate text")


def test_world_identity_shows_both_sides():
    family = Family(sums=0, marked=1)
    with pytest.raises(StepDoesNotCheck, match="shapes"):
        world_identity(
            "euler",
            "f",
            lambda t, k: t.dot(t.W(k), t.grad(lambda t: t.f(1), "W", k)),
            lambda t, k: 2 * t.f(1),
            family=family,
            reason="twice too much",
        )


def test_the_factor_n_is_seen():
    def right(factor):
        return lambda t, k: factor(t) * t.sum(lambda n: t.y(n) * t.f(n) * t.exp(-t.y(n) * t.f(n)))

    def left(t, k):
        return t.d(lambda t: t.rho_k(k) ** 2, "gradient")

    world_identity("growth", "g", left, right(lambda t: Fraction(2, t.N)), family=Family(), reason="averaged")
    with pytest.raises(StepDoesNotCheck):
        world_identity("growth", "g", left, right(lambda t: 2), family=Family(), reason="not averaged")


def test_ring_identity():
    ring = Ring(["a", "b"])
    a, b = ring.letter("a"), ring.letter("b")
    ring_identity("commute", "ab = ba", a * b, b * a, reason="commutative")
    with pytest.raises(StepDoesNotCheck):
        ring_identity("commute", "ab = aa", [a * b], [a * a], reason="no")


def test_computation_takes_no_floats():
    computation("count", "3", 3, 3, how="counted", reason="r")
    with pytest.raises(StepDoesNotCheck):
        computation("count", "3", 3.0, 3.0, how="counted", reason="r")


def test_theorem_wants_its_hypotheses():
    good = {"differentiable": Assumed("domain")}
    assert "chain rule" in theorem("t", "chain rule", "t", given=good, reason="r").check
    with pytest.raises(StepDoesNotCheck, match="hypotheses"):
        theorem("t", "chain rule", "t", given={}, reason="r")
    with pytest.raises(StepDoesNotCheck, match="no such theorem"):
        theorem("t", "Riemann hypothesis", "t", given={}, reason="r")
    with pytest.raises(StepDoesNotCheck, match="fails"):
        theorem("t", "chain rule", "t", given={"differentiable": Fact("1 > 2", lambda: 1 > 2)}, reason="r")


def test_theorem_uses_the_steps_that_it_is_given():
    assert theorem("t", "chain rule", "t", given={"differentiable": A}, reason="r").uses == ("a",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"story": " "}, "story"),
        ({"steps": ()}, "no steps"),
        ({"conclusion": ""}, "neither"),
        ({"name": "a"}, "name"),
        ({"name": "poetry.a"}, "topic"),
        ({"claims": ("eq1",)}, "paper/claim"),
        ({"hypotheses": {"colour": 1}}, "colour"),
        ({"steps": (A, A)}, "taken"),
        ({"steps": (definition("b", "b", reason="r", uses=("a",)), A)}, "no earlier step"),
    ],
)
def test_derivations_reject_nonsense(changed, message):
    derivation()
    with pytest.raises(ValueError, match=message):
        derivation(**changed)
