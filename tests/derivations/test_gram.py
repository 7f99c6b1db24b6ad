"""The Gram part: the derivations, and Theorem 4's rank argument on both sides of its condition."""

import itertools
import random

import pytest
from flint import fmpq_mat

from derivations import gram


@pytest.mark.parametrize("build", gram.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds_and_no_step_survives_a_change(build, no_step_survives_a_change):
    assert build().name == f"hessians.{build.__name__}"
    no_step_survives_a_change(build)


def jacobian(widths, examples, seed):
    """d vec(Y) / d w of a two-layer ReLU network with random integers, each layer's columns by themselves."""
    d, h, out = widths
    draw = random.Random(seed)
    w1, w2, x = (
        [[draw.choice((-3, -2, -1, 1, 2, 3)) for _ in range(c)] for _ in range(r)]
        for r, c in ((h, d), (out, h), (examples, d))
    )
    first, second = [], []
    for n, c in itertools.product(range(examples), range(out)):
        hidden = [max(sum(a * b for a, b in zip(row, x[n], strict=True)), 0) for row in w1]
        first.append([w2[c][i] * (hidden[i] > 0) * x[n][a] for i in range(h) for a in range(d)])
        second.append([hidden[i] if o == c else 0 for o in range(out) for i in range(h)])
    return first, second


def nullity(rows):
    return len(rows[0]) - fmpq_mat(rows).rank()


GRID = list(itertools.product((2, 3, 4), (2, 3), (1, 2, 3), (1, 2, 3, 6)))


@pytest.mark.parametrize("d, h, out, n", GRID)
def test_a_layer_with_too_many_weights_has_a_kernel(d, h, out, n):
    first, second = jacobian((d, h, out), n, seed=d + 10 * h + 100 * out + 1000 * n)
    excess = (h * d - n * min(h, out), out * h - n * out)
    assert all(nullity(layer) >= more for layer, more in zip((first, second), excess, strict=True))
    whole = [a + b for a, b in zip(first, second, strict=True)]
    assert nullity(whole) >= max(*excess, 0)


def test_on_the_other_side_only_symmetries_are_left():
    """Many examples: the condition fails in both layers, and the kernel is the rescaling of each hidden unit."""
    d, h, out, n = 3, 2, 1, 24
    first, second = jacobian((d, h, out), n, seed=5)
    assert h * d <= n and h * out <= n
    assert nullity([a + b for a, b in zip(first, second, strict=True)]) == h
