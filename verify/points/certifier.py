"""Whether a rational point is admissible and violates a statement: certified in exact or ball arithmetic."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

from flint import arb, fmpq, fmpq_mat

from derivations.exact.arrays import item
from derivations.exact.gordan import multipliers
from derivations.exact.point import OutsideDomain, PointWorld
from derivations.exact.ring import OutOfLetters, Undecidable
from numerics.sampling.separation import separating_weights

from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.nodes import And, Call, Compare, Logic, Node, walk
from ..formula.shapes import bindings
from ..statements.table import in_general_position
from ..world import CannotEvaluate, Evaluator
from .rational import RationalPoint, with_decays
from .tables import are_of_table

SUBSETS = 20_000  # subsets of inputs whose independence is checked; with more of them nothing is certified


STRICT = ("<", ">", "!=")
WEAKENED = {"<": "<=", ">": ">="}  # the negation of the right side is open
STRENGTHENED = {"<=": "<", ">=": ">"}
JUMPS = ("rank", "nullity", "distinct", "pinv", "null_projector")  # a gate or a sign does not, off the kinks


def jumps(relation: Compare) -> bool:
    """Whether some term of a relation may be discontinuous at a point where it exists."""
    return any(isinstance(n, Call) and n.func in JUMPS for n in walk(relation))


class Certifier:
    """Decides with certainty whether a rational point is admissible and violates a statement."""

    def __init__(self, formula: Node, statement: Statement, setting: Setting, widths: tuple[int, ...]):
        self.formula, self.statement, self.setting, self.widths = formula, statement, setting, widths
        self.sizes = setting.sizes(widths)
        self.separator: tuple | None = None  # weights that separate the data, found once and then kept

    def violates(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        if self.statement.at not in ("any", "interpolating") or self.statement.after not in (None, "separation"):
            return False  # whether the point is one of these is not certified here
        try:
            point = self.completed(point)
            world = point.world(self.setting, self.widths)
            return self.admissible(point, world) and self.holds(self.formula, world, bound) is False
        except (OutsideDomain, Undecidable, CannotEvaluate, OutOfLetters, ZeroDivisionError):
            return False

    def completed(self, point: RationalPoint) -> RationalPoint:
        """With the setting's decays; at interpolating points the targets are the network's own outputs."""
        point = with_decays(point, self.setting)
        if self.statement.at != "interpolating":
            return point
        world = point.world(self.setting, self.widths)
        outputs = [
            [_fraction(world.value(e)) for e in world.outputs(world.state, n, False)]
            for n in range(1, self.setting.examples + 1)
        ]
        return replace(point, y=tuple(o[0] if len(o) == 1 else tuple(o) for o in outputs))

    def holds(self, node: Node, world: PointWorld, bound: dict[str, int]) -> bool | None:
        """Whether a statement holds at the point, or None where the balls do not tell."""
        match node:
            case Compare():
                left, right, _ = Evaluator(world, self.sizes).difference(node.left, node.right, bound)
                return world.compare(node.op, left, right)
            case And(args=args):
                return _all([self.holds(a, world, bound) for a in args])
            case Logic(func="implies", args=(a, b)):
                return _implies(self.holds(a, world, bound), self.holds(b, world, bound))
            case Logic(func="iff", args=(a, b)):
                left, right = self.holds(a, world, bound), self.holds(b, world, bound)
                return None if left is None or right is None else left == right
            case Logic(func="generically", args=(inner,)):
                return False if self._open() and self.fails_nearby(inner, world, bound) else None
        return None

    # ---- a statement outside of a null set

    def _open(self) -> bool:
        """Whether the admissible weights near an admissible point fill a neighbourhood."""
        setting = self.setting
        return (
            self.statement.at == "any"
            and setting.start not in ("balanced", "equal-norms")
            and all(isinstance(h.formula, Compare) and h.formula.op in STRICT for h in setting.assume)
        )

    def fails_nearby(self, node: Node, world: PointWorld, bound: dict[str, int]) -> bool:
        """Whether a statement fails at the point and at all points near it: what fails is an inequality, or an
        equation, of terms that are continuous there, by a gap that is certain."""
        match node:
            case Compare(op=op) if op != "!=" and not jumps(node):
                return self.holds(replace(node, op=WEAKENED.get(op, op)), world, bound) is False
            case And(args=args):
                return any(self.fails_nearby(a, world, bound) for a in args)
            case Logic(func="implies", args=(a, b)):
                return self.holds_nearby(a, world, bound) and self.fails_nearby(b, world, bound)
            case Logic(func="iff", args=(a, b)):
                return any(
                    self.holds_nearby(p, world, bound) and self.fails_nearby(q, world, bound)
                    for p, q in ((a, b), (b, a))
                )
        return False

    def holds_nearby(self, node: Node, world: PointWorld, bound: dict[str, int]) -> bool:
        """Whether a statement holds at the point and at all points near it."""
        match node:
            case Compare(op=op) if op != "==" and not jumps(node):
                return self.holds(replace(node, op=STRENGTHENED.get(op, op)), world, bound) is True
            case And(args=args):
                return all(self.holds_nearby(a, world, bound) for a in args)
        return False

    # ---- hypotheses

    def admissible(self, point: RationalPoint, world: PointWorld) -> bool:
        return (
            self._data(point)
            and self._decays(point)
            and self._starts(world)
            and self._separable(point, world)
            and self._assumed(world)
            and not world.on_kink
        )

    def _data(self, point: RationalPoint) -> bool:
        """Both labels and inputs in general position; of a table its rows."""
        if in_general_position(self.setting):
            return self._labels_differ(point) and general_position(point.x)
        return are_of_table(point.x, point.y, self.setting)

    def _labels_differ(self, point: RationalPoint) -> bool:
        return self.setting.loss == "square" or len(point.y) == 1 or len(set(point.y)) > 1

    def _decays(self, point: RationalPoint) -> bool:
        """Letters for weight decays stand for positive numbers, a single one for one number."""
        asked = self.setting.weight_decay
        each = asked if isinstance(asked, tuple) else (asked,) * len(point.W)
        held = with_decays(point, self.setting).decay
        positive = all(h > 0 for a, h in zip(each, held, strict=True) if a == "any")
        return positive and (isinstance(asked, tuple) or len(set(held)) == 1)

    def _starts(self, world: PointWorld) -> bool:
        start = self.setting.start
        if start in ("random", "small") and self.statement.after != "separation":
            return True
        if start == "equal-norms" and not self._equal_norms(world):
            return False
        if start == "balanced" and not self._balanced(world):
            return False
        return self.setting.loss == "square" or self._separates(world)

    def _separates(self, world: PointWorld) -> bool:
        signed = (world.signed_output(world.state, n, False) for n in range(1, self.setting.examples + 1))
        return all(world.value(e) > 0 for e in signed)

    def _equal_norms(self, world: PointWorld) -> bool:
        squares = [_fraction(world.value(item(world.inner(w, w)))) for w in world.layers]
        return len(set(squares)) == 1

    def _balanced(self, world: PointWorld) -> bool:
        pairs = itertools.pairwise(world.layers)
        gaps = (world.add(world.matmul(b.T, b), world.negate(world.matmul(a, a.T))) for a, b in pairs)
        return all(world.value(e) == 0 for gap in gaps for e in gap.reshape(-1))

    def _separable(self, point: RationalPoint, world: PointWorld) -> bool:
        """Separable data carry separating weights: those of the point itself, or others that are looked for."""
        if self.setting.data == "generic" or not in_general_position(self.setting):
            return True
        if self.setting.data == "nonseparable":
            return self._multipliers(point) is not None
        if self.setting.data != "separable" or self.setting.loss == "square":
            return False
        if self._separates(world):
            self.separator = None
            return True
        if self.separator is None:
            self.separator = self._look_for_separator(point)
        if self.separator is None:
            return False
        other = replace(point, W=self.separator).world(self.setting, self.widths)
        return self._separates(other)

    def _multipliers(self, point: RationalPoint) -> tuple[Fraction, ...] | None:
        return multipliers(point.x, point.y) if self.setting.loss in ("exponential", "logistic") else None

    def _look_for_separator(self, point: RationalPoint) -> tuple | None:
        x = [[float(v) for v in row] for row in point.x]
        found = separating_weights(x, [float(v) for v in point.y], **self.setting.keywords(self.widths))
        if found is None:
            return None
        return tuple(tuple(tuple(Fraction(float(v)).limit_denominator(100) for v in r) for r in w) for w in found)

    def _assumed(self, world: PointWorld) -> bool:
        return all(
            self.holds(h.formula, world, bound) is True
            for h in self.setting.assume
            for bound in bindings(h.ranges, self.sizes)
        )

    # ---- what is stored

    def describe(self, point: RationalPoint, bound: dict[str, int]) -> Counterexample:
        point = self.completed(point)
        world = point.world(self.setting, self.widths)
        return Counterexample(
            setting=self.setting.name,
            widths=self.widths,
            W=_strings(point.W),
            x=_strings(point.x),
            y=_strings(point.y),
            indices=dict(bound),
            shows=self.shows(self.formula, world, bound),
            hypotheses=self.hypotheses(),
            decay=_strings(point.decay) if any(point.decay) else (),
            separator=_strings(self.separator) if self._needs_separator(world) else (),
            multipliers=_strings(self._multipliers(point)) if self.setting.data == "nonseparable" else (),
        )

    def _needs_separator(self, world: PointWorld) -> bool:
        return self.setting.data == "separable" and self.setting.loss != "square" and not self._separates(world)

    def hypotheses(self) -> tuple[str, ...]:
        drawn = ["labels of both classes", "inputs in general position"]
        met = [*(drawn if in_general_position(self.setting) else ["rows of the table of data"]), "off every kink"]
        if self.setting.start != "random":
            met.append(f"start: {self.setting.start}")
        if self.setting.data == "separable":
            met.append("some weights of the network separate the data")
        if self.setting.data == "nonseparable":
            met.append("multipliers prove that no hyperplane through 0 separates the data")
        return (*met, *(h.text for h in self.setting.assume))

    def shows(self, node: Node, world: PointWorld, bound: dict[str, int]) -> str:
        """The two sides of the first relation that fails, first differing entry of a matrix."""
        for relation in _relations(node):
            if self.holds(relation, world, bound) is not False:
                continue
            left, right, gap = Evaluator(world, self.sizes).difference(relation.left, relation.right, bound)
            world.at_precision(128)
            pairs = list(zip(left.reshape(-1), right.reshape(-1), gap.reshape(-1), strict=True))
            at = next((i for i, (_, _, g) in enumerate(pairs) if not _may_vanish(world.value(g))), 0)
            place = f" (entry {at + 1})" if len(pairs) > 1 else ""
            sides = [_shown(world.value(e)) for e in pairs[at][:2]]
            return f"left {sides[0]}, right {sides[1]}{place}"
        return "the premise holds and the conclusion fails"


def _relations(node: Node) -> Iterator[Compare]:
    if isinstance(node, Compare):
        yield node
    elif isinstance(node, And):
        for part in node.args:
            yield from _relations(part)
    elif isinstance(node, Logic):
        yield from _relations(node.args[-1])


def _all(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def _implies(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is True:
        return True
    return False if a is True and b is False else None


def _may_vanish(value: Any) -> bool:
    return value == 0 or (isinstance(value, arb) and value.contains(0))


def _shown(value: Any) -> str:
    return value.str(8, radius=False) if isinstance(value, arb) else str(value)


def _fraction(value: Any) -> Fraction:
    if isinstance(value, arb):
        raise Undecidable("a rational value is wanted")
    return Fraction(int(value.p), int(value.q))


def _strings(value: Any) -> Any:
    return tuple(map(_strings, value)) if isinstance(value, tuple) else str(value)


@lru_cache(maxsize=64)
def general_position(x: tuple[tuple[Fraction, ...], ...]) -> bool:
    """Every min(N, d) inputs are independent."""
    size = min(len(x), len(x[0]))
    if comb(len(x), size) > SUBSETS:
        return False
    subsets = itertools.combinations(x, size)
    return all(fmpq_mat([[_fmpq(v) for v in row] for row in rows]).rank() == size for rows in subsets)


def _fmpq(v: Fraction) -> fmpq:
    return fmpq(v.numerator, v.denominator)
