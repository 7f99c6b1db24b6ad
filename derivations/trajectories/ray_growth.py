r"""Growth along a ray: directions rest and all outputs y_n f_n are one number R; every quantity by R.

**Main results.** memo90/sec14-alpha-inf, memo90/eq57.

**Notation.** f of degree D in all weights, W(t) = z(t) W(0) with z(0) = 1, R = y_n f_n = R_0 z^D for all n; where
sum_n y_n grad f_n = kappa W at the start, under the exponential loss dz/dt = a z^(D-1) e^(-R), with a = kappa/N for the
mean and kappa for the sum. With s = 2 - 2/D and c = a D R_0^(2/D - 1)

    dR/dt = c R^s e^(-R),      c t = int e^R R^(-s) dR = e^R R^(-s) (1 + s/R + s(s+1)/R^2 + ...)

One example, K layers of one norm r: D = K, R = r^K F with F = y f(V; x), c = K F^(2/K). Under the logistic loss e^R is
replaced by 1 + e^R, which the error of the expansion covers, and L = log(1 + e^(-R)) = e^(-R) + O(e^(-2R)). The same z
solves the flows in (rho, V), in which directions rest as well.

**Expansions.** A quantity is a sum of terms a e^(bR) R^p with rational b and p, as R tends to infinity, up to an error
of smaller order that is carried along: where leading terms cancel, the next ones decide, and where all terms that are
known cancel, nothing is said.

**References.** F. Olver, Asymptotics and special functions (1974), 3.1 (exponential integrals by parts).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

Order = tuple[Fraction, Fraction]  # (b, p) of e^(bR) R^p, compared in this order
TERMS = 6  # of an infinite expansion that are kept


@dataclass(frozen=True)
class Expansion:
    """sum of terms[b, p] e^(bR) R^p, up to O(e^(b'R) R^p') for `error` = (b', p'), or exactly where that is None."""

    terms: dict[Order, Any]
    error: Order | None = None

    def __add__(self, other: Expansion) -> Expansion:
        terms = dict(self.terms)
        for order, a in other.terms.items():
            terms[order] = terms.get(order, fmpq(0)) + a
        errors = [e for e in (self.error, other.error) if e is not None]
        return _kept(terms, max(errors, default=None))

    def __mul__(self, other: Expansion) -> Expansion:
        terms: dict[Order, Any] = {}
        for p, a in self.terms.items():
            for q, b in other.terms.items():
                order = _sum(p, q)
                terms[order] = terms.get(order, fmpq(0)) + a * b
        errors = [_sum(e, max(o.terms)) for e, o in ((self.error, other), (other.error, self)) if e and o.terms]
        errors += [_sum(self.error, other.error)] if self.error and other.error else []
        return _kept(terms, max(errors, default=None))

    def scaled(self, factor: Any) -> Expansion:
        """The same times a number."""
        return self * number(factor)

    @property
    def leading(self) -> tuple[Any, Order] | None:
        """The largest term, if it is certain that its coefficient is not zero."""
        if not self.terms:
            return None
        order = max(self.terms)
        a = self.terms[order]
        return None if a == 0 or (isinstance(a, arb) and a.contains(0)) else (a, order)

    @property
    def monomial(self) -> tuple[Any, Order] | None:
        """(a, order) of a quantity that is exactly one term."""
        return self.leading if len(self.terms) == 1 and self.error is None else None

    def power(self, exponent: Fraction) -> Expansion | None:
        """A power: of one term exactly, of a sum by its leading term."""
        found = self.leading
        if found is None or not found[0] > 0:
            return None
        a, (b, p) = found
        order = (b * exponent, p * exponent)
        value = _to_power(a, exponent)
        if self.monomial is not None:
            return Expansion({order: value})
        rest = max([o for o in self.terms if o != (b, p)] + ([self.error] if self.error else []))
        return Expansion({order: value}, _sum(order, (rest[0] - b, rest[1] - p)))

    def exp(self) -> Expansion | None:
        """e^(bR) for bR, exactly."""
        if not self.terms and self.error is None:
            return number(1)
        found = self.monomial
        if found is None or found[1] != (0, 1) or not isinstance(found[0], fmpq):
            return None
        return Expansion({(Fraction(int(found[0].p), int(found[0].q)), Fraction(0)): fmpq(1)})

    def log(self) -> Expansion | None:
        """bR for e^(bR), exactly; else bR up to O(R^(1/2)), where the quantity is as large or small as e^(bR)."""
        found = self.leading
        if found is None or not found[0] > 0 or found[1][0] == 0:
            return None
        b = found[1][0]
        pure = self.monomial is not None and found[1][1] == 0 and found[0] == 1
        return Expansion(
            {(Fraction(0), Fraction(1)): fmpq(b.numerator, b.denominator)},
            None if pure else (Fraction(0), Fraction(1, 2)),
        )

    def li(self) -> Expansion | None:
        """li(e^z) = e^z/z (1 + 1/z + 2/z^2 + ...) for z = bR, b > 0."""
        found = self.monomial
        if found is None or found[0] != 1 or found[1][1] != 0 or found[1][0] <= 0:
            return None
        b = found[1][0]
        return _by_parts(b, Fraction(1), fmpq(1))


def number(value: Any) -> Expansion:
    """A constant."""
    return Expansion({(Fraction(0), Fraction(0)): fmpq(value) if isinstance(value, int) else value})


OUTPUT = Expansion({(Fraction(0), Fraction(1)): fmpq(1)})  # R
LOSS = Expansion({(Fraction(-1), Fraction(0)): fmpq(1)})  # e^(-R)


def time(depth: int, direction: Any) -> Expansion:
    """t, for one example, K layers of one norm and F."""
    return clock(depth, _to_power(direction, Fraction(2, depth)) * depth)


def clock(degree: int, speed: Any) -> Expansion:
    """t, for D and c."""
    return _by_parts(Fraction(1), 2 - Fraction(2, degree), 1 / speed)


def speed(degree: int, rate: Any, output: Any) -> Any:
    """c, for D, a and R_0."""
    return rate * degree * _to_power(output, Fraction(2, degree) - 1)


def loss(examples: int, logistic: bool) -> Expansion:
    """L as a mean, or as a sum of so many losses."""
    error = (Fraction(-2), Fraction(0)) if logistic else None
    return Expansion(LOSS.scaled(examples).terms, error)


def _by_parts(b: Fraction, s: Fraction, factor: Any) -> Expansion:
    """factor times the expansion of b^(1-s) int e^(bR) R^(-s) d(bR) by parts, as in li (s = 1) and t (b = 1):
    e^z z^(-s) (1 + s/z + s(s+1)/z^2 + ...) at z = bR."""
    terms, a = {}, fmpq(1)
    for i in range(TERMS):
        power = -s - i
        terms[(b, power)] = factor * a * _to_power(fmpq(b.numerator, b.denominator), power)
        a = a * fmpq((s + i).numerator, (s + i).denominator)
    return Expansion(terms, (b, -s - TERMS))


def _to_power(a: Any, exponent: Fraction) -> Any:
    """A positive number to a rational power; rational where the exponent is an integer."""
    if exponent.denominator == 1:
        return a ** int(exponent)
    root = _root(a, exponent.denominator) if isinstance(a, fmpq) else None
    if root is not None:
        return root ** int(exponent.numerator)
    base = arb(a) if isinstance(a, fmpq) else a
    return base ** arb(fmpq(exponent.numerator, exponent.denominator))


def _root(a: fmpq, degree: int) -> fmpq | None:
    """A root of a positive rational number, if it is rational."""
    parts = [(n, round(float(n) ** (1 / degree))) for n in (int(a.p), int(a.q)) if n < 2**52]
    if len(parts) < 2 or any(r**degree != n for n, r in parts):
        return None
    return fmpq(parts[0][1], parts[1][1])


def _sum(p: Order, q: Order) -> Order:
    return p[0] + q[0], p[1] + q[1]


def _kept(terms: dict[Order, Any], error: Order | None) -> Expansion:
    """Without terms that are exactly zero or not larger than the error."""
    kept = {o: a for o, a in terms.items() if not (isinstance(a, fmpq) and a == 0) and (error is None or o > error)}
    return Expansion(kept, error)
