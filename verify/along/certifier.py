"""Whether the exact fate of a rational start contradicts a statement."""

from __future__ import annotations

import itertools
from dataclasses import replace

from derivations.exact.point import PointWorld, decided

from ..evidence import Counterexample
from ..formula.nodes import Along, And, Compare, Limit, Logic, Node
from ..formula.text import to_text
from ..rational import RationalPoint
from ..refute import Certifier, with_decays
from .fates import Fate, Rest, fates
from .symmetry import mirrored
from .values import OUTSIDE, compared, differing, first_difference, shown, written


class AlongCertifier(Certifier):
    """Decides with certainty whether a rational start is admissible and its trajectory violates a statement."""

    fate: Fate
    said: str = ""
    certificate: str = ""  # why the end is known
    enclosed: bool = False  # whether trajectories are followed in balls where nothing is known at the start
    met: tuple[RationalPoint | None, list[Fate]] = (None, [])  # the last start and its fates

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
            case And() | Logic() | Compare():
                return super().holds(node, world, bound)
        return None

    def _limits(self, node: Compare, bound: dict[str, int]) -> bool | None:
        """A relation with a limit on a side; one with several candidates for the limit fails if all of them fail."""
        if any(isinstance(s, Limit) and s.variable != "t" for s in (node.left, node.right)):
            return None
        sides = [self.fate.candidates(s.body) if isinstance(s, Limit) else [s] for s in (node.left, node.right)]
        truths = {self._related(node, left, right, bound) for left, right in itertools.product(*sides)}
        return truths.pop() if len(truths) == 1 else None

    def _related(self, node: Compare, first: Node, second: Node, bound: dict[str, int]) -> bool | None:
        left, right = (
            self.fate.limit(term, bound, self.sizes) if isinstance(side, Limit)
            else self.fate.constant(term, bound, self.sizes)
            for side, term in ((node.left, first), (node.right, second))
        )  # fmt: skip
        if left is None or right is None:
            return None
        truth = compared(node.op, left, right)
        if truth is False:
            why = self.fate.because(first if isinstance(node.left, Limit) else second)
            self.said = f"{why}; {differing(left, right)}"
        return truth

    def _along(self, func: str, args: tuple[Node, ...], bound: dict[str, int]) -> bool | None:
        if func in ("asymptotic", "outgrows"):
            return self._laws(func, args, bound)
        if func in ("conserved", "nondecreasing", "nonincreasing"):
            return True if isinstance(self.fate, Rest) else None
        if self.fate.unbounded(args[0]):
            grown, text = True, f"|{to_text(args[0])}| tends to infinity"
        elif self.fate.limit(args[0], bound, self.sizes) is not None:
            grown, text = False, f"{to_text(args[0])} has a finite limit"
        else:
            return None
        self.said = f"{self.fate.story}; {text}"
        return {"diverges": grown, "bounded": not grown, "converges": not grown}.get(func)

    def _laws(self, func: str, args: tuple[Node, ...], bound: dict[str, int]) -> bool | None:
        """e/g for e and g of known leading behaviour."""
        first, second = (self.fate.law(a, bound, self.sizes) for a in args)
        if first is None or second is None:
            return None
        (a, p), (b, q) = first, second
        if func == "outgrows":
            truth: bool | None = False if p <= q else None
        else:
            truth = decided("==", a - b) if p == q else False
        if truth is False:
            tends = ("0" if p < q else "infinity") if p != q else shown(a / b)
            self.said = f"{self.fate.story}; ({to_text(args[0])})/({to_text(args[1])}) tends to {tends}"
        return truth

    def _independent(self, body: Node, bound: dict[str, int]) -> bool | None:
        """False if another start on the same data has another limit."""
        return False if self._two_ends(body, bound) is False else self._mirror(body, bound)

    def _two_ends(self, body: Node, bound: dict[str, int]) -> bool | None:
        first = self.fate.limit(body, bound, self.sizes)
        for other in self.fate.others() if first is not None else ():
            second = other.limit(body, bound, self.sizes)
            if compared("==", first, second) is False and self._admits(other.start):
                here, there = (shown(v) for v in first_difference(first, second)[:2])
                self.said = (f"{self.fate.story}; {to_text(body)} tends to {here} from here, and to {there} "
                             f"from the start W = {written(other.start)}")  # fmt: skip
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
