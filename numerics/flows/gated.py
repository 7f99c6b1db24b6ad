"""The flow of a ReLU or leaky-ReLU network on one side of all its kinks: gates fixed, some samples sliding on theirs.

Notation: pre-activation z_{k,i}(x_n) of hidden layer k = 0..K-2, unit i, example n (all from 0); mode of a
gate: 1 on, -1 off, 0 sliding (z = 0 is kept); D_k (N, h_k) slopes of the gates, 1 or the activation's off slope c;
normal of a gate dz/dw (p,); lambda in [c, 1] the slope that a sliding gate takes.

While S slides, the velocity is the gradient flow's with slopes lambda such that every z in S stands still. Only the
part of G along the normals depends on lambda, so with any slopes on S

    F = G - N^T mu,   N N^T mu = N G,   lambda_g = D_g - mu_g / b_g,   b_g = d(rho.u)/d(activation of g),

exactly if S lies in the first hidden layer, where normals are e_i (x) x_n and do not move. Deeper sliding
gates bend the normals of others; their slopes are iterated until they agree.

References: A. F. Filippov, Differential equations with discontinuous righthand sides (1988), ch. 2.
"""

from math import log

import numpy as np

from .coordinates import Coordinates
from .gated_network import GatedNetwork
from .kinks import Gate, KinkFrames, by_unit
from .setting import FlowSetting
from .system import FlowSystem
from .two_layer import TwoLayerField

ON, SLIDING, OFF = 1, 0, -1
TINY = float(np.finfo(float).tiny)
_SETTLING = 60  # rounds of the fixed point for slopes that depend on each other across layers
_UNFELT = 1e4 * float(np.finfo(float).eps)  # of the largest push: the rounding of a sum over units and examples
_PATIENCE = 8  # rounds after which a fixed point that does not contract is given up


class Piece(FlowSystem):
    """The flow while modes stand: `modes` one integer array (N, h_k) a hidden layer, `w` (p,) weights to begin
    at; `frames` of an earlier piece."""

    def __init__(
        self,
        setting: FlowSetting,
        potential,
        modes: tuple[np.ndarray, ...],
        w: np.ndarray,
        frames: KinkFrames | None = None,
    ):
        self.modes = modes
        self.off = setting.off_slope
        self.frames = KinkFrames(setting.inputs) if frames is None else frames
        slopes = tuple(np.where(mode == ON, 1.0, self.off) for mode in modes)
        network = GatedNetwork(setting.widths, setting.inputs, slopes)
        super().__init__(setting, Coordinates(network, potential, None, (), None))
        self.sliding = [
            (k, unit, example)
            for k, mode in enumerate(modes)
            for unit, example in np.argwhere(mode.T == SLIDING).tolist()
        ]
        self.fixed = all(k == 0 for k, _, _ in self.sliding)
        self._slopes = slopes
        self._basis: np.ndarray | None = None
        self._solve_normals: np.ndarray | None = None
        if self.sliding and self.fixed:
            self._basis, self._solve_normals = self._barred()
        self._field = None
        if len(setting.widths) == 3 and setting.widths[-1] == 1 and self._plain and self._decay is None:
            self._field = TwoLayerField(setting.inputs, slopes[0], self._basis, potential)
        if self._field is not None and self._solve_normals is not None:
            self._units = np.array([unit for _, unit, _ in self.sliding])
            self._rows = np.array([example for *_, example in self.sliding])
            self._first_inverse = np.ascontiguousarray(self._solve_normals[:, : self._field.cut])

    def _barred(self):
        """(orthonormal rows that span the normals of the sliding gates, pseudoinverse of normals^T), unit by unit."""
        columns = self.model.widths[0]
        blocks = [(unit, *self.frames.of(examples)) for unit, examples in by_unit(self.sliding).items()]
        basis = np.zeros((sum(len(rows) for _, rows, _ in blocks), self.size))
        inverse, at, done = np.zeros((len(self.sliding), self.size)), 0, 0
        for unit, rows, pseudo in blocks:  # the list of sliding gates goes unit by unit
            here = slice(unit * columns, (unit + 1) * columns)
            basis[at : at + len(rows), here] = rows
            inverse[done : done + len(pseudo), here] = pseudo
            at, done = at + len(rows), done + len(pseudo)
        return basis, inverse

    def tangent(self, vectors: np.ndarray) -> np.ndarray:
        """Columns less their part along the normals of the sliding gates (first hidden layer only)."""
        return vectors if self._basis is None else vectors - self._basis.T @ (self._basis @ vectors)

    def velocity(self, state: np.ndarray) -> np.ndarray:
        """Right side (p + 1,)."""
        if self._field is not None:
            return self._field.velocity(state)
        return super().velocity(state) if self.fixed else self._bent_velocity(state)

    def linearised(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(velocity, Jacobian, du/dw)."""
        if self._field is not None:
            velocity, resolvent, first, self.shares = self._field.linearised(state)
            return velocity, resolvent, first
        return super().linearised(state)

    def _bend(self, w):
        """The same where normals bend: the slopes move so that N M G = 0 stays, M the metric.

        A slope acts on G along its normal alone, and on other normals along its own, where M G has no part. So

            dG/dw = B - N^T (N M N^T)^-1 (N M B + d(N M)/dw G),    B = dG/dw at slopes that stand.
        """
        if self.fixed:
            return super()._bend(w)
        slopes, force, _, _ = self._resolved(w)
        network = GatedNetwork(self.model.widths, self.model.inputs, tuple(slopes))
        phi, rho, curvature, _ = self.potential.expand(network.features(w))
        first, second = network.derivatives(w, rho)
        bend = self._kept_on_kinks(network, w, force, first.T @ (curvature @ first) + second)
        if self._decay is not None:
            force, bend = self._decayed_bend(w, phi, force, bend)
        return force, bend, first

    def _kept_on_kinks(self, network, w, force, bend):
        """B less what the slopes take from it."""
        normals, scale = network.normals(w, self.sliding), self._scale(w)
        turned = network.bent_normals(w, self.sliding, scale**2 * force)
        if not self._plain:  # M is |W_k|^2
            for piece, _ in self.model.pieces:
                turned[:, piece] += 2 * np.outer(normals[:, piece] @ force[piece], w[piece])
        scaled = normals * scale
        off = (normals * scale**2) @ bend + turned
        if not np.isfinite(off).all():
            return np.full_like(bend, np.nan)
        return bend - normals.T @ np.linalg.lstsq(scaled @ scaled.T, off, rcond=None)[0]

    def log_time(self, state: np.ndarray) -> float:
        """T = log(1 + t) at a state."""
        if self._field is None or not self.scaled_time:
            return super().log_time(state)
        return log(max(state[-1], TINY)) - self._field.potential_at(state[:-1])

    def _bent_velocity(self, state):
        w = state[:-1]
        slopes, force, _, _ = self._resolved(w)
        if self._decay is not None:
            features = GatedNetwork(self.model.widths, self.model.inputs, tuple(slopes)).features(w)
            force = self._with_decay(w, self.potential.value(features), force)[1]
        flow = force if self.setting.flow == "gradient" else self._metric(w, force)
        rate = 1.0 - state[-1] * (force @ flow) if self.scaled_time else 1.0
        return np.append(flow, rate)

    def _resolved(self, w):
        """(slopes, projected G, lambda (|S|,), whether they settled) with every sliding gate at its own slope."""
        slopes = [slope.copy() for slope in self._slopes]
        rows = tuple(np.array(index) for index in zip(*self.sliding, strict=True))
        settled, miss = False, np.inf
        for count in range(_SETTLING):
            network = GatedNetwork(self.model.widths, self.model.inputs, tuple(slopes))
            force, _, pushes = self._force(network, w)
            normals = network.normals(w, self.sliding)
            multipliers = self._multipliers(w, normals, force)
            now = np.array([slopes[k][n, i] for k, i, n in zip(*rows, strict=True)])
            wanted = _slopes_from(now, multipliers, pushes)
            if not np.isfinite(wanted).all():  # the weights of a trial stage overflow: the step is refused for it
                return slopes, np.full(w.size, np.nan), wanted, False
            for (k, i, n), value in zip(self.sliding, wanted, strict=True):
                slopes[k][n, i] = value
            before, miss = miss, float(np.abs(wanted - now).max())
            settled = miss <= 1e-10
            if settled or (count > _PATIENCE and miss > 0.5 * before):
                break
        self._slopes = tuple(slopes)
        return slopes, force - normals.T @ multipliers, wanted, settled

    def _multipliers(self, w, normals, vector):
        """mu with N M (v - N^T mu) = 0: every layer part of a normal is orthogonal to W_k at z = 0, so M is
        rho_k^2 on it."""
        if not (np.isfinite(normals).all() and np.isfinite(vector).all()):
            return np.full(len(normals), np.nan)
        scale = self._scale(w)
        return np.linalg.lstsq((normals * scale).T, vector * scale, rcond=None)[0]

    def _scale(self, w):
        """Root of M on normals: 1, or |W_k| on the weights of layer k."""
        if self._plain:
            return 1.0
        sizes = [np.linalg.norm(w[piece]) for piece, _ in self.model.pieces]
        return np.repeat(sizes, [piece.stop - piece.start for piece, _ in self.model.pieces])

    def _force(self, network, w):
        """G (p,), the layers' cotangents and b (|S|,) of the sliding gates."""
        features, (layers, acts) = network.forward(w)
        rho = self.potential.force(features)
        cotangents = network.cotangents(layers, rho)
        force = np.concatenate([(c.T @ a).ravel() for c, a in zip(cotangents, acts, strict=True)])
        back = [c @ layer for c, layer in zip(cotangents[1:], layers[1:], strict=True)]
        return force, cotangents, np.array([back[k][n, i] for k, i, n in self.sliding])

    def sliding_slopes(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(lambda, b), (|S|,) each: slopes that keep the sliding samples on their kinks, and what their gates push.

        With b < 0 both sides push towards the kink; with b > 0 both push away and the solution is not unique.
        """
        if not self.fixed:
            slopes, _, wanted, _ = self._resolved(w)
            network = GatedNetwork(self.model.widths, self.model.inputs, tuple(slopes))
            return wanted, self._force(network, w)[2]
        if self._field is not None:
            force, push = self._field.force(w)
            pushes = push[self._rows, self._units]
            return _slopes_from(self.off, np.dot(self._first_inverse, force), pushes), pushes
        force, _, pushes = self._force(self.model, w)
        return _slopes_from(self.off, self._solve_normals @ force, pushes), pushes

    def on_kink(self, w: np.ndarray, gates: list[Gate]) -> np.ndarray:
        """The weights moved (to first order, least norm) so that z = 0 for the sliding and the given gates."""
        wanted = [*self.sliding, *gates]
        if not wanted:
            return w
        if all(k == 0 for k, _, _ in wanted):
            units = {unit for _, unit, _ in gates or wanted}  # the rows of other units are not concerned
            return self._rows_on_kink(w, [gate for gate in wanted if gate[1] in units])
        pre = self.model.pre_activations(w)
        misses = np.array([pre[k][n, i] for k, i, n in wanted])
        return w - np.linalg.lstsq(self.model.normals(w, wanted), misses, rcond=None)[0]

    def _rows_on_kink(self, w, gates):
        """The same for gates of the first layer, exactly and row by row."""
        piece, shape = self.model.pieces[0]
        w = w.copy()
        first = w[piece].reshape(shape)
        for unit, examples in by_unit(gates).items():
            first[unit] -= (self.model.inputs[list(examples)] @ first[unit]) @ self.frames.of(examples)[1]
        return w

    def sides(self, w: np.ndarray, gate: Gate) -> tuple[float, float]:
        """(dz/ds with the gate on, with it off) at a point where its z is 0; the others as they are."""
        k, unit, example = gate
        if self._field is not None:
            return self._sides_of_row(self._field, w, unit, example)
        normal = self.model.normals(w, [gate])[0]
        features, (layers, _) = self.model.forward(w)
        cotangents = self.model.cotangents(layers, self.potential.force(features))
        push = (1.0 - self.off) * (cotangents[k + 1][example] @ layers[k + 1][:, unit])
        here = float(normal @ self.velocity(np.append(w, 0.0))[:-1])
        change = push * float(normal @ self._metric_tangent(w, normal))
        return (here, here - change) if self.modes[k][example, unit] == ON else (here + change, here)

    def _sides_of_row(self, field: TwoLayerField, w, unit, example):
        """The same where the normal is x_n on one row of the first layer and the metric is plain."""
        x = self.model.inputs[example]
        here = float(x @ field.row_velocity(w, unit))
        sliding = tuple(n for k, i, n in self.sliding if i == unit)
        barred = self.frames.of(sliding)[0] @ x if sliding else np.zeros(0)
        change = float((1.0 - self.off) * field.force(w)[1][example, unit] * (x @ x - barred @ barred))
        return (here, here - change) if self.modes[0][example, unit] == ON else (here + change, here)

    def _metric_tangent(self, w, vector):
        if self.fixed:
            projected = self.tangent(vector)
        else:
            normals = self.model.normals(w, self.sliding)
            projected = vector - normals.T @ self._multipliers(w, normals, vector)
        return projected if self.setting.flow == "gradient" else self._metric(w, projected)


def _slopes_from(now, multipliers, pushes):
    """lambda = D - mu/b; a gate that pushes nothing but rounding keeps the slope it has, for any will do."""
    felt = np.abs(pushes) > _UNFELT * np.abs(pushes).max(initial=0.0)
    return now - np.divide(multipliers, pushes, out=np.zeros_like(multipliers), where=felt)
