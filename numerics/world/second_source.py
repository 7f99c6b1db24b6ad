"""The closed-form Hessian of the loss against automatic differentiation, at a few points of every setting.

The audit reads Hessians off a formula; a formula that is symmetric by construction would hide a fault. So the first
world of a setting in a process compares both, by the precision ladder, before it hands out a closed form.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch

from . import derivatives
from .ladder import Comparison, compare

FEW = 6  # points, spread over the batch and with it over the families of adversarial ones

_agreed: set[tuple] = set()


class World(Protocol):
    """What is used of a simulated world."""

    activation: Any
    widths: tuple[int, ...]
    examples: int
    loss: str
    average: bool
    output_activation: bool
    points: Any
    dtype: Any
    state: Any

    def at(self, points: Any, dtype: Any) -> Any: ...


def check(world: World) -> None:
    """Compare once a setting and process. Raises ArithmeticError where the two differ by more than rounding."""
    setting = (world.activation, world.widths, world.examples, world.loss, world.average, world.output_activation)
    if setting in _agreed or world.dtype != torch.float64:
        return
    judged = both(world, torch.linspace(0, len(world.points) - 1, min(FEW, len(world.points))).long().tolist())
    if bool(judged.violated.any()):
        excess, budget = (float(v[judged.worst()]) for v in (judged.excess, judged.budget))
        raise ArithmeticError(
            f"Hessian in closed form and by differentiation: {excess:.3g} apart, {budget:.3g} allowed"
        )
    _agreed.add(setting)


def both(world: World, where: list[int]) -> Comparison:
    """Closed form == automatic differentiation at some of the world's points."""
    few = world.points.select(where)
    sides = []
    for points, dtype in ((few, torch.float64), (few.rounded(), torch.float32)):
        one = world.at(points, dtype)
        plain = derivatives.hessian(one.state, one.loss_value, "W", None)
        sides.append((one.loss_hessian(one.state).value, plain))
    return compare("==", sides[0], sides[1])
