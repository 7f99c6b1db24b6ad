r"""How the number of units grows as the accuracy falls: no rate for continuous targets, epsilon^-n for Lipschitz ones.

**Zigzags.** G on [0, 1] runs on [2^-j, 2^(1-j)] through A_j peaks of height 2^-j, with alternating signs, and is
continuous. A function within less than 2^-j has A_j - 1 zeros; a sum of N exponentials at most N - 1, their composition
along l levels at most N^l. With A_j large enough no power of 1/epsilon suffices.

**Lipschitz targets.** A polynomial of degree k is at a distance of order 1/k (Jackson), and takes C(n+k, n) units
(Theorem 2). *Growth* below is the factor of N epsilon^n when epsilon is halved: at most 1 where N = O(epsilon^-n).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import comb

import sympy

from ..book.derivation import Assumed, Derivation, computation, definition, identity, theorem, vanishes
from .trees import irregular_nodes

Number = Fraction | int
LARGEST = 80  # degree in the tables below


def zigzag(t: Fraction, exponent: int) -> Fraction:
    """G(t), with A_j = 2^(exponent j) peaks on [2^-j, 2^(1-j)]."""
    if t == 0:
        return Fraction(0)
    j = 1
    while t < Fraction(1, 2**j):
        j += 1
    place = (t * 2**j - 1) * 2 ** (exponent * j)  # integers at zeros, half integers at peaks
    whole = place.numerator // place.denominator
    height = 1 - abs(2 * (place - whole) - 1)
    return (-1) ** whole * height / 2**j


def alternations(j: int, exponent: int) -> int:
    """Sign changes of G between the peaks of one interval, counted, plus one."""
    peaks = 2 ** (exponent * j)
    values = [zigzag((1 + Fraction(2 * i + 1, 2 * peaks)) / 2**j, exponent) for i in range(peaks)]
    if {abs(v) for v in values} != {Fraction(1, 2**j)}:
        raise ValueError("a peak has not its height")
    return 1 + sum(a * b < 0 for a, b in pairwise(values))


def growth_of_polynomials(variables: int) -> Fraction:
    """The largest C(n+2k, n)/(2^n C(n+k, n)), the factor of N epsilon^n as k doubles and epsilon ~ 1/k is halved."""
    return max(
        Fraction(comb(variables + 2 * k, variables), 2**variables * comb(variables + k, variables))
        for k in range(1, LARGEST)
    )


# ---- witnesses


def continuous_targets(levels: int = 3) -> Mapping[str, Number]:
    """Units that accuracy epsilon takes in n = 2^l variables, times epsilon^n (shallow) or epsilon^2 (deep): the factor
    of this product when epsilon is halved.

    growth: shallow, at least, for G(x_1) with A_j = 2^((n+1)j); deep_growth: deep, at least, for G with A_j = 2^(3lj),
    of which every level may take the root; lipschitz_growth, lipschitz_deep_growth: at most, for Lipschitz targets and
    constituents; peaks_gap: 0 if so many peaks were counted; nodes n - 1; propagation_gap: 0 if errors pass l levels
    with the factor 1 + L + ... + L^(l-1).
    """
    no_rate_for_continuous_targets(), rates_for_lipschitz_targets()
    n = 2**levels
    shallow = [Fraction(2 ** ((n + 1) * j), 2 ** (n * j)) for j in range(1, 9)]
    deep = [Fraction(_root(2 ** (3 * levels * j), levels), 2 ** (2 * j)) for j in range(1, 9)]
    return {
        "variables": n,
        "nodes": n - 1,
        "growth": min(b / a for a, b in pairwise(shallow)),
        "deep_growth": min(b / a for a, b in pairwise(deep)),
        "lipschitz_growth": growth_of_polynomials(n),
        "lipschitz_deep_growth": growth_of_polynomials(2),
        "peaks_gap": max(abs(alternations(j, e) - 2 ** (e * j)) for j, e in ((1, 3), (1, 9), (2, 3), (3, 3))),
        "propagation_gap": int(not vanishes(_propagated(levels) - _amplification(levels))),
    }


def _root(power_of_two: int, order: int) -> int:
    exponent = power_of_two.bit_length() - 1
    return int(2 ** (exponent // order))


def _propagated(levels: int) -> sympy.Expr:
    """Error at the root, in units of the error of a node, by e -> L e + 1 level by level."""
    slope, error = sympy.Symbol("L"), sympy.Integer(0)
    for _ in range(levels):
        error = slope * error + 1
    return error


def _amplification(levels: int) -> sympy.Expr:
    slope = sympy.Symbol("L")
    return sum((slope**i for i in range(levels)), sympy.Integer(0))


def other_trees(sizes: Sequence[int] = (5, 4, 3, 2, 2)) -> Mapping[str, Number]:
    """A tree with nodes of so many children: N = sum_v C(d_v + k, d_v). growth: largest factor of N epsilon^d as k
    doubles, d the largest number of children; leaves, nodes; excess: sum of (d_v - 1)."""
    rates_for_lipschitz_targets()
    counts = [sum(comb(d + k, d) for d in sizes) for k in range(2 * LARGEST)]
    growths = [Fraction(counts[2 * k], 2 ** max(sizes) * counts[k]) for k in range(1, LARGEST)]
    return {**irregular_nodes(sizes), "growth": max(growths)}


def channels(width: int = 2, levels: int = 3, outputs: int = 4) -> Mapping[str, Number]:
    """Nodes that hand on several values, each a function of all the values that the children hand on.

    constituent_variables: 2 `width`; functions: how many constituents, with so many outputs of the root; growth: of
    N epsilon^(2 width), at most, as epsilon is halved; later_functions: with one level more.
    """
    rates_for_lipschitz_targets()
    inner = [sum(width * 2**depth for depth in range(1, size)) + outputs for size in (levels, levels + 1)]
    return {
        "constituent_variables": 2 * width,
        "variables": 2**levels,
        "later_variables": 2 ** (levels + 1),
        "outputs": outputs,
        "width": width,
        "functions": inner[0],
        "later_functions": inner[1],
        "growth": growth_of_polynomials(2 * width),
    }


def smooth_targets(variables: int = 8, smoothness: int = 4) -> Mapping[str, Number]:
    """Exponents of 1/epsilon for targets with derivatives of order m: epsilon ~ k^-m takes a number of units of degree
    n in k, so n/m; 2/m for two variables a node; at least (n-1)/m for sums of ridge functions (Maiorov)."""
    rates_for_smooth_targets()
    return {
        "variables": variables,
        "smoothness": smoothness,
        "exponent": Fraction(_degree_of_units(variables), smoothness),
        "deep_exponent": Fraction(_degree_of_units(2), smoothness),
        "ridge_exponent": Fraction(variables - 1, smoothness),
        "growth": growth_of_polynomials(variables),
    }


def _degree_of_units(variables: int) -> int:
    k = sympy.Symbol("k")
    return int(sympy.Poly(sympy.prod(k + i for i in range(1, variables + 1)), k).degree())


def grid(variables: int = 8) -> Mapping[str, Number]:
    """Cells of side epsilon = 1/10 and 1/20 of the unit cube, and their ratio."""
    cells, later = 10**variables, 20**variables
    return {"variables": variables, "cells": cells, "growth": Fraction(later, cells)}


# ---- derivations


@cache
def no_rate_for_continuous_targets() -> Derivation:
    j, n, level = sympy.symbols("j n l", positive=True)
    target = definition(
        "target",
        r"g(x) = G(x_1),\quad A_j \text{ peaks } \pm2^{-j} \text{ on } [2^{-j},2^{1-j}]",
        reason="Continuous, as the heights tend to 0; compositional: nodes on the path of x_1 hand it on.",
    )
    peaks = computation(
        "peaks",
        r"\text{signs alternate } A_j - 1 \text{ times}",
        tuple(alternations(a, e) for a, e in ((1, 3), (2, 3), (3, 2))),
        (8, 64, 64),
        uses=("target",),
        reason="Peaks of one height and alternating signs.",
        how="counted for A = 2^3, 2^6, 2^6",
    )
    zeros = theorem(
        "zeros",
        "zeros of exponential sums",
        r"\#\{t: f(t)=0\} \le N-1",
        given={"exponential sum": Assumed("network", "sigma = exp, smooth and no polynomial, on the line of x_1")},
        uses=("peaks",),
        reason="A network within less than 2^{-j} has the signs of G at the peaks, so that N >= A_j. "
        "A layer of N rectifiers has at most N kinks, and N >= A_j - 2.",
    )
    shallow = identity(
        "shallow",
        2 ** ((n + 1) * (j + 1)) * 2 ** (-n * (j + 1)) / (2 ** ((n + 1) * j) * 2 ** (-n * j)),
        2,
        uses=("zeros",),
        latex=r"A_j = 2^{(n+1)j}:\quad \frac{A_{j+1}2^{-n(j+1)}}{A_j2^{-nj}} = 2",
        reason="N epsilon^n doubles at least whenever epsilon is halved: it is not bounded.",
    )
    levels = theorem(
        "levels",
        "zeros of exponential sums",
        r"\#\{t : f(t) = 0\} \le N^l",
        given={"exponential sum": Assumed("network", "at each node on the path of x_1, the others being constant")},
        uses=("zeros",),
        reason="Each of at most N zeros of the root is a value that the node below takes at most N "
        "times (the value is one more term), and so on: N^l >= A_j.",
    )
    deep = identity(
        "deep",
        2 ** (3 * level * (j + 1) / level) * 2 ** (-2 * (j + 1)) / (2 ** (3 * level * j / level) * 2 ** (-2 * j)),
        2,
        uses=("levels",),
        latex=r"A_j = 2^{3lj}:\quad \frac{A_{j+1}^{1/l}2^{-2(j+1)}}{A_j^{1/l}2^{-2j}} = 2",
        reason="N epsilon^2 is not bounded either.",
    )
    return Derivation(
        "approximation.no_rate_for_continuous_targets",
        "Continuity alone gives no rate",
        ("pnas20/thm1-shallow", "pnas20/thm1-deep", "pnas20/abs-exponential-cost"),
        "Theorem 1, which calls itself informal, asks no more of the target than to be continuous. A continuous "
        "function may vary as fast as one likes at small heights; one that zigzags often enough takes more than any "
        "given power of 1/epsilon units, in one layer and along the tree.",
        (target, peaks, zeros, shallow, levels, deep),
        statement=r"\sup_{\epsilon}N(\epsilon)\,\epsilon^n = \infty",
    )


@cache
def rates_for_lipschitz_targets() -> Derivation:
    k, i, slope, level = sympy.symbols("k i L j", positive=True)
    near = theorem(
        "near",
        "Jackson",
        r"\operatorname{dist}(g, P^n_k) \le c/k",
        given={"derivatives of order m": Assumed("domain", "g is Lipschitz, m = 1")},
        reason="Jackson's theorem in n variables.",
    )
    halved = identity(
        "halved",
        2 - i / (k + i),
        (2 * k + i) / (k + i),
        uses=("near", "approximation.shallow_realisation", "approximation.order_of_units"),
        latex=r"\frac{\binom{n+2k}{n}}{\binom{n+k}{n}} = \prod_{i=1}^n\Big(2-\frac{i}{k+i}\Big) \le 2^n",
        reason="To halve the error the degree is doubled, and the units of Theorem 2 grow by less than 2^n: N = "
        "O(epsilon^{-n}).",
    )
    start = definition("start", r"e_0 = 0", reason="Leaves are exact.")
    closed = identity(
        "closed",
        slope * (slope**level - 1) / (slope - 1) + 1,
        (slope ** (level + 1) - 1) / (slope - 1),
        uses=("start",),
        latex=r"e_{j+1} = L\,e_j + \delta\ \Rightarrow\ e_j = \delta\,(1+L+\dots+L^{j-1})",
        reason="A node whose constituent has Lipschitz constant L in the larger of its two values passes their errors "
        "on, and adds its own; constituents are extended beyond the ranges of their arguments with the same "
        "constant.",
    )
    total = identity(
        "total",
        (2 * k + 1) * (2 * k + 2) / ((k + 1) * (k + 2)),
        4 - 6 / (k + 2),
        uses=("closed", "halved", "approximation.nodes_of_a_tree"),
        latex=r"N \le c\,(n-1)\,(1+L+\dots+L^{l-1})^2\,\epsilon^{-2}",
        reason="n - 1 nodes of two variables with the accuracy delta each: C(2k+2, 2)/C(k+2, 2) = 4 - 6/(k+2), halving "
        "delta takes less than four times the units.",
    )
    return Derivation(
        "approximation.rates_for_lipschitz_targets",
        "Theorem 1 for Lipschitz functions",
        (
            "pnas20/thm1-shallow",
            "pnas20/thm1-deep",
            "pnas20/thm1-trees",
            "pnas20/multichannel",
            "pnas20/thm1-relu",
            "pnas20/sec2-avoid-curse",
        ),
        "With one bounded derivative the rates of Theorem 1 hold: epsilon^{-n} units in one layer, and (n-1) "
        "epsilon^{-2} along the tree, times a factor that Theorem 1 does not show: errors grow by the Lipschitz "
        "constant L from level to level, which for fixed n is a constant and for L < 1 bounded. Nodes with d children "
        "take epsilon^{-d}.",
        (near, halved, start, closed, total),
        statement=r"N_{\text{shallow}} = O(\epsilon^{-n}),\qquad N_{\text{deep}} = O((n-1)\epsilon^{-2})",
    )


@cache
def rates_for_smooth_targets() -> Derivation:
    k, m, n = sympy.symbols("k m n", positive=True)
    near = theorem(
        "near",
        "Jackson",
        r"\operatorname{dist}(g, P^n_k) \le c\,k^{-m}",
        given={"derivatives of order m": Assumed("domain", "continuous derivatives of order m")},
        reason="Jackson's theorem.",
    )
    rate = identity(
        "rate",
        (k ** (-m)) ** (-n / m),
        k**n,
        uses=("near", "approximation.order_of_units"),
        latex=r"\epsilon = k^{-m}:\quad \epsilon^{-n/m} = k^n",
        reason="The number of units is of the order k^n: N = O(epsilon^{-n/m}).",
    )
    least = theorem(
        "least",
        "approximation by ridge functions",
        r"N_{\text{shallow}} \ge c\,\epsilon^{-(n-1)/m}",
        given={"ridge functions": Assumed("network", "each unit is a function of w.x")},
        uses=("rate",),
        reason="Whatever the activation, some target with derivatives of order m takes that many units.",
    )
    return Derivation(
        "approximation.rates_for_smooth_targets",
        "Smoothness divides the exponent",
        ("pnas20/smoothness-reduces", "pnas20/sobolev-extension"),
        "Derivatives of order m turn epsilon^{-n} into epsilon^{-n/m}, and in a tree of bivariate constituents "
        "epsilon^{-2} into epsilon^{-2/m}, as there is no difference but n = 2 at every node.",
        (near, rate, least),
        statement=r"N = O(\epsilon^{-n/m})",
    )


DERIVATIONS = (no_rate_for_continuous_targets, rates_for_lipschitz_targets, rates_for_smooth_targets)
