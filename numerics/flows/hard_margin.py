"""Hard-margin separators certified in rational arithmetic, and the KKT residual of the deep margin problem.

About: the reference solutions that trajectories are compared with.

Notation: z_n = y_n x_n rows of Z (N, d); u unit vector (d,); gamma = max_u min_n z_n.u; lambda multipliers (N,).

    w* = argmin |w|^2 subject to z_n.w >= 1,   w* = sum lambda_n z_n,  lambda >= 0,  lambda_n (z_n.w* - 1) = 0,
    u = w*/|w*|,  gamma = 1/|w*| = (sum lambda_n)^(-1/2)

Conventions: a float is the rational number that it is; the certificate is about those numbers, not about
decimal input.

References: C. Lawson, R. Hanson, Solving least squares problems (1974), ch. 23 (least-distance form);
K. Lyu, J. Li, Gradient descent maximizes the margin of homogeneous neural networks (2020), sec. 4 (deep KKT
conditions).
"""

from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
from scipy.optimize import nnls


class NotSeparable(ValueError):
    """No w has z_n.w > 0 for all n; `multipliers` (N,) are weights >= 0, sum 1, of a (nearly) vanishing
    combination."""

    def __init__(self, message: str, multipliers: np.ndarray):
        super().__init__(message)
        self.multipliers = multipliers


@dataclass(frozen=True)
class HardMargin:
    """The largest margin of rows z_n.

    `direction` (d,) unit vector; `margin` gamma; `multipliers` (N,) of w*; `support` indices with z_n.w* = 1
    exactly; `inverse_square` |w*|^2 = 1/gamma^2 exactly; `certified` whether the KKT conditions hold in
    rational arithmetic; `slopes` (N,) z_n.u - gamma, exactly 0 on the support.
    """

    direction: np.ndarray
    margin: float
    multipliers: np.ndarray
    support: tuple[int, ...]
    inverse_square: Fraction
    slopes: np.ndarray
    certified: bool


def hard_margin(inputs: np.ndarray, labels: np.ndarray) -> HardMargin:
    """Certified maximum margin of (x_n, y_n): inputs (N, d), labels (N,) of either sign. Raises NotSeparable.

    scipy's non-negative least squares proposes the active set; the KKT system on it is then solved and checked
    exactly.
    """
    rows = np.asarray(inputs, float) * np.sign(np.asarray(labels, float))[:, None]
    active = _proposed_active_set(rows)
    exact = flint.fmpq_mat([[_rational(v) for v in row] for row in rows])
    weights, multipliers, gram_ok = _exact_active_solution(exact, active)
    values = [sum((exact[n, j] * weights[j] for j in range(len(weights))), flint.fmpq(0)) for n in range(len(rows))]
    certified = gram_ok and all(v >= 1 for v in values) and all(m >= 0 for m in multipliers.values())
    return _as_floats(rows, weights, multipliers, values, certified)


def _proposed_active_set(rows: np.ndarray) -> list[int]:
    """Indices with a positive multiplier in the least-distance form min |[Z^T; 1] a - (0, 1)|, a >= 0."""
    count, dimension = rows.shape
    scale = np.abs(rows).max(initial=0.0)
    if not rows.any(axis=1).all():
        raise NotSeparable("an input is zero, and no direction separates it", (~rows.any(axis=1)).astype(float))
    target = np.zeros(dimension + 1)
    target[-1] = 1.0
    solution, distance = nnls(np.vstack([rows.T / scale, np.ones(count)]), target, maxiter=30 * count + 100)
    # The distance is 1/sqrt(1 + |w|^2) of the scaled rows; zero up to rounding of N + d terms means no separator.
    if distance < (count + dimension) * np.finfo(float).eps:
        raise NotSeparable("no direction separates the data", solution / solution.sum())
    return [int(n) for n in np.flatnonzero(solution > 0)]


def _rational(value: float) -> flint.fmpq:
    numerator, denominator = float(value).as_integer_ratio()
    return flint.fmpq(numerator, denominator)


def _exact_active_solution(exact, active):
    """Exact w = sum lambda_n z_n with z_n.w = 1 on the active set; drops an index while a multiplier is
    negative."""
    while active:
        part = flint.fmpq_mat([[exact[n, j] for j in range(exact.ncols())] for n in active])
        try:
            solved = (part * part.transpose()).solve(flint.fmpq_mat([[1]] * len(active)))
        except ZeroDivisionError:
            active = active[:-1]  # dependent rows: a smaller set carries the same combination
            continue
        multipliers = {n: solved[i, 0] for i, n in enumerate(active)}
        worst = min(multipliers, key=multipliers.__getitem__)
        if multipliers[worst] >= 0:
            weights = part.transpose() * solved
            return [weights[j, 0] for j in range(weights.nrows())], multipliers, True
        active = [n for n in active if n != worst]
    return [flint.fmpq(0)] * exact.ncols(), {}, False


def _as_floats(rows, weights, multipliers, values, certified):
    square = sum((w * w for w in weights), flint.fmpq(0))
    norm = float(flint.arb(square).sqrt().mid())
    direction = np.array([float(flint.arb(w).mid()) for w in weights]) / norm
    lam = np.zeros(len(rows))
    for n, value in multipliers.items():
        lam[n] = float(flint.arb(value).mid())
    slopes = np.array([float(flint.arb(v - 1).mid()) for v in values]) / norm
    support = tuple(n for n, v in enumerate(values) if v == 1)
    return HardMargin(direction, 1.0 / norm, lam, support, Fraction(int(square.p), int(square.q)), slopes, certified)


@dataclass(frozen=True)
class DeepKKT:
    """Approximate KKT point of min 1/2 |W|^2 subject to q_n(W) >= 1.

    `stationarity` |W - sum lambda_n grad q_n| / |W| at the scaled point (min q = 1); `complementarity`
    sum lambda_n (q_n - 1) / |W|^2; `multipliers` (N,). Both are 0 exactly at a KKT point and have no units.
    """

    stationarity: float
    complementarity: float
    multipliers: np.ndarray


def deep_margin_kkt(weights: np.ndarray, margins: np.ndarray, gradients: np.ndarray, degree: int) -> DeepKKT:
    """KKT residual of the deep margin problem at weights (p,), with q_n = y_n f_n (N,), dq_n/dW (N, p), f of
    this degree.

    The multipliers are the non-negative least squares fit of W by the gradients among examples, after W is
    scaled so that min_n q_n = 1; raises ValueError unless every q_n > 0.
    """
    smallest = float(np.min(margins))
    if not smallest > 0:
        raise ValueError(f"the deep margin problem needs every y_n f_n > 0; the smallest is {smallest}")
    shrink = smallest ** (-1.0 / degree)
    point = weights * shrink
    scaled_gradients = gradients * (shrink ** (degree - 1))
    size = float(np.linalg.norm(point))
    excess = margins / smallest - 1.0
    # Excess enters as one more row: among fits of equal quality the one with complementary multipliers is wanted.
    system = np.vstack([scaled_gradients.T, excess / size])
    multipliers, _ = nnls(system, np.append(point, 0.0), maxiter=30 * margins.size + 100)
    residual = point - scaled_gradients.T @ multipliers
    return DeepKKT(float(np.linalg.norm(residual)) / size, float(multipliers @ excess) / size**2, multipliers)
