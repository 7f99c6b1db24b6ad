"""Points with small integers, simplest first: candidates for counterexamples that people and exact arithmetic
can read.

Notation: W_k, x_n, y_n integers of size at most `bound` (labels as the data want them). Simplicity of a point:
its largest entry, then the sum of all |entries|.

    balanced     W_k = a_k a_{k-1}^T with integer vectors and |a_{k+1}| = |a_{k-1}|
    equal-norms  layers picked from a pool by their squared norm, an integer
"""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor

from ..network.activations import Activation
from ..world.points import Points, concatenate
from . import labelling
from .families import INTEGER, IntegerDraw, Layers
from .labelling import Task
from .sample import checks, decay_of, empty, ranks, screened
from .starts import SEPARATING

POOL = 4096  # draws a layer among which equal norms are looked for


def integer_points(
    *,
    count: int,
    seed: int = 0,
    bound: int = 2,
    device: str = "cpu",
    data: str = "generic",
    start: str = "random",
    rounds: int = 4,
    network: str,
    widths,
    examples: int,
    loss: str,
    average: bool = True,
    weight_decay=0,
    flow: str = "gradient",
    degree: int = 2,
    slope=Fraction(1, 10),
    smooth: str = "softplus",
    output_activation: bool = False,
) -> tuple[Points, dict[str, int]]:
    """At most `count` admissible points with integer entries, simplest first, and how many were left out by reason.

    Every number is exact in float32 and float64 (weight decay that is not a dyadic fraction, and real data, are
    what they are). Raises ValueError as `sampling.sample` does.
    """
    act = Activation(network, degree, float(slope), smooth)
    task = Task(tuple(widths), examples, loss, data, act, output_activation)
    generator = torch.Generator().manual_seed(seed)
    left_out: Counter[str] = Counter()
    kept: list[Points] = []
    for turn in range(rounds):
        for name, family in INTEGER.items():
            size = 1 + (bound - 1) * (turn > 0)  # the first round looks at 0 and +-1 alone
            draw = IntegerDraw(generator, max(4 * count, 1024), task.widths, task.examples, size)
            points = _candidates(name, family, draw, task, start, weight_decay)
            kept.append(screened(points, checks(task, start), left_out))
        if sum(map(len, kept)) >= 4 * count:
            break
    points = concatenate(kept) if any(map(len, kept)) else empty(task)
    return _simplest(points, count).to(device=device), dict(left_out)


def _candidates(name, family, draw: IntegerDraw, task: Task, start: str, weight_decay) -> Points:
    layers, x = family(draw)
    if start == "balanced":
        layers = _balanced(draw, no_zeros=task.activation.has_kinks)
    elif start == "equal-norms":
        layers = _equal_norms(draw, layers)
    x, y, layers = labelling.labelled(draw, task, layers, x, start if start in SEPARATING else "random", fit=False)
    layers = [w + 0.0 for w in layers]  # -0 becomes 0
    return Points(tuple(layers), x + 0.0, y, decay_of(draw, weight_decay), (name,) * draw.count)


def _simplest(points: Points, count: int) -> Points:
    """`count` points, simplest first, of every family about as many: most degenerate points are simple."""
    if not len(points):
        return points
    entries = torch.cat([t.flatten(1).abs() for t in (*points.W, points.x)], 1)
    total, largest = entries.sum(1), entries.amax(1)
    order = torch.argsort(largest * (1 + total.max()) + total, stable=True).tolist()
    by_rank = sorted(zip(ranks(tuple(points.family[i] for i in order)), order, strict=True))
    chosen = {i for _, i in by_rank[:count]}
    return points.select([i for i in order if i in chosen])


def _by_square(pool: Tensor, no_zeros: bool = False) -> dict[int, Tensor]:
    """Nonzero members of a pool (M, ...) by their squared norm, without those that have a zero entry if asked."""
    if no_zeros:
        pool = pool[(pool != 0).flatten(1).all(1)]
    squares = (pool * pool).flatten(1).sum(1).long()
    return {q: pool[squares == q] for q in sorted(set(squares.tolist())) if q > 0}


def _picked(draw: IntegerDraw, members: Tensor, rows: Tensor) -> Tensor:
    """A random member for each of `rows`."""
    index = torch.randint(len(members), (len(rows),), generator=draw.generator)
    return members[index]


def _equal_norms(draw: IntegerDraw, layers: Layers) -> Layers:
    """Layers of one squared norm q, q in turn over all that every layer's pool offers; zero where there is none."""
    pools = [_by_square(torch.cat([w[:POOL] * f for f in (1, 2, 3)])) for w in layers]
    shared = sorted(set.intersection(*(set(p) for p in pools)))
    out = [torch.zeros_like(w) for w in layers]
    for i, q in enumerate(shared):
        rows = torch.arange(i, draw.count, len(shared))
        for w, pool in zip(out, pools, strict=True):
            w[rows] = _picked(draw, pool[q], rows)
    return out


def _balanced(draw: IntegerDraw, no_zeros: bool) -> Layers:
    """Rank-one chains W_k = a_k a_{k-1}^T; |a_k|^2 is one number for even k and one for odd k."""
    vectors = []
    hidden = [no_zeros and k > 0 for k in range(len(draw.widths))]  # a zero there puts a unit on its kink
    multiples = [torch.cat([draw.normal(h)[:POOL] * f for f in (1, 2, 3)]) for h in draw.widths]
    pools = [_by_square(m, whole) for m, whole in zip(multiples, hidden, strict=True)]
    for parity in (0, 1):
        shared = sorted(set.intersection(*(set(p) for p in pools[parity::2])))
        chosen = [torch.zeros(draw.count, h, dtype=torch.float64) for h in draw.widths[parity::2]]
        for i, q in enumerate(shared):
            rows = torch.arange(i, draw.count, len(shared))
            for a, pool in zip(chosen, pools[parity::2], strict=True):
                a[rows] = _picked(draw, pool[q], rows)
        vectors.append(chosen)
    chain = [vectors[k % 2][k // 2] for k in range(len(draw.widths))]
    return [upper.unsqueeze(2) * lower.unsqueeze(1) for lower, upper in pairwise(chain)]
