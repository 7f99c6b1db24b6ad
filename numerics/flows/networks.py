"""Networks f = W_K s(W_{K-1} ... s(W_1 x)) as maps from weights to features, with first and second derivatives.

About: closed-form Jacobians for the stiff solver. No automatic differentiation: a step needs the derivatives
of a few hundred numbers, and a graph costs more than the arithmetic.

Notation: widths (d, h_1, ..., C); W_k (h_k, h_{k-1}); w all layers stacked row by row (p,); u features (m,);
J = du/dw (m, p); H(rho) = sum_i rho_i d2u_i/dw2 (p, p).
A linear network's features are its product matrix W_K...W_1 (m = C d); any other network's are its outputs on the
given inputs (m = N C, example by example).
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


def layer_slices(widths: tuple[int, ...]) -> list[tuple[slice, tuple[int, int]]]:
    """(slice of w, shape of W_k) for each layer."""
    pieces, start = [], 0
    for columns, rows in itertools.pairwise(widths):
        pieces.append((slice(start, start + rows * columns), (rows, columns)))
        start += rows * columns
    return pieces


class Layered:
    """Stacked weights of a network with the given widths."""

    widths: tuple[int, ...]

    @cached_property
    def pieces(self) -> list[tuple[slice, tuple[int, int]]]:
        """(slice of w, shape of W_k) for each layer."""
        return layer_slices(self.widths)

    @cached_property
    def size(self) -> int:
        """Number of weights p."""
        return self.pieces[-1][0].stop

    @property
    def depth(self) -> int:
        """Number of layers K."""
        return len(self.widths) - 1

    def features(self, w: np.ndarray) -> np.ndarray:
        """u (m,)."""
        return self.forward(w)[0]

    def forward(self, w: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(u (m,), what the derivatives reuse)."""
        raise NotImplementedError

    def layers(self, w: np.ndarray) -> list[np.ndarray]:
        """Views W_1, ..., W_K of w."""
        return [w[piece].reshape(shape) for piece, shape in self.pieces]

    def stack(self, layers) -> np.ndarray:
        """The weights (p,) of W_1, ..., W_K; raises ValueError where a shape does not fit the widths."""
        shapes = [tuple(np.shape(layer)) for layer in layers]
        wanted = [shape for _, shape in self.pieces]
        if shapes != wanted:
            raise ValueError(f"layers of shapes {shapes} do not fit the widths {self.widths}, which need {wanted}")
        return np.concatenate([np.asarray(layer, float).ravel() for layer in layers])


def _kronecker(a, b):
    """Kronecker product; numpy's own costs ten times the arithmetic at these sizes."""
    return (a[:, None, :, None] * b[None, :, None, :]).reshape(a.shape[0] * b.shape[0], -1)


@dataclass(frozen=True)
class LinearNetwork(Layered):
    """Features: the product matrix W_K ... W_1 (C, d), flattened. Homogeneous of degree K in w."""

    widths: tuple[int, ...]

    @property
    def degree(self) -> int:
        """Degree of homogeneity of the features in w."""
        return self.depth

    def forward(self, w: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(features u (C d,), what `pull_back` reuses: the layers and the products W_k ... W_1)."""
        layers = self.layers(w)
        if len(layers) == 2:
            return (layers[1] @ layers[0]).ravel(), (layers, layers[:1])
        products = [layers[0]]
        for layer in layers[1:]:
            products.append(layer @ products[-1])
        return products[-1].ravel(), (layers, products)

    def pull_back(self, cache: tuple, rho: np.ndarray) -> np.ndarray:
        """J^T rho (p,): minus the gradient of the potential in the weights."""
        layers, products = cache
        if self.widths[-1] == 1 and len(layers) == 2:  # the common case, kept free of small copies
            out = np.empty(self.size)
            np.multiply(layers[1].T, rho, out=out[: layers[0].size].reshape(layers[0].shape))
            np.dot(layers[0], rho, out=out[layers[0].size :])
            return out
        parts = []
        cotangent = rho.reshape(self.widths[-1], self.widths[0])
        for k in range(self.depth - 1, 0, -1):
            parts.append((cotangent @ products[k - 1].T).ravel())
            cotangent = layers[k].T @ cotangent
        parts.append(cotangent.ravel())
        return np.concatenate(parts[::-1])

    def derivatives(self, w: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(J (m, p), H(rho) (p, p))."""
        layers = self.layers(w)
        rights, lefts = [np.eye(self.widths[0])], [np.eye(self.widths[-1])]
        for layer in layers[:-1]:
            rights.append(layer @ rights[-1])
        for layer in layers[:0:-1]:
            lefts.append(lefts[-1] @ layer)
        lefts.reverse()
        jacobian = np.empty((self.widths[-1] * self.widths[0], self.size))
        for (piece, _), left, right in zip(self.pieces, lefts, rights, strict=True):
            jacobian[:, piece] = _kronecker(left, right.T)
        return jacobian, self._second(layers, lefts, rights, rho.reshape(self.widths[-1], self.widths[0]))

    def _second(self, layers, lefts, rights, cotangent):
        hessian = np.zeros((self.size, self.size))
        for k in range(self.depth):
            middle = np.eye(self.widths[k + 1])
            for j in range(k + 1, self.depth):
                outer = lefts[j].T @ cotangent @ rights[k].T
                (rows, shape), (columns, other) = self.pieces[j], self.pieces[k]
                block = outer[:, None, None, :] * middle[None, :, :, None]
                block = block.reshape(shape[0] * shape[1], other[0] * other[1])
                hessian[rows, columns] = block
                hessian[columns, rows] = block.T
                middle = layers[j] @ middle
        return hessian


@dataclass(frozen=True)
class Activation:
    """Entrywise s with its first two derivatives; `degree` p if s(a z) = a^p s(z) for a > 0, else None."""

    value: Callable[[np.ndarray], np.ndarray]
    first: Callable[[np.ndarray], np.ndarray]
    second: Callable[[np.ndarray], np.ndarray]
    degree: int | None = None


def power_activation(degree: int) -> Activation:
    """s(z) = z^degree, degree >= 1."""
    return Activation(
        lambda z: z**degree,
        lambda z: degree * z ** (degree - 1),
        lambda z: degree * (degree - 1) * z ** max(degree - 2, 0),
        degree,
    )


def _sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _swish_second(z):
    s = _sigmoid(z)
    return s * (1 - s) * (2 + z * (1 - 2 * s))


SMOOTH = {
    "softplus": Activation(lambda z: np.logaddexp(0.0, z), _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda z: -2 * np.tanh(z) * (1 - np.tanh(z) ** 2)),
    "swish": Activation(lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z))), _swish_second),
}


@dataclass(frozen=True, eq=False)
class SmoothNetwork(Layered):
    """Features: the outputs on `inputs` (N, d), flattened (N C,). `activation` follows every layer but the last, and
    the last too where `output` says so."""

    widths: tuple[int, ...]
    activation: Activation
    inputs: np.ndarray
    output: bool = False

    @property
    def degree(self) -> int | None:
        """Degree of homogeneity of the outputs in w, 1 + p + ... + p^(K-1), times p with `output`; None for an
        inhomogeneous activation."""
        p = self.activation.degree
        return None if p is None else sum(p ** (k + self.output) for k in range(self.depth))

    def _bends(self, k):
        """Whether layer k, from 0, is followed by the activation."""
        return self.output or k < self.depth - 1

    def forward(self, w: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(features u (N C,), what `pull_back` reuses: layers, activations (N, h_k) and pre-activations (N,
        h_k))."""
        layers, acts, pres = self.layers(w), [self.inputs], []
        for k, layer in enumerate(layers):
            pres.append(acts[-1] @ layer.T)
            acts.append(self.activation.value(pres[-1]) if self._bends(k) else pres[-1])
        return acts[-1].ravel(), (layers, acts, pres)

    def _backward(self, layers, pres, rho):
        """Cotangents of the pre-activations, (N, h_k) each, of rho.u."""
        last = rho.reshape(len(self.inputs), -1)
        cotangents = [last * self.activation.first(pres[-1]) if self.output else last]
        for k in range(self.depth - 1, 0, -1):
            cotangents.append((cotangents[-1] @ layers[k]) * self.activation.first(pres[k - 1]))
        return cotangents[::-1]

    def pull_back(self, cache: tuple, rho: np.ndarray) -> np.ndarray:
        """J^T rho (p,): minus the gradient of the potential in the weights."""
        layers, acts, pres = cache
        cotangents = self._backward(layers, pres, rho)
        return np.concatenate([(c.T @ a).ravel() for c, a in zip(cotangents, acts, strict=False)])

    def derivatives(self, w: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(J (m, p), H(rho) (p, p)) by forward sensitivities of every pre-activation."""
        layers, acts, pres = self.forward(w)[1]
        cotangents = self._backward(layers, pres, rho)
        count, hessian = len(self.inputs), np.zeros((self.size, self.size))
        inner: Any = None
        for k, layer in enumerate(layers):
            sensitivity = self._sensitivity(k, layer, acts[k], inner)
            if inner is not None:
                piece, shape = self.pieces[k]
                mixed = np.einsum("ni,nlp->ilp", cotangents[k], inner).reshape(shape[0] * shape[1], self.size)
                hessian[piece] += mixed
                hessian[:, piece] += mixed.T
            if self._bends(k):
                above = cotangents[k + 1] @ layers[k + 1] if k < self.depth - 1 else rho.reshape(count, -1)
                flat = sensitivity.reshape(-1, self.size)
                hessian += flat.T @ ((above * self.activation.second(pres[k])).reshape(-1, 1) * flat)
                inner = self.activation.first(pres[k])[:, :, None] * sensitivity
        return (inner if self.output else sensitivity).reshape(count * self.widths[-1], self.size), hessian

    def _sensitivity(self, k, layer, act, inner):
        """d pre_k / dw (N, h_k, p)."""
        piece, (rows, columns) = self.pieces[k]
        out = np.zeros((len(self.inputs), rows, self.size)) if inner is None else np.einsum("il,nlp->nip", layer, inner)
        own = out[:, :, piece].reshape(-1, rows, rows, columns)
        for i in range(rows):
            own[:, i, i, :] += act
        out[:, :, piece] = own.reshape(-1, rows, rows * columns)
        return out
