r"""Signs that follow from signs: certificates e = sum_i c_i p_i with c_i > 0 rational and every p_i >= 0.

The p_i are products of a hypothesis (an order that a setting assumes, a premise of an implication, a separation, a
rectified pre-activation), or of two, with a monomial that is not negative, and squares (q_i +- q_j)^2 of binomials. A
linear programme in floats guesses which of them are needed; the coefficients are then solved for, and the sum is
formed again, in exact arithmetic. So are Positivstellensatz certificates of low degree found, and those of
Cauchy-Schwarz by Lagrange's identity.

Functions add what is known of them: exp a >= 1 + a, log q <= q - 1, gates and signs lie between their values, and
exp is increasing: c (E^a - E^b) has the sign of c (a - b).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isqrt
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat, fmpq_mpoly
from scipy.optimize import linprog

from derivations.exact.ring import Element

from ..formula.nodes import And, Compare, Node
from ..formula.shapes import integer
from .extremes import every_term

# what is tried of the hypotheses, one after the other; 'products' are those of two, and squares of binomials
REACHES = ("as they are", "multiples", "products")
MOST_TERMS, MOST_COLUMNS = 160, 800  # of the element, of the programme: larger ones are left undecided
MOST_SHORT = 12  # terms of a hypothesis whose own monomials are tried, as the other examples of a sum of losses
MOST_UNREDUCED, MOST_PAIRED = 2000, 12  # terms of an element as it comes; hypotheses whose products are tried
Exponents = tuple[int, ...]
Form = Callable[[fmpq_mpoly], fmpq_mpoly]


@dataclass(frozen=True)
class Sign:
    """An element that is nonnegative at every point meant, or positive (`strict`), or zero (`equal`)."""

    element: Element
    strict: bool = False
    equal: bool = False


def signs_of(node: Node, bound: dict[str, int], evaluator: Any) -> list[Sign]:
    """What the relations of a conjunction say, as signs; other parts say nothing here."""
    match node:
        case And(args=args):
            return [s for a in args for s in signs_of(a, bound, evaluator)]
        case Compare(op=op, left=left, right=right) if op != "!=":
            spread = every_term(node, bound, labelled=evaluator.world.classes == 1)
            if spread is not None:
                term, over = spread
                low, high = (integer(end, bound, evaluator.sizes) for end in (over.low, over.high))
                each = range(low, high + 1)
                return [s for i in each for s in signs_of(term, {**bound, over.index: i}, evaluator)]
            gaps = evaluator.difference(left, right, bound)[2].reshape(-1)
            return [Sign(-e if op in ("<", "<=") else e, op in ("<", ">"), op == "==") for e in gaps]
    return []


def follows(target: Sign, known: Sequence[Sign], world: Any, nonzero: set[int]) -> bool:
    """Whether the sign of an element follows from known ones.

    Args:
        nonzero: the positive letters that vanish nowhere.
    """
    if target.equal:
        return all(follows(Sign(e), known, world, nonzero) for e in (target.element, -target.element))
    if not _cleared(target.element, world) or len(target.element.num) > MOST_UNREDUCED:
        return False
    element = without_exponentials(target.element, world, nonzero if target.strict else world.letters.positive)
    usable = [k for k in known if len(k.element.num) <= MOST_TERMS and _cleared(k.element, world)]
    usable = about_its_neurons(usable, element, world)
    plain = [(k, without_exponentials(k.element, world, nonzero)) for k in usable]
    usable += [replace(k, element=e) for k, e in plain if e is not k.element]
    usable += of_functions(element, usable, world, nonzero)
    programmes = [Programme(form, element, usable, world, nonzero) for form in forms(world)]
    return any(p.certified(target.strict, reach) for reach in REACHES for p in programmes)


def about_its_neurons(known: Sequence[Sign], element: Element, world: Any) -> list[Sign]:
    """Those signs whose gates are the element's, or tied to them by signs that share a gate with them."""
    every = {i for i, letter in world.letters.table.items() if letter.kind == "gate"}
    met = every & letters_inside(element, world)
    gates = [every & k.element.letters() for k in known]
    while new := set().union(*(g for g in gates if g & met)) - met:
        met |= new
    return [k for k, g in zip(known, gates, strict=True) if g <= met]


def letters_inside(element: Element, world: Any) -> set[int]:
    """The letters of an element and of what its derived letters stand for."""
    found: set[int] = set()
    waiting = [element]
    while waiting:
        new = waiting.pop().letters() - found
        found |= new
        waiting += [world.letters.table[i].argument for i in new if i in world.letters.table]
    return found


def forms(world: Any) -> list[Form]:
    """Normal forms: with rho_k beside the entries of W_k, with one entry, or with rho_k^2, written by the others."""
    ring = world.ring

    def plain(poly: fmpq_mpoly) -> fmpq_mpoly:
        reduced = ring.reduce(poly)
        return spelt_out(reduced, world) if len(reduced) <= MOST_TERMS else reduced

    return [ring.reduce, lambda p: ring.reduce(p, spheres=True), plain]


def spelt_out(poly: fmpq_mpoly, world: Any) -> fmpq_mpoly:
    """The polynomial with every rho_k^2 written as |W_k|^2."""
    for index, layer in zip(world.norms, world.layers, strict=True):
        if poly.degrees()[index] > 1:
            square = world.total(e * e for e in layer.reshape(-1)).num
            total = world.ring.nothing
            for exponents, coefficient in poly.to_dict().items():
                whole, odd = divmod(int(exponents[index]), 2)
                rest = (*exponents[:index], odd, *exponents[index + 1 :])
                total = total + world.ring.context.from_dict({rest: coefficient}) * square**whole
            poly = total
    return poly


def of_functions(element: Element, known: Sequence[Sign], world: Any, nonzero: set[int]) -> list[Sign]:
    """What is known of the functions in an element, whatever their arguments."""
    found: list[Sign] = []
    one = world.ring.one
    met = set(world.ring.letters_of(world.ring.reduce(element.num)))
    for index in sorted(met & world.letters.table.keys()):
        letter, own = world.letters.table[index], world.ring.generator(index)
        match letter.kind:
            case "exp":
                found += [Sign(own - one - letter.argument), *_beside_one(own, letter.argument, known, world, nonzero)]
            case "log":
                found.append(Sign(letter.argument - one - own))
                if sum_of_positives(letter.argument - one, nonzero):
                    found.append(Sign(own, strict=True))
            case "gate" | "sign" if letter.kind == "sign" or world.letters.slope < 1:
                low = world.ring.constant(-1 if letter.kind == "sign" else world.letters.slope)
                found += [Sign(one - own), Sign(own - low)]
                found.append(Sign((own - low) * letter.argument))
                found.append(Sign((own - one) * letter.argument))
    return [s for s in found if _cleared(s.element, world)]


def _beside_one(own: Element, argument: Element, known: Sequence[Sign], world: Any, nonzero: set[int]) -> list[Sign]:
    """exp a < 1 where a < 0, and so on."""
    one = world.ring.one
    for sign in (1, -1):
        side = argument if sign > 0 else -argument
        if not _cleared(side, world):
            continue
        for strict in (True, False):
            if Programme(world.ring.reduce, side, known, world, nonzero).certified(strict, "multiples"):
                return [Sign(own - one if sign > 0 else one - own, strict)]
    return []


def sum_of_positives(element: Element, nonzero: set[int]) -> bool:
    letters = set(element.ring.letters_of(element.num)) | set(element.den)
    return letters <= nonzero and not element.num.is_zero() and all(c > 0 for c in element.num.coeffs())


def _cleared(element: Element, world: Any) -> bool:
    """Whether the numerator has the element's sign: odd powers below the line are positive."""
    return all(m % 2 == 0 or world.letters.is_positive(i) for i, m in element.den.items())


def without_exponentials(element: Element, world: Any, positive: set[int]) -> Element:
    """a - b for an element c (E^a - E^b), c a product of the letters `positive`; other elements as they are."""
    ring, table = world.ring, world.letters.table
    terms = list(ring.reduce(element.num).to_dict().items())
    if len(terms) != 2 or terms[0][1] != -terms[1][1]:
        return element
    (first, c), (second, _) = terms
    exponent = ring.zero
    for i, (m, n) in enumerate(zip(first, second, strict=True)):
        if m == n and (m == 0 or i in positive):
            continue
        if m == n or i not in table or table[i].kind != "exp":
            return element
        exponent = exponent + table[i].argument * ring.constant(int(m) - int(n))
    exponent = exponent if c > 0 else -exponent
    return exponent if _cleared(exponent, world) else element


# ---- the linear programme


@dataclass
class Column:
    """A polynomial that is nonnegative, or positive (`strict`), at every point meant."""

    poly: fmpq_mpoly
    strict: bool


class Programme:
    """Write the numerator of an element as a combination of nonnegative polynomials, modulo the relations.

    Args:
        form: the normal form in which polynomials are compared.
    """

    def __init__(self, form: Form, element: Element, known: Sequence[Sign], world: Any, nonzero: set[int]):
        self.form, self.ring, self.nonzero = form, world.ring, nonzero
        self.positive = world.letters.positive
        self.target = form(element.num)
        self.known = [(p, k) for k in known if not (p := form(k.element.num)).is_zero()]
        self.wanted = np.array(self.target.monoms(), dtype=np.int64)
        self.may_be_odd = np.array([i in self.positive for i in range(len(self.ring.gens))])

    def certified(self, strict: bool, reach: str) -> bool:
        """Whether a combination was found and is right; a strict sign needs a positive part.

        Args:
            reach: one of `REACHES`.
        """
        if self.target.is_zero():
            return not strict
        if len(self.target) > MOST_TERMS:
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
        matrix = np.zeros((len(rows), len(columns)))
        for j, column in enumerate(columns):
            for m, c in column.poly.to_dict().items():
                matrix[rows[m], j] = float(c.p) / float(c.q)
        wanted = np.zeros(len(rows))
        for m, c in self.target.to_dict().items():
            wanted[rows[m]] = float(c.p) / float(c.q)
        gain = [-1.0 if c.strict else 1e-3 for c in columns]
        solved = linprog(gain, A_eq=matrix, b_eq=wanted, bounds=(0, 1e6), method="highs-ds")
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
