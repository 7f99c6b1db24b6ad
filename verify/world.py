"""What a world offers to the formula language, and the evaluator that walks a formula over any world.

Both worlds satisfy `World` structurally; they never see the tree. Layers and examples count from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from .formula import constants
from .formula.nodes import BinOp, Call, Grad, Hess, Indexed, Name, Neg, Node, Num, Rate, Reduce, Transpose
from .formula.shapes import Sizes, as_vector, integer, normal

Value = Any  # a scalar, vector or matrix of the world's own kind
State = Any  # a point: weights, or norms and directions; opaque to the evaluator
Body = Callable[[State], Value]


class CannotEvaluate(Exception):
    """This world has no meaning (yet) for a term; the message says which and why."""


class World(Protocol):
    """A place where terms have values.

    Values are scalars (), vectors (n,) and matrices (r, c). A *state* carries either the layers W, or the
    pair (rho, V) when a derivative by V or rho is being taken; quantities of the network are functions of it.
    """

    state: State

    # values
    def number(self, value: Fraction) -> Value: ...
    def shape(self, a: Value) -> tuple[int, ...]: ...
    def reshape(self, a: Value, shape: tuple[int, ...]) -> Value: ...
    def add(self, a: Value, b: Value) -> Value: ...
    def negate(self, a: Value) -> Value: ...
    def scale(self, a: Value, b: Value) -> Value: ...  # one of the two is a scalar
    def divide(self, a: Value, b: Value) -> Value: ...  # by a scalar
    def power(self, a: Value, exponent: Fraction) -> Value: ...
    def matmul(self, a: Value, b: Value) -> Value: ...  # vectors and matrices whose inner sizes agree
    def transpose(self, a: Value) -> Value: ...
    def inner(self, a: Value, b: Value) -> Value: ...  # equal shapes
    def norm(self, a: Value) -> Value: ...
    def outer(self, a: Value, b: Value) -> Value: ...
    def trace(self, a: Value) -> Value: ...
    def diagonal(self, a: Value) -> Value: ...  # vector to diagonal matrix
    def identity(self, n: int) -> Value: ...
    def zeros(self, shape: tuple[int, ...]) -> Value: ...
    def entry(self, a: Value, *index: int) -> Value: ...
    def row(self, a: Value, i: int) -> Value: ...
    def column(self, a: Value, j: int) -> Value: ...
    def apply(self, name: str, a: Value) -> Value: ...  # exp log sqrt abs sign li act softmax rank ...
    def extreme(self, name: str, values: Sequence[Value]) -> Value: ...  # 'min' or 'max' of scalars
    def label_entry(self, a: Value, n: int) -> Value: ...  # component of a at the class label of example n
    def constant(self, name: str) -> Value: ...  # p decay pi margin X Y min_norm max_margin svm

    # the network
    def weight(self, state: State, k: int) -> Value: ...
    def direction(self, state: State, k: int) -> Value: ...
    def layer_norm(self, state: State, k: int) -> Value: ...
    def norm_product(self, state: State) -> Value: ...
    def output(self, state: State, n: int, normalized: bool) -> Value: ...  # f[n], or fV[n]
    def loss_value(self, state: State) -> Value: ...
    def margin(self, state: State) -> Value: ...
    def preactivation(self, state: State, k: int, n: int) -> Value: ...
    def gates(self, state: State, k: int, n: int) -> Value: ...
    def multiplier(self, state: State, k: int) -> Value: ...
    def weights_vector(self, state: State) -> Value: ...
    def input(self, n: int) -> Value: ...
    def label(self, n: int) -> Value: ...
    def onehot(self, n: int) -> Value: ...
    def layer_decay(self, k: int) -> Value: ...

    # derivatives: `space` is 'W', 'V' or 'rho'; layer None means all layers, stacked, each row by row
    def gradient(self, state: State, body: Body, space: str, layer: int | None) -> Value: ...
    def hessian(self, state: State, body: Body, space: str, layers: tuple[int, int] | None) -> Value: ...
    def rate(self, state: State, body: Body, flow: str | None) -> Value: ...


class Evaluator:
    """Values of terms in one world."""

    def __init__(self, world: World, sizes: Sizes):
        self.world, self.sizes = world, sizes

    def term(self, node: Node, bound: Mapping[str, int] | None = None, state: State = None) -> Value:
        """The value of a term with the given indices, at the world's point unless a state is given."""
        return self._term(node, bound or {}, self.world.state if state is None else state)

    def difference(self, left: Node, right: Node, bound: Mapping[str, int]) -> tuple[Value, Value, Value]:
        """Both sides of a relation and left minus right, shapes adapted."""
        a, b = self._agree(self.term(left, bound), self.term(right, bound))
        return a, b, self.world.add(a, self.world.negate(b))

    def _agree(self, a: Value, b: Value) -> tuple[Value, Value]:
        """Two values that may be added: a 1 x d or d x 1 matrix beside a d-vector becomes one."""
        shapes = self.world.shape(a), self.world.shape(b)
        if shapes[0] == shapes[1]:
            return a, b
        target = as_vector(shapes[0])
        return self.world.reshape(a, target), self.world.reshape(b, target)

    def _normal(self, a: Value) -> Value:
        shape = self.world.shape(a)
        return a if shape == normal(shape) else self.world.reshape(a, normal(shape))

    def _vector(self, a: Value) -> Value:
        shape = self.world.shape(a)
        return self.world.reshape(a, as_vector(shape) or (1,))

    def _term(self, node: Node, bound: Mapping[str, int], state: State) -> Value:
        w = self.world
        match node:
            case Num(value=value):
                return w.number(value)
            case Name(name=name):
                return self._name(name, bound, state)
            case Indexed(base=base, index=index):
                return self._normal(self._indexed(base, integer(index, bound, self.sizes), state))
            case Neg(arg=arg):
                return w.negate(self._term(arg, bound, state))
            case Transpose(arg=arg):
                value = self._term(arg, bound, state)
                return w.transpose(value) if len(w.shape(value)) == 2 else value
            case BinOp():
                return self._binary(node, bound, state)
            case Reduce():
                return self._reduce(node, bound, state)
            case Grad(body=body, wrt=wrt):
                layer = None if wrt is None else integer(wrt.index, bound, self.sizes)
                space = "W" if wrt is None else wrt.base
                return self._normal(w.gradient(state, self._body(body, bound), space, layer))
            case Hess():
                return self._hessian(node, bound, state)
            case Rate(body=body, flow=flow):
                return w.rate(state, self._body(body, bound), flow)
            case Call():
                return self._normal(self._call(node, bound, state))
        raise CannotEvaluate(f"{type(node).__name__} is a statement, not a term")

    def _body(self, node: Node, bound: Mapping[str, int]) -> Body:
        return lambda state: self._term(node, bound, state)

    def _name(self, name: str, bound: Mapping[str, int], state: State) -> Value:
        w = self.world
        if name in bound:
            return w.number(Fraction(bound[name]))
        match name:
            case "K":
                return w.number(Fraction(self.sizes.depth))
            case "N":
                return w.number(Fraction(self.sizes.examples))
            case "rho":
                return w.norm_product(state)
            case "L":
                return w.loss_value(state)
            case "margin":
                return w.margin(state)
            case "t":
                raise CannotEvaluate("t has a value only along a trajectory")
        return w.constant(name)

    def _indexed(self, base: str, i: int, state: State) -> Value:
        w = self.world
        match base:
            case "W":
                return w.weight(state, i)
            case "V":
                return w.direction(state, i)
            case "rho":
                return w.layer_norm(state, i)
            case "lam":
                return w.multiplier(state, i)
            case "decay":
                return w.layer_decay(i)
            case "x":
                return w.input(i)
            case "y":
                return w.label(i)
        return w.output(state, i, base == "fV")

    def _binary(self, node: BinOp, bound: Mapping[str, int], state: State) -> Value:
        w = self.world
        left = self._term(node.left, bound, state)
        if node.op == "**":
            exponent = rational(node.right, bound, self.sizes)
            if exponent is None:
                raise CannotEvaluate("an exponent that is not a number")
            return w.power(left, exponent)
        right = self._term(node.right, bound, state)
        match node.op:
            case "+" | "-":
                left, right = self._agree(left, right)
                return w.add(left, right if node.op == "+" else w.negate(right))
            case "*":
                return w.scale(left, right)
            case "/":
                return w.divide(left, right)
        return self._product(left, right)

    def _product(self, a: Value, b: Value) -> Value:
        w = self.world
        left, right = w.shape(a), w.shape(b)
        if not left or not right:
            return w.scale(a, b)
        inner = left[-1], right[0]
        if inner[0] != inner[1]:
            a, b = self._vector(a), self._vector(b)
        return self._normal(w.matmul(a, b))

    def _reduce(self, node: Reduce, bound: Mapping[str, int], state: State) -> Value:
        low, high = (integer(e, bound, self.sizes) for e in (node.low, node.high))
        values = [self._term(node.body, {**bound, node.index: i}, state) for i in range(low, high + 1)]
        w = self.world
        if node.func in ("min", "max"):
            if not values:
                raise CannotEvaluate(f"{node.func} over an empty range")
            return w.extreme(node.func, values)
        if not values:
            return w.number(Fraction(int(node.func == "prod")))
        total = values[0]
        for value in values[1:]:
            total = w.scale(total, value) if node.func == "prod" else w.add(*self._agree(total, value))
        return total

    def _hessian(self, node: Hess, bound: Mapping[str, int], state: State) -> Value:
        layers: tuple[int, int] | None = None
        if node.first is not None and node.second is not None:
            first, second = (integer(v.index, bound, self.sizes) for v in (node.first, node.second))
            layers = first, second
        return self._normal(self.world.hessian(state, self._body(node.body, bound), node.space, layers))

    def _call(self, node: Call, bound: Mapping[str, int], state: State) -> Value:
        w, func = self.world, node.func
        if func in ("pre", "gate"):
            k, n = (integer(a, bound, self.sizes) for a in node.args)
            return w.preactivation(state, k, n) if func == "pre" else w.gates(state, k, n)
        if func == "onehot":
            return w.onehot(integer(node.args[0], bound, self.sizes))
        if func == "eye":
            return w.identity(integer(node.args[0], bound, self.sizes))
        if func in ("rows", "cols"):
            return w.number(Fraction(integer(node, bound, self.sizes)))
        if func == "vec" and node.args == (Name("W"),):
            return w.weights_vector(state)
        first = self._term(node.args[0], bound, state)
        if func in ("entry", "row", "col"):
            return self._part(node, first, bound)
        if func in ("min", "max"):
            return w.extreme(func, [self._term(a, bound, state) for a in node.args])
        if func in ("dot", "outer"):
            second = self._term(node.args[1], bound, state)
            if func == "outer":
                return w.outer(self._vector(first), self._vector(second))
            return w.inner(*self._agree(first, second))
        return self._unary(func, first)

    def _unary(self, func: str, a: Value) -> Value:
        w = self.world
        shape = w.shape(a)
        match func:
            case "norm":
                return w.norm(a)
            case "vec":
                size = 1
                for n in shape:
                    size *= n
                return w.reshape(a, (size,))
            case "tr":
                return w.trace(a) if shape else a
            case "diag":
                return w.diagonal(self._vector(a))
            case "zeros_like":
                return w.zeros(shape)
            case "softmax":
                return w.apply("softmax", self._vector(a))
        return w.apply(func, a)

    def _part(self, node: Call, a: Value, bound: Mapping[str, int]) -> Value:
        w, func = self.world, node.func
        if func == "entry" and len(node.args) == 2:
            place = node.args[1]
            vector = self._vector(a)
            if isinstance(place, Indexed) and place.base == "y":
                return w.label_entry(vector, integer(place.index, bound, self.sizes))
            return w.entry(vector, integer(place, bound, self.sizes))
        shape = w.shape(a)
        matrix = w.reshape(a, (*shape, 1, 1)[:2]) if len(shape) < 2 else a
        index = [integer(i, bound, self.sizes) for i in node.args[1:]]
        if func == "entry":
            return w.entry(matrix, *index)
        return w.row(matrix, index[0]) if func == "row" else w.column(matrix, index[0])


def rational(node: Node, bound: Mapping[str, int], sizes: Sizes) -> Fraction | None:
    """The value of a term made of numbers, K, N and bound indices; None for anything else."""
    return constants.rational(node, {"K": sizes.depth, "N": sizes.examples, **bound})
