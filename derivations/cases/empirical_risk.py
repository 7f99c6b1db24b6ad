r"""Training error and expected error: exact numbers for small cases.

**Main results.** memo90/sec2-1nn (`nearest_neighbour`), fig1-params (`convolution_weights`), fig1-generalization
(`fixed_network`); pnas20/erm-equivalence (`risk_minimisers`), different-test-performance (`two_margin_maximisers`),
fig3-acceleration (`change_of_support`).

**Notation.**

==============  =========================================================
symbol          meaning
==============  =========================================================
N, D            examples, weights
I, I_hat        expected and empirical share of wrong classifications
gap             I - I_hat of what was trained
==============  =========================================================

**References.** T. Cover, P. Hart, Nearest neighbor pattern classification, IEEE Trans. Inf. Theory 13 (1967).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import sympy
from flint import arb, ctx
from sympy import Matrix, Rational

from ..real_data import fixed_network as uniform_convergence
from ..real_data import minimiser_of_the_risk

PRECISION = 128
COIN = Fraction(1, 2)


# ---- one nearest neighbour


def nearest_neighbour(noise: Fraction | str = "1/4", largest: int = 7) -> Mapping[str, Any]:
    """Small cases of `real_data.nearest_neighbour`, by counting. Inputs from any density, all labelled +1 but for
    independent noise: the prediction at a new input is the label of the nearest example, whichever that is, and the
    label of each example itself is predicted without error.

    expected_error: the probability that two independent labels differ, by summing over all labels of N examples,
    over which of them is nearest (with probability q_j: any q gives the same) and over the new label; largest_change:
    over N up to `largest`; training_error: at the examples; best_error: of the best classifier.
    """
    p = Fraction(noise)
    errors = [_error_of_nearest(p, n) for n in range(1, largest + 1)]
    return {
        "training_error": _error_on_examples(largest),
        "expected_error": errors[0],
        "largest_change": max(abs(e - errors[0]) for e in errors),
        "best_error": min(p, 1 - p),
    }


def _error_of_nearest(p: Fraction, count: int) -> Fraction:
    """Over all labels; the nearest is example j with probability proportional to j + 1, for no reason but to differ."""
    share = [Fraction(2 * (j + 1), count * (count + 1)) for j in range(count)]
    total = Fraction(0)
    for labels in product((1, -1), repeat=count):
        chance = prod((p if y < 0 else 1 - p for y in labels), start=Fraction(1))
        total += chance * sum((q * (p if y > 0 else 1 - p) for q, y in zip(share, labels, strict=True)), Fraction(0))
    return total


def _error_on_examples(count: int) -> Fraction:
    """Examples 1, ..., N on a line with every choice of labels, each classified by the nearest, which is itself."""
    wrong = 0
    for labels in product((1, -1), repeat=count):
        nearest = [min(range(count), key=lambda j: abs(i - j)) for i in range(count)]
        wrong += sum(labels[j] != labels[i] for i, j in enumerate(nearest))
    return Fraction(wrong, count * 2**count)


# ---- weights of a network


def convolution_weights(channels: int = 16, classes: int = 10, kernel: int = 3, side: int = 32) -> Mapping[str, Any]:
    """Weights and biases of networks of 3 x 3 filters with stride 2, as in the memo's other experiment, on colour
    images of 32 x 32: five layers of filters and a readout; four and a readout, which count as five layers there; and
    with stride 1, which a network without pooling would have to pay for in its readout.
    """
    return {
        "five_filters": _weights(5, channels, classes, kernel, side, 2),
        "four_filters": _weights(4, channels, classes, kernel, side, 2),
        "without_stride": _weights(4, channels, classes, kernel, side, 1),
    }


def _weights(layers: int, channels: int, classes: int, kernel: int, side: int, stride: int) -> int:
    incoming, total = 3, 0
    for _ in range(layers):
        total += (incoming * kernel**2 + 1) * channels
        incoming, side = channels, -(-side // stride)
    return total + (channels * side**2 + 1) * classes


# ---- uniform convergence, and its absence


def fixed_network(images: int = 50_000) -> Mapping[str, Any]:
    """The bound of `real_data.fixed_network` for the probability that training and expected error differ by e.

    rate: its logarithm over N in the limit, in units of e^2; bound_in_the_limit: the bound itself; log_bound_here: its
    logarithm for e = 1, five layers of filters and a readout (`convolution_weights`), at this number of images.
    """
    uniform_convergence()
    n, power = sympy.symbols("N p", positive=True)
    with ctx.workprec(PRECISION):
        return {
            "rate": _fraction(sympy.limit((power * sympy.log(n) - n / 32) / n, n, sympy.oo)),
            "bound_in_the_limit": _fraction(sympy.limit(n**power * sympy.exp(-n / 32), n, sympy.oo)),
            "log_bound_here": _interval(_log_bound(images)),
        }


def _log_bound(images: int) -> arb:
    """log 8 + sum_k (log 2 + D log(2 e N u_k k/D)) - N/32; u_k units of 16 channels, and 45 pairs of classes."""
    weights = _weights(5, 16, 10, 3, 32, 2)
    units = [16 * (32 >> k) ** 2 for k in range(1, 6)] + [45]
    patterns = [
        arb(2).log() + weights * (2 * arb(1).exp() * images * u * k / weights).log() for k, u in enumerate(units, 1)
    ]
    return arb(8).log() + sum(patterns, arb(0)) - arb(images) / 32


def risk_minimisers(largest: int = 4) -> Mapping[str, Any]:
    """Networks of a fixed size, by uniform convergence: gap_limit, excess_limit, the limits of the bounds of the gap
    and of the excess over the best risk, at most twice the deviation.

    One distribution and a class of one weight, sign(sin(w x)), inputs from a density, labels by a fair coin. Inputs
    drawn from a density are almost surely independent over the rationals, and then every choice of labels is fitted
    by some w (Kronecker); memorised: the share of the choices for which an integer w is found, inputs sqrt(2), sqrt(3),
    sqrt(5), sqrt(7). empirical_risk: what is left; least_risk, largest_risk: over all functions, of a new example.

    largest_breach: over all samples of three examples of a space of two inputs, and all sets of classifiers on it, how
    far the excess of a minimiser of the empirical risk exceeds its gap + the deviation of the best one; never if at
    most 0.
    """
    tail = fixed_network()["bound_in_the_limit"]
    minimiser_of_the_risk()
    fitted = [_sine_fits(labels) for n in range(1, largest + 1) for labels in product((1, -1), repeat=n)]
    risks = [sum((COIN for y in (1, -1) if y != told), Fraction(0)) for told in (1, -1)]
    share = Fraction(sum(fitted), len(fitted))
    return {
        "gap_limit": tail,
        "excess_limit": 2 * tail,
        "memorised": share,
        "empirical_risk": 1 - share,
        "least_risk": min(risks),
        "largest_risk": max(risks),
        "largest_breach": _largest_breach(),
    }


def _sine_fits(labels: Sequence[int], tries: int = 2000) -> bool:
    """Whether sin(w x_i) has the sign of label i for some integer w, in ball arithmetic."""
    with ctx.workprec(PRECISION):
        inputs = [arb(p).sqrt() for p in (2, 3, 5, 7)[: len(labels)]]
        return any(all((w * x).sin() * y > 0 for x, y in zip(inputs, labels, strict=True)) for w in range(1, tries))


def _largest_breach() -> Fraction:
    """Inputs 0 and 1, label +1 with probabilities 1/3 and 3/4: all samples, all classes, exactly."""
    chance = {(0, 1): Fraction(1, 6), (0, -1): Fraction(1, 3), (1, 1): Fraction(3, 8), (1, -1): Fraction(1, 8)}
    functions = list(product((1, -1), repeat=2))
    classes = [[f for i, f in enumerate(functions) if bits >> i & 1] for bits in range(1, 2 ** len(functions))]
    return max(_breach(sample, chosen, chance) for sample in product(chance, repeat=3) for chosen in classes)


def _breach(
    sample: Sequence[tuple[int, int]],
    chosen: Sequence[tuple[int, ...]],
    chance: Mapping[Any, Fraction],
) -> Fraction:
    """excess - gap - deviation of the best, largest over the minimisers of the empirical risk in a class."""
    risk = {f: sum((q for (x, y), q in chance.items() if f[x] != y), Fraction(0)) for f in chosen}
    empirical = {f: Fraction(sum(f[x] != y for x, y in sample), len(sample)) for f in chosen}
    best = min(chosen, key=lambda f: risk[f])
    deviation = empirical[best] - risk[best]
    least = min(empirical.values())
    excess = [risk[f] - risk[best] - (risk[f] - empirical[f]) - deviation for f in chosen if empirical[f] == least]
    return max(excess)


# ---- two solutions of the margin's conditions


def two_margin_maximisers() -> Mapping[str, Any]:
    """f = sum_i v_i relu(w_i.x) on u = (5, 12)/13 and v = (5, -12)/13, labelled +1, and (-1, 0), labelled -1.

    One network has a unit along (1, 0) for the first two and one along (-1, 0); the other a unit of its own for each
    example. Both meet the conditions W = sum_n alpha_n y_n grad f_n, alpha > 0, all margins equal:
    first_residual, second_residual, least_multiplier. The test inputs are spread evenly over the circle and labelled by
    the sign of their first coordinate: first_error, second_error, shares with the wrong sign.
    """
    up, down = (Matrix([Rational(5, 13), s * Rational(12, 13)]) for s in (1, -1))
    back = Matrix([-1, 0])
    inputs, labels = [up, down, back], [1, 1, -1]
    share = sympy.sqrt(Rational(5, 13))  # the margin of the two is 5/13 where the unit has size one
    joint = [(Matrix([1, 0]), 1), (share * back, -share)]
    own = [(up, 1), (down, 1), (back, -1)]
    first, second = (_margin_conditions(units, inputs, labels) for units in (joint, own))
    with ctx.workprec(PRECISION):
        return {
            "first_residual": first[0],
            "second_residual": second[0],
            "least_multiplier": min(first[1], second[1]),
            "first_error": _share_of_wrong_signs(joint),
            "second_error": _interval((arb(2) / 3).atan() / arb.pi()),
            "boundary": _boundary(own),
        }


def _margin_conditions(units: list, inputs: list, labels: list) -> tuple[Fraction, Fraction]:
    """Squared residual of W = sum_n alpha_n y_n grad f_n, with unequal margins added, and the least alpha_n.

    alpha_n is 1/(examples of its unit times their output at a unit of size one), the solution of the units' equations.
    """
    gates = [[w.dot(x) > 0 for x in inputs] for w, _ in units]
    outputs = [sum(v * w.dot(x) for (w, v), g in zip(units, gates, strict=True) if g[n]) for n, x in enumerate(inputs)]
    margins = [y * f for y, f in zip(labels, outputs, strict=True)]
    multipliers = []
    for n in range(len(inputs)):
        i = next(i for i, g in enumerate(gates) if g[n])
        w, v = units[i]
        multipliers.append(v**2 / sum(margins[m] for m in range(len(inputs)) if gates[i][m]))
    residual = sum((m - margins[0]) ** 2 for m in margins)
    for (w, v), g in zip(units, gates, strict=True):
        pulls = [(a * y, x) for a, y, x, on in zip(multipliers, labels, inputs, g, strict=True) if on]
        by_w = w - v * sum((c * x for c, x in pulls), sympy.zeros(2, 1))
        by_v = v - sum(c * w.dot(x) for c, x in pulls)
        residual += by_w.dot(by_w) + by_v**2
    return _fraction(residual), _fraction(min(multipliers))


def _share_of_wrong_signs(units: list) -> Fraction:
    """Of a network a relu(x_1) - b relu(-x_1) with a, b > 0: it has the sign of x_1 everywhere."""
    (w, v), (z, u) = units
    if not (w[1] == z[1] == 0 and w[0] * v > 0 and -z[0] * -u > 0 > z[0]):
        raise ArithmeticError("the two units do not lie along the first coordinate")
    return Fraction(0)


def _boundary(units: list) -> Fraction:
    """Output at (-2, 3), where tan of the angle behind the second axis is 2/3 and unit one meets unit three; below it,
    towards the second axis, the output is positive although x_1 < 0. On the other side by symmetry."""
    at = Matrix([-2, 3])
    return _fraction(sum(v * sympy.Max(w.dot(at), 0) for w, v in units))


# ---- a change of support vector


def change_of_support() -> Mapping[str, Any]:
    """One linear layer, plain sum of exponential losses, inputs (2, 0) and (0, 1), labels +1. Each coordinate has a
    flow of its own: y_n f_n = log(c_n + |x_n|^2 t), with c = (2, 5). The first example is the support vector until
    t = 1, where both outputs are log 6, and then the second.

    jump: slope of the margin of the normalised network after t = 1 less that before, times |w| and 6: the two margins
    have the same value and the same |w|, so that only the outputs' own slopes differ. before, after: which example has
    the smaller output at t = 0 and at t = 2 (less than 1: the first). recorded_change: of the authors' run.
    """
    sizes, starts = (4, 1), (2, 5)
    t = Fraction(starts[1] - starts[0], sizes[0] - sizes[1])
    arguments = [[c + a * time for c, a in zip(starts, sizes, strict=True)] for time in (0, t, 2 * t)]
    slopes = [Fraction(a) / value for a, value in zip(sizes, arguments[1], strict=True)]
    return {
        "time": t,
        "tie": Fraction(arguments[1][0], 1) - arguments[1][1],
        "before": Fraction(arguments[0][0]) / arguments[0][1],
        "after": Fraction(arguments[2][0]) / arguments[2][1],
        "jump": (slopes[1] - slopes[0]) * arguments[1][0],
        "recorded_change": None,
    }


def _fraction(value: Any) -> Fraction:
    exact = sympy.radsimp(value)
    if not exact.is_Rational:
        raise ArithmeticError(f"{value} is not rational")
    return Fraction(int(exact.p), int(exact.q))


def _interval(value: arb) -> tuple[arb, arb, arb]:
    return value.mid(), value.lower(), value.upper()
