"""Symmetries of a network that take a start to another one on the same data, and a limit of V[k] to another.

The flow of a network whose function is unchanged by an orthogonal change of weights commutes with that change.

    linear       -W[k], -W[k+1]             even power   -W[k], k < K
    ReLU         hidden units exchanged; W[K]_i^2 - |row i of W[K-1]|^2 is conserved, so an entry of W[K] that
                 exceeds the row below it keeps its sign for ever
"""

from __future__ import annotations

from dataclasses import replace

from ..claim import Setting
from ..formula.nodes import Indexed, Node
from ..formula.shapes import Sizes
from ..points.rational import RationalPoint
from ..world import rational


def mirrored(
    body: Node,
    bound: dict[str, int],
    point: RationalPoint,
    setting: Setting,
    sizes: Sizes,
) -> tuple[RationalPoint, str] | None:
    """(another start on the same data, why V[k] cannot have one limit from both), or None."""
    if not (isinstance(body, Indexed) and body.base == "V") or setting.flow not in ("gradient", "fixed-rho"):
        return None
    index, depth = rational(body.index, bound, sizes), len(point.W)
    if index is None or depth < 2 or setting.output_activation:
        return None
    k = int(index)
    if setting.network == "linear":
        partner = k + 1 if k < depth else k - 1
        return _flipped(point, {k, partner}), f"the mirror image -W[{k}], -W[{partner}] has {_OPPOSITE}"
    if setting.network == "power" and setting.degree % 2 == 0 and k < depth:
        return _flipped(point, {k}), f"the mirror image -W[{k}] has {_OPPOSITE}"
    if k == depth and _kept_apart(point, setting):
        return _exchanged(point), (
            f"units exchanged, V[{k}] is permuted; W[{k}]_i**2 - |row i of W[{k - 1}]|**2 > 0 is conserved, so that "
            f"no entry of W[{k}] changes sign, and both signs occur: a common limit would be 0, and |V[{k}]| = 1"
        )
    return None


_OPPOSITE = "the opposite trajectory V, by symmetry: a common limit would be 0, and |V| = 1"


def _flipped(point: RationalPoint, layers: set[int]) -> RationalPoint:
    new = tuple(tuple(tuple(-v for v in row) for row in w) if k in layers else w for k, w in enumerate(point.W, 1))
    return replace(point, W=new)


def _kept_apart(point: RationalPoint, setting: Setting) -> bool:
    """Every entry of a one-row last layer exceeds the norm of its unit's row, and both signs occur."""
    if setting.network not in ("relu", "leaky-relu") or setting.flow != "gradient" or any(point.decay):
        return False
    last, rows = point.W[-1], point.W[-2]
    if len(last) != 1 or len({v > 0 for v in last[0]}) < 2:
        return False
    return all(v * v > sum(u * u for u in row) for v, row in zip(last[0], rows, strict=True))


def _exchanged(point: RationalPoint) -> RationalPoint:
    """The last hidden units in reverse order."""
    last = tuple(row[::-1] for row in point.W[-1])
    return replace(point, W=(*point.W[:-2], point.W[-2][::-1], last))
