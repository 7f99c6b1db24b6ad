"""The precision ladder: is a relation violated, or is what is left over rounding?

Notation: u64 = 2^-53, u32 = 2^-24 unit roundoffs; left_i, right_i the two sides at point i, D_i = left_i -
right_i (the entry of largest size, for vectors and matrices); s_i = max(|left_i|, |right_i|).

Derivation. Rounding at unit roundoff u changes D_i by u A_i xi, with A_i the conditioning of the formula at the
point and xi of order 1, whatever D_i is. So one evaluation at u32 beside one at u64 measures A_i:

    noise_i = |D_i(u32) - D_i(u64)|   is about u32 A_i,

with no assumption that the relation is true. In float64 a true identity leaves |D_i| of about u64 A_i =
(u64/u32) noise_i, a false one leaves its own error, which the rungs share. Halfway between, on the scale of
logarithms, lies

    budget_i = sqrt(u64/u32) max(noise_i, u32 s_i c),      sqrt(u64/u32) = 2^-14.5.

The floor is for points where both rungs agree by luck (rounding errors are multiples of one ulp, so exact zeros are
common): c is the largest noise_j/(u32 s_j) of the batch, at most sqrt(u32/u64), so the floor never exceeds u32
s_i and a relative error of u32 is seen at every point, one of 10^-11 at well-conditioned ones. Where both sides
vanish up to rounding, s_i says nothing; `again` then evaluates at u32 anew with other rounding errors, and the
noise is the largest seen: two such draws leave a chance of about 10^-9 a point that all agree by luck.

Conventions: left and right are tensors (B, ...) of one shape up to broadcasting; a point where a value is not
finite is not compared.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

U64 = torch.finfo(torch.float64).eps / 2
U32 = torch.finfo(torch.float32).eps / 2
STEP = (U64 / U32) ** 0.5
RELATIONS = ("==", "!=", "<=", ">=", "<", ">")

Sides = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Comparison:
    """A relation at B points, all fields (B,).

    `excess` how far the relation is missed in float64: |D| for ==, D for <= and <, -D for >= and > (negative
    where it holds with room); `budget` what rounding can explain; `compared` both sides finite; `violated`
    excess beyond the budget; `tied` |D| within the budget, which decides nothing for < > and speaks against !=.
    For != nothing is ever `violated`.
    """

    excess: Tensor
    budget: Tensor
    compared: Tensor
    violated: Tensor
    tied: Tensor

    @property
    def instances(self) -> int:
        """Points compared."""
        return int(self.compared.sum())

    @property
    def violations(self) -> int:
        """Points violated."""
        return int(self.violated.sum())

    @property
    def excluded(self) -> dict[str, int]:
        """Points not compared, by reason."""
        return {"not finite": int((~self.compared).sum())}

    def worst(self) -> int | None:
        """The point with the largest excess over its budget; None where nothing was compared."""
        if not self.instances:
            return None
        ratio = self.excess / self.budget.clamp_min(torch.finfo(torch.float64).tiny)
        return int(torch.where(self.compared, ratio, -torch.inf).argmax())


def compare(
    relation: str, high: Sides, low: Sides, again: Callable[[int], Sides] | None = None, draws: int = 3
) -> Comparison:
    """The relation at float64 (`high`), judged by the rung below (`low`).

    `again(i)` evaluates both sides at unit roundoff u32 with fresh rounding errors (`jitter` of the simulated
    world); called at most `draws` times, only while some point looks violated. Raises ValueError for an unknown
    relation.
    """
    if relation not in RELATIONS:
        raise ValueError(f"relation {relation!r}: expected one of {', '.join(RELATIONS)}")
    high, low = _flat(*high), _flat(*low)
    change = high[0] - high[1]
    scale = torch.maximum(high[0].abs(), high[1].abs()).amax(1)
    compared = torch.isfinite(high[0]).all(1) & torch.isfinite(high[1]).all(1)
    noise = _noise(change, low)
    if again is None:
        return _judge(relation, change, scale, noise, compared & torch.isfinite(noise))
    result = _judge(relation, change, scale, noise, compared)
    for i in range(draws):
        if not bool((result.violated | ~torch.isfinite(noise)).any()):
            break
        noise = torch.fmax(noise, _noise(change, _flat(*again(i))))
        result = _judge(relation, change, scale, noise, compared & torch.isfinite(noise))
    return result


def _flat(left: Tensor, right: Tensor) -> Sides:
    """Both sides in float64 as (B, entries)."""
    left, right = torch.broadcast_tensors(left.double(), right.double())
    return left.reshape(len(left), -1), right.reshape(len(right), -1)


def _noise(change: Tensor, low: Sides) -> Tensor:
    """|D(u32) - D(u64)|, largest entry, (B,); nan where it is not finite at the lower rung."""
    difference = (low[0] - low[1] - change).abs().amax(1)
    return torch.where(torch.isfinite(difference), difference, torch.nan)


def _judge(relation: str, change: Tensor, scale: Tensor, noise: Tensor, compared: Tensor) -> Comparison:
    budget = STEP * torch.fmax(noise, U32 * scale * _common_factor(noise, scale, compared))
    size = change.abs().amax(1)
    signed = {"<": change[:, 0], "<=": change[:, 0], ">": -change[:, 0], ">=": -change[:, 0]}
    excess = signed.get(relation, size)
    violated = compared & (excess > budget) if relation != "!=" else torch.zeros_like(compared)
    return Comparison(excess, budget, compared, violated, compared & (size <= budget))


def _common_factor(noise: Tensor, scale: Tensor, compared: Tensor) -> float:
    """c, the largest noise_j/(u32 s_j), between 1 and sqrt(u32/u64)."""
    usable = compared & torch.isfinite(noise) & (scale > 0)
    if not bool(usable.any()):
        return 1.0
    largest = float((noise[usable] / (U32 * scale[usable])).max())
    return min(max(largest, 1.0), 1 / STEP)
