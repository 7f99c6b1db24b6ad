"""Samples of admissible points: half random, half adversarial, with a count of what was left out and why.

Notation: B points, K layers, N examples, d inputs, C outputs; y_n f_n > 0 for all n is `separating`.

Conventions: one seeded generator on the CPU makes every number, whatever the device, so a seed means the same
points everywhere. Numbers are rounded to float32 where no equality ties them, so that both rungs of the
precision ladder see the same point; `balanced` and `equal-norms` points keep float64, since rounding would break
their equations.
"""

from collections import Counter
from fractions import Fraction

import torch
from torch import Tensor

from . import admissible, labelling, starts
from .activations import Activation
from .families import ADVERSARIAL, RANDOM, Draw, Family
from .labelling import Task
from .points import Points, concatenate

TIED_STARTS = ("balanced", "equal-norms")
STARTS = ("random", "separating", "small", *TIED_STARTS)


def sample(
    *,
    count: int,
    seed: int = 0,
    device: str = "cpu",
    data: str = "generic",
    start: str = "random",
    adversarial: bool = True,
    rounds: int = 12,
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
    """At most `count` admissible points of a setting, in float64, and how many were left out by reason.

    Every second point is random, the others go through the families of `families.ADVERSARIAL` in turn;
    `Points.family` says which. `rounds` bounds how often what was left out is drawn again; fewer points than
    `count`, or none, come back where a setting admits few. `average` and `flow` do not matter here; they let a
    setting be passed whole.

    Raises ValueError for a start or data that have no meaning, or data that contradict the setting.
    """
    if start not in STARTS:
        raise ValueError(f"start {start!r}: expected one of {', '.join(STARTS)}")
    act = Activation(network, degree, float(slope), smooth)
    task = Task(tuple(widths), examples, loss, data, act, output_activation)
    generator = torch.Generator().manual_seed(seed)
    left_out: Counter[str] = Counter()
    kept: list[Points] = []
    families = ADVERSARIAL if adversarial else {}
    for name, share in _shares(count, families).items():
        family = {**RANDOM, **ADVERSARIAL}[name]
        kept += _fill(name, family, share, generator, task, start, weight_decay, rounds, left_out)
    points = concatenate(kept) if kept else empty(task)
    return points.to(device=device), dict(left_out)


def _shares(count: int, families: dict[str, Family]) -> dict[str, int]:
    """How many points each family contributes: half random, the rest spread evenly."""
    chosen = count // 2 if families else 0
    each, rest = divmod(chosen, max(len(families), 1))
    shares = {name: each + (i < rest) for i, name in enumerate(families)}
    return {name: n for name, n in {"gaussian": count - chosen, **shares}.items() if n}


def _fill(name, family, share, generator, task, start, weight_decay, rounds, left_out) -> list[Points]:
    """Batches of one family with `share` admissible points in all, or as many as `rounds` draws give."""
    batches, missing = [], share
    for _ in range(rounds):
        draw = Draw(generator, max(2 * missing, 16), task.widths, task.examples)
        points = _candidates(name, family, draw, task, start, weight_decay)
        reasons = reasons_against(points, task, start)
        bad = torch.zeros(len(points), dtype=torch.bool)
        for reason, mask in reasons.items():
            left_out[reason] += int((mask & ~bad).sum())
            bad |= mask
        good = points.select(~bad)
        batches.append(good.select(slice(missing)))
        missing -= len(batches[-1])
        if not missing:
            break
    return [b for b in batches if len(b)]


def _candidates(name, family, draw: Draw, task: Task, start: str, weight_decay) -> Points:
    layers, x = family(draw)
    layers = starts.shaped(draw, layers, start)
    if start not in TIED_STARTS:
        layers = [w.to(torch.float32).double() for w in layers]
    x = x.to(torch.float32).double()
    x, y, layers = labelling.labelled(draw, task, layers, x, start)
    return Points(tuple(layers), x, y, decay_of(draw, weight_decay), (name,) * draw.count)


def decay_of(draw: Draw, weight_decay) -> Tensor:
    """(B, K) weight decays: a number, one a layer, or "any" for a positive random number a network (or a layer)."""
    depth = len(draw.widths) - 1
    entries = list(weight_decay) if isinstance(weight_decay, tuple | list) else [weight_decay]
    if len(entries) not in (1, depth):
        raise ValueError(f"{len(entries)} weight decays for {depth} layers")
    columns = [_decay_column(draw, e) for e in entries]
    return torch.cat(columns * (depth if len(columns) == 1 else 1), 1)


def _decay_column(draw: Draw, entry) -> Tensor:
    if entry == "any":
        return (2.0 ** draw.integers(-6, 1, 1) * draw.integers(1, 16, 1)) / 16
    return torch.full((draw.count, 1), float(entry), dtype=torch.float64)


def reasons_against(points: Points, task: Task, start: str) -> dict[str, Tensor]:
    """Masks (B,) of the points to leave out, by reason, in the order in which they are counted."""
    act, after = task.activation, task.output_activation
    reasons = {
        "not finite": admissible.not_finite(points),
        "zero layer": admissible.zero_layer(points),
        "near a kink": admissible.near_kink(points, act, after),
        "labels all alike": admissible.labels_alike(points, task.loss),
    }
    if task.data in labelling.GENERATED:
        reasons["inputs not in general position"] = admissible.dependent_inputs(points)
    reasons.update(labelling.reasons_against(points, task))
    if start in starts.SEPARATING:
        reasons["not separating"] = ~labelling.separates(points, task)
    return reasons


def empty(task: Task) -> Points:
    """A batch of no points."""
    draw = Draw(torch.Generator(), 0, task.widths, task.examples)
    wide = task.loss == "square" and task.widths[-1] > 1
    y = draw.normal(task.examples, task.widths[-1]) if wide else draw.normal(task.examples)
    return Points(tuple(draw.layers()), draw.inputs(), y, draw.normal(len(task.widths) - 1))
