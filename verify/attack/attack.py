"""A proved statement evaluated exactly where its proof did not look.

A proof of general scope speaks of every depth, width and number of examples; one of single sizes still speaks of all
points there. Each is tried in the cells of a covering: at a rational point of each, in exact or ball arithmetic. A
point that certainly violates the statement is a counterexample to the proof. Work is counted, not timed, so that two
runs try the same cells; those that were not reached are named.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Counterexample, Exact
from ..exact.derived import derivation_of
from ..formula.errors import FormulaError
from ..formula.nodes import Call, Hess, Logic, Node, walk
from ..formula.shapes import Range, ShapeChecker, Sizes, bindings
from ..formula.vocabulary import SPECTRAL
from ..points.certifier import Certifier
from ..points.rational import RationalPoint
from ..points.values import OUTSIDE
from ..statements.pointwise import as_pointwise
from .cells import Cell, Choice, Grid, covering, general_grid, own_grid, unreached
from .points import Found, admissible_point

WORK = 2_500  # counted as `cost` says
SQUARED = ("outer", "eye", *SPECTRAL)  # functions with a row and a column for every weight
DATA = ("generic", "separable", "nonseparable")


@dataclass(frozen=True)
class Attack:
    """What became of an attack.

    Attributes:
        agree, unknown: points at which the statement certainly holds; at which it cannot be told or does not exist.
        left: the cells that were not reached, in words.
        witness: a certified violation.
    """

    agree: int = 0
    unknown: int = 0
    left: tuple[str, ...] = ()
    witness: Counterexample | None = None
    message: str = ""

    def told(self) -> dict[str, Any]:
        """As it stands in the detail of an exact decision."""
        if self.message:
            return {"not attacked": self.message}
        counted = {"points that agree": self.agree, "points that cannot tell": self.unknown}
        return {**counted, "not reached": list(self.left)} if self.left else counted


@dataclass
class _Tally:
    agree: int = 0
    unknown: int = 0
    reached: list[Choice] = field(default_factory=list)


def attack(proof: Exact, statement: Statement, setting: Setting) -> Attack:
    """Look for a point that violates a proved statement."""
    started = time.perf_counter()
    formula = as_pointwise(statement.formula)
    reason = _not_attacked(formula, statement, setting)
    if reason or formula is None:
        return Attack(message=reason)
    grid = grid_of(proof, statement, setting)
    tally, budget = _Tally(), WORK
    for cell, choice in covering(grid):
        work = cost(cell, setting, formula)
        if work > budget:
            continue
        here = setting.at_sizes(cell.widths, cell.examples)
        found = admissible_point(replace(cell, indices="first"), here, statement.at, statement.after)
        if found is None:
            continue
        budget -= work
        witness = _tried(formula, statement, here, cell, choice, found, tally)
        if witness is not None:
            witness = replace(witness, seconds=time.perf_counter() - started)
            return Attack(tally.agree, tally.unknown, witness=witness)
    return Attack(tally.agree, tally.unknown, tuple(unreached(grid, tally.reached)))


def _not_attacked(formula: Node | None, statement: Statement, setting: Setting) -> str:
    """Why a statement is not attacked, or ''."""
    if formula is None:
        return "it speaks of whole trajectories"
    if any(isinstance(n, Logic) and n.func == "somewhere" for n in walk(formula)):
        return "it speaks of existence"
    if statement.at not in ("any", "interpolating") or statement.after not in (None, "separation"):
        return f"it speaks of special points ({statement.after or statement.at})"
    return "" if setting.data in DATA else "its data come from a file"


def grid_of(proof: Exact, statement: Statement, setting: Setting) -> Grid:
    """The cells that a proof speaks of."""
    if proof.scope != "general":
        return own_grid(setting, len(statement.ranges))
    derivation = derivation_of(statement, setting) if proof.detail.get("derivation") else None
    hypotheses = {} if derivation is None else derivation.hypotheses
    if "widths" in hypotheses:
        return own_grid(setting, len(statement.ranges))
    return general_grid(setting, len(statement.ranges), tuple(filter(None, [hypotheses.get("layers")])))


def cost(cell: Cell, setting: Setting, formula: Node) -> int:
    """The work of one evaluation: examples times weights, squared where matrices of that size are formed; sums over
    classes are fractions whose denominators multiply from example to example."""
    squared = any(isinstance(n, Hess) or (isinstance(n, Call) and n.func in SQUARED) for n in walk(formula))
    fractions = cell.widths[-1] ** (cell.examples - 1) if setting.loss == "cross-entropy" else 1
    return cell.examples * fractions * cell.size ** (2 if squared else 1)


def _tried(
    formula: Node, statement: Statement, setting: Setting, cell: Cell, choice: Choice, found: Found, tally: _Tally
) -> Counterexample | None:
    """The counterexample at a point, if it is one; else it is counted."""
    judge = Certifier(formula, statement, setting, cell.widths)
    judge.separator = found.separator
    try:
        bound = bound_as(cell.indices, statement.ranges, judge.sizes)
        if bound is None:
            return None
        ShapeChecker(judge.sizes).statement(formula, bound)
        holds = judge.holds(formula, found.point.world(setting, cell.widths), bound)
    except OUTSIDE:
        holds = None
    except FormulaError:  # the statement says nothing at these sizes
        return None
    tally.reached.append(choice)
    if holds is False and judge.violates(found.point, bound):
        return judge.describe(found.point, bound)
    tally.agree += holds is True
    tally.unknown += holds is not True
    return None


def bound_as(which: str, ranges: tuple[Range, ...], sizes: Sizes) -> dict[str, int] | None:
    """The first or last values of the free indices, or values that are all equal or all different."""
    every = bindings(ranges, sizes)
    if which == "first":
        return next(every, None)
    if which == "last":
        return max(every, key=lambda b: tuple(b.values()), default=None)
    distinct = 1 if which == "equal" else len(ranges)
    return next((b for b in every if len(set(b.values())) == distinct), None)
