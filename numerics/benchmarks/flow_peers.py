"""What the flow engine is measured against: the same problems by other means, written as lean as numpy allows.

About: solvers of f = a.A x or a.relu(A x) with exponential loss, the whole right side by hand, no autograd.

Notation: state v = (A row by row, a) (p,); q_n = y_n f_n margins; direction -grad log L; t time, z relative arc length.
"""

from time import process_time

import numpy as np
from scipy.integrate import RK45, odeint, solve_ivp

from ..flows.setting import FlowSetting
from ..flows.trajectory import LOG10

EXAMPLES, INPUTS, HIDDEN = 32, 8, 16
BEGIN = 0.5 * np.log(np.finfo(float).eps)  # log t: before t = 1e-8 nothing moves by more than the accuracy asked


def problem(seed: int, network: str = "linear") -> tuple[FlowSetting, list[np.ndarray]]:
    """Gaussian data labelled by a linear teacher and a Gaussian start, from one seed."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=INPUTS)
    direction /= np.linalg.norm(direction)
    inputs = rng.normal(size=(EXAMPLES, INPUTS))
    labels = np.sign(inputs @ direction)
    start = [rng.normal(size=(HIDDEN, INPUTS)) / np.sqrt(INPUTS), rng.normal(size=(1, HIDDEN)) / np.sqrt(HIDDEN)]
    return FlowSetting((INPUTS, HIDDEN, 1), inputs, labels, network=network), start


class TwoLayer:
    """State, margins, loss and its derivatives by hand."""

    def __init__(self, setting: FlowSetting, gated: bool = False):
        self.rows = setting.inputs * setting.labels[:, None]
        self.inputs, self.labels, self.gated = setting.inputs, setting.labels, gated
        self.cut = HIDDEN * INPUTS

    def split(self, v):
        """(A (h, d), a (h,))."""
        return v[: self.cut].reshape(HIDDEN, INPUTS), v[self.cut :]

    def shares(self, margins):
        """(softmax of -q, log L)."""
        lowest = margins.min()
        terms = np.exp(lowest - margins)
        total = terms.sum()
        return terms / total, np.log(total) - lowest - np.log(EXAMPLES)

    def direction(self, v):
        """(-grad log L, log L, margins)."""
        first, second = self.split(v)
        if not self.gated:
            margins = self.rows @ (first.T @ second)
            shares, log_loss = self.shares(margins)
            pull = shares @ self.rows
            return np.concatenate([np.outer(second, pull).ravel(), first @ pull]), log_loss, margins
        active = np.maximum(self.inputs @ first.T, 0.0)
        margins = self.labels * (active @ second)
        shares, log_loss = self.shares(margins)
        pull = shares * self.labels
        back = ((active > 0) * second) * pull[:, None]
        return np.concatenate([(back.T @ self.inputs).ravel(), pull @ active]), log_loss, margins

    def rate(self, v, log_time):
        """t times -grad L: the velocity in log t, without the logarithm of the loss on the way."""
        first, second = self.split(v)
        pull = np.exp(log_time - np.log(EXAMPLES) - self.rows @ (second @ first)) @ self.rows
        out = np.empty(v.size)
        np.multiply(second[:, None], pull, out=out[: self.cut].reshape(HIDDEN, INPUTS))
        np.dot(first, pull, out=out[self.cut :])
        return out

    def jacobian(self, v, scale):
        """Jacobian of scale * direction at frozen scale/L: scale (sum p Hess q - sum p grad q grad q^T)."""
        first, second = self.split(v)
        shares, _ = self.shares(self.rows @ (first.T @ second))
        rows = np.empty((EXAMPLES, v.size))
        rows[:, : self.cut] = (second[None, :, None] * self.rows[:, None, :]).reshape(EXAMPLES, -1)
        rows[:, self.cut :] = self.rows @ first.T
        out = -(rows * shares[:, None]).T @ rows
        mixed = (np.eye(HIDDEN)[:, None, :] * (shares @ self.rows)[None, :, None]).reshape(self.cut, HIDDEN)
        out[: self.cut, self.cut :] += mixed
        out[self.cut :, : self.cut] += mixed.T
        return scale * out

    def margin(self, v, margins):
        """Normalized margin."""
        first, second = self.split(v)
        return margins.min() / (np.linalg.norm(first) * np.linalg.norm(second))

    def report(self, states):
        """(len(states), 2): log L and normalized margin."""
        ends = [(v, *self.direction(v)[1:]) for v in states]
        return np.array([(log_loss, self.margin(v, margins)) for v, log_loss, margins in ends])

    def balance(self, v, start):
        """Largest change of |a_i|^2 - |A_i|^2 since the start."""
        first, second = self.split(v)
        kept = (second**2 - (first**2).sum(axis=1)) - (start[1].ravel() ** 2 - (start[0] ** 2).sum(axis=1))
        return float(np.abs(kept).max())


def flat(start):
    """The weights stacked, (p,)."""
    return np.concatenate([w.ravel() for w in start])


def lsoda(setting, start, times, rtol):
    """LSODA (scipy solve_ivp) on log t with the loss in the log domain and the analytic Jacobian; absolute
    tolerance rtol/100. Values at log10 t = `times`, nan where it fails."""
    net = TwoLayer(setting)

    def right(log_time, v):
        direction, log_loss, _ = net.direction(v)
        return np.exp(log_time + log_loss) * direction

    def jacobian(log_time, v):
        return net.jacobian(v, np.exp(log_time + net.direction(v)[1]))

    ends = np.array(times) * LOG10
    with np.errstate(all="ignore"):  # a first step that is too bold overflows; it is then a failed rung
        span = (BEGIN, ends[-1])
        found = solve_ivp(right, span, flat(start), "LSODA", ends, rtol=rtol, atol=rtol / 100, jac=jacobian)
        values = np.full((len(times), 2), np.nan)
        reached = found.y.T[: len(times)]
        values[: len(reached)] = net.report(reached) if len(reached) else values[:0]
    return values


def lean_lsoda(setting, start, times, rtol):
    """The same through scipy's odeint, which steps without returning to Python, with the shortest right side."""
    net = TwoLayer(setting)

    def right(log_time, v):
        return net.rate(v, log_time)

    def jacobian(log_time, v):
        return net.jacobian(v, np.exp(log_time + net.direction(v)[1]))

    ends = [BEGIN, *(np.array(times) * LOG10)]
    with np.errstate(all="ignore"):
        states = odeint(right, flat(start), ends, Dfun=jacobian, tfirst=True, rtol=rtol, atol=rtol / 100, mxstep=5000)
        return net.report(states[1:])


def loss_scaled_descent(setting, start, log10_t, gated=False, limit=np.inf):
    """w += rate (-grad log L), rate up by 2^(1/5) after a step that lowers the loss, halved and undone otherwise.

    Ends at log10 t or after `limit` CPU seconds; `reached` says where.
    """
    net, begin = TwoLayer(setting, gated), process_time()
    v, rate, log_time, steps = flat(start), 0.1, -np.inf, 0
    direction, log_loss, margins = net.direction(v)
    while log_time < log10_t * LOG10 and process_time() - begin < limit:
        trial = v + rate * direction
        new = net.direction(trial)
        steps += 1
        if new[1] < log_loss:
            log_time = np.logaddexp(log_time, np.log(rate) - log_loss)
            v, rate, (direction, log_loss, margins) = trial, rate * 2**0.2, new
        else:
            rate *= 0.5
    return {
        "steps": steps,
        "reached": float(log_time / LOG10),
        "drift": net.balance(v, start) / float(v @ v),
        "log_loss": float(log_loss),
        "margin": float(net.margin(v, margins)),
    }


def explicit_arclength(setting, start, log10_t, rtol, limit):
    """RK45 in relative arc length dz = |dW|/|W|, gates by sign, chattering through the kinks.

    Returns log10 t reached within the limit of CPU seconds, and the absolute drift of balancedness.
    """
    net = TwoLayer(setting, gated=True)

    def right(_, state):
        v, log_time = state[:-1], state[-1]
        direction, log_loss, _ = net.direction(v)
        pace = np.sqrt(v @ v / (direction @ direction))
        return np.append(pace * direction, pace * np.exp(-log_time - log_loss))

    solver = RK45(right, 0.0, np.append(flat(start), 0.0), np.inf, rtol=rtol, atol=rtol / 100)
    begin = process_time()
    while solver.y[-1] < log10_t * LOG10 and solver.status == "running" and process_time() - begin < limit:
        solver.step()
    return {"reached": float(solver.y[-1] / LOG10), "drift": net.balance(solver.y[:-1], start)}
