r"""That constraints contradict each other: 0 = sum_i c_i m_i s_i p_i with c_i > 0, which a strict term makes absurd.

In each term m is a monomial that is not negative, s is 1, the square of a binomial or the gap between a weighted mean
of monomials and their geometric mean, and p a product of at most three constraints. A linear programme in floats
guesses the terms; their coefficients are solved for, and the sum is formed again, in rational numbers.

**References.** G. Stengle, A Nullstellensatz and a Positivstellensatz in semialgebraic geometry, Math. Ann. 207, 1974;
B. Reznick, Forms derived from the arithmetic-geometric inequality, Math. Ann. 283, 1989 (the gaps of means).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat
from scipy.optimize import linprog
from scipy.sparse import coo_array

from .laurent import UNIT, Laurent, Monomial, is_nonnegative, mean, power, product, vanishes_nowhere

MOST_COLUMNS, MOST_ROWS = 1500, 2500  # of the programme: what comes later is left out
MOST_SECONDS = 5.0  # of one programme
MOST_MEANS = 9  # monomials of one constraint among which means are looked for
REACHES = (1, 2, 3)  # multiples of constraints; products of two, squares and means; products of three


@dataclass(frozen=True)
class Constraint:
    """poly >= 0, > 0 or == 0 at every point meant."""

    poly: Laurent
    relation: str
    reason: str = ""


@dataclass(frozen=True)
class Term:
    """coefficient * multiplier * gap * product of constraints; the gap is >= 0 at every point."""

    coefficient: Fraction
    multiplier: Monomial
    factors: tuple[int, ...]
    gap: tuple = ()  # () for 1; ('square', p) for p^2; ('mean', monomials, weights)


@dataclass(frozen=True)
class Letters:
    """What is known of letters: those that are not negative, and those that vanish nowhere."""

    nonnegative: frozenset[int] = frozenset()
    nonzero: frozenset[int] = frozenset()


def refute(constraints: Sequence[Constraint], letters: Letters, reach: int = 3) -> tuple[Term, ...] | None:
    """Terms whose sum is zero and cannot be, or None; tried with ever more products up to `reach`."""
    for most in REACHES[:reach]:
        columns = _Columns(constraints, letters).made(most)
        found = _solved(columns, constraints, letters)
        if found is not None and contradicts(found, constraints, letters):
            return found
    return None


def contradicts(terms: Sequence[Term], constraints: Sequence[Constraint], letters: Letters) -> bool:
    """Whether the terms add up to zero, each not negative where the constraints hold, and one of them positive."""
    total, strict = Laurent({}), False
    for term in terms:
        if not is_sound(term, constraints, letters):
            return False
        total = total + value(term, constraints)
        strict = strict or (term.coefficient > 0 and is_strict(term, constraints, letters))
    return strict and total.is_zero()


def is_sound(term: Term, constraints: Sequence[Constraint], letters: Letters) -> bool:
    """Whether a term is not negative: a multiple of an equation may have any sign before it."""
    if not all(is_legal(m, letters) for m in (term.multiplier, *_monomials_of(term.gap))):
        return False
    if any(constraints[i].relation == "==" for i in term.factors):
        return True
    gap = not term.gap or term.gap[0] == "square" or _is_mean(term.gap[1], term.gap[2], letters)
    return gap and term.coefficient >= 0 and is_nonnegative(term.multiplier, letters.nonnegative)


def is_legal(m: Monomial, letters: Letters) -> bool:
    """Whether a monomial has a value: no letter below the line may vanish, none under a root be negative."""
    return all((e > 0 or i in letters.nonzero) and (e.denominator == 1 or i in letters.nonnegative) for i, e in m)


def _monomials_of(gap: tuple) -> list[Monomial]:
    if not gap:
        return []
    return list(gap[1].terms) if gap[0] == "square" else [*gap[1], mean(gap[1], gap[2])]


def is_strict(term: Term, constraints: Sequence[Constraint], letters: Letters) -> bool:
    """Whether a term with a positive coefficient is positive."""
    relations = [constraints[i].relation for i in term.factors]
    return (
        not term.gap
        and all(r == ">" for r in relations)
        and vanishes_nowhere(term.multiplier, letters.nonzero)
        and is_nonnegative(term.multiplier, letters.nonnegative)
    )


def _is_mean(monomials: Sequence[Monomial], weights: Sequence[Fraction], letters: Letters) -> bool:
    positive = all(w > 0 for w in weights) and sum(weights) == 1
    return positive and all(is_nonnegative(m, letters.nonnegative) for m in monomials)


def value(term: Term, constraints: Sequence[Constraint]) -> Laurent:
    """The polynomial that a term stands for."""
    total = Laurent({term.multiplier: term.coefficient}) * _gap(term.gap)
    for i in term.factors:
        total = total * constraints[i].poly
    return total


def _gap(gap: tuple) -> Laurent:
    if not gap:
        return Laurent.number(1)
    if gap[0] == "square":
        return gap[1] * gap[1]
    _, monomials, weights = gap
    arithmetic = sum((Laurent({m: w}) for m, w in zip(monomials, weights, strict=True)), Laurent({}))
    return arithmetic - Laurent({mean(monomials, weights): Fraction(1)})


# ---- candidates


class _Columns:
    """Terms with coefficient 1 that may take part."""

    def __init__(self, constraints: Sequence[Constraint], letters: Letters):
        self.constraints, self.letters = constraints, letters
        self.wanted = {m: None for c in constraints for m in c.poly.terms}
        self.found: dict[tuple, tuple[Term, Laurent]] = {}

    def made(self, reach: int) -> list[tuple[Term, Laurent]]:
        """The candidates, as many as are looked at."""
        for term in self._terms(reach):
            self._add(term)
            if len(self.found) >= MOST_COLUMNS:
                break
        return list(self.found.values())

    def _add(self, term: Term) -> None:
        poly = value(term, self.constraints)
        if poly.is_zero() and not is_strict(term, self.constraints, self.letters):
            return
        equal = any(self.constraints[i].relation == "==" for i in term.factors)
        self.found.setdefault((poly.key(), equal, is_strict(term, self.constraints, self.letters)), (term, poly))

    def _terms(self, reach: int) -> Iterator[Term]:
        one = Fraction(1)
        yield Term(one, UNIT, ())
        singles = [(i,) for i in range(len(self.constraints))]
        sets: list[tuple[int, ...]] = list(singles)
        if reach >= 2:
            ordered = [i for i, c in enumerate(self.constraints) if c.relation != "=="]
            sets += itertools.combinations_with_replacement(ordered, 2)
            if reach >= 3 and len(ordered) <= 8:
                sets += itertools.combinations_with_replacement(ordered, 3)
        polys = {s: value(Term(one, UNIT, s), self.constraints) for s in sets}
        if reach >= 2:
            self.wanted.update((m, None) for s, p in polys.items() for m in p.terms if len(self.wanted) < 400)
        for s in sets:
            yield Term(one, UNIT, s)
            if len(s) <= max(1, reach - 1):
                yield from (Term(one, m, s) for m in self._multipliers(polys[s], s))
        yield from (Term(one, m, ()) for m in self.wanted if is_nonnegative(m, self.letters.nonnegative))
        if reach >= 2:
            yield from self._squares(singles if reach >= 3 or len(self.constraints) <= 4 else [])
            yield from self._means()

    def _multipliers(self, poly: Laurent, factors: tuple[int, ...]) -> Iterator[Monomial]:
        """Monomials that carry a term of the polynomial to one that is wanted."""
        equal = any(self.constraints[i].relation == "==" for i in factors)
        inverse = [power(m, -1) for m in poly.terms]
        for ratio in dict.fromkeys(product(w, m) for w in self.wanted for m in inverse):
            if all(e > 0 or i in self.letters.nonzero for i, e in ratio) and (
                equal or is_nonnegative(ratio, self.letters.nonnegative)
            ):
                yield ratio

    def _squares(self, singles: Sequence[tuple[int, ...]]) -> Iterator[Term]:
        """m (q +- r)^2 where m q r is wanted, alone and times a constraint."""
        halves: dict[Monomial, list[Monomial]] = {}
        for w in [UNIT, *self.wanted]:
            half = self._half(w)
            if half is not None:
                halves.setdefault(UNIT, []).append(half)
        roots = list(dict.fromkeys(halves.get(UNIT, [])))
        for q, r in itertools.combinations(roots[:60], 2):
            if product(q, r) in self.wanted:
                for scale in self._scales(q, r):
                    yield Term(Fraction(1), UNIT, (), ("square", Laurent({q: Fraction(1), r: scale})))
        few = [m for m in roots if len(m) <= 2][:10]
        for s in singles:
            for q, r in itertools.combinations(few, 2):
                for sign in (1, -1):
                    yield Term(Fraction(1), UNIT, s, ("square", Laurent({q: Fraction(1), r: Fraction(sign)})))

    def _half(self, m: Monomial) -> Monomial | None:
        return power(m, Fraction(1, 2)) if is_nonnegative(m, self.letters.nonnegative) else None

    def _scales(self, q: Monomial, r: Monomial) -> set[Fraction]:
        """Factors c of (q + c r)^2: 1, and what the terms of one constraint complete to a square, both signs."""
        found = {Fraction(1)}
        for c in self.constraints:
            a, b, middle = (c.poly.terms.get(m, Fraction(0)) for m in (power(q, 2), power(r, 2), product(q, r)))
            found |= {Fraction(middle) / (2 * a)} if a and middle else set()
            found |= {2 * Fraction(b) / middle} if b and middle else set()
        return {sign * abs(c) for c in found for sign in (1, -1)}

    def _means(self) -> Iterator[Term]:
        """Weighted means of three or more monomials of one constraint above their geometric mean."""
        for constraint in self.constraints:
            corners = [m for m in constraint.poly.terms if is_nonnegative(m, self.letters.nonnegative)]
            if 3 <= len(corners) <= MOST_MEANS:
                for inner in constraint.poly.terms:
                    for size in range(3, min(6, len(corners) + 1)):
                        yield from self._means_at(inner, [c for c in corners if c != inner], size)

    def _means_at(self, inner: Monomial, corners: Sequence[Monomial], size: int) -> Iterator[Term]:
        for chosen in itertools.combinations(corners, size):
            weights = barycentric(inner, chosen)
            if weights is not None and all(w > 0 for w in weights):
                yield Term(Fraction(1), UNIT, (), ("mean", chosen, tuple(weights)))


def barycentric(inner: Monomial, corners: Sequence[Monomial]) -> list[Fraction] | None:
    """The weights of total 1 with which the corners' exponents have this mean, if they are determined."""
    letters = sorted({i for m in (inner, *corners) for i, _ in m})
    tables = [{i: Fraction(e) for i, e in m} for m in corners]
    rows = [[*(t.get(i, Fraction(0)) for t in tables), Fraction(dict(inner).get(i, 0))] for i in letters]
    return solve([*rows, [Fraction(1)] * (len(corners) + 1)])


# ---- guess and solve


def _solved(
    columns: Sequence[tuple[Term, Laurent]], constraints: Sequence[Constraint], letters: Letters
) -> tuple[Term, ...] | None:
    chosen = _guessed(columns, constraints, letters)
    if chosen is None:
        return None
    monomials = list(dict.fromkeys(m for _, p in chosen for m in p.terms))
    strict = [Fraction(int(is_strict(t, constraints, letters))) for t, _ in chosen]
    rows = [[*(p.terms.get(m, Fraction(0)) for _, p in chosen), Fraction(0)] for m in monomials]
    coefficients = solve([*rows, [*strict, Fraction(1)]])
    if coefficients is None:
        return None
    return tuple(Term(c, t.multiplier, t.factors, t.gap) for c, (t, _) in zip(coefficients, chosen, strict=True) if c)


def _guessed(
    columns: Sequence[tuple[Term, Laurent]], constraints: Sequence[Constraint], letters: Letters
) -> list[tuple[Term, Laurent]] | None:
    """The columns that a basic solution of the programme uses."""
    rows: dict[Monomial, int] = {}
    for _, p in columns:
        for m in p.terms:
            rows.setdefault(m, len(rows))
    if len(rows) > MOST_ROWS:
        return None
    entries = [(rows[m], j, float(c)) for j, (_, p) in enumerate(columns) for m, c in p.terms.items()]
    entries += [(len(rows), j, 1.0) for j, (t, _) in enumerate(columns) if is_strict(t, constraints, letters)]
    i, j, v = (np.array(part) for part in zip(*entries, strict=True))
    matrix = coo_array((v, (i, j)), shape=(len(rows) + 1, len(columns))).tocsc()
    right = np.zeros(len(rows) + 1)
    right[-1] = 1
    free = [any(constraints[i].relation == "==" for i in t.factors) for t, _ in columns]
    bounds = [(None, None) if f else (0, None) for f in free]
    cost = [0.0 if f else 1.0 + len(t.factors) for f, (t, _) in zip(free, columns, strict=True)]
    limit = {"time_limit": MOST_SECONDS}
    solved = linprog(cost, A_eq=matrix, b_eq=right, bounds=bounds, method="highs-ds", options=limit)
    return None if solved.status else [columns[j] for j, x in enumerate(solved.x) if abs(x) > 1e-9]


def solve(augmented: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """The solution of A c = b from the rows of [A b], free unknowns zero; None if there is none."""
    system = fmpq_mat([[fmpq(v.numerator, v.denominator) for v in row] for row in augmented])
    reduced, rank = system.rref()
    unknowns = system.ncols() - 1
    found = [Fraction(0)] * unknowns
    for i in range(rank):
        pivot = next(j for j in range(unknowns + 1) if reduced[i, j] != 0)
        if pivot == unknowns:
            return None
        entry = reduced[i, unknowns]
        found[pivot] = Fraction(int(entry.p), int(entry.q))
    return found


def conclusion(constraints: Sequence[Constraint], goal: Laurent, relation: str) -> list[list[Constraint]]:
    """The lists of constraints that must each be contradictory for `goal relation 0` to follow."""
    denied = {">": [(-goal, ">=")], ">=": [(-goal, ">")], "==": [(goal, ">"), (-goal, ">")], "!=": [(goal, "==")]}
    return [[*constraints, Constraint(p, r, "denied")] for p, r in denied[relation]]


def follows(
    constraints: Sequence[Constraint], letters: Letters, goal: Laurent, relation: str, reach: int = 3
) -> list[tuple[Term, ...]] | None:
    """Certificates that `goal relation 0` follows from the constraints, or None."""
    found = []
    for denied in conclusion(constraints, goal, relation):
        certificate = refute(denied, letters, reach)
        if certificate is None:
            return None
        found.append(certificate)
    return found
