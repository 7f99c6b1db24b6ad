r"""Least squares on powers of x, in balls: the memo's two numerical experiments on linear regression, without sampling.

**Main results.** memo90/fig4-norm, memo90/fig4-convergence (`perturbed_descent`); memo90/fig6-overfits
(`minimum_norm_fits`).

**Notation.**

=======  ==================================================================  ==============
symbol   meaning                                                             shape
=======  ==================================================================  ==============
phi(x)   1, x, ..., x^p                                                      p + 1
X        phi at the N training points, Chebyshev's nodes cos((2k-1)pi/2N)    N x (p + 1)
G        X X^T                                                               N x N
y        sin(8 pi x) there                                                   N
r        X w - y, the training residuals                                     N
P        projector on the weights that no training point sees                p + 1
C        (1 - 2 eta G/N)^T: what T steps of length eta leave of r             N x N
=======  ==================================================================  ==============

**Conventions.** Errors are mean squares, over the N training points or over equally spaced test points of [-1, 1].
Descent is on the mean square, whose step 0.2 is stable; on the sum it is not. It starts from zero weights. Perturbed
weights w + d with Gaussian d of variance s^2 an entry: expectations are exact, S' = C (S + s^2 G) C for the second
moment of r over one round, and the unseen part Pw gains s^2 (p + 1 - N) in its mean square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flint import arb, arb_mat, ctx, fmpq

Interval = tuple[arb, arb, arb]


def chebyshev_nodes(count: int) -> list[arb]:
    return [(arb.pi() * arb(2 * k - 1) / (2 * count)).cos() for k in range(1, count + 1)]


def equally_spaced(count: int) -> list[arb]:
    return [arb(2 * i) / (count - 1) - 1 for i in range(count)]


def powers(points: Sequence[arb], degree: int) -> arb_mat:
    """phi at the points, as rows."""
    rows = []
    for x in points:
        row = [arb(1)]
        for _ in range(degree):
            row.append(row[-1] * x)
        rows.append(row)
    return arb_mat(rows)


def target(points: Sequence[arb]) -> arb_mat:
    """sin(2 pi 4 x), as a column."""
    return arb_mat([[(8 * arb.pi() * x).sin()] for x in points])


# ---- the fit of least norm


def minimum_norm_fits(
    degrees: Sequence[int] = (20, 75, 150, 300), examples: int = 76, tests: int = 600, bits: int = 500
) -> Mapping[str, Interval]:
    """error_<degree>: the test error of the least-squares fit, that of least norm where powers outnumber the points."""
    with ctx.workprec(bits):
        train, test = chebyshev_nodes(examples), equally_spaced(tests)
        wanted = target(test)
        found = {}
        for degree in degrees:
            gaps = powers(test, degree) * fitted(powers(train, degree), target(train)) - wanted
            found[f"error_{degree}"] = _interval(_square(gaps) / tests)
        return found


def fitted(x: arb_mat, y: arb_mat) -> arb_mat:
    """X^+ y, for X of full rank."""
    if x.ncols() >= x.nrows():
        return x.transpose() * (x * x.transpose()).solve(y)
    return (x.transpose() * x).solve(x.transpose() * y)


# ---- descent between perturbations


def perturbed_descent(
    degree: int = 39,
    examples: int = 9,
    tests: int = 100,
    rounds: int = 42,
    steps: int = 120_000,
    length: Fraction | str = "1/5",
    spread: Fraction | str = "9/20",
    bits: int = 300,
) -> Mapping[str, Interval | int]:
    """Expectations at the end of the first round, which no perturbation precedes, and of the last.

    train_error, test_error, squared_norm of the weights; first_... and last_...; perturbed_error: the training error
    right after a perturbation of weights that fit; largest_step: the step beyond which descent is unstable over the
    step taken; slowest_factor: the eigenvalue of C nearest to 1, from below by tr(C)/N; unseen_directions.
    """
    with ctx.workprec(bits):
        return _perturbed(degree, examples, tests, rounds, steps, _ball(length), _ball(spread))


def _perturbed(
    degree: int, examples: int, tests: int, rounds: int, steps: int, length: arb, spread: arb
) -> dict[str, Interval | int]:
    x, y = powers(chebyshev_nodes(examples), degree), target(chebyshev_nodes(examples))
    gram = x * x.transpose()
    identity = arb_mat(examples, examples, [int(i == j) for i in range(examples) for j in range(examples)])
    kept = _power(identity - gram * (2 * length / examples), steps)
    variance = spread**2
    mean, spread_of_r = kept * (-1 * y), arb_mat(examples, examples)
    moments = [(mean, spread_of_r)]
    for _ in range(rounds - 1):
        mean, spread_of_r = kept * mean, kept * (spread_of_r + gram * variance) * kept
        moments.append((mean, spread_of_r))
    found: dict[str, Interval | int] = {}
    for word, index in (("first", 0), ("last", rounds - 1)):
        for name, value in _expected(x, y, gram, moments[index], variance * index, tests).items():
            found[f"{word}_{name}"] = _interval(value)
    return {
        **found,
        "perturbed_error": _interval(variance * _trace(gram) / examples),
        "largest_step": _interval(examples / (length * _largest(gram))),
        "slowest_factor": _interval(_trace(kept) / examples),
        "unseen_directions": degree + 1 - examples,
    }


def _expected(
    x: arb_mat, y: arb_mat, gram: arb_mat, moments: tuple[arb_mat, arb_mat], unseen: arb, tests: int
) -> dict[str, arb]:
    """Expected training error, squared norm and test error; `unseen` is the variance of an entry of Pw's increments."""
    mean, covariance = moments
    points = equally_spaced(tests)
    phi = powers(points, x.ncols() - 1)
    reach = gram.solve(x * phi.transpose())  # G^-1 X phi(t), a column for each test point
    bias = reach.transpose() * (mean + y) - target(points)
    through = _trace(reach.transpose() * covariance * reach)
    beside = _square(phi) - _trace(phi * x.transpose() * reach)
    seen = (mean + y).transpose() * gram.solve(mean + y)
    return {
        "train_error": (_square(mean) + _trace(covariance)) / x.nrows(),
        "squared_norm": seen[0, 0] + _trace(gram.solve(covariance)) + unseen * (x.ncols() - x.nrows()),
        "test_error": (_square(bias) + through + unseen * beside) / tests,
    }


def _power(matrix: arb_mat, exponent: int) -> arb_mat:
    found, square = None, matrix
    while exponent:
        if exponent % 2:
            found = square if found is None else found * square
        square, exponent = square * square, exponent // 2
    assert found is not None
    return found


def _largest(gram: arb_mat) -> arb:
    """An upper bound for the largest eigenvalue: the largest sum of absolute values in a row."""
    sums = [sum((abs(gram[i, j]) for j in range(gram.ncols())), arb(0)) for i in range(gram.nrows())]
    return arb(max(float(s.upper()) for s in sums) * (1 + 1e-12))


def _trace(matrix: arb_mat) -> arb:
    return sum((matrix[i, i] for i in range(matrix.nrows())), arb(0))


def _square(matrix: arb_mat) -> arb:
    return sum((e**2 for e in matrix.entries()), arb(0))


def _ball(value: Fraction | str) -> arb:
    q = Fraction(value)
    return arb(fmpq(q.numerator, q.denominator))


def _interval(value: arb) -> Interval:
    return value.mid(), value.lower(), value.upper()
