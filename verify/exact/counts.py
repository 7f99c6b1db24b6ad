r"""How much a term can carry once it is written as a polynomial: index pairs, sums over examples, loops.

* *pairs*: the largest number of different indices (row, or column) of one layer in a monomial. f carries one
  (its one factor W_k is contracted), W_k carries its own free pair, and a derivative with respect to W_k frees
  a pair that was contracted. If the widths are at least this number, distinct contraction graphs give distinct
  monomials, so an identity that holds there holds for every width (*width lemma*).
* *sums*: the largest number of sums over examples that are multiplied. A statement with q distinguished
  examples has coefficients that are polynomials of degree at most `sums` in the number of examples, so it holds
  for every number if it holds for sums + q, ..., 2 sums + q (*examples lemma*).
* *sizes*: the degree in the numbers of rows and columns of a layer, which traces and contracted identities bring in
  (both at once where a flattened matrix is traced).

A count has a numerator and a denominator, since what is compared is cross-multiplied; and it keeps what stands
inside exp, log and roots, since a derivative brings an argument down. The letter of a root carries half of what
its argument does, because its square is replaced by the argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

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
    walk,
)

OPAQUE = ("exp", "log", "sqrt", "softmax", "abs", "sign", "li", "act", "act1", "act2", "norm")  # functions of terms


class NotReducible(Exception):
    """A count has no bound; the message says what is in the way."""


@dataclass(frozen=True)
class Count:
    """`top` above and `below` under the line; `exponent` inside exp, `argument` inside log and roots."""

    top: int = 0
    below: int = 0
    exponent: int = 0
    argument: int = 0

    def __mul__(self, other: Count) -> Count:
        return Count(self.top + other.top, self.below + other.below, *self._inside(other))

    def __add__(self, other: Count) -> Count:
        """A sum over the common denominator."""
        top = max(self.top + other.below, other.top + self.below)
        return Count(top, self.below + other.below, *self._inside(other))

    def _inside(self, other: Count) -> tuple[int, int]:
        return max(self.exponent, other.exponent), max(self.argument, other.argument)

    def inverse(self) -> Count:
        return Count(self.below, self.top, self.exponent, self.argument)

    def power(self, p: Fraction) -> Count:
        """An integer power, or a root of one."""
        if p < 0:
            return self.inverse().power(-p)
        inside = self.argument if p.denominator == 1 else max(self.argument, self.top + self.below)
        return Count(ceil(self.top * p), ceil(self.below * p), self.exponent, inside)

    def derivative(self) -> Count:
        """By the quotient rule; (exp a)' = a' exp a, (log q)' = q'/q and root(q)' = root(q) q'/(m q)."""
        brought = self.exponent + self.argument
        return Count(self.top + self.below + brought, 2 * self.below + self.argument, self.exponent, self.argument)

    @property
    def most(self) -> int:
        """A bound for the numerator and for what has to be told apart inside functions."""
        return max(self.top, self.exponent, self.argument)


@dataclass(frozen=True)
class Bounds:
    """How to count `what` ('pairs', 'sums' or 'sizes') in the terms of a setting."""

    what: str
    setting: Setting

    def relation(self, node: Compare) -> int:
        """Bound for left minus right, denominators cleared.

        Raises:
            NotReducible: if there is none.
        """
        return (self.count(node.left) + self.count(node.right)).most

    def loss(self) -> Count:
        if self.what == "sums":
            return Count(1)
        if self.what == "sizes":
            return Count()
        pairs = {
            "exponential": Count(0, exponent=1),
            "logistic": Count(0, exponent=1),
            "square": Count(2),
            "cross-entropy": Count(1, exponent=1),
        }[self.setting.loss]
        return pairs + Count(1) if self.setting.weight_decay != 0 else pairs

    def velocity(self, flow: str | None) -> Count:
        """Count of dW_k: that of the gradient; the other flows multiply by V_k <V_k, .>."""
        force = self.loss().derivative()
        turns = self.what == "pairs" and (flow or self.setting.flow) != "gradient"
        return force * Count(int(turns))

    def count(self, node: Node) -> Count:
        match node:
            case Num() | Name():
                return self.loss() if node == Name("L") else Count()
            case Indexed(base=base):
                return self._indexed(base)
            case Neg(arg=arg) | Transpose(arg=arg):
                return self.count(arg)
            case BinOp():
                return self._binary(node)
            case Reduce():
                return self._reduce(node)
            case Grad(body=body):
                return self.count(body).derivative()
            case Hess(body=body):
                return self.count(body).derivative().derivative()
            case Rate(body=body, flow=flow):
                moved = self.count(body).derivative() * self.velocity(flow)
                shared = 1 if self.what == "pairs" else 0  # the pair that the derivative frees meets that of dW_k
                return Count(max(moved.top - shared, 0), moved.below, moved.exponent, moved.argument)
            case Call():
                return self._call(node)
        raise NotReducible(f"{type(node).__name__} inside a term")

    def _indexed(self, base: str) -> Count:
        if self.what == "sizes":
            return Count()
        if base == "lam":
            return self.loss().derivative() * Count(int(self.what == "pairs"))
        return Count(int(self.what == "pairs" and base in ("W", "V", "f", "fV", "x")))

    def _reduce(self, node: Reduce) -> Count:
        inner = self.count(node.body)
        if node.func != "sum":
            raise NotReducible(f"a {node.func} is not a polynomial")
        if self.what == "sums":
            return inner * Count(int(node.high == Name("N")))
        over_entries = isinstance(node.high, Call)
        return inner * Count(int(over_entries)) if self.what == "sizes" else inner

    def _binary(self, node: BinOp) -> Count:
        if node.op == "**":
            return self._power(node)
        left, right = self.count(node.left), self.count(node.right)
        if node.op in ("+", "-"):
            return left + right
        if node.op == "@":
            return self._inner(node.left, node.right)
        return left * (right.inverse() if node.op == "/" else right)

    def _power(self, node: BinOp) -> Count:
        exponent, base = plain_number(node.right), node.left
        if exponent is None:
            if self.count(base) == Count() and Name("N") not in walk(node.right):
                return Count()
            raise NotReducible("an exponent that is not a number")
        if isinstance(base, Call) and base.func == "norm" and exponent.denominator == 1 and exponent % 2 == 0:
            return self._inner(base.args[0], base.args[0]).power(exponent / 2)
        inner = self.count(base)
        if exponent.denominator != 1:
            self._no_size_inside(inner, "a root")
        return inner.power(exponent)

    def _call(self, node: Call) -> Count:
        func, args = node.func, node.args
        if func in ("entry", "row", "col"):
            return self.count(args[0])
        if func in ("eye", "onehot", "rows", "cols"):
            return Count(int(self.what == "sizes" and func in ("rows", "cols")))
        if func == "vec" and args == (Name("W"),):
            return Count(int(self.what == "pairs"))
        if func == "dot":
            return self._inner(*args)
        if func == "outer":
            return self.count(args[0]) * self.count(args[1])
        if func in OPAQUE:
            return self._function(func, args[0])
        if func in ("vec", "tr", "diag", "zeros_like"):
            return self.count(args[0]) * Count(2 * (self.what == "sizes" and func == "tr"))
        raise NotReducible(f"'{func}' has no count")

    def _inner(self, a: Node, b: Node) -> Count:
        loop = self.what == "sizes" and brings_identity(a) and brings_identity(b)
        return self.count(a) * self.count(b) * Count(2 * loop)

    def _function(self, func: str, arg: Node) -> Count:
        if func == "norm" and isinstance(arg, Indexed) and arg.base in ("W", "V"):
            return Count()  # the letter rho_k, or 1
        inner = self.count(arg)
        self._no_size_inside(inner, f"'{func}'")
        if func == "norm":
            if self.what == "sizes" and brings_identity(arg):
                raise NotReducible("the norm of an identity is the root of a size")
            return Count(inner.top, inner.below, inner.exponent, max(inner.argument, 2 * (inner.top + inner.below)))
        if func == "sqrt":
            return inner.power(Fraction(1, 2))
        if inner.below:
            raise NotReducible(f"a quotient inside '{func}'")
        inside = max(inner.most, inner.top)
        if func in ("abs", "sign"):
            return Count(inner.top, 0, inner.exponent, inside)
        return Count(0, 0, inside, 0) if func in ("exp", "softmax") else Count(0, 0, inner.exponent, inside)

    def _no_size_inside(self, inner: Count, where: str) -> None:
        """A function of a sum over examples, or of a size, is no polynomial in the number of these."""
        if self.what != "pairs" and (inner.top or inner.below):
            raise NotReducible(f"a {'sum over examples' if self.what == 'sums' else 'size'} inside {where}")


def brings_identity(node: Node) -> bool:
    """Whether a matrix may contain an identity: eye, or second derivatives of norms."""
    return any(isinstance(n, Hess) or (isinstance(n, Call) and n.func in ("eye", "diag")) for n in walk(node)) or (
        sum(isinstance(n, Grad) for n in walk(node)) > 1
    )


def plain_number(node: Node) -> Fraction | None:
    """The value of a term made of numbers only."""
    match node:
        case Num(value=value):
            return value
        case Neg(arg=arg):
            inner = plain_number(arg)
            return None if inner is None else -inner
        case BinOp(op=op, left=left, right=right) if op in "+-*/":
            a, b = plain_number(left), plain_number(right)
            if a is None or b is None or (op == "/" and b == 0):
                return None
            return {"+": a + b, "-": a - b, "*": a * b, "/": a / (b or 1)}[op]
    return None
