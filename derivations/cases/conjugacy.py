r"""Conjugacy of flows, in numbers: maps that carry one system to another, and what they do not carry.

**Main results.** memo90/eq10, memo90/eq11, memo90/eq47, memo90/eq47-diffeo, memo90/sec10-topo-signs; counterexamples to
memo90/sec12.3-count-diffconj and memo90/sec5.4-inherits-minnorm.

**Notation.** x' = mu x and y' = nu y scalar linear flows; h(x) = sgn(x) |x|^(nu/mu) carries the first to the second
where mu and nu have one sign. For fields x' = F(x), y' = G(y) and y = h(x): G(h(x)) = Dh(x) F(x).

**Conventions.** A `gap` is a difference that the statement says is 0, found as an exact number.

**References.** M. Hirsch, S. Smale, R. Devaney, Differential Equations, Dynamical Systems (2012), ch. 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from flint import arb, fmpq, fmpq_mat

from ..exact import spectra


def power_map(mu: int = 2, nu: int = 3, exponent: Fraction | None = None) -> Mapping[str, Any]:
    """h(x) = sgn(x) |x|^q, q = nu/mu if not given: it carries x(t) = x_0 e^(mu t) to y(t) = h(x_0) e^(nu t).

    gap: 0 if h(x(t)) - y(t) is zero for letters x_0 and t, on either side of 0; exponent: q; opposite_exponent: the
    only one that would do for the rate -mu. h and its inverse are continuous where q > 0 alone. least_slope_at_zero:
    the smaller one of the limits of h'(x) and of the inverse's slope as x falls to 0; positive for a diffeomorphism.
    """
    q = Fraction(nu, mu) if exponent is None else exponent
    t, start = sympy.Symbol("t", real=True), sympy.Symbol("x_0", positive=True)
    power = sympy.Rational(q.numerator, q.denominator)
    gaps = [
        _h(side * start * sympy.exp(mu * t), power) - _h(side * start, power) * sympy.exp(nu * t) for side in (1, -1)
    ]
    slopes = [sympy.limit(e * start ** (e - 1), start, 0, "+") for e in (power, 1 / power)]
    return {
        "gap": int(any(sympy.powsimp(sympy.expand_power_base(g), force=True) != 0 for g in gaps)),
        "exponent": q,
        "opposite_exponent": Fraction(nu, -mu),
        "least_slope_at_zero": int(min(slopes)),
    }


def _h(x: sympy.Expr, power: sympy.Rational) -> sympy.Expr:
    return sympy.sign(x) * sympy.Abs(x) ** power


def exponential_flow() -> Mapping[str, Any]:
    """phi_t = e^(At) x_0 for a symmetric 2 x 2 matrix with letters: d/dt phi_t - A phi_t at t = 0, and phi_0 - x_0.

    gap: 0 if e^(At), summed to order 6, has A e^(At) as its derivative to order 5 and is 1 at t = 0; diagonal_gap: 0 if
    Q^T A Q is diagonal for the eigenvectors of A = [[2, 1], [1, 2]].
    """
    a, b, c, t = sympy.symbols("a b c t")
    matrix = sympy.Matrix([[a, b], [b, c]])
    terms = [matrix**n * t**n / sympy.factorial(n) for n in range(7)]
    series = sum(terms, sympy.zeros(2, 2))
    lower = sum(terms[:6], sympy.zeros(2, 2))
    rest = (series.diff(t) - matrix * lower).applyfunc(sympy.expand)
    start = series.subs(t, 0) - sympy.eye(2)
    frame = sympy.Matrix([[1, 1], [1, -1]])
    turned = frame.T * sympy.Matrix([[2, 1], [1, 2]]) * frame
    return {
        "gap": int(rest != sympy.zeros(2, 2) or start != sympy.zeros(2, 2)),
        "diagonal_gap": int(turned[0, 1] != 0 or turned[1, 0] != 0),
    }


def change_of_coordinates() -> Mapping[str, Any]:
    """Two dimensions, F with letters as coefficients, F(0) = 0, h(x) = (x_1 + c x_2^2, x_2): the field G of y = h(x).

    field_gap: d/dt h(x(t)) - G(h(x)); eigenvalue_gap: the characteristic polynomials of DF(0) and DG(0) differ by it.
    """
    x1, x2, y1, y2, c = sympy.symbols("x1 x2 y1 y2 c")
    letters = sympy.symbols("f0:8")
    field = sympy.Matrix(
        [
            letters[0] * x1 + letters[1] * x2 + letters[2] * x1 * x2 + letters[3] * x2**2,
            letters[4] * x1 + letters[5] * x2 + letters[6] * x1**2 + letters[7] * x1 * x2,
        ]
    )
    h = sympy.Matrix([x1 + c * x2**2, x2])
    inverse = {x1: y1 - c * y2**2, x2: y2}
    image = (h.jacobian([x1, x2]) * field).subs(inverse, simultaneous=True)
    moved = image.subs({y1: h[0], y2: h[1]}, simultaneous=True) - h.jacobian([x1, x2]) * field
    at_rest = [m.jacobian(v).subs(dict.fromkeys(v, 0)) for m, v in ((field, [x1, x2]), (image, [y1, y2]))]
    lam = sympy.Symbol("lam")
    polynomials = [sympy.expand((lam * sympy.eye(2) - m).det()) for m in at_rest]
    zero = sympy.zeros(2, 1)
    return {
        "field_gap": int(moved.applyfunc(sympy.expand) != zero),
        "eigenvalue_gap": int(sympy.expand(polynomials[0] - polynomials[1]) != 0),
    }


def same_count() -> Mapping[str, Any]:
    """diag(1, 2, 4) and diag(1, 2, 3): three distinct eigenvalues each, and no shift by one number makes them equal.

    left_count, right_count: how many distinct eigenvalues each has; gap: the difference of (greatest - least), which a
    shift keeps. A = Q diag(1, 2, 4) Q^T with a rational rotation Q has the eigenvalues of diag(1, 2, 4) again:
    spectrum_gap: 0 if the characteristic polynomials agree; rotation_gap: 0 if z = Q^T x takes x' = A x to
    z' = diag(1, 2, 4) z, a linear and so differentiable conjugacy.
    """
    left, right = _diagonal(1, 2, 4), _diagonal(1, 2, 3)
    frame = fmpq_mat(3, 3, [1, 2, 2, 2, 1, -2, 2, -2, 1]) * fmpq(1, 3)
    turned = frame * left * frame.transpose()
    back = frame.transpose() * turned * frame
    return {
        "left_count": spectra.distinct(left),
        "right_count": spectra.distinct(right),
        "gap": (4 - 1) - (3 - 1),
        "spectrum_gap": int(spectra.charpoly(turned) != spectra.charpoly(left)),
        "rotation_gap": int(back != left or turned == left),
    }


def _diagonal(*values: int) -> fmpq_mat:
    size = len(values)
    return fmpq_mat(size, size, [values[i] if i == j else 0 for i in range(size) for j in range(size)])


def kernel_shift(along: int = 1) -> Mapping[str, Any]:
    """L = (1 - w_1)^2 in two weights; h(w) = w + (0, along) carries its flow, which leaves w_2 alone, to itself.

    norm: squared norm of the limit (1, 0) from (0, 0), the least of all minimisers; carried: that of the limit's image,
    to which the carried trajectory tends; field_gap: of the fields at w and h(w), 0; slope, image_slope: the gradient
    at the limit and at its image.
    """
    w1, w2 = sympy.symbols("w1 w2")
    loss = (1 - w1) ** 2
    field = sympy.Matrix([-loss.diff(w1), -loss.diff(w2)])
    limit, image = sympy.Matrix([1, 0]), sympy.Matrix([1, along])
    gap = field.subs(w2, w2 + along) - field
    return {
        "norm": int(limit.dot(limit)),
        "carried": int(image.dot(image)),
        "field_gap": int(gap != sympy.zeros(2, 1)),
        "slope": int(field.subs({w1: 1, w2: 0}).norm()),
        "image_slope": int(field.subs({w1: 1, w2: along}).norm()),
    }


def neuron_curvature(turns: int = 100) -> Mapping[str, Any]:
    """c(z) = s'(z)^2 - s''(z) for one neuron s(w.x) with label 1: the second derivative of exp(-s) over exp(-s).

    wavy_factor: for the smooth and increasing s(z) = z + sin z at z = 2 pi turns + 5 pi/4, as far out as one likes;
    wavy_slope: s' there; softplus_factor, tanh_factor: lower bounds of c, for softplus on z >= 1, for tanh on [0, 1].
    Softplus has c = g (2 g - 1) with its slope g, which grows with z. Tanh has c = (1 - s^2)(1 + 2 s - s^2), whose
    first factor falls and whose second grows with z.
    """
    z = arb.pi() * (arb(2 * turns) + arb(5) / 4)
    slope = 1 + z.cos()
    gate = 1 / (1 + (-arb(1)).exp())
    return {
        "wavy_factor": slope**2 + z.sin(),
        "wavy_slope": slope,
        "softplus_factor": gate * (2 * gate - 1),
        "tanh_factor": (1 - arb(1).tanh() ** 2),
    }
