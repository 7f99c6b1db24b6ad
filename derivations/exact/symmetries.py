"""Continuous symmetries of a network's parametrisation, and what they force on the kernel of a Hessian.

A generator is the velocity at a rational point of a curve of weights. Two kinds are kept apart:
- a *symmetry* acts on a whole neighbourhood of weights and keeps the loss, so it moves critical points to critical
  points: its velocity at a critical point lies in the kernel of the Hessian, and an orbit is a manifold of them;
- a *level curve* keeps the outputs on the data along one curve through this point only. At a minimum its velocity lies
  in the kernel; at a saddle it need not, and it may leave the critical points.

Families (A moves layers k and k+1 by dW_k = A W_k, dW_{k+1} = -W_{k+1} A):
- general-linear: linear networks, every A; local-linear: neurons whose gates agree on all examples, every A among them;
- rotation: of either, A antisymmetric, which keeps every |W_k|_F and therefore survives weight decay;
- rescaling: dW_k = row i of W_k, dW_{k+1} = -q times column i of W_{k+1}; q the degree of a power, else 1;
- unseen-input: M x_n = 0 for all n, dW_1 = M; dead-unit: weights into and out of a neuron that is off on all examples;
- output-shift: cross-entropy, the same vector added to every row of W_K;
- exchange (level curve): neurons i, j with w_i = c w_j, c > 0: dW_{k+1} = u (e_i - c^q e_j)^T;
- unseen-activation (level curve): M a_k(x_n) = 0 for all n, dW_{k+1} = M.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import fmpq, fmpq_mat

from .spectra import Inertia, Matrix, Rational, inertia, kernel, rational, rational_matrix, symmetric_matrix

ACTIVATIONS = ("linear", "relu", "leaky-relu", "power")


class NetworkPoint:
    """Rational weights W_k (h_k x h_{k-1}) of f = W_K s(... s(W_1 x)), and the rational inputs (N x d), if any.

    `decays` is one weight decay a layer (none: all 0); `loss` matters only as "cross-entropy" or not.
    Raises ValueError where shapes do not fit or an example lies on a kink.
    """

    def __init__(
        self,
        weights: Sequence[Matrix],
        activation: str = "linear",
        inputs: Matrix | None = None,
        loss: str = "square",
        decays: Sequence[Rational] = (),
        degree: int = 2,
        slope: Rational = Fraction(1, 10),
    ):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation {activation!r}: expected one of {', '.join(ACTIVATIONS)}")
        self.activation, self.loss, self.degree, self.slope = activation, loss, degree, rational(slope)
        self.weights = tuple(rational_matrix(w) for w in weights)
        self.decays = tuple(rational(v) for v in decays) or (fmpq(0),) * self.depth
        self.inputs = None if inputs is None else rational_matrix(inputs)
        self._check()

    def _check(self) -> None:
        for k in range(1, self.depth):
            if self.weights[k].ncols() != self.weights[k - 1].nrows():
                raise ValueError(f"layer {k + 1} takes {self.weights[k].ncols()} values, not {self.width(k)}")
        if len(self.decays) != self.depth:
            raise ValueError(f"{len(self.decays)} weight decays for {self.depth} layers")
        if self.inputs is not None:
            if self.inputs.ncols() != self.weights[0].ncols():
                raise ValueError(f"inputs of {self.inputs.ncols()} entries, layer 1 takes {self.weights[0].ncols()}")
            self.forward  # noqa: B018 - an example on a kink is refused here

    @property
    def depth(self) -> int:
        return len(self.weights)

    def width(self, k: int) -> int:
        """h_k, k = 1..K."""
        return self.weights[k - 1].nrows()

    @property
    def size(self) -> int:
        """Number of weights."""
        return sum(w.nrows() * w.ncols() for w in self.weights)

    @property
    def homogeneity(self) -> int:
        """q with s(c z) = c^q s(z) for c > 0."""
        return self.degree if self.activation == "power" else 1

    @cached_property
    def forward(self) -> tuple[list[fmpq_mat], list[fmpq_mat]]:
        """(pre-activations z_1..z_K, activations a_0..a_{K-1}), each N x h_k; exact."""
        if self.inputs is None:
            raise ValueError("a point without inputs has no activations")
        pre: list[fmpq_mat] = []
        activations = [self.inputs]
        for k, w in enumerate(self.weights, start=1):
            pre.append(activations[-1] * w.transpose())
            if k < self.depth:
                activations.append(self._activate(pre[-1]))
        return pre, activations

    def _activate(self, z: fmpq_mat) -> fmpq_mat:
        if self.activation == "linear":
            return z
        if self.activation == "power":
            return fmpq_mat(z.nrows(), z.ncols(), [v**self.degree for v in z.entries()])
        if any(v == 0 for v in z.entries()):
            raise ValueError("an example lies on a kink: some pre-activation is 0")
        below = fmpq(0) if self.activation == "relu" else self.slope
        return fmpq_mat(z.nrows(), z.ncols(), [v if v > 0 else below * v for v in z.entries()])

    def gates(self, k: int) -> list[tuple[bool, ...]]:
        """For each neuron of layer k whether it is on, example by example."""
        z = self.forward[0][k - 1]
        return [tuple(z[n, i] > 0 for n in range(z.nrows())) for i in range(z.ncols())]


@dataclass(frozen=True)
class Generator:
    """Velocity at the point, layers stacked, each row by row; `is_symmetry` tells symmetries from level curves."""

    family: str
    label: str
    vector: tuple[fmpq, ...]
    is_symmetry: bool = True


def generators(point: NetworkPoint) -> list[Generator]:
    """All generators of the families above that the point admits, zero velocities left out.

    With weight decay on a layer a family stays only if it keeps that layer's norm along the whole curve (rotations), or
    leaves the layer alone. Families that need the inputs are skipped where the point carries none.
    """
    found = [*_between_layers(point), *_output_shifts(point), *_exchanges(point)]
    if point.inputs is not None:
        found += [*_unseen(point), *_dead_units(point)]
    return [g for g in found if any(v != 0 for v in g.vector)]


def _flatten(point: NetworkPoint, moves: dict[int, fmpq_mat]) -> tuple[fmpq, ...]:
    """The velocity with dW_k = moves[k], zero elsewhere."""
    parts = []
    for k, w in enumerate(point.weights, start=1):
        parts += moves[k].entries() if k in moves else [fmpq(0)] * (w.nrows() * w.ncols())
    return tuple(parts)


def _unit(rows: int, columns: int, *entries: tuple[int, int, Rational]) -> fmpq_mat:
    """The matrix with the given (row, column, value) entries."""
    found = fmpq_mat(rows, columns)
    for i, j, value in entries:
        found[i, j] = rational(value)
    return found


def _between_layers(point: NetworkPoint) -> Iterator[Generator]:
    for k in range(1, point.depth):
        free = point.decays[k - 1] == 0 and point.decays[k] == 0
        if point.activation != "linear" and free:
            yield from _rescalings(point, k)
        for family, group in _alike_neurons(point, k):
            yield from _mixings(point, k, family, group, free)


def _alike_neurons(point: NetworkPoint, k: int) -> list[tuple[str, list[int]]]:
    """Groups of neurons of layer k through which the network is linear near the point."""
    if point.activation == "linear":
        return [("general-linear", list(range(point.width(k))))]
    if point.activation == "power" or point.inputs is None:
        return []
    by_gates: dict[tuple[bool, ...], list[int]] = {}
    for i, pattern in enumerate(point.gates(k)):
        if any(pattern) or point.activation == "leaky-relu":
            by_gates.setdefault(pattern, []).append(i)
    return [("local-linear", group) for group in by_gates.values() if len(group) > 1]


def _mixings(point, k, family, group, free) -> Iterator[Generator]:
    """dW_k = A W_k, dW_{k+1} = -W_{k+1} A for A = E_ij, or with weight decay for A = E_ij - E_ji alone."""
    width = point.width(k)
    for i in group:
        for j in group:
            label = f"{family} {i + 1},{j + 1} of layer {k}"
            if free and (i != j or family == "general-linear"):
                yield _mixing(point, k, _unit(width, width, (i, j, 1)), family, label)
            elif not free and i < j:
                yield _mixing(point, k, _unit(width, width, (i, j, 1), (j, i, -1)), "rotation", label)


def _mixing(point, k, a, family, label) -> Generator:
    below, above = point.weights[k - 1], point.weights[k]
    return Generator(family, label, _flatten(point, {k: a * below, k + 1: -1 * (above * a)}))


def _rescalings(point, k) -> Iterator[Generator]:
    below, above, width = point.weights[k - 1], point.weights[k], point.width(k)
    for i in range(width):
        pick = _unit(width, width, (i, i, 1))
        moves = {k: pick * below, k + 1: fmpq(-point.homogeneity) * (above * pick)}
        yield Generator("rescaling", f"neuron {i + 1} of layer {k}", _flatten(point, moves))


def _output_shifts(point) -> Iterator[Generator]:
    if point.loss != "cross-entropy" or point.decays[-1] != 0:
        return
    rows, columns = point.weights[-1].nrows(), point.weights[-1].ncols()
    for j in range(columns):
        move = _unit(rows, columns, *((i, j, 1) for i in range(rows)))
        yield Generator("output-shift", f"column {j + 1}", _flatten(point, {point.depth: move}))


def _exchanges(point) -> Iterator[Generator]:
    for k in range(1, point.depth):
        if point.decays[k] != 0:
            continue
        above = point.weights[k]
        for i in range(point.width(k)):
            for j in range(i):
                ratio = _common_direction(point, k, i, j)
                if ratio is None:
                    continue
                for row in range(above.nrows()):
                    move = _unit(above.nrows(), above.ncols(), (row, i, 1), (row, j, -(ratio**point.homogeneity)))
                    label = f"neurons {i + 1},{j + 1} of layer {k} into {row + 1}"
                    yield Generator("exchange", label, _flatten(point, {k + 1: move}), is_symmetry=False)


def _common_direction(point, k, i, j) -> fmpq | None:
    """c with w_i = c w_j, w_j nonzero; c > 0 unless s(-z) = +-s(z), that is for linear and power activations."""
    w = point.weights[k - 1]
    rows = [[w[r, c] for c in range(w.ncols())] for r in (i, j)]
    at = next((c for c, v in enumerate(rows[1]) if v != 0), None)
    if at is None:
        return None
    ratio = rows[0][at] / rows[1][at]
    signed = point.activation in ("linear", "power")
    parallel = all(a == ratio * b for a, b in zip(*rows, strict=True))
    return ratio if parallel and (ratio > 0 or (signed and ratio != 0)) else None


def _unseen(point) -> Iterator[Generator]:
    """Rows of W_k moved in directions that no activation of layer k - 1 on the data has a component along."""
    for k in range(1, point.depth + 1):
        if point.decays[k - 1] != 0:
            continue
        hidden = kernel(point.forward[1][k - 1])
        family = "unseen-input" if k == 1 else "unseen-activation"
        height, width = point.width(k), point.weights[k - 1].ncols()
        for c in range(hidden.ncols()):
            for i in range(height):
                move = _unit(height, width, *((i, j, hidden[j, c]) for j in range(width)))
                label = f"direction {c + 1} into neuron {i + 1} of layer {k}"
                yield Generator(family, label, _flatten(point, {k: move}), is_symmetry=k == 1)


def _dead_units(point) -> Iterator[Generator]:
    if point.activation != "relu":
        return
    for k in range(1, point.depth):
        dead = [i for i, pattern in enumerate(point.gates(k)) if not any(pattern)]
        below, above = point.weights[k - 1], point.weights[k]
        places = [(k, i, j) for i in dead for j in range(below.ncols())]
        places += [(k + 1, r, i) for i in dead for r in range(above.nrows())]
        for layer, row, column in places:
            if point.decays[layer - 1] == 0:
                w = point.weights[layer - 1]
                move = _unit(w.nrows(), w.ncols(), (row, column, 1))
                label = f"weight {row + 1},{column + 1} of layer {layer}"
                yield Generator("dead-unit", label, _flatten(point, {layer: move}))


def tangent_to_level_set(found: Sequence[Generator], gradient: Sequence[Rational]) -> list[bool]:
    """For each generator whether gradient . velocity = 0 exactly, in the order given."""
    slope = [rational(v) for v in gradient]
    return [sum((g * v for g, v in zip(slope, one.vector, strict=True)), fmpq(0)) == 0 for one in found]


@dataclass(frozen=True)
class KernelSplit:
    """The kernel of a Hessian against the generators.

    `symmetry_modes` is the dimension that symmetries span, `level_modes` what level curves in the kernel add to it;
    `rest` has as columns a basis of the kernel's part orthogonal to the symmetries. `outside` lists the level curves
    whose velocity the Hessian does not annihilate.
    """

    nullity: int
    symmetry_modes: int
    level_modes: int
    rest: fmpq_mat
    outside: tuple[Generator, ...]


def split_kernel(hessian: Matrix, found: Sequence[Generator]) -> KernelSplit:
    """Exact split of the kernel of a rational Hessian at a critical point.

    Raises ValueError if a symmetry is not annihilated: the point is not critical, or the Hessian of another loss.
    """
    matrix = symmetric_matrix(hessian)
    inside: list[Generator] = []
    outside: list[Generator] = []
    for generator in found:
        (outside if _moves(matrix, generator) else inside).append(generator)
    broken = [g for g in outside if g.is_symmetry]
    if broken:
        raise ValueError(f"the Hessian does not annihilate {broken[0].family} ({broken[0].label}): no critical point")
    symmetries = _columns(matrix.nrows(), [g for g in inside if g.is_symmetry])
    null = kernel(matrix)
    rest = null * kernel(symmetries.transpose() * null) if symmetries.ncols() else null
    modes = symmetries.rank()
    return KernelSplit(null.ncols(), modes, _columns(matrix.nrows(), inside).rank() - modes, rest, tuple(outside))


def _moves(matrix: fmpq_mat, generator: Generator) -> bool:
    if len(generator.vector) != matrix.nrows():
        raise ValueError(f"velocity of length {len(generator.vector)}, Hessian of size {matrix.nrows()}")
    image = matrix * fmpq_mat(matrix.nrows(), 1, list(generator.vector))
    return any(v != 0 for v in image.entries())


def _columns(size: int, found: Sequence[Generator]) -> fmpq_mat:
    flat = [v for g in found for v in g.vector]
    return fmpq_mat(len(found), size, flat).transpose()


@dataclass(frozen=True)
class Classification:
    """Kind of a critical point: "hyperbolic", "normally hyperbolic" (Morse-Bott) or "degenerate"; inertia and split.

    Normally hyperbolic: the kernel is the tangent space of a manifold of critical points, the symmetry orbit or the
    fibre of equal outputs. Degenerate: the kernel is larger; level curves may account for some of the excess.
    """

    kind: str
    inertia: Inertia
    split: KernelSplit


def classify(
    hessian: Matrix,
    found: Sequence[Generator],
    gradient: Sequence[Rational] | None = None,
    fibre: int | None = None,
) -> Classification:
    """Classify a critical point from its exact Hessian and the generators there.

    fibre: dimension of a manifold of critical points through it, where one is known (`kernel_modes.fibre_dimension`).

    Raises ValueError as `split_kernel`, and where a gradient is given that is not zero.
    """
    if gradient is not None and any(rational(v) != 0 for v in gradient):
        raise ValueError("the gradient is not zero: no critical point")
    split = split_kernel(hessian, found)
    if split.nullity == 0:
        kind = "hyperbolic"
    elif split.nullity in (split.symmetry_modes, fibre):
        kind = "normally hyperbolic"
    else:
        kind = "degenerate"
    return Classification(kind, inertia(symmetric_matrix(hessian)), split)
