"""The precision ladder: true relations pass, however ill-conditioned; false ones are caught, however slightly."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.world.ladder import STEP, U32, compare

HUGE = 2.0**100


def rungs(formula, *args):
    """Both sides at both precisions, on arguments that float32 represents."""
    low = [a.to(torch.float32) for a in args]
    return formula(*(a.double() for a in low)), formula(*low)


def numbers(count=512, seed=0, *shape):
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def judged(relation, formula, *args, **more):
    high, low = rungs(formula, *args)
    return compare(relation, high, low, **more)


def noisy(formula, *args):
    """Both sides with random rounding errors of float32's size in every argument's use."""

    def again(i):
        g = torch.Generator().manual_seed(i + 1)
        jitter = lambda t: t * (1 + U32 * (2 * torch.rand(t.shape, generator=g, dtype=torch.float64) - 1))  # noqa: E731
        return formula(*(a.to(torch.float32).double() for a in args), jitter)

    return again


TRUE = {
    "square of a sum": lambda a, b: ((a + b) ** 2, a * a + 2 * a * b + b * b),
    "sum of exponents": lambda a, b: (torch.exp(a + b), torch.exp(a) * torch.exp(b)),
    "cancellation": lambda a, b: ((a + 1e4 * b) - 1e4 * b, a),
    "angle": lambda a, b: (torch.sin(100 * (a + b)), torch.sin(100 * a + 100 * b)),
    "vectors": lambda a, b: (torch.stack([a, b], 1) * a[:, None], torch.stack([a * a, a * b], 1)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identities_pass(name):
    result = judged("==", TRUE[name], numbers(), numbers(seed=1))
    assert result.instances == 512
    assert result.violations == 0
    assert bool(result.tied.all())


@pytest.mark.parametrize("error", [1e-2, 1e-5, 1e-7, 1e-8])
@pytest.mark.parametrize("name", ["square of a sum", "sum of exponents"])
def test_relative_errors_are_caught(name, error):
    def wrong(a, b):
        left, right = TRUE[name](a, b)
        # In float64 even at the lower rung: a false formula is false by as much at both.
        return left.double() * (1 + error), right

    result = judged("==", wrong, numbers().abs(), numbers(seed=1).abs())
    assert result.violations > 400


def test_a_single_false_point_among_true_ones_is_caught():
    def formula(a, b):
        left, right = TRUE["square of a sum"](a, b)
        left = left.clone()
        left[7] = left[7] * (1 + 1e-6)
        return left, right

    result = judged("==", formula, numbers().abs(), numbers(seed=1).abs())
    assert torch.nonzero(result.violated)[:, 0].tolist() == [7]
    assert result.worst() == 7


def test_scales_differ_between_points():
    scale = 2.0 ** torch.linspace(-30, 30, 512).round()
    result = judged("==", TRUE["square of a sum"], numbers() * scale, numbers(seed=1) * scale)
    assert result.violations == 0
    small = judged("==", lambda a, b: ((a + b) ** 2, a * a + b * b), numbers() * scale, numbers(seed=1) * scale)
    assert small.violations == 512


def test_both_sides_vanish():
    """Rounding errors of both rungs may be 0 by luck; further draws tell luck from falsity."""

    def zero(a, b, jitter=lambda t: t):
        return jitter(a * a) + jitter(2 * a * b) + jitter(b * b) - jitter((a + b) ** 2), torch.zeros_like(a)

    def false(a, b, jitter=lambda t: t):
        left, right = zero(a, b, jitter)
        return left + 1e-10 * (a * a + b * b), right

    args = numbers(4096), numbers(4096, 1)
    assert judged("==", zero, *args).violations > 0
    assert judged("==", zero, *args, again=noisy(zero, *args)).violations == 0
    assert judged("==", false, *args, again=noisy(false, *args)).violations > 1000


@pytest.mark.parametrize(("relation", "sign"), [("<=", 1), (">=", -1), ("<", 1), (">", -1)])
def test_inequalities(relation, sign):
    def cauchy_schwarz(a, b):
        left, right = (a * b).sum(1) ** 2, (a * a).sum(1) * (b * b).sum(1)
        return (left, right) if sign > 0 else (right, left)

    a, b = numbers(256, 0, 3), numbers(256, 1, 3)
    b[::4] = 2 * a[::4]  # equality
    result = judged(relation, cauchy_schwarz, a, b)
    assert result.violations == 0
    assert torch.nonzero(result.tied)[:, 0].tolist() == list(range(0, 256, 4))
    opposite = judged({"<=": ">=", ">=": "<=", "<": ">", ">": "<"}[relation], cauchy_schwarz, a, b)
    assert opposite.violations == 192


def test_unequal_is_never_violated_but_tied():
    result = judged("!=", lambda a, b: (a * b, b * a), numbers(), numbers(seed=1))
    assert result.violations == 0
    assert bool(result.tied.all())
    assert not bool(judged("!=", lambda a, b: (a, b), numbers(), numbers(seed=1)).tied.any())


def test_points_that_are_not_finite_are_counted_apart():
    a = numbers(8)
    a[0], a[1] = float("nan"), 200.0  # e^200 exists in float64 alone
    result = judged("==", lambda t: (torch.exp(t), torch.exp(t)), a)
    assert result.excluded == {"not finite": 2}
    assert result.instances == 6
    wide = judged("==", lambda t: (torch.exp(t), torch.exp(t)), a, again=lambda i: (torch.exp(a), torch.exp(a)))
    assert wide.excluded == {"not finite": 1}
    nothing = judged("==", lambda t: (t, t), torch.full((3,), float("inf")).double())
    assert nothing.worst() is None


def test_integers_compare_exactly():
    counts = torch.tensor([3.0, 4.0, 5.0], dtype=torch.float64)
    assert judged("==", lambda t: (t, t), counts).violations == 0
    assert judged("==", lambda t: (t, t + (t > 4)), counts).violations == 1


def test_step_is_halfway_between_the_rungs():
    assert STEP == 2.0**-14.5


def test_unknown_relation():
    with pytest.raises(ValueError, match="relation '~'"):
        compare("~", (numbers(1), numbers(1)), (numbers(1), numbers(1)))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 2**20), st.integers(-12, 12), st.integers(0, 8))
def test_distributivity_holds_and_its_mutant_does_not(seed, exponent, digits):
    a, b, c = (numbers(64, seed + i) * 2.0**exponent for i in range(3))
    assert judged("==", lambda a, b, c: (a * (b + c), a * b + a * c), a, b, c).violations == 0
    wrong = judged("==", lambda a, b, c: (a * (b + c), a * b + a * c * (1 + 2.0**-digits)), a, b, c)
    assert wrong.violations >= 60
