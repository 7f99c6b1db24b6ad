"""Inputs and labels of sampled points, by kind of data.

Notation: x (B, N, d); y (B, N), or (B, N, C) for vector targets of the square loss; y_n f_n as in
`network.label_margins`.

    generic       random labels, both classes present
    separable     labels that some weights of the network give with a positive margin (those weights are drawn, too)
    nonseparable  sum_n a_n y_n x_n = 0 with a_n > 0 over d + 1 examples that span R^d: no w has y_n w.x_n > 0
    for all n digits, CSV   real rows
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ..network.activations import Activation
from ..network.forward import forward, label_margins
from ..world.points import Points
from . import data as real_data
from . import fitted
from .families import Draw, Layers
from .starts import SEPARATING

GENERATED = ("generic", "separable", "nonseparable")


@dataclass(frozen=True)
class Task:
    """What of a setting data depend on."""

    widths: tuple[int, ...]
    examples: int
    loss: str
    data: str
    activation: Activation
    output_activation: bool

    @property
    def classes(self) -> bool:
        """Labels are classes 1..C."""
        return self.loss == "cross-entropy"

    @property
    def real(self) -> bool:
        """Targets are real numbers."""
        return self.loss == "square"

    def keywords(self) -> dict:
        """The task as keywords of the simulated world."""
        act = self.activation
        return {
            "network": act.kind,
            "degree": act.degree,
            "slope": act.slope,
            "smooth": act.smooth,
            "widths": self.widths,
            "examples": self.examples,
            "loss": self.loss,
            "output_activation": self.output_activation,
        }

    def outputs(self, layers, x: Tensor) -> Tensor:
        """f, (B, C, N)."""
        return forward(layers, x, self.activation, self.output_activation)[1]


def labelled(
    draw: Draw, task: Task, layers: Layers, x: Tensor, start: str, fit: bool = True
) -> tuple[Tensor, Tensor, Layers]:
    """(x, y, layers): inputs and labels of the task's data. Where the start wants separation, labels that may be
    chosen follow the network; else (if `fit`) the layers are moved towards the labels.
    """
    separating = start in SEPARATING
    if task.data == "separable" or (task.data == "generic" and separating):
        return x, _separable_labels(draw, task, layers, x, separating), layers
    if task.data == "generic":
        return x, _random_labels(draw, task), layers
    if task.data == "nonseparable":
        x, y = _nonseparable(draw, task, x)
    else:
        x, y = _real_rows(draw, task)
    if separating and fit:
        layers = fitted.balanced(task, layers, x, y) if start == "balanced" else fitted.last_layer(task, layers, x, y)
    if start == "separating" and fit:
        layers = [w.to(torch.float32).double() for w in layers]
    return x, y, layers


def _random_labels(draw: Draw, task: Task) -> Tensor:
    n, c = task.examples, task.widths[-1]
    if task.classes:
        y = draw.integers(1, c, n)
        y[:, :2] = torch.where((y == y[:, :1]).all(1)[:, None], torch.tensor([1.0, 2.0][:n]).double(), y[:, :2])
        return y
    if task.real:
        y = draw.normal(n) if c == 1 else draw.normal(n, c)
        return y.to(torch.float32).double()
    y = draw.signs(n)
    if n > 1:  # both present: the second label is the first one turned round where all agree
        alike = (y == y[:, :1]).all(1)
        y[alike, 1] = -y[alike, 0]
    return y


def labels_of(task: Task, outputs: Tensor) -> Tensor:
    """The labels that outputs (B, C, N) are right about: argmax, or signs; (B, N), (B, N, C) for vector targets."""
    if task.classes:
        best = torch.topk(outputs, 2, 1)
        tied = (best.values[:, 0] == best.values[:, 1]).any(1, keepdim=True)
        return torch.where(tied, 1.0, best.indices[:, 0].double() + 1)  # labels all alike are left out
    if outputs.shape[1] > 1:
        return torch.sign(outputs).transpose(1, 2)
    return torch.sign(outputs[:, 0])


def _separable_labels(draw: Draw, task: Task, layers: Layers, x: Tensor, separating: bool) -> Tensor:
    """Labels given by the network itself, or for every second point by another network of its kind."""
    own = labels_of(task, task.outputs(layers, x))
    if not separating:
        other = labels_of(task, task.outputs(draw.layers(), x))
        own[::2] = other[::2]
    if task.real:
        own = own * (1 + draw.integers(0, 3, *own.shape[1:]) / 2)
    return own


def _nonseparable(draw: Draw, task: Task, x: Tensor) -> tuple[Tensor, Tensor]:
    """Random labels; one input is moved so that a positive combination of d + 1 of the y_n x_n vanishes."""
    n, d = task.examples, task.widths[0]
    y = _random_labels(draw, task)
    if n <= d:
        return x, y  # left out below: independent inputs always have a separator
    if task.classes:  # two classes that no hyperplane separates cannot be separated among more
        y[:, : d + 1] = 1.0 + (draw.signs(d + 1) > 0)
        y[:, 0], y[:, 1] = 1.0, 2.0
    sign = _two_sided(task, y)
    weights = draw.positive(d)
    moved = -sign[:, d, None] * (weights * sign[:, :d]).unsqueeze(1).matmul(x[:, :d])[:, 0]
    x = x.clone()
    x[:, d] = moved.to(torch.float32).double()
    return x, y


def _two_sided(task: Task, y: Tensor) -> Tensor:
    """Signs +-1 of labels; of classes, 1 against the rest."""
    if task.classes:
        return torch.where(y == 1, 1.0, -1.0).double()
    return torch.sign(y if y.dim() == 2 else y[:, :, 0])


def checks(task: Task) -> list[tuple[str, Callable[[Points], Tensor]]]:
    """What data of the task's kind may fail, as (reason, mask of the points that do)."""
    if task.data == "nonseparable":
        return [("linearly separable", lambda p: ~_spanned(p, task))]
    if task.data in GENERATED and not task.classes and (task.data == "separable" or not task.real):
        return [("label undecided", lambda p: (p.y == 0).flatten(1).any(1))]
    return []


def _spanned(points: Points, task: Task) -> Tensor:
    """Zero is inside the hull of the first d + 1 rows y_n x_n: a certificate that survives small changes."""
    d = task.widths[0]
    rows = _two_sided(task, points.y).unsqueeze(2) * points.x
    if rows.shape[1] <= d:
        return torch.zeros(len(points), dtype=torch.bool)
    system = rows[:, :d].transpose(1, 2)
    safe = torch.linalg.det(system) != 0
    system = torch.where(safe[:, None, None], system, torch.eye(d, dtype=rows.dtype))
    weights = torch.linalg.solve(system, -rows[:, d])
    return safe & (weights > 0).all(1)


def separates(points: Points, task: Task) -> Tensor:
    """Every y_n f_n > 0 by more than rounding in float32, (B,)."""
    outputs = task.outputs(points.W, points.x)
    margins = label_margins(outputs, points.y, task.loss)
    size = task_scale(points, task)
    return (margins > torch.finfo(torch.float32).eps * size).all(1)


def _largest_target(y: Tensor) -> Tensor:
    """|y_n|, or its largest entry, (B, N)."""
    return y.abs() if y.dim() == 2 else y.abs().amax(2)


def task_scale(points: Points, task: Task) -> Tensor:
    """A bound on how rounding is amplified: outputs of the network with all numbers replaced by sizes, (B, N)."""
    sizes = task.outputs([w.abs() for w in points.W], points.x.abs())
    return sizes.abs().amax(1) * (1 + _largest_target(points.y)) * len(task.widths)


@lru_cache(maxsize=8)
def _table(data: str, classes: bool, real: bool, outputs: int) -> tuple[Tensor, Tensor]:
    if data == "digits":
        x, y = real_data.digits(classes)
    else:
        x, y = real_data.csv(data, classes=outputs if classes else None, real=real)
    return torch.as_tensor(x), torch.as_tensor(y)


def _real_rows(draw: Draw, task: Task) -> tuple[Tensor, Tensor]:
    """N rows of a table for each point, drawn without repetition; all of them in order if there are N."""
    x, y = _table(task.data, task.classes, task.real, task.widths[-1])
    if x.shape[1] != task.widths[0]:
        raise ValueError(f"{task.data}: {x.shape[1]} inputs a row, but the first width is {task.widths[0]}")
    if len(x) < task.examples:
        raise ValueError(f"{task.data}: {len(x)} rows, but the setting asks for {task.examples} examples")
    if len(x) == task.examples:
        chosen = torch.arange(len(x)).expand(draw.count, -1)
    else:
        chosen = draw.uniform(len(x)).argsort(1)[:, : task.examples]
    return x[chosen].double(), y[chosen].double()
