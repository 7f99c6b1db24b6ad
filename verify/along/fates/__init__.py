"""Trajectories whose end is known exactly, a module a kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...claim import Setting
from ...points.rational import RationalPoint
from ...points.rest import rests
from ..separator import separator
from .base import Fate, Unknown
from .below import below
from .descent import descending
from .grown import deep_line
from .line import Line, is_line
from .ray import held, ray
from .rest import Rest
from .square import square
from .standing import standing

__all__ = ["Fate", "Rest", "fates"]


def fates(point: RationalPoint, setting: Setting, widths: tuple[int, ...], *, enclosed: bool = False) -> Iterator[Fate]:
    """Everything that is known of the trajectory from a start; the last one knows nothing of limits.

    With `enclosed` the trajectory is followed in balls where its gates may stand later, which takes longer.
    """
    one_layer = len(widths) == 2 and setting.network == "linear" and setting.flow == "gradient"
    if one_layer and setting.loss == "square" and not setting.output_activation:
        yield square(point, setting)
    elif is_line(setting):
        weights = separator(point)
        if weights is not None:
            yield Line(point, replace(point, W=((weights,),)), "by the theorem on max-margin bias", setting)
    if not any(point.decay) and rests(point, setting, widths):
        yield Rest(point, point, "the start is at rest, every velocity is exactly zero", setting)
    yield from deep_line(point, setting, widths)
    yield from ray(point, setting, widths)
    yield from held(point, setting, widths)
    yield from standing(point, setting, enclosed)
    yield from below(point, setting, widths)
    yield from descending(point, setting, widths)
    yield Unknown(point, point, "", setting)
