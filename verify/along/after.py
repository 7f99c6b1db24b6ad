"""From when on a statement speaks: beyond the first separation, beyond the last change of the support vector.

Notation: m (n, N) the margins y_n f(V; x_n) over the samples of the fine run.
"""

from __future__ import annotations

import itertools
from typing import Any

from numerics.trajectories.asymptotics import vanishes
from numerics.world.points import Points
from numerics.world.scaled import Scaled

from .course import Course


def beginning(course: Course, after: str | None) -> Points | str:
    """The point of a run from which a statement is judged, or why `after` leaves the run out."""
    if after is None:
        return course.start
    world = course.world.plain
    margins = world.margins(world.state, True)[len(course.x) :]
    return _separated(course, margins) if after == "separation" else _settled(course, margins)


def _separated(course: Course, margins: Any) -> Points | str:
    """The start, or the first sample, with every margin positive."""
    first = course.world_at_start
    if bool((first.margins(first.state, False) > 0).all()):
        return course.start
    apart = (margins > 0).all(1).nonzero().flatten().tolist()
    return course.run.fine.points.instance(apart[0]) if apart else "never separates"


def _settled(course: Course, margins: Any) -> Points | str:
    """The first sample from which on one example alone has the smallest margin, which the others do not approach."""
    lowest = margins.argmin(1).tolist()
    if len(set(lowest[len(lowest) // 2 :])) > 1:
        return "the support vector changes to the end"
    if margins.shape[1] > 1 and vanishes(course.pick(Scaled(_gaps(course)))).answer is not False:
        return "no single support vector in the limit"
    changed = [i for i, (a, b) in enumerate(itertools.pairwise(lowest), 1) if a != b]
    return course.run.fine.points.instance(changed[-1] if changed else 0)


def _gaps(course: Course) -> Any:
    """The second smallest margin less the smallest, over all samples of both runs."""
    world = course.world.plain
    two = world.margins(world.state, True).sort(1).values
    return two[:, 1] - two[:, 0]
