"""Kernels of Hessians of the square loss at small rational minima, split by what forces each zero.

About: why a minimum is degenerate: a symmetry of the parametrisation, a level curve through the point, or nothing but
more weights than examples. All of it is exact; eigenvalues are the midpoints of enclosures.

Notation: f = W_2 s(W_1 x); loss sum_n (f(x_n) - y_n)^2 + decay (|W_1|^2 + |W_2|^2); p weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_mpoly, fmpq_mpoly_ctx

from ..exact.spectra import eigenvalues, kernel, rank, rational, rational_matrix
from ..exact.symmetries import Generator, NetworkPoint, generators

# symmetries from the most special to the most general, then level curves: each gets what those before it leave
FAMILIES = (
    "rotation",
    "rescaling",
    "dead-unit",
    "unseen-input",
    "general-linear",
    "local-linear",
    "exchange",
    "unseen-activation",
)
REST = "rest"
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Example:
    """A minimum: the point, its targets (N x 1), and what is special about it."""

    name: str
    point: NetworkPoint
    targets: fmpq_mat

    @property
    def sizes(self) -> dict[str, Any]:
        """Numbers of weights and of examples, and the widths."""
        layers, inputs = exact(self.point)
        widths = [inputs.ncols(), *(w.nrows() for w in layers)]
        return {"weights": self.point.size, "examples": inputs.nrows(), "widths": widths}


def examples() -> list[Example]:
    """Four minima: linear and ReLU at zero loss, ReLU with a dead unit and two aligned ones, linear under decay."""
    inputs = [[1, 0, 1], [0, 1, 1]]
    linear = NetworkPoint([[[1, 0, 1], [0, 1, -1]], [[1, 2]]], "linear", inputs)
    wide = [[1, 2, 0], [2, -1, 1], [-1, 1, 3]]
    units = [[1, -1, 1], [1, 1, -2], [-1, 2, 1], [2, 1, 1]]
    relu = NetworkPoint([units, [[1, -1, 2, 1]]], "relu", wide)
    idle = NetworkPoint([[[1, 1], [2, 2], [2, -1], [-1, -1]], [[1, 1, 2, 3]]], "relu", [[1, 0], [1, 3]])
    turned = [Fraction(3, 5), Fraction(4, 5)]
    decayed = NetworkPoint([[[turned[0], 0, 0], [turned[1], 0, 0]], [turned]], "linear", [[1, 0, 0]], decays=[HALF] * 2)
    return [
        Example("linear-interpolating", linear, outputs(linear)),
        Example("relu-interpolating", relu, outputs(relu)),
        Example("relu-idle", idle, outputs(idle)),
        Example("linear-decay", decayed, fmpq_mat([[fmpq(3, 2)]])),  # r = 1 solves (1 + decay/r) r = 3/2
    ]


def exact(point: NetworkPoint) -> tuple[list[fmpq_mat], fmpq_mat]:
    """Layers and inputs of a point that carries inputs."""
    layers, inputs = [rational_matrix(w) for w in point.weights], rational_matrix(point.inputs or [])
    return layers, inputs


def outputs(point: NetworkPoint) -> fmpq_mat:
    """f at the inputs (N x 1): targets of which the point is an interpolant."""
    return point.forward[0][-1]


def kernel_splits() -> list[dict[str, Any]]:
    """For each example: sizes, eigenvalues that are not 0 (descending, with multiplicity), zeros by family."""
    found = []
    for example in examples():
        point = example.point
        gradient, hessian = derivatives(point, example.targets)
        if any(v != 0 for v in gradient):
            raise ArithmeticError(f"{example.name} is no critical point")
        balls = eigenvalues(hessian)
        values = [float(e.ball.mid()) for e in balls for _ in range(e.multiplicity) if not e.ball.is_zero()]
        nonzero = [float(f"{v:.6g}") for v in sorted(values, reverse=True)]
        zeros = zeros_by_family(hessian, generators(point))
        found.append({"name": example.name, **example.sizes, "nonzero": nonzero, "zeros": zeros})
    return found


def zeros_by_family(hessian: fmpq_mat, found: Sequence[Generator]) -> dict[str, int]:
    """How many dimensions of the kernel each family adds to those before it; what none reaches is the rest."""
    size = hessian.nrows()
    counts: dict[str, int] = {}
    spanned: list[fmpq] = []
    reached = 0
    for family in FAMILIES:
        mine = [g.vector for g in found if g.family == family and _is_killed(hessian, g.vector)]
        spanned += [v for vector in mine for v in vector]
        now = int(rank(fmpq_mat(len(spanned) // size, size, spanned)) or 0) if spanned else 0
        if now > reached:
            counts[family] = now - reached
        reached = now
    left = kernel(hessian).ncols() - reached
    return counts | ({REST: left} if left else {})


def _is_killed(hessian: fmpq_mat, vector: Sequence[fmpq]) -> bool:
    return all(v == 0 for v in (hessian * fmpq_mat(len(vector), 1, list(vector))).entries())


def derivatives(point: NetworkPoint, targets: fmpq_mat) -> tuple[list[fmpq], fmpq_mat]:
    """Gradient and Hessian of the square loss with decay at the point, exact; gates are constant near it."""
    ring = fmpq_mpoly_ctx.get([f"w{i}" for i in range(point.size)], "lex")
    loss = _loss(point, targets, ring)
    at = [v for w in exact(point)[0] for v in w.entries()]
    slopes = [loss.derivative(i) for i in range(point.size)]
    second = [s.derivative(i)(*at) for s in slopes for i in range(point.size)]
    return [s(*at) for s in slopes], fmpq_mat(point.size, point.size, second)


def _loss(point: NetworkPoint, targets: fmpq_mat, ring: fmpq_mpoly_ctx) -> fmpq_mpoly:
    letters, layers, start = ring.gens(), [], 0
    weights, inputs = exact(point)
    for w in weights:
        rows, columns = w.nrows(), w.ncols()
        layers.append([letters[start + i * columns : start + (i + 1) * columns] for i in range(rows)])
        start += rows * columns
    loss = ring.from_dict({})
    for n in range(inputs.nrows()):
        (output,) = _forward(point, layers, n, ring)
        loss += (output - rational(targets[n, 0])) ** 2
    for decay, layer in zip(point.decays, layers, strict=True):
        loss += rational(decay) * sum((w * w for row in layer for w in row), ring.constant(0))
    return loss


def _forward(point: NetworkPoint, layers: Sequence, n: int, ring: fmpq_mpoly_ctx) -> list[fmpq_mpoly]:
    """The output on example n as a polynomial in all weights."""
    inputs = exact(point)[1]
    hidden = [ring.constant(inputs[n, j]) for j in range(inputs.ncols())]
    for k, layer in enumerate(layers, start=1):
        hidden = [sum((a * b for a, b in zip(row, hidden, strict=True)), ring.constant(0)) for row in layer]
        if k < point.depth and point.activation == "relu":
            hidden = [z if point.gates(k)[i][n] else 0 * z for i, z in enumerate(hidden)]
    return hidden
