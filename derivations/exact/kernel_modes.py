r"""The kernel of a Hessian taken apart: symmetry modes, level curves, the rest; and the fibre of equal outputs.

Dimensions are exact. The orthonormal columns are floats, for pictures: no count rests on them.

Where the N C output gradients are independent, the networks with the same outputs on the data form a manifold of
dimension p - N C through the point (implicit function theorem). A critical point of a loss without weight decay has
J^T l' = 0, hence l' = 0 there and on the whole manifold, which then consists of critical points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import fmpq, fmpq_mat

from .spectra import Matrix, kernel, rational, rational_matrix, symmetric_matrix
from .symmetries import Generator, NetworkPoint, generators, split_kernel


@dataclass(frozen=True)
class KernelModes:
    """Orthonormal columns in R^p (layers stacked, each row by row) that span the kernel of a Hessian together.

    symmetry: what the symmetries force; level: what level curves add to it; rest: what neither explains. `families`
    names the symmetries that move the point; `shapes` those of the layers.
    """

    symmetry: np.ndarray
    level: np.ndarray
    rest: np.ndarray
    families: tuple[str, ...]
    shapes: tuple[tuple[int, int], ...]

    def layers(self, mode: np.ndarray) -> list[np.ndarray]:
        """One column as changes of W_1, ..., W_K."""
        ends = np.cumsum([h * d for h, d in self.shapes])
        return [m.reshape(shape) for m, shape in zip(np.split(mode, ends[:-1]), self.shapes, strict=True)]

    def shares(self, vector: np.ndarray) -> tuple[float, float, float]:
        """Squared lengths of a vector's parts along symmetry, level and rest, over its own."""
        total = float(vector @ vector)
        one, two, three = (float(np.sum((q.T @ vector) ** 2)) / total for q in (self.symmetry, self.level, self.rest))
        return one, two, three


def kernel_modes(point: NetworkPoint, hessian: Matrix) -> KernelModes:
    """Take the kernel of the rational Hessian at a critical point apart.

    Raises ValueError where a symmetry is not annihilated (see `split_kernel`).
    """
    found = generators(point)
    split = split_kernel(hessian, found)
    inside = [g for g in found if g not in split.outside]
    symmetric = [g for g in inside if g.is_symmetry]
    null, symmetry, explained = kernel(symmetric_matrix(hessian)), _columns(point, symmetric), _columns(point, inside)
    level = explained * kernel(symmetry.transpose() * explained)
    rest = null * kernel(explained.transpose() * null)
    families = tuple(dict.fromkeys(g.family for g in symmetric))
    shapes = tuple((w.nrows(), w.ncols()) for w in map(rational_matrix, point.weights))
    return KernelModes(_orthonormal(symmetry), _orthonormal(level), _orthonormal(rest), families, shapes)


def _columns(point: NetworkPoint, found: list[Generator]) -> fmpq_mat:
    return fmpq_mat(len(found), point.size, [v for g in found for v in g.vector]).transpose()


def _orthonormal(columns: fmpq_mat) -> np.ndarray:
    """Orthonormal floats with the span of the columns; their number is the exact rank."""
    reduced, rank = columns.transpose().rref()
    basis = np.array(
        [[float(reduced[i, j].p) / float(reduced[i, j].q) for i in range(rank)] for j in range(columns.nrows())]
    ).reshape(columns.nrows(), rank)
    return np.linalg.qr(basis)[0]


def output_gradients(point: NetworkPoint) -> fmpq_mat:
    """J (N C x p): row (n, c) is the gradient of output c at example n. Raises ValueError without inputs."""
    if point.inputs is None:
        raise ValueError("output gradients want inputs")
    pre, below = point.forward
    rows = []
    for n in range(pre[0].nrows()):
        back, blocks = _identity(point.width(point.depth)), []
        for k in range(point.depth, 0, -1):
            a = fmpq_mat(1, below[k - 1].ncols(), [below[k - 1][n, j] for j in range(below[k - 1].ncols())])
            blocks.append([_column(back, c) * a for c in range(back.nrows())])
            if k > 1:
                back = back * rational_matrix(point.weights[k - 1]) * _slopes(point, pre[k - 2], n)
        rows += [[v for block in reversed(blocks) for v in block[c].entries()] for c in range(len(blocks[0]))]
    return fmpq_mat(rows)


def _identity(size: int) -> fmpq_mat:
    return fmpq_mat(size, size, [fmpq(i == j) for i in range(size) for j in range(size)])


def _column(back: fmpq_mat, c: int) -> fmpq_mat:
    """Row c of df/dz as a column."""
    return fmpq_mat(back.ncols(), 1, [back[c, i] for i in range(back.ncols())])


def _slopes(point: NetworkPoint, z: fmpq_mat, n: int) -> fmpq_mat:
    """diag s'(z) at example n."""
    found = _identity(z.ncols())
    for i in range(z.ncols()):
        value = z[n, i]
        if point.activation == "power":
            found[i, i] = point.degree * value ** (point.degree - 1)
        elif point.activation != "linear" and value < 0:
            found[i, i] = rational(point.slope) if point.activation == "leaky-relu" else fmpq(0)
    return found


def fibre_dimension(point: NetworkPoint) -> int | None:
    """p - N C where the N C output gradients are independent and no layer decays, else None.

    The dimension of the manifold of networks with these outputs; at a critical point all of it is critical.
    """
    if any(d != 0 for d in point.decays):
        return None
    gradients = output_gradients(point)
    return point.size - gradients.nrows() if gradients.rank() == gradients.nrows() else None
