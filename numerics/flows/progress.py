"""How far a flow has come, for a bar: even in decades of log t, which is how flows pass."""

from collections.abc import Callable
from math import log1p

from .run import Progress, log1p_time

Tell = Callable[[str, int, int], None]
PARTS = 100


def paced(tell: Tell, log10_t: float, parts: int = PARTS) -> Progress:
    """The `progress` argument of a flow to log10 t that moves a bar: tell("log10 t = ...", done, parts).

    `done` is log(1 + log(1 + t)) over its value at the end, in parts; a bar is told only when that changes.
    """
    end, told = log1p(log1p_time(log10_t)), -1

    def progress(reached: float) -> None:
        nonlocal told
        done = min(parts, int(parts * log1p(log1p_time(reached)) / end))
        if done > told:
            told = done
            tell(f"log10 t = {reached:.3g}", done, parts)

    return progress
