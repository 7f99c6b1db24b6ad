"""What a setting says of every start: whether it separates, and whether a layer may pass through 0 later.

Without decay a loss below its value at output 0 keeps every layer of a homogeneous network from 0, where the output is.
"""

from __future__ import annotations

from fractions import Fraction

from .claim import Setting
from .formula.nodes import BinOp, Compare, Name, Num

ONE, L, N = Num(Fraction(1)), Name("L"), Name("N")
HOMOGENEOUS = ("linear", "relu", "leaky-relu", "power")


def separates_at_start(setting: Setting) -> bool:
    """Whether every start has y_n f_n > 0."""
    return setting.start in ("separating", "balanced", "equal-norms") and setting.loss != "square"


def below_one(setting: Setting) -> bool:
    """Whether every start has a loss below that of one example with output 0."""
    if setting.examples == 1 and separates_at_start(setting):
        return True
    enough = {Compare("<", BinOp("*", N, L), ONE), Compare("<", L, BinOp("/", ONE, N))}
    if not setting.average or setting.examples == 1:
        enough.add(Compare("<", L, ONE))
    return setting.loss == "exponential" and any(h.formula in enough for h in setting.assume)


def may_cross_zero(setting: Setting) -> bool:
    """Whether a trajectory may lead a layer through 0, where its direction jumps; the other flows end there."""
    homogeneous = setting.network in HOMOGENEOUS and not setting.output_activation
    kept_away = setting.weight_decay == 0 and (separates_at_start(setting) or below_one(setting))
    return setting.flow == "gradient" and not (homogeneous and kept_away)
