"""Admissible points of a setting: drawn, searched for, and moved onto the equations that they are to satisfy.

Random points miss equations, so points are moved onto them (`numerics.sampling.onto`); what does not arrive is left
out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from numerics.sampling.nudge import scattered
from numerics.sampling.onto import moved_onto
from numerics.sampling.sample import checks, sample, screened
from numerics.world.points import Points, concatenate
from numerics.world.simulated import SimulatedWorld

from ..claim import PLACES, Setting, Statement
from ..formula.nodes import Compare, Indexed, Logic, Node, walk
from ..formula.shapes import bindings
from ..statements.premises import equations_of, premises
from ..statements.separation import said_to_separate
from ..world import CannotEvaluate, Evaluator
from .batch import Batch, interpolated, satisfied, some_bindings, task_of

COUNTS = {"brief": 128, "quick": 512, "full": 4096}  # brief: one item of a checklist
SIZES = (1 / 8, 1.0, 4.0, 16.0)  # of separating weights, layer by layer
MOVED, MOVED_TO_PREMISE, BOUND_PREMISES = 192, 24, 2  # points moved onto equations, values of indices for each
SEARCHED = {"brief": 24, "quick": 64, "full": 512}  # points that are searched for, which is dear
ROUNDS = 2


def draw(
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
    profile: str,
    seed: int,
    device: str,
    excluded: Counter[str],
) -> Batch | None:
    """A batch of admissible points that satisfy the setting's further hypotheses."""
    keywords = setting.keywords(widths)
    start = "equal-norms" if any(_ties_norms(h.formula) for h in setting.assume) else setting.start
    separated = statement.after == "separation" and start == "random"
    start = "separating" if separated else start
    if statement.at in PLACES:
        points, reasons = searched(statement.at, start, setting, widths, profile, seed, device)
    else:
        told = start == "random" and setting.loss != "square" and said_to_separate(setting)
        points, reasons = sample(
            count=COUNTS[profile],
            seed=seed,
            device=device,
            data=setting.data,
            start="separating" if told else start,
            **keywords,
        )
        if outside_null_sets(statement.formula) and start == "random" and not told:
            points = scattered(points, seed)
    excluded.update(reasons)
    if not len(points):
        return None
    if statement.at == "interpolating":
        points = interpolated(points, setting, widths)
    elif statement.at == "any" and start == setting.start:
        points = _assumed(points, setting, widths, excluded)
    batch = Batch(setting, widths, points, seed)
    keep = None
    for hypothesis in setting.assume:
        mask = satisfied(hypothesis, batch)
        keep = mask if keep is None else keep & mask
    if keep is not None and not bool(keep.all()):
        excluded["outside 'assume'"] += int((~keep).sum())
        points = points.select(keep)
        return Batch(setting, widths, points, seed) if len(points) else None
    return batch


def outside_null_sets(formula: Node) -> bool:
    """Whether a statement speaks of points outside of a null set only; many adversarial weights lie in such sets."""
    return any(isinstance(n, Logic) and n.func == "generically" for n in walk(formula))


def _assumed(points: Points, setting: Setting, widths: tuple[int, ...], excluded: Counter[str]) -> Points:
    """The points, and beside them some that were moved onto the equations that the setting assumes."""
    equations = assumed_equations(setting, widths)
    if not equations:
        return points
    moved = on_equations(points.select(slice(MOVED)), equations, setting, widths, excluded)
    return concatenate([points, moved]) if len(moved) else points


def on_premises(formula: Node, statement: Statement, batch: Batch) -> Iterator[Batch]:
    """Points of a batch moved onto the equations of each premise, for some of the values of the indices."""
    setting, widths = batch.setting, batch.widths
    for premise in premises(formula):
        equations = equations_of(premise)
        bounds = some_bindings(statement, batch.sizes)
        for bound in bounds[:: max(1, len(bounds) // BOUND_PREMISES)] if equations else []:
            meant = [(e, bound) for e in equations] + assumed_equations(setting, widths)
            points = on_equations(batch.points.select(slice(MOVED_TO_PREMISE)), meant, setting, widths, Counter())
            if len(points):
                yield Batch(setting, widths, points, batch.seed)


def separating_at_sizes(statement: Statement, batch: Batch) -> Iterator[Batch]:
    """Points that separate, small and large: premises such as a small loss or a positive margin ask for them."""
    setting, widths = batch.setting, batch.widths
    if statement.at != "any" or setting.start != "random" or setting.loss == "square" or setting.assume:
        return
    points, _ = sample(
        count=MOVED_TO_PREMISE,
        seed=batch.seed,
        device=str(batch.points.x.device),
        data=setting.data,
        start="separating",
        **setting.keywords(widths),
    )
    for factor in SIZES if len(points) else ():
        yield Batch(setting, widths, replace(points, W=tuple(w * factor for w in points.W)), batch.seed)


def searched(
    at: str,
    start: str,
    setting: Setting,
    widths: tuple[int, ...],
    profile: str,
    seed: int,
    device: str,
) -> tuple[Points, dict[str, int]]:
    """Stationary points, minima or stationary directions, found from random and adversarial starts."""
    try:
        return sample(
            count=SEARCHED[profile],
            seed=seed,
            device=device,
            data=setting.data,
            start=start,
            at=at,
            rounds=ROUNDS,
            **setting.keywords(widths),
        )
    except ValueError as reason:
        raise CannotEvaluate(str(reason)) from reason


def _ties_norms(node: Node) -> bool:
    """rho[i] == rho[j]"""
    sides = (node.left, node.right) if isinstance(node, Compare) and node.op == "==" else ()
    return bool(sides) and all(isinstance(s, Indexed) and s.base == "rho" for s in sides)


Equation = tuple[Compare, dict[str, int]]  # with its indices bound


def assumed_equations(setting: Setting, widths: tuple[int, ...]) -> list[Equation]:
    """The equations among the hypotheses of a setting."""
    sizes = setting.sizes(widths)
    return [(e, dict(b)) for h in setting.assume for b in bindings(h.ranges, sizes) for e in equations_of(h.formula)]


def on_equations(
    points: Points, equations: Sequence[Equation], setting: Setting, widths: tuple[int, ...], excluded: Counter[str]
) -> Points:
    """Points moved onto the equations as far as that goes; those that became inadmissible are left out."""

    def residual(where: Points) -> list[Any]:
        evaluator = Evaluator(SimulatedWorld(where, **setting.keywords(widths)), setting.sizes(widths))
        return [evaluator.difference(e.left, e.right, bound)[2] for e, bound in equations]

    free = setting.data == "generic"  # other data depend on inputs and labels
    moved = moved_onto(points, residual, inputs=free, targets=free and setting.loss == "square")
    return screened(moved, checks(task_of(setting, widths), setting.start), excluded)
