"""Shapes of terms, checked before anything is evaluated.

A shape is () for a scalar, (n,) for a vector, (r, c) for a matrix. A 1 x 1 matrix is a scalar, and a
1 x d or d x 1 matrix stands for a d-vector wherever a vector is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import singledispatchmethod

from . import vocabulary as voc
from .errors import FormulaError
from .nodes import (
    Along,
    And,
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Limit,
    Logic,
    Name,
    Neg,
    Node,
    Num,
    Rate,
    Reduce,
    Transpose,
)
from .sizes import SCALAR, Range, Shape, Sizes, as_vector, count, describe, normal, product_shape

__all__ = [
    "Range",
    "Shape",
    "ShapeChecker",
    "Sizes",
    "as_vector",
    "bindings",
    "describe",
    "integer",
    "normal",
]

MAX_TERMS = 10_000  # of one sum, and rows of eye(n)
MAX_REPEATS = 4_000_000  # of a term inside several sums


def bindings(ranges: tuple[Range, ...], sizes: Sizes, limit: int | None = None) -> Iterator[dict[str, int]]:
    """Every assignment of the quantified indices, in order; at most `limit` values of an example index."""

    def extend(bound: dict[str, int], rest: tuple[Range, ...]) -> Iterator[dict[str, int]]:
        if not rest:
            yield bound
            return
        for value in _values(rest[0], bound, sizes, limit):
            yield from extend({**bound, rest[0].index: value}, rest[1:])

    yield from extend({}, ranges)


def _values(r: Range, bound: Mapping[str, int], sizes: Sizes, limit: int | None) -> Iterable[int]:
    low, high = (integer(e, bound, sizes) for e in (r.low, r.high))
    if high - low >= MAX_TERMS:
        raise FormulaError(f"'{r.index}' takes {high - low + 1} values; at most {MAX_TERMS} are read")
    kept = limit if Name("N") in (r.low, r.high) else None
    if kept is not None and high - low >= kept:
        return (*range(low, low + kept - 1), high)
    return range(low, high + 1)


def integer(node: Node, bound: Mapping[str, int], sizes: Sizes) -> int:
    """The value of an index expression: integers, K, N, bound indices, rows(...), cols(...), + - *.

    Raises:
        FormulaError: if it is not made of these.
    """
    match node:
        case Num(value=value) if value.denominator == 1:
            return int(value)
        case Name(name="K"):
            return sizes.depth
        case Name(name="N"):
            return sizes.examples
        case Name(name=name) if name in bound:
            return bound[name]
        case Neg(arg=arg):
            return -integer(arg, bound, sizes)
        case BinOp(op=op, left=left, right=right) if op in "+-*":
            a, b = integer(left, bound, sizes), integer(right, bound, sizes)
            return a + b if op == "+" else a - b if op == "-" else a * b
        case Call(func="rows" | "cols" as func, args=(arg,)):
            shape = ShapeChecker(sizes).shape(arg, bound)
            shape = (*shape, 1, 1)[:2]
            return shape[0 if func == "rows" else 1]
    raise FormulaError("an index is made of integers, K, N, bound indices, rows(...), cols(...)", column=node.at)


class ShapeChecker:
    """Shapes of the terms of one setting; `nest` is 'W' or 'V' inside a derivative by W or V."""

    def __init__(self, sizes: Sizes, quantities: frozenset[str] | None = None):
        self.sizes, self.quantities = sizes, quantities
        self.nest: str | None = None
        self.visits = 0  # terms looked at
        self.repeats = 1  # how often the sums around a term evaluate it

    # ---- statements

    def statement(self, node: Node, bound: Mapping[str, int]) -> None:
        match node:
            case Compare():
                self.relation(node, bound)
            case And(args=args) | Logic(args=args):
                for arg in args:
                    self.statement(arg, bound)
            case Along(func=func, args=args):
                self.along(func, args, bound)
            case _:
                raise FormulaError("a formula without a relation or predicate states nothing", column=node.at)

    def along(self, func: str, args: tuple[Node, ...], bound: Mapping[str, int]) -> None:
        for arg in args:
            inner = arg.body if isinstance(arg, Limit) and func == "independent_of_start" else arg
            shape = self.shape(inner, bound)
            if func in ("asymptotic", "outgrows", "nondecreasing", "nonincreasing") and normal(shape) != SCALAR:
                raise FormulaError(f"{func} is about scalars, not {describe(shape)}", column=arg.at)
        if func == "independent_of_start" and not isinstance(args[0], Limit):
            raise FormulaError("write independent_of_start(limit(e))", column=args[0].at)

    def relation(self, node: Compare, bound: Mapping[str, int]) -> None:
        left, right = (
            normal(self.shape(side.body if isinstance(side, Limit) else side, bound))
            for side in (node.left, node.right)
        )
        if as_vector(left) != as_vector(right):
            met = f"{describe(left)} {node.op} {describe(right)}"
            zero = "; a zero of that shape is zeros_like(...)" if Num(Fraction(0)) in (node.left, node.right) else ""
            raise FormulaError(f"{met}: the two sides have different shapes{zero}", column=node.at)
        if node.op not in ("==", "!=") and as_vector(left) != SCALAR:
            raise FormulaError(f"'{node.op}' is between scalars, not {describe(left)}", column=node.at)

    # ---- terms

    def shape(self, node: Node, bound: Mapping[str, int]) -> Shape:
        self.visits += 1
        return normal(_rule(type(node))(self, node, bound))

    @singledispatchmethod
    def _shape(self, node: Node, bound: Mapping[str, int]) -> Shape:
        kind = {Compare: "a relation", And: "a conjunction", Limit: "a limit"}.get(type(node), "a statement")
        if isinstance(node, Limit):
            raise FormulaError("limit(...) stands as a whole side of a relation", column=node.at)
        raise FormulaError(f"{kind} stands where a term is wanted", column=node.at)

    @_shape.register
    def _(self, node: Num, bound: Mapping[str, int]) -> Shape:
        return SCALAR

    @_shape.register
    def _(self, node: Name, bound: Mapping[str, int]) -> Shape:
        s = self.sizes
        if node.name in bound or (self.quantities is not None and node.name in self.quantities):
            return SCALAR
        if node.name == "p" and s.network != "power":
            raise FormulaError("'p' is the degree of network = 'power'", column=node.at)
        if node.name in ("min_norm", "max_margin", "svm") and s.depth != 1:
            raise FormulaError(f"'{node.name}' is about one layer; here K = {s.depth}", column=node.at)
        if node.name in ("max_margin", "svm") and s.network != "linear":
            raise FormulaError(f"'{node.name}' is about linear networks", column=node.at)
        if node.name == "margin" and s.outputs > 1 and s.loss != "cross-entropy":
            raise FormulaError("'margin' needs a scalar output or class labels", column=node.at)
        targets = (s.examples,) if s.outputs == 1 else (s.examples, s.outputs)
        special = {"X": (s.examples, s.widths[0]), "Y": targets, "svm": (s.widths[0],)}
        special["min_norm"] = (s.widths[0],) if s.outputs == 1 else (s.widths[0], s.outputs)
        return special.get(node.name, SCALAR)

    @_shape.register
    def _(self, node: Indexed, bound: Mapping[str, int]) -> Shape:
        s = self.sizes
        kind = "layer" if node.base in (*voc.LAYERED, "decay") else "example"
        self.within(node, integer(node.index, bound, s), kind)
        match node.base:
            case "W" | "V":
                return s.layer(integer(node.index, bound, s))
            case "x":
                return (s.widths[0],)
            case "f" | "fV":
                return (s.outputs,)
            case "y" if s.loss == "square":
                return (s.outputs,)
            case "lam" if s.flow not in ("constrained", "fixed-rho"):
                raise FormulaError("lam[k] exists in the flows 'constrained' and 'fixed-rho'", column=node.at)
        return SCALAR

    @_shape.register
    def _(self, node: Neg, bound: Mapping[str, int]) -> Shape:
        return self.shape(node.arg, bound)

    @_shape.register
    def _(self, node: Transpose, bound: Mapping[str, int]) -> Shape:
        return self.shape(node.arg, bound)[::-1]

    @_shape.register
    def _(self, node: BinOp, bound: Mapping[str, int]) -> Shape:
        if self.sizes.loss == "cross-entropy" and (_is_label(node.left) or _is_label(node.right)):
            message = "y[n] is the number of a class here: write entry(v, y[n]) or onehot(n)"
            raise FormulaError(message, column=node.at)
        left, right = self.shape(node.left, bound), self.shape(node.right, bound)
        return getattr(self, _BINARY[node.op])(node, left, right)

    def _added(self, node: BinOp, left: Shape, right: Shape) -> Shape:
        if as_vector(left) != as_vector(right):
            raise FormulaError(f"{describe(left)} {node.op} {describe(right)}: shapes differ", column=node.at)
        return left if len(left) >= len(right) else right

    def _scaled(self, node: BinOp, left: Shape, right: Shape) -> Shape:
        if left and right:
            raise FormulaError(
                f"'*' multiplies by a scalar, not {describe(left)} by {describe(right)}: write @, dot or outer",
                column=node.at,
            )
        return left or right

    def _divided(self, node: BinOp, left: Shape, right: Shape) -> Shape:
        if right:
            raise FormulaError(f"'/' divides by a scalar, not by {describe(right)}", column=node.at)
        return left

    def _raised(self, node: BinOp, left: Shape, right: Shape) -> Shape:
        if left or right:
            raise FormulaError("'**' is between scalars; write A @ A for a product", column=node.at)
        return SCALAR

    def _multiplied(self, node: BinOp, left: Shape, right: Shape) -> Shape:
        result = product_shape(left, right)
        if result is None:
            raise FormulaError(f"{describe(left)} @ {describe(right)}: inner sizes differ", column=node.at)
        return result

    @_shape.register
    def _(self, node: Reduce, bound: Mapping[str, int]) -> Shape:
        low, high = (integer(e, bound, self.sizes) for e in (node.low, node.high))
        if high < low:
            return SCALAR
        outside, self.repeats = self.repeats, self.repeats * (high - low + 1)
        if high - low >= MAX_TERMS or self.repeats > MAX_REPEATS:
            message = f"{node.func} over {high - low + 1} terms, {self.repeats} with the sums around it"
            raise FormulaError(f"{message}; at most {MAX_TERMS} and {MAX_REPEATS}", column=node.at)
        values = sorted({low, min(low + 1, high), high})
        shapes = [self.shape(node.body, {**bound, node.index: i}) for i in values]
        self.repeats = outside
        if len(set(map(as_vector, shapes))) > 1:
            raise FormulaError(f"the terms of {node.func} have different shapes", column=node.at)
        if node.func != "sum" and shapes[0]:
            raise FormulaError(f"{node.func} is over scalars, not {describe(shapes[0])}", column=node.at)
        return shapes[0]

    @_shape.register
    def _(self, node: Grad, bound: Mapping[str, int]) -> Shape:
        space = "W" if node.wrt is None else "W" if node.wrt.base == "W" else "V"
        self.differentiated(node.body, space, bound, node.at)
        if node.wrt is None:
            return (self.sizes.parameters,)
        return self.shape(node.wrt, bound)

    @_shape.register
    def _(self, node: Hess, bound: Mapping[str, int]) -> Shape:
        self.differentiated(node.body, node.space, bound, node.at)
        if node.first is None or node.second is None:
            return (self.sizes.parameters,) * 2
        sizes = [count(self.shape(v, bound)) for v in (node.first, node.second)]
        return (sizes[0], sizes[1])

    def differentiated(self, body: Node, space: str, bound: Mapping[str, int], at: int) -> None:
        """Check that `body` is a scalar and that derivatives by W and by V do not nest."""
        outer = self.nest
        if outer is not None and outer != space:
            raise FormulaError("derivatives by W and by V do not mix in one nest", column=at)
        self.nest = space
        shape = self.shape(body, bound)
        self.nest = outer
        if shape != SCALAR:
            raise FormulaError(f"a derivative is taken of a scalar, not of {describe(shape)}", column=at)

    @_shape.register
    def _(self, node: Rate, bound: Mapping[str, int]) -> Shape:
        if self.nest == "V":
            raise FormulaError("a time derivative cannot stand inside a derivative by V", column=node.at)
        return self.shape(node.body, bound)

    @_shape.register
    def _(self, node: Call, bound: Mapping[str, int]) -> Shape:
        if node.func in ("pre", "gate"):
            return self._hidden(node, bound)
        if node.func == "onehot":
            return self._labelled(node, bound)
        if node.func == "vec" and node.args == (Name("W"),):
            return (self.sizes.parameters,)
        if node.func == "eye":
            n = integer(node.args[0], bound, self.sizes)
            if not 1 <= n <= MAX_TERMS:
                raise FormulaError(f"eye({n}): sizes run from 1 to {MAX_TERMS}", column=node.at)
            return (n, n)
        shapes = [self.shape(a, bound) for a in node.args[: _TERM_ARGUMENTS.get(node.func, len(node.args))]]
        return getattr(self, f"_{_RULES.get(node.func, 'scalar')}")(node, shapes, bound)

    def _labelled(self, node: Call, bound: Mapping[str, int]) -> Shape:
        if self.sizes.loss != "cross-entropy":
            raise FormulaError("onehot(n) needs class labels: loss = 'cross-entropy'", column=node.at)
        self.within(node, integer(node.args[0], bound, self.sizes), "example")
        return (self.sizes.outputs,)

    def _hidden(self, node: Call, bound: Mapping[str, int]) -> Shape:
        k, n = (integer(a, bound, self.sizes) for a in node.args)
        self.within(node, k, "layer")
        self.within(node, n, "example")
        return (self.sizes.widths[k],)

    def within(self, node: Node, value: int, kind: str) -> None:
        """Check the number of a layer or of an example."""
        top = self.sizes.depth if kind == "layer" else self.sizes.examples
        if not 1 <= value <= top:
            word = node.base if isinstance(node, Indexed) else getattr(node, "func", "")
            message = f"{word}: there is no {kind} {value}; {kind}s run from 1 to {top}"
            raise FormulaError(message, column=node.at)

    def _scalar(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        for shape in shapes:
            if shape:
                raise FormulaError(f"{node.func} takes a scalar, not {describe(shape)}", column=node.at)
        return SCALAR

    def _entrywise(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        return shapes[0]

    def _to_scalar(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        return SCALAR

    def _inner(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        if as_vector(shapes[0]) != as_vector(shapes[1]):
            raise FormulaError(f"dot of {describe(shapes[0])} and {describe(shapes[1])}", column=node.at)
        return SCALAR

    def _outer(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        left, right = (as_vector(s) or (1,) for s in shapes)
        if len(left) != 1 or len(right) != 1:
            raise FormulaError("outer takes two vectors", column=node.at)
        return (left[0], right[0])

    def _stacked(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        return (count(shapes[0]),)

    def _square(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        shape = shapes[0]
        if shape and (len(shape) != 2 or shape[0] != shape[1]):
            raise FormulaError(f"{node.func} takes a square matrix, not {describe(shape)}", column=node.at)
        return SCALAR

    def _vector(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        if len(as_vector(shapes[0])) > 1:
            raise FormulaError(f"{node.func} takes a vector, not {describe(shapes[0])}", column=node.at)
        return as_vector(shapes[0])

    def _diagonal(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        n = count(self._vector(node, shapes, bound))
        return (n, n)

    def _transposed(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        return shapes[0][::-1]

    def _kernel(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        columns = (*shapes[0], 1, 1)[1]
        return (columns, columns)

    def _part(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        shape = (*shapes[0], 1, 1)[:2]
        if node.func == "entry" and len(node.args) == 2:
            shape = (count(self._vector(node, shapes, bound)),)
        tops = {"row": shape[:1], "col": shape[1:], "entry": shape}[node.func]
        for arg, top in zip(node.args[1:], tops, strict=True):
            if _is_label(arg):
                self.shape(arg, bound)  # there is such an example
                continue
            index = integer(arg, bound, self.sizes)
            if not 1 <= index <= top:
                raise FormulaError(f"{node.func} {index}: indices run from 1 to {top}", column=node.at)
        return {"row": shape[1:], "col": shape[:1], "entry": SCALAR}[node.func]

    def _count_of(self, node: Call, shapes: list[Shape], bound: Mapping[str, int]) -> Shape:
        return SCALAR


_rule = ShapeChecker.__dict__["_shape"].dispatcher.dispatch  # the method for a kind of node, without wrapping it
_BINARY = {"+": "_added", "-": "_added", "*": "_scaled", "/": "_divided", "**": "_raised", "@": "_multiplied"}
_TERM_ARGUMENTS = {"entry": 1, "row": 1, "col": 1}
_RULES = {
    "act": "entrywise",
    "act1": "entrywise",
    "act2": "entrywise",
    "zeros_like": "entrywise",
    "norm": "to_scalar",
    "rows": "to_scalar",
    "cols": "to_scalar",
    "dot": "inner",
    "outer": "outer",
    "vec": "stacked",
    "tr": "square",
    "softmax": "vector",
    "diag": "diagonal",
    "pinv": "transposed",
    "null_projector": "kernel",
    "row": "part",
    "col": "part",
    "entry": "part",
    **dict.fromkeys(voc.SPECTRAL, "square"),
}


def _is_label(node: Node) -> bool:
    """y[n] used as an index, the class label of cross-entropy."""
    return isinstance(node, Indexed) and node.base == "y"
