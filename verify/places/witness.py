"""Certified stationary points and minima that violate a statement.

Rational points at which every gradient is exactly zero (zero weights, symmetric saddles), and boxes in which interval
Newton proves one stationary point and over which the violation holds. Minima are certified by zero square loss, by
one linear layer (a convex loss), or by a Hessian that is positive definite over the box. Directions at rest are those
of `directions`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.shapes import bindings
from ..points.batch import Violations
from ..points.rational import RationalPoint, numbers, rational_point
from ..statements.pointwise import as_pointwise
from .certifier import PlaceCertifier
from .directions import DirectionCertifier, families

TRIED = 6  # violating points of a batch that are made exact
DIGITS = (0, 1, 2)  # decimals of the data


def refute_place(statement: Statement, setting: Setting, violations: Iterable[Violations]) -> Counterexample | None:
    """A certified point of the statement's kind that violates it, or None."""
    started = time.perf_counter()
    formula = as_pointwise(statement.formula)
    if formula is None:
        return None
    for widths, point, bound in tried(statement, setting, violations):
        judge = certifier_of(statement.at)(formula, statement, setting, widths)
        if judge.violates(point, bound):
            found = judge.describe(judge.seen, bound)
            return replace(found, seconds=time.perf_counter() - started)
    return None


def certifier_of(at: str) -> type[PlaceCertifier]:
    """What certifies points of a kind."""
    return DirectionCertifier if at == "stationary-direction" else PlaceCertifier


def tried(
    statement: Statement,
    setting: Setting,
    violations: Iterable[Violations],
) -> Iterator[tuple[tuple[int, ...], RationalPoint, dict]]:
    """Points that may violate a statement at its place."""
    if statement.at == "stationary-direction":
        for widths in setting.widths:
            for point in families(setting, widths):
                for bound in bindings(statement.ranges, setting.sizes(widths)):
                    yield widths, point, dict(bound)
    yield from candidates(violations, setting)


def candidates(
    violations: Iterable[Violations], setting: Setting
) -> Iterator[tuple[tuple[int, ...], RationalPoint, dict]]:
    """Violating points with few decimals: the sparsest first, for they may be exact, then those to be enclosed."""
    for v in violations:
        points = v.batch.points
        order = sorted(v.where, key=lambda hit: sum(float(w[hit[0]].abs().sum()) for w in points.W))[:TRIED]
        for digits in DIGITS:
            for i, bound in order:
                data = rational_point(points, i, digits, setting)
                near = tuple(tuple(tuple(Fraction(float(e)) for e in row) for row in w[i].tolist()) for w in points.W)
                yield v.batch.widths, data, bound
                yield v.batch.widths, replace(data, W=near), bound


def replay_place(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored witness again."""
    point = RationalPoint.from_json(found, setting.loss)
    formula = as_pointwise(statement.formula)
    assert formula is not None
    judge = certifier_of(statement.at)(formula, statement, setting, tuple(found["widths"]))
    judge.separator = numbers(found.get("separator", ())) or None
    stands = judge.violates(point, found["indices"])
    return stands, judge.describe(judge.seen, found["indices"]).shows if stands else "the witness does not stand"
