"""Which starts are run: random and adversarial ones, or several on the same data."""

from __future__ import annotations

from collections.abc import Iterator

from numerics.trajectories.pairs import chosen, fading, pair, with_data_of
from numerics.world.points import Points, concatenate

from ..claim import Setting, Statement
from ..formula.nodes import Along, Grad, Hess, Rate, walk
from ..points.batch import Batch, satisfied
from ..points.draw import draw
from ..statements.separation import below_one, separates_at_start
from .after import beginning
from .course import Course
from .tally import Tally

STARTS = {"brief": (1, 1), "quick": (4, 4), "full": (8, 8)}  # random, adversarial
DATA_SETS = {"brief": 1, "quick": 2, "full": 6}  # for statements that compare starts on the same data
SAME_DATA = 3  # starts compared
MOST_LOST = 3  # runs that may get nowhere before the others are not tried
FADING = 256  # starts searched for some that separate and later do not


def families(
    statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str, seed: int, tally: Tally
) -> Iterator[list[Course]]:
    """Runs that are judged together: one by one, or several on the same data where starts are compared."""
    batch = draw(statement, setting, widths, "quick", seed, "cpu", tally.excluded)
    if batch is None:
        return
    if any(isinstance(n, Along) and n.func == "independent_of_start" for n in walk(statement.formula)):
        groups = shared_data(batch.points, statement, setting, widths, profile)
    else:
        starts = hard_starts(batch.points, statement, setting, widths, profile)
        groups = (starts.instance(i) for i in range(len(starts)))
    shallow = any(isinstance(n, Grad | Hess | Rate) for n in walk(statement.formula))
    for group in groups:
        if tally.lost >= MOST_LOST:
            tally.reasons["not run, for others got nowhere"] += 1
            continue
        courses = _courses(group, statement, setting, widths, shallow, tally)
        if courses:
            yield courses


def hard_starts(
    points: Points,
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
    profile: str,
) -> Points:
    """Random and adversarial starts; where kinked networks start separating, those that lose an example later."""
    few = chosen(points, *STARTS[profile])
    may_lose = separates_at_start(setting) and not below_one(setting)
    loses = setting.network == "relu" and may_lose and len(widths) > 2 and widths[-1] == 1
    dear = setting.flow != "gradient"  # a step through many events costs a tenth of a second there
    if not loses or dear or setting.loss == "square" or setting.data not in ("generic", "separable"):
        return few
    lost = fading(points.select(range(min(FADING, len(points)))), 2, **setting.keywords(widths))
    lost = admitted(lost, setting, widths)
    return concatenate([lost, few]) if len(lost) else few


def admitted(points: Points, setting: Setting, widths: tuple[int, ...]) -> Points:
    """The points that satisfy the setting's further hypotheses."""
    for hypothesis in setting.assume:
        if len(points):
            points = points.select(satisfied(hypothesis, Batch(setting, widths, points, 0)))
    return points


def shared_data(
    points: Points,
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
    profile: str,
) -> Iterator[Points]:
    """Batches of a few starts on one data set each."""
    few = chosen(points, 12, 12)
    for i in range(0, len(few), max(len(few) // DATA_SETS[profile], 1)):
        group = with_data_of(few, i, setting.start, setting.keywords(widths))
        group = admitted(group, setting, widths)
        if len(group) > 1:
            yield group.select(range(min(SAME_DATA, len(group))))


def _courses(
    group: Points, statement: Statement, setting: Setting, widths: tuple[int, ...], shallow: bool, tally: Tally
) -> list[Course]:
    """The runs of a group that say something about t to infinity and that `after` admits."""
    keywords = setting.keywords(widths)
    kept = []
    for i in range(len(group)):
        start = group.instance(i)
        run = pair(start, shallow=shallow, **keywords)
        tally.lost += run.lost is not None and run.short
        if run.ended:
            (tally.reasons if run.lost else tally.excluded)[run.ended] += 1
            continue
        made = Course(run, start, keywords, setting.sizes(widths))
        begin = beginning(made, statement.after)
        if isinstance(begin, str):
            tally.excluded[begin] += 1
        else:
            made.begin = begin
            kept.append(made)
    return kept
