"""Whether the exact fate of a rational start contradicts a statement."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.exact.point import PointWorld, decided

from ..claim import Setting, Statement
from ..evidence import Counterexample
from ..formula.nodes import TURNED, Along, And, Compare, Limit, Logic, Node
from ..formula.text import to_text
from ..points.certifier import Certifier
from ..points.rational import RationalPoint, with_decays
from ..points.values import OUTSIDE, compared, differing, first_difference, shown, written
from ..statements.pointwise import MOVING
from .fates import Fate, Rest, fates
from .fates.base import Law
from .passing import contradicts, written_times
from .symmetry import mirrored
from .tendency import tendency


class AlongCertifier(Certifier):
    """Decides with certainty whether a rational start is admissible and its trajectory violates a statement."""

    fate: Fate
    said: str = ""
    certificate: str = ""  # why the end is known
    enclosed: bool = False  # whether trajectories are followed in balls where nothing is known at the start
    met: tuple[RationalPoint | None, list[Fate]] = (None, [])  # the last start and its fates
    times: tuple[Fraction, Fraction] | None = None  # at which monotone and conserved quantities are enclosed

    def __init__(self, formula: Node, statement: Statement, setting: Setting, widths: tuple[int, ...]):
        super().__init__(formula, statement, setting, widths)
        self.moved: dict[tuple, str] = {}  # what is known of quantities at these times

    def violates(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        start = with_decays(point, self.setting)
        try:
            world = start.world(self.setting, self.widths)
            if not self.admissible(start, world):
                return False
        except OUTSIDE:
            return False
        if self.met[0] is not point:
            self.met = point, list(fates(start, self.setting, self.widths, enclosed=self.enclosed))
        return any(self._contradicts(fate, world, bound) for fate in self.met[1])

    def describe(self, point: RationalPoint, bound: dict[str, int]) -> Counterexample:
        return replace(super().describe(point, bound), certificate=self.certificate)

    def _contradicts(self, fate: Fate, world: PointWorld, bound: dict[str, int]) -> bool:
        self.fate, self.said, self.certificate = fate, "", fate.certificate
        try:
            return self.holds(self.formula, world, bound) is False
        except OUTSIDE:
            return False

    def holds(self, node: Node, world: PointWorld, bound: dict[str, int]) -> bool | None:
        """Whether a statement holds along the trajectory from here, or None where its fate does not tell."""
        match node:
            case Along(func="independent_of_start", args=(limit,)):
                return self._independent(limit.body if isinstance(limit, Limit) else limit, bound)
            case Along(func=func, args=args):
                return self._along(func, args, bound)
            case Compare(left=left, right=right) if any(isinstance(s, Limit) for s in (left, right)):
                return self._limits(node, bound)
            case Logic(func="generically", args=(inner,)):
                return False if any(self._moves(p, bound) for p in _joined(inner)) else None
            case And(args=args):
                return self._every(args, world, bound)
            case Logic() | Compare():
                return super().holds(node, world, bound)
        return None

    def _every(self, parts: tuple[Node, ...], world: PointWorld, bound: dict[str, int]) -> bool | None:
        """A conjunction; what is said is said of the first part that fails."""
        known: bool | None = True
        for part in parts:
            seen = self.holds(part, world, bound)
            if seen is False:
                return False
            known = known if seen else None
        return known

    def _limits(self, node: Compare, bound: dict[str, int]) -> bool | None:
        """A relation with a limit on a side; one with several candidates for the limit fails if all of them fail."""
        if any(isinstance(s, Limit) and s.variable != "t" for s in (node.left, node.right)):
            return None
        sides = [self.fate.candidates(s.body) if isinstance(s, Limit) else [s] for s in (node.left, node.right)]
        truths = {self._related(node, left, right, bound) for left, right in itertools.product(*sides)}
        return truths.pop() if len(truths) == 1 else None

    def _related(self, node: Compare, first: Node, second: Node, bound: dict[str, int]) -> bool | None:
        left, right = (
            self.fate.limit(term, bound, self.sizes)
            if isinstance(side, Limit)
            else self.fate.constant(term, bound, self.sizes)
            for side, term in ((node.left, first), (node.right, second))
        )
        if left is None or right is None:
            return self._by_law(node, first, second, left, right, bound)
        truth = compared(node.op, left, right)
        if truth is False:
            why = self.fate.because(first if isinstance(node.left, Limit) else second)
            self.said = f"{why}; {differing(left, right)}"
        return truth

    def _by_law(
        self,
        node: Compare,
        first: Node,
        second: Node,
        left: Any,
        right: Any,
        bound: dict[str, int],
    ) -> bool | None:
        """A relation between a limit, by leading behaviour, and a number, or another limit of known value. One between
        limits fails where one of them does not exist."""
        if isinstance(node.left, Limit) and isinstance(node.right, Limit):
            for body in (first, second):
                end = tendency(self.fate, body, bound, self.sizes)
                if end is not None and end.converges is False:
                    self.said = f"{self.fate.story}; {to_text(body)} {end.said}, so that it has no limit"
                    return False
        if left is None and right is None:
            return None
        body, op, other = (first, node.op, right) if left is None else (second, TURNED[node.op], left)
        end = tendency(self.fate, body, bound, self.sizes)
        truth = None if end is None else end.related(op, other)
        if end is not None and truth is False:
            self.said = f"{self.fate.story}; {to_text(body)} {end.said}"
        return truth

    def _along(self, func: str, args: tuple[Node, ...], bound: dict[str, int]) -> bool | None:
        if func in ("asymptotic", "outgrows"):
            return self._laws(func, args, bound)
        if func in MOVING:
            still = isinstance(self.fate, Rest)
            return True if still else False if self._moves(Along(func, args), bound) else None
        end = tendency(self.fate, args[0], bound, self.sizes)
        if end is None:
            return None
        self.said = f"{self.fate.story}; {to_text(args[0])} {end.said}"
        return {"diverges": end.infinite, "bounded": not end.infinite, "converges": end.converges}.get(func)

    def _moves(self, part: Node, bound: dict[str, int]) -> str:
        """How a quantity moves the wrong way from a start and from all starts near it; '' where that is not known."""
        if self.times is None or not (isinstance(part, Along) and part.func in MOVING):
            return ""
        start = self.fate.start
        key = start, self.times, part, tuple(sorted(bound.items()))
        if key not in self.moved:
            self.moved[key] = contradicts(part, start, self.times, self.setting, self.sizes, bound)
        if self.moved[key]:
            self.said, self.certificate = self.moved[key], written_times(self.times)
        return self.moved[key]

    def _laws(self, func: str, args: tuple[Node, ...], bound: dict[str, int]) -> bool | None:
        """e/g for e and g of known leading behaviour."""
        first, second = (self.fate.law(a, bound, self.sizes) for a in args)
        if first is None and second is not None and self.fate.bounded(args[0]):
            return self._of_bounded(func, args, second)
        if first is None or second is None:
            return None
        ratio = first.times(second, -1)
        if func == "outgrows":
            truth: bool | None = False if ratio.order <= 0 else None
        elif ratio.order:
            truth = False
        else:
            truth = None if ratio.unknown else decided("==", first.value - second.value)
        if truth is False:
            tends = {1: "tends to infinity", -1: "tends to 0"}.get(ratio.order, f"tends to {shown(ratio.value)}")
            tends = "stays bounded" if ratio.unknown and not ratio.order else tends
            self.said = f"{self.fate.story}; ({to_text(args[0])})/({to_text(args[1])}) {tends}"
        return truth

    def _of_bounded(self, func: str, args: tuple[Node, ...], second: Law) -> bool | None:
        """e/g for bounded e."""
        fails = second.order > 0 or (func == "outgrows" and second.order == 0)
        if not fails:
            return None
        self.said = f"{self.fate.story}; {to_text(args[0])} stays bounded, {to_text(args[1])} does not vanish"
        return False

    def _independent(self, body: Node, bound: dict[str, int]) -> bool | None:
        """False if another start on the same data has another limit."""
        return False if self._two_ends(body, bound) is False else self._mirror(body, bound)

    def _two_ends(self, body: Node, bound: dict[str, int]) -> bool | None:
        first = self.fate.limit(body, bound, self.sizes)
        for other in self.fate.others() if first is not None else ():
            second = other.limit(body, bound, self.sizes)
            if compared("==", first, second) is False and self._admits(other.start):
                here, there = (shown(v) for v in first_difference(first, second)[:2])
                self.said = (
                    f"{self.fate.story}; {to_text(body)} tends to {here} from here, and to {there} "
                    f"from the start W = {written(other.start)}"
                )
                return False
        return None

    def _mirror(self, body: Node, bound: dict[str, int]) -> bool | None:
        found = mirrored(body, bound, self.fate.start, self.setting, self.sizes)
        if found is None or not self._admits(found[0]):
            return None
        self.said, self.certificate = found[1], "symmetry"
        return False

    def _admits(self, point: RationalPoint) -> bool:
        return self.admissible(point, point.world(self.setting, self.widths))

    def shows(self, node: Node, world: PointWorld, bound: dict[str, int]) -> str:
        return self.said or self.fate.story


def _joined(node: Node) -> Iterator[Node]:
    """The parts of a conjunction."""
    if isinstance(node, And):
        for part in node.args:
            yield from _joined(part)
    else:
        yield node
