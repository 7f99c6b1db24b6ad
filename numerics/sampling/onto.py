r"""Points moved onto equations that they are to satisfy, by Gauss-Newton steps of least length.

Notation: B points with P movable numbers z (weights; inputs and real targets where data are made up), residual
r(z) (B, m), Jacobian J = dr/dz (B, m, P) by differences. A step is z - J^+ r(z). What has not converged is left
where it is: whoever needs the equations checks them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..world.points import Points

STEP = 2.0**-20  # of a difference, relative to the numbers of a point
ROUNDS = 8  # enough at simple solutions; a multiple one is not reached, and there a small residual says little

Residual = Callable[[Points], Sequence[Tensor]]


def moved_onto(points: Points, residual: Residual, *, inputs: bool = False, targets: bool = False) -> Points:
    """The points after Newton steps towards residual = 0.

    Args:
        residual: the parts of r at given points, each (B, ...).
        inputs, targets: whether x, or y, may be moved as well as the weights.
    """
    family = tuple(f"{name} on equations" for name in points.family)
    points = replace(points, family=family)

    def placed(flat: Tensor) -> Points:
        return _with(points, flat, inputs, targets)

    def at(flat: Tensor) -> Tensor:
        parts = residual(placed(flat))
        return torch.cat([p.expand(len(flat), *p.shape[1:]).reshape(len(flat), -1) for p in parts], 1).double()

    flat = _flat(points, inputs, targets)
    for _ in range(ROUNDS):
        now = at(flat)
        if bool((now == 0).all()):
            break
        flat = flat - _least_step(_jacobian(flat, at, now), now)
    return placed(flat)


def _parts(points: Points, inputs: bool, targets: bool) -> list[Tensor]:
    return [*points.W, *([points.x] if inputs else []), *([points.y] if targets else [])]


def _flat(points: Points, inputs: bool, targets: bool) -> Tensor:
    """The movable numbers, (B, P)."""
    return torch.cat([p.flatten(1) for p in _parts(points, inputs, targets)], 1)


def _with(points: Points, flat: Tensor, inputs: bool, targets: bool) -> Points:
    """The points with other movable numbers."""
    parts, at = [], 0
    for old in _parts(points, inputs, targets):
        size = old[0].numel()
        parts.append(flat[:, at : at + size].reshape(old.shape))
        at += size
    layers = tuple(parts[: len(points.W)])
    rest = parts[len(points.W) :]
    x = rest.pop(0) if inputs else points.x
    return replace(points, W=layers, x=x, y=rest.pop(0) if targets else points.y)


def _jacobian(flat: Tensor, residual: Callable[[Tensor], Tensor], now: Tensor) -> Tensor:
    size = STEP * flat.abs().amax(1).clamp(min=1.0)
    columns = []
    for j in range(flat.shape[1]):
        beside = flat.clone()
        beside[:, j] += size
        columns.append((residual(beside) - now) / size[:, None])
    return torch.stack(columns, 2)


def _least_step(jacobian: Tensor, now: Tensor) -> Tensor:
    """J^+ r; zero where something is not finite."""
    good = (jacobian.isfinite().flatten(1).all(1) & now.isfinite().all(1))[:, None]
    jacobian = torch.where(good[:, :, None], jacobian, torch.zeros_like(jacobian))
    now = torch.where(good, now, torch.zeros_like(now))
    return (torch.linalg.pinv(jacobian, rtol=STEP) @ now[:, :, None])[:, :, 0]
