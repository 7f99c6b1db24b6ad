"""A wrong closed form is noticed the first time that a setting asks for a Hessian."""

from dataclasses import replace

import pytest
import torch

from numerics.sampling.sample import sample
from numerics.world import second_source
from numerics.world import simulated as world

SETTING = {"network": "relu", "widths": (3, 2, 1), "examples": 4, "loss": "exponential"}


@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.setattr(second_source, "_agreed", set())
    points, _ = sample(count=32, seed=3, **SETTING)
    return lambda: world.SimulatedWorld(points, **SETTING)


def whole(made):
    return made.hessian(made.state, made.loss_value, "W", None)


def test_agreement_is_looked_for_once_a_setting(fresh, monkeypatch):
    calls = []
    real = second_source.both
    monkeypatch.setattr(second_source, "both", lambda *given: calls.append(given) or real(*given))
    for _ in range(2):
        whole(fresh())
    assert len(calls) == 1 and len(calls[0][1]) == second_source.FEW


@pytest.mark.parametrize("wrong", ["scaled", "one entry", "no second part"])
def test_a_wrong_closed_form_raises(fresh, monkeypatch, wrong):
    right = world.loss_hessian

    def spoilt(*given, **more):
        found = right(*given, **more)
        matrix = found.matrix.clone()
        match wrong:
            case "scaled":
                matrix = matrix * (1 + 1e-6)
            case "one entry":
                matrix[:, 0, 1] += 1e-3
            case "no second part":
                matrix[:, :6, 6:] = 0
        return replace(found, matrix=matrix)

    monkeypatch.setattr(world, "loss_hessian", spoilt)
    with pytest.raises(ArithmeticError, match="closed form"):
        whole(fresh())
    with pytest.raises(ArithmeticError, match="closed form"):
        whole(fresh())  # nothing has agreed, so it is looked at again


def test_single_precision_worlds_are_not_judged(fresh):
    made = fresh()
    low = made.at(made.points.rounded(), torch.float32)
    assert whole(low).dtype == torch.float32
    assert not second_source._agreed
