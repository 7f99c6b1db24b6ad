r"""Enclosures of gradient flow: every solution from an exact start, at a later time, in balls.

About: what turns a simulated event of a trajectory (an example is lost, a unit dies) into a certified one.

Notation: W_k layers (h_k, h_{k-1}) of balls; x (N, d), y (N,) exact; a_0 = x_n, z_k = W_k a_{k-1},
a_k = g_k z_k with gates g_k, 1 on the positive side and `slope` on the other; f = z_K; ell the loss of one example.

    dW_k = -sum_n ell'_n b_{n,k} a_{n,k-1}^T,   b_{n,K} = 1,   b_{n,k} = g_{n,k} W_{k+1}^T b_{n,k+1}

A step of length h from a box W is rigorous by two facts (Moore 1966; Nedialkov, Jackson, Corliss 1999):

    Picard     if B contains W + [0, h] F(B), every solution from W stays in B for times in [0, h]
    Taylor     where F is analytic on B,  W(h) lies in sum_{i<=p} c_i(W) h^i + c_{p+1}(B) h^{p+1}

Gates that are certain on B make F analytic there. A gate that is not is the whole interval [slope, 1]: then F(B)
contains every value of the Filippov inclusion, so that W + h F(B) encloses every Filippov solution, whether it
crosses the kink, slides along it or is not unique. Such a step is as short as `SHORTEST`, for its error is of first
order. In Picard's fact the image lies in the interior of B, but for coordinates that are one point and have speed 0 on
B: their speed is at most a multiple of the distance from B, so that by Gronwall none of them is left first.

Conventions: no error is estimated; every quantity is a ball that contains it.

References: R. Moore, Interval analysis (1966); N. Nedialkov, K. Jackson, G. Corliss, Validated solutions of initial
value problems (1999); A. Filippov, Differential equations with discontinuous righthand sides (1988), ch. 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx, fmpq

Layers = list[np.ndarray]  # of arb, or of arb_series
BITS = 160
ORDER = 10  # of the Taylor steps
REST = arb(fmpq(1, 2**44))  # largest remainder of a Taylor step: far below what the shortest step moves
LONGEST, SHORTEST = fmpq(1, 8), fmpq(1, 2**28)
TRIES = 5  # of enlarging a box until Picard's map takes it into itself


class NotEnclosed(Exception):
    """No box was found, or the flow is not of a kind that is covered."""


@dataclass(frozen=True)
class State:
    """All solutions at a time: `layers` of balls, at time `t`."""

    t: fmpq
    layers: Layers


class Flow:
    """Gradient flow of a network with one output and no decay.

    Args:
        inputs, labels: exact numbers, (N, d) and (N,).
        network: linear, relu or leaky-relu; `slope` of the latter.
        loss: exponential, logistic or square; averaged over the examples or summed.
    """

    def __init__(
        self,
        inputs: Sequence[Sequence[Fraction]],
        labels: Sequence[Fraction],
        *,
        network: str,
        loss: str,
        average: bool,
        slope: Fraction = Fraction(0),
    ):
        if network not in ("linear", "relu", "leaky-relu") or loss not in ("exponential", "logistic", "square"):
            raise NotEnclosed(f"{network} networks under the {loss} loss are not enclosed")
        self.x = exact(inputs)
        self.y = exact([labels])[0]
        self.linear, self.loss = network == "linear", loss
        self.share = arb(fmpq(1, len(self.y))) if average else arb(1)
        self.slope = arb(fmpq(slope.numerator, slope.denominator)) if network == "leaky-relu" else arb(0)

    # ---- gates

    def gates(self, layers: Layers) -> list[np.ndarray]:
        """g_{n,k} on a box, (N, h_k) a hidden layer: a number where it is certain, else the interval of all values."""
        found, a = [], self.x
        for k, w in enumerate(layers[:-1]):
            z = a @ w.T
            g = each(self._gate, z, self._signs(a, w) if k else np.zeros(z.shape, dtype=int))
            found.append(g)
            a = g * z
        return found

    def _signs(self, a: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Signs that weights give to pre-activations, (N, h_k), for rectified values a >= 0: that of all weights which
        read a value that may differ from 0; -1 where every value is 0, for then a gate multiplies nothing but zeros;
        0 where they say nothing. Off the kinks, which are null sets, no such pre-activation is 0."""
        if self.linear or not self.slope.is_zero():
            return np.zeros((len(a), len(w)), dtype=int)
        read = [[i for i, v in enumerate(row) if not v.is_zero()] for row in a]
        return np.array([[_common_sign([row[i] for i in which]) for row in w] for which in read])

    def _gate(self, z: arb, sign: int) -> arb:
        if self.linear or z > 0 or (sign > 0 and not z < 0):
            return arb(1)
        return self.slope if z < 0 or sign < 0 else self.slope.union(arb(1))

    # ---- the vector field

    def outputs(self, layers: Layers, gates: list[np.ndarray]) -> np.ndarray:
        """f(x_n), (N,)."""
        return (self._forward(layers, gates)[-1] @ layers[-1].T)[:, 0]

    def _forward(self, layers: Layers, gates: list[np.ndarray]) -> list[np.ndarray]:
        """a_0, ..., a_{K-1}, each (N, h_k)."""
        values = [self.x]
        for w, g in zip(layers[:-1], gates, strict=True):
            values.append(g * (values[-1] @ w.T))
        return values

    def field(self, layers: Layers, gates: list[np.ndarray]) -> Layers:
        """dW_k, of balls or of power series in time."""
        values = self._forward(layers, gates)
        f = (values[-1] @ layers[-1].T)[:, 0]
        back = each(self._push, f, self.y)[:, None]
        speeds = []
        for k in range(len(layers) - 1, -1, -1):
            speeds.append(back.T @ values[k])
            if k:
                back = gates[k - 1] * (back @ layers[k])
        return speeds[::-1]

    def _push(self, f: Any, y: arb) -> Any:
        """-ell'(f), times 1/N where the loss is averaged."""
        match self.loss:
            case "exponential":
                return (f * -y).exp() * (y * self.share)
            case "logistic":
                return 1 / ((f * y).exp() + 1) * (y * self.share)
        return (y - f) * (2 * self.share)

    # ---- steps

    def step(self, state: State, h: fmpq) -> State | None:
        """All solutions a time h later; None where h is too long: no box is found, or a gate may change."""
        found = self._box(state.layers, h)
        if found is None:
            return None
        box, gates = found
        if certain(gates):
            return self._taylor(state, box, gates, h)
        if h > SHORTEST:
            return None
        return State(state.t + h, moved(state.layers, self.field(box, gates), arb(h)))

    def _box(self, layers: Layers, h: fmpq) -> tuple[Layers, list[np.ndarray]] | None:
        """B with W + [0, h] F(B) inside B, and the gates there."""
        span = arb(h / 2, h / 2)
        box = layers
        for _ in range(TRIES):
            gates = self.gates(box)
            image = moved(layers, self.field(box, gates), span)
            if contains(box, image):
                return box, gates
            box = enlarged(image)
        return None

    def _taylor(self, state: State, box: Layers, gates: list[np.ndarray], h: fmpq) -> State | None:
        """sum_{i<=p} c_i(W) h^i + c_{p+1}(B) h^{p+1}; None where the last term is large and h is not the shortest."""
        step = arb(h)
        last = step ** (ORDER + 1)
        tails = [each(lambda s: s[ORDER + 1] * last, w) for w in self._series(box, gates, ORDER + 1)]
        if h > SHORTEST and not all(abs(v) < REST for w in tails for v in w.flat):
            return None
        heads = [each(lambda s: value(s, step), w) for w in self._series(state.layers, gates, ORDER)]
        return State(state.t + h, [a + b for a, b in zip(heads, tails, strict=True)])

    def _series(self, layers: Layers, gates: list[np.ndarray], order: int) -> Layers:
        """The solution as power series in time, by Picard's iteration: one more coefficient each time."""
        cap = ctx.cap
        try:
            ctx.cap = 1
            w = [each(lambda v: arb_series([v]), a) for a in layers]
            for length in range(2, order + 2):
                ctx.cap = length
                speeds = self.field(w, gates)
                w = [each(lambda v, s: s.integral() + v, a, u) for a, u in zip(layers, speeds, strict=True)]
            return w
        finally:
            ctx.cap = cap


def solutions(
    flow: Flow, start: Sequence[Sequence[Sequence[Fraction]]], until: Fraction, bits: int = BITS, steps: int = 400
) -> Iterator[State]:
    """All solutions from an exact start, step by step, as far as they can be enclosed."""
    with ctx.workprec(bits):
        state, h = State(fmpq(0), [exact(w) for w in start]), LONGEST
        end = fmpq(until.numerator, until.denominator)
        yield state
        for _ in range(steps):
            found = None
            while found is None and h >= SHORTEST:
                found = flow.step(state, h)
                h = h if found is not None else h / 2
            if found is None or state.t >= end:
                return
            state, h = found, min(2 * h, LONGEST)
            yield state


def stations(
    flow: Flow,
    start: Sequence[Sequence[Sequence[Fraction]]],
    times: Sequence[Fraction],
    bits: int = BITS,
    steps: int = 1200,
) -> list[State]:
    """All solutions from an exact start at the given times, as far as they can be enclosed."""
    found: list[State] = []
    with ctx.workprec(bits):
        state, h = State(fmpq(0), [exact(w) for w in start]), LONGEST
        for time in (fmpq(t.numerator, t.denominator) for t in sorted(times)):
            while state.t < time:
                nearer = min(h, time - state.t)
                new = flow.step(state, nearer) if steps > 0 else None
                steps -= 1
                if new is not None:
                    state, h = new, min(2 * max(h, nearer), LONGEST)
                elif steps < 0 or nearer < SHORTEST:
                    return found
                else:
                    h = nearer / 2
            found.append(state)
    return found


def enclose(
    flow: Flow, start: Sequence[Sequence[Sequence[Fraction]]], reached: Callable[[Layers], Any], until: Fraction
) -> tuple[State, Any] | None:
    """The first enclosed state of which `reached` says something, with what it says, or None."""
    for state in solutions(flow, start, until):
        with ctx.workprec(BITS):
            said = reached(state.layers)
        if said:
            return state, said
    return None


# ---- arrays of balls


def _common_sign(weights: Sequence[arb]) -> int:
    if all(v < 0 for v in weights):
        return -1
    return 1 if all(v > 0 for v in weights) else 0


def each(function: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """A function of the entries of arrays of one shape."""
    flat = [function(*entries) for entries in zip(*(a.reshape(-1) for a in arrays), strict=True)]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(arrays[0].shape)


def exact(rows: Sequence[Sequence[Any]]) -> np.ndarray:
    """Rational rows as balls, as narrow as the precision allows."""
    numbers = [[Fraction(v) for v in row] for row in rows]
    return np.array([[arb(fmpq(v.numerator, v.denominator)) for v in row] for row in numbers], dtype=object)


def value(series: arb_series, at: arb) -> arb:
    """The polynomial of a truncated series at a number."""
    total = arb(0)
    for i in range(ORDER, -1, -1):
        total = total * at + series[i]
    return total


def moved(layers: Layers, speeds: Layers, time: arb) -> Layers:
    """W + time dW"""
    return [w + v * time for w, v in zip(layers, speeds, strict=True)]


def contains(box: Layers, image: Layers) -> bool:
    """Whether every ball contains that of the image in its interior, or is the same point."""
    pairs = zip(box, image, strict=True)
    return all(
        b.contains_interior(i) or (b.is_exact() and b.contains(i))
        for outer, inner in pairs
        for b, i in zip(outer.flat, inner.flat, strict=True)
    )


def enlarged(layers: Layers) -> Layers:
    """Balls with a radius larger by a quarter, and never zero where anything moves."""
    return [each(lambda b: b + b.rad() * arb(0, fmpq(1, 4)), w) for w in layers]


def certain(gates: list[np.ndarray]) -> bool:
    """Whether every gate is a single number."""
    return all(g.is_exact() or not g.contains(1) for layer in gates for g in layer.flat)
