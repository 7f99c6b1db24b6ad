"""Rational starts whose exact fate refutes a statement about trajectories, and their replay.

The fates that are known (`fates`), and symmetries (`symmetry`); a witness stores which, as its certificate:

    rest       every velocity is exactly zero: the trajectory is its start
    linear flow        one layer, square loss: W tends to W(0) - A^+ (A W(0) - b) with A W - b the gradient's direction
               (trust list: linear flow), a rational point
    max-margin bias    one linear layer, exponential or logistic loss on separable data: V tends to the hard-margin
               direction and rho/log t to 1/max_margin (trust list); the direction is rational up to its length and is
               certified by its multipliers, which also tell what is left of the loss beside its largest term
    deep max-margin bias  the same for a linear network of several layers from a start that separates
    growth along a ray  directions rest and all outputs are one number: one equation is left
    loss below one example  a homogeneous network whose loss starts below that of one example (trust list): rates
    descent    weight decay bounds what the loss bounds (trust list: descent of tame functions)
    convex descent      one linear layer on data that no hyperplane separates, not even weakly: the only minimum
    standing gates     no gate of a ReLU network changes for ever: every group of examples has a linear network
    enclosure, then standing gates  all solutions are followed in balls until that is so
    enclosure at two times   a quantity that is said to be monotone or conserved moves the wrong way between them
    symmetry   a symmetry of the network takes the start to another one on the same data and turns the limit of
               V[k], if there is one, into its negative, or permutes entries that a conserved quantity keeps apart:
               one common limit would be zero, and |V[k]| = 1

What the exact fate leaves open stays open: a fitted rate is never used here.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.shapes import bindings
from ..points.draw import draw
from ..points.rational import RationalPoint, numbers, rational_point
from ..statements.words import names
from .certifier import AlongCertifier
from .fates.below import enlarged, homogeneous
from .fates.standing import Enclosed
from .grouped import made_starts
from .passing import passages, times_of
from .rays import rays
from .resting import dominating, resting_points

ENLARGED = 6  # multiples tried, whose rates are the same for all starts
DRAWN = 24  # sampled starts that are made rational and tried


def refute_along(statement: Statement, setting: Setting) -> Counterexample | None:
    """A rational start whose exact fate contradicts the statement, or None."""
    started = time.perf_counter()
    if statement.after not in (None, "separation") or statement.at != "any":
        return None
    wants_end = bool({"L", "margin"} & names(statement.formula))  # what the end of an enclosed trajectory tells
    for widths in setting.widths:
        judge = AlongCertifier(statement.formula, statement, setting, widths)
        indices = list(bindings(statement.ranges, judge.sizes))
        for point, judge.enclosed in candidates(statement, setting, widths):
            judge.enclosed &= wants_end
            for bound in indices:
                if judge.violates(point, bound):
                    return replace(judge.describe(point, bound), seconds=time.perf_counter() - started)
    return refute_passing(statement, setting)


def refute_passing(statement: Statement, setting: Setting) -> Counterexample | None:
    """A rational start along which a monotone or conserved part moves the wrong way, and so refutes, or None."""
    started = time.perf_counter()
    if statement.after not in (None, "separation") or statement.at != "any":
        return None
    for widths in setting.widths:
        judge = AlongCertifier(statement.formula, statement, setting, widths)
        for found in passages(statement, setting, widths):
            judge.times = found.times
            if judge.violates(found.start, found.bound):
                witness = judge.describe(found.start, found.bound)
                return replace(witness, seconds=time.perf_counter() - started)
    return None


def candidates(
    statement: Statement,
    setting: Setting,
    widths: tuple[int, ...],
) -> Iterator[tuple[RationalPoint, bool]]:
    """Starts at rest, made starts, sampled ones with few decimals, then larger multiples; and whether they are worth an
    enclosure."""
    yield from ((point, False) for point in resting_points(setting, widths))
    aligned = list(rays(setting, widths))
    yield from ((point, False) for point in aligned if setting.examples == 1)
    yield from ((point, True) for point in made_starts(setting, widths))
    met: list[RationalPoint] = []
    for point in sampled(statement, setting, widths):
        met.append(point)
        yield point, False
    yield from ((point, False) for point in aligned if setting.examples > 1)
    if homogeneous(setting, widths):
        starts = itertools.chain(aligned, met if setting.flow == "gradient" else ())
        larger = (larger for point in starts for larger in enlarged(point, setting, widths))
        yield from ((point, False) for point in itertools.islice(larger, ENLARGED))


def sampled(statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Sampled starts, rounded to few decimals."""
    batch = draw(statement, setting, widths, "quick", 0, "cpu", Counter())
    if batch is None:
        return
    count = len(batch.points)
    chosen = [*range(0, count, max(2 * count // DRAWN, 1))]
    for digits in (0, 1):
        for i in chosen:
            point = rational_point(batch.points, i, digits, setting)
            yield point
            if setting.network in ("relu", "leaky-relu"):
                yield dominating(point)


def replay_along(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored start again."""
    point = RationalPoint.from_json(found, setting.loss)
    judge = AlongCertifier(statement.formula, statement, setting, tuple(found["widths"]))
    judge.separator = numbers(found.get("separator", ())) or None
    judge.enclosed = found.get("certificate") == Enclosed.certificate
    judge.times = times_of(found.get("certificate", ""))
    stands = judge.violates(point, found["indices"])
    return stands, judge.describe(point, found["indices"]).shows if stands else "the witness does not stand"
