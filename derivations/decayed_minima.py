r"""Weight decay on two layers: equilibria, the signs of the Hessian there, and the symmetries that explain its kernel.

**Main results.** memo90/lemma2-hyperbolic, lemma2-conj, sec5-hyperbolic-small-reg, sec12.2-reg-posdef,
sec12.2-unaffected-by-reg, sec12.3-HG-any-lambda, sec12.3.2-topo-conj, sec7-square-reg-hyperbolic (`rotated_units`);
memo90/sec5-lambda-to-0 (`one_layer_path`).

**Notation.** x_1 = (1, 1), y_1 = 1 and x_2 = (-1, 1), y_2 = -1. Two linear layers W_1 = b u e_1^T, W_2 = b u^T with
|u| = 1: y_n f(x_n) = b^2 for every unit vector u of R^h. The exponential loss has the gradient -2 E e_1 in the product
W_2 W_1, E = exp(-b^2), so that the point is an equilibrium under the decay lambda = E; the square loss has it under
lambda = 2 (1 - b^2). Every small lambda comes from some b. With rectifiers there are h units for either example,
W_1 = b (u x_1^T; u x_2^T), W_2 = b (u^T, -u^T), at x_1 = (1, 0), x_2 = (-3, 4)/5: each half is off on the other's, and
the decay is half as large.

**What is general.** For two linear layers and any loss of the product w = W_2 W_1 with Hessian S in w, the second
derivative of the penalised loss along (P, q) at an equilibrium other than zero, W_1 = u a^T and W_2 = |a| u^T, is

    <S dw, dw> + 2 lambda |P - q a^T/|a||^2,    dw = |a| P^T u + a (u.q).

A convex loss leaves no negative eigenvalue. The kernel is P = q a^T/|a| with (u.q) S a = 0: where S a is not zero the
q orthogonal to u, that is the h - 1 rotations. So the minimum is hyperbolic for one unit only, and else normally
hyperbolic: its orbit consists of equilibria and is the whole kernel, and the flow near it is conjugate to its
linearisation by the theorem of Pugh and Shub (which does not need Hartman and Grobman's).

**References.** C. Pugh, M. Shub, Linearization of normally hyperbolic diffeomorphisms and flows, Inventiones
Mathematicae 10 (1970).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from flint import arb, fmpq, fmpq_mat

from .exact import symmetries
from .exact.arrays import Array, scalar
from .exact.point import PointWorld
from .exact.ring import Element
from .exact.spectra import inertia

THIRD, FIFTH = Fraction(1, 3), Fraction(1, 5)
UNIT_VECTORS = {1: (Fraction(1),), 2: (3 * FIFTH, 4 * FIFTH), 3: (THIRD, 2 * THIRD, 2 * THIRD),
                4: (Fraction(1, 2),) * 4, 5: (2 * FIFTH,) * 4 + (3 * FIFTH,)}  # fmt: skip
SCALES = {"exponential": (Fraction(1), Fraction(3)), "square": (Fraction(4, 5), Fraction(99, 100))}
INPUTS = {"linear": ((Fraction(1), Fraction(1)), (Fraction(-1), Fraction(1))),
          "relu": ((Fraction(1), Fraction(0)), (Fraction(-3, 5), Fraction(4, 5)))}  # fmt: skip


def rotated_units(units: int = 2, loss: str = "exponential", network: str = "linear") -> Mapping[str, Any]:
    """The penalised equilibrium for h units of one direction, at two strengths of the decay, and for one unit.

    decay, slope, zero_modes, negative, positive: strength, squared penalised gradient and signs of the eigenvalues of
    the penalised Hessian; symmetry_modes: dimension that the symmetries which keep all norms span, unmatched_modes what
    they leave of the kernel; slope_without, negative_without: of the loss alone; later_...: at a smaller decay;
    zero_modes_one_unit: with one unit (one for each example with rectifiers); linear_zero_modes, linear_negative: of
    two linear layers with one unit more than there are zero modes; square_remainder: 0 where the second derivative is
    the sum above, for letters.
    """
    here, later = (_equilibrium(_point(units, loss, network, b), b * b, network) for b in SCALES[loss])
    one = SCALES[loss][0]
    single = _equilibrium(_point(1, loss, network, one), one * one, network)
    linear = _equilibrium(_point(_units_with(here["zero_modes"]), loss, "linear", one), one * one, "linear")
    return {
        **here, **{f"later_{name}": value for name, value in later.items()},
        "zero_modes_one_unit": single["zero_modes"], "linear_zero_modes": linear["zero_modes"],
        "linear_negative": linear["negative"], "square_remainder": second_derivative_remainder(),
    }  # fmt: skip


def _units_with(rotations: int) -> int:
    """Units of two linear layers whose minimum has that many zero modes."""
    return rotations + 1


def _point(units: int, loss: str, network: str, b: Fraction) -> PointWorld:
    u = [b * v for v in UNIT_VECTORS[units]]
    along = ((Fraction(1), Fraction(0)),) if network == "linear" else INPUTS["relu"]
    first = [[v * c for c in direction] for direction in along for v in u]
    second = [sign * v for sign in (1, -1)[: len(along)] for v in u]
    return PointWorld(network=network, widths=(2, len(second), 1), examples=2, loss=loss, average=False,
                      weights=[first, [second]], inputs=INPUTS[network], labels=[1, -1], spare=200)  # fmt: skip


def _equilibrium(world: PointWorld, level: Fraction, activation: str) -> dict[str, Any]:
    """Signs and symmetries at the equilibrium under decay; the loss in units of E where it is exponential."""
    gradient, hessian = _derivatives(world, level)
    weights = _rational(world, world.weights_vector(world.state).reshape(-1, 1))
    twice = -gradient[0, 0] / weights[0, 0]  # 2 lambda
    rest = gradient + weights * twice
    whole = hessian + fmpq_mat(hessian.nrows(), hessian.nrows(), _diagonal(hessian.nrows(), twice))
    split = symmetries.classify(whole, _norm_keeping(world, activation), rest.entries())
    return {
        "decay": _in_units(twice / 2, world, level),
        "slope": _fraction(_square(rest)),
        "slope_without": _fraction(_square(gradient)),
        "zero_modes": split.inertia.zero,
        "negative": split.inertia.negative,
        "positive": split.inertia.positive,
        "symmetry_modes": split.split.symmetry_modes,
        "unmatched_modes": split.split.rest.ncols(),
        "negative_without": _negative(hessian),
    }


def _negative(matrix: fmpq_mat) -> int:
    found = inertia(matrix)
    assert found is not None
    return found.negative


def _derivatives(world: PointWorld, level: Fraction) -> tuple[fmpq_mat, fmpq_mat]:
    """Gradient and Hessian of the loss at the point. Both examples have y f = level, where the exponential loss has
    the derivatives of its Taylor polynomial 1 - (y f - level) + (y f - level)^2/2, times E = exp(-level)."""

    def taylor(state: Any) -> Array:
        total = world.ring.zero
        for n in (1, 2):
            gap = world.signed_output(state, n, False) - world.ring.constant(level)
            total = total + world.ring.one - gap + gap * gap * world.ring.constant(Fraction(1, 2))
        return scalar(total)

    body = taylor if world.loss == "exponential" else world.loss_value
    gradient = world.gradient(world.state, body, "W", None)
    return _rational(world, gradient.reshape(-1, 1)), _rational(world, world.hessian(world.state, body, "W", None))


def _norm_keeping(world: PointWorld, activation: str) -> list[symmetries.Generator]:
    """The symmetries that survive a penalty on every layer."""
    inputs = fmpq_mat(2, 2, [fmpq(v.numerator, v.denominator) for row in INPUTS[activation] for v in row])
    weights = [_rational(world, w) for w in world.layers]
    point = symmetries.NetworkPoint(weights, activation, inputs, decays=(1,) * len(weights))
    return symmetries.generators(point)


def _in_units(value: fmpq, world: PointWorld, level: Fraction) -> Any:
    if world.loss == "square":
        return _fraction(value)
    return arb(value) * arb(fmpq(-level.numerator, level.denominator)).exp()


def _diagonal(size: int, value: fmpq) -> list[fmpq]:
    return [value if i == j else fmpq(0) for i in range(size) for j in range(size)]


def _square(column: fmpq_mat) -> fmpq:
    return (column.transpose() * column)[0, 0]


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _rational(world: PointWorld, a: Array) -> fmpq_mat:
    return fmpq_mat(a.shape[0], a.shape[1], [_number(world, e) for e in a.reshape(-1)])


def _number(world: PointWorld, e: Element) -> fmpq:
    value = world.value(e)
    assert isinstance(value, fmpq)
    return value


def second_derivative_remainder(units: int = 3, inputs: int = 2) -> int:
    """0 if the second derivative of l(W_2 W_1) + lambda |W|^2 is the sum of the header, with letters for u, a, P, q,
    lambda and the entries of S; r stands for |a|, and the gradient of l is -2 lambda a/r as rest demands."""
    u, q = (sympy.Matrix(sympy.symbols(f"{name}1:{units + 1}")) for name in "uq")
    a = sympy.Matrix(sympy.symbols(f"a1:{inputs + 1}"))
    p = sympy.Matrix(units, inputs, sympy.symbols(f"p1:{units * inputs + 1}"))
    s = sympy.Matrix(inputs, inputs, lambda i, j: sympy.Symbol(f"s{min(i, j)}{max(i, j)}"))
    lam, r, eps = sympy.symbols("lambda r epsilon", positive=True)
    product = ((u * a.T + eps * p).T * (r * u + eps * q)).applyfunc(sympy.expand)
    first, second = (product.applyfunc(lambda e, k=k: e.coeff(eps, k)) for k in (1, 2))
    gradient = -2 * lam * a / r
    direct = (first.T * s * first)[0] + 2 * gradient.dot(second) + 2 * lam * (_squares(p) + _squares(q))
    slant = p - q * a.T / r
    dw = r * p.T * u + a * u.dot(q)
    said = (dw.T * s * dw)[0] + 2 * lam * _squares(slant)
    gap = sympy.expand((direct - said) * r**2).subs(a[0] ** 2, r**2 - _squares(a[1:]))
    return int(sympy.expand(gap) != 0)


def _squares(entries: Sequence[sympy.Expr]) -> sympy.Expr:
    return sum((e**2 for e in entries), sympy.Integer(0))


def one_layer_path(first: Fraction | int = 1, later: Fraction | int = 20) -> Mapping[str, Any]:
    """One linear layer, exponential loss, the same two examples: w = b e_1 is the equilibrium under the decay
    lambda = exp(-b)/b, and e_1 the direction of the largest margin.

    zero_modes, negative, slope, decay and later_...: as above, at b = first and b = later; slope_without: of the loss
    alone, over the squared loss of one example; turn: squared component of w across e_1, 0; later_length: b.
    """
    here, there = _on_path(Fraction(first)), _on_path(Fraction(later))
    return {**here, **{f"later_{name}": value for name, value in there.items()}}


def _on_path(b: Fraction) -> dict[str, Any]:
    world = PointWorld(network="linear", widths=(2, 1), examples=2, loss="exponential", average=False,
                       weights=[[[b, Fraction(0)]]], inputs=INPUTS["linear"], labels=[1, -1], spare=100)  # fmt: skip
    names = ("decay", "slope", "slope_without", "zero_modes", "negative")
    found = _equilibrium(world, b, "linear")
    across = _number(world, world.weights_vector(world.state)[1])
    return {**{name: found[name] for name in names}, "length": b, "turn": _fraction(across**2)}
