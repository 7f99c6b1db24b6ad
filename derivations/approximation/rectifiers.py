r"""Rectifiers and their squares: x^2 by sawtooths, hats on a grid, splines, and the density of polynomials.

**Notation.** s(x) = x_+ = max(0, x); T(x) = 2 s(x) - 4 s(x - 1/2) + 2 s(x - 1), the tooth on [0, 1]; f_m(x) = x -
sum_(i <= m) T^i(x)/4^i. Hat in two variables: s(1 - max(u, v, 0) + min(u, v, 0)), linear on the triangles that u = i, v
= j and u - v = i cut out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import comb
from random import Random

import sympy

from ..book.derivation import Assumed, Derivation, computation, definition, identity, theorem, vanishes
from .polynomials import exponents, vandermonde
from .ridges import power_rank
from .separation import products

Number = Fraction | int
HALF = Fraction(1, 2)
SEED = 26


def rectified(x: Fraction) -> Fraction:
    return max(x, Fraction(0))


def tooth(x: Fraction) -> Fraction:
    """Three rectifiers."""
    return 2 * rectified(x) - 4 * rectified(x - HALF) + 2 * rectified(x - 1)


def approximate_square(x: Fraction, levels: int) -> Fraction:
    """f_m(x): three rectifiers a level."""
    total, teeth = x, x
    for level in range(1, levels + 1):
        teeth = tooth(teeth)
        total -= teeth / 4**level
    return total


def hat(u: Fraction, v: Fraction) -> Fraction:
    """max(u, v, 0) = s(v + s(u - v)) and min(u, v, 0) = -s(s(v - u) - v): five rectifiers in three layers, beside the
    two that hand on v."""
    largest = rectified(v + rectified(u - v))
    least = -rectified(rectified(v - u) - v)
    return rectified(1 - largest + least)


def interpolated(target: Mapping[tuple[int, int], Fraction], u: Fraction, v: Fraction) -> Fraction:
    """sum over grid points of the target there times the hat."""
    return sum((value * hat(u - i, v - j) for (i, j), value in target.items()), Fraction(0))


def rectified_square(z: Fraction) -> Fraction:
    return rectified(z) ** 2


# ---- witnesses


def squares(levels: int = 6) -> Mapping[str, Number]:
    """(x_+)^2 on [-1, 1] by f_m(x_+).

    node_gap: largest error at multiples of 2^-m; middle_error: the error halfway between, the same everywhere
    (least_middle as well), and bound 2^(-2m-2); error_on_negatives; units: 3 m + 1; error_ratio when a level is added.
    """
    square_by_teeth()
    count = 2**levels
    at_nodes = [Fraction(i, count) for i in range(count + 1)]
    middles = [x + Fraction(1, 2 * count) for x in at_nodes[:-1]]
    errors = [approximate_square(x, levels) - x**2 for x in middles]
    later = approximate_square(Fraction(1, 4 * count), levels + 1) - Fraction(1, 4 * count) ** 2
    return {
        "node_gap": max(abs(approximate_square(x, levels) - x**2) for x in at_nodes),
        "middle_error": max(errors),
        "least_middle": min(errors),
        "bound": Fraction(1, 4 ** (levels + 1)),
        "error_on_negatives": max(abs(approximate_square(rectified(-x), levels)) for x in at_nodes),
        "units": 3 * levels + 1,
        "error_ratio": later / max(errors),
    }


def smoothness_of_the_square() -> Mapping[str, Number]:
    """x^2 on the right and 0 on the left: value_jump, slope_jump, curvature_jump at 0; right_ratio and left_ratio:
    limits of x_+^2/x^2 for x to plus and minus infinity, which are 1 and 0 for a sigmoidal function of order 2."""
    x = sympy.Symbol("x")
    right, left = x**2, sympy.Integer(0)
    jumps = [int((sympy.diff(right, x, i) - sympy.diff(left, x, i)).subs(x, 0)) for i in range(3)]
    ratios = [int(sympy.limit(side / x**2, x, end)) for side, end in ((right, sympy.oo), (left, -sympy.oo))]
    return {
        "value_jump": jumps[0],
        "slope_jump": jumps[1],
        "curvature_jump": jumps[2],
        "right_ratio": ratios[0],
        "left_ratio": ratios[1],
        "order": int(sympy.degree(right, x)),
    }


def splines(step: Fraction | str = "1/1024") -> Mapping[str, Number]:
    """What networks with the activation q(z) = z_+^2 hold.

    square_gap: 0 if q(z) + q(-z) = z^2, with a letter for the gate; product_gap: of u v = (q(u+v) + q(-u-v) - q(u-v) -
    q(v-u))/4; power_gap: largest difference of (x-t)_+^3 and the product of x - t and q(x - t) over sampled points;
    linear_error: largest difference of (q(z + h) - q(z))/2h and z_+; step: h.
    """
    h = Fraction(step)
    z, gate, u, v = sympy.symbols("z g u v")
    samples = [Fraction(i, 4) * h for i in range(-40, 41)] + [Fraction(i, 7) for i in range(-14, 15)]
    powers = [abs(_times(x - t, rectified_square(x - t)) - rectified(x - t) ** 3) for x in samples for t in (0, HALF)]
    slopes = [abs((rectified_square(x + h) - rectified_square(x)) / (2 * h) - rectified(x)) for x in samples]
    return {
        "square_gap": int(not vanishes(gate * z**2 + (1 - gate) * z**2 - z**2)),
        "product_gap": int(not vanishes(((u + v) ** 2 - (u - v) ** 2) / 4 - u * v)),
        "power_gap": max(powers),
        "linear_error": max(slopes),
        "step": h,
    }


def _times(u: Fraction, v: Fraction) -> Fraction:
    """A product by four units z_+^2."""
    q = rectified_square
    return (q(u + v) + q(-u - v) - q(u - v) - q(v - u)) / 4


def grids(cells: int = 4) -> Mapping[str, Number]:
    """Interpolation on a grid by hats, of |u - v/2 - 1/3| on [0, 1]^2, whose Lipschitz constant L in the larger
    coordinate is 3/2.

    partition_gap: largest difference of the sum of all hats and 1; lattice_gap: of hats at grid points and 0 or 1;
    largest_error over sampled points, bound L h; grid_growth: largest ((2M+1)/(M+1))^2, the factor of the number of
    hats when epsilon is halved, over 4: at most 1; units_per_hat.
    """
    hats_on_a_grid()
    draw, size = Random(SEED), Fraction(1, cells)
    target = {(i, j): _ridge(i * size, j * size) for i, j in product(range(cells + 1), repeat=2)}
    points = [(Fraction(draw.randint(0, 60), 60), Fraction(draw.randint(0, 60), 60)) for _ in range(60)]
    ones = dict.fromkeys(target, Fraction(1))
    return {
        "partition_gap": max(abs(interpolated(ones, u * cells, v * cells) - 1) for u, v in points),
        "lattice_gap": max(
            abs(hat(Fraction(i), Fraction(j)) - (i == j == 0)) for i, j in product(range(-3, 4), repeat=2)
        ),
        "largest_error": max(abs(interpolated(target, u * cells, v * cells) - _ridge(u, v)) for u, v in points),
        "bound": Fraction(3, 2) * size,
        "grid_growth": max(Fraction((2 * m + 1) ** 2, 4 * (m + 1) ** 2) for m in range(1, 200)),
        "units_per_hat": 7,
    }


def _ridge(u: Fraction, v: Fraction) -> Fraction:
    return abs(u - v / 2 - Fraction(1, 3))


def polynomials_and_kinks(degrees: Sequence[int] = (4, 16, 64)) -> Mapping[str, Number]:
    """Bernstein's polynomials of |x - 1/2| on [0, 1], at its kink.

    moment_gap: 0 if the variance of j/k is x(1-x)/k, for every k in letters; largest_ratio: of the error at the kink
    and the bound 1/(2 sqrt k) for a Lipschitz constant of 1; slope_jump of |x - 1/2|, which no polynomial has.
    """
    polynomials_are_dense()
    errors = [(_bernstein_at_half(k), Fraction(1, 2 * int(k**0.5))) for k in degrees]
    left, right = _slope(Fraction(1, 4)), _slope(Fraction(3, 4))
    return {
        "moment_gap": int(not vanishes(sympy.Add(*_moments()))),
        "largest_ratio": max(error / bound for error, bound in errors),
        "slope_jump": right - left,
        "largest_slope": max(abs(left), abs(right)),
    }


def _bernstein_at_half(degree: int) -> Fraction:
    terms = (comb(degree, j) * abs(Fraction(j, degree) - HALF) for j in range(degree + 1))
    return sum(terms, Fraction(0)) / 2**degree


def _slope(at: Fraction) -> Fraction:
    step = Fraction(1, 100)
    return (abs(at + step - HALF) - abs(at - step - HALF)) / (2 * step)


def _moments() -> tuple[sympy.Expr, sympy.Expr]:
    """E j^2 - (E j)^2 from the generating function (xz + 1 - x)^k, and minus k x (1-x)."""
    x, z, k = sympy.symbols("x z k", positive=True)
    generating = (x * z + 1 - x) ** k
    first = sympy.diff(generating, z).subs(z, 1)
    second = sympy.diff(generating, z, 2).subs(z, 1)
    return sympy.simplify(second + first - first**2), -k * x * (1 - x)


def universal_layers(variables: int = 3, degree: int = 3) -> Mapping[str, Number]:
    """One hidden layer of rectifiers: a polynomial is a sum of ridge polynomials, each of which rectifiers interpolate.

    power_rank: independent powers (w.x)^k, of powers = C(n+k-1, k) there are; error_ratio: of the interpolants of t^2
    with a spacing and with half of it; square_rank: how many dimensions units with the polynomial activation z^2 span,
    and dimension of the polynomials of degree k: for such an activation there is no universality.
    """
    weights = exponents(variables, degree)
    coarse, fine = (_chord_error(Fraction(1, m)) for m in (8, 16))
    squares_of = vandermonde(weights, exponents(variables, 2))  # (w.x + b)^2 has no other monomials
    return {
        "power_rank": power_rank(variables, degree),
        "powers": comb(variables + degree - 1, degree),
        "error_ratio": fine / coarse,
        "square_rank": squares_of.rank(),
        "dimension": comb(variables + degree, degree),
    }


def _chord_error(step: Fraction) -> Fraction:
    """Of the piecewise linear interpolant of t^2, halfway between two knots."""
    return (step**2) / 2 - (step / 2) ** 2


def shallow_networks() -> Mapping[str, Number]:
    """x^2 at x = -1, 0, 1. layer_gap: of two rectifiers and their sum, one hidden layer; single_least_error: of a
    single matrix and the activation, a monotone function on a line: half of the larger fall and half of the larger
    rise, the less of the two."""
    x = (-1, 0, 1)
    y = [Fraction(i) ** 2 for i in x]
    sums = [rectified(Fraction(i)) + rectified(Fraction(-i)) for i in x]
    pairs = [(y[i], y[j]) for i in range(3) for j in range(i + 1, 3)]
    fall, rise = max(a - b for a, b in pairs), max(b - a for a, b in pairs)
    return {
        "layer_gap": max(abs(a - b) for a, b in zip(sums, y, strict=True)),
        "single_least_error": min(fall, rise) / 2,
    }


def realisable(levels: int = 6, pieces: int = 1000) -> Mapping[str, Number]:
    """The square t^2: error of f_m on [0, 1], error_ratio when a level is added; pieces_error: the least error on [-1,
    1] of any function with so many linear pieces, h^2/8 for a piece of length h; deep_units, shallow_least of
    `products`."""
    found, counts = squares(levels), products()
    length = Fraction(2, pieces)
    return {
        "deep_units": counts["deep_units"],
        "shallow_least": counts["shallow_least"],
        "error": found["middle_error"],
        "error_ratio": found["error_ratio"],
        "pieces": pieces,
        "pieces_error": length**2 / 8,
    }


# ---- derivations


@cache
def square_by_teeth() -> Derivation:
    a, x, h = sympy.symbols("a x h")
    chord = identity(
        "chord",
        a**2 + (2 * a + h) * (x - a) - x**2,
        (x - a) * (a + h - x),
        reason="The chord of x^2 over [a, a + h] lies above it, by (x-a)(a+h-x).",
    )
    middle = identity(
        "middle",
        (a**2 + (a + h) ** 2) / 2 - (a + h / 2) ** 2,
        h**2 / 4,
        uses=("chord",),
        reason="Most in the middle: h^2/4, the same in every interval of length h.",
    )
    start = computation(
        "start",
        r"f_0(x) = x",
        (Fraction(0), Fraction(1)),
        tuple(approximate_square(Fraction(i), 0) for i in (0, 1)),
        reason="The chord over [0, 1].",
        how="values at 0 and 1",
    )
    refine = identity(
        "refine",
        (a**2 + (2 * a + h) * (x - a)) - (a**2 + (2 * a + h / 2) * (x - a)),
        h**2 / 4 * (2 * (x - a) / h),
        uses=("middle",),
        latex=r"f_m - f_{m+1} = \frac{h^2}{4}\cdot\frac{2(x-a)}{h} = \frac{T^{m+1}(x)}{4^{m+1}}"
        r"\ \text{ on } [a, a+\frac h2],\quad h = 2^{-m}",
        reason="The chord over an interval less that over its left half is a rising line, on the right half a falling "
        "one: a tooth of height h^2/4, and the (m+1)-fold T has 2^m teeth of height 1 there.",
    )
    all_levels = theorem(
        "levels",
        "induction",
        r"f_m \text{ interpolates } x^2 \text{ at } i\,2^{-m}",
        given={"base": start, "step": refine},
        reason="Level by level.",
    )
    counted = computation(
        "counted",
        r"\max_{[0,1]}|f_m - x^2| = 2^{-2m-2}",
        tuple(
            max(
                approximate_square(Fraction(2 * i + 1, 2 ** (m + 1)), m) - Fraction(2 * i + 1, 2 ** (m + 1)) ** 2
                for i in range(2**m)
            )
            for m in range(6)
        ),
        tuple(Fraction(1, 4 ** (m + 1)) for m in range(6)),
        uses=("levels", "middle"),
        reason="By the chord's error with h = 2^{-m}. With x_+ in place of x: (x_+)^2 on [-1, 1].",
        how="exact for m = 0, ..., 5",
    )
    return Derivation(
        "approximation.square_by_teeth",
        "Rectifiers approximate the square, at an exponential rate",
        ("pnas20/relu-square-yarotsky",),
        "Yarotsky's construction: a composed tooth function oscillates 2^m times with 3m units, and subtracting them "
        "with the weights 4^{-i} interpolates x^2 on ever finer grids. The error falls by 4 with every level.",
        (chord, middle, start, refine, all_levels, counted),
        statement=r"\max_{[0,1]}|f_m(x) - x^2| = 2^{-2m-2}",
    )


@cache
def hats_on_a_grid() -> Derivation:
    lam, m = sympy.symbols("L M", positive=True)
    values = computation(
        "values",
        r"\varphi(i,j) = \delta_{i0}\delta_{j0}",
        tuple(hat(Fraction(i), Fraction(j)) for i, j in product(range(-3, 4), repeat=2)),
        tuple(Fraction(int(i == j == 0)) for i, j in product(range(-3, 4), repeat=2)),
        reason="The hat is 1 at the origin and 0 at every other point of the grid.",
        how="for i, j from -3 to 3",
    )
    linear = computation(
        "linear",
        r"\varphi \text{ is linear on the triangles}",
        tuple(_centroids()),
        tuple(_means()),
        uses=("values",),
        reason="Inside a triangle u, v and u - v have fixed signs; so has the argument of the outer rectifier, affine "
        "there with integer values at the corners that differ by at most 1.",
        how="value at the centre of 32 triangles around the origin, against the mean of the corners",
    )
    close = identity(
        "close",
        lam * (1 / m),
        lam / m,
        uses=("linear",),
        latex=r"|g - I_hg| \le \sum_v\lambda_v|g(x)-g(v)| \le Lh",
        reason="The interpolant is a mean of values at corners no farther than h in each coordinate.",
    )
    growth = identity(
        "growth",
        4 * (m + 1) ** 2 - (2 * m + 1) ** 2,
        4 * m + 3,
        uses=("close",),
        latex=r"(2M+1)^2 \le 4(M+1)^2",
        reason="Halving h takes less than four times the hats: O(epsilon^{-2}) rectifiers a node.",
    )
    return Derivation(
        "approximation.hats_on_a_grid",
        "Lipschitz constituents by rectifiers",
        ("pnas20/thm1-relu",),
        "One of the ways to extend Theorem 1 to rectifiers, without squares: at every node of the tree a hat of seven "
        "rectifiers for each point of a grid interpolates the constituent. Errors pass the levels as for smooth units.",
        (values, linear, close, growth),
        statement=r"N = O((n-1)\epsilon^{-2})\ \text{rectifiers}",
    )


def _triangles() -> list[tuple[tuple[int, int], ...]]:
    corners = product(range(-2, 2), repeat=2)
    return [c for i, j in corners for c in (((i, j), (i + 1, j), (i + 1, j + 1)), ((i, j), (i, j + 1), (i + 1, j + 1)))]


def _centroids() -> list[Fraction]:
    return [hat(Fraction(sum(u for u, _ in c), 3), Fraction(sum(v for _, v in c), 3)) for c in _triangles()]


def _means() -> list[Fraction]:
    return [sum((hat(Fraction(u), Fraction(v)) for u, v in c), Fraction(0)) / 3 for c in _triangles()]


@cache
def polynomials_are_dense() -> Derivation:
    dense = theorem(
        "dense",
        "Weierstrass",
        r"\overline{\cup_kP^n_k} = C(\mathcal K)",
        given={"compact set": Assumed("domain", "a compact set")},
        reason="Polynomials are an algebra that separates points.",
    )
    variance, minus = _moments()
    moments = identity(
        "moments",
        variance,
        -minus,
        uses=("dense",),
        latex=r"\sum_j\Big(\frac jk-x\Big)^2\binom kjx^j(1-x)^{k-j} = \frac{x(1-x)}{k}",
        reason="With Bernstein's polynomials it can be done by hand: the mean of |j/k - x| is at most 1/(2 sqrt k), by "
        "Cauchy-Schwarz, and so is the error for a Lipschitz constant of 1.",
    )
    smaller = definition(
        "smaller",
        r"|x-\frac12| \in W^{1,\infty}\setminus\cup_kP^1_k",
        uses=("dense",),
        reason="Its slope is bounded and jumps; that of a polynomial is continuous.",
    )
    return Derivation(
        "approximation.polynomials_are_dense",
        "Polynomials are few, and near to every continuous function",
        ("pnas20/poly-dense",),
        "Why the intuition may be had from polynomials: there are fewer of them than Sobolev functions, and they come "
        "near to every continuous function on a compact set.",
        (dense, moments, smaller),
        statement=r"\overline{\cup_kP^n_k} = C(\mathcal K)",
    )


DERIVATIONS = (square_by_teeth, hats_on_a_grid, polynomials_are_dense)
