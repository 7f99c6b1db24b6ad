"""Which few worlds decide an equation for every depth, width and number of examples: read off the formula anew.

*Depth*: f = B W_k a with B, a free of W_k (`networks.Layers`), if every layer is named by an index over layers.
*Sums over layers*: both sides are sums of one contribution a layer, equal layer by layer.
*Width*: a term with at most s index pairs of a layer is a combination of contractions, which are independent
polynomials once both sizes are at least s; where loops of the identity bring the sizes themselves in, to degree m, on a
grid of m + 1 sizes.
*Examples*: with N a letter in averages, a term that multiplies m sums over examples and names q of them is a sum over
sets of at most m + q examples; it vanishes for every N if it does for 1, ..., m + q, whichever examples are named.

Bounds are coarse on purpose: a bound that is too large costs time, one that is too small a false proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ..claim import Setting
from ..formula.nodes import (
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
    children,
    rebuild,
    walk,
)
from ..formula.sizes import Range
from .algebra import Uncovered

ONE = Num(Fraction(1))
THE_LAYER = "the layer"
LAYERED = ("W", "V", "rho", "lam", "decay")
PER_EXAMPLE = ("x", "y", "f", "fV")
WORDS = ("K", "N", "L", "rho", "pi", "decay", "W")
FUNCTIONS = (
    *("exp", "log", "sqrt", "sign", "abs", "softmax", "onehot", "dot", "outer", "norm", "vec", "tr"),
    *("zeros_like", "diag", "entry", "row", "col", "eye", "rows", "cols"),
)
MOST_EXAMPLES, MOST_PAIRS, MOST_LOOPS = 5, 9, 4


@dataclass(frozen=True)
class Plan:
    """What to check: `layers` are the free indices of layers; `pairs`, `loops`, `examples` the bounds s, m, m + q."""

    layers: tuple[str, ...]
    free_examples: tuple[str, ...]
    adjacent: bool
    summed: bool
    pairs: int
    loops: int
    examples: int


def plan_for(relation: Compare, ranges: tuple[Range, ...], setting: Setting, single: bool) -> Plan:
    """The worlds that decide an equation for every depth, width and N.

    Raises:
        Uncovered: naming what the lemmas do not speak of.
    """
    for node in walk(relation):
        _allowed(node, single)
    if single:
        named = _without_numbers(relation)
        assert isinstance(named, Compare)
        relation = named
    roles = index_roles(relation, ranges)
    layers = tuple(r.index for r in ranges if roles.get(r.index) == "layer")
    free = tuple(r.index for r in ranges if roles.get(r.index) == "example")
    places = sum(roles.get(r.index) == "place" for r in ranges)
    adjacent = any(_is_next(i) for i in _layer_indices(relation))
    summed = not single and _summed(relation)
    if (summed and (layers or adjacent)) or len(layers) + adjacent > 2 or (adjacent and len(layers) != 1):
        raise Uncovered("more layers at once than are written out")
    pairs = Count("pairs", setting).relation(relation) + places
    examples = Count("sums", setting).relation(relation) + len(free)
    loops = _loops(relation)
    if pairs > MOST_PAIRS or examples > MOST_EXAMPLES or loops > MOST_LOOPS:
        raise Uncovered("too many factors")
    return Plan(layers, free, adjacent, summed, max(2, pairs), loops, max(1, examples))


def _without_numbers(node: Node) -> Node:
    """A formula about a single layer, which may be called 1 or K, with a name in place of these."""
    if isinstance(node, Indexed) and node.base in LAYERED and node.index in (ONE, Name("K")):
        return replace(node, index=Name(THE_LAYER))
    return rebuild(node, _without_numbers)


# ---- words and indices


def _allowed(node: Node, single: bool) -> None:
    match node:
        case Call(func=func) if func not in FUNCTIONS:
            raise Uncovered(f"'{func}' for every depth and width")
        case Indexed(base="x") if not single:
            raise Uncovered("'x' for every depth and width")
        case Grad(wrt=None) | Hess(first=None) | Name(name="W") if not single:
            raise Uncovered("all layers at once, for every depth")
        case Reduce(func=func, low=low, high=high) if func != "sum" or low != ONE:
            raise Uncovered("an extreme, a product or a part of a sum")
        case Reduce(high=high) if high not in (Name("N"), Name("K")) and not _is_place_end(high):
            raise Uncovered("a part of a sum")


def _is_place_end(node: Node) -> bool:
    return isinstance(node, Call) and node.func in ("rows", "cols")


def _is_next(index: Node) -> bool:
    return isinstance(index, BinOp) and index.op == "+" and index.right == ONE and isinstance(index.left, Name)


def _layer_indices(node: Node) -> list[Node]:
    return [n.index for n in walk(node) if isinstance(n, Indexed) and n.base in LAYERED]


def index_roles(relation: Node, ranges: tuple[Range, ...]) -> dict[str, str]:
    """'layer', 'example' or 'place' for every index; each has one, and is no number in a calculation."""
    bound = {r.index for r in ranges} | {n.index for n in walk(relation) if isinstance(n, Reduce)}
    if len(bound) < len(ranges) + sum(isinstance(n, Reduce) for n in walk(relation)):
        bound_twice = [n.index for n in walk(relation) if isinstance(n, Reduce)]
        if set(bound_twice) & {r.index for r in ranges}:
            raise Uncovered("an index that is bound twice")
    found: dict[str, set[str]] = {name: set() for name in bound}
    _collect(relation, found)
    for name, roles in found.items():
        if len(roles) > 1 or "number" in roles:
            raise Uncovered(f"the index '{name}' used as {' and '.join(sorted(roles))}")
    return {name: roles.pop() for name, roles in found.items() if roles}


def _collect(node: Node, found: dict[str, set[str]]) -> None:
    match node:
        case Name(name=name):
            if name in found:
                found[name].add("number")
            elif name not in WORDS:
                raise Uncovered(f"the word '{name}' for every depth and width")
        case Indexed(base=base, index=index):
            _named(index, "layer" if base in LAYERED else "example", found)
        case Call(func="onehot", args=(index,)):
            _named(index, "example", found)
        case Call(func="entry" | "row" | "col", args=(arg, *places)):
            _collect(arg, found)
            for place in places:
                if isinstance(place, Indexed) and place.base == "y":
                    _named(place.index, "example", found)
                else:
                    _named(place, "place", found)
        case Reduce(index=index, high=high, body=body):
            found[index].add({"N": "example", "K": "layer"}.get(getattr(high, "name", ""), "place"))
            for child in (high, body):
                if child not in (Name("N"), Name("K")):
                    _collect(child, found)
        case Call(func="rows" | "cols" | "eye"):
            for n in walk(node):
                if isinstance(n, Indexed):
                    _named(n.index, "layer" if n.base in LAYERED else "example", found)
        case _:
            for child in children(node):
                _collect(child, found)


def _named(index: Node, role: str, found: dict[str, set[str]]) -> None:
    name = index.left if role == "layer" and _is_next(index) else index  # type: ignore[attr-defined]
    if name == Name(THE_LAYER):
        return
    if not isinstance(name, Name) or name.name not in found:
        raise Uncovered(f"a {role} that is not named by an index alone")
    found[name.name].add(role)


# ---- sums over layers


def _summed(relation: Compare) -> bool:
    """Whether both sides are sums over the layers, of degree one."""
    left, right = _share(relation.left), _share(relation.right)
    if _is_zero(relation.right):
        right = left
    if left != right:
        raise Uncovered("a sum over layers beside something that is none")
    return left == 1


def _is_zero(node: Node) -> bool:
    return node == Num(Fraction(0)) or (isinstance(node, Call) and node.func == "zeros_like")


def _share(node: Node) -> int:
    """The degree of a term in sums over all layers, 0 or 1: a rate is one unless a named layer alone moves in it."""
    match node:
        case Rate(body=body):
            _none_inside(body)
            return 0 if _of_named_layers(body) else 1
        case Reduce(high=Name(name="K"), body=body):
            _none_inside(body)
            return 1
        case Grad(body=body) | Hess(body=body):
            _none_inside(body)
            return 0
        case Neg(arg=arg) | Transpose(arg=arg):
            return _share(arg)
        case BinOp(op="+" | "-", left=left, right=right):
            shares = {_share(side) for side in (left, right) if not _is_zero(side)}
            if len(shares) > 1:
                raise Uncovered("a sum over layers beside something that is none")
            return shares.pop() if shares else 0
        case BinOp(op="*" | "@", left=left, right=right) | Call(func="dot" | "outer", args=(left, right)):
            return _at_most_one(_share(left) + _share(right))
        case BinOp(op="/", left=left, right=right):
            _none_inside(right)
            return _share(left)
        case Reduce(body=body):
            return _share(body)
        case Call(func="vec" | "tr", args=(arg,)) | Call(func="entry" | "row" | "col", args=(arg, *_)):
            return _share(arg)
        case BinOp() | Call():
            for child in children(node):
                _none_inside(child)
    return 0


def _none_inside(node: Node) -> None:
    if _share(node):
        raise Uncovered("a sum over layers inside a function, a derivative or another sum")


def _at_most_one(share: int) -> int:
    if share > 1:
        raise Uncovered("a product of sums over layers")
    return share


def _of_named_layers(body: Node) -> bool:
    """Whether a term is made of numbers and of W, V, rho of named layers alone."""
    for n in walk(body):
        if isinstance(n, Grad | Hess | Rate | Reduce):
            return False
        if isinstance(n, Indexed) and n.base not in ("W", "V", "rho"):
            return False
        if isinstance(n, Name) and n.name in ("L", "rho", "W"):
            return False
    return True


# ---- loops


def _loops(relation: Compare) -> int:
    """The degree in the sizes of a layer."""
    nodes = walk(relation)
    gradients = sum(isinstance(n, Grad) for n in nodes)
    identity = gradients > 1 or any(
        isinstance(n, Hess) or (isinstance(n, Call) and n.func in ("eye", "diag")) for n in nodes
    )
    written = sum(isinstance(n, Call) and n.func in ("rows", "cols") for n in nodes)
    if not identity:
        return written
    closing = [n for n in nodes if _closes(n)]
    return written + 2 * len(closing)


def _closes(n: Node) -> bool:
    """Whether a node may contract an identity with itself."""
    match n:
        case Call(func="tr"):
            return True
        case Call(func="norm", args=(arg,)):
            return _brings_identity(arg)
        case Call(func="dot", args=(a, b)):
            return _brings_identity(a) and _brings_identity(b)
        case Reduce(high=high, body=body):
            return _is_place_end(high) and _brings_identity(body)
    return False


def _brings_identity(node: Node) -> bool:
    nodes = walk(node)
    return sum(isinstance(n, Grad) for n in nodes) > 1 or any(
        isinstance(n, Hess) or (isinstance(n, Call) and n.func in ("eye", "diag")) for n in nodes
    )


# ---- how much a term carries


@dataclass(frozen=True)
class Load:
    """What a fraction carries: above the line, below it apart from norms, in powers of norms below it, and inside
    exponentials and the like, which a derivative brings down. `normed`: a norm of a layer occurs."""

    top: int = 0
    below: int = 0
    radius: int = 0
    inside: int = 0
    normed: bool = False
    rooted: bool = False

    def times(self, other: Load) -> Load:
        return Load(self.top + other.top, self.below + other.below, self.radius + other.radius, *self._shared(other))

    def _shared(self, other: Load) -> tuple[int, bool, bool]:
        return max(self.inside, other.inside), self.normed or other.normed, self.rooted or other.rooted

    def plus(self, other: Load) -> Load:
        """Over a common denominator: powers of norms have a least one, other denominators are multiplied."""
        radius = max(self.radius, other.radius)
        tops = (
            self.top + other.below + radius - self.radius,
            other.top + self.below + radius - other.radius,
        )
        return Load(max(tops), self.below + other.below, radius, *self._shared(other))

    def inverse(self) -> Load:
        return Load(self.below + self.radius, self.top, 0, self.inside, self.normed, self.rooted)

    def derivative(self, counted: bool) -> Load:
        """By one weight. `counted`: pairs are, so that d(rho) = <W, dW>/rho brings some in."""
        if self.rooted:
            raise Uncovered("the derivative of a norm of anything but a layer, for every width")
        brought = self.inside + (1 if counted and self.normed else 0)
        radius = self.radius + (2 if counted and self.normed else 0)
        return Load(self.top + self.below + brought, 2 * self.below, radius, self.inside, self.normed)


class Count:
    """A bound for the pairs of indices of a layer, or for the sums over examples that are multiplied."""

    def __init__(self, what: str, setting: Setting):
        self.pairs, self.setting = what == "pairs", setting

    def relation(self, node: Compare) -> int:
        both = self.load(node.left).plus(self.load(node.right))
        return max(both.top, both.inside)

    def load(self, node: Node) -> Load:
        match node:
            case Num():
                return Load()
            case Name(name="L"):
                return self.loss()
            case Name(name="rho"):
                return Load(top=1, normed=True) if self.pairs else Load()
            case Name():
                return Load()
            case Indexed(base=base):
                return self._indexed(base)
            case Neg(arg=arg) | Transpose(arg=arg):
                return self.load(arg)
            case BinOp(op="**"):
                return self._power(node)
            case BinOp(op=op, left=left, right=right):
                a, b = self.load(left), self.load(right)
                return a.plus(b) if op in ("+", "-") else a.times(b.inverse() if op == "/" else b)
            case Reduce(high=high, body=body):
                return self.load(body).times(Load(int(not self.pairs and high == Name("N"))))
            case Grad(body=body):
                return self.load(body).derivative(self.pairs)
            case Hess(body=body):
                return self.load(body).derivative(self.pairs).derivative(self.pairs)
            case Rate(body=body, flow=flow):
                return self.load(body).derivative(self.pairs).times(self.velocity(flow))
            case Call():
                return self._call(node)
        raise Uncovered(f"{type(node).__name__} for every depth and width")

    def loss(self) -> Load:
        if not self.pairs:
            return Load(top=1)
        top = {"exponential": 0, "logistic": 0, "square": 2, "cross-entropy": 1}[self.setting.loss]
        decays = self.setting.weight_decay != 0
        return Load(top=max(top, 2 * decays), inside=0 if self.setting.loss == "square" else 1)

    def velocity(self, flow: str | None) -> Load:
        force = self.loss().derivative(self.pairs)
        turned = self.pairs and (flow or self.setting.flow) != "gradient"
        return force.times(Load(top=2, normed=True)) if turned else force

    def _indexed(self, base: str) -> Load:
        if base == "lam":
            return self.loss().derivative(self.pairs).times(Load(top=int(self.pairs)))
        if not self.pairs or base in ("y", "decay"):
            return Load()
        if base in ("V", "fV"):
            return Load(top=1, radius=1, normed=True)
        return Load(top=1, normed=base == "rho")

    def _power(self, node: BinOp) -> Load:
        exponent = _plain(node.right)
        if exponent is None:
            raise Uncovered("an exponent that is not a number, for every depth and width")
        inside = node.left
        if isinstance(inside, Call) and inside.func == "norm" and exponent % 2 == 0:
            inside = inside.args[0]  # <A, A> has no root in it
        base = self.load(inside)
        if exponent.denominator != 1:
            if not self.pairs and base.top + base.below:
                raise Uncovered("a root of a sum over examples")
            base = Load(base.top, base.below, base.radius, base.inside, base.normed, rooted=True)
            exponent = Fraction(-1 if exponent < 0 else 1) * -(-abs(exponent).numerator // exponent.denominator)
        whole = base.inverse() if exponent < 0 else base
        result = Load()
        for _ in range(abs(int(exponent))):
            result = result.times(whole)
        return result.times(Load(inside=whole.inside, normed=whole.normed, rooted=whole.rooted))

    def _call(self, node: Call) -> Load:
        func, args = node.func, node.args
        if func in ("entry", "row", "col", "vec", "tr", "diag", "zeros_like") and args != (Name("W"),):
            return self.load(args[0])
        if func in ("dot", "outer"):
            return self.load(args[0]).times(self.load(args[1]))
        if func in ("onehot", "eye", "rows", "cols"):
            return Load()
        if func == "vec":
            return Load(top=int(self.pairs))
        inner = self.load(args[0])
        if not self.pairs:
            if inner.top + inner.below + inner.inside:
                raise Uncovered(f"'{func}' of a sum over examples")
            return Load()
        return self._function(func, args[0], inner)

    def _function(self, func: str, arg: Node, inner: Load) -> Load:
        carried = inner.top + inner.below + inner.radius
        if func == "norm":
            layer = isinstance(arg, Indexed) and arg.base in ("W", "V")
            return Load(top=inner.top, below=inner.below, radius=inner.radius, normed=True, rooted=not layer)
        if func in ("exp", "softmax"):
            return Load(inside=carried + inner.inside, normed=inner.normed, rooted=inner.rooted)
        if func == "sqrt":
            return Load(inner.top, inner.below, inner.radius, inner.inside, inner.normed, rooted=True)
        top = inner.top if func == "abs" else 0
        below = carried if func == "log" else inner.below
        return Load(
            top, below if func != "sign" else 0, inner.radius, carried + inner.inside, inner.normed, inner.rooted
        )


def _plain(node: Node) -> Fraction | None:
    match node:
        case Num(value=value):
            return value
        case Neg(arg=arg):
            inner = _plain(arg)
            return None if inner is None else -inner
        case BinOp(op="/", left=Num(value=a), right=Num(value=b)) if b:
            return a / b
    return None
