r"""Regions of weights of a ReLU network in which no gate changes for ever, and where the flow ends there.

**Main results.** memo90/sec5.1-separated-zero-loss, memo90/sec12.2-gd-converges-zero: an example that no unit sees any
more is lost for good. pnas20/thm4-2, pnas20/asymptotic-is-max-margin: the largest margin is not reached from every
start.

**Notation.** f = W_K s(W_{K-1} ... s(W_1 x)), s = max(0, .), one output, labels +-1; e_n = -ell'(y_n f_n) > 0 for the
loss ell of an example. A group g has a label s_g, a set S_g of examples with that label, and units in some layers;
groups share neither examples nor units. gamma_g = max_{|u|=1} min_{n in S_g} u.x_n.

**Standing gates.** Suppose at some time

1. a unit of the first layer is active on exactly the examples of its group, or on none, and on no kink;
2. a weight between hidden layers that leaves a unit of g is positive if it ends in g and negative if it does not;
3. a weight of the last layer that leaves a unit of g has the sign s_g;
4. x_n.x_m <= 0 for n in S_g, m outside of S_g;
5. x_n.x_m >= 0 for n, m in S_g; or g has one unit in the first layer and |x_m|^2 + sum_n min(0, x_n.x_m) > 0, the sum
   over the other n in S_g.

Then all of this holds for ever. For as long as it holds, a unit of g in any layer is active exactly on S_g (2 makes
its pre-activation a sum of positive terms on S_g, of negative ones elsewhere, or of none); so f_n = sum over paths
through g for n in S_g, the backward signal of n has sign s_g = y_n on g and is zero elsewhere, and

    d(w.x_m) = sum_{n in S_g} e_n |b_n| x_n.x_m   for a first-layer unit w of g with backward signal b

has the sign that keeps 1 by 4 and 5 (with one unit f_n is a fixed multiple of w.x_n on S_g, so the smallest w.x_m has
the largest e_m, and 5 says that it does not fall). Weights of 2 within g and of 3 move away from zero, and weights
between units without a common active example stand still.

**The end.** Each group that reaches the output is a linear network of its own that separates S_g, and by the theorem
on deep max-margin bias its loss tends to 0, its layers align, and its smallest output grows like log t. So
|W_k|^2 ~ sum_g (log t/gamma_g)^(2/K), and

    L -> (number of examples in no such group) ell(0), over N if averaged
    margin -> (sum_g gamma_g^(-2/K))^(-K/2) if every example is in such a group, else 0

**Conventions.** Weights are exact numbers or balls; a sign that a ball does not tell fails the condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

Matrix = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Group:
    """Examples (counted from 0), their label, and the units of each hidden layer that are active on exactly these."""

    examples: frozenset[int]
    label: int
    units: tuple[frozenset[int], ...]

    @property
    def alive(self) -> bool:
        """Whether a path through the group reaches the output."""
        return all(self.units)


@dataclass(frozen=True)
class StandingGates:
    """Groups whose gates never change again."""

    groups: tuple[Group, ...]
    examples: int
    stable: bool  # whether weights and inputs nearby have the same groups: every inequality is strict

    @property
    def alive(self) -> tuple[Group, ...]:
        """The groups that reach the output."""
        return tuple(g for g in self.groups if g.alive)

    @property
    def lost(self) -> tuple[int, ...]:
        """The examples whose output is 0 for ever."""
        seen = {n for g in self.alive for n in g.examples}
        return tuple(n for n in range(self.examples) if n not in seen)


def standing_gates(
    layers: Sequence[Matrix],
    inputs: Sequence[Sequence[Fraction]],
    labels: Sequence[int],
) -> StandingGates | None:
    """The groups if gates stand for ever from these weights on, else None.

    Args:
        layers: K >= 2 layers of exact numbers or balls, the last with one row.
        inputs, labels: (N, d) and (N,) exact.
    """
    if len(layers) < 2 or len(layers[-1]) != 1:
        return None
    layers, inputs = [[_flint(row) for row in w] for w in layers], [_flint(x) for x in inputs]
    first = _first_layer(layers[0], inputs)
    if first is None:
        return None
    units = _units(layers, first)
    if units is None:
        return None
    groups = []
    for examples, members in units.items():
        signs = {labels[n] for n in examples}
        if len(signs) != 1:
            return None
        groups.append(Group(examples, signs.pop(), members))
    gram = [[_dot(a, b) for b in inputs] for a in inputs]
    stable = all(gram[n][m] != 0 for g in groups for n in g.examples for m in range(len(gram)))
    found = StandingGates(tuple(sorted(groups, key=lambda g: sorted(g.examples))), len(inputs), stable)
    return found if _signed(found, layers[-1][0]) and all(_kept(g, gram) for g in found.groups) else None


def _flint(row: Sequence[Any]) -> list[Any]:
    """Rational numbers that multiply balls."""
    return [fmpq(v.numerator, v.denominator) if isinstance(v, int | Fraction) else v for v in row]


def _dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    return sum((u * v for u, v in zip(a, b, strict=True)), fmpq(0))


def _first_layer(rows: Matrix, inputs: Sequence[Sequence[Any]]) -> dict[frozenset[int], frozenset[int]] | None:
    """Examples and the first-layer units active on them; None on a kink or where such sets overlap."""
    found: dict[frozenset[int], set[int]] = {}
    for i, row in enumerate(rows):
        values = [_dot(row, x) for x in inputs]
        if not all(v > 0 or v < 0 for v in values):
            return None
        seen = frozenset(n for n, v in enumerate(values) if v > 0)
        if seen:
            found.setdefault(seen, set()).add(i)
    if sum(map(len, found)) > len(frozenset().union(*found)):
        return None
    return {examples: frozenset(members) for examples, members in found.items()}


def _units(
    layers: Sequence[Matrix],
    first: dict[frozenset[int], frozenset[int]],
) -> dict[frozenset[int], tuple[frozenset[int], ...]] | None:
    """The units of every hidden layer, by group; None where condition 2 fails."""
    units: dict[frozenset[int], tuple[frozenset[int], ...]] = {examples: (found,) for examples, found in first.items()}
    for rows in layers[1:-1]:
        members: dict[frozenset[int], set[int]] = {examples: set() for examples in units}
        for j, row in enumerate(rows):
            reading = [(examples, _sign([row[i] for i in found[-1]])) for examples, found in units.items() if found[-1]]
            positive = [examples for examples, sign in reading if sign == 1]
            if len(positive) > 1 or any(sign == 0 for _, sign in reading):
                return None
            for examples in positive:
                members[examples].add(j)
        units = {examples: (*found, frozenset(members[examples])) for examples, found in units.items()}
    return units


def _sign(values: Sequence[Any]) -> int:
    """The sign that all numbers certainly have, or 0."""
    if all(v > 0 for v in values):
        return 1
    return -1 if all(v < 0 for v in values) else 0


def _signed(found: StandingGates, last: Sequence[Any]) -> bool:
    """Condition 3."""
    return all(_sign([last[i] for i in g.units[-1]]) == g.label for g in found.groups if g.units[-1])


def _kept(group: Group, gram: Matrix) -> bool:
    """Conditions 4 and 5."""
    inside = group.examples
    outside = set(range(len(gram))) - inside
    if any(gram[n][m] > 0 for n in inside for m in outside):
        return False
    if all(gram[n][m] >= 0 for n in inside for m in inside):
        return True
    obtuse = {m: [gram[n][m] for n in inside if n != m and gram[n][m] < 0] for m in inside}
    return len(group.units[0]) == 1 and all(gram[m][m] + sum(obtuse[m]) > 0 for m in inside)
