"""The linear programme that writes a polynomial as a sum of nonnegative ones, guessed in floats and checked exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat, fmpq_mpoly
from scipy.optimize import linprog

from derivations.exact.ring import Element

MOST_TERMS, MOST_COLUMNS = 160, 800  # of a polynomial, of the programme: larger ones are left undecided
MOST_SHORT = 12  # terms of a hypothesis whose own monomials are tried, as the other examples of a sum of losses
LARGEST = 1_000_000  # of the coefficients that are looked for
MOST_PAIRED = 12  # hypotheses whose products are tried
Exponents = tuple[int, ...]
Form = Callable[[fmpq_mpoly], fmpq_mpoly]


@dataclass(frozen=True)
class Sign:
    """An element that is nonnegative at every point meant, or positive (`strict`), or zero (`equal`)."""

    element: Element
    strict: bool = False
    equal: bool = False


def contradicts_itself(sign: Sign) -> bool:
    """Whether no point has this sign: it is said of a number that has another."""
    value = sign.element.rational()
    return value is not None and (value < 0 or (sign.strict and value == 0) or (sign.equal and value != 0))


@dataclass
class Column:
    """A polynomial that is nonnegative, or positive (`strict`), at every point meant."""

    poly: fmpq_mpoly
    strict: bool


class Programme:
    """Write the numerator of an element as a combination of nonnegative polynomials, modulo the relations.

    A numerator has the sign of its element only if what stands below the line is positive (`cleared`). Of an element
    that is not of that kind nothing is certified, and a hypothesis that is not says nothing.

    Args:
        form: the normal form in which polynomials are compared.
    """

    def __init__(self, form: Form, element: Element, known: Sequence[Sign], world: Any, nonzero: set[int]):
        self.form, self.ring, self.nonzero = form, world.ring, nonzero
        self.positive = world.letters.positive
        self.meant = cleared(element, world)
        self.target = form(element.num)
        usable = [k for k in known if cleared(k.element, world)]
        self.known = [(p, k) for k in usable if not (p := form(k.element.num)).is_zero()]
        self.wanted = np.array(self.target.monoms(), dtype=np.int64)
        self.may_be_odd = np.array([i in self.positive for i in range(len(self.ring.gens))])

    def certified(self, strict: bool, reach: str) -> bool:
        """Whether a combination was found and is right; a strict sign needs a positive part.

        Args:
            reach: one of `REACHES`.
        """
        if self.target.is_zero():
            return not strict
        if not self.meant or len(self.target) > MOST_TERMS:
            return False
        columns = self.columns(reach)
        if not columns or len(columns) > MOST_COLUMNS:
            return False
        chosen = self._guessed(columns)
        return chosen is not None and self._checked([columns[i] for i in chosen], strict)

    def columns(self, reach: str) -> list[Column]:
        """Nonnegative polynomials that share monomials with the target."""
        made = itertools.chain(self._monomials(), self._from_hypotheses(self.known, reach != "as they are"))
        if reach == "products":
            made = itertools.chain(made, self._binomials(), self._from_hypotheses(self._pairs()))
        unique: dict[Any, Column] = {}
        for column in itertools.islice(made, MOST_COLUMNS + 1):
            if not column.poly.is_zero():
                key = tuple(sorted((m, str(c)) for m, c in column.poly.to_dict().items()))
                unique.setdefault((key, column.strict), column)
        return list(unique.values())

    def _monomials(self) -> Iterator[Column]:
        """1, and the monomials of the target and of short hypotheses that are squares times positive letters."""
        yield Column(self.ring.unit, True)
        short = (poly for poly, _ in self.known if len(poly) <= MOST_SHORT)
        for exponents in dict.fromkeys(_monoms([self.target, *short])):
            if self._nonnegative(exponents):
                yield Column(self._monomial(exponents), self._vanishes_nowhere(exponents))

    def _from_hypotheses(self, known: Iterable[tuple[fmpq_mpoly, Sign]], multiplied: bool = True) -> Iterator[Column]:
        alone = [(0,) * len(self.ring.gens)]
        for poly, sign in known:
            for multiplier in self._multipliers(poly, sign.equal) if multiplied else alone:
                product = self.form(poly * self._monomial(multiplier))
                yield Column(product, sign.strict and self._vanishes_nowhere(multiplier))
                if sign.equal:
                    yield Column(-product, False)

    def _pairs(self) -> Iterator[tuple[fmpq_mpoly, Sign]]:
        """Products of two hypotheses."""
        if len(self.known) > MOST_PAIRED:
            return
        for (a, s), (b, t) in itertools.combinations_with_replacement(self.known, 2):
            product = self.form(a * b) if len(a) * len(b) <= MOST_TERMS else self.ring.nothing
            if not product.is_zero():
                yield product, Sign(s.element, s.strict and t.strict, s.equal or t.equal)

    def _multipliers(self, poly: fmpq_mpoly, equal: bool) -> list[Exponents]:
        """Monomials that carry a term of the polynomial to one of the target; nonnegative ones, unless it is zero."""
        met = np.array(poly.monoms(), dtype=np.int64)
        ratios = (self.wanted[:, None, :] - met[None, :, :]).reshape(-1, self.wanted.shape[1])
        good = (ratios >= 0).all(1)
        if not equal:
            good &= ((ratios % 2 == 0) | self.may_be_odd).all(1)
        return [tuple(map(int, r)) for r in np.unique(ratios[good], axis=0)]

    def _binomials(self) -> Iterator[Column]:
        """p (q_i +- q_j)^2 for monomials p q_i^2 and p q_j^2 of the target, p of positive letters."""
        whole = {tuple(map(int, m)): c for m, c in self.target.to_dict().items()}
        halves: dict[Exponents, list[Exponents]] = {}
        for m in whole:
            if self._nonnegative(m):
                odd = tuple(e % 2 for e in m)
                halves.setdefault(odd, []).append(tuple((e - o) // 2 for e, o in zip(m, odd, strict=True)))
        for p, roots in halves.items():
            for q, r in itertools.combinations(roots, 2):
                yield from self._squares(whole, p, q, r)

    def _squares(self, whole: dict, p: Exponents, q: Exponents, r: Exponents) -> Iterator[Column]:
        front, left, right = (self._monomial(m) for m in (p, q, r))
        scales = {(1, 1), _ratio_of_roots(whole[_product(p, q, q)], whole[_product(p, r, r)])}
        for a, b in (s for s in scales if s is not None):
            for sign in (1, -1):
                yield Column(self.form(front * (left * a + right * (sign * b)) ** 2), False)

    def _nonnegative(self, exponents: Exponents) -> bool:
        return all(e % 2 == 0 or i in self.positive for i, e in enumerate(exponents))

    def _vanishes_nowhere(self, exponents: Exponents) -> bool:
        return all(e == 0 or i in self.nonzero for i, e in enumerate(exponents))

    def _monomial(self, exponents: Exponents) -> fmpq_mpoly:
        return self.ring.context.from_dict({tuple(exponents): 1})

    # ---- guess and check

    def _guessed(self, columns: Sequence[Column]) -> list[int] | None:
        """Which columns a solution of the programme uses, as much of the strict ones as there can be."""
        rows = {m: i for i, m in enumerate(dict.fromkeys(_monoms([self.target, *(c.poly for c in columns)])))}
        terms = [c.poly.to_dict() for c in columns]
        target = self.target.to_dict()
        row_of, column_of = _scales(rows, terms, target)
        matrix = np.zeros((len(rows), len(columns)))
        for j, column in enumerate(terms):
            for m, c in column.items():
                matrix[rows[m], j] = float(c / (row_of[m] * column_of[j]))
        wanted = np.zeros(len(rows))
        for m, c in target.items():
            wanted[rows[m]] = float(c / row_of[m])
        gain = [-1.0 if c.strict else 1e-3 for c in columns]
        solved = linprog(gain, A_eq=matrix, b_eq=wanted, bounds=(0, LARGEST), method="highs-ds")
        return None if solved.status else [j for j, v in enumerate(solved.x) if v > 1e-9]

    def _checked(self, columns: Sequence[Column], strict: bool) -> bool:
        """Whether the target is a combination of these columns with positive coefficients, in exact numbers."""
        rows = dict.fromkeys(_monoms([self.target, *(c.poly for c in columns)]))
        terms = [c.poly.to_dict() for c in columns]
        target = self.target.to_dict()
        system = fmpq_mat([[*(t.get(m, fmpq(0)) for t in terms), target.get(m, fmpq(0))] for m in rows])
        coefficients = _solved(system)
        if coefficients is None or any(c < 0 for c in coefficients):
            return False
        total = self.ring.nothing
        for c, column in zip(coefficients, columns, strict=True):
            total = total + column.poly * c
        right = (self.target - total).is_zero()
        return right and (
            not strict or any(c > 0 and column.strict for c, column in zip(coefficients, columns, strict=True))
        )


def _scales(rows: Iterable[Any], columns: Sequence[dict], target: dict) -> tuple[dict[Any, fmpq], list[fmpq]]:
    """What rows and columns are divided by so that floats can hold them: 1, unless some number is large."""
    every = [*columns, target]
    if all(abs(c) <= LARGEST for terms in every for c in terms.values()):
        return dict.fromkeys(rows, fmpq(1)), [fmpq(1)] * len(columns)
    row_of = {m: max(abs(terms[m]) for terms in every if m in terms) for m in rows}
    return row_of, [max(abs(c) / row_of[m] for m, c in terms.items()) for terms in columns]


def cleared(element: Element, world: Any) -> bool:
    """Whether the numerator has the element's sign: odd powers below the line are positive."""
    return all(m % 2 == 0 or world.letters.is_positive(i) for i, m in element.den.items())


def _monoms(polys: Iterable[fmpq_mpoly]) -> Iterator[Any]:
    for poly in polys:
        yield from poly.to_dict()


def _product(*exponents: Exponents) -> Exponents:
    return tuple(map(sum, zip(*exponents, strict=True)))


def _ratio_of_roots(a: fmpq, b: fmpq) -> tuple[int, int] | None:
    """Integers (s, t) with s^2 : t^2 = a : b, if there are any."""
    if a <= 0 or b <= 0:
        return None
    ratio = a / b
    top, below = isqrt(int(ratio.p)), isqrt(int(ratio.q))
    return (top, below) if top * top == ratio.p and below * below == ratio.q else None


def _solved(system: fmpq_mat) -> list[fmpq] | None:
    """The solution of A c = b from the augmented matrix [A b], free unknowns zero; None if there is none."""
    reduced, rank = system.rref()
    unknowns = system.ncols() - 1
    found = [fmpq(0)] * unknowns
    for i in range(rank):
        pivot = next(j for j in range(unknowns + 1) if reduced[i, j] != 0)
        if pivot == unknowns:
            return None
        found[pivot] = reduced[i, unknowns]
    return found
