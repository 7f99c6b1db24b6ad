"""Certificates for relations between elements: zero normal forms, and signs as sums of positive products."""

from __future__ import annotations

from typing import Any

from flint.utils.flint_exceptions import DomainError

from derivations.exact.arrays import Array, entrywise, item
from derivations.exact.ring import Element

from ..claim import Setting, Statement
from ..formula.nodes import Along


def certify(op: str, gap: Array, world: Any, setting: Setting, statement: Statement) -> str | None:
    """None if ``gap op 0`` is certain in this world, else what was met."""
    if op == "==":
        left_over = [e for e in gap.reshape(-1) if not e.is_zero()]
        return None if not left_over else "the normal form is not zero"
    if op == "!=":
        return "no exact route for '!=' at every point"
    element = gap.reshape(-1)[0]
    if op in ("<", "<="):
        element = -element
    strict = op in ("<", ">")
    hypotheses = positive_by_hypothesis(world, setting, statement)
    if not strict:
        hypotheses = hypotheses + world.letters.rectified()
    if is_positive(element, world, hypotheses, strict):
        return None
    if not strict and is_dissipation(element, world):
        return None
    return f"no certificate for the sign of the difference ({op})"


def positive_by_hypothesis(world: Any, setting: Setting, statement: Statement) -> list[Element]:
    """Elements that are positive at every admissible point: y_n f_n where the points separate.

    Along a trajectory only the start does: separation can be lost again, so nothing follows for later times.
    """
    separated = setting.start in ("separating", "balanced", "equal-norms")
    if not separated or setting.loss == "square" or isinstance(statement.formula, Along):
        return []
    return [world.signed_output(world.state, n, False) for n in range(1, world.examples + 1)]


def is_positive(element: Element, world: Any, hypotheses: list[Element], strict: bool) -> bool:
    """Whether the element is a sum of products of positive letters, hypotheses and squares.

    The numerator is split by its monomials in positive letters; each coefficient must be a positive constant
    times powers of the hypotheses, or a positive constant times a square.
    """
    ring, letters = element.ring, world.letters
    if any(m % 2 and not letters.is_positive(i) for i, m in element.den.items()):
        return False
    parts = split_by_positive(element, letters.positive)
    if not parts:
        return not strict
    signs = [_coefficient_sign(c, hypotheses, ring) for c in parts.values()]
    if any(s is None for s in signs):
        return False
    return not strict or "strict" in signs


def split_by_positive(element: Element, positive: set[int]) -> dict[tuple, Any]:
    """Coefficients of the normal form, by monomials in positive letters."""
    ring = element.ring
    groups: dict[tuple, dict] = {}
    for exponents, coefficient in element.normal_form().to_dict().items():
        key = tuple((i, int(e)) for i, e in enumerate(exponents) if e and i in positive)
        rest = tuple(0 if i in positive else e for i, e in enumerate(exponents))
        groups.setdefault(key, {})[rest] = coefficient
    return {key: ring.context.from_dict(group) for key, group in groups.items()}


def _coefficient_sign(poly: Any, hypotheses: list[Element], ring: Any) -> str | None:
    """'strict' for positive, 'weak' for nonnegative, None for unknown."""
    for h in hypotheses:
        base = h.normal_form()
        while True:
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
        radial = item(world.inner(force, direction))
        tangent = world.add(force, world.negate(entrywise(lambda v, r=radial: v * r, direction)))
        turning = item(world.inner(tangent, tangent)) * rho * rho
        gradient = gradient + item(world.inner(force, force))
        constrained, fixed = constrained + radial * radial + turning, fixed + turning
    return any((element - sum_of_squares).is_zero() for sum_of_squares in (gradient, constrained, fixed))
