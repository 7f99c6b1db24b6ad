"""Values with a scale of their own: m e^s with a float m and a number s a sample, so that t = 10^1000000 is a value.

About: a world over the samples of a trajectory. Time and loss are known by their logarithms; products, powers,
logarithms and exponentials of such values are formed on the scales, everything else on the floats.

Notation: m (B, ...), s (B,) or None for s = 0; B samples of a run.

    log(m e^s) = log m + s,     exp(a) = 1 e^a where e^a is no float,     li(e^y) ~ e^y/y (1 + 1/y + 2/y^2 + ...)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from ..network.scalars import logarithmic_integral
from .algebra import sign
from .simulated import SimulatedWorld
from .state import State

# Beyond these sizes products of two floats may leave the range of float64 (10^+-308).
_LARGE, _SMALL = 1e100, 1e-100
_EXPONENT = 230.0  # e^230 = 10^100


@dataclass(frozen=True)
class Scaled:
    """m e^s; one scale a sample, whatever the shape of m."""

    m: Tensor
    s: Tensor | None = None

    @property
    def flat(self) -> Tensor:
        """The value as a float, 0 or infinite where it is none."""
        return self.m if self.s is None else _times(self.m, torch.exp(self.s))

    @property
    def log_size(self) -> Tensor:
        """log of the Euclidean norm, (B,); -inf at 0."""
        size = self.m.abs() if self.m.dim() == 1 else self.m.flatten(1).norm(dim=1)
        return torch.log(size) + (0.0 if self.s is None else self.s)

    def settled(self) -> "Scaled":
        """The same value with m of moderate size."""
        size = self.m.abs() if self.m.dim() == 1 else self.m.flatten(1).abs().amax(1)
        off = ((size > _LARGE) | (size < _SMALL)) & (size > 0) & torch.isfinite(size)
        if not bool(off.any()):
            return self
        shift = torch.where(off, torch.log(torch.where(off, size, 1.0)), 0.0)
        return Scaled(_times(self.m, torch.exp(-shift)), shift if self.s is None else self.s + shift)


def _times(a: Tensor, factor: Tensor) -> Tensor:
    return a * factor.reshape(-1, *(1,) * (a.dim() - 1))


def _sum(a: Tensor | None, b: Tensor | None, sign: int = 1) -> Tensor | None:
    if b is None:
        return a
    return sign * b if a is None else a + sign * b


def aligned(values: Sequence[Scaled]) -> tuple[list[Tensor], Tensor | None]:
    """All values on one scale: the largest of those that are not zero."""
    if all(v.s is None for v in values):
        return [v.m for v in values], None
    scales = []
    for v in values:
        zero = (v.m == 0).reshape(len(v.m), -1).all(1)
        scale = torch.zeros_like(zero, dtype=v.m.dtype) if v.s is None else v.s
        scales.append(torch.where(zero, -torch.inf, scale))
    top = torch.stack(torch.broadcast_tensors(*scales)).amax(0)
    top = torch.where(torch.isfinite(top), top, 0.0)
    return [_times(v.m, torch.exp(s - top)) for v, s in zip(values, scales, strict=True)], top


def exponential(a: Scaled) -> Scaled:
    """exp: on the floats where it is one, on the scale elsewhere."""
    value = a.flat
    far = value.abs() > _EXPONENT
    if value.dim() > 1 or not bool(far.any()):
        return Scaled(torch.exp(value))
    return Scaled(torch.exp(torch.where(far, 0.0, value)), torch.where(far, value, 0.0))


def integral_logarithm(a: Scaled) -> Scaled:
    """li(x); beyond e^230 its asymptotic series, whose smallest term is below rounding there."""
    y = torch.log(a.m) + (0.0 if a.s is None else a.s)
    far = y > _EXPONENT
    if not bool(far.any()):
        return Scaled(logarithmic_integral(a.flat))
    safe = torch.where(far, y, _EXPONENT)
    term, series = torch.ones_like(safe), torch.ones_like(safe)
    for k in range(1, 20):
        term = term * k / safe
        series = series + term
    near = logarithmic_integral(torch.exp(torch.where(far, 1.0, y)))
    return Scaled(torch.where(far, series / safe, near), torch.where(far, y, 0.0))


class ScaledWorld:
    """The formula language's values over the samples of a course, as `Scaled` values.

    Derivatives are taken on plain floats, but for Hessians of the loss, which have a scale. Other operations go to the
    plain world, on mantissas.
    """

    _LINEAR = ("transpose", "trace", "diagonal", "norm", "entry", "row", "column", "label_entry", "reshape")
    _OF_NETWORK = (
        "weight",
        "direction",
        "layer_norm",
        "norm_product",
        "output",
        "margin",
        "preactivation",
        "gates",
        "multiplier",
        "weights_vector",
        "input",
        "label",
        "onehot",
        "layer_decay",
        "constant",
        "identity",
        "zeros",
        "number",
    )

    def __init__(self, points: Any, log_t: Tensor, log_loss: Tensor, **keywords: Any):
        self.plain = SimulatedWorld(points, **keywords)
        self.state: State = self.plain.state
        self.log_t, self.log_loss = log_t, log_loss
        self._inside = 0

    def __getattr__(self, name: str) -> Callable:
        if name in ScaledWorld._OF_NETWORK:
            return lambda *given: Scaled(getattr(self.plain, name)(*given))
        if name in ScaledWorld._LINEAR:
            return lambda a, *rest: Scaled(getattr(self.plain, name)(a.m, *rest), a.s)
        raise AttributeError(name)

    @property
    def time(self) -> Scaled:
        """t."""
        return Scaled(torch.ones_like(self.log_t), self.log_t)

    def loss_value(self, state: State) -> Scaled:
        """L, by its logarithm outside derivatives."""
        if self._inside or state is not self.state:
            return Scaled(self.plain.loss_value(state))
        return Scaled(torch.ones_like(self.log_loss), self.log_loss)

    # ---- algebra

    def shape(self, a: Scaled) -> tuple[int, ...]:
        return tuple(a.m.shape[1:])

    def add(self, a: Scaled, b: Scaled) -> Scaled:
        (left, right), scale = aligned([a, b])
        return Scaled(left + right, scale)

    def negate(self, a: Scaled) -> Scaled:
        return Scaled(-a.m, a.s)

    def _settled(self, m: Tensor, s: Tensor | None) -> Scaled:
        return Scaled(m, s) if self._inside else Scaled(m, s).settled()

    def scale(self, a: Scaled, b: Scaled) -> Scaled:
        return self._settled(self.plain.scale(a.m, b.m), _sum(a.s, b.s))

    def divide(self, a: Scaled, b: Scaled) -> Scaled:
        return self._settled(self.plain.divide(a.m, b.m), _sum(a.s, b.s, -1))

    def power(self, a: Scaled, exponent: Fraction) -> Scaled:
        base = a if self._inside else a.settled()
        scale = None if base.s is None else base.s * float(exponent)
        return self._settled(self.plain.power(base.m, exponent), scale)

    def matmul(self, a: Scaled, b: Scaled) -> Scaled:
        return self._settled(self.plain.matmul(a.m, b.m), _sum(a.s, b.s))

    def inner(self, a: Scaled, b: Scaled) -> Scaled:
        return self._settled(self.plain.inner(a.m, b.m), _sum(a.s, b.s))

    def outer(self, a: Scaled, b: Scaled) -> Scaled:
        return self._settled(self.plain.outer(a.m, b.m), _sum(a.s, b.s))

    def extreme(self, name: str, values: Sequence[Scaled]) -> Scaled:
        tensors, scale = aligned(list(values))
        return Scaled(self.plain.extreme(name, tensors), scale)

    def apply(self, name: str, a: Scaled) -> Scaled:
        """A named function; those of scales are formed there."""
        if self._inside or (a.s is None and name != "exp" and name != "li"):
            return Scaled(self.plain.apply(name, a.flat))
        match name:
            case "exp":
                return exponential(a)
            case "log" if a.s is not None:
                return Scaled(torch.log(a.m) + _times(torch.ones_like(a.m), a.s))
            case "sqrt" if a.s is not None:
                return Scaled(torch.sqrt(a.m), a.s / 2)
            case "abs":
                return Scaled(a.m.abs(), a.s)
            case "sign":
                return Scaled(sign(a.m))
            case "li" if a.m.dim() == 1:
                return integral_logarithm(a)
        return Scaled(self.plain.apply(name, a.flat))

    # ---- derivatives, on floats

    def _floats(self, body: Callable) -> Callable:
        def value(state: State) -> Tensor:
            self._inside += 1
            try:
                return body(state).flat
            finally:
                self._inside -= 1

        return value

    def gradient(self, state: State, body: Callable, space: str, layer: int | None) -> Scaled:
        return Scaled(self.plain.gradient(state, self._floats(body), space, layer))

    def hessian(self, state: State, body: Callable, space: str, layers: tuple[int, int] | None) -> Scaled:
        closed = self.plain.closed_hessian(state, self._floats(body), space, layers)
        if closed is not None:
            return Scaled(closed.matrix, closed.log_scale)
        return Scaled(self.plain.hessian(state, self._floats(body), space, layers))

    def rate(self, state: State, body: Callable, flow: str | None) -> Scaled:
        return Scaled(self.plain.rate(state, self._floats(body), flow))
