"""Order carried through exp and log: what follows of arguments is said of values, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint, follows

from .lemmas import known
from .network import total
from .terms import Terms

MOST_FUNCTIONS = 8  # of one kind
SAID = ("premise", "case", "the case of this one", "the points separate", "one of the classes")
ONE = Laurent.number(1)


def carried(terms: Terms, given: Sequence[Constraint]) -> list[Constraint]:
    """The lemmas' instances, and the orders of values of exp and log that follow from them and from what is given."""
    _speak_of_greatest(terms)
    base = [*given, *known(terms)]
    found = [*_exponentials(terms, base)]
    found += _logarithms(terms, [*base, *found])
    found += _sums(terms, [*base, *found])
    return [*known(terms), *found]


def _letters(terms: Terms, kind: str) -> list[tuple[int, Laurent]]:
    table = terms.alphabet.table
    return [(i, letter.data) for i, letter in enumerate(table) if letter.kind == kind][:MOST_FUNCTIONS]


def _speak_of_greatest(terms: Terms) -> None:
    """The exponentials of greatest values over all examples and of own classes, where there are logarithms."""
    if _letters(terms, "log"):
        for i, _ in [*_letters(terms, "greatest of all"), *_letters(terms, "own")]:
            terms.exponential(Laurent.letter(i))


def _certain(terms: Terms, base: Sequence[Constraint], gap: Laurent, always: bool = False) -> str | None:
    """'>' or '>=' if the gap is certain to be so: term by term, else by a certificate where one may be expected."""
    plain = _without_names(terms, gap)
    if terms.alphabet.is_nonnegative(plain):
        return ">" if terms.alphabet.is_positive(plain) else ">="
    said = set().union(*(c.poly.letters() for c in base if c.reason in SAID))
    kinds = {terms.alphabet.table[i].kind for i in gap.letters()}
    if not (always or kinds & {"total", "greatest of all", "own"} or gap.letters() & said) or terms.is_late():
        return None
    about = _near(base, gap)
    for relation in (">", ">="):
        if follows(about, terms.alphabet.signs(), gap, relation, reach=1) is not None:
            return relation
    return None


def _without_names(terms: Terms, gap: Laurent) -> Laurent:
    """The gap with sums in place of the letters that name them, where these stand alone."""
    total = Laurent({})
    for m, c in gap.terms.items():
        alone = len(m) == 1 and m[0][1] == 1 and terms.alphabet.table[m[0][0]].kind == "value"
        part = terms.alphabet.table[m[0][0]].data if alone else Laurent({m: Fraction(1)})
        total = total + part.scaled(c)
    return total


def _near(base: Sequence[Constraint], gap: Laurent) -> list[Constraint]:
    """The constraints that share a letter with the gap."""
    letters = gap.letters()
    return [c for c in base if c.poly.letters() & letters]


def _exponentials(terms: Terms, base: Sequence[Constraint]) -> Iterator[Constraint]:
    arguments = [(i, a) for i, a in _letters(terms, "exp") if a.constant() is None]
    for i, a in arguments:
        if any(_certain(terms, base, gap) == ">" for gap in (a, -a)):
            yield Constraint(Laurent.letter(i) - ONE - a, ">", "exp a > 1 + a unless a = 0")
    values = [(a, Laurent.letter(i)) for i, a in arguments]
    beside_one = [(Laurent({}), ONE)]
    for (a, u), (b, v) in [*permutations(values, 2), *((p, q) for p in values for q in beside_one)]:
        relation = _certain(terms, base, a - b)
        if relation is not None:
            yield Constraint(u - v, relation, "exp is increasing")
        elif v == ONE and (relation := _certain(terms, base, -a)) is not None:
            yield Constraint(v - u, relation, "exp is increasing")


def _sums(terms: Terms, base: Sequence[Constraint]) -> Iterator[Constraint]:
    """A sum of terms each of which is positive, or not negative, is so: there is at least one."""
    for body, name, high in terms.sums[:MOST_FUNCTIONS]:
        relation = _certain(terms, base, body, always=True)
        if relation is not None:
            yield Constraint(total(terms, body, name, high), relation, "a sum of positive terms")


def _logarithms(terms: Terms, base: Sequence[Constraint]) -> Iterator[Constraint]:
    logs = [(a, Laurent.letter(i)) for i, a in _letters(terms, "log") if a.constant() is None]
    for a, own in logs:
        if any(_certain(terms, base, gap) == ">" for gap in (a - ONE, ONE - a)):
            yield Constraint(a - ONE - own, ">", "log a < a - 1 unless a = 1")
        for inside, value in [*_exponents(terms, a), *((b, v) for b, v in logs if b != a)]:
            for sign in (1, -1):
                gap = (a - inside).scaled(Fraction(sign))
                relation = _certain(terms, base, gap)
                if relation is not None:
                    yield Constraint((own - value).scaled(Fraction(sign)), relation, "log is increasing")


def _exponents(terms: Terms, argument: Laurent) -> Iterator[tuple[Laurent, Laurent]]:
    """(value, its logarithm) of exponentials and numbers: themselves, and as often as the argument has terms."""
    table = terms.alphabet.table
    parts, inner = 1, None
    if argument.monomial() is not None:
        ((m, _),) = argument.terms.items()
        inner = table[m[0][0]].data if len(m) == 1 and table[m[0][0]].kind == "value" else None
        parts = len(inner.terms) if inner is not None else 1
    simple = [(ONE, Laurent({}))]
    if parts > 1 and inner is not None:
        each = [Laurent({m: Fraction(1)}) for m in inner.terms]
        simple += [(t, terms.logarithm(t)) for t in each if terms.alphabet.is_positive(t) and t != ONE]
    for i, a in _letters(terms, "exp"):
        if parts == 1 or any(table[j].kind in ("own", "greatest of all") for j in a.letters()):
            simple += [(Laurent.letter(i), a), (Laurent.letter(i, -1), -a)]
    for value, inside in simple:
        yield value, inside
        if parts > 1:
            yield value.scaled(Fraction(parts)), inside + terms.logarithm(Laurent.number(parts))
