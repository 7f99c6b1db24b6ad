r"""Exact invariant families of two hidden neurons, and the spectra of the Hessian there. With decay: `decayed_minima`.

**Main results.** memo90/sec5.1-hess-nsd-large-t, eq52-nsd, prop6-hyperbolic (`along_flow`), eq52-limit-lambda0
(`needed_penalty`), sec13-hyperbolic-equilibrium (`constrained_equilibrium`), sec12.3.1-diffconj (`valley`),
sec14-Wstar, sec14-grad0-diverge (`mirrored`): witnesses in exact numbers.

**Notation.** One example x = e_1 (of d inputs), label 1; two ReLU neurons that are both on, with a = (3, 4)/5:
W_1 = b a e_1^T, W_2 = b a^T, so f = b^2. The directions stay along the flow and b grows without bound: b(t) is a
trajectory.

With E = exp(-f) the Hessian of the exponential loss has on u = (4, -3)/5 in both layers the block [[0, -E], [-E, 0]],
so -E is an eigenvalue at every time; the greatest is (2 b^2 - 1) E.

**Conventions.** Quantities are exact numbers or balls; eigenvalues are in units of E where the name ends in _over_loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from ..exact.arrays import Array, entrywise, item, scalar, vector
from ..exact.point import PointWorld
from ..exact.point_spectra import Matrix
from ..exact.ring import Element
from ..exact.spectra import Inertia


def pair_of_neurons(scale: int, inputs: int, loss: str, target: int = 1) -> PointWorld:
    """Two ReLU neurons that share their direction, on one example."""
    a = [Fraction(3 * scale, 5), Fraction(4 * scale, 5)]
    rows = [[v] + [Fraction(0)] * (inputs - 1) for v in a]
    x = [Fraction(1)] + [Fraction(0)] * (inputs - 1)
    return PointWorld(
        network="relu",
        widths=(inputs, 2, 1),
        examples=1,
        loss=loss,
        average=False,
        weights=[rows, [a]],
        inputs=[x],
        labels=[target],
        spare=200,
    )


def _hessian(world: PointWorld, space: str = "W") -> Array:
    return world.hessian(world.state, world.loss_value, space, None)


def _signs(world: PointWorld, matrix: Array) -> Inertia:
    found = Matrix(world, matrix).inertia()
    assert found is not None
    return found


def _plus(world: PointWorld, matrix: Array, number: Element) -> Array:
    return world.add(matrix, world.scale(scalar(number), world.identity(len(matrix))))


def _over(matrix: Array, number: Element) -> Array:
    return entrywise(lambda e: e / number, matrix)


def _ball(world: PointWorld, e: Element) -> Any:
    value = world.at_precision(128).element(e)
    return value if isinstance(value, arb) else Fraction(int(value.p), int(value.q))


def along_flow(scale: int = 3, inputs: int = 1, space: str = "W") -> Mapping[str, Any]:
    """The spectrum of the Hessian of the exponential loss on the trajectory where both neurons share a direction.

    least_over_loss, greatest_over_loss: the extreme eigenvalues in units of the loss; ratio: the one over the other;
    zero_modes: the nullity; negative: the number of negative eigenvalues; slope: the squared length of the gradient in
    units of loss^2; later_...: when the norms are twice as large.
    """
    here, later = (_on_trajectory(s, inputs, space) for s in (scale, 2 * scale))
    return {**here, **{f"later_{name}": value for name, value in later.items()}}


def _on_trajectory(scale: int, inputs: int, space: str) -> dict[str, Any]:
    world = pair_of_neurons(scale, inputs, "exponential")
    loss = item(world.loss_value(world.state))
    hessian = _over(_hessian(world, space), loss)
    signs = _signs(world, hessian)
    gradient = world.gradient(world.state, world.loss_value, "W", None)
    least, greatest = (_ball(world, item(world.apply(name, hessian))) for name in ("eigmin", "eigmax"))
    return {
        "least_over_loss": least,
        "greatest_over_loss": greatest,
        "ratio": least / greatest,
        "zero_modes": signs.zero,
        "negative": signs.negative,
        "slope": _ball(world, item(world.inner(gradient, gradient)) / (loss * loss)),
    }


def constrained_equilibrium(scale: int = 1) -> Mapping[str, Any]:
    """The flow in norms and directions where both neurons share a direction: the directions rest.

    turning: the squared speed of the directions over loss^2; growth: the speed of rho_1 over the loss; zero_modes: the
    nullity of the Hessian in the directions plus 2 lambda_k; rotation_image: squared length of that matrix times the
    velocity of a common rotation of both layers' units; speed_without: the squared length of B_1 over loss^2.
    """
    world = pair_of_neurons(scale, 1, "exponential")
    loss = item(world.loss_value(world.state))
    blocks = []
    for k in (1, 2):
        blocks += [item(world.multiplier(world.state, k))] * 2
    hessian = _hessian(world, "V")
    two = world.ring.constant(2)
    penalty = world.diagonal(vector([two * lam for lam in blocks]))
    whole = _over(world.add(hessian, penalty), loss)
    signs = _signs(world, whole)
    v = [world.direction(world.state, k).reshape(-1) for k in (1, 2)]
    turned = world.matmul(whole, vector([-v[0][1], v[0][0], -v[1][1], v[1][0]]))
    speeds = [world.rate(world.state, lambda s, k=k: world.direction(s, k), "constrained") for k in (1, 2)]
    force = world.gradient(world.state, world.loss_value, "V", 1)
    growth = item(world.rate(world.state, lambda s: world.layer_norm(s, 1), "constrained"))
    turning = world.total(item(world.inner(v, v)) for v in speeds)
    return {
        "turning": _ball(world, turning / (loss * loss)),
        "growth": _ball(world, growth / loss),
        "zero_modes": signs.zero,
        "negative": signs.negative,
        "rotation_image": _ball(world, item(world.inner(turned, turned))),
        "speed_without": _ball(world, item(world.inner(force, force)) / (loss * loss)),
    }


def needed_penalty(scale: int = 3, later: int = 6, fixed: Fraction | str = "1/1000") -> Mapping[str, Any]:
    """The matrix of memo Eq. (52) at two times of the trajectory on which both neurons share a direction.

    needed, later_needed: the penalty lambda beyond which it is negative definite, half of the loss's least eigenvalue
    with the sign changed; wrong_signs, later_wrong_signs: eigenvalues of the wrong sign without penalty;
    later_with_penalty: the least eigenvalue of the Hessian of the loss plus 2 lambda, for the fixed one.
    """
    found: dict[str, Any] = {}
    for name, at in (("", scale), ("later_", later)):
        world = pair_of_neurons(at, 1, "exponential")
        loss = item(world.loss_value(world.state))
        hessian = _over(_hessian(world, "V"), loss)
        least = _ball(world, item(world.apply("eigmin", hessian)) * loss)
        found |= {f"{name}needed": -least / 2, f"{name}wrong_signs": _signs(world, hessian).negative}
    strength = Fraction(fixed)
    return {**found, "later_with_penalty": least + 2 * arb(fmpq(strength.numerator, strength.denominator))}


def valley(weight: Fraction | int = 2, step: int = 100) -> Mapping[str, Any]:
    """f = w_2 w_1 x at x = 1, y = 1, square loss: the valley w_1 w_2 = 1 of minima of zero loss.

    here, nearby: the nonzero eigenvalue of the Hessian at w_1 = weight and w_1 = weight + 1/step, both of loss 0;
    hessian_gap: squared difference of the Hessian at w_1 = weight and that of least squares on the one input
    x' = grad f = (w_2, w_1); zero_modes, linear_zero_modes: nullities of the two.
    """
    found: dict[str, Any] = _virtual_data(Fraction(weight))
    for name, w in (("here", Fraction(weight)), ("nearby", Fraction(weight) + Fraction(1, step))):
        world = PointWorld(
            network="linear",
            widths=(1, 1, 1),
            examples=1,
            loss="square",
            average=False,
            weights=[[[w]], [[1 / w]]],
            inputs=[[Fraction(1)]],
            labels=[1],
            spare=100,
        )
        assert _ball(world, item(world.loss_value(world.state))) == 0
        found[name] = _ball(world, item(world.apply("eigmax", _hessian(world))))
    return found


def _virtual_data(weight: Fraction) -> dict[str, Any]:
    """The Hessian of f = w_2 w_1 at w_1 = weight against that of a linear model on the gradient of f."""
    slope = [1 / weight, weight]
    deep = PointWorld(
        network="linear",
        widths=(1, 1, 1),
        examples=1,
        loss="square",
        average=False,
        weights=[[[weight]], [[1 / weight]]],
        inputs=[[Fraction(1)]],
        labels=[1],
        spare=100,
    )
    flat = PointWorld(
        network="linear",
        widths=(2, 1),
        examples=1,
        loss="square",
        average=False,
        weights=[[slope]],
        inputs=[slope],
        labels=[1],
        spare=100,
    )
    pairs = zip(_hessian(deep).reshape(-1), _hessian(flat).reshape(-1), strict=True)
    return {
        "hessian_gap": sum((_ball(deep, a) - _ball(flat, b)) ** 2 for a, b in pairs),
        "zero_modes": _signs(deep, _hessian(deep)).zero,
        "linear_zero_modes": _signs(flat, _hessian(flat)).zero,
    }


def mirrored(factor: int = 2) -> Mapping[str, Any]:
    """Cross-entropy, one example of class 1 of 2, one rectifier neuron: W* = (1, (1, 0)^T) separates.

    product: <W*, grad L> at W = (1, -factor (1, 0)^T), where W* is other weights than those of the gradient; own: the
    same at W*; one_layer: the same without the neuron, at W = -factor (1, 0)^T for W* = (1, 0)^T; dead: the squared
    gradient where the neuron is off, at W = (-1, (1, 0)^T).
    """

    def world(first: int, second: int) -> PointWorld:
        weights = [[[Fraction(first)]], [[Fraction(second)], [Fraction(0)]]]
        return PointWorld(
            network="relu",
            widths=(1, 1, 2),
            examples=1,
            loss="cross-entropy",
            average=False,
            weights=weights,
            inputs=[[Fraction(1)]],
            labels=[1],
            spare=100,
        )

    def slope(w: PointWorld) -> Array:
        return w.gradient(w.state, w.loss_value, "W", None)

    def along(w: PointWorld) -> Any:
        star = vector([w.ring.one, w.ring.one, w.ring.zero])
        return _ball(w, item(w.inner(star, slope(w))))

    off = world(-1, 1)
    dead = _ball(off, item(off.inner(slope(off), slope(off))))
    single = PointWorld(
        network="linear",
        widths=(1, 2),
        examples=1,
        loss="cross-entropy",
        average=False,
        weights=[[[Fraction(-factor)], [Fraction(0)]]],
        inputs=[[Fraction(1)]],
        labels=[1],
    )
    return {
        "product": along(world(1, -factor)),
        "own": along(world(1, 1)),
        "dead": dead,
        "one_layer": _ball(single, slope(single)[0]),
    }
