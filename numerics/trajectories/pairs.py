"""Trajectories from sampled starts, as series over log t, each run twice.

About: what a statement in the limit is judged from. One start is run at two solver tolerances through the same
values of log t, so that the error of a run is known where it matters: at every sample, not at the end only.

Notation: log t natural logarithm of time; n samples, B = n; W_k (n, h_k, h_{k-1}).

Conventions: times are geometric in log t, for laws are told apart by decades of log t. The length of a run is
bounded in steps, not in seconds, so that a seed means the same result on every machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from ..flows.setting import FlowSetting
from ..flows.sliding import sliding_flow
from ..flows.smooth import smooth_flow
from ..flows.trajectory import LOG10
from ..network.activations import Activation
from ..sampling import admissible, fitted
from ..sampling.labelling import Task, separates
from ..sampling.starts import SEPARATING
from ..world.points import Points, concatenate
from ..world.simulated import SimulatedWorld

KINKED = ("relu", "leaky-relu")
REACH = {False: 1e6, True: 1e3}  # log10 t: beyond 1e4 rounding makes up events of kinked flows
SHALLOW = 250.0  # log10 t up to which the loss itself, about 1/t, is a float
PER_DECADE = 16  # samples a decade of log t
TOLERANCES = {False: (1e-5, 1e-7), True: (1e-5, 1e-6)}  # smooth, kinked: there steps are dear
# Of one run at each tolerance, smooth and kinked: several times what runs need that get anywhere. A kinked run that
# chatters through its events would take hours.
LOOSEST = 1e-4  # beside a run that does not get far
MOST_STEPS = {False: (4000, 8000), True: (300, 900)}


@dataclass(frozen=True)
class Course:
    """One run: `log_t`, `log_loss` (n,) and the networks `points` passed through (batch n, data repeated).

    `status` and `message` are those of the flow; `branched` says that a Filippov solution was not unique.
    """

    log_t: Tensor
    log_loss: Tensor
    points: Points
    tolerance: float
    status: str
    message: str = ""
    branched: bool = False
    wanted: int = 0  # samples of a run that gets to its end

    @property
    def halfway(self) -> bool:
        """Whether it got through half of its decades of log t."""
        return len(self) >= max(self.wanted // 2, 1)

    def __len__(self) -> int:
        return len(self.log_t)

    def first(self, count: int) -> "Course":
        """The first samples."""
        return replace(
            self, log_t=self.log_t[:count], log_loss=self.log_loss[:count], points=self.points.select(slice(0, count))
        )


@dataclass(frozen=True)
class Pair:
    """The same start at two tolerances, sampled at the same times."""

    coarse: Course
    fine: Course
    power: float = 1.0  # 1/degree of the network in its weights: norms grow like that power of log t

    @property
    def family(self) -> str:
        """How the start was made."""
        return self.fine.points.family[0]

    @property
    def short(self) -> bool:
        """Whether it got too little far for agreement; what it contradicts, it contradicts."""
        return not self.fine.halfway

    @property
    def lost(self) -> "Course | None":
        """The run that ended before its time, if one did."""
        return next((r for r in (self.coarse, self.fine) if r.status in ("out of steps", "stalled")), None)

    @property
    def samples(self) -> tuple[Points, Tensor, Tensor]:
        """(points, log t, log L) of the coarse run, then of the fine one."""
        runs = (self.coarse, self.fine)
        return (
            concatenate([r.points for r in runs]),
            torch.cat([r.log_t for r in runs]),
            torch.cat([r.log_loss for r in runs]),
        )

    @property
    def ended(self) -> str:
        """Why the run says nothing about t to infinity, or ''."""
        if self.fine.status == "collapsed":
            return f"ends at finite time: {self.fine.message}"
        if len(self.fine) < PER_DECADE:
            return f"run {self.lost.status}" if self.lost else "run too short"
        return ""


def sample_times(kinked: bool, shallow: bool) -> np.ndarray:
    """Values of log10 t, geometric from 1 on."""
    reach = min(REACH[kinked], SHALLOW) if shallow else REACH[kinked]
    return np.geomspace(1.0, reach, 1 + round(PER_DECADE * np.log10(reach)))


def flow_setting(
    start: Points,
    *,
    network: str,
    widths: Sequence[int],
    loss: str,
    average: bool = True,
    flow: str = "gradient",
    degree: int = 2,
    slope: Fraction | float = 0.1,
    smooth: str = "softplus",
    output_activation: bool = False,
    **_ignored,
) -> FlowSetting:
    """The flow from a batch of one point. Raises ValueError for what flows do not cover."""
    labels = start.y[0].numpy()
    return FlowSetting(
        tuple(widths),
        start.x[0].numpy(),
        labels.astype(int) if loss == "cross-entropy" else labels,
        loss,
        network,
        flow,
        average,
        tuple(start.decay[0].tolist()),
        degree,
        smooth,
        float(slope),
        output_activation,
    )


def course(start: Points, tolerance: float, *, shallow: bool = False, **keywords) -> Course:
    """One run from a batch of one point, sampled at `sample_times` as far as it gets."""
    setting = flow_setting(start, **keywords)
    kinked = setting.network in KINKED
    times = sample_times(kinked, shallow)
    solve = sliding_flow if kinked else smooth_flow
    layers = [w[0].numpy() for w in start.W]
    try:
        run = solve(
            setting,
            layers,
            float(times[-1]),
            at=times[:-1].tolist(),
            rtol=tolerance,
            samples=4,
            max_steps=MOST_STEPS[kinked][tolerance < TOLERANCES[kinked][0]],
        )
    except np.linalg.LinAlgError as error:
        return Course(
            torch.zeros(0), torch.zeros(0), start.select([]), tolerance, "stalled", str(error), False, len(times)
        )
    if run.status == "interrupted":
        raise KeyboardInterrupt
    return _recorded(run, start, times, tolerance)


def _recorded(run, start: Points, times: np.ndarray, tolerance: float) -> Course:
    """The samples of a run that stand at the wanted times."""
    log_t = np.array([s.log_t for s in run.samples])
    wanted = [int(np.argmin(np.abs(log_t - t))) for t in times * LOG10 if np.abs(log_t - t).min() <= 1e-9 * t]
    kept = [run.samples[i] for i in wanted]
    count = len(kept)
    layers = [run.layers(i) for i in wanted]
    depth = len(start.W)
    weights = tuple(
        torch.as_tensor(np.stack([w[k] for w in layers])) if count else start.W[k][:0] for k in range(depth)
    )
    points = Points(
        weights,
        start.x.expand(count, *start.x.shape[1:]),
        start.y.expand(count, *start.y.shape[1:]),
        start.decay.expand(count, depth),
        start.family * count,
    )
    kinds = {getattr(event, "kind", "") for event in run.events}
    return Course(
        torch.tensor([s.log_t for s in kept], dtype=torch.float64),
        torch.tensor([s.log_loss for s in kept], dtype=torch.float64),
        points,
        tolerance,
        run.status,
        run.message,
        "not unique" in kinds,
        len(times),
    )


def pair(start: Points, *, shallow: bool = False, **keywords) -> Pair:
    """A start at both tolerances, cut to the times that both runs reached."""
    loose, tight = TOLERANCES[keywords["network"] in KINKED]
    coarse = course(start, loose, shallow=shallow, **keywords)
    if coarse.halfway:
        fine = course(start, tight, shallow=shallow, **keywords)
    else:  # a tighter run would get less far: a looser one tells the error
        fine, coarse = (
            coarse,
            course(start, LOOSEST, shallow=shallow, **keywords) if len(coarse) >= PER_DECADE else coarse,
        )
    both = min(len(coarse), len(fine))
    return Pair(coarse.first(both), fine.first(both), 1.0 / sum(flow_setting(start, **keywords).layer_degrees))


def pairs(starts: Points, *, shallow: bool = False, **keywords) -> Iterator[Pair]:
    """Every start of a batch, one after another."""
    for i in range(len(starts)):
        yield pair(starts.instance(i).to(device="cpu"), shallow=shallow, **keywords)


def chosen(points: Points, random: int, adversarial: int) -> Points:
    """A few starts of a sample: random ones first, then one of each adversarial family in turn."""
    order = {name: i for i, name in enumerate(HARDEST)}
    plain = [i for i, name in enumerate(points.family) if name == "gaussian"][:random]
    ranks: dict[str, int] = {}
    rest = []
    for i, name in enumerate(points.family):
        if name != "gaussian":
            ranks[name] = ranks.get(name, -1) + 1
            rest.append((ranks[name], order.get(name, len(order)), i))
    return points.select(plain + [i for *_, i in sorted(rest)[:adversarial]])


def fading(points: Points, most: int, **keywords) -> Points:
    """Of kinked starts, at most `most` that lose an example: no unit of the first layer sees it any more after
    `DESCENT` steps of gradient descent, which tell candidates apart cheaply; the runs themselves decide.

    In every start one example is moved to where only one unit of the first layer sees it, barely: it is separated
    at first, and the unit may turn away from it for good.
    """
    moved = _barely_seen(points, _task(**keywords), keywords)
    if not len(moved):
        return moved
    layers = moved.W
    for _ in range(DESCENT):
        world = SimulatedWorld(replace(moved, W=layers), **keywords)
        slopes = world.slopes(world.state)
        layers = tuple(w - STEP * g.detach() for w, g in zip(layers, slopes, strict=True))
    seen = (layers[0] @ moved.x[:, -1].unsqueeze(2))[:, :, 0].amax(1)
    lost = (seen < 0) & torch.isfinite(seen)
    return moved.select(lost.nonzero().flatten().tolist()[:most])


DESCENT, STEP = 400, 1 / 64


def _barely_seen(points: Points, task: Task, keywords: dict) -> Points:
    """The last example of each start replaced by x with W_1 x = (e, -1, ..., -1) for one unit, and against the
    push p of the other examples on that unit within the kernel of W_1; those that still separate."""
    first, x, y = points.W[0], points.x.clone(), points.y.clone()
    units = torch.arange(len(points)) % first.shape[1]
    wanted = torch.full(first.shape[:2], -1.0, dtype=x.dtype)
    wanted[torch.arange(len(points)), units] = BARELY
    inverse = torch.linalg.pinv(first)
    push = _push(points, keywords)[torch.arange(len(points)), units].unsqueeze(2)
    across = push - inverse @ (first @ push)
    lengths = (2.0 ** (torch.arange(len(points)) % 6)).reshape(-1, 1, 1) / across.norm(dim=1, keepdim=True)
    x[:, -1] = (inverse @ wanted.unsqueeze(2) - lengths * across)[:, :, 0]
    y[:, -1] = torch.sign(task.outputs(points.W, x)[:, 0, -1])
    moved = Points(points.W, x, y, points.decay, ("fading",) * len(points))
    good = separates(moved, task) & ~admissible.labels_alike(moved, task.loss)
    return moved.select(good & ~admissible.near_kink(moved, task.activation, False))


def _push(points: Points, keywords: dict) -> Tensor:
    """-dL/dW_1 of all examples but the last, (B, h_1, d)."""
    rest = Points(points.W, points.x[:, :-1], points.y[:, :-1], points.decay)
    world = SimulatedWorld(rest, **{**keywords, "examples": keywords["examples"] - 1})
    return -world.slopes(world.state)[0].detach()


BARELY = 1 / 64  # a pre-activation beside others of order 1


# families on which false statements about trajectories fail first: invariant sets, ties, dead units
HARDEST = (
    "mirrored",
    "dead-units",
    "aligned",
    "integers",
    "equal-margins",
    "axes",
    "repeated",
    "width-one",
    "one-sided",
    "huge-layer",
    "orthogonal",
    "equal-norms",
    "close-inputs",
    "large-outputs",
    "tiny",
)


def with_data_of(points: Points, i: int, start: str, task_keywords: dict) -> Points:
    """The weights of all points on the data of point i, moved where the start wants separation; point i first."""
    count = len(points)
    x, y = (t[i : i + 1].expand(count, *t.shape[1:]) for t in (points.x, points.y))
    layers = list(points.W)
    task = _task(**task_keywords)
    others = [j for j in range(count) if j != i]
    if start in SEPARATING:
        move = fitted.balanced if start == "balanced" else fitted.last_layer
        moved = move(task, layers, x, y)
        layers = [
            torch.where(torch.arange(count)[:, None, None] == i, w, m) for w, m in zip(layers, moved, strict=True)
        ]
    shared = Points(tuple(layers), x, y, points.decay[i : i + 1].expand(count, -1), points.family)
    good = separates(shared, task) if start in SEPARATING else torch.ones(count, dtype=torch.bool)
    return shared.select([i, *(j for j in others if bool(good[j]))])


def _task(
    *,
    network,
    widths,
    examples,
    loss,
    degree=2,
    slope=0.1,
    smooth="softplus",
    output_activation=False,
    data="generic",
    **_ignored,
) -> Task:
    act = Activation(network, degree, float(slope), smooth)
    return Task(tuple(widths), examples, loss, data, act, output_activation)


def motionless(layers: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray, **keywords) -> list[int]:
    """Of B networks without weight decay, (B, h_k, h_{k-1}) a layer, those with no zero layer whose gradient is
    zero in floats."""
    parts = [torch.as_tensor(a, dtype=torch.float64) for a in (*layers, x, y)]
    still = Points(tuple(parts[:-2]), parts[-2], parts[-1], torch.zeros(len(x), len(layers), dtype=torch.float64))
    world = SimulatedWorld(still, **keywords)
    slopes = torch.stack([g.flatten(1).abs().amax(1) for g in world.slopes(world.state)]).amax(0)
    whole = torch.stack([(w != 0).flatten(1).any(1) for w in still.W]).all(0)
    return ((slopes == 0) & whole).nonzero().flatten().tolist()
