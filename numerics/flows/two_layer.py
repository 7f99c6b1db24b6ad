"""The arithmetic of f = a.s(A x) between kinks: velocity and resolvent of its Jacobian without a p x p matrix.

About: hidden units of a two-layer network meet only in the outputs. The Jacobian of the gradient flow is one small
symmetric block a unit plus a term of rank N, so (k - J)^{-1} costs one N x N system instead of one of size p.

Notation: A (h, d), a (h,) weights, w = (A row by row, a) of p = h (d + 1); g_ni slopes of the gates; rho (N,) minus the
gradient of the potential in the outputs, C (N, N) minus its second derivative; T_i projection of unit i on the
directions in which it may move; tau the state of the clock and its rate |F|^2 (system.py).

    R_i = T_i sum_n rho_n g_ni x_n,   F = (a_i R_i | sum_n rho_n s_ni)
    J = H + D^T C D,   H (X | x)_i = (x_i R_i | X_i.R_i),   D (X | x)_n = sum_i g_ni a_i (T_i x_n).X_i + s_ni x_i
    (k - H)^{-1} (Y | y):  x_i = (k y_i + Y_i.R_i)/(k^2 - |R_i|^2),  X_i = (Y_i + x_i R_i)/k
    (k - J)^{-1} = G + E^T (1 - C D E^T)^{-1} C E,   G = (k - H)^{-1},  E = D G        (Woodbury)
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg.lapack import dgesv

Solve = Callable[[np.ndarray], np.ndarray]
_UNFELT = np.finfo(float).eps / 16  # share of the loss, which bounds the entries of C


class TwoLayerField:
    """Velocity and linearisation of (w, tau) for one output and the gradient flow without weight decay.

    `slopes` (N, h); `basis` (r, p) orthonormal rows that span the directions barred to w, or None.
    """

    def __init__(self, inputs: np.ndarray, slopes: np.ndarray, basis: np.ndarray | None, potential):
        self.inputs, self.slopes, self.potential = inputs, slopes, potential
        self.examples, self.hidden = slopes.shape
        self.cut = self.hidden * inputs.shape[1]
        self.free = (slopes[:, :, None] * inputs[:, None, :]).reshape(self.examples, self.cut)  # g_ni x_n
        self.flat = self.free  # g_ni T_i x_n
        if basis is not None:
            barred = basis[:, : self.cut]
            self.flat = self.free - np.dot(np.dot(self.free, barred.T), barred)
        units, columns = np.arange(self.hidden), inputs.shape[1]
        self.ones = np.ones(columns)
        self.inner = np.arange(self.cut + self.hidden) < self.cut
        self.blocks = units[:, None], columns * units[:, None] + np.arange(columns)  # of unit i in rows of weights
        self.corners = units, self.cut + units
        self.scaled_time = potential.scaled_time

    def _forward(self, w):
        """(a, activations s (N, h))."""
        first = w[: self.cut].reshape(self.hidden, -1)
        return w[self.cut :], np.dot(self.inputs, first.T) * self.slopes

    def velocity(self, state: np.ndarray) -> np.ndarray:
        """Right side (p + 1,)."""
        second, acts = self._forward(state[:-1])
        return self._flow(state, second, acts, self.potential.force(np.dot(acts, second)))[0]

    def potential_at(self, w: np.ndarray) -> float:
        """Phi."""
        second, acts = self._forward(w)
        return self.potential.value(np.dot(acts, second))

    def force(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(G in the first layer before it is projected (h d,), b (N, h) = d(rho.f)/ds): what sliding gates weigh."""
        second, acts = self._forward(w)
        rho = self.potential.force(np.dot(acts, second))
        pull = np.dot(rho, self.free).reshape(self.hidden, -1)
        return (second[:, None] * pull).ravel(), rho[:, None] * second

    def row_velocity(self, w: np.ndarray, unit: int) -> np.ndarray:
        """dA_i/ds (d,) of one unit."""
        return self.velocity(np.append(w, 0.0))[: self.cut].reshape(self.hidden, -1)[unit]

    def _flow(self, state, second, acts, rho):
        """(velocity (p + 1,), R (h, d), rate of the clock)."""
        pull = np.dot(rho, self.flat).reshape(self.hidden, -1)
        out = np.empty(state.size)
        np.multiply(second[:, None], pull, out=out[: self.cut].reshape(self.hidden, -1))
        np.dot(rho, acts, out=out[self.cut : -1])
        rate = float(np.dot(out[:-1], out[:-1])) if self.scaled_time else 0.0
        out[-1] = 1.0 - state[-1] * rate
        return out, pull, rate

    def linearised(self, state: np.ndarray):
        """(velocity (p + 1,), resolvent, D (N, p), shares of the examples): resolvent(k) solves (k - J) x = y."""
        second, acts = self._forward(state[:-1])
        _, rho, curvature, shares = self.potential.expand(np.dot(acts, second))
        velocity, pull, rate = self._flow(state, second, acts, rho)
        outputs = np.empty((self.examples, state.size - 1))
        np.multiply(self._units(self.flat), second[:, None], out=self._units(outputs[:, : self.cut]))
        outputs[:, self.cut :] = acts
        resolvent = self._resolvents(state, velocity, pull, rate, *_felt(outputs, curvature, shares))
        return velocity, resolvent, outputs, shares

    def _resolvents(self, state, velocity, pull, rate, outputs, curvature):
        tilt = -2.0 * state[-1] * self._turned(velocity[:-1], pull, outputs, curvature) if self.scaled_time else None
        return lambda k: self._resolvent(k, pull, outputs, curvature, tilt, rate)

    def _units(self, rows):
        """Rows over the first layer as (N, h, d)."""
        return rows.reshape(len(rows), self.hidden, -1)

    def _turned(self, flow, pull, outputs, curvature):
        """J F (p,)."""
        out = np.dot(np.dot(curvature, np.dot(outputs, flow)), outputs)
        own = np.multiply(flow[self.cut :, None], pull)
        out[: self.cut] += own.ravel()
        out[self.cut :] += np.dot(flow[: self.cut].reshape(pull.shape) * pull, self.ones)
        return out

    def _resolvent(self, k, pull, outputs, curvature, tilt, rate) -> Solve | None:
        """The solution operator at k, or None where it is singular: y -> plain y + (read y) write and the clock's row.

        The first h rows of `read` and `write` are the x_i of H's blocks, the rest the term of rank N.
        """
        read, write = np.empty((2, self.hidden + len(outputs), outputs.shape[1]))
        gap, lifted = self._own(k, pull, read, write), write[self.hidden :]
        first = self._units(outputs[:, : self.cut])
        along = np.dot((first * pull).reshape(-1, self.ones.size), self.ones).reshape(-1, self.hidden)
        along += k * outputs[:, self.cut :]
        across = np.divide(along, gap, out=lifted[:, self.cut :])
        spread = np.multiply(across[:, :, None], pull, out=self._units(lifted[:, : self.cut]))
        spread += first
        spread *= 1.0 / k
        system = -np.dot(curvature, np.dot(outputs, lifted.T))
        system.flat[:: len(system) + 1] += 1.0
        small, info = dgesv(system, curvature, overwrite_a=1)[2:]
        if info != 0:
            return None
        np.dot(np.ascontiguousarray(small), lifted, out=read[self.hidden :])
        plain, clock = np.where(self.inner, 1.0 / k, 0.0), k + rate

        def solve(right):
            x = np.empty(right.size)
            inner = np.multiply(right[:-1], plain, out=x[:-1])
            inner += np.dot(np.dot(read, right[:-1]), write)
            x[-1] = (right[-1] + (np.dot(tilt, inner) if tilt is not None else 0.0)) / clock
            return x

        return solve

    def _own(self, k, pull, read, write):
        """k^2 - |R_i|^2 (h,); fills in the rows of the x_i."""
        gap = k * k - np.dot(pull * pull, self.ones)
        read[: self.hidden], write[: self.hidden] = 0.0, 0.0
        read[self.blocks], write[self.blocks] = pull / gap[:, None], pull / k
        read[self.corners], write[self.corners] = k / gap, 1.0
        return gap


def _felt(outputs, curvature, shares):
    """(D, C) on the examples that rounding leaves in C; late in a flow these are the support vectors."""
    if shares is None:
        return outputs, curvature
    felt = np.flatnonzero(shares > _UNFELT)
    return (outputs, curvature) if len(felt) == len(shares) else (outputs[felt], curvature[np.ix_(felt, felt)])
