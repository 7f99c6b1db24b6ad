"""What is certain about whole trajectories: theorems that decide a statement, and starts that refute one.

Witnesses are rational starts whose fate is known exactly:

    rest       every velocity is exactly zero: the trajectory is its start
    square     one layer, square loss: W tends to W(0) - A^+ (A W(0) - b) with A W - b the gradient's direction
               (trust list: linear flow), a rational point
    line       one linear layer, exponential or logistic loss on separable data: V tends to the hard-margin
               direction and rho/log t to 1/max_margin (trust list: max-margin bias); the direction is rational up
               to its length and is certified by its multipliers
    mirror     a symmetry of the network takes the start to another one on the same data and turns the limit of
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
from fractions import Fraction
from typing import Any

from flint import arb

from derivations.exact.point import PointWorld, decided
from derivations.trust import TRUST

from .claim import Setting, Statement
from .evidence import Counterexample, Exact
from .formula.nodes import Along, And, BinOp, Call, Compare, Indexed, Limit, Logic, Name, Node, Num
from .formula.shapes import bindings
from .formula.text import to_text
from .refute import Certifier, RationalPoint, rational_point
from .trajectories_fates import OUTSIDE, Fate, Rest, at_separator, compared, fates, is_line, names
from .trajectories_starts import dominating, numbers, resting_points
from .trajectories_symmetry import mirrored

DRAWN = 24  # sampled starts that are made rational and tried


def refute_along(statement: Statement, setting: Setting) -> Counterexample | None:
    """A rational start whose exact fate contradicts the statement, or None."""
    started = time.perf_counter()
    if statement.after is not None or statement.at != "any":
        return None
    for widths in setting.widths:
        judge = AlongCertifier(statement.formula, statement, setting, widths)
        indices = list(bindings(statement.ranges, judge.sizes))
        for point in candidates(statement, setting, widths):
            for bound in indices:
                if judge.violates(point, bound):
                    return replace(judge.describe(point, bound), seconds=time.perf_counter() - started)
    return None


def candidates(statement: Statement, setting: Setting, widths: tuple[int, ...]) -> Iterator[RationalPoint]:
    """Starts at rest, then sampled starts with few decimals."""
    from .simulate import draw

    yield from resting_points(setting, widths)
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
    y = tuple(int(v) if setting.loss == "cross-entropy" else numbers(v) for v in found["y"])
    point = RationalPoint(numbers(found["W"]), numbers(found["x"]), y, tuple(numbers(found.get("decay", ()))))
    judge = AlongCertifier(statement.formula, statement, setting, tuple(found["widths"]))
    judge.separator = numbers(found["separator"]) if found.get("separator") else None
    stands = judge.violates(point, found["indices"])
    return stands, judge.describe(point, found["indices"]).shows if stands else "the witness does not stand"


class AlongCertifier(Certifier):
    """Decides with certainty whether a rational start is admissible and its trajectory violates a statement."""

    fate: Fate
    said: str = ""

    def violates(self, point: RationalPoint, bound: dict[str, int]) -> bool:
        try:
            world = point.world(self.setting, self.widths)
            if not self.admissible(point, world):
                return False
        except OUTSIDE:
            return False
        return any(self._contradicts(fate, world, bound) for fate in fates(point, self.setting, self.widths))

    def _contradicts(self, fate: Fate, world: PointWorld, bound: dict[str, int]) -> bool:
        self.fate, self.said = fate, ""
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
            self.said = f"{self.fate.story}; {differing(left, right)}"
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
        laws = [self.fate.law(a, bound, self.sizes) for a in args]
        if None in laws:
            return None
        (a, p), (b, q) = laws
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
                self.said = f"{self.fate.story}; {differing(first, second)} from the start W = {written(other.start)}"
                return False
        return None

    def _mirror(self, body: Node, bound: dict[str, int]) -> bool | None:
        found = mirrored(body, bound, self.fate.start, self.setting, self.sizes)
        if found is None or not self._admits(found[0]):
            return None
        self.said = found[1]
        return False

    def _admits(self, point: RationalPoint) -> bool:
        return self.admissible(point, point.world(self.setting, self.widths))

    def shows(self, node: Node, world: PointWorld, bound: dict[str, int]) -> str:
        return self.said or self.fate.story


def differing(left: Any, right: Any) -> str:
    """The first entries of two arrays of numbers that certainly differ."""
    pairs = list(zip(left, right, strict=True))
    at = next((i for i, (a, b) in enumerate(pairs) if decided("!=", a - b) is True), 0)
    place = f" (entry {at + 1})" if len(pairs) > 1 else ""
    return f"left {shown(pairs[at][0])}, right {shown(pairs[at][1])}{place}"


def written(point: RationalPoint) -> str:
    """The layers as text."""
    return ", ".join("[" + "; ".join(" ".join(map(str, row)) for row in w) + "]" for w in point.W)


# ---- what a theorem decides


THEOREM = "max-margin bias"


def decide_along(statement: Statement, setting: Setting) -> Exact:
    """Proved where the theorem on max-margin bias says it, else undecided."""
    applies = is_line(setting) and setting.data == "separable" and statement.after is None
    if applies and implied_by_bias(statement.formula):
        detail = {"decision": "theorem", "theorem": THEOREM, "lemmas": [f"theorem: {TRUST[THEOREM].statement}"]}
        return Exact("proved", "general", detail)
    return Exact("undecided", "instances", message="no exact route decides this statement about trajectories")


def implied_by_bias(node: Node) -> bool:
    """Whether V[1] -> svm and rho ~ log t/max_margin say a statement word for word."""
    match node:
        case And(args=args):
            return all(implied_by_bias(a) for a in args)
        case Compare(op="==", left=left, right=right):
            sides = [s for s in (left, right) if isinstance(s, Limit) and s.variable == "t"]
            other = right if sides and sides[0] is left else left
            return len(sides) == 1 and _limit_by_bias(_unwrapped(sides[0].body), other)
        case Along(func="diverges", args=(e,)):
            return is_norm(e)
        case Along(func="converges", args=(e,)):
            return _unwrapped(e) in (V1, Name("margin"), Name("L"))
        case Along(func="independent_of_start", args=(Limit(body=e),)):
            return _unwrapped(e) in (V1, Name("margin"), Name("L"))
        case Along(func="asymptotic", args=(e, g)):
            return is_norm(e) and g == BinOp("/", Call("log", (Name("t"),)), Name("max_margin"))
    return False


V1 = Indexed("V", Num(Fraction(1)))


def _limit_by_bias(body: Node, value: Node) -> bool:
    if body == Name("L"):
        return value == Num(Fraction(0))
    return body in (V1, Name("margin")) and "V" not in names(value) and at_separator(value) == at_separator(body)


def _unwrapped(body: Node) -> Node:
    """V[1] for vec(V[1]): a layer with one output is a vector as it stands."""
    return V1 if body == Call("vec", (V1,)) else body


def is_norm(e: Node) -> bool:
    """rho, rho[1] or norm(W[1]) of one layer."""
    one = Num(Fraction(1))
    return e in (Name("rho"), Indexed("rho", one), Call("norm", (Indexed("W", one),)))


def shown(value: Any) -> str:
    """A number, short."""
    return value.str(8, radius=False) if isinstance(value, arb) else str(value)
