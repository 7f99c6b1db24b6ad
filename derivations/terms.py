"""The papers' notation over an exact world, with operators: what the sides of a derivation's step are made of."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .exact.arrays import Array, scalar, vector
from .exact.world import ExactWorld, Point


class Value:
    """A scalar, vector or matrix of an exact world. ``*`` scales, ``@`` multiplies matrices."""

    def __init__(self, world: ExactWorld, array: Array):
        self.world, self.array = world, array

    def _lift(self, other: Any) -> Value:
        return other if isinstance(other, Value) else Value(self.world, self.world.number(Fraction(other)))

    def _with(self, array: Array) -> Value:
        return Value(self.world, array)

    def __add__(self, other: Any) -> Value:
        return self._with(self.world.add(self.array, self._lift(other).array))

    def __radd__(self, other: Any) -> Value:
        return self._lift(other) + self

    def __neg__(self) -> Value:
        return self._with(self.world.negate(self.array))

    def __sub__(self, other: Any) -> Value:
        return self + (-self._lift(other))

    def __rsub__(self, other: Any) -> Value:
        return self._lift(other) - self

    def __mul__(self, other: Any) -> Value:
        return self._with(self.world.scale(self.array, self._lift(other).array))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Value:
        return self._with(self.world.divide(self.array, self._lift(other).array))

    def __rtruediv__(self, other: Any) -> Value:
        return self._lift(other) / self

    def __pow__(self, exponent: int) -> Value:
        return self._with(self.world.power(self.array, Fraction(exponent)))

    def __matmul__(self, other: Value) -> Value:
        return self._with(self.world.matmul(self.array, other.array))

    @property
    def T(self) -> Value:
        return self._with(self.world.transpose(self.array))

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

    def _value(self, array: Array) -> Value:
        return Value(self.world, array)

    def _body(self, body: Callable[[Terms], Value]) -> Callable[[Point], Array]:
        return lambda state: body(Terms(self.world, state, self.label)).array

    @property
    def N(self) -> int:
        return self.world.examples

    @property
    def L(self) -> Value:
        return self._value(self.world.loss_value(self.state))

    @property
    def rho(self) -> Value:
        return self._value(self.world.norm_product(self.state))

    def W(self, k: int) -> Value:
        return self._value(self.world.weight(self.state, k))

    def V(self, k: int) -> Value:
        return self._value(self.world.direction(self.state, k))

    def rho_k(self, k: int) -> Value:
        return self._value(self.world.layer_norm(self.state, k))

    def lam(self, k: int) -> Value:
        return self._value(self.world.multiplier(self.state, k))

    def decay(self, k: int) -> Value:
        return self._value(self.world.layer_decay(k))

    def f(self, n: int) -> Value:
        return self._output(n, False)

    def fV(self, n: int) -> Value:
        return self._output(n, True)

    def _output(self, n: int, normalized: bool) -> Value:
        f = self.world.output(self.state, n, normalized)
        return self._value(f.reshape(()) if f.size == 1 else f)

    def y(self, n: int) -> Value:
        return self._value(self.world.label(n))

    def x(self, n: int) -> Value:
        return self._value(self.world.input(n))

    def before(self, n: int) -> Value:
        """a_n, what enters the first layer written out, in a world of every depth."""
        return self._value(self.world.before(n))

    def after(self, n: int) -> Value:
        """B_n, what stands behind the last layer written out, in a world of every depth with one output."""
        rows = self.world.shapes[-1][0]
        return self._value(vector([self.world.ring.letter(f"B{n}_0_{i}") for i in range(rows)]))

    def letter(self, name: str) -> Value:
        """A letter of the ring by its name, as a scalar."""
        return self._value(scalar(self.world.ring.letter(name)))

    def number(self, value: int | Fraction) -> Value:
        return self._value(self.world.number(Fraction(value)))

    def exp(self, v: Value) -> Value:
        return self._value(self.world.apply("exp", v.array))

    def softmax(self, v: Value) -> Value:
        return self._value(self.world.apply("softmax", v.array))

    def onehot(self, n: int) -> Value:
        """e_{y_n}, as long as the output."""
        classes = self.world.output(self.state, n, False).size
        return self._value(self.world.identity(classes)[self.world.target_class(n) - 1])

    def entry(self, v: Value, *index: int) -> Value:
        return self._value(self.world.entry(v.array, *index))

    def dot(self, a: Value, b: Value) -> Value:
        return self._value(self.world.inner(a.array, b.array))

    def outer(self, a: Value, b: Value) -> Value:
        return self._value(self.world.outer(a.array.reshape(-1), b.array.reshape(-1)))

    def eye(self, n: int) -> Value:
        return self._value(self.world.identity(n))

    def zeros_like(self, v: Value) -> Value:
        return self._value(self.world.zeros(v.array.shape))

    def sum(self, body: Callable[[int], Value]) -> Value:
        """Over the examples."""
        total = body(1)
        for n in range(2, self.N + 1):
            total = total + body(n)
        return total

    @property
    def mean(self) -> Fraction:
        """The factor in front of the sum over examples in the loss: 1/N, or 1 for the plain sum."""
        return Fraction(1, self.N) if self.world.average else Fraction(1)

    def grad(self, body: Callable[[Terms], Value], space: str, k: int) -> Value:
        return self._value(self.world.gradient(self.state, self._body(body), space, k))

    def hess(self, body: Callable[[Terms], Value], space: str, j: int, k: int) -> Value:
        return self._value(self.world.hessian(self.state, self._body(body), space, (j, k)))

    def d(self, body: Callable[[Terms], Value], flow: str | None = None) -> Value:
        return self._value(self.world.rate(self.state, self._body(body), flow))
