"""Deep linear networks with one output under a vanishing decay (derivation stationarity.deep_path).

Every equilibrium that is not zero has layers of one norm, W_k = r u_k u_(k-1)^T, and w = W_K ... W_1 is the
equilibrium of one layer under another decay. Its length solves h(R) = 2 lambda with h(R) = |grad ell(w_R)| R^(1-2/K),
where w_R is the minimum of the data's loss ell among vectors of length R:

    far    R -> infinity, w/|w| -> svm: all equilibria of two layers, all minima of more
    near   three layers or more: h(R) -> 0 as R -> 0, so that an equilibrium tends to zero along sum_n z_n; no minimum

The global minima go far; they are definable in lambda, so that a path of them exists.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from flint import arb, ctx, fmpq

from derivations.exact.ring import Undecidable

from ..along.fates.base import Fate, Law, powers
from ..along.separator import separator
from ..along.theorems import is_norm, product_of_directions
from ..claim import Setting
from ..formula.nodes import BinOp, Call, Indexed, Name, Neg, Node, Num, rebuild
from ..formula.shapes import Sizes
from ..points.rational import RationalPoint
from ..points.values import BITS, numbers_of
from ..statements.words import DIRECTIONAL, FIXED, continuous, indices_of, names

ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))
FIRST = Indexed("V", ONE)
MARGIN = BinOp("/", ONE, Indexed("rho", ONE))  # where W_1 = e_1 w*^T


def is_deep(setting: Setting) -> bool:
    """Linear layers with one output and one decay for all, under an exponential tail."""
    decay = setting.weight_decay
    return (
        setting.network == "linear"
        and setting.loss in ("exponential", "logistic")
        and not setting.output_activation
        and all(len(w) > 2 and w[-1] == 1 for w in setting.widths)
        and not (isinstance(decay, tuple | list) and (len(set(decay)) > 1 or "any" in decay))
    )


# ---- what is proved


def goes_far(setting: Setting, at: str) -> bool:
    """Whether all paths but those of zero weights go far."""
    two = all(len(w) == 3 for w in setting.widths)
    return is_deep(setting) and separates(setting) and (two or at == "minimum")


def separates(setting: Setting) -> bool:
    """Whether the data are separable; one example always is."""
    return setting.data == "separable" or (setting.data == "generic" and setting.examples == 1)


def far_limit(body: Node, setting: Setting, at: str) -> Node | None:
    """The limit of a term along every path, in terms of the separator; None where that is not known."""
    depths = {len(w) - 1 for w in setting.widths}
    zero_counts = at == "stationary" or (at == "minimum" and max(depths) > 2)  # zero weights are such a point
    if _is_ratio_of_norms(body):
        return ONE
    if _over_norm(body):
        return ZERO
    if not zero_counts and body == Name("L"):
        return ZERO
    if not zero_counts and body == RATE:
        return BinOp("/", ONE, Name("max_margin"))
    if body in OUTPUTS:
        return ONE
    found = _along_separator(body, depths.pop()) if len(depths) == 1 else None
    known = found is not None and continuous(body) and not names(found) - FIXED - indices_of(found) - {"svm"}
    directed = names(body) & {"V", "fV", "margin"}  # which zero weights have not
    return found if known and directed and "decay" not in names(body) else None


LOG = Call("log", (BinOp("/", ONE, Name("decay")),))
RATE = BinOp("/", Name("rho"), LOG)
SMALLEST = (BinOp("*", Name("rho"), Name("margin")), BinOp("*", Name("margin"), Name("rho")))
OUTPUTS = tuple(BinOp("/", smallest, LOG) for smallest in SMALLEST)  # rho tends to log(1/lambda)/gamma


def _is_ratio_of_norms(body: Node) -> bool:
    def layer(node: Node) -> bool:
        return is_norm(node) and node != Name("rho")

    return isinstance(body, BinOp) and body.op == "/" and layer(body.left) and layer(body.right)


def _over_norm(body: Node) -> bool:
    """A number over a norm."""
    return isinstance(body, BinOp) and body.op == "/" and isinstance(body.left, Num) and is_norm(body.right)


def _along_separator(node: Node, depth: int) -> Node:
    """A term with the product of the directions, and what is made of it, in terms of the separator."""
    product = product_of_directions(depth)
    if node in (product, Call("vec", (product,))):
        return Name("svm")
    if node == Name("margin"):
        return Name("max_margin")
    node = rebuild(node, lambda child: _along_separator(child, depth))
    if isinstance(node, Indexed) and node.base == "fV":
        return Call("dot", (Name("svm"), Indexed("x", node.index)))
    return node


def of_one_example(node: Node) -> Node:
    """The separator and its margin, where there is one example."""
    x, y = (Indexed(name, ONE) for name in "xy")
    if node == Name("max_margin"):
        return Call("norm", (x,))
    if node == Name("svm"):
        return BinOp("/", BinOp("*", y, x), Call("norm", (x,)))
    return rebuild(node, of_one_example)


# ---- ends


def stands_for_decay(node: Node) -> bool:
    """Whether a term has a decay in it, and no parts whose laws give its own."""
    combined = isinstance(node, BinOp | Neg) or (isinstance(node, Call) and node.func in ("log", "sqrt", "abs"))
    return "decay" in names(node) and not combined


def law_of_decay(node: Node) -> Law | None:
    """The decay of one layer is 1/e^s by itself, where all layers have the same; what else holds it is not known."""
    itself = node == Name("decay") or (isinstance(node, Indexed) and node.base == "decay")
    return Law(fmpq(1), powers(-1, 0, 0)) if itself else None


@dataclass
class Deep(Fate):
    """A path whose weights have the direction of `end`, W_1 = e_1 w^T and W_k = e_1 e_1^T; `separated` has that with
    the hard margin for w, where the data have one."""

    separated: RationalPoint | None = None
    certificate: ClassVar[str] = "deep regularisation path"

    def knows(self, body: Node) -> bool:
        return continuous(body) and not names(body) - DIRECTIONAL - indices_of(body)

    def constant(self, side: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if names(side) & {"svm", "max_margin"}:
            if self.separated is None or names(side) - FIXED - set(bound):
                raise Undecidable("a side that mixes the separator with the start")
            return numbers_of(_at_separator(side), self.separated, self.setting, sizes, bound)
        return super().constant(side, bound, sizes)

    def settled(self, node: Node, bound: dict[str, int]) -> bool:
        """The decay vanishes, and where it stands nothing has its value."""
        return "decay" not in names(node) and super().settled(node, bound)


class Far(Deep):
    """The path of minima of the penalised loss."""

    def unbounded(self, body: Node) -> bool:
        return is_norm(body) or (isinstance(body, Indexed) and body.base == "W")

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if body == Name("L"):
            return np.array([fmpq(0)], dtype=object)
        return numbers_of(_at_separator(body), self.end, self.setting, sizes, bound) if self.knows(body) else None

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        """rho ~ log(1/lambda)/gamma, and every layer has its K-th root for a norm."""
        if stands_for_decay(node):
            return law_of_decay(node)
        if not is_norm(node):
            return super().law(node, bound, sizes)
        with ctx.workprec(BITS):
            length = numbers_of(Indexed("rho", ONE), self.end, self.setting, sizes, bound)[0]
            depth = len(self.start.W)
            if node == Name("rho"):
                return Law(length, powers(0, 1, 0))
            ball = length if isinstance(length, arb) else arb(length)
            return Law(ball.root(depth), (Fraction(0), Fraction(1, depth), Fraction(0)))


class Near(Deep):
    """The path of equilibria that tend to zero."""

    def unbounded(self, body: Node) -> bool:
        return _over_norm(body) and isinstance(body, BinOp) and body.left != ZERO

    def limit(self, body: Node, bound: dict[str, int], sizes: Sizes) -> Any:
        if is_norm(body):
            return np.array([fmpq(0)], dtype=object)
        if body == Name("L"):
            count = 1 if self.setting.average else len(self.start.x)
            return np.array([fmpq(count) if self.setting.loss == "exponential" else count * arb(2).log()], dtype=object)
        return numbers_of(body, self.end, self.setting, sizes, bound) if self.knows(body) else None

    def law(self, node: Node, bound: dict[str, int], sizes: Sizes) -> Law | None:
        return None


def _at_separator(node: Node) -> Node:
    """The term at W_1 = e_1 w*^T, where both margins are 1/|w*|."""
    if node == Name("svm"):
        return Call("row", (FIRST, ONE))
    if node in (Name("max_margin"), Name("margin")):
        return MARGIN
    return rebuild(node, _at_separator)


def deep_ends(point: RationalPoint, setting: Setting, widths: tuple[int, ...], at: str) -> list[Deep]:
    """The paths that are known on the data of a point."""
    if not is_deep(setting) or setting.assume:  # whether hypotheses hold along a path is not looked at
        return []
    weights = separator(point) if separates(setting) else None
    separated = None if weights is None else _with_direction(point, weights, widths)
    found: list[Deep] = []
    if separated is not None:
        story = "minima of the penalised loss end in the direction of the largest margin"
        found.append(Far(point, separated, story, setting, separated))
    rows = [[Fraction(y) * v for v in x] for x, y in zip(point.x, point.y, strict=True)]
    total = tuple(sum(column, Fraction(0)) for column in zip(*rows, strict=True))
    free = setting.start in ("random", "small")  # other points have to separate
    if free and at != "minimum" and len(widths) > 3 and any(total):
        story = "equilibria of three layers or more tend to zero along the sum of the y_n x_n as well"
        found.append(Near(point, _with_direction(point, total, widths), story, setting, separated))
    return found


def _with_direction(point: RationalPoint, w: tuple[Fraction, ...], widths: tuple[int, ...]) -> RationalPoint:
    """W_1 = e_1 w^T, W_k = e_1 e_1^T."""
    layers = []
    for k, (columns, rows) in enumerate(itertools.pairwise(widths)):
        first = w if k == 0 else (Fraction(1), *(Fraction(0),) * (columns - 1))
        layers.append((first, *((Fraction(0),) * columns for _ in range(rows - 1))))
    return replace(point, W=tuple(layers), decay=(Fraction(0),) * len(layers))
