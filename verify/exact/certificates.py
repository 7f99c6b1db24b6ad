"""Certificates for relations between elements: zero normal forms, and signs as sums of positive products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint.utils.flint_exceptions import DomainError

from derivations.exact.arrays import Array, item
from derivations.exact.ring import Element, Undecidable
from derivations.exact.variety import is_one_of

from ..claim import Setting, Statement
from ..formula.nodes import Along, Call, Compare, Indexed, Name, Node, Rate, walk
from ..formula.shapes import bindings
from ..statements.separation import HOMOGENEOUS, separates_at_start
from ..world import CannotEvaluate, Evaluator
from .order import follows, signs_of
from .programme import Sign
from .worlds import LetterEvaluator

MOST_TERMS = 100_000  # of an element whose sign is looked at: a larger one would take minutes


@dataclass(frozen=True)
class Transfer:
    """What makes a certificate of sign the same for every number of examples.

    The coefficient of a monomial in which e examples occur beside the marked ones is a polynomial of degree sums - e in
    the number of examples: a constant where e reaches `sums`.

    Attributes:
        sums: the bound on sums that are multiplied; 0 in a world that stands for its own number of examples only.
        marked: the examples that free indices name.
    """

    sums: int
    marked: frozenset[int]

    def covers(self, element: Element, world: Any) -> bool:
        """Whether every coefficient of a normal form is the same for every number of examples."""
        owner = world.example_of_letter() if self.sums else {}
        for exponents in element.ring.reduce(element.num).monoms() if self.sums else ():
            met = {owner[i] for i, e in enumerate(exponents) if e and i in owner}
            if len(met - self.marked) < self.sums:
                return False
        return True


def certify(
    relation: Compare, gap: Array, world: Any, setting: Setting, statement: Statement, general: Transfer | None = None
) -> str | None:
    """None if the relation, with ``gap`` for left minus right, is certain in this world, else what was met.

    Args:
        general: where the world stands for every width and N. A sign is then certain only if its certificate is the
            same at every width and N (see `Transfer`).
    """
    op = relation.op
    if op == "==":
        left_over = [e for e in gap.reshape(-1) if not e.is_zero()]
        return None if not left_over else "the normal form is not zero"
    if op == "!=":
        return _never_equal(relation, gap, world, setting, statement, general)
    element = gap.reshape(-1)[0]
    if op in ("<", "<="):
        element = -element
    strict = op in ("<", ">")
    hypotheses = positive_by_hypothesis(world, setting, statement)
    if not strict:
        hypotheses = hypotheses + world.letters.rectified()
    nonzero = strictly_positive(relation, world, separates_from_zero(world, setting, statement) and strict)
    squares = general is None
    if is_positive(element, world, hypotheses, strict, nonzero, squares) and (
        general is None or general.covers(element, world)
    ):
        return None
    if not strict and any(is_rate_of_loss(n) for n in walk(relation)) and is_dissipation(element, world):
        return None
    if squares and follows(Sign(element, strict), known_signs(world, setting, statement), world, nonzero):
        return None
    return f"no certificate for the sign of the difference ({op})"


def _never_equal(
    relation: Compare, gap: Array, world: Any, setting: Setting, statement: Statement, general: Transfer | None
) -> str | None:
    """None if some entry of the difference has one strict sign."""
    for entry in gap.reshape(-1):
        for op in (">", "<"):
            if certify(replace(relation, op=op), np.array([entry]), world, setting, statement, general) is None:
                return None
    return "no certificate that the sides differ at every point (!=)"


def strictly_positive(relation: Node, world: Any, separated: bool) -> set[int]:
    """The positive letters that vanish nowhere: not the roots, which are zero with their arguments, and norms of
    layers only where the formula does not exist at W_k = 0 or the points separate."""
    letters = world.letters
    roots = {i for i, letter in letters.table.items() if letter.kind == "root"}
    found = letters.positive - roots
    if not (separated or excludes_zero_layers(relation)):
        norms = {*world.norms, *(world.ring.position[n] for n in ("R",) if n in world.ring.position)}
        found -= norms
    for i in sorted(roots, reverse=True):  # an argument has lower letters only, which stand behind
        inside = letters.table[i].argument.num
        if all(c > 0 for c in inside.coeffs()) and set(world.ring.letters_of(inside)) <= found:
            found.add(i)
    return found


def separates_from_zero(world: Any, setting: Setting, statement: Statement) -> bool:
    """Whether the points separate and so have no layer 0, at which a homogeneous network has the output 0."""
    return setting.network in HOMOGENEOUS and bool(positive_by_hypothesis(world, setting, statement))


def excludes_zero_layers(relation: Node) -> bool:
    """Whether some part of a formula exists only where every layer that it is about is not zero."""
    indexed = [n for n in walk(relation) if isinstance(n, Indexed)]
    if any(n.base == "fV" for n in indexed) or any(n == Name("margin") for n in walk(relation)):
        return True
    layered = {n.index for n in indexed if n.base in ("W", "V", "rho", "lam")}
    alone = len(layered) == 1 and Name("rho") not in walk(relation)
    return alone and any(n.base in ("V", "lam") for n in indexed)


def known_signs(world: Any, setting: Setting, statement: Statement) -> list[Sign]:
    """The signs that every admissible point of one architecture has: what is assumed, separation, rectified inputs."""
    found = [Sign(e, strict=True) for e in positive_by_hypothesis(world, setting, statement)]
    found += [Sign(e) for e in world.letters.rectified()]
    if isinstance(statement.formula, Along):
        return found  # what holds at the start need not hold later
    evaluator = LetterEvaluator(world, setting.sizes(world.widths))
    for hypothesis in setting.assume:
        for bound in bindings(hypothesis.ranges, evaluator.sizes):
            found += assumed_signs(hypothesis.formula, dict(bound), evaluator)
    return found


def assumed_signs(formula: Node, bound: dict[str, int], evaluator: Evaluator) -> list[Sign]:
    """The signs that a hypothesis states; none if it cannot be formed of letters."""
    try:
        return signs_of(formula, bound, evaluator)
    except (Undecidable, CannotEvaluate):
        return []


def positive_by_hypothesis(world: Any, setting: Setting, statement: Statement) -> list[Element]:
    """Elements that are positive at every admissible point: y_n f_n where the points separate, f_y - f_c of classes.

    Along a trajectory only the start does: separation can be lost again, so nothing follows for later times.
    """
    if isinstance(statement.formula, Along) or not separates_at_start(setting):
        return []
    every = range(1, world.examples + 1)
    if world.loss != "cross-entropy":
        return [world.signed_output(world.state, n, False) for n in every]
    return [gap for n in every for gap in _gaps_of_classes(world, n)]


def _gaps_of_classes(world: Any, n: int) -> list[Element]:
    """f_y - f_c for the classes c other than the own one, whose minimum is what separates."""
    f, own = world.outputs(world.state, n, False), world.target_class(n) - 1
    return [f[own] - v for c, v in enumerate(f) if c != own]


def is_positive(
    element: Element, world: Any, hypotheses: list[Element], strict: bool, nonzero: set[int], squares: bool = True
) -> bool:
    """Whether the element is a sum of products of positive letters, hypotheses and squares.

    The numerator is split by its monomials in positive letters; each coefficient must be a positive constant
    times powers of the hypotheses, or (with `squares`) a square. Strict signs need one term whose letters are all
    `nonzero`. A square at one width need not be one at another.
    """
    ring, letters = element.ring, world.letters
    if len(element.num) > MOST_TERMS:
        return False
    if any(m % 2 and not letters.is_positive(i) for i, m in element.den.items()):
        return False
    # w_11^2 = rho^2 - ... helps where norms cancel, and hides squares
    forms: tuple[Callable[[Element], Any], ...] = (Element.normal_form, lambda e: ring.reduce(e.num))
    return any(
        _form_is_positive(form(element), world, [form(h) for h in hypotheses], strict, nonzero, squares)
        for form in forms
    )


def _form_is_positive(
    form: Any, world: Any, hypotheses: list[Any], strict: bool, nonzero: set[int], squares: bool
) -> bool:
    parts = split_by_positive(form, world.letters.positive, world.ring)
    if not parts:
        return not strict
    signs = {key: _coefficient_sign(c, hypotheses, world.ring) for key, c in parts.items()}
    if any(s is None or (s == "weak" and not squares) for s in signs.values()):
        return False
    return not strict or any(s == "strict" and {i for i, _ in key} <= nonzero for key, s in signs.items())


def split_by_positive(form: Any, positive: set[int], ring: Any) -> dict[tuple, Any]:
    """Coefficients of a polynomial, by monomials in positive letters."""
    groups: dict[tuple, dict] = {}
    for exponents, coefficient in form.to_dict().items():
        key = tuple((i, int(e)) for i, e in enumerate(exponents) if e and i in positive)
        rest = tuple(0 if i in positive else e for i, e in enumerate(exponents))
        groups.setdefault(key, {})[rest] = coefficient
    return {key: ring.context.from_dict(group) for key, group in groups.items()}


def _coefficient_sign(poly: Any, hypotheses: list[Any], ring: Any) -> str | None:
    """'strict' for positive, 'weak' for nonnegative, None for unknown."""
    for base in hypotheses:
        while not base.is_constant():
            quotient, rest = divmod(poly, base)
            if not rest.is_zero() or quotient.is_zero():
                break
            poly = quotient
    if poly.is_constant():
        return "strict" if poly.leading_coefficient() > 0 else None
    return "weak" if _is_square(poly) else None


def _is_square(poly: Any) -> bool:
    try:
        poly.sqrt()
    except (ValueError, ArithmeticError, DomainError):
        return False
    return True


def is_rate_of_loss(node: Node) -> bool:
    """Whether a term is the rate of the loss, or of something that may be the loss written out: not of weights alone,
    for which the sum of squares, which is dear to form, is no candidate."""
    if not isinstance(node, Rate):
        return False
    inside = walk(node.body)
    return any(n == Name("L") or (isinstance(n, Call) and n.func in ("exp", "log", "softmax")) for n in inside) or any(
        isinstance(n, Indexed) and n.base in ("f", "y") for n in inside
    )


def is_dissipation(element: Element, world: Any) -> bool:
    """Whether the element is what descent takes from the loss, a sum of squares over the layers.

    With G_k = grad(L, W_k), its radial part r_k = <G_k, V_k> and tangent part T_k = G_k - r_k V_k these are
    sum |G_k|^2 (gradient flow), sum r_k^2 + rho_k^2 |T_k|^2 (constrained), sum rho_k^2 |T_k|^2 (rho fixed).
    """
    zero = world.ring.zero
    gradient, constrained, fixed = zero, zero, zero
    for k in range(1, len(world.layers) + 1):
        force = world.gradient(world.state, world.loss_value, "W", k)
        direction, rho = world.direction(world.state, k), world.rho(k)
        inner = world.inner(force, direction)
        radial = item(inner)
        tangent = world.add(force, world.negate(world.scale(direction, inner)))
        turning = item(world.inner(tangent, tangent)) * rho * rho
        gradient = gradient + item(world.inner(force, force))
        constrained, fixed = constrained + radial * radial + turning, fixed + turning
    return is_one_of(element, [gradient, constrained, fixed])
