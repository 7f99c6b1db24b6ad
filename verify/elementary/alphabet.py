"""The letters that stand for scalar terms, each with the term that it stands for and what is known of its sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derivations.exact.laurent import Laurent, Monomial, is_nonnegative, vanishes_nowhere
from derivations.exact.positivstellensatz import Letters

from ..formula.nodes import BinOp, Neg, Node, Num, free_names
from ..formula.text import to_text


@dataclass(frozen=True)
class Letter:
    """One letter: `node` is its value as a term, `kind` says which lemmas speak of it, `data` what they need."""

    node: Node
    kind: str
    data: Any = None

    @property
    def names(self) -> set[str]:
        """The free names of its term, indices among them."""
        return free_names(self.node)


@dataclass
class Alphabet:
    """Letters counted from 0; equal terms are one letter."""

    table: list[Letter] = field(default_factory=list)
    nonnegative: set[int] = field(default_factory=set)
    nonzero: set[int] = field(default_factory=set)
    known: dict[str, int] = field(default_factory=dict)

    def letter(
        self, node: Node, kind: str = "term", data: Any = None, *, nonnegative: bool = False, nonzero: bool = False
    ) -> int:
        """The letter of a term, made if there is none; what is said of its sign is kept."""
        text = to_text(node)
        if text not in self.known:
            self.known[text] = len(self.table)
            self.table.append(Letter(node, kind, data))
        index = self.known[text]
        if nonnegative:
            self.nonnegative.add(index)
        if nonzero:
            self.nonzero.add(index)
        return index

    def signs(self) -> Letters:
        return Letters(frozenset(self.nonnegative), frozenset(self.nonzero))

    def name(self, index: int) -> str:
        text = to_text(self.table[index].node)
        return f"({text})"

    def is_nonnegative(self, poly: Laurent) -> bool:
        """Whether every term is one that is not negative."""
        return all(c > 0 and is_nonnegative(m, self.nonnegative) for m, c in poly.terms.items())

    def is_positive(self, poly: Laurent) -> bool:
        """Whether no term is negative and one is positive."""
        return self.is_nonnegative(poly) and any(vanishes_nowhere(m, self.nonzero) for m in poly.terms)

    def node_of(self, poly: Laurent) -> Node:
        """The polynomial as a term of the formula language."""
        total: Node | None = None
        for m, c in sorted(poly.terms.items()):
            term = self.monomial_node(m, abs(c))
            if total is not None:
                total = BinOp("-" if c < 0 else "+", total, term)
            elif c < 0:
                total = Neg(term)
            else:
                total = term
        return Num(Fraction(0)) if total is None else total

    def monomial_node(self, m: Monomial, coefficient: Fraction = Fraction(1)) -> Node:
        node: Node | None = None if coefficient == 1 and m else _number(coefficient)
        for i, e in m:
            base = self.table[i].node
            factor = base if e == 1 else BinOp("**", base, _number(Fraction(e)))
            node = factor if node is None else BinOp("*", node, factor)
        assert node is not None
        return node

    def names_of(self, poly: Laurent) -> set[str]:
        """The free names of the terms of a polynomial."""
        return set().union(*(self.table[i].names for i in poly.letters())) if poly.letters() else set()


def _number(value: Fraction) -> Node:
    """A rational as the parser would read it: a quotient of integers."""
    top: Node = Num(Fraction(abs(value.numerator)))
    if value.denominator != 1:
        top = BinOp("/", top, Num(Fraction(value.denominator)))
    return Neg(top) if value < 0 else top


def index_values(node: Node, values: Mapping[str, Node]) -> Mapping[str, Node]:
    """Those of the values that a term speaks of."""
    return {name: v for name, v in values.items() if name in free_names(node)}
