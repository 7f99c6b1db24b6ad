"""A proved statement evaluated exactly where its proof did not look.

A proof of general scope speaks of every depth, width and number of examples; one of single sizes still speaks of all
points there. Each is tried in the cells of a covering: at a rational point of each, in exact or ball arithmetic. A
point that certainly violates the statement is a counterexample to the proof. Work is counted, not timed, so that two
runs try the same cells; those that were not reached are named.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from ..claim import Setting, Statement
from ..evidence import Counterexample, Derived, Exact, Lemma
from ..exact.derived import derivation_of
from ..formula.errors import FormulaError
from ..formula.nodes import BinOp, Call, Grad, Hess, Logic, Name, Node, Rate, walk
from ..formula.shapes import Range, ShapeChecker, Sizes, bindings
from ..formula.vocabulary import SPECTRAL
from ..points.certifier import Certifier
from ..points.draw import assumed_equations
from ..points.rational import RationalPoint
from ..points.repair import near
from ..points.values import OUTSIDE
from ..statements.pointwise import as_pointwise
from ..statements.premises import equations_of, premises
from .cells import Cell, Choice, Grid, covering, general_grid, own_grid, unreached
from .points import admissible_point

WORK, MOST = 2_500, 600  # of an attack on a general proof, of one of its cells, counted as `cost` says
OWN = 5_000  # of an attack on a proof at its own sizes
MOVED, PLAIN = 3, 12  # points of which some are moved onto premises, in cells of so few weights
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
    budget: int
    most: int  # of one cell
    agree: int = 0
    unknown: int = 0
    moved: int = 0
    reached: list[Choice] = field(default_factory=list)


def attack(proof: Exact, statement: Statement, setting: Setting) -> Attack:
    """Look for a point that violates a proved statement."""
    started = time.perf_counter()
    formula = as_pointwise(statement.formula)
    reason = _not_attacked(formula, statement, setting)
    if reason or formula is None:
        return Attack(message=reason)
    grid = grid_of(proof, statement, setting)
    tally = _Tally(WORK, MOST) if proof.scope == "general" else _Tally(OWN, OWN)
    for cell, choice in covering(grid):
        witness = _in_cell(formula, statement, setting.at_sizes(cell.widths, cell.examples), cell, choice, tally)
        if witness is not None:
            return Attack(tally.agree, tally.unknown, witness=replace(witness, seconds=time.perf_counter() - started))
    return Attack(tally.agree, tally.unknown, tuple(unreached(grid, tally.reached)))


def _in_cell(
    formula: Node, statement: Statement, setting: Setting, cell: Cell, choice: Choice, tally: _Tally
) -> Counterexample | None:
    """A violation in one cell: at its point, or at points near it on the equations of premises."""
    work = cost(cell, setting, formula)
    if work > min(tally.budget, tally.most):
        return None
    found = admissible_point(replace(cell, indices="first"), setting, statement.at, statement.after)
    bound = None if found is None else bound_as(cell.indices, statement.ranges, setting.sizes(cell.widths))
    if found is None or bound is None:
        return None
    tally.budget -= work
    judge = Certifier(formula, statement, setting, cell.widths)
    judge.separator = found.separator
    points = [found.point]
    if tally.moved < MOVED and _is_plain(cell):
        points += _on_premises(formula, found.point, bound, setting, cell)
        tally.moved += len(points) > 1
    return next((w for p in points if (w := _at(p, bound, judge, choice, tally)) is not None), None)


def _is_plain(cell: Cell) -> bool:
    return cell.size <= PLAIN and not cell.scale[0]


def _on_premises(
    formula: Node, point: RationalPoint, bound: dict[str, int], setting: Setting, cell: Cell
) -> list[RationalPoint]:
    """Points near this one at which the equations of a premise hold."""
    meant = [[(e, bound) for e in equations_of(p)] for p in premises(formula)]
    systems = [m + assumed_equations(setting, cell.widths) for m in meant if m]
    return [p for system in systems for p in near(point, system, setting, cell.widths)]


def _at(
    point: RationalPoint, bound: dict[str, int], judge: Certifier, choice: Choice, tally: _Tally
) -> Counterexample | None:
    """The counterexample at a point, if it is one; else it is counted."""
    try:
        ShapeChecker(judge.sizes).statement(judge.formula, bound)
        holds = judge.holds(judge.formula, point.world(judge.setting, judge.widths), bound)
    except OUTSIDE:
        holds = None
    except FormulaError:  # the statement says nothing at these sizes
        return None
    tally.reached.append(choice)
    if holds is False and judge.violates(point, bound):
        return judge.describe(point, bound)
    tally.agree += holds is True
    tally.unknown += holds is None
    return None


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
    """The cells that a proof speaks of: every depth by the lemma on depths, or by a derivation that asks for none."""
    indices = len(statement.ranges)
    if proof.scope != "general":
        return own_grid(setting, indices)
    derived = any(isinstance(g, Derived) for g in proof.rests_on)
    derivation = derivation_of(statement, setting) if derived else None
    if derivation is not None and "widths" in derivation.hypotheses:
        return own_grid(setting, indices)
    reduced = any(isinstance(g, Lemma) and g.name == "depth" for g in proof.rests_on)
    derived_at_any = derivation is not None and "layers" not in derivation.hypotheses
    return general_grid(setting, indices, reduced or derived_at_any)


def cost(cell: Cell, setting: Setting, formula: Node) -> int:
    """The work of one evaluation: examples times weights, squared where matrices of that size are formed; sums over
    classes are fractions whose denominators multiply from example to example."""
    squared = any(isinstance(n, Hess) or (isinstance(n, Call) and n.func in SQUARED) for n in walk(formula))
    divided = setting.loss == "cross-entropy" and any(_divides(n) for n in walk(formula))
    fractions = cell.widths[-1] ** (cell.examples - 1) if divided else 1
    return cell.examples * fractions * cell.size ** (2 if squared else 1)


def _divides(n: Node) -> bool:
    return isinstance(n, Rate | Grad | Hess) or n == Name("L") or (isinstance(n, BinOp) and n.op == "/")


def bound_as(which: str, ranges: tuple[Range, ...], sizes: Sizes) -> dict[str, int] | None:
    """The first or last values of the free indices, or values that are all equal or all different."""
    every = bindings(ranges, sizes)
    if which == "first":
        return next(every, None)
    if which == "last":
        return max(every, key=lambda b: tuple(b.values()), default=None)
    distinct = 1 if which == "equal" else len(ranges)
    return next((b for b in every if len(set(b.values())) == distinct), None)
