r"""How fast norms grow, and where directions end: exact numbers and enclosures for single cases.

Each function works one case out and returns named numbers: rational ones where the case is rational, else
(value, low, high) with bounds that hold with certainty. What a claim says of them stands in the claim.

**Main results.** memo90/sec14-faster-than-log, sec14-larger-K-faster, fig7-left, fig7-right (`growth`);
sec11.2-no-equilibrium (`pull_along_separator`); sec5.4-global-min-maxmargin, sec7-exp-maxmargin-ic,
sec7-several-maxmargin, prop6-maxmargin, sec13-min-norm-selection (`two_limits`); sec12.3.2-extends
(`turning_back`); sec5.2-pseudoinverse-limit (`ridge`); eq64, sec14-sum-gamma (`decay`); sec14-noise
(`noise`); sec14-learning-rate (`steps`).

**Notation.**

===========  ====================================================  ==============
symbol       meaning                                               Python
===========  ====================================================  ==============
u            log R = rho f~, minus the logarithm of the loss       u
K            layers                                                layers
T            time, given by its logarithm                          log_t
gamma        largest margin of a unit vector                       margin
===========  ====================================================  ==============

**Conventions.** The reduced equation of equal norms on one example, with f~ = 1 and independent layers, starts from
rho = 1: u' = K u^(2-2/K) e^(-u), u(0) = 1.

**References.** Z. Ji, M. Telgarsky, Risk and parameter convergence of logistic regression, COLT 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import sympy
from flint import arb, ctx, fmpq
from sympy import Matrix, Rational

Number = Fraction | int
Interval = tuple[arb, arb, arb]
PRECISION = 128


# ---- growth on one example


def growth(log10_t: int = 1000, later: int = 1_000_000) -> dict[str, Interval]:
    """rho at two times for K = 1, 2, 3, 5, its ratio to log t, its excess over log t, and the norm of one layer."""
    with ctx.workprec(PRECISION):
        return _growth(log10_t, later)


def _growth(log10_t: int, later: int) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for word, layers in (("one", 1), ("two", 2), ("three", 3), ("five", 5)):
        for when, exponent in (("", log10_t), ("later_", later)):
            log_t = arb(10).log() * exponent
            low, high = product_of_norms(layers, log_t)
            u = low.union(high)
            found[f"{when}product_{word}"] = _interval(u)
            found[f"{when}ratio_{word}"] = _interval(u / log_t)
            found[f"{when}excess_{word}"] = _interval(u - log_t)
            found[f"{when}layer_{word}"] = _interval(u ** (arb(1) / layers))
    return found


def product_of_norms(layers: int, log_t: arb) -> tuple[arb, arb]:
    """Bounds for u(t): the time at which u is reached is enclosed, and increases with u."""
    before, after = log_t / 2, 3 * log_t
    low = _bisect(before, after, lambda u: bool(time_reached(layers, u)[1] <= log_t))
    high = _bisect(before, after, lambda u: not bool(time_reached(layers, u)[0] >= log_t), upper=True)
    return low, high


def time_reached(layers: int, u: arb) -> tuple[arb, arb]:
    r"""Bounds for the logarithm of t = 1/K \int_1^u s^(-a) e^s ds, a = 2 - 2/K.

    Below: s^(-a) >= u^(-a). Above: (s^(-a) e^s)' = s^(-a) e^s (1 - a/s) >= s^(-a) e^s (1 - 2a/u) on [u/2, u], and
    the integrand is at most e^(u/2) on [1, u/2].
    """
    a = arb(2) - arb(2) / layers
    top = u - a * u.log()
    below = top + (1 - (1 - u).exp()).log() - arb(layers).log()
    rest = (u / 2).log() + u / 2 - top
    above = top + (1 / (1 - 2 * a / u) + rest.exp()).log() - arb(layers).log()
    return below.lower(), above.upper()


def _bisect(low: arb, high: arb, left: Callable[[arb], bool], upper: bool = False) -> arb:
    """The border of {left}, from inside, or from outside with `upper`."""
    low, high = low.mid(), high.mid()
    for _ in range(PRECISION):
        middle = ((low + high) / 2).mid()
        low, high = (middle, high) if left(middle) else (low, middle)
    return high if upper else low


def _interval(value: arb) -> Interval:
    return value.mid(), value.lower(), value.upper()


def _fraction(value: sympy.Expr) -> Fraction:
    exact = sympy.nsimplify(value)
    return Fraction(int(exact.p), int(exact.q))


# ---- no equilibrium on separable data


def pull_along_separator(dimension: int = 3, examples: int = 5) -> dict[str, Number]:
    r"""The velocity sum_n E_n y_n x_n, E_n = e^{-y_n w.x_n}, along a vector v: sum_n E_n m_n with m_n = y_n v.x_n.

    For letters x, y, v, E. Where v separates, every m_n is positive, as every E_n is, and the coefficients are 1.
    """
    v = Matrix(sympy.symbols(f"v1:{dimension + 1}"))
    loss, margin = sympy.symbols(f"E1:{examples + 1}"), sympy.symbols(f"m1:{examples + 1}")
    labels = sympy.symbols(f"y1:{examples + 1}")
    inputs = [Matrix(sympy.symbols(f"x{n}_1:{dimension + 1}")) for n in range(examples)]
    velocity = sum((e * y * x for e, y, x in zip(loss, labels, inputs, strict=True)), sympy.zeros(dimension, 1))
    combined = sum(e * m for e, m in zip(loss, margin, strict=True))
    meaning = {m: y * v.dot(x) for m, y, x in zip(margin, labels, inputs, strict=True)}
    remainder = sympy.expand(velocity.dot(v) - combined.subs(meaning))
    coefficients = [_fraction(combined.coeff(e).coeff(m)) for e, m in zip(loss, margin, strict=True)]
    return {"remainder": 0 if remainder == 0 else 1, "least_coefficient": min(coefficients)}


# ---- a rectifier network with two limits


def two_limits() -> dict[str, Number]:
    """Two units on x = (5, 12)/13 and (5, -12)/13, both labelled 1, f = v_1 relu(w_1.x) + v_2 relu(w_2.x).

    First start: w_1 along (1, 0), w_2 dead on both examples. The dead unit never moves and the other keeps its
    direction, so the normalised network tends to the one unit along (1, 0). Second start: w_n along x_n, equal sizes;
    each unit answers to its own example alone, and the directions rest.

    Both ends are stationary for the margin: W = sum_n alpha_n y_n grad f_n, grad the limit of gradients nearby (a unit
    at 0 has the gradient 0 on the dead side), with alpha_n >= 0 and equal margins. first_kkt_residual and
    second_kkt_residual: the squared difference of the two sides; first_multiplier, second_multiplier: alpha_n, the same
    for both examples.
    """
    x = [Matrix([Rational(5, 13), Rational(12, 13)]), Matrix([Rational(5, 13), Rational(-12, 13)])]
    bisector = Matrix([1, 0])
    pull = x[0] + x[1]  # both examples have one loss, by symmetry
    aside = pull - bisector * pull.dot(bisector)
    radii = [Rational(1, 10), Rational(1, 100), Rational(1, 1000)]
    first, half = min(bisector.dot(z) for z in x), Rational(1, 2)
    return {
        "first_turn": _fraction(aside.dot(aside)),
        "dead_output": _fraction(max(0, *(-bisector.dot(z) for z in x))),
        "other_output": _fraction(max(0, x[0].dot(x[1]))),  # of unit n on the other example
        "first_margin": _fraction(first),
        "second_margin": _fraction(half * min(z.dot(z) for z in x)),
        **stationarity_of_two_limits(x),
        "largest_margin_gain_nearby": max(_fraction(nearby_margin(x, e) - first) for e in radii),
        "least_margin_gain_nearby": min(_fraction(nearby_margin(x, e) - first) for e in radii),
    }


def stationarity_of_two_limits(x: Sequence[Matrix]) -> dict[str, Number]:
    """W against sum_n alpha_n y_n grad f_n at both ends, units as (w_i, v_i): alpha solves the equation of v_1."""
    found: dict[str, Number] = {}
    ends = {"first": [(Matrix([1, 0]), 1), (sympy.zeros(2, 1), 0)], "second": [(x[0], 1), (x[1], 1)]}
    for word, units in ends.items():
        gates = [[w.dot(z) > 0 for z in x] for w, _ in units]
        sums = [sum((z for z, on in zip(x, g, strict=True) if on), sympy.zeros(2, 1)) for g in gates]
        alpha = Rational(units[0][1]) / units[0][0].dot(sums[0])
        gaps = [(w - alpha * v * s, v - alpha * w.dot(s)) for (w, v), s in zip(units, sums, strict=True)]
        found[f"{word}_kkt_residual"] = _fraction(sum((g.dot(g) + h**2 for g, h in gaps), Rational(0)))
        found[f"{word}_multiplier"] = _fraction(alpha)
    return found


def nearby_margin(x: Sequence[Matrix], radius: sympy.Rational) -> sympy.Rational:
    """The dead unit moved to radius * x_1 with outgoing weight radius, the other turned towards x_2 by about radius^2:
    both layers have norm sqrt(1 + radius^2)."""
    s = -Rational(13, 48) * radius**2
    turned = Matrix([(1 - s**2) / (1 + s**2), 2 * s / (1 + s**2)])
    outputs = [max(turned.dot(z), 0) + radius**2 * max(x[0].dot(z), 0) for z in x]
    return min(outputs) / (1 + radius**2)


# ---- a smooth activation without a hard margin


def turning_back() -> dict[str, Interval | Number]:
    r"""f = sigma(w.x) on x_1 = (1, 0), y_1 = 1 and x_2 = (0, 1), y_2 = -1: the two weights do not meet.

    For swish, sigma(z) = z/(1 + e^-z), the flow of w_2 is descent on exp(sigma(w_2)); sigma falls up to its only
    minimum and rises after it, so w_2 stops there, while w_1 grows from 0 for ever. For softplus exp(sigma) = 1 + e^z,
    so that w_2 = -log(1 + t) from 0, and w_1' = e^{w_1}/(1 + e^{w_1})^2 gives e^{w_1} + 2 w_1 - e^{-w_1} = t. The hard
    margin is along (1, -1).
    """
    with ctx.workprec(PRECISION):
        return _turning_back()


def _turning_back() -> dict[str, Interval | Number]:
    low, high = Fraction(-13, 10), Fraction(-5, 4)
    signs = [_swish_slope(low), _swish_slope(high)]
    log_t = arb(10).log() * 1000
    second = -(log_t + (-log_t).exp()).union(log_t + 2 * (-log_t).exp())  # log(1 + t)
    first = (log_t - 1).union(log_t + 1)  # e^w + 2w - e^-w = t has its root there
    cosine = (first - second) / (arb(2) * (first * first + second * second)).sqrt()
    return {
        "slope_before": _interval(signs[0]),
        "slope_after": _interval(signs[1]),
        "swish_cosine_squared": Fraction(1, 2),  # w/|w| tends to (1, 0)
        "softplus_cosine": _interval(cosine),
    }


def _swish_slope(z: Fraction) -> arb:
    at = arb(fmpq(z.numerator, z.denominator))
    gate = 1 / (1 + (-at).exp())
    return gate + at * gate * (1 - gate)


# ---- one-dimensional processes


def ridge() -> dict[str, Number]:
    """(X^T X + lambda)^-1 X^T for letters lambda at X of rank 1 and 2 in R^3, its limit at 0, and the pseudoinverse."""
    lam = sympy.Symbol("lambda", positive=True)
    largest = Fraction(0)
    for rows in ([[1, 2, 0], [0, 1, 3]], [[1, 2, 2], [2, 4, 4]]):
        x = Matrix(rows)
        regular = (x.T * x + lam * sympy.eye(3)).inv() * x.T
        limit = regular.applyfunc(lambda e: sympy.limit(sympy.cancel(e), lam, 0))
        largest = max(largest, *(abs(_fraction(e)) for e in limit - x.pinv()))
    return {"largest_difference": largest}


def decay() -> dict[str, Number | Interval]:
    """x' + gamma(t) x = 0 from x_0, for letters gamma, and for two rates: one with an infinite integral, one without;
    then the same two with steps gamma_n = 1/(n+1) and 1/(n+1)^2."""
    t, start = sympy.symbols("t x_0", positive=True)
    rate = sympy.Function("gamma")
    path = start * sympy.exp(-sympy.Integral(rate(t), (t, 0, t)))
    residual = sympy.simplify(sympy.diff(path, t) + rate(t) * path)
    s = sympy.Symbol("s", positive=True)
    ends = []
    for g in (1 / (1 + s), 1 / (1 + s) ** 2):
        ends.append(sympy.limit(sympy.exp(-sympy.integrate(g, (s, 0, t))), t, sympy.oo))
    n = sympy.Symbol("n", integer=True, positive=True)
    harmonic = sympy.limit(1 / (n + 1), n, sympy.oo)  # prod_{m=1}^n (1 - 1/(m+1)) = 1/(n+1)
    square = sympy.limit((n + 2) / (2 * (n + 1)), n, sympy.oo)  # prod_{m=1}^n (1 - 1/(m+1)^2)
    for closed, factor in ((1 / (n + 1), n / (n + 1)), ((n + 2) / (2 * (n + 1)), 1 - 1 / (n + 1) ** 2)):
        if sympy.simplify(closed / closed.subs(n, n - 1) - factor) != 0:
            raise ValueError("not the product")
    kept = arb(1).exp()
    return {
        "residual": 0 if residual == 0 else 1,
        "end_infinite_integral": _fraction(ends[0]),
        "end_finite_integral": _interval(1 / kept),
        "end_infinite_sum": _fraction(harmonic),
        "end_finite_sum": _fraction(square),
    }


def noise() -> dict[str, Number]:
    r"""x' + gamma (x + e) = 0 for four pairs of rate and noise; each solution is put into its equation first.

    Persistent e = sin t: gamma = 1 leaves an oscillation of squared amplitude 1/2, gamma = 1/(1+t) leaves nothing.
    Fading e = e^{-2t}: gamma = 1 leaves nothing. Constant e = 1: gamma = 1/(1+t) ends at -1, though gamma e tends to 0.
    """
    t, c = sympy.symbols("t c", positive=True)
    swing = c * sympy.exp(-t) + (sympy.cos(t) - sympy.sin(t)) / 2
    slowing = (c + sympy.cos(t)) / (1 + t)
    fading = c * sympy.exp(-t) + sympy.exp(-2 * t)
    biased = -1 + c / (1 + t)
    cases = (
        (swing, 1, sympy.sin(t)),
        (slowing, 1 / (1 + t), sympy.sin(t)),
        (fading, 1, sympy.exp(-2 * t)),
        (biased, 1 / (1 + t), sympy.Integer(1)),
    )
    for x, gamma, e in cases:
        if sympy.simplify(sympy.diff(x, t) + gamma * (x + e)) != 0:
            raise ValueError("not a solution")
    return {
        "swing_squared_constant_rate": _fraction(Rational(1, 2) ** 2 + Rational(1, 2) ** 2),
        "swing_falling_rate": 0 if sympy.limit((c + 1) / (1 + t), t, sympy.oo) == 0 else 1,  # bounds |x|
        "rate_fading_noise": 1,
        "end_fading_noise": _fraction(sympy.limit(fading, t, sympy.oo)),
        "rate_times_constant_noise": _fraction(sympy.limit(1 / (1 + t), t, sympy.oo)),
        "end_constant_noise": _fraction(sympy.limit(biased, t, sympy.oo)),
    }


def steps() -> dict[str, Number]:
    """Descent on x^2/2: the flow shrinks x for ever; a fixed step of 3 doubles it every time, steps 3/(n+1) bring it
    to 0 (the product holds a zero factor at n = 2)."""
    product = Fraction(1)
    for n in range(1, 40):
        product *= 1 - Fraction(3, n + 1)
    return {"flow_rate": -1, "fixed_step_factor": abs(1 - Fraction(3)), "falling_steps_end": product}
