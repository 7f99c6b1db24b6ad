r"""Spectra of sums of outer products, decided at every point of one architecture.

Where a matrix is M = +-(sum_i c_i g_i g_i^T + D) with D diagonal, checked entry by entry as a zero normal form:

- c_i >= 0: the least eigenvalue of +-M is at least the least entry of D;
- D = dI and fewer vectors than rows: d is an eigenvalue, and there are at most one more distinct ones than vectors;
- D = 0: the rank is at most the number of vectors;
- the g_i are multiples of inputs in general position and c_i > 0: the rank is min(N, d).

Candidates are what losses are made of: g the gradients of the outputs (of one layer, or of all), or the inputs; c the
second derivative of the example's loss by its output; D the weight decay. No candidate that fits: no decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivations.exact.arrays import Array, item
from derivations.exact.ring import Element, Undecidable

from ..claim import Setting, Statement
from ..evidence import Exact
from ..formula.nodes import TURNED, Call, Compare, Grad, Indexed, Node, Num
from ..formula.shapes import bindings
from ..formula.vocabulary import SPECTRAL
from ..statements.table import in_general_position
from ..world import CannotEvaluate
from . import worlds
from .checks import impose
from .roles import classes_alike
from .worlds import ExactEvaluator

COUNTS = ("rank", "nullity", "distinct")


@dataclass(frozen=True)
class Gram:
    """sum_i weights[i] vectors[i] vectors[i]^T + diag(diagonal); `inputs` if the vectors are multiples of inputs."""

    weights: tuple[Element, ...]
    vectors: tuple[tuple[Element, ...], ...]
    diagonal: tuple[Element, ...]
    inputs: bool

    def entry(self, i: int, j: int) -> Element:
        """One entry of the matrix; the diagonal part only where i = j."""
        total = self.diagonal[i] if i == j else self.diagonal[i] - self.diagonal[i]
        for c, g in zip(self.weights, self.vectors, strict=True):
            total = total + c * g[i] * g[j]
        return total


def decide_spectral(relation: Compare, statement: Statement, setting: Setting) -> Exact | None:
    """A relation between a spectral quantity and a number, decided by a Gram form; None where there is none."""
    oriented = _oriented(relation)
    if oriented is None:
        return None
    symmetric = classes_alike(relation, statement.ranges, setting)
    for widths in setting.widths:
        for labels in worlds.label_choices(setting, setting.examples, widths[-1], renamed=symmetric):
            run, sizes = worlds.concrete(setting, widths, setting.examples, labels)
            try:
                certain = run(lambda w, s=sizes: _everywhere(oriented, statement, setting, w, s))
            except (Undecidable, CannotEvaluate):
                return None
            if not certain:
                return None
    detail = {"decision": "Gram form, checked as a zero normal form", "widths": [list(w) for w in setting.widths]}
    return Exact("proved", "instances", {**detail, "N": [setting.examples]})


def _oriented(relation: Compare) -> Compare | None:
    """The relation with its spectral quantity on the left, if it is the only one."""
    left, right = (isinstance(s, Call) and s.func in SPECTRAL for s in (relation.left, relation.right))
    if left == right:
        return None
    return relation if left else relation.turned


def _everywhere(relation: Compare, statement: Statement, setting: Setting, world: Any, sizes: Any) -> bool:
    evaluator = ExactEvaluator(world, sizes)
    impose(statement, setting, evaluator)
    everywhere = [dict(b) for b in bindings(statement.ranges, sizes)]
    return bool(everywhere) and all(_decided(relation, b, evaluator, setting) for b in everywhere)


def _decided(relation: Compare, bound: dict[str, int], evaluator: ExactEvaluator, setting: Setting) -> bool:
    quantity = relation.left
    assert isinstance(quantity, Call)
    matrix = evaluator.term(quantity.args[0], bound)
    matrix = matrix.reshape(1, 1) if matrix.size == 1 else matrix
    value = item(evaluator.term(relation.right, bound))
    for sign in (1, -1):
        signed = matrix if sign == 1 else evaluator.world.negate(matrix)
        for gram in candidates(evaluator, setting, len(matrix)):
            if _equal(signed, gram) and _follows(quantity.func, relation.op, value, gram, sign, evaluator.world):
                return True
    return False


def _equal(matrix: Array, gram: Gram) -> bool:
    size = len(gram.diagonal)
    if matrix.shape != (size, size):
        return False
    return all((matrix[i, j] - gram.entry(i, j)).is_zero() for i in range(size) for j in range(size))


# ---- what a Gram form implies


def _follows(func: str, op: str, value: Element, gram: Gram, sign: int, world: Any) -> bool:
    """Whether ``func(sign * gram) op value``."""
    if func in COUNTS:
        number = value.rational()
        low, high = count_bounds(func, gram, world)
        return number is not None and _within(op, low, high, number)
    if (func == "eigmin") != (sign == 1):  # the other end of the spectrum
        return False
    return least_is(op, value, gram, world) if sign == 1 else least_is(TURNED[op], -value, gram, world)


def _within(op: str, low: int, high: int, number: Fraction) -> bool:
    table = {
        "==": low == high == number,
        "!=": not low <= number <= high,
        "<": high < number,
        "<=": high <= number,
        ">": low > number,
        ">=": low >= number,
    }
    return table[op]


def count_bounds(func: str, gram: Gram, world: Any) -> tuple[int, int]:
    """The least and the greatest that a rank, a nullity or a number of distinct nonzero eigenvalues can be."""
    size, many = len(gram.diagonal), len(gram.vectors)
    low, high = _rank_bounds(gram, world)
    if func == "rank":
        return low, high
    if func == "nullity":
        return size - high, size - low
    if not _uniform(gram):
        return min(low, 1), high
    spare = 0 if gram.diagonal[0].is_zero() or many >= size else 1
    return min(low, 1), min(high, many + spare)


def _rank_bounds(gram: Gram, world: Any) -> tuple[int, int]:
    size, many = len(gram.diagonal), len(gram.vectors)
    none, nonnegative = all(d.is_zero() for d in gram.diagonal), _signs(gram.weights, world, strict=False)
    if nonnegative and _signs(gram.diagonal, world, strict=True):
        return size, size
    high = min(size, many) if none else size
    if gram.inputs and _signs(gram.weights, world, strict=True) and _signs(gram.diagonal, world, strict=False):
        return min(size, many), high
    return 0, high


def least_is(op: str, value: Element, gram: Gram, world: Any) -> bool:
    """Whether the least eigenvalue of a Gram form stands in this relation to a value at every point."""
    if not _signs(gram.weights, world, strict=False):
        return False
    size = len(gram.diagonal)
    hit = _uniform(gram) and len(gram.vectors) < size  # the diagonal's number is the least eigenvalue
    gaps = [d - value for d in gram.diagonal]
    match op:
        case ">=":
            return _signs(gaps, world, strict=False)
        case ">":
            full = gram.inputs and len(gram.vectors) >= size and _signs(gram.weights, world, strict=True)
            return _signs(gaps, world, strict=True) or (full and _signs(gaps, world, strict=False))
        case "==":
            return hit and gaps[0].is_zero()
        case "<" | "<=":
            return hit and _signs([-gaps[0]], world, strict=op == "<")
    return False


def _uniform(gram: Gram) -> bool:
    return all((d - gram.diagonal[0]).is_zero() for d in gram.diagonal)


def _signs(elements: Any, world: Any, strict: bool) -> bool:
    return all(is_sum_of_positives(e, world, strict) for e in elements)


def is_sum_of_positives(element: Element, world: Any, strict: bool) -> bool:
    """Whether every term is a positive number times positive letters; strictly, letters that vanish nowhere."""
    letters = world.letters
    if element.is_zero():
        return not strict
    if not all(letters.is_positive(i) for i in element.den):
        return False
    num = element.normal_form()
    met = set(element.ring.letters_of(num))
    roots = {i for i, letter in letters.table.items() if letter.kind == "root"}
    allowed = letters.positive - roots - set(world.norms) if strict else letters.positive
    return all(c > 0 for c in num.coeffs()) and met <= allowed


# ---- candidates


def candidates(evaluator: ExactEvaluator, setting: Setting, size: int) -> Iterator[Gram]:
    """Gram forms with `size` rows, with the weights that this setting's loss has, or weights 1."""
    for space, layers in _spaces(evaluator, size):
        for gradients in _gradients(evaluator, setting, space, layers):
            for diagonal in _diagonals(evaluator.world, space, layers):
                yield Gram(*_curved(evaluator, setting, gradients), diagonal, inputs=space == "W" and _linear(setting))
                ones = [evaluator.world.ring.one] * sum(len(g) for g in gradients)
                flat = tuple(tuple(g) for group in gradients for g in group)
                yield Gram(tuple(ones), flat, diagonal, inputs=space == "W" and _linear(setting))
    if setting.output_activation and len(evaluator.sizes.widths) == 2 and evaluator.world.classes == 1:
        yield from _one_neuron(evaluator, size)


def _linear(setting: Setting) -> bool:
    """Whether the gradient of an output is the input itself, and the inputs are in general position."""
    one_layer = not setting.output_activation and all(len(w) == 2 and w[-1] == 1 for w in setting.widths)
    return one_layer and in_general_position(setting)


def _spaces(evaluator: ExactEvaluator, size: int) -> list[tuple[str, list[int]]]:
    """Which derivatives make vectors of this size: of all layers, or of one; by W, or by V."""
    shapes = evaluator.world.shapes
    choices = [[k] for k, (r, c) in enumerate(shapes, 1) if r * c == size]
    if sum(r * c for r, c in shapes) == size:
        choices.append(list(range(1, len(shapes) + 1)))
    return [(space, layers) for layers in choices for space in ("W", "V")]


def _gradients(evaluator: ExactEvaluator, setting: Setting, space: str, layers: list[int]) -> Iterator[list[list]]:
    """For each example the gradients of its outputs."""
    outputs = evaluator.world.classes

    def gradient(n: int, c: int) -> tuple[Element, ...]:
        f: Node = Indexed("f", Num(Fraction(n)))
        f = f if outputs == 1 else Call("entry", (f, Num(Fraction(c))))
        parts = [evaluator.term(Grad(f, Indexed(space, Num(Fraction(k))))) for k in layers]
        return tuple(e for part in parts for e in part.reshape(-1))

    yield [[gradient(n, c) for c in range(1, outputs + 1)] for n in range(1, setting.examples + 1)]


def _diagonals(world: Any, space: str, layers: list[int]) -> list[tuple[Element, ...]]:
    """Twice the weight decay (of W = rho V), or nothing."""
    two = world.ring.constant(2)
    decay, zero = [], []
    for k in layers:
        scale = world.rho(k) * world.rho(k) if space == "V" else world.ring.one
        r, c = world.shapes[k - 1]
        decay += [two * world.decay_of(k) * scale] * (r * c)
        zero += [world.ring.zero] * (r * c)
    return [tuple(zero)] if all(d.num.is_zero() for d in decay) else [tuple(decay), tuple(zero)]


def _curved(evaluator: ExactEvaluator, setting: Setting, gradients: list[list]) -> tuple[tuple, tuple]:
    """Weights and vectors of the Gauss-Newton part of the Hessian of the loss."""
    world = evaluator.world
    share = world.ring.constant(Fraction(1, setting.examples if setting.average else 1))
    weights, vectors = [], []
    for n, group in enumerate(gradients, 1):
        pairs = (
            _class_pairs(world, n, group)
            if setting.loss == "cross-entropy"
            else [(_curvature(world, setting, n), g) for g in group]
        )
        weights += [c * share for c, _ in pairs]
        vectors += [g for _, g in pairs]
    return tuple(weights), tuple(vectors)


def _curvature(world: Any, setting: Setting, n: int) -> Element:
    """The second derivative of an example's loss by its output."""
    if setting.loss == "square":
        return world.ring.constant(2)
    signed = world.signed_output(world.state, n, False)
    power = world.letters.exp(-signed)
    if setting.loss == "exponential":
        return power
    below = world.ring.one + power
    return power / (below * below)


def _class_pairs(world: Any, n: int, group: list) -> list[tuple[Element, tuple]]:
    """diag(p) - p p^T = sum over pairs of classes of p_a p_b (e_a - e_b)(e_a - e_b)^T."""
    powers = [world.letters.exp(v) for v in world.outputs(world.state, n, False)]
    whole = world.total(powers)
    found = []
    for a in range(len(powers)):
        for b in range(a):
            gap = tuple(u - v for u, v in zip(group[a], group[b], strict=True))
            found.append((powers[a] * powers[b] / (whole * whole), gap))
    return found


def _one_neuron(evaluator: ExactEvaluator, size: int) -> Iterator[Gram]:
    """f = s(w.x): the Hessian of each example's loss is a multiple of x x^T, whatever the sign."""
    world = evaluator.world
    if size != evaluator.sizes.widths[0] or not world.general_position:
        return
    inputs = [tuple(world.input(n)) for n in range(1, world.examples + 1)]
    corner = [_by_example(evaluator, n, inputs[n - 1]) for n in range(1, world.examples + 1)]
    share = world.ring.constant(Fraction(1, world.examples if world.average else 1))
    yield Gram(tuple(c * share for c in corner), tuple(inputs), (world.ring.zero,) * size, inputs=True)


def _by_example(evaluator: ExactEvaluator, n: int, x: tuple[Element, ...]) -> Element:
    """The factor of x x^T in the Hessian of the loss of one example."""
    world = evaluator.world
    slope = world.partial("W", 1, 0, 0)
    return slope(slope(world.example_loss(world.state, n))) / (x[0] * x[0])
