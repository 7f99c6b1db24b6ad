"""Families of points: random ones, and the degenerate and symmetric ones on which false statements fail.

Notation: B points; W_k (B, h_k, h_{k-1}); x (B, N, d). A family maps a `Draw` to (W, x); labels come later.

Conventions: every number comes from the draw's seeded generator; inputs are in general position (every min(N, d)
of them independent), so that a family is admissible wherever generic data are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Layers = list[Tensor]


@dataclass(frozen=True)
class Draw:
    """`count` points of a shape, from a seeded generator on the CPU, in float64."""

    generator: torch.Generator
    count: int
    widths: tuple[int, ...]
    examples: int

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Shapes (h_k, h_{k-1}) of the layers."""
        return [(r, c) for c, r in zip(self.widths, self.widths[1:], strict=False)]

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers, (B, *shape)."""
        return torch.randn(self.count, *shape, generator=self.generator, dtype=torch.float64)

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1), (B, *shape)."""
        return torch.rand(self.count, *shape, generator=self.generator, dtype=torch.float64)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Integers low..high, both included, (B, *shape)."""
        numbers = torch.randint(low, high + 1, (self.count, *shape), generator=self.generator)
        return numbers.to(torch.float64)

    def signs(self, *shape: int) -> Tensor:
        """+-1, (B, *shape)."""
        return 2 * self.integers(0, 1, *shape) - 1

    def positive(self, *shape: int) -> Tensor:
        """Uniform numbers in [1/2, 3/2), (B, *shape)."""
        return 0.5 + self.uniform(*shape)

    def layers(self) -> Layers:
        """Gaussian layers of size 1/sqrt(fan-in), so that outputs are of order 1 at any depth."""
        return [self.normal(r, c) * (2 / c) ** 0.5 for r, c in self.shapes]

    def inputs(self) -> Tensor:
        """Gaussian inputs."""
        return self.normal(self.examples, self.widths[0])


@dataclass(frozen=True)
class IntegerDraw(Draw):
    """A draw whose normal numbers are the integers -bound..bound, and whose uniform ones are 0 or 1."""

    bound: int = 2

    def normal(self, *shape: int) -> Tensor:
        return self.integers(-self.bound, self.bound, *shape)

    def uniform(self, *shape: int) -> Tensor:
        return self.integers(0, 1, *shape)

    def positive(self, *shape: int) -> Tensor:
        return self.integers(1, 2, *shape)

    def layers(self) -> Layers:
        return [self.normal(r, c) for r, c in self.shapes]


def alternating(n: int) -> Tensor:
    """(1, -1, 1, ...) of length n."""
    return 1.0 - 2.0 * (torch.arange(n, dtype=torch.float64) % 2)


def _gaussian(draw: Draw):
    return draw.layers(), draw.inputs()


def _integers(draw: Draw):
    return [draw.integers(-2, 2, r, c) for r, c in draw.shapes], draw.integers(-2, 2, draw.examples, draw.widths[0])


def _equal_norms(draw: Draw):
    return [w / w.flatten(1).norm(dim=1)[:, None, None] for w in draw.layers()], draw.inputs()


def _huge_layer(draw: Draw):
    """One layer 2^5 times larger, another smaller by as much: the function stays, the norms part."""
    layers = draw.layers()
    layers[0], layers[-1] = layers[0] * 32, layers[-1] / 32
    return layers, draw.inputs()


def _tiny(draw: Draw):
    return [w / 64 for w in draw.layers()], draw.inputs()


def _large_outputs(draw: Draw):
    return [2 * w for w in draw.layers()], draw.inputs()


def _aligned(draw: Draw):
    """Every neuron of a layer points in one direction, with its own length."""
    return [(1 + draw.uniform(r, 1)) * draw.signs(r, 1) * draw.normal(1, c) for r, c in draw.shapes], draw.inputs()


def _repeated(draw: Draw):
    """All neurons of a hidden layer are copies of one."""
    layers = draw.layers()
    return [w[:, :1].expand_as(w).clone() for w in layers[:-1]] + [layers[-1]], draw.inputs()


def _mirrored(draw: Draw):
    """Hidden neurons in pairs w, -w."""
    layers = draw.layers()
    hidden = [alternating(w.shape[1])[:, None] * w[:, :1] for w in layers[:-1]]
    return [*hidden, layers[-1]], draw.inputs()


def _width_one(draw: Draw):
    """Only the first neuron of each hidden layer is read by the next."""
    layers = draw.layers()
    first = [torch.cat([w[:, :, :1], torch.zeros_like(w[:, :, 1:])], 2) for w in layers[1:]]
    return [layers[0], *first], draw.inputs()


def _dead_units(draw: Draw):
    """The last neuron of the first layer is negative on all inputs where d >= N, on their mean otherwise."""
    layers, x = draw.layers(), draw.inputs()
    if len(layers) > 1 and layers[0].shape[1] > 1:
        ones = torch.ones(draw.count, draw.examples, 1, dtype=torch.float64)
        layers[0][:, -1] = -(torch.linalg.pinv(x) @ ones)[:, :, 0]
    return layers, x


def _equal_margins(draw: Draw):
    """Hidden units in opposite pairs pass a.x through as it is, and a.x_n = +-1 (where d >= N): all |f_n| agree."""
    x, sign = draw.inputs(), draw.signs(draw.examples, 1)
    a = (torch.linalg.pinv(x) @ sign).transpose(1, 2)
    layers = [alternating(draw.shapes[0][0])[:, None] * a]
    for r, c in draw.shapes[1:]:
        # Weighted so that the units of either sign count alike, for odd widths, too.
        read = alternating(c) / torch.where(alternating(c) > 0, (c + 1) // 2, max(c // 2, 1))
        layers.append((alternating(r)[:, None] * read).expand(draw.count, r, c) * draw.positive(1, 1))
    return layers, x


def _axes(draw: Draw):
    """Inputs on the axes, and on a moment curve beyond d of them; small integer layers."""
    n, d = draw.examples, draw.widths[0]
    extra = torch.arange(1, max(n - d, 0) + 1, dtype=torch.float64)[:, None] ** torch.arange(d)
    rows = torch.cat([torch.eye(d, dtype=torch.float64), extra])[:n]
    return [draw.integers(-2, 2, r, c) for r, c in draw.shapes], rows.expand(draw.count, n, d) * draw.signs(n, 1)


def _orthogonal(draw: Draw):
    """Layers with equal singular values."""
    layers = []
    for r, c in draw.shapes:
        q = torch.linalg.qr(draw.normal(max(r, c), min(r, c))).Q
        layers.append(q if r >= c else q.transpose(1, 2))
    return layers, draw.inputs()


def _one_sided(draw: Draw):
    """Inputs and layers with positive entries but for the last layer: every unit is active."""
    layers = draw.layers()
    return [*(w.abs() for w in layers[:-1]), layers[-1]], draw.inputs().abs()


def _close_inputs(draw: Draw):
    """All inputs within 1/16 of one another."""
    return draw.layers(), draw.normal(1, draw.widths[0]) + draw.inputs() / 16


Family = Callable[[Draw], tuple[Layers, Tensor]]

RANDOM: dict[str, Family] = {"gaussian": _gaussian}
ADVERSARIAL: dict[str, Family] = {
    "integers": _integers,
    "equal-norms": _equal_norms,
    "equal-margins": _equal_margins,
    "axes": _axes,
    "aligned": _aligned,
    "repeated": _repeated,
    "mirrored": _mirrored,
    "width-one": _width_one,
    "dead-units": _dead_units,
    "orthogonal": _orthogonal,
    "one-sided": _one_sided,
    "close-inputs": _close_inputs,
    "huge-layer": _huge_layer,
    "tiny": _tiny,
    "large-outputs": _large_outputs,
}


def _zero_layers(draw: Draw):
    """All layers zero, or for every second point a random two: saddles wherever s(0) = 0."""
    layers = draw.layers()
    chosen = torch.argsort(draw.uniform(len(layers)), 1)[:, :2]
    for k, w in enumerate(layers):
        gone = (chosen == k).any(1)
        gone[::2] = True
        w[gone] = 0.0
    return layers, draw.inputs()


# families whose members lie where only statements about stationary points look: V does not exist there
STATIONARY: dict[str, Family] = {"zero-layers": _zero_layers}

# families whose members are integers where the draw's numbers are
INTEGER: dict[str, Family] = {
    "gaussian": _gaussian,
    **{name: ADVERSARIAL[name] for name in ("axes", "aligned", "repeated", "mirrored", "width-one", "one-sided")},
}
