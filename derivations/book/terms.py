"""The papers' notation over an exact world, with operators: what the sides of a derivation's step are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..exact.arrays import Array, matrix, scalar, vector
from ..exact.world import ExactWorld, Point


class NotDecisive(Exception):
    """The worlds of a family are too small to decide every width, or every N.

    Attributes:
        width: a width that would suffice; 0 if no width helps.
    """

    def __init__(self, message: str, width: int = 0):
        super().__init__(message)
        self.width = width


@dataclass(frozen=True)
class Load:
    """What a term may carry as it is written, before anything cancels.

    Attributes:
        ends: index-carrying letters of one dimension in a monomial (w and B for rows, w and a for columns).
        inside: the same in the arguments of its exponentials.
        sums: sums over examples that are multiplied.
        below: ends of what it is divided by.
        norms: whether rho_k or V_k occur, whose derivatives bring new letters.
    """

    ends: int = 0
    inside: int = 0
    sums: int = 0
    below: int = 0
    norms: bool = False

    def __or__(self, other: Load) -> Load:
        return Load(
            max(self.ends, other.ends),
            max(self.inside, other.inside),
            max(self.sums, other.sums),
            self.below + other.below,
            self.norms or other.norms,
        )

    def __add__(self, other: Load) -> Load:
        return Load(
            self.ends + other.ends,
            max(self.inside, other.inside),
            self.sums + other.sums,
            self.below + other.below,
            self.norms or other.norms,
        )

    def over(self, other: Load) -> Load:
        if other.sums:
            raise NotDecisive("a sum over examples below a line")
        return replace(self + replace(other, ends=0), below=self.below + other.ends)

    def power(self, n: int) -> Load:
        if n < 0:
            return Load().over(self.power(-n))
        return Load(n * self.ends, self.inside, n * self.sums, n * self.below, self.norms)

    def as_exponent(self) -> Load:
        if self.sums or self.below:
            raise NotDecisive("a sum over examples, or a quotient, in an exponent")
        return Load(0, max(self.inside, self.ends), 0, 0, self.norms)

    def derivative(self, space: str = "W") -> Load:
        """One letter w goes; an exponential brings its argument down; 1/rho_k brings W_k / rho_k^3."""
        if self.below:
            raise NotDecisive("the derivative of a quotient")
        by_norm = {"W": 1, "V": -1, "rho": 0}[space] if self.norms else {"W": -1, "V": -1, "rho": 0}[space]
        change = max(by_norm, self.inside - 1 if self.inside else by_norm)
        return replace(self, ends=max(self.ends + change, 0))


class Value:
    """A scalar, vector or matrix of an exact world. ``*`` scales, ``@`` multiplies matrices."""

    def __init__(self, world: ExactWorld, array: Array, load: Load | None = None):
        self.world, self.array, self.load = world, array, load or Load()

    def _lift(self, other: Any) -> Value:
        return other if isinstance(other, Value) else Value(self.world, self.world.number(Fraction(other)))

    def _with(self, array: Array, load: Load | None = None) -> Value:
        return Value(self.world, array, load or self.load)

    def __add__(self, other: Any) -> Value:
        other = self._lift(other)
        return self._with(self.world.add(self.array, other.array), self.load | other.load)

    def __radd__(self, other: Any) -> Value:
        return self._lift(other) + self

    def __neg__(self) -> Value:
        return self._with(self.world.negate(self.array))

    def __sub__(self, other: Any) -> Value:
        return self + (-self._lift(other))

    def __rsub__(self, other: Any) -> Value:
        return self._lift(other) - self

    def __mul__(self, other: Any) -> Value:
        other = self._lift(other)
        return self._with(self.world.scale(self.array, other.array), self.load + other.load)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Value:
        other = self._lift(other)
        return self._with(self.world.divide(self.array, other.array), self.load.over(other.load))

    def __rtruediv__(self, other: Any) -> Value:
        return self._lift(other) / self

    def __pow__(self, exponent: int) -> Value:
        return self._with(self.world.power(self.array, Fraction(exponent)), self.load.power(exponent))

    def __matmul__(self, other: Value) -> Value:
        return self._with(self.world.matmul(self.array, other.array), self.load + other.load)

    @property
    def T(self) -> Value:
        return self._with(self.world.transpose(self.array))

    def flat(self) -> Value:
        """The entries row by row, as a vector."""
        return self._with(self.array.reshape(-1))

    def is_zero(self) -> bool:
        return all(e.is_zero() for e in self.array.reshape(-1))

    def __repr__(self) -> str:
        text = ", ".join(str(e) for e in self.array.reshape(-1)[:3])
        return text if len(text) < 400 else text[:400] + " ..."


class Terms:
    """W_k, V_k, rho_k, f(W; x_n), ... of one world, and derivatives of terms.

    A term to be differentiated is a function of `Terms`, for instance ``t.grad(lambda t: t.f(n), "W", k)``.
    """

    def __init__(self, world: ExactWorld, state: Point | None = None, label: str = ""):
        self.world, self.label = world, label
        self.state = world.state if state is None else state

    def _value(self, array: Array, load: Load | None = None) -> Value:
        return Value(self.world, array, load)

    def _body(self, body: Callable[[Terms], Value]) -> tuple[Callable[[Point], Array], list[Load]]:
        """The body as a function of the state, and a list that will hold its load once it has been evaluated."""
        loads: list[Load] = []

        def at(state: Point) -> Array:
            value = body(Terms(self.world, state, self.label))
            loads.append(value.load)
            return value.array

        return at, loads

    # ---- the network

    @property
    def N(self) -> int:
        return self.world.examples

    @property
    def L(self) -> Value:
        return self._value(self.world.loss_value(self.state), self._loss_load())

    def _loss_load(self) -> Load:
        load = {
            "exponential": Load(0, 2, 1),
            "logistic": Load(0, 2, 1),
            "square": Load(4, 0, 1),
            "cross-entropy": Load(2, 2, 1),
        }[self.world.loss]
        return load | Load(2) if any(self.world.decays) else load

    def _velocity_load(self, flow: str | None) -> Load:
        force = self._loss_load()
        force = replace(force, ends=max(force.ends - 1, force.inside - 1, 1))
        return force if (flow or self.world.flow) == "gradient" else force + Load(2, norms=True)

    @property
    def rho(self) -> Value:
        return self._value(self.world.norm_product(self.state), Load(norms=True))

    def W(self, k: int) -> Value:
        return self._value(self.world.weight(self.state, k), Load(1))

    def V(self, k: int) -> Value:
        return self._value(self.world.direction(self.state, k), Load(1, norms=True))

    def rho_k(self, k: int) -> Value:
        return self._value(self.world.layer_norm(self.state, k), Load(norms=True))

    def lam(self, k: int) -> Value:
        return self._value(self.world.multiplier(self.state, k), self._velocity_load("gradient") + Load(1, norms=True))

    def decay(self, k: int) -> Value:
        return self._value(self.world.layer_decay(k))

    def f(self, n: int) -> Value:
        return self._output(n, False)

    def fV(self, n: int) -> Value:
        return self._output(n, True)

    def _output(self, n: int, normalized: bool) -> Value:
        f = self.world.output(self.state, n, normalized)
        return self._value(f.reshape(()) if f.size == 1 else f, Load(2, norms=normalized))

    def y(self, n: int) -> Value:
        return self._value(self.world.label(n))

    def x(self, n: int) -> Value:
        return self._value(self.world.input(n), Load(1))

    def before(self, n: int) -> Value:
        """a_n, what enters the first layer written out, in a world of every depth."""
        return self._value(self.world.before(n), Load(1))

    def after(self, n: int) -> Value:
        """B_n, what stands behind the last layer written out, in a world of every depth with one output."""
        rows = self.world.shapes[-1][0]
        return self._value(vector([self.world.ring.letter(f"B{n}_0_{i}") for i in range(rows)]), Load(1))

    def free(self, name: str) -> Value:
        """A letter without index, such as K, as a scalar."""
        return self._value(scalar(self.world.ring.letter(name)))

    # ---- operations

    def number(self, value: int | Fraction) -> Value:
        return self._value(self.world.number(Fraction(value)))

    def exp(self, v: Value) -> Value:
        return self._value(self.world.apply("exp", v.array), v.load.as_exponent())

    def softmax(self, v: Value) -> Value:
        return self._value(self.world.apply("softmax", v.array), v.load.as_exponent())

    def onehot(self, n: int) -> Value:
        """e_{y_n}, as long as the output."""
        classes = self.world.output(self.state, n, False).size
        return self._value(self.world.identity(classes)[self.world.target_class(n) - 1])

    def entry(self, v: Value, *index: int) -> Value:
        return self._value(self.world.entry(v.array, *index), v.load)

    def dot(self, a: Value, b: Value) -> Value:
        return self._value(self.world.inner(a.array, b.array), a.load + b.load)

    def outer(self, a: Value, b: Value) -> Value:
        return self._value(self.world.outer(a.array.reshape(-1), b.array.reshape(-1)), a.load + b.load)

    def stack(self, rows: list[Value]) -> Value:
        """Vectors as the rows of a matrix."""
        load = rows[0].load
        for row in rows[1:]:
            load = load | row.load
        return self._value(matrix([list(row.array) for row in rows]), load)

    def eye(self, n: int) -> Value:
        return self._value(self.world.identity(n))

    def zeros_like(self, v: Value) -> Value:
        return self._value(self.world.zeros(v.array.shape))

    def sum(self, body: Callable[[int], Value]) -> Value:
        """Over the examples."""
        total = body(1)
        for n in range(2, self.N + 1):
            total = total + body(n)
        return self._value(total.array, replace(total.load, sums=total.load.sums + 1))

    @property
    def mean(self) -> Fraction:
        """The factor in front of the sum over examples in the loss: 1/N, or 1 for the plain sum."""
        return Fraction(1, self.N) if self.world.average else Fraction(1)

    # ---- derivatives

    def grad(self, body: Callable[[Terms], Value], space: str, k: int) -> Value:
        at, loads = self._body(body)
        array = self.world.gradient(self.state, at, space, k)
        return self._value(array, loads[0].derivative(space))

    def hess(self, body: Callable[[Terms], Value], space: str, j: int, k: int) -> Value:
        at, loads = self._body(body)
        array = self.world.hessian(self.state, at, space, (j, k))
        return self._value(array, loads[0].derivative(space).derivative(space))

    def d(self, body: Callable[[Terms], Value], flow: str | None = None) -> Value:
        at, loads = self._body(body)
        array = self.world.rate(self.state, at, flow)
        return self._value(array, loads[0].derivative() + self._velocity_load(flow))
