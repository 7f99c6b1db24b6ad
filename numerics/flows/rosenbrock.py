"""Linearly implicit Runge-Kutta (Rosenbrock) step of order 5 with a dense output of order 4.

About: the integrator under every flow of this package. One Jacobian, one LU factorisation and eight solves a
step, no iteration, so that a step either succeeds or is repeated with a smaller h; that is what makes events
and projections simple.

Notation: y state (n,), F(y) velocity (n,), J = dF/dy (n, n), h step, k_i stage increments.

    (I/(h g) - J) k_i = F(y + sum_{j<i} a_ij k_j) + (1/h) sum_{j<i} c_ij k_j,     y_new = y + sum_j a_6j k_j +
    k_6 + k_7 + k_8

The embedded solution differs from y_new by k_8, which is the error estimate. The method is A-stable and
stiffly accurate.

References: G. Steinebach, Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the
Julia Differential Equations package, BIT Numerical Mathematics 63:27 (2023), whose coefficients these are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetrs

ORDER = 5
STAGES = 8
GAMMA = 0.21193756319429014

_A = np.zeros((STAGES, STAGES))
_A[1, :1] = [3.0]
_A[2, :2] = [2.849394379747939, 0.45842242204463923]
_A[3, :3] = [-6.954028509809101, 2.489845061869568, -10.358996098473584]
_A[4, :4] = [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641]
_A[5, :5] = [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946]
# The last two stages start from the two embedded solutions, so they only add the increments already there.
_A[6, :6] = [*_A[5, :5], 1.0]
_A[7, :7] = [*_A[5, :5], 1.0, 1.0]

_C = np.zeros((STAGES, STAGES))
_C[1, :1] = [-14.155112264123755]
_C[2, :2] = [-17.97296035885952, -2.859693295451294]
_C[3, :3] = [147.12150275711716, -1.41221402718213, 71.68940251302358]
_C[4, :4] = [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306]
_C[5, :5] = [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471]
_C[6, :6] = [
    30.91273214028599,
    -3.1208243349937974,
    77.79954646070892,
    34.28646028294783,
    -19.097331116725623,
    -28.087943162872662,
]
_C[7, :7] = [
    37.80277123390563,
    -3.2571969029072276,
    112.26918849496327,
    66.9347231244047,
    -40.06618937091002,
    -54.66780262877968,
    -9.48861652309627,
]

DENSE = np.array(
    [
        [
            25.948786856663858,
            -2.5579724845846235,
            10.433815404888879,
            -2.3679251022685204,
            0.524948541321073,
            1.1241088310450404,
            0.4272876194431874,
            -0.17202221070155493,
        ],
        [
            -9.91568850695171,
            -0.9689944594115154,
            3.0438037242978453,
            -24.495224566215796,
            20.176138334709044,
            15.98066361424651,
            -6.789040303419874,
            -6.710236069923372,
        ],
        [
            11.419903575922262,
            2.8879645146136994,
            72.92137995996029,
            80.12511834622643,
            -52.072871366152654,
            -59.78993625266729,
            -0.15582684282751913,
            4.883087185713722,
        ],
    ]
)

ROWS = [np.stack([_A[i, :i], _C[i, :i]]) for i in range(STAGES)]
_BOTH = np.stack([_A, _C], axis=1)

Solve = Callable[[np.ndarray], np.ndarray]
Resolvent = Callable[[float], Solve | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One attempted step: `start` and `end` (n,), stage increments `stages` (8, n), length `h`; `error` (n,)
    is k_8. `whole` is the step of which this is the first part, up to theta = `share`."""

    start: np.ndarray
    end: np.ndarray
    stages: np.ndarray
    h: float
    whole: "Step | None" = None
    share: float = 1.0

    @property
    def error(self) -> np.ndarray:
        """Difference of the two embedded solutions, the local error estimate of order 5 (n,)."""
        return self.stages[-1]

    def path(self, part: slice = slice(None)) -> np.ndarray:
        """Coefficients (5, n) of the interpolant, a polynomial of degree 4 in theta, lowest first."""
        low, middle, high = DENSE @ self.stages[:, part]
        out = np.empty((5, low.size))
        out[0] = self.start[part]
        out[1] = self.end[part] - out[0] + low
        out[2], out[3], out[4] = middle - low, high - middle, -high
        return out

    def at(self, theta: float, part: slice = slice(None)) -> np.ndarray:
        """State, or a part of it, at start + theta h, 0 <= theta <= 1, by the method's own interpolant.

        Its error is O(h^5) a step.
        """
        if self.whole is not None:
            return self.whole.at(theta * self.share, part)
        low, middle, high = DENSE @ self.stages[:, part]
        bend = (1 - theta) * (low + theta * (middle + theta * high))
        return (1 - theta) * self.start[part] + theta * (self.end[part] + bend)

    def until(self, theta: float) -> "Step":
        """The part of the step up to theta."""
        return Step(self.start, self.at(theta), self.stages, theta * self.h, self, theta)


def dense_resolvent(jacobian: np.ndarray) -> Resolvent:
    """k -> the solution operator of (k - J) x = y by LU factorisation, None where that is singular."""

    def at(k):
        matrix = np.negative(jacobian)
        matrix.flat[:: len(matrix) + 1] += k
        factors, pivots, info = dgetrf(matrix.T)  # the transpose is a Fortran-ordered view: no copy
        return None if info != 0 else lambda right: dgetrs(factors, pivots, right, trans=1)[0]

    return at


def rosenbrock_step(
    velocity: Callable[[np.ndarray], np.ndarray],
    y: np.ndarray,
    first: np.ndarray,
    jacobian: np.ndarray | Resolvent,
    h: float,
) -> Step | None:
    """One step of length h from y, given `first` = F(y) and J(y) or its resolvent; None where k - J is singular or
    F is not finite."""
    resolvent = dense_resolvent(jacobian) if isinstance(jacobian, np.ndarray) else jacobian
    solve = resolvent(1.0 / (h * GAMMA))
    if solve is None:
        return None
    stages = np.empty((STAGES, y.size))
    stages[0] = solve(first)
    rows = _BOTH * np.array([[1.0], [1.0 / h]])
    for i in range(1, STAGES):
        shift, carried = np.dot(rows[i, :, :i], stages[:i])
        point = y + shift
        carried += velocity(point)
        stages[i] = solve(carried)
    end = point + stages[-1]
    return Step(y, end, stages, h) if np.isfinite(end).all() else None


def next_step_size(h: float, error: float, growth: float = 6.0) -> float:
    """Step size for the next attempt from the scaled error (1 = at tolerance): h * 0.9 * error^(-1/5), within
    bounds.

    The bounds keep one lucky estimate from throwing the step out of the region where it means anything.
    """
    return h * min(growth, max(0.2, 0.9 * max(error, 1e-12) ** (-1 / ORDER)))
