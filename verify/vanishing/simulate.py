"""How the auditor asks the simulated world about limits in the weight decay.

Stationary points are searched for from random and adversarial starts, and each is followed to ever weaker decay
(`numerics.trajectories.continuation`). A path agrees, contradicts, or cannot tell, by laws fitted over decades of
log(1/decay); one that contradicts is no witness, so that the statement stays undecided unless `witness` certifies one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from numerics.trajectories import continuation
from numerics.trajectories.pairs import chosen, pair
from numerics.world.points import Points

from ..along.course import Course
from ..along.simulate import judge_family
from ..along.tally import Tally
from ..claim import Setting, Statement
from ..evidence import Simulated
from ..formula.nodes import Along, Grad, Hess, Limit, Rate, walk
from ..points.draw import draw
from ..world import CannotEvaluate
from .path import Path, Undefined
from .theorems import PLACES

PATHS = {"brief": (2, 2), "quick": (6, 10), "full": (12, 24)}  # from random starts, from adversarial ones
SHORTEST = 8  # samples of a path that says something
SEARCHED = 16  # starts searched from for each path wanted: most end at kinks


def simulate_vanishing(statement: Statement, setting: Setting, *, profile: str, seed: int) -> tuple[Simulated, list]:
    """The statement along paths of stationary points. Paths are followed on the CPU, whatever the device.

    Returns:
        the evidence, and no violating points: a path's fitted end is no witness.
    """
    started = time.perf_counter()
    tally = Tally()
    try:
        _refused(statement)
        for widths in setting.widths:
            for path in paths(statement, setting, widths, profile, seed, tally):
                try:
                    judge_family(statement, setting, [path], tally)
                except Undefined as reason:
                    tally.excluded[str(reason)] += 1
    except (CannotEvaluate, ValueError) as reason:
        return Simulated(0, 0, 0.0, 0.0, device="cpu", message=str(reason)), []
    return evidence(tally, time.perf_counter() - started), []


def _refused(statement: Statement) -> None:
    if statement.at not in PLACES or statement.after is not None:
        raise CannotEvaluate("limits in the weight decay are those of stationary points and minima")
    if any(isinstance(n, Along) for n in walk(statement.formula)):
        raise CannotEvaluate("statements about trajectories beside limits in the weight decay")


def paths(
    statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str, seed: int, tally: Tally
) -> Iterator[Path]:
    """Paths from stationary points of the kind that the statement names."""
    keywords = setting.keywords(widths)
    compared = any(isinstance(n, Limit) and n.variable == "t" for n in walk(statement.formula))
    shallow = any(isinstance(n, Grad | Hess | Rate) for n in walk(statement.formula))
    for start, origin in _starts(statement, setting, widths, profile, seed, tally):
        run = continuation.path(start, shallow=shallow, faithful=statement.at == "minimum", **keywords)
        if len(run.fine) < min(SHORTEST, max(run.fine.wanted, 1)):
            tally.reasons[f"path lost: {run.fine.message or run.coarse.message}"] += 1
            continue
        made = Path(run, start, keywords, setting.sizes(widths))
        flow = _flow(origin, statement, setting, widths, shallow, tally) if compared else None
        if flow is not None:
            yield made.beside(flow)
        elif not compared:
            yield made


def _flow(
    origin: Points, statement: Statement, setting: Setting, widths: tuple[int, ...], shallow: bool, tally: Tally
) -> Course | None:
    """The flow from a start, if it gets anywhere."""
    keywords = setting.keywords(widths)
    run = pair(origin, shallow=shallow, **keywords)
    if run.ended:
        tally.reasons[run.ended] += 1
        return None
    return Course(run, origin, keywords, setting.sizes(widths))


def _starts(
    statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str, seed: int, tally: Tally
) -> Iterator[tuple[Points, Points]]:
    """Stationary points, a few random ones and one of each adversarial family in turn, and a start on their data."""
    many = "brief" if profile == "brief" else "quick"
    batch = draw(replace(statement, at="any"), setting, widths, many, seed, "cpu", tally.excluded)
    if batch is None:
        return
    random, adversarial = PATHS[profile]
    tried = chosen(batch.points, SEARCHED * random, SEARCHED * adversarial)
    found = continuation.starts(tried, statement.at, **setting.keywords(widths))
    tally.excluded["no stationary point found"] += len(tried) - len(found)
    few = chosen(found, random, adversarial)
    for i in range(len(few)):
        same = (batch.points.x == few.x[i]).flatten(1).all(1).nonzero().flatten()
        yield few.instance(i), batch.points.instance(int(same[0]))


def evidence(tally: Tally, seconds: float) -> Simulated:
    """Paths that agree, contradict and cannot tell."""
    excluded = {k: v for k, v in sorted(tally.excluded.items()) if v}
    detail: dict = {}
    if tally.because:
        detail["contradicted in families"] = dict(sorted(tally.because.items()))
    told = (tally.judged, tally.contradict, 0.0, 0.0, excluded, "cpu", detail, "", seconds)
    return Simulated(*told, reasons=dict(sorted(tally.reasons.items())))
