"""Relations that say the same: a > b, b < a, a - b > 0, 2*a > 2*b.

A term is written as a polynomial with rational coefficients in its parts that are no sums, products or numbers. Parts
are told apart by their text, with bound indices renamed. 1/e is a part of its own, so that nothing cancels but N and
K, which are positive wherever they stand; a relation may be multiplied by positive numbers and by these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any

from ..formula.nodes import And, BinOp, Call, Compare, Indexed, Name, Neg, Node, Num, Reduce

Monomial = tuple[tuple[str, int], ...]  # parts, sorted by their text, with exponents
POSITIVE = ("K", "N")  # parts that cancel
SYMMETRIC = frozenset({"dot"})
MOST_TERMS, MOST_EXPONENT = 200, 6  # of what is multiplied out
ORIENTED = {">": (">", 1), ">=": (">=", 1), "<": (">", -1), "<=": (">=", -1), "==": ("==", 1), "!=": ("!=", 1)}


@dataclass
class Terms:
    """sum of coefficient * monomial; `parts` holds the tree of every part."""

    coefficients: dict[Monomial, Fraction]
    parts: dict[str, Node] = field(default_factory=dict)

    def plus(self, other: Terms, factor: int = 1) -> Terms:
        total = dict(self.coefficients)
        for monomial, c in other.coefficients.items():
            total[monomial] = total.get(monomial, Fraction(0)) + factor * c
        return Terms({m: c for m, c in total.items() if c}, self.parts | other.parts)

    def times(self, other: Terms) -> Terms:
        total = Terms({}, self.parts | other.parts)
        for m, a in self.coefficients.items():
            for n, b in other.coefficients.items():
                total = total.plus(Terms({_product(m, n): a * b}))
        return total

    @property
    def constant(self) -> Fraction:
        return self.coefficients.get((), Fraction(0))

    def text(self) -> str:
        return " + ".join(f"{c}{''.join(f'*[{p}]^{e}' for p, e in m)}" for m, c in sorted(self.coefficients.items()))


def _product(m: Monomial, n: Monomial) -> Monomial:
    powers = dict(m)
    for part, e in n:
        powers[part] = powers.get(part, 0) + e
    return tuple(sorted((p, e) for p, e in powers.items() if e))


def terms(node: Node, bound: dict[str, str] | None = None) -> Terms:
    """A term as a polynomial in its parts."""
    bound = bound or {}
    match node:
        case Num(value=value):
            return Terms({(): value} if value else {})
        case Neg(arg=arg):
            return Terms({}).plus(terms(arg, bound), -1)
        case Call(func="zeros_like"):
            return Terms({})
        case BinOp(op="+" | "-" as op, left=left, right=right):
            return terms(left, bound).plus(terms(right, bound), 1 if op == "+" else -1)
        case BinOp(op="*" | "/" as op, left=left, right=right):
            a, b = terms(left, bound), terms(right, bound)
            b = b if op == "*" else _inverse(b, right)
            if len(a.coefficients) * len(b.coefficients) <= MOST_TERMS:
                return a.times(b)
        case BinOp(op="**", left=left, right=Num(value=value)) if value.denominator == 1 and 0 < value <= MOST_EXPONENT:
            base = terms(left, bound)
            if len(base.coefficients) ** int(value) <= MOST_TERMS:
                found = base
                for _ in range(int(value) - 1):
                    found = found.times(base)
                return found
    return _part(written(node, bound), node)


def _part(text: str, node: Node, exponent: int = 1) -> Terms:
    return Terms({((text, exponent),): Fraction(1)}, {text: node})


def _inverse(of: Terms, node: Node) -> Terms:
    """1/e: of numbers, N and K as such, of everything else as a part."""
    if len(of.coefficients) != 1:
        return _part(f"1/({of.text()})", node)
    ((monomial, c),) = of.coefficients.items()
    total = Terms({(): 1 / c})
    for part, e in monomial:
        total = total.times(_part(part, node, -e) if part in POSITIVE else _part(f"1/({part})", node, e))
    return total


def written(node: Any, bound: dict[str, str]) -> str:
    """One text for trees that differ in the order of sums and products and in the names of bound indices."""
    match node:
        case Name(name=name):
            return bound.get(name, name)
        case Indexed(base=base, index=index):
            return f"{base}[{terms(index, bound).text()}]"
        case Reduce(func=func, index=index, low=low, high=high, body=body):
            inner = {**bound, index: f"#{len(bound)}"}
            ends = f"{terms(low, bound).text()}, {terms(high, bound).text()}"
            return f"{func}({inner[index]}, {ends}, {terms(body, inner).text()})"
        case Call(func=func, args=args):
            texts = [terms(a, bound).text() for a in args]
            return f"{func}({', '.join(sorted(texts) if func in SYMMETRIC else texts)})"
        case Compare():
            return str(relation(node, bound))
        case Node():
            held = ", ".join(_field(getattr(node, f.name), bound) for f in fields(node) if f.name != "at")
            return f"{type(node).__name__}({held})"
    return str(node)


def _field(value: Any, bound: dict[str, str]) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_field(v, bound) for v in value) + ")"
    arithmetic = isinstance(value, BinOp | Neg | Num | Call)
    return terms(value, bound).text() if arithmetic else written(value, bound)


@dataclass(frozen=True)
class Relation:
    """terms op 0 with op one of > >= == !=, up to positive factors."""

    op: str
    coefficients: tuple[tuple[Monomial, Fraction], ...]


def relation(node: Compare, bound: dict[str, str] | None = None) -> Relation:
    """A relation in normal form."""
    op, sign = ORIENTED[node.op]
    gap = terms(node.left, bound).plus(terms(node.right, bound), -1).coefficients
    for name in POSITIVE:
        least = min((dict(m).get(name, 0) for m in gap), default=0)
        gap = {_product(m, ((name, -least),)): c for m, c in gap.items()} if least else gap
    ordered = sorted(gap.items())
    if ordered:
        first = ordered[0][1]
        scale = sign / abs(first) if op in (">", ">=") else 1 / first
        ordered = [(m, c * scale) for m, c in ordered]
    return Relation(op, tuple(ordered))


def said(node: Node) -> set[Any]:
    """What a conjunction says, part by part."""
    if isinstance(node, And):
        return {s for a in node.args for s in said(a)}
    return {relation(node)} if isinstance(node, Compare) else {written(node, {})}


def granted(wanted: Node, given: Iterable[Node]) -> bool:
    """Whether conjunctions say all of another one, in the same words up to trivial rewriting."""
    known = {s for node in given for s in said(node)}
    return said(wanted) <= known | {weak for s in known if isinstance(s, Relation) for weak in weaker(s)}


def weaker(strong: Relation) -> Iterator[Relation]:
    """What follows with >=."""
    for sign in {">": (1,), "==": (1, -1)}.get(strong.op, ()):
        scale = sign / abs(strong.coefficients[0][1]) if strong.coefficients else 1
        yield Relation(">=", tuple((m, c * scale) for m, c in strong.coefficients))
