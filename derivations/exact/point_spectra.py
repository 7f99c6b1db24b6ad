r"""Ranks and eigenvalues of a symmetric matrix at a rational point, decided or enclosed.

A rational matrix is decided by `spectra`. Otherwise its entries are written over one denominator as
M = (sum_j m_j A_j) / D with rational matrices A_j and irrational numbers m_j (products of exponentials, norms and
the like). A rational vector that every A_j kills is killed by M, whatever the m_j are; so the common kernel gives
exact zero eigenvalues, the same with M - cI exact eigenvalues c, and balls settle what is left on the complement.
Where a kernel is irrational the balls settle nothing; if every m_j is made of square roots and exponentials of
rationals, `exponential_field` decides the rank, and the balls give the signs of as many eigenvalues.
What all this does not settle is `Undecidable`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any, Protocol, cast

from flint import Ordering, arb, arb_mat, ctx, fmpq, fmpq_mat, fmpq_mpoly, fmpq_mpoly_ctx

from . import spectra
from .arrays import Array, scalar
from .exponential_field import ExponentialMatrix, Monomial, product, square_root
from .ring import Element, Undecidable
from .spectra import Inertia

NAMES = ("rank", "nullity", "distinct", "eigmin", "eigmax")
BITS = (128, 512)  # working precisions at which the balls are tried
MORE_BITS = (*BITS, 2048)  # and where the rank is known, so that some precision tells


class World(Protocol):
    """What is used of a world at a point."""

    ring: Any
    norms: Any
    letters: Any
    layers: Any

    def value(self, element: Element) -> fmpq | arb: ...

    @property
    def valuation(self) -> Any: ...

    def at_precision(self, bits: int) -> Any: ...


Key = tuple[tuple[int, int], ...]  # powers of irrational letters


def spectral(world: World, name: str, a: Array) -> Array:
    """The value of `name` of a symmetric matrix at the world's point, as an element of its ring.

    Raises:
        Undecidable: if the matrix is not symmetric or the balls do not tell.
    """
    a = a.reshape(1, 1) if a.size == 1 else a
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise Undecidable(f"'{name}' is formed of symmetric matrices")
    found = Matrix(world, a)
    if name in ("eigmin", "eigmax"):
        return scalar(_extreme(world, found, greatest=name == "eigmax"))
    counts: dict[str, Callable[[], int | None]] = {
        "rank": lambda: None if (i := found.inertia()) is None else i.positive + i.negative,
        "nullity": lambda: None if (i := found.inertia()) is None else i.zero,
        "distinct": found.distinct,
    }
    count = counts[name]()
    if count is None:
        raise Undecidable(f"the balls do not tell '{name}' at this point")
    return scalar(world.ring.constant(count))


def _extreme(world: World, found: Matrix, greatest: bool) -> Element:
    """The least or greatest eigenvalue: a rational where it is known to be one, else a letter that is a ball."""
    exact = found.rational_extreme(greatest)
    if exact is not None:
        return world.ring.constant(as_fraction(exact))
    return world.letters.number(lambda: found.extreme_ball(greatest))


def as_fraction(value: fmpq) -> Fraction:
    """A flint rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))


class Matrix:
    """A symmetric matrix at a point: `parts` are the A_j by the powers that make m_j, `below` is D likewise."""

    def __init__(self, world: World, a: Array):
        self.world, self.size = world, len(a)
        common: dict[int, int] = {}
        for e in a.flat:
            common = {i: max(common.get(i, 0), e.den.get(i, 0)) for i in common.keys() | e.den.keys()}
        factors = {i: world.ring.factor_poly(i) for i in common}
        self._others, put = self._irrational([*(e.num for e in a.flat), *factors.values()])
        below = {i: put(poly) for i, poly in factors.items()}
        self.below = self._split(prod((below[i] ** m for i, m in common.items()), start=put(world.ring.unit)))
        self.parts: dict[Key, fmpq_mat] = {}
        for i in range(self.size):
            for j in range(self.size):
                over = {k: m - a[i, j].den.get(k, 0) for k, m in common.items()}
                num = prod((below[k] ** m for k, m in over.items() if m), start=put(a[i, j].num))
                for key, value in self._split(num).items():
                    part = self.parts.setdefault(key, fmpq_mat(self.size, self.size))
                    part[i, j] = part[i, j] + value
        if any(part != part.transpose() for part in self.parts.values()):
            raise Undecidable("the matrix is not symmetric, entry by entry, at this point")

    def _irrational(self, polys: list[fmpq_mpoly]) -> tuple[list[int], Callable[[fmpq_mpoly], fmpq_mpoly]]:
        """Letters that are not rational here, and the map that puts in the values of all others."""
        letters = {i for poly in polys for i, degree in enumerate(poly.degrees()) if degree > 0}
        values = {i: self.world.valuation.letter(i) for i in sorted(letters)}
        others = [i for i, value in values.items() if not isinstance(value, fmpq)]
        ring = fmpq_mpoly_ctx.get([f"z{i}" for i in range(max(1, len(others)))], Ordering.lex)
        images = [ring.constant(0)] * len(self.world.ring.gens)
        for i, value in values.items():
            images[i] = ring.constant(value) if isinstance(value, fmpq) else ring.gen(others.index(i))
        return others, lambda poly: poly.compose(*images, ctx=ring)

    def _split(self, poly: fmpq_mpoly) -> dict[Key, fmpq]:
        """The rational coefficients of a polynomial in the irrational letters, by their powers."""
        found: dict[Key, fmpq] = {}
        for exponents, coefficient in poly.to_dict().items():
            powers = []
            for i, e in zip(self._others, map(int, exponents), strict=False):
                rational, left = self._power(i, e)
                coefficient = coefficient * rational
                powers += [(i, left)] if left else []
            key = tuple(powers)
            found[key] = found.get(key, fmpq(0)) + coefficient
        return {key: value for key, value in found.items() if value != 0}

    def _power(self, index: int, exponent: int) -> tuple[fmpq, int]:
        """A rational factor of an irrational letter's power, and the power that is left."""
        if index in self.world.norms:
            return self._norm_square(index) ** (exponent // 2), exponent % 2
        return fmpq(1), exponent

    # ---- exact

    def rational(self) -> fmpq_mat | None:
        """The matrix itself where every entry is rational."""
        if any(self.parts.keys() - {()}) or set(self.below) != {()}:
            return None
        return self.parts.get((), fmpq_mat(self.size, self.size)) * (1 / self.below[()])

    def _multiple(self) -> fmpq_mat | None:
        """A rational matrix of which this one is a multiple other than 0, if there is one."""
        if len(self.parts) != 1 or len(self.below) != 1:
            return None
        ((key, part),) = self.parts.items()
        weight = self._monomial(key)
        return None if weight.contains(0) else part

    def _shifted(self, c: fmpq) -> dict[Key, fmpq_mat]:
        """The parts of M - cI."""
        parts = dict(self.parts)
        for key, value in self.below.items() if c else ():
            parts[key] = parts.get(key, fmpq_mat(self.size, self.size)) - _identity(self.size) * (c * value)
        return parts

    def _complement(self, c: fmpq) -> fmpq_mat:
        """As rows, a rational basis of what is orthogonal to the common kernel of the parts of M - cI."""
        rows = [row for part in self._shifted(c).values() for row in part.tolist()]
        if not rows:
            return fmpq_mat(0, self.size)
        reduced, rank = fmpq_mat(rows).rref()
        return fmpq_mat(rank, self.size, [reduced[i, j] for i in range(rank) for j in range(self.size)])

    def multiplicity(self, c: fmpq) -> int:
        """How often c is an eigenvalue; where that is not decided, how often at least."""
        basis = self._complement(c)
        exact = self._in_field(basis, c)
        rank = None if exact is None else exact.rank()
        return self.size - (basis.nrows() if rank is None else rank)

    def _in_field(self, basis: fmpq_mat, c: fmpq) -> ExponentialMatrix | None:
        """A nonzero multiple of B (M - cI) B^T in roots and exponentials of rationals, if it is made of them."""
        terms: dict[Monomial, fmpq_mat] = {}
        for key, part in self._shifted(c).items():
            found = self._in_roots_and_exponentials(key)
            if found is None:
                return None
            factor, monomial = found
            inside = basis * part * basis.transpose() * factor
            terms[monomial] = terms[monomial] + inside if monomial in terms else inside
        return ExponentialMatrix(terms, basis.nrows())

    def _in_roots_and_exponentials(self, key: Key) -> tuple[fmpq, Monomial] | None:
        """A product of powers of letters as a rational times sqrt(d) e^q."""
        factor, monomial = fmpq(1), (fmpq(0), 1)
        for index, power in key:
            letter = self.world.letters.table.get(index)
            if index in self.world.norms:  # `_power` leaves the first power
                outside, inside = square_root(self._norm_square(index))
                step, times = (fmpq(0), inside), outside
            elif letter is not None and letter.kind == "exp":
                exponent = self.world.value(letter.argument)
                if not isinstance(exponent, fmpq):
                    return None
                step, times = (exponent * power, 1), fmpq(1)
            else:
                return None
            common, monomial = product(monomial, step)
            factor = factor * times * common
        return factor, monomial

    def _norm_square(self, index: int) -> fmpq:
        """rho_k^2."""
        layer = self.world.layers[self.world.norms.index(index)]
        return cast("fmpq", sum((self.world.value(e) ** 2 for e in layer.reshape(-1)), fmpq(0)))

    def candidates(self) -> list[fmpq]:
        """Rationals that may be eigenvalues: 0, and those of the part that is free of irrational numbers."""
        exact = self.rational()
        if exact is None and set(self.below) == {()}:
            exact = self.parts.get((), fmpq_mat(self.size, self.size)) * (1 / self.below[()])
        roots = [] if exact is None else rational_roots(exact)
        return [fmpq(0), *(r for r in roots if r != 0)]

    def inertia(self, c: fmpq | int = 0) -> Inertia | None:
        """Signs of the eigenvalues of M - cI, or None."""
        c = fmpq(c)
        exact = self.rational()
        if exact is not None:
            return spectra.inertia(exact - _identity(self.size) * c)
        basis = self._complement(c)
        kernel = self.size - basis.nrows()
        for bits in BITS:
            found = spectra.inertia(self._on(basis, c, bits)) if basis.nrows() else Inertia(0, 0, 0)
            if found is not None:
                return Inertia(found.positive, found.negative, found.zero + kernel)
        return self._inertia_of_rank(basis, c)

    def _inertia_of_rank(self, basis: fmpq_mat, c: fmpq) -> Inertia | None:
        """Signs from an exact rank: as many eigenvalues in balls that avoid 0, and the others are 0."""
        zero = self.multiplicity(c)
        for bits in MORE_BITS if self._in_field(basis, c) is not None else ():
            balls = spectra.ball_eigenvalues(self._on(basis, c, bits))
            positive, negative = sum(bool(b > 0) for b in balls), sum(bool(b < 0) for b in balls)
            if positive + negative + zero == self.size:
                return Inertia(positive, negative, zero)
        return None

    def rational_extreme(self, greatest: bool) -> fmpq | None:
        """The least or greatest eigenvalue if it is known to be a rational number."""
        for c in self.candidates():
            signs = self.inertia(c) if self.multiplicity(c) else None
            if signs is not None and signs.zero and not (signs.positive if greatest else signs.negative):
                return c
        return None

    # ---- enclosed

    def _weights(self, c: fmpq) -> list[tuple[arb, fmpq_mat]]:
        """m_j / D beside each part of M - cI, at the present precision."""
        below = sum((self._monomial(k) * arb(v) for k, v in self.below.items()), arb(0))
        if below.contains(0):
            raise Undecidable("a denominator that may vanish")
        return [(self._monomial(k) / below, part) for k, part in self._shifted(c).items()]

    def _monomial(self, key: Key) -> arb:
        total = arb(1)
        for index, power in key:
            total = total * self.world.valuation.letter(index) ** power
        return total

    def _on(self, basis: fmpq_mat, c: fmpq, bits: int) -> arb_mat:
        """B (M - cI) B^T in balls."""
        self.world.at_precision(bits)
        total = arb_mat(basis.nrows(), basis.nrows())
        for weight, part in self._weights(c):
            total = total + arb_mat(basis * part * basis.transpose()) * weight
        if not all(ball.is_finite() for ball in total.entries()):
            raise Undecidable("the spectrum of a matrix with an entry that leaves the range of balls")
        return total

    def balls(self) -> list[arb]:
        """The ordered eigenvalues in balls at the world's present precision."""
        exact = self.rational()
        if exact is not None:
            return [e.ball for e in spectra.eigenvalues(exact, ctx.prec) for _ in range(e.multiplicity)]
        return spectra.ball_eigenvalues(self._on(_identity(self.size), fmpq(0), min(ctx.prec, BITS[-1])))

    def extreme_ball(self, greatest: bool) -> arb:
        return self.balls()[-1 if greatest else 0]

    def distinct(self) -> int | None:
        """Number of distinct nonzero eigenvalues, or None: balls that meet must hold one known eigenvalue."""
        exact = self.rational() or self._multiple()
        if exact is not None:
            return spectra.distinct(exact)
        field = self._in_field(_identity(self.size), fmpq(0))
        decided = None if field is None else field.distinct()
        if decided is not None:
            return decided
        known = {c: m for c in self.candidates() if (m := self.multiplicity(c))}
        for bits in BITS:
            self.world.at_precision(bits)
            groups = _clusters(self.balls())
            if all(_settled(group, groups, known) for group in groups):
                return sum(not any(b.contains(0) for b in group) for group in groups)
        return None


def _clusters(balls: list[arb]) -> list[list[arb]]:
    """Ordered balls in groups that meet."""
    groups: list[list[arb]] = []
    for ball in balls:
        if groups and any(ball.overlaps(other) for other in groups[-1]):
            groups[-1].append(ball)
        else:
            groups.append([ball])
    return groups


def _settled(group: list[arb], groups: list[list[arb]], known: dict[fmpq, int]) -> bool:
    """Whether a group of balls certainly holds one eigenvalue, and certainly zero or not."""
    for c, count in known.items():
        near = [g for g in groups if any(b.overlaps(arb(c)) for b in g)]
        if near == [group] and count == len(group):
            return c == 0 or not any(b.contains(0) for b in group)
    return len(group) == 1 and not group[0].contains(0)


def rational_roots(matrix: fmpq_mat) -> list[fmpq]:
    """The rational eigenvalues of a rational matrix."""
    _, factors = spectra.charpoly(matrix).numer().factor()
    return [fmpq(-int(f[0]), int(f[1])) for f, _ in factors if f.degree() == 1]


def _identity(size: int) -> fmpq_mat:
    return fmpq_mat(size, size, [fmpq(i == j) for i in range(size) for j in range(size)])
