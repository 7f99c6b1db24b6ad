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
from functools import cache
from typing import Any

import sympy
from flint import arb, fmpq, fmpq_mat

from ..book.derivation import Derivation, Step, definition, identity, vanishes
from ..exact import symmetries
from ..exact.arrays import Array, scalar
from ..exact.point import PointWorld
from ..exact.ring import Element
from ..exact.spectra import inertia

THIRD, FIFTH = Fraction(1, 3), Fraction(1, 5)
UNIT_VECTORS = {
    1: (Fraction(1),),
    2: (3 * FIFTH, 4 * FIFTH),
    3: (THIRD, 2 * THIRD, 2 * THIRD),
    4: (Fraction(1, 2),) * 4,
    5: (2 * FIFTH,) * 4 + (3 * FIFTH,),
}
SCALES = {"exponential": (Fraction(1), Fraction(3)), "square": (Fraction(4, 5), Fraction(99, 100))}
INPUTS = {
    "linear": ((Fraction(1), Fraction(1)), (Fraction(-1), Fraction(1))),
    "relu": ((Fraction(1), Fraction(0)), (Fraction(-3, 5), Fraction(4, 5))),
}


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
        **here,
        **{f"later_{name}": value for name, value in later.items()},
        "zero_modes_one_unit": single["zero_modes"],
        "linear_zero_modes": linear["zero_modes"],
        "linear_negative": linear["negative"],
        "square_remainder": second_derivative_remainder(),
    }


def _units_with(rotations: int) -> int:
    """Units of two linear layers whose minimum has that many zero modes."""
    return rotations + 1


def _point(units: int, loss: str, network: str, b: Fraction) -> PointWorld:
    u = [b * v for v in UNIT_VECTORS[units]]
    along = ((Fraction(1), Fraction(0)),) if network == "linear" else INPUTS["relu"]
    first = [[v * c for c in direction] for direction in along for v in u]
    second = [sign * v for sign in (1, -1)[: len(along)] for v in u]
    return PointWorld(
        network=network,
        widths=(2, len(second), 1),
        examples=2,
        loss=loss,
        average=False,
        weights=[first, [second]],
        inputs=INPUTS[network],
        labels=[1, -1],
        spare=200,
    )


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
    """0 if the second derivative of l(W_2 W_1) + lambda |W|^2 is the sum of the header, for letters."""
    direct, said, relation = _second_derivative(units, inputs)
    return int(not vanishes(direct - said, [relation]))


def _second_derivative(units: int, inputs: int) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
    """The second derivative as it follows from the product, the sum of the header, and |a|^2 - r^2, which is zero.

    Letters for u, a, P, q, lambda and the entries of S; the gradient of l is -2 lambda a/r as rest demands.
    """
    u, a, p, q, lam, r = _letters(units, inputs)
    s = sympy.Matrix(inputs, inputs, lambda i, j: sympy.Symbol(f"s_{min(i, j) + 1}{max(i, j) + 1}"))
    eps = sympy.Symbol("epsilon")
    product = ((u * a.T + eps * p).T * (r * u + eps * q)).applyfunc(sympy.expand)
    first, second = (product.applyfunc(lambda e, k=k: e.coeff(eps, k)) for k in (1, 2))
    gradient = -2 * lam * a / r
    direct = (first.T * s * first)[0] + 2 * gradient.dot(second) + 2 * lam * (_squares(p) + _squares(q))
    dw = r * p.T * u + a * u.dot(q)
    said = (dw.T * s * dw)[0] + 2 * lam * _squares(p - q * a.T / r)
    return direct, said, _squares(a) - r**2


def _letters(units: int, inputs: int) -> tuple[sympy.Matrix, ...]:
    u, q = (sympy.Matrix(sympy.symbols(f"{name}_1:{units + 1}")) for name in "uq")
    a = sympy.Matrix(sympy.symbols(f"a_1:{inputs + 1}"))
    p = sympy.Matrix(units, inputs, lambda i, j: sympy.Symbol(f"p_{i + 1}{j + 1}"))
    return u, a, p, q, *sympy.symbols("lambda r", positive=True)


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
    world = PointWorld(
        network="linear",
        widths=(2, 1),
        examples=2,
        loss="exponential",
        average=False,
        weights=[[[b, Fraction(0)]]],
        inputs=INPUTS["linear"],
        labels=[1, -1],
        spare=100,
    )
    names = ("decay", "slope", "slope_without", "zero_modes", "negative")
    found = _equilibrium(world, b, "linear")
    across = _number(world, world.weights_vector(world.state)[1])
    return {**{name: found[name] for name in names}, "length": b, "turn": _fraction(across**2)}


# ---- for people


def _form_of_rest() -> tuple[Step, ...]:
    """Every equilibrium other than zero is u a^T below |a| u^T."""
    lam, b, g1, g2 = sympy.symbols("lambda b_i g_1 g_2")
    rest = definition(
        "rest",
        r"W_2^T g^T = -2\lambda W_1,\qquad W_1 g = -2\lambda W_2^T,\qquad g = \nabla_w\ell(w),\ w = W_2W_1",
        reason="The gradient by each layer, with that of the penalty, is zero.",
    )
    length = identity(
        "length",
        -b * (g1**2 + g2**2) / (2 * lam) + 2 * lam * b,
        b * (4 * lam**2 - g1**2 - g2**2) / (2 * lam),
        uses=("rest",),
        latex=r"-\frac{b_i|g|^2}{2\lambda} + 2\lambda b_i = \frac{b_i(4\lambda^2-|g|^2)}{2\lambda}",
        reason="The first equation put into row i of the second, b = W_2: so |g| = 2 lambda, unless b is zero.",
    )
    form = definition(
        "form",
        r"W_1 = u\,a^T,\quad W_2 = |a|\,u^T,\quad |u| = 1,\quad g = -2\lambda\,a/|a|",
        uses=("rest", "length"),
        reason="W_1 is of rank one, u is the direction of W_2; its length |a| follows from |g| = 2 lambda.",
    )
    return rest, length, form


@cache
def decay_on_two_linear_layers() -> Derivation:
    units, inputs = 3, 2
    direct, said, relation = _second_derivative(units, inputs)
    u, a, _, q, _, r = _letters(units, inputs)
    second = identity(
        "second",
        direct,
        said,
        modulo=[relation],
        uses=("form",),
        latex=r"\delta w^T S\,\delta w + 2\,g^TP^Tq + 2\lambda(|P|^2+|q|^2) = \delta w^T S\,\delta w + "
        r"2\lambda\,\big|P - q\,a^T/|a|\big|^2,\quad \delta w = |a|P^Tu + a\,(u^Tq)",
        reason="The second derivative along (P, q), S the Hessian of the loss by w; three units, two inputs, letters.",
    )
    kernel = identity(
        "kernel",
        (r * (q * a.T / r).T * u + a * u.dot(q))[0],
        2 * a[0] * u.dot(q),
        uses=("second",),
        latex=r"P = q\,a^T/|a|:\qquad \delta w = 2a\,(u^Tq)",
        reason="Where the last square vanishes. If Sa is not zero, what is left is zero for q orthogonal to u only.",
    )
    turn = sympy.Symbol("omega") * sympy.Matrix([u[1], -u[0], 0])
    orbit = identity(
        "orbit",
        u.dot(r * turn),
        0,
        uses=("kernel",),
        latex=r"P = (\Omega u)a^T,\ q = |a|\,\Omega u:\qquad P = q\,a^T/|a|,\quad u^Tq = 0",
        reason="Rotations of the units, with an antisymmetric Omega, give all of these: h - 1 dimensions.",
    )
    return Derivation(
        "hessians.decay_on_two_linear_layers",
        "Weight decay on two linear layers",
        ("memo90/lemma2-hyperbolic", "memo90/sec12.2-reg-posdef", "memo90/sec7-square-reg-hyperbolic"),
        "The memo has every equilibrium under decay hyperbolic. For one layer it is. For two linear layers and a "
        "convex loss no eigenvalue is negative, and the kernel is the tangent space of the orbit of rotations of the "
        "h units: h - 1 zero eigenvalues, at every strength. The orbit is a manifold of equilibria, across which the "
        "Hessian is positive: normally hyperbolic.",
        (*_form_of_rest(), second, kernel, orbit),
        "",
        {},
        {"network": "linear", "layers": 2},
        r"\nabla^2(\ell + \lambda|W|^2)\succeq 0,\qquad \dim\ker = h - 1",
    )
