"""Samples of admissible points: half random, half adversarial, with a count of what was left out and why.

Notation: B points, K layers, N examples, d inputs, C outputs; y_n f_n > 0 for all n is `separating`.

Conventions: one seeded generator on the CPU makes every number, whatever the device, so a seed means the same
points everywhere. Numbers are rounded to float32 where no equality ties them, so that both rungs of the
precision ladder see the same point; `balanced` and `equal-norms` points keep float64, since rounding would break
their equations.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from ..network.activations import Activation
from ..world.points import Points, concatenate
from . import admissible, critical, labelling, starts
from .families import ADVERSARIAL, RANDOM, STATIONARY, Draw
from .labelling import Task

Place = Callable[[Points], tuple[Points, dict[str, Tensor]]]
Checks = list[tuple[str, Callable[[Points], Tensor]]]

TIED_STARTS = ("balanced", "equal-norms")
STARTS = ("random", "separating", "small", *TIED_STARTS)
WITHOUT_NORMS = ("stationary", "minimum")  # zero weights count there


def sample(
    *,
    count: int,
    seed: int = 0,
    device: str = "cpu",
    data: str = "generic",
    start: str = "random",
    at: str = "any",
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
    `count`, or none, come back where a setting admits few. `at` moves points to stationary ones and the like
    (`critical`); `flow` does not matter here and lets a setting be passed whole.

    Raises ValueError for a start or data that have no meaning, or data that contradict the setting.
    """
    if start not in STARTS:
        raise ValueError(f"start {start!r}: expected one of {', '.join(STARTS)}")
    act = Activation(network, degree, float(slope), smooth)
    task = Task(tuple(widths), examples, loss, data, act, output_activation)
    place = _place(at, start, task, average, weight_decay)
    points, left_out = _filled(Draws(seed, task, start, at, weight_decay), place, count, adversarial, rounds)
    return points.to(device=device), left_out


def _filled(draws: "Draws", place: Place, count: int, adversarial: bool, rounds: int) -> tuple[Points, dict[str, int]]:
    """Rounds of candidates from every family that still lacks points, until none does."""
    families = {**(STATIONARY if draws.at in WITHOUT_NORMS else {}), **ADVERSARIAL} if adversarial else {}
    missing = _shares(count, families)
    left_out: Counter[str] = Counter()
    kept: list[Points] = []
    for _ in range(rounds):
        points, reasons = place(concatenate([draws.candidates(name, lack) for name, lack in missing.items()]))
        good = screened(_unmoved_dropped(points, reasons, left_out), draws.checks(), left_out)
        places = [i for i, rank in enumerate(ranks(good.family)) if rank < missing[good.family[i]]]
        kept.append(good.select(places))
        found = Counter(kept[-1].family)
        missing = {name: lack - found[name] for name, lack in missing.items() if lack > found[name]}
        if not missing:
            break
    order = sorted(range(sum(map(len, kept))), key=[_ORDER[n] for b in kept for n in b.family].__getitem__)
    return (concatenate(kept).select(order) if order else empty(draws.task)), dict(left_out)


_ORDER = {name: i for i, name in enumerate((*RANDOM, *ADVERSARIAL, *STATIONARY))}


def ranks(names: tuple[str, ...]) -> list[int]:
    """How many equal names stand before each."""
    seen: Counter[str] = Counter()
    ranks = []
    for name in names:
        ranks.append(seen[name])
        seen[name] += 1
    return ranks


def _unmoved_dropped(points: Points, reasons: dict[str, Tensor], left_out: Counter) -> Points:
    """The points that no mask leaves out; each one left out is counted under its first reason."""
    bad = torch.zeros(len(points), dtype=torch.bool)
    for reason, mask in reasons.items():
        left_out[reason] += int((mask & ~bad).sum())
        bad |= mask
    return points.select(~bad)


def screened(points: Points, checks: Checks, left_out: Counter) -> Points:
    """The points that pass every check, in turn; each one left out is counted under the check that it failed."""
    for reason, fails in checks:
        bad = fails(points)
        left_out[reason] += int(bad.sum())
        points = points.select(~bad) if bool(bad.any()) else points
    return points


def _shares(count: int, families: dict) -> dict[str, int]:
    """How many points each family contributes: half random, the rest spread evenly."""
    chosen = count // 2 if families else 0
    each, rest = divmod(chosen, max(len(families), 1))
    shares = {name: each + (i < rest) for i, name in enumerate(families)}
    return {name: n for name, n in {"gaussian": count - chosen, **shares}.items() if n}


def _place(at: str, start: str, task: Task, average: bool, weight_decay) -> Place:
    """What moves points to where `at` wants them. Raises ValueError where that is not possible."""
    if at not in critical.PLACES:
        raise ValueError(f"at {at!r}: expected one of {', '.join(critical.PLACES)}")
    if at == "any":
        return lambda points: (points, {})
    if start in TIED_STARTS:
        raise ValueError(f"points at {at!r} are searched for, which leaves the weights of start {start!r}")
    if at == "interpolating" and task.loss != "square":
        raise ValueError(f"at 'interpolating' is about the square loss, not {task.loss}")
    setting = task.keywords() | {"average": average, "weight_decay": weight_decay}
    return lambda points: critical.moved(points, at, task.data in ("generic", "separable"), setting)


@dataclass
class Draws:
    """Candidates of a setting, from one seeded generator."""

    seed: int
    task: Task
    start: str
    at: str
    weight_decay: object

    def __post_init__(self):
        self.generator = torch.Generator().manual_seed(self.seed)

    def checks(self) -> Checks:
        """What the candidates may fail."""
        return checks(self.task, self.start, self.at)

    def candidates(self, name: str, wanted: int) -> Points:
        """Points of one family, more than `wanted`, admissible or not."""
        draw = Draw(self.generator, max(2 * wanted, 16), self.task.widths, self.task.examples)
        layers, x = {**RANDOM, **ADVERSARIAL, **STATIONARY}[name](draw)
        layers = starts.shaped(draw, layers, self.start)
        if self.start not in TIED_STARTS:
            layers = [w.to(torch.float32).double() for w in layers]
        x = x.to(torch.float32).double()
        x, y, layers = labelling.labelled(draw, self.task, layers, x, self.start)
        return Points(tuple(layers), x, y, decay_of(draw, self.weight_decay), (name,) * draw.count)


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


def checks(task: Task, start: str, at: str = "any") -> Checks:
    """What a point may fail, as (reason, mask of the points that do); the cheap and the frequent first."""
    act, after = task.activation, task.output_activation
    named: Checks = [("not finite", admissible.not_finite)]
    if at not in WITHOUT_NORMS:
        named.append(("zero layer", admissible.zero_layer))
    named.append(("near a kink", lambda p: admissible.near_kink(p, act, after)))
    named.append(("labels all alike", lambda p: admissible.labels_alike(p, task.loss)))
    named += labelling.checks(task)
    if start in starts.SEPARATING:
        named.append(("not separating", lambda p: ~labelling.separates(p, task)))
    if task.data in labelling.GENERATED:
        named.append(("inputs not in general position", admissible.dependent_inputs))
    return named


def empty(task: Task) -> Points:
    """A batch of no points."""
    draw = Draw(torch.Generator(), 0, task.widths, task.examples)
    wide = task.loss == "square" and task.widths[-1] > 1
    y = draw.normal(task.examples, task.widths[-1]) if wide else draw.normal(task.examples)
    return Points(tuple(draw.layers()), draw.inputs(), y, draw.normal(len(task.widths) - 1))
