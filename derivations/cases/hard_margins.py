r"""Hard margins of one linear layer in rational arithmetic: shortest vectors, nearest points of hulls, interpolants.

**Main results.** memo90/sec4-svm-equivalence (`equivalence`), sec7-linear-single-maxmargin (`margin_bound`),
sec4-minnorm-maxmargin, sec5.4-maxmargin-pinv, sec11.1-square-maxmargin, sec12.3-exp-pinv (`least_norm_and_margin`).

**Notation.**

=======  ============================================================  ==============
symbol   meaning                                                       Python
=======  ============================================================  ==============
y_n x_n  inputs with their labels, as rows                             `signed`
w        argmin |w|^2 with y_n w.x_n >= 1                              `hard`
z        point of the convex hull of the y_n x_n nearest to 0          `nearest`
alpha    its weights in the hull                                       `weights`
=======  ============================================================  ==============

**Conventions.** Margins and lengths are given by their squares, which are rational. Two routes that share no step: the
active sets of the primal problem give w, those of the hull give z.

**References.** V. Vapnik, Statistical Learning Theory, 1998, ch. 10.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations

import sympy
from sympy import Matrix, Rational

Number = Fraction | int


# ---- least norm and margin


def least_norm_and_margin() -> dict[str, Number]:
    """Two sets of labelled inputs y_n x_n in R^3: one example of the first supports nothing, all of the second do.

    Without prefix the first set, with `supporting_` the second: squared margins of the unit vector along the least-norm
    interpolant of all labels, of that of the support vectors' labels alone, and of the best one; the squared length of
    the shortest vector with all margins at least 1; turn: 0 if that vector points to the hull's nearest point.
    """
    first = [[2, 0, 0], [3, 1, 0]]  # a margin other than 1, beside which a factor would go unseen
    second = [[1, 0, 0], [0, 1, 0]]
    found: dict[str, Number] = {}
    for word, rows in (("", first), ("supporting_", second)):
        signed = Matrix(rows)
        interpolant = signed.T * (signed * signed.T).inv() * sympy.ones(len(rows), 1)
        hard = least_norm_with_margin_one(signed)
        nearest = nearest_to_origin(signed)[0]
        found[f"{word}interpolant_margin_squared"] = _fraction(1 / interpolant.dot(interpolant))
        found[f"{word}max_margin_squared"] = _fraction(nearest.dot(nearest))
        found[f"{word}support_interpolant_margin_squared"] = _margin_squared(signed, supports_interpolant(signed, hard))
        found[f"{word}least_norm_squared"] = _fraction(hard.dot(hard))
        found[f"{word}turn"] = _fraction(hard.dot(hard) * nearest.dot(nearest) - hard.dot(nearest) ** 2)
    return found


def supports_interpolant(signed: Matrix, hard: Matrix) -> Matrix:
    """X_S^+ 1 for the support vectors S, the examples on which the hard-margin vector has margin 1."""
    rows = [n for n in range(signed.rows) if signed.row(n).dot(hard) == 1]
    return signed.extract(rows, list(range(signed.cols))).pinv() * sympy.ones(len(rows), 1)


def _margin_squared(signed: Matrix, w: Matrix) -> Fraction:
    lowest = min(signed * w)
    return _fraction(lowest**2 / w.dot(w)) if lowest > 0 else Fraction(0)


def least_norm_with_margin_one(signed: Matrix) -> Matrix:
    """argmin |w|^2 with y_n w.x_n >= 1: the active set whose multipliers are not negative."""
    for active in _subsets(signed.rows):
        chosen = signed.extract(list(active), list(range(signed.cols)))
        gram = chosen * chosen.T
        if gram.det() == 0:
            continue
        weights = gram.inv() * sympy.ones(len(active), 1)
        w = chosen.T * weights
        if min(weights) >= 0 and min(signed * w) >= 1:
            return w
    raise ValueError("not separable")


def nearest_to_origin(signed: Matrix) -> tuple[Matrix, list[Rational]]:
    """The point of the convex hull of the y_n x_n nearest to 0, and its weights in the hull.

    Its length is the largest margin of a unit vector, where some vector separates.
    """
    best: tuple[Matrix, list[Rational]] | None = None
    for active in _subsets(signed.rows):
        chosen = signed.extract(list(active), list(range(signed.cols)))
        gram = chosen * chosen.T
        if gram.det() == 0:
            continue
        weights = gram.inv() * sympy.ones(len(active), 1)
        weights = weights / sum(weights)
        point = chosen.T * weights
        if min(weights) >= 0 and (best is None or point.dot(point) < best[0].dot(best[0])):
            best = point, [weights[active.index(n)] if n in active else Rational(0) for n in range(signed.rows)]
    if best is None:
        raise ValueError("no example")
    return best


def _subsets(count: int) -> Iterator[Sequence[int]]:
    return chain.from_iterable(combinations(range(count), size) for size in range(1, count + 1))


def _fraction(value: sympy.Expr) -> Fraction:
    exact = Rational(value)
    return Fraction(int(exact.p), int(exact.q))


# ---- many sets


def separable_sets(count: int, seed: int) -> Iterator[Matrix]:
    """Labelled inputs y_n x_n with small integer entries that some vector separates, 2 to 5 in 2 or 3 dimensions."""
    draw = random.Random(seed)
    while count:
        rows, columns = draw.randint(2, 5), draw.randint(2, 3)
        signed = Matrix(rows, columns, [draw.randint(-2, 4) for _ in range(rows * columns)])
        if is_separable(signed):
            count -= 1
            yield signed


def is_separable(signed: Matrix) -> bool:
    """Whether the nearest point of the hull has a positive product with every y_n x_n; it does if any vector has."""
    if any(signed.row(n).is_zero_matrix for n in range(signed.rows)):
        return False
    return bool(min(signed * nearest_to_origin(signed)[0]) > 0)


def equivalence(sets: int = 16, seed: int = 0) -> dict[str, Number]:
    """Over many sets the largest difference of |w|^2 |z|^2 from 1 and the largest |w|^2 |z|^2 - (w.z)^2, both 0 where w
    points along z and its length is one over the margin |z|; smallest, largest_margin_squared: what margins there were.
    """
    gap, turn, margins = Fraction(0), Fraction(0), []
    for signed in separable_sets(sets, seed):
        hard, nearest = least_norm_with_margin_one(signed), nearest_to_origin(signed)[0]
        product = hard.dot(hard) * nearest.dot(nearest)
        gap = max(gap, abs(_fraction(product - 1)))
        turn = max(turn, abs(_fraction(product - hard.dot(nearest) ** 2)))
        margins.append(_fraction(nearest.dot(nearest)))
    return {
        "product_gap": gap,
        "turn": turn,
        "least_margin_squared": min(margins),
        "largest_margin_squared": max(margins),
    }


def margin_bound(sets: int = 16, seed: int = 1) -> dict[str, Number]:
    """min_n y_n v.x_n <= v.z for every v, with equality of both to |z|^2 at v = z; over many sets.

    remainder: how many sets have sum_n alpha_n y_n v.x_n other than v.z, for letters v; total_gap, least_multiplier:
    the largest difference of sum_n alpha_n from 1 and the least alpha_n, so that the minimum is at most the mean with
    these weights; gap_at_z: the largest difference of min_n y_n z.x_n from |z|^2. Among unit vectors v.z is largest at
    z/|z| alone.
    """
    remainder, total, least, gap = 0, Fraction(0), Fraction(1), Fraction(0)
    for signed in separable_sets(sets, seed):
        z, alpha = nearest_to_origin(signed)
        v = Matrix(sympy.symbols(f"v1:{signed.cols + 1}"))
        mean = sum((a * signed.row(n).dot(v) for n, a in enumerate(alpha)), Rational(0))
        remainder += int(sympy.expand(mean - v.dot(z)) != 0)
        total = max(total, abs(_fraction(sum(alpha) - 1)))
        least = min(least, *(_fraction(a) for a in alpha))
        gap = max(gap, abs(_fraction(min(signed * z) - z.dot(z))))
    return {"remainder": remainder, "total_gap": total, "least_multiplier": least, "gap_at_z": gap}
