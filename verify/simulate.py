"""How the auditor asks the simulated world: a statement at thousands of admissible points at once.

A point violates a relation when the two sides differ by more than rounding can explain there (the precision
ladder of `numerics.ladder`); no tolerance is typed in. Violating points are handed to the search for a witness.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from numerics.jitter import JitteredWorld
from numerics.ladder import Comparison, compare
from numerics.nudge import nudged, scattered, single_roundoff
from numerics.points import Points, concatenate
from numerics.sampling import sample
from numerics.world import SimulatedWorld

from .claim import Hypothesis, Setting, Statement
from .equations import assumed_equations, equations_of, on_equations, premises
from .evidence import Simulated
from .formula.nodes import And, Compare, Hess, Indexed, Logic, Node, walk
from .formula.shapes import Sizes, bindings
from .places import PLACES
from .pointwise import as_pointwise
from .separated import said_to_separate
from .world import CannotEvaluate, Evaluator

COUNTS = {"brief": 128, "quick": 512, "full": 4096}  # brief: one item of a checklist
SIZES = (1 / 8, 1.0, 4.0, 16.0)  # of separating weights, layer by layer
MOVED, MOVED_TO_PREMISE, BOUND_PREMISES = 192, 24, 2  # points moved onto equations, values of indices for each
SEARCHED = {"brief": 24, "quick": 64, "full": 512}  # points that are searched for, which is dear
ROUNDS = 2
UNDECIDED = "minimum undecided"
MOST_BINDINGS = 48  # quantified indices tried at every point; evenly chosen when there are more

Sides = Callable[[Evaluator], tuple[Any, Any]]


@dataclass
class Batch:
    """Points of one setting in the two precisions of the ladder, and a source of fresh rounding errors."""

    setting: Setting
    widths: tuple[int, ...]
    points: Points
    seed: int

    def __post_init__(self) -> None:
        keywords = self.setting.keywords(self.widths)
        self.sizes = self.setting.sizes(self.widths)
        self.world = SimulatedWorld(self.points, **keywords)
        self.high = Evaluator(self.world, self.sizes)
        low = self.points.rounded()
        single = low.to(dtype=_single_precision(low))
        self.low = Evaluator(SimulatedWorld(single, dtype=single.x.dtype, **keywords), self.sizes)

    def nudged(self, draw: int) -> Evaluator:
        """The same points with every number changed by about one unit of float32."""
        points = nudged(self.points, seed=self.seed + draw)
        return Evaluator(SimulatedWorld(points, **self.setting.keywords(self.widths)), self.sizes)

    def again(self, draw: int) -> Evaluator:
        world = JitteredWorld(self.points, seed=self.seed + draw, **self.setting.keywords(self.widths))
        return Evaluator(world, self.sizes)

    def judged(self, op: str, sides: Sides) -> tuple[Comparison, Any]:
        """A relation at every point, and the mask of those that violate it beyond rounding."""
        result = compare(op, sides(self.high), sides(self.low), lambda i: sides(self.again(i)))
        violated = result.tied & result.compared if op == "!=" else result.violated
        if op != "!=" and bool(violated.any()):
            violated = _confirmed(violated, result.excess, sides, self)
        return result, violated


NUDGES, MOST_NUDGES, RARE = 3, 16, 16


def _single_precision(points: Points) -> Any:
    return points.x.float().dtype


@dataclass
class Outcome:
    """What was seen of a statement at each point of a batch: masks (B,)."""

    compared: Any
    violated: Any
    holds: Any  # certainly or up to rounding: not violated
    worst: tuple[float, float] = (0.0, 0.0)


@dataclass
class Violations:
    """Violating points of one batch, with the indices at which each statement fails."""

    batch: Batch
    where: list[tuple[int, dict[str, int]]] = field(default_factory=list)


def simulate_points(statement: Statement, setting: Setting, *, profile: str, seed: int, device: str = "cpu",
                    harder: bool = False) -> tuple[Simulated, list[Violations]]:  # fmt: skip
    """The statement at sampled points of a setting.

    Args:
        harder: also look at points moved onto the equations of premises, where enough points meet them by chance.

    Returns:
        the evidence, and the points that violate the statement.
    """
    started = time.perf_counter()
    pointwise = as_pointwise(statement.formula)
    assert pointwise is not None, "limits are judged along trajectories"
    excluded: Counter[str] = Counter()
    families: Counter[str] = Counter()
    instances, violations, worst = 0, 0, (0.0, 0.0)
    nearest = inf
    found: list[Violations] = []
    try:
        for widths in setting.widths:
            batch = draw(statement, setting, widths, profile, seed, device, excluded)
            if batch is None:
                continue
            seen = evaluate_everywhere(pointwise, statement, batch)
            instances += int(seen.compared.sum())
            violations += int(seen.violated.sum())
            nearest = min(nearest, _nearest_kink(statement, batch, seen.compared))
            worst = max(worst, seen.worst, key=_ratio)
            reason = "premise not met" if _conditional(pointwise) else "not finite"
            excluded[reason] += int((~seen.compared).sum())
            where = [(int(i), seen.bound_of[int(i)]) for i in seen.violated.nonzero().flatten()]
            families.update(batch.points.family[i] for i, _ in where)
            found.append(Violations(batch, where))
            if harder or not instances:
                agreeing, more = _on_premises(pointwise, statement, batch)
                instances += agreeing
                found += more
    except CannotEvaluate as reason:
        return Simulated(0, 0, 0.0, 0.0, device=device, message=str(reason)), []
    message = "" if instances or not _conditional(pointwise) else "no sampled point satisfies the premise"
    if not instances and excluded[UNDECIDED]:
        message = f"whether they are minima is not decided of {excluded[UNDECIDED]} stationary points"
    detail: dict[str, Any] = {"violated in families": dict(sorted(families.items()))} if families else {}
    if nearest < inf:
        detail["least distance of a pre-activation to a kink"] = nearest
    evidence = Simulated(instances, violations, *worst, {k: v for k, v in sorted(excluded.items()) if v}, device,
                         detail, message, time.perf_counter() - started)  # fmt: skip
    return evidence, found


def _nearest_kink(statement: Statement, batch: Batch, compared: Any) -> float:
    """The least |pre-activation| at the points where a Hessian was compared; inf if no kink or no Hessian is met."""
    if not any(isinstance(node, Hess) for node in walk(statement.formula)):
        return inf
    return float(batch.world.kink_distance[compared].min()) if bool(compared.any()) else inf


def _on_premises(formula: Node, statement: Statement, batch: Batch) -> tuple[int, list[Violations]]:
    """How many points moved onto a premise agree, and those that do not.

    What does not agree is no violation before it is certified: near a multiple solution a premise that holds up to
    rounding says little.
    """
    agreeing, found = 0, []
    separating = separating_at_sizes(statement, batch) if _conditional(formula) else ()
    for moved in itertools.chain(on_premises(formula, statement, batch), separating):
        seen = evaluate_everywhere(formula, statement, moved)
        agreeing += int((seen.compared & ~seen.violated).sum())
        found.append(Violations(moved, [(int(i), seen.bound_of[int(i)]) for i in seen.violated.nonzero().flatten()]))
    return agreeing, found


def _ratio(pair: tuple[float, float]) -> float:
    return pair[0] / pair[1] if pair[1] else 0.0


def _conditional(node: Node) -> bool:
    return isinstance(node, Logic) and node.func in ("implies", "iff")


def draw(statement: Statement, setting: Setting, widths: tuple[int, ...], profile: str, seed: int, device: str,
         excluded: Counter[str]) -> Batch | None:  # fmt: skip
    """A batch of admissible points that satisfy the setting's further hypotheses."""
    keywords = setting.keywords(widths)
    start = "equal-norms" if any(_ties_norms(h.formula) for h in setting.assume) else setting.start
    separated = statement.after == "separation" and start == "random"
    start = "separating" if separated else start
    if statement.at in PLACES:
        points, reasons = searched(statement.at, start, setting, widths, profile, seed, device)
    else:
        told = start == "random" and setting.loss != "square" and said_to_separate(setting)
        points, reasons = sample(count=COUNTS[profile], seed=seed, device=device, data=setting.data,
                                 start="separating" if told else start, **keywords)  # fmt: skip
        if outside_null_sets(statement.formula) and start == "random" and not told:
            points = scattered(points, seed)
    excluded.update(reasons)
    if not len(points):
        return None
    if statement.at == "interpolating":
        points = interpolated(points, setting, widths)
    elif statement.at == "any" and start == setting.start:
        points = _assumed(points, setting, widths, excluded)
    batch = Batch(setting, widths, points, seed)
    keep = None
    for hypothesis in setting.assume:
        mask = satisfied(hypothesis, batch)
        keep = mask if keep is None else keep & mask
    if keep is not None and not bool(keep.all()):
        excluded["outside 'assume'"] += int((~keep).sum())
        points = points.select(keep)
        return Batch(setting, widths, points, seed) if len(points) else None
    return batch


def outside_null_sets(formula: Node) -> bool:
    """Whether a statement speaks of points outside of a null set only; many adversarial weights lie in such sets."""
    return any(isinstance(n, Logic) and n.func == "generically" for n in walk(formula))


def _assumed(points: Points, setting: Setting, widths: tuple[int, ...], excluded: Counter[str]) -> Points:
    """The points, and beside them some that were moved onto the equations that the setting assumes."""
    equations = assumed_equations(setting, widths)
    if not equations:
        return points
    moved = on_equations(points.select(slice(MOVED)), equations, setting, widths, excluded)
    return concatenate([points, moved]) if len(moved) else points


def on_premises(formula: Node, statement: Statement, batch: Batch) -> Iterator[Batch]:
    """Points of a batch moved onto the equations of each premise, for some of the values of the indices."""
    setting, widths = batch.setting, batch.widths
    for premise in premises(formula):
        equations = equations_of(premise)
        bounds = some_bindings(statement, batch.sizes)
        for bound in bounds[:: max(1, len(bounds) // BOUND_PREMISES)] if equations else []:
            meant = [(e, bound) for e in equations] + assumed_equations(setting, widths)
            points = on_equations(batch.points.select(slice(MOVED_TO_PREMISE)), meant, setting, widths, Counter())
            if len(points):
                yield Batch(setting, widths, points, batch.seed)


def separating_at_sizes(statement: Statement, batch: Batch) -> Iterator[Batch]:
    """Points that separate, small and large: premises such as a small loss or a positive margin ask for them."""
    setting, widths = batch.setting, batch.widths
    if statement.at != "any" or setting.start != "random" or setting.loss == "square" or setting.assume:
        return
    points, _ = sample(count=MOVED_TO_PREMISE, seed=batch.seed, device=str(batch.points.x.device), data=setting.data,
                       start="separating", **setting.keywords(widths))  # fmt: skip
    for factor in SIZES if len(points) else ():
        yield Batch(setting, widths, replace(points, W=tuple(w * factor for w in points.W)), batch.seed)


def searched(at: str, start: str, setting: Setting, widths: tuple[int, ...], profile: str, seed: int, device: str,
             ) -> tuple[Points, dict[str, int]]:  # fmt: skip
    """Stationary points, minima or stationary directions, found from random and adversarial starts."""
    try:
        return sample(count=SEARCHED[profile], seed=seed, device=device, data=setting.data, start=start, at=at,
                      rounds=ROUNDS, **setting.keywords(widths))  # fmt: skip
    except ValueError as reason:
        raise CannotEvaluate(str(reason)) from reason


def _ties_norms(node: Node) -> bool:
    """rho[i] == rho[j]"""
    sides = (node.left, node.right) if isinstance(node, Compare) and node.op == "==" else ()
    return bool(sides) and all(isinstance(s, Indexed) and s.base == "rho" for s in sides)


def interpolated(points: Points, setting: Setting, widths: tuple[int, ...]) -> Points:
    """The same networks with their own outputs as targets: zero square loss."""
    world = SimulatedWorld(points, **setting.keywords(widths))
    outputs = [world.output(world.state, n, False) for n in range(1, setting.examples + 1)]
    stacked = points.y.clone()
    for n, value in enumerate(outputs):
        stacked[:, n] = value[:, 0] if stacked.dim() == 2 else value
    return replace(points, y=stacked)


def satisfied(hypothesis: Hypothesis, batch: Batch) -> Any:
    mask = None
    for bound in bindings(hypothesis.ranges, batch.sizes):
        seen = evaluate(hypothesis.formula, bound, batch)
        ok = seen.compared & ~seen.violated
        mask = ok if mask is None else mask & ok
    return mask


@dataclass
class Everywhere(Outcome):
    """An outcome over all quantified indices; `bound_of` gives, for a violating point, where it fails."""

    bound_of: dict[int, dict[str, int]] = field(default_factory=dict)


def evaluate_everywhere(formula: Node, statement: Statement, batch: Batch) -> Everywhere:
    total: Everywhere | None = None
    for bound in some_bindings(statement, batch.sizes):
        seen = evaluate(formula, bound, batch)
        if total is None:
            total = Everywhere(seen.compared, seen.violated & seen.compared, seen.holds, seen.worst)
        else:
            total.compared = total.compared | seen.compared
            total.violated = total.violated | (seen.violated & seen.compared)
            total.worst = max(total.worst, seen.worst, key=_ratio)
        for i in (seen.violated & seen.compared).nonzero().flatten():
            total.bound_of.setdefault(int(i), bound)
    if total is None:
        raise CannotEvaluate("the quantified indices have no values in this setting")
    return total


def some_bindings(statement: Statement, sizes: Sizes) -> list[dict[str, int]]:
    """All values of the quantified indices, or `MOST_BINDINGS` of them spread evenly."""
    everything = list(itertools.islice(bindings(statement.ranges, sizes), 100_000))
    if len(everything) <= MOST_BINDINGS:
        return everything
    step = len(everything) / MOST_BINDINGS
    return [everything[int(i * step)] for i in range(MOST_BINDINGS)]


def evaluate(node: Node, bound: dict[str, int], batch: Batch) -> Outcome:
    """A statement at every point of a batch."""
    match node:
        case Compare():
            return _evaluate_relation(node, bound, batch)
        case And(args=args):
            parts = [evaluate(a, bound, batch) for a in args]
            return _joined(parts)
        case Logic(func="implies", args=(premise, conclusion)):
            return _implied(evaluate(premise, bound, batch), evaluate(conclusion, bound, batch))
        case Logic(func="iff", args=(a, b)):
            left, right = evaluate(a, bound, batch), evaluate(b, bound, batch)
            return _joined([_implied(left, right), _implied(right, left)], either=True)
        case Logic(func="generically", args=(inner,)):
            return evaluate(inner, bound, batch)
        case Logic(func="somewhere", args=(inner,)):
            return _somewhere(evaluate(inner, bound, batch))
    raise CannotEvaluate("this form is not simulated yet")


def _evaluate_relation(node: Compare, bound: dict[str, int], batch: Batch) -> Outcome:
    def sides(evaluator: Evaluator) -> tuple[Any, Any]:
        left, right, _ = evaluator.difference(node.left, node.right, bound)
        return _batched(left, len(batch.points)), _batched(right, len(batch.points))

    result, violated = batch.judged(node.op, sides)
    worst = result.worst()
    pair = (0.0, 0.0) if worst is None else (float(result.excess[worst]), float(result.budget[worst]))
    holds = result.compared & ~violated
    return Outcome(result.compared, violated, holds & ~result.tied if node.op in ("<", ">") else holds, pair)


def _confirmed(violated: Any, excess: Any, sides: Sides, batch: Batch) -> Any:
    """The violations that are no rounding of operations inside a derivative, which the ladder does not see.

    When all numbers of a point are changed by one unit u of float32, a true difference changes by about u of its
    size, while one that is rounding changes by its own size. Halfway on the scale of logarithms lies sqrt(u). A
    rounding error is a few ulp and may come out the same a few times, so where few points differ they are looked at
    more often.
    """
    spread, left_over = excess.new_zeros(len(excess)), violated
    for i in range(MOST_NUDGES):
        left, right = sides(batch.nudged(i))
        gap = (left - right).reshape(len(batch.points), -1).abs().amax(1)
        spread = spread.maximum((gap - excess.abs()).abs())
        left_over = violated & ~(excess * single_roundoff() ** 0.5 < spread)
        many = int(left_over.sum()) * RARE >= len(violated)
        if not bool(left_over.any()) or (many and i + 1 >= NUDGES):
            break
    return left_over


def _batched(value: Any, count: int) -> Any:
    return value if value.shape[0] == count else value.expand(count, *value.shape[1:])


def _joined(parts: list[Outcome], either: bool = False) -> Outcome:
    first = parts[0]
    for part in parts[1:]:
        compared = first.compared | part.compared if either else first.compared & part.compared
        first = Outcome(compared, first.violated | part.violated, first.holds & part.holds,
                        max(first.worst, part.worst, key=_ratio))  # fmt: skip
    return first


def _implied(premise: Outcome, conclusion: Outcome) -> Outcome:
    relevant = premise.holds & premise.compared & conclusion.compared
    return Outcome(relevant, relevant & conclusion.violated, relevant & conclusion.holds)


def _somewhere(inner: Outcome) -> Outcome:
    found = inner.holds & inner.compared
    if bool(found.any()):
        return Outcome(found, found & False, found, (0.0, 0.0))
    raise CannotEvaluate("no sampled point satisfies it, which does not refute that one exists")
