"""Batches of networks followed for a short time, to see what a trajectory passes.

About: candidates for the search of starts along which a quantity moves the wrong way. Nothing is concluded from these
runs; a start that looks right is followed again in balls.

Notation: B networks, W_k (B, h_k, h_{k-1}), x (B, N, d), a_k (B, N, h_k), t (B,) each network's own time.

    dW_k = -sum_n ell'_n b_{n,k} a_{n,k-1}^T,   b_{n,K} = 1,   b_{n,k} = s'(z_{n,k}) W_{k+1}^T b_{n,k+1}

Conventions: gradient flow without decay, one output. Steps of fourth order (Runge and Kutta) that move no layer by more
than `STEP` of its length (or of a part of its length at the start, for layers may pass through 0) and take no more than
that part off the loss; each network has its own step length. Where the loss rises a step was too long: from there on
the time is NaN.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from torch import Tensor

from ..network.activations import Activation
from ..world.points import Points, concatenate

STEP = 1 / 16
LONGEST = 1 / 4
STEPS, EVERY = 160, 5  # steps taken, and from one look to the next
TOLERANCE = 1e-12  # by which rounding may raise a loss

Layers = tuple[Tensor, ...]


@dataclass(frozen=True)
class Field:
    """The velocity of networks on their data; `share` is 1/N where the loss is averaged."""

    points: Points
    activation: Activation
    loss: str
    share: float

    def __call__(self, layers: Layers) -> Layers:
        values, slopes = [self.points.x], []
        for w in layers[:-1]:
            z = values[-1] @ w.transpose(1, 2)
            values.append(self.activation(z))
            slopes.append(self.activation.first(z))
        back = self._push((values[-1] @ layers[-1].transpose(1, 2))[:, :, 0])[:, :, None]
        speeds = []
        for k in range(len(layers) - 1, -1, -1):
            speeds.append(torch.nan_to_num(back.transpose(1, 2) @ values[k]))
            if k:
                back = slopes[k - 1] * (back @ layers[k])
        return tuple(reversed(speeds))

    def total(self, layers: Layers) -> Tensor:
        """L of every network."""
        f, y = outputs(replace(self.points, W=layers), self.activation), self.points.y
        each = {
            "exponential": lambda: torch.exp(-y * f),
            "logistic": lambda: torch.nn.functional.softplus(-y * f),
            "square": lambda: (y - f) ** 2,
        }
        return each[self.loss]().sum(1) * self.share

    def _push(self, f: Tensor) -> Tensor:
        y = self.points.y
        match self.loss:
            case "exponential":
                return torch.exp(-y * f) * y * self.share
            case "logistic":
                return torch.sigmoid(-y * f) * y * self.share
        return 2 * (y - f) * self.share

    def pull(self, layers: Layers) -> Tensor:
        """sum_n p_n f_n beside sum_n |p_n f_n|, p the loss's slopes: -1 where every example pulls outputs and norms
        of a homogeneous network down, 1 where each pulls them up."""
        f = outputs(replace(self.points, W=layers), self.activation)
        each = self._push(f) * f
        return each.sum(1) / each.abs().sum(1)


def field_of(
    points: Points,
    *,
    network: str,
    loss: str,
    average: bool = True,
    degree: int = 2,
    slope: Fraction | float = 0.1,
    smooth: str = "softplus",
    **_ignored,
) -> Field:
    """The velocity in a setting."""
    act = Activation(network, degree, float(slope), smooth)
    return Field(points, act, loss, 1 / points.x.shape[1] if average else 1.0)


def passage(points: Points, **keywords) -> Iterator[tuple[Tensor, Points]]:
    """(t, points) from the start on, at times that each network has for itself."""
    field = field_of(points, **keywords)
    layers, t = points.W, torch.zeros(len(points), dtype=points.x.dtype)
    yield t, points
    below = field.total(layers)
    for i in range(1, STEPS + 1):
        speed = field(layers)
        h = _length(layers, speed, points, below)
        layers, t = _step(layers, speed, field, h), t + h
        before, below = below, field.total(layers)
        t = torch.where(below <= before * (1 + TOLERANCE), t, torch.nan)
        if i % EVERY == 0:
            yield t, replace(points, W=layers)


def _length(layers: Layers, speed: Layers, points: Points, loss: Tensor) -> Tensor:
    """The step of each network: no layer moves far beside its length, and the loss falls by a part."""
    square = torch.stack([v.flatten(1).square().sum(1) for v in speed]).sum(0)
    h = (STEP * loss / square).clamp(max=LONGEST)
    for w, start, v in zip(layers, points.W, speed, strict=True):
        length = torch.maximum(w.flatten(1).norm(dim=1), start.flatten(1).norm(dim=1) / 8)
        relative = v.flatten(1).norm(dim=1) / length
        h = torch.minimum(h, STEP / relative)
    return torch.nan_to_num(h, nan=0.0, posinf=LONGEST)


def _step(layers: Layers, a: Layers, field: Field, h: Tensor) -> Layers:
    def moved(by: Layers, share: float) -> Layers:
        return tuple(w + share * h[:, None, None] * v for w, v in zip(layers, by, strict=True))

    b = field(moved(a, 0.5))
    c = field(moved(b, 0.5))
    d = field(moved(c, 1.0))
    mean = tuple((p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(a, b, c, d, strict=True))
    return moved(mean, 1.0)


COPIES = 8
POWERS = 4  # scales are powers of two, at most 2^4 up or down


def unequal(points: Points, seed: int, **keywords) -> Points:
    """The same networks, several times, with rows of weights and entries of inputs at scales far apart; separated."""
    generator = torch.Generator().manual_seed(seed)

    def scaled(a: Tensor, shape: tuple[int, ...]) -> Tensor:
        powers = torch.randint(-POWERS, POWERS + 1, shape, generator=generator)
        return a * 2.0 ** powers.to(a.dtype)

    many = concatenate([points] * COPIES)
    layers = tuple(scaled(scaled(w, (len(many), w.shape[1], 1)), (len(many), 1, 1)) for w in many.W)
    x = scaled(scaled(many.x, (len(many), 1, many.x.shape[2])), (len(many), many.x.shape[1], 1))
    return relabel(replace(many, W=layers, x=x), **keywords)


def varied(points: Points, copies: int, seed: int, **keywords) -> Points:
    """Networks near these, some entries multiplied at random; separated."""
    generator = torch.Generator().manual_seed(seed)

    def changed(a: Tensor) -> Tensor:
        factors = torch.exp(torch.randn(a.shape, generator=generator, dtype=a.dtype) / 2)
        return torch.where(torch.rand(a.shape, generator=generator) < CHANGED, a * factors, a)

    many = concatenate([points] * copies)
    return relabel(replace(many, W=tuple(map(changed, many.W)), x=changed(many.x)), **keywords)


CHANGED = 0.4  # share of the entries


def decimal(points: Points, digits: int) -> Points:
    """With all numbers rounded to so many decimals."""
    return replace(
        points, W=tuple(torch.round(w, decimals=digits) for w in points.W), x=torch.round(points.x, decimals=digits)
    )


def relabel(points: Points, **keywords) -> Points:
    """With the signs of the outputs for labels of a classification, so that every example is separated; those that
    have both labels."""
    if keywords["loss"] == "square":
        return points
    signs = torch.sign(outputs(points, field_of(points, **keywords).activation))
    mixed = (signs.amin(1) < signs.amax(1)) | (signs.shape[1] == 1)
    return replace(points, y=signs).select((signs != 0).all(1) & mixed)


def outputs(points: Points, activation: Activation) -> Tensor:
    """f(x_n), (B, N)."""
    a = points.x
    for w in points.W[:-1]:
        a = activation(a @ w.transpose(1, 2))
    return (a @ points.W[-1].transpose(1, 2))[:, :, 0]
