"""Whether scalars are zero, asked of their values at random points modulo primes.

A scalar is a fraction of polynomials in letters: the leaves, one letter for each independent exponential, logarithm and
jet, and square roots r with r^2 = a. A numerator of degree D (`degrees`) that is not zero vanishes at a random point
modulo a prime p with probability at most D/p (Schwartz and Zippel). D is below 2^27 and p above 2^60; three primes,
drawn anew for every question, are asked at once, by arithmetic modulo their product. So the chance that something false
passes is below (2^-32)^3, about 10^-29, the chance included that p divides all coefficients, while these have less than
2^26 bits. All is drawn from the digest of the question: an answer is the same whenever it is asked for.

Of functions only what holds of them is used: exp(c a) = exp(a)^c, exp(a + b) = exp(a) exp(b), log exp(a) = a.
Exponentials that are not seen to be related count as independent, which can only make a zero go unseen. Of roots and
signs, but for norms of letters, both values are tried.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import gcd, isqrt

from flint import fmpz

from .algebra import Graph, Uncovered
from .degrees import degree

MOST_DEGREE = 2**27
BITS = 61  # of each prime
MOST_SIGNS = 6  # roots and signs of which both values are tried, all together
FINEST = 60  # exponentials of exp(a)^(1/60) are seen to be related
STEEPEST = 64  # and so are those of exp(64 a)
MOST_ADDENDS = 16  # of an exponent
LARGEST = 2**20  # numerator and denominator of such a relation
TRIES = 400  # points drawn until every root exists


Spheres = Sequence[Sequence[Sequence[str]]]


class _Unlucky(Exception):
    """A point where a denominator vanishes or a root does not exist: another is drawn."""


class Letters:
    """Random residues, drawn from a seed."""

    def __init__(self, seed: str):
        self._random = random.Random(int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big"))
        self.primes = self._primes()
        self.modulus = self.primes[0] * self.primes[1] * self.primes[2]

    def _primes(self) -> tuple[int, int, int]:
        found: list[int] = []
        while len(found) < 3:
            candidate = self._random.getrandbits(BITS) | (1 << (BITS - 1)) | 3  # 3 modulo 4, where roots are powers
            if candidate not in found and fmpz(candidate).is_prime():
                found.append(candidate)
        return found[0], found[1], found[2]

    def draw(self) -> int:
        """A unit modulo each prime."""
        while True:
            value = self._random.randrange(1, self.modulus)
            if gcd(value, self.modulus) == 1:
                return value

    def residue(self, value: Fraction) -> int:
        return value.numerator * pow(value.denominator, -1, self.modulus) % self.modulus

    def root(self, value: int) -> int:
        """A square root modulo every prime; raises if one does not exist."""
        result = 0
        for p in self.primes:
            r = pow(value, (p + 1) // 4, p)
            if r * r % p != value % p:
                raise _Unlucky
            other = self.modulus // p
            result += r * other * pow(other, -1, p)
        return result % self.modulus

    def ratio(self, a: int, b: int) -> Fraction | None:
        """The small c with a = c b, if there is one; b is a unit."""
        value = a * pow(b, -1, self.modulus) % self.modulus
        old, new, s, t = self.modulus, value, 0, 1  # the continued fraction of value / modulus
        while new > LARGEST:
            step = old // new
            old, new, s, t = new, old - step * new, t, s - step * t
        if not 0 < abs(t) <= LARGEST:
            return None
        found = Fraction(new, t)
        return found if (found.numerator - found.denominator * value) % self.modulus == 0 else None


class Point:
    """Values of a graph's nodes at one random point.

    Args:
        fixed: the values of leaves that are not to be drawn.
        spheres: lists of leaves whose sum of squares gets a root, since the norm of the list may occur; those of a
            group have one and the same norm.
        signs: of the roots and signs that are met, in order; those behind are +1.
    """

    def __init__(
        self,
        graph: Graph,
        letters: Letters,
        fixed: Mapping[str, int],
        spheres: Spheres,
        signs: Sequence[int],
    ):
        self.graph, self.letters, self.fixed, self.signs = graph, letters, dict(fixed), signs
        self.values: dict[int, int] = {}
        self.met = 0  # roots and signs, but for spheres
        self._bases: list[tuple[int, int]] = []  # of exponentials: the argument, and exp(argument / FINEST)
        self._same: dict[tuple, int] = {}
        self._roots: list[tuple[int, int]] = []  # what has a root, and the root
        self._scale = 1  # the product of all norms of layers
        for group in spheres:
            norms = [self._on_sphere(names) for names in group]
            if len(group) > 1:
                self._scaled(group, norms)
            for names, norm in zip(group, norms, strict=True):
                if norm is not None and names[0][0] == "w":
                    self._scale = self._scale * norm % self.letters.modulus

    def _scaled(self, group: Sequence[Sequence[str]], norms: Sequence[int | None]) -> None:
        """Each list times a factor that gives all of them the norm of the first."""
        m = self.letters.modulus
        for names, norm in zip(group, norms, strict=True):
            if norm is None or norms[0] is None:
                raise Uncovered("equal norms of single numbers")
            factor = norms[0] * pow(norm, -1, m) % m
            self.fixed.update((name, self.fixed[name] * factor % m) for name in names)

    def _on_sphere(self, names: Sequence[str]) -> int | None:
        """r^2 = w_1^2 + s is (r - w_1)(r + w_1) = s: with t for the first factor all is a fraction in t and the rest.

        The quadric is irreducible where there are two entries: r stands for the norm as well as for its opposite.
        """
        m, draw = self.letters.modulus, self.letters.draw
        if len(names) < 2 or any(name in self.fixed for name in names):
            return None
        rest = [draw() for _ in names[1:]]
        squares, t = sum(v * v for v in rest) % m, draw()
        other, half = squares * pow(t, -1, m) % m, pow(2, -1, m)
        first, norm = (other - t) * half % m, (other + t) * half % m
        self.fixed.update(zip(names, (first, *rest), strict=True))
        self._roots.append((norm * norm % m, norm))
        return norm

    def evaluate(self, order: Sequence[int]) -> None:
        """Values of these nodes, parts before wholes."""
        values, modulus, nodes = self.values, self.letters.modulus, self.graph.nodes
        for a in order:
            kind, *rest = nodes[a]
            if kind == "mul":
                values[a] = values[rest[0]] * values[rest[1]] % modulus
            elif kind in ("sum", "plus"):
                values[a] = sum(values[p] for p in rest) % modulus
            else:
                values[a] = self._other(a, kind, rest)

    def _other(self, a: int, kind: str, rest: list) -> int:
        match kind:
            case "num":
                return self.letters.residue(rest[0])
            case "leaf":
                return self.fixed[rest[0]] % self.letters.modulus if rest[0] in self.fixed else self.letters.draw()
            case "inv":
                return self._inverse(self.values[rest[0]])
            case "exp":
                return self._exponential(rest[0])
            case "log":
                return self._logarithm(rest[0])
            case "root":
                return self._root(self.values[rest[0]])
            case "sign":
                return self._sign(rest[0])
        return self._letter(kind, self.values[rest[0]], rest[1])

    def _inverse(self, value: int) -> int:
        if gcd(value, self.letters.modulus) != 1:
            raise _Unlucky
        return pow(value, -1, self.letters.modulus)

    def _letter(self, *key: object) -> int:
        if key not in self._same:
            self._same[key] = self.letters.draw()
        return self._same[key]

    def _next_sign(self) -> int:
        self.met += 1
        return self.signs[self.met - 1] if self.met <= len(self.signs) else 1

    def _root(self, value: int) -> int:
        """The root, which is a number times a known one where the argument is the square of it times a known one."""
        if value == 0:
            return 0
        for square, root in self._roots:
            c = 1 if square == value else self.letters.ratio(value, square)
            exact = None if c is None else _rational_root(Fraction(c))
            if exact is not None:
                return root * self.letters.residue(exact) % self.letters.modulus
        found = self.letters.root(value) * self._next_sign() % self.letters.modulus
        self._roots.append((value, found))
        return found

    def _sign(self, a: int) -> int:
        """The sign, that of a product factor by factor, and +1 of what is positive where it is not zero."""
        kind, *rest = self.graph.nodes[a]
        m, value = self.letters.modulus, self.values[a]
        if self.graph.positive(a):
            return 1
        if kind == "num":
            return -1 % m
        if kind == "mul":
            return self._sign(rest[0]) * self._sign(rest[1]) % m
        if kind == "inv":
            return self._sign(rest[0])
        over = pow(self._scale, -1, m)
        for factor in (1, -1, self._scale, -self._scale, over, -over):  # f has the sign of f(V)
            if ("sign", factor * value % m) in self._same:
                sign = 1 if factor in (1, self._scale, over) else -1
                return sign * self._same["sign", factor * value % m] % m
        self._same["sign", value] = self._next_sign() % m
        return self._same["sign", value]

    def _exponential(self, argument: int) -> int:
        kind, *rest = self.graph.nodes[argument]
        if kind == "log":
            return self.values[rest[0]]
        known = self._known_power(self.values[argument])
        if known is not None:
            return known
        result = 1
        for value in self._addends(argument):
            power = self._known_power(value)
            result = result * (self._new_power(value) if power is None else power) % self.letters.modulus
        return result

    def _known_power(self, value: int) -> int | None:
        """exp of a value that is a rational multiple of one met before."""
        if value == 0:
            return 1
        for base, unit in self._bases:
            c = self.letters.ratio(value, base)
            if c is not None and (c * FINEST).denominator == 1 and abs(c) <= STEEPEST:
                return pow(unit, int(c * FINEST), self.letters.modulus)
        return None

    def _new_power(self, value: int) -> int:
        if gcd(value, self.letters.modulus) != 1:
            raise _Unlucky
        self._bases.append((value, self.letters.draw()))
        return pow(self._bases[-1][1], FINEST, self.letters.modulus)

    def _addends(self, a: int) -> list[int]:
        """The values of the terms that a formula adds up, products multiplied out."""
        kind, *rest = self.graph.nodes[a]
        if kind == "plus":
            return self._addends(rest[0]) + self._addends(rest[1])
        if kind == "mul":
            left, right = self._addends(rest[0]), self._addends(rest[1])
            if 1 < len(left) * len(right) <= MOST_ADDENDS:
                return [x * y % self.letters.modulus for x in left for y in right]
        return [self.values[a]]

    def _logarithm(self, argument: int) -> int:
        """log(a b) = log a + log b where one factor is positive, so that the other is where the logarithm exists."""
        kind, *rest = self.graph.nodes[argument]
        m = self.letters.modulus
        if kind == "exp":
            return self.values[rest[0]]
        if kind == "inv":
            return -self._logarithm(rest[0]) % m
        if kind == "num" and rest[0] == 1:
            return 0
        if kind == "mul" and any(map(self.graph.positive, rest)):
            return (self._logarithm(rest[0]) + self._logarithm(rest[1])) % m
        return self._letter("log", self.values[argument])


def _rational_root(value: Fraction) -> Fraction | None:
    if value < 0:
        return None
    top, below = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(top, below) if (top * top, below * below) == (value.numerator, value.denominator) else None


def vanish(graph: Graph, wholes: Sequence[int], fixed: Mapping[str, int], spheres: Spheres, seed: str) -> bool:
    """Whether every one of these scalars is zero, whatever the letters that are not fixed."""
    wholes = [a for a in dict.fromkeys(wholes) if a != graph.zero]
    return not wholes or all(all(v == 0 for v in row) for row in samples(graph, wholes, fixed, spheres, seed))


def samples(
    graph: Graph, wholes: Sequence[int], fixed: Mapping[str, int], spheres: Spheres, seed: str
) -> Iterator[list[int]]:
    """The values of scalars at random points: one for every choice of the signs of roots."""
    order = graph.below(wholes)
    if degree(graph, wholes) > MOST_DEGREE:
        raise Uncovered("a degree that is too high")
    first = somewhere(graph, order, fixed, spheres, (), seed)
    yield [first.values[a] for a in wholes]
    if first.met > MOST_SIGNS:
        raise Uncovered(f"{first.met} roots and signs at once")
    for signs in itertools.product((1, -1), repeat=first.met):
        if -1 in signs:
            point = somewhere(graph, order, fixed, spheres, signs, seed)
            yield [point.values[a] for a in wholes]


def somewhere(
    graph: Graph,
    order: Sequence[int],
    fixed: Mapping[str, int],
    spheres: Spheres,
    signs: Sequence[int],
    seed: str,
) -> Point:
    """A point where every part exists."""
    for attempt in range(TRIES):
        point = Point(graph, Letters(f"{seed}/{signs}/{attempt}"), fixed, spheres, signs)
        try:
            point.evaluate(order)
        except _Unlucky:
            continue
        return point
    raise Uncovered("no point was found at which every root exists")
