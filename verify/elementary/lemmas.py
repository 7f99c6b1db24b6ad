"""What is known of each letter whatever its value: one short lemma a kind, each with its side conditions.

kind             lemmas
value, root      the letter is what it stands for; (a^(1/m))^m = a
abs, sign        |z| >= z, -z; |z|^2 = z^2; s^2 = 1, s z = |z|
greatest         no less than any, equal to one; of all examples: no less than their mean, no more than a sum of
                 nonnegative ones
exp, log         exp a >= 1 + a; log a <= a - 1, log a >= 1 - 1/a; constants in balls; Jensen for exp
total            Cauchy-Schwarz between sums; a sum of nonnegative numbers is no less than each
norm, trace      triangle inequality, submultiplicativity, Cauchy-Schwarz (`norms`)
eigmin, ...      traces and ranks of Gram matrices (`spectra`)
act, label, ...  what networks are made of (`units`)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from derivations.exact.laurent import UNIT, Laurent, is_nonnegative, power, product
from derivations.exact.positivstellensatz import Constraint

from ..formula.nodes import Name, substitute
from . import network, norms, spectra, units
from .alphabet import Letter
from .balls import bounds, is_constant
from .terms import Terms

MOST_LETTERS = 60  # that lemmas are looked up for
MOST_INSTANCES = 6  # indices at which the terms of a sum are looked at

ONE = Laurent.number(1)
Lemma = Callable[[Terms, int, Letter], Iterator[Constraint]]


def known(terms: Terms) -> list[Constraint]:
    """The lemmas' instances for every letter; those that speak of new letters are followed up."""
    found = list(terms.domain)
    index = 0
    while index < min(len(terms.alphabet.table), MOST_LETTERS):
        letter = terms.alphabet.table[index]
        for lemma in LEMMAS.get(letter.kind, ()):
            found += lemma(terms, index, letter)
        index += 1
    unique = {(c.poly.key(), c.relation): c for c in found + terms.domain}
    return [c for c in unique.values() if not c.poly.is_zero()]


def at_least(poly: Laurent, reason: str, strict: bool = False) -> Constraint:
    return Constraint(poly, ">" if strict else ">=", reason)


def equal(poly: Laurent, reason: str) -> Constraint:
    return Constraint(poly, "==", reason)


def value(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    yield equal(Laurent.letter(index) - letter.data, "a name for a sum")


def root(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    number, degree = letter.data
    yield equal(Laurent.letter(index) ** degree - Laurent.number(number), "a root of a number")
    yield from ball(terms, index, letter)


def absolute(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own, z = Laurent.letter(index), letter.data
    yield equal(own * own - z * z, "|z|^2 = z^2")
    yield at_least(own - z, "|z| >= z")
    yield at_least(own + z, "|z| >= -z")


def sign(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own, z = Laurent.letter(index), letter.data
    yield equal(own * own - ONE, "sign is 1 or -1")
    yield equal(own * z - terms.absolute(z), "sign(z) z = |z|")


def greatest(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own = Laurent.letter(index)
    gaps = [own - v for v in letter.data]
    yield from (at_least(g, "the greatest is no less than each") for g in gaps)
    if len(gaps) <= 2:
        yield equal(gaps[0] * gaps[1], "the greatest is one of them")


def greatest_of_all(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own, (name, high, body) = Laurent.letter(index), letter.data
    whole = network.total(terms, body, name, high)
    yield at_least(own * terms.poly(high) - whole, "the greatest is no less than the mean")
    for each in _instances(terms, body, name, high):
        yield at_least(own - each, "the greatest is no less than each")
    if terms.alphabet.is_nonnegative(body):
        yield at_least(whole - own, "a sum of numbers that are not negative is no less than the greatest")
    yield from _greatest_through(terms, index, letter)


def _greatest_through(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    """exp of the greatest is the greatest of the exponentials, if it is spoken of."""
    name, high, body = letter.data
    for other, met in list(enumerate(terms.alphabet.table)):
        if met.kind == "exp" and set(met.data.letters()) == {index}:
            ((m, _),) = met.data.terms.items()
            if m == ((index, 1),):
                image = network.greatest(terms, terms.exponential(body), name, high)
                yield equal(Laurent.letter(other) - image, "exp is increasing: exp(max) = max(exp)")


def _instances(terms: Terms, body: Laurent, name: str, high: Name) -> list[Laurent]:
    """A term at the indices that the statement speaks of."""
    node = terms.alphabet.node_of(body)
    of_example = high == Name("N")
    return [terms.poly(substitute(node, {name: at})) for at in terms.indices(of_example)[:MOST_INSTANCES]]


def total(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own, (name, high, monomial) = Laurent.letter(index), letter.data
    body = Laurent({monomial: Fraction(1)})
    if is_nonnegative(monomial, terms.alphabet.nonnegative):
        for each in _instances(terms, body, name, high):
            yield at_least(own - each, "a sum of numbers that are not negative is no less than each")
    yield from _pairs_of_sums(terms, index, letter)


def _pairs_of_sums(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    """S(a^2) S(b^2) >= S(ab)^2 for sums over one index, of sums that are met; b may be 1."""
    name, high, monomial = letter.data
    nonnegative = terms.alphabet.nonnegative
    if not is_nonnegative(monomial, nonnegative):
        return
    others = [(UNIT, terms.poly(high))]
    for other in range(index):
        met = terms.alphabet.table[other]
        if met.kind == "total" and met.data[:2] == (name, high) and is_nonnegative(met.data[2], nonnegative):
            others.append((met.data[2], Laurent.letter(other)))
    for square, whole in others:
        middle = product(power(monomial, Fraction(1, 2)), power(square, Fraction(1, 2)))
        if network.is_met(terms, middle, name, high):
            mean = network.total(terms, Laurent({middle: Fraction(1)}), name, high)
            yield at_least(Laurent.letter(index) * whole - mean * mean, "Cauchy-Schwarz for sums")


def exponential(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own, argument = Laurent.letter(index), letter.data
    if is_constant(letter.node):
        yield from ball(terms, index, letter)
        return
    yield at_least(own - ONE - argument, "exp a >= 1 + a")
    yield at_least(own * argument - own + ONE, "exp(-a) >= 1 - a, times exp a")
    yield from _jensen(terms, index, argument)
    yield from units.label_among(terms, index, argument)


def _jensen(terms: Terms, index: int, argument: Laurent) -> Iterator[Constraint]:
    """exp of a mean is no more than the mean of the exponentials."""
    ((m, _),) = argument.terms.items()
    totals = [i for i, e in m if terms.alphabet.table[i].kind == "total" and e == 1]
    for i in totals:
        name, high, body = terms.alphabet.table[i].data
        rest = {j: e for j, e in m if j != i}
        ((count, c),) = terms.poly(high).terms.items()
        if c == 1 and rest == {j: -e for j, e in count}:
            mean = network.total(terms, terms.exponential(Laurent({body: Fraction(1)})), name, high)
            yield at_least(mean - Laurent.letter(index) * terms.poly(high), "Jensen: exp is convex")


def logarithm(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    own, a = Laurent.letter(index), letter.data
    if is_constant(letter.node):
        yield from ball(terms, index, letter)
        return
    yield at_least(a - ONE - own, "log a <= a - 1")
    yield at_least(own * a - a + ONE, "log a >= 1 - 1/a, times a")


def ball(terms: Terms, index: int, letter: Letter) -> Iterator[Constraint]:
    found = bounds(letter.node) if is_constant(letter.node) else None
    if found is not None:
        low, high = found
        yield at_least(Laurent.letter(index) - Laurent.number(low), "ball")
        yield at_least(Laurent.number(high) - Laurent.letter(index), "ball")


LEMMAS: dict[str, tuple[Lemma, ...]] = {
    "value": (value,),
    "root": (root,),
    "abs": (absolute,),
    "sign": (sign,),
    "greatest": (greatest,),
    "greatest of all": (greatest_of_all,),
    "total": (total,),
    "exp": (exponential,),
    "log": (logarithm,),
    "number": (ball,),
    "norm": (norms.norm,),
    "trace": (norms.trace,),
    "act": (units.activation,),
    "act1": (units.slope,),
    "act2": (units.curvature,),
    "label": (units.label,),
    "term": (units.term,),
    **dict.fromkeys(("rank", "eigmin", "eigmax", "distinct"), (spectra.spectral,)),
}
