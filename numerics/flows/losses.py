"""Training losses as potentials on network features, in the log domain.

About: what a flow needs of a loss, and nothing else. The features u (m,) are what the weights enter through (a
product matrix, or the outputs themselves); a loss reads margins m = u.c + S u from them with fixed c and S.

Notation: Phi(u) potential; u features (m,); rho = -dPhi/du (m,); C = -d2Phi/du2 (m, m); b = c.u common part of the
margins (scalar) and sigma = S u slack (M,), so that margins are b + sigma; p weights of the examples.

    exponential and logistic losses, cross-entropy: Phi = log L, and the flow runs in the clock ds = L dt;
    square loss:                                    Phi = L,     and the flow runs in t itself.

With b = gamma w.u and S exactly zero where it should be, sigma never is a difference of large numbers: that is
what carries a flow past the point where float64 margins of size log t lose their differences.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_SATURATED = 36.0  # exp(-36) is below the unit roundoff: log1p(exp(-q)) is exp(-q) to the last bit from here on


def log_softplus(q: np.ndarray) -> np.ndarray:
    """log(log(1 + exp(-q))) without under- or overflow, any shape."""
    tail = np.exp(-np.clip(q, -_SATURATED, _SATURATED))
    middle = np.log(np.log1p(tail))
    return np.where(q > _SATURATED, -q, np.where(q < -_SATURATED, np.log(np.maximum(-q, 1.0)), middle))


@dataclass(frozen=True)
class MarginPotential:
    """Phi = log L for a loss of margins, `groups` margins an example.

    `kind` is "exponential" (sum over examples of exp(-m); one margin each) or "logistic" (log(1 + sum_c
    exp(-m_c)): the logistic loss for one margin an example, cross-entropy for C - 1). `common` c (m,), `slack`
    S (M, m) with M = N groups.
    `log_count` is subtracted: log N for the averaged loss, 0 for the sum.
    """

    kind: str
    common: np.ndarray
    slack: np.ndarray
    groups: int = 1
    log_count: float = 0.0
    scaled_time = True

    @cached_property
    def _signs(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(diagonal of S, ones) where S is diagonal and c = 0, as for features that are the outputs; None elsewhere."""
        rows, columns = self.slack.shape
        diagonal = self.slack.diagonal().copy()
        if rows != columns or self.common.any() or not np.array_equal(self.slack, np.diag(diagonal)):
            return None
        return diagonal, np.ones(rows)

    def margins(self, features: np.ndarray) -> tuple[float, np.ndarray]:
        """(b, sigma): the margins y_n f_n are b + sigma_n; for cross-entropy f_y - f_c for every other class c."""
        return float(self.common @ features), self.slack @ features

    def evaluate(self, features: np.ndarray) -> tuple[float, np.ndarray]:
        """(Phi, rho): the log-loss and minus its gradient in the features, (m,)."""
        common, sigma = self.common @ features, self.slack @ features
        offset, weights = self.weights(common, sigma)
        return float(offset - common - self.log_count), weights.sum() * self.common + weights @ self.slack

    def force(self, features: np.ndarray) -> np.ndarray:
        """rho alone (m,): what a step asks for eight times as often as the loss."""
        if self.kind != "exponential":
            return self.evaluate(features)[1]
        if self._signs is not None:
            signs, ones = self._signs
            sigma = signs * features
            terms = np.exp(sigma[sigma.argmin()] - sigma)
            terms /= np.dot(terms, ones)
            terms *= signs
            return terms
        sigma = np.dot(self.slack, features)
        terms = np.exp(np.minimum.reduce(sigma) - sigma)
        terms /= np.add.reduce(terms)
        return self.common + np.dot(terms, self.slack)

    def scaled_force(self, features: np.ndarray, log_scale: float) -> np.ndarray:
        """exp(log_scale) times -dL/du (m,), of order 1 where log_scale is about -log L; overflows far below that."""
        common, sigma = self.common @ features, self.slack @ features
        if self.kind == "exponential":
            shares = np.exp((log_scale - self.log_count - common) - sigma)
        else:
            logs, _ = self._class_shares(common, sigma)
            shares = np.exp((log_scale - self.log_count - common) + logs.ravel())
        return shares.sum() * self.common + shares @ self.slack

    def value(self, features: np.ndarray) -> float:
        """Phi alone."""
        common, sigma = self.margins(features)
        return float(self.weights(common, sigma)[0] - common - self.log_count)

    def weights(self, common, sigma):
        """(log L + b before the average, r = -dlogL/dm (M,)) at given common part and slack."""
        if self.kind == "exponential":
            lowest = sigma.min()
            terms = np.exp(lowest - sigma)
            total = terms.sum()
            return np.log(total) - lowest, terms / total
        pi, losses = self._class_shares(common, sigma)
        lowest = losses.max()
        offset = lowest + np.log(np.exp(losses - lowest).sum())
        return offset, np.exp(pi - offset).ravel()

    def _class_shares(self, common, sigma):
        """(log pi + b, log loss + b) of each example: pi_c = exp(-m_c)/(1 + sum exp(-m))."""
        sigma = sigma.reshape(-1, self.groups)
        lowest = sigma.min(axis=1)
        joint = lowest - np.log(np.exp(lowest[:, None] - sigma).sum(axis=1))  # sum exp(-m) = exp(-b - joint)
        q = common + joint
        log_total = np.logaddexp(0.0, -q)
        # log_softplus(q) + q is small where q is large; adding b after rounding q = b + joint would lose sigma.
        excess = np.where(q > _SATURATED, 0.0, log_softplus(q) + q)
        return -sigma - log_total[:, None], excess - joint

    def curvature(self, features: np.ndarray) -> np.ndarray:
        """C = -d2 log L/du2 (m, m); its large common part is taken out before any product is formed."""
        return self.expand(features)[2]

    def expand(self, features: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """(Phi, rho, C, r): second-order expansion and the examples' shares r = -dlogL/dm (M,)."""
        common, sigma = self.common @ features, self.slack @ features
        offset, weights = self.weights(common, sigma)
        phi = float(offset - common - self.log_count)
        mean = weights @ self.slack
        if self.kind == "exponential":
            spread = (self.slack - mean) * np.sqrt(weights)[:, None]
            return phi, self.common + mean, -(spread.T @ spread), weights
        curvature = self._logistic_curvature(common, sigma, offset, weights)
        return phi, weights.sum() * self.common + mean, curvature, weights

    def _logistic_curvature(self, common, sigma, offset, weights):
        """Block curvature of log(1 + sum exp(-m)), centred at its own mean row."""
        logs, losses = self._class_shares(common, sigma)
        pi = np.exp(logs - common)
        scale = np.exp(logs - offset)
        own = scale[:, :, None] * (np.eye(self.groups) - pi[:, None, :])
        blocks = np.zeros((*pi.shape, *pi.shape))
        each = np.arange(len(pi))
        blocks[each, :, each, :] = own
        blocks = blocks.reshape(sigma.size, sigma.size)
        mean = blocks.sum(axis=0) @ self.slack / blocks.sum()
        centred = self.slack - mean
        total, row = weights.sum(), self.common + mean
        tilt = weights @ centred
        excess = _squared_mass_minus_curvature(np.exp(losses - offset), pi.sum(axis=1))
        return (
            -centred.T @ blocks @ centred
            + excess * np.outer(row, row)
            + total * (np.outer(row, tilt) + np.outer(tilt, row))
            + np.outer(tilt, tilt)
        )

    def magnitude(self, features: np.ndarray) -> np.ndarray:
        """Sum of the absolute terms of rho (m,): times the unit roundoff and their number, it bounds rounding
        in rho."""
        weights = self.weights(self.common @ features, self.slack @ features)[1]
        return weights @ np.abs(self.common + self.slack)


def _squared_mass_minus_curvature(loss_share, miss):
    """(sum r)^2 - sum w with r_n = s_n/L, w_n = s_n (1 - s_n)/L, s = miss: what is left after 1 - 1, without
    forming it.

    With pi_n = l_n/L and a_n = s_n/l_n = 1 - e_n it is A^2 - A + sum pi s (1 - e), A = sum pi e; late e is
    exp(-q)/2.
    """
    odds = miss / np.maximum(1.0 - miss, np.finfo(float).tiny)
    short = odds / 2 - 5 * odds**2 / 12
    long = 1.0 - miss / np.log1p(np.maximum(odds, np.finfo(float).tiny))
    lost = np.where(odds < 1e-4, short, long)
    mean = loss_share @ lost
    return mean**2 - mean + loss_share @ (miss * (1 - lost))


@dataclass(frozen=True)
class SquarePotential:
    """Phi = L = (1/count) sum |S u - target|^2 with `slack` S (M, m), `targets` (M,); `count` N for the
    average, 1 else."""

    slack: np.ndarray
    targets: np.ndarray
    count: float = 1.0
    scaled_time = False

    def evaluate(self, features: np.ndarray) -> tuple[float, np.ndarray]:
        """(Phi, rho): the loss itself and minus its gradient in the features, (m,)."""
        residual = self.slack @ features - self.targets
        return float(residual @ residual) / self.count, (-2.0 / self.count) * (residual @ self.slack)

    def value(self, features: np.ndarray) -> float:
        """Phi alone."""
        return self.evaluate(features)[0]

    def force(self, features: np.ndarray) -> np.ndarray:
        """rho alone (m,)."""
        return self.evaluate(features)[1]

    def curvature(self, features: np.ndarray) -> np.ndarray:
        """C = -d2L/du2 (m, m), constant."""
        return (-2.0 / self.count) * (self.slack.T @ self.slack)

    def expand(self, features: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, None]:
        """(Phi, rho, C, None): second-order expansion; no shares, for residuals have no common scale."""
        return *self.evaluate(features), self.curvature(features), None

    def magnitude(self, features: np.ndarray) -> np.ndarray:
        """Sum of the absolute terms of rho (m,), residuals by the terms they are the difference of."""
        terms = np.abs(self.slack) @ np.abs(features) + np.abs(self.targets)
        return (2.0 / self.count) * (terms @ np.abs(self.slack))

    def margins(self, features: np.ndarray) -> tuple[float, np.ndarray]:
        """(0, y * f): products of target and output, the margins where the targets are signs."""
        return 0.0, self.targets * (self.slack @ features)
