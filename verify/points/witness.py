"""From a violating point of a simulation to a witness: rational, admissible, certified, small.

A float alone refutes nothing. The point is rounded to rationals, every hypothesis and the violation are
certified in exact or ball arithmetic (`derivations.exact.point`), and the numbers are made as simple as the
violation allows. `replay` does the certification again from what was stored.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.nodes import Node
from ..formula.shapes import bindings
from ..statements.pointwise import as_pointwise
from ..statements.premises import equations_of, premises
from .batch import Violations
from .certifier import Certifier
from .draw import assumed_equations
from .guess import Guide
from .rational import RationalPoint, numbers, rational_point
from .repair import near
from .shrink import shrink

DIGITS = (0, 1, 2)  # decimals kept when a float is made rational, fewest first
CANDIDATES = 40  # violating points tried before giving up
BASES, BOUNDS = 6, 3  # points, and values of the indices, from which points on equations are looked for


def refute(
    statement: Statement,
    setting: Setting,
    violations: Iterable[Violations],
    *,
    small: bool = True,
) -> Counterexample | None:
    """A certified witness near one of the violating points, as simple as could be made if `small`, or None."""
    started = time.perf_counter()
    formula = as_pointwise(statement.formula)
    if formula is None:
        return None
    violations = list(violations)
    tried = itertools.chain(candidates(violations, setting), onto_equations(formula, statement, setting, violations))
    for batch, point, bound in tried:
        judge = Certifier(formula, statement, setting, batch.widths)
        if judge.violates(point, bound):
            if small:
                point = simplified(point, bound, judge, Guide(formula, statement, setting, bound, batch))
            found = judge.describe(point, bound)
            return replace(found, seconds=time.perf_counter() - started)
    return None


def simplified(point: RationalPoint, bound: dict[str, int], judge: Certifier, guide: Guide) -> RationalPoint:
    """A simpler witness than this one."""
    guide.separator = judge.separator
    return shrink(point, lambda p: judge.violates(p, bound), guide)


def candidates(violations: Iterable[Violations], setting: Setting) -> Iterator[tuple[Any, RationalPoint, dict]]:
    """Rational points near the violating ones: integer families first, then rounded random points."""
    for v in violations:
        order = sorted(v.where, key=lambda hit: _plainness(v.batch.points, hit[0]))[:CANDIDATES]
        for digits in DIGITS:
            for i, bound in order:
                yield v.batch, rational_point(v.batch.points, i, digits, setting), bound


def onto_equations(
    formula: Node,
    statement: Statement,
    setting: Setting,
    violations: Sequence[Violations],
) -> Iterator[tuple[Any, RationalPoint, dict]]:
    """Rational points at which the equations of the premises and of `assume` hold exactly, near violating points and
    near small integer ones."""
    for v in sorted(violations, key=lambda v: not v.where):
        given = assumed_equations(setting, v.batch.widths)
        first = [dict(b) for b in bindings(statement.ranges, v.batch.sizes)][:BOUNDS]
        plain = sorted(range(len(v.batch.points)), key=lambda i: _plainness(v.batch.points, i))[:BASES]
        for i, bound in [*v.where[:BASES], *itertools.product(plain, first)]:
            meant = [[(e, bound) for e in equations_of(p)] + given for p in premises(formula)] or [given]
            for equations, digits in itertools.product(filter(None, meant), DIGITS[:2]):
                start = rational_point(v.batch.points, i, digits, setting)
                yield from ((v.batch, p, bound) for p in near(start, equations, setting, v.batch.widths))


def _plainness(points: Any, i: int) -> tuple:
    integers = points.family[i] in ("integers", "axes")
    size = sum(float(w[i].abs().sum()) for w in points.W)
    return (not integers, size)


# ---- replay


def replay(found: dict[str, Any], statement: Statement, setting: Setting) -> tuple[bool, str]:
    """Certify a stored witness again; says whether it stands and what it shows."""
    pointwise = as_pointwise(statement.formula)
    if pointwise is None:
        raise ValueError("a witness at a point shows nothing of a whole trajectory")

    point, widths = RationalPoint.from_json(found, setting.loss), tuple(found["widths"])
    judge = Certifier(pointwise, statement, setting.at_sizes(widths, len(point.x)), widths)
    judge.separator = numbers(found.get("separator", ())) or None
    stands = judge.violates(point, found["indices"])
    return stands, judge.describe(point, found["indices"]).shows if stands else "the witness does not stand"
