"""Starts along which a quantity that should not move, or move one way, does otherwise: enclosed between two times.

A monotone or conserved form is about every point of a trajectory, and what a setting says of its start need not hold
there. Networks are followed in floats (`numerics.trajectories.passage`); the start of one that seems to contradict is
made rational, all solutions from it are enclosed in balls until two times (`derivations.trajectories.enclosure`), and
the quantity is enclosed there. No rate is taken, so that jumps are seen too.

Notation: e the quantity, a < b the times; nondecreasing(e) fails where e(b) < e(a).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from derivations.exact.point import PointWorld
from derivations.trajectories.enclosure import Flow, NotEnclosed, State, stations
from numerics.trajectories.passage import decimal, field_of, passage, unequal, varied
from numerics.world.points import Points, concatenate
from numerics.world.simulated import SimulatedWorld

from ..claim import Setting, Statement
from ..formula.nodes import Along, Compare, Logic, Node, Num, substitute, walk
from ..formula.shapes import Sizes, bindings
from ..formula.text import to_text
from ..points.draw import draw
from ..points.rational import RationalPoint, rational_point
from ..points.values import OUTSIDE, compared, first_difference, shown
from ..statements.pointwise import MOVING
from ..statements.separation import SEPARATING
from ..world import CannotEvaluate, Evaluator, Value
from ..world import State as WorldState
from .starts import admitted

Looks = list[tuple[Any, Points]]  # times (B,) and the networks at these

CERTIFICATE = "enclosure at two times"
INDICES = 4  # values of the quantified indices for which starts are looked for
CANDIDATES = 3  # starts made rational in each round
DIGITS = (1, 2, 3)
ROUNDS, KEPT = 9, 128  # rounds of the search, and networks whose neighbours are looked at next
LEAST = 1e-6  # of the change of e beside its size, in floats
GRID = 64  # times are multiples of 1/64
LATEST = 6.0


@dataclass(frozen=True)
class Passage:
    """A rational start and the two times between which it contradicts."""

    start: RationalPoint
    times: tuple[Fraction, Fraction]
    bound: dict[str, int]


def written_times(times: tuple[Fraction, Fraction]) -> str:
    """The certificate of a witness that was enclosed at these times."""
    return f"{CERTIFICATE}: {', '.join(map(str, times))}"


def times_of(certificate: str) -> tuple[Fraction, Fraction] | None:
    """The times that a stored certificate names."""
    if not certificate.startswith(CERTIFICATE):
        return None
    a, b = certificate.removeprefix(CERTIFICATE + ": ").split(", ")
    return Fraction(a), Fraction(b)


def moving_parts(formula: Node) -> list[Along]:
    """The monotone and conserved forms in a statement."""
    return [n for n in walk(formula) if isinstance(n, Along) and n.func in MOVING]


def open_starts(formula: Node, setting: Setting) -> bool:
    """Whether starts near an admissible one are admissible, as far as a statement off null sets needs it."""
    if not any(isinstance(n, Logic) and n.func == "generically" for n in walk(formula)):
        return True
    relations = [n for h in setting.assume for n in walk(h.formula) if isinstance(n, Compare)]
    return setting.start in ("random", "separating", "small") and all(r.op != "==" for r in relations)


def enclosable(setting: Setting, widths: tuple[int, ...]) -> bool:
    """Whether the flow of a setting is followed in balls."""
    return (
        setting.flow == "gradient"
        and setting.network in ("linear", "relu", "leaky-relu")
        and setting.loss in ("exponential", "logistic", "square")
        and not setting.output_activation
        and widths[-1] == 1
        and setting.weight_decay == 0
    )


# ---- the search, in floats


def passages(statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Iterator[Passage]:
    """Rational starts that seem to contradict a monotone or conserved part, and when.

    Sampled starts are looked at first. Then, where something is known of starts that need not last, networks at uneven
    scales, and for a few rounds those near the ones along which e, or else the norms, move the wrong way most.
    """
    parts = moving_parts(statement.formula)
    if not parts or not enclosable(setting, widths) or not open_starts(statement.formula, setting):
        return
    keywords, sizes = setting.keywords(widths), setting.sizes(widths)
    asked = [(part, bound) for part in parts for bound in list(bindings(statement.ranges, sizes))[:INDICES]]
    batch = draw(statement, setting, widths, "quick", 0, "cpu", Counter())
    if batch is None:
        return
    points = batch.points
    for round_ in range(ROUNDS if setting.start in SEPARATING or setting.assume else 1):
        looks = list(passage(points, **keywords))
        for part, bound in asked:
            yield from _made_rational(part, bound, looks, setting, sizes)
        best = _promising(asked, looks, setting, sizes)
        spread = unequal(points, 0, **keywords) if not round_ else varied(points.select(best), 8, round_, **keywords)
        points = spread if not round_ else concatenate([points.select(best), spread])
        points = admitted(points, setting, widths)
        if not len(points):
            return


def _made_rational(
    part: Along, bound: dict[str, int], looks: Looks, setting: Setting, sizes: Sizes
) -> Iterator[Passage]:
    """The starts along which e moves the wrong way most, with few decimals, where it still does."""
    found = [i for i, _ in _falling(part, bound, looks, setting, sizes)[:CANDIDATES]]
    if not found:
        return
    start = looks[0][1].select(found)
    for digits in DIGITS:
        few = decimal(start, digits)
        again = list(passage(few, **setting.keywords(tuple(sizes.widths))))
        for i, times in _falling(part, bound, again, setting, sizes):
            yield Passage(rational_point(few, i, digits, setting), times, bound)


def _promising(asked: list, looks: Looks, setting: Setting, sizes: Sizes) -> list[int]:
    """The networks along which e moves the wrong way, then those whose norms shrink most at some time."""
    first = [i for part, bound in asked for i, _ in _falling(part, bound, looks, setting, sizes)]
    field = field_of(looks[0][1], **setting.keywords(tuple(sizes.widths)))
    pulls = np.stack([np.where(_early(t), field.pull(points.W).numpy(), np.inf) for t, points in looks])
    order = [int(i) for i in np.argsort(np.nan_to_num(pulls, nan=np.inf).min(0))]
    return list(dict.fromkeys([*first, *order]))[:KEPT]


def _early(t: Any) -> np.ndarray:
    """Networks whose time is known and not late."""
    return t.numpy() <= LATEST


def _falling(
    part: Along, bound: dict[str, int], looks: Looks, setting: Setting, sizes: Sizes
) -> list[tuple[int, tuple[Fraction, Fraction]]]:
    """The networks of a batch along which e moves the wrong way, most so first, and the times between which it does."""
    try:
        values = np.stack([_values(part.args[0], bound, t, points, setting, sizes) for t, points in looks])
    except (CannotEvaluate, ValueError):
        return []
    times = np.stack([t.numpy() for t, _ in looks])
    known = np.stack([_early(t) for t, _ in looks])[:, :, None] & np.isfinite(values)
    size = np.where(known, np.abs(values), 0.0).max(0) + 1e-300
    gaps = (_gaps(part.func, np.where(known, values, 0.0), known) / size).max(3)
    largest = gaps.max((0, 1))
    found = []
    for i in np.argsort(-largest):
        if largest[i] < LEAST:
            break
        a, b = np.unravel_index(int(gaps[:, :, i].argmax()), gaps.shape[:2])
        moments = Fraction(round(times[a, i] * GRID), GRID), Fraction(round(times[b, i] * GRID), GRID)
        if moments[0] < moments[1]:
            found.append((int(i), moments))
    return found


def _gaps(func: str, values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """By how much e moves the wrong way from time a to time b > a, -1 where it is not known: (T, T, B, entries)."""
    change = values[None] - values[:, None]
    wrong = {"conserved": np.abs(change), "nondecreasing": -change}.get(func, change)
    later = np.triu(np.ones(change.shape[:2], dtype=bool), 1)[:, :, None, None]
    return np.where(later & known[None] & known[:, None], wrong, -1.0)


class _Timed(Evaluator):
    """Values of terms at points that have a time each."""

    time: Any

    def _name(self, name: str, bound: Mapping[str, int], state: WorldState) -> Value:
        return self.time if name == "t" and name not in bound else super()._name(name, bound, state)


def _values(e: Node, bound: dict[str, int], t: Any, points: Points, setting: Setting, sizes: Sizes) -> np.ndarray:
    evaluator = _Timed(SimulatedWorld(points, **setting.keywords(tuple(sizes.widths))), sizes)
    evaluator.time = t
    value = evaluator.term(e, bound).detach()
    return value.expand(len(points), *value.shape[1:]).reshape(len(points), -1).numpy()


# ---- the certificate, in balls


def contradicts(
    part: Along,
    start: RationalPoint,
    times: tuple[Fraction, Fraction],
    setting: Setting,
    sizes: Sizes,
    bound: dict[str, int],
) -> str:
    """How e moves the wrong way between two times along every solution from a start; '' where that is not certain."""
    if not enclosable(setting, tuple(sizes.widths)):
        return ""
    try:
        flow = Flow(
            start.x,
            start.y,
            network=setting.network,
            loss=setting.loss,
            average=setting.average,
            slope=Fraction(setting.slope),
        )
        states = stations(flow, start.W, times)
        if len(states) < 2:
            return ""
        values = [_enclosed(part.args[0], s, start, setting, sizes, bound) for s in states]
    except (NotEnclosed, *OUTSIDE):
        return ""
    return _wrong_way(part, values, times)


def _enclosed(
    e: Node, state: State, start: RationalPoint, setting: Setting, sizes: Sizes, bound: dict[str, int]
) -> np.ndarray:
    """Balls that contain e at a time along every solution."""
    widths = tuple(sizes.widths)
    time = Num(Fraction(int(state.t.p), int(state.t.q)))
    world = PointWorld(
        weights=[w.tolist() for w in state.layers],
        inputs=start.x,
        labels=start.y,
        decay=start.decay,
        **setting.keywords(widths),
    )
    value = Evaluator(world, sizes).term(substitute(e, {"t": time}), bound)
    world.at_precision(256)
    return world.numbers(value).reshape(-1)


def _wrong_way(part: Along, values: list[np.ndarray], times: tuple[Fraction, Fraction]) -> str:
    op = {"conserved": "==", "nondecreasing": ">=", "nonincreasing": "<="}[part.func]
    if compared(op, values[1], values[0]) is not False:
        return ""
    earlier, later, at = first_difference(*values)
    entry = f" (entry {at + 1})" if len(values[0]) > 1 else ""
    with ctx.workprec(128):
        when = [arb(fmpq(t.numerator, t.denominator)).str(6, radius=False) for t in times]
    return (
        f"every solution from here is enclosed: {to_text(part.args[0])} is {shown(earlier)} at t = {when[0]} and "
        f"{shown(later)} at t = {when[1]}{entry}"
    )
