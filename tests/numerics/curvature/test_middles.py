"""Sums over pairs of neurons and inputs against automatic differentiation and against the product of columns."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from numerics.curvature import Architecture, Objective, closed_form, hessian, hessian_error, middles
from tests.numerics.curvature.problems import ARCHITECTURES, LOSSES, problem, reference


@pytest.fixture
def by_middles(monkeypatch):
    """Every Hessian is summed over pairs, some neurons at a time."""
    monkeypatch.setattr(closed_form, "_COPY", -1)
    monkeypatch.setattr(middles, "_SCRATCH", 50)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_agree_with_automatic_differentiation(by_middles, architecture, loss):
    classes = 3 if loss in ("cross-entropy", "square") else 1
    for depth, widths in enumerate(([3, classes], [3, 4, classes], [2, 3, 4, classes], [2, 3, 2, 3, classes]), 1):
        objective = Objective(loss, depth % 2 == 0, tuple(0.1 * k for k in range(depth)))
        weights, inputs, targets = problem(widths, loss, depth)
        found = hessian(weights, inputs, targets, architecture, objective)
        missed = found.matrix * np.exp(found.log_scale) - reference(weights, inputs, targets, architecture, objective)
        budget = 2 * np.exp(found.log_scale) * hessian_error(weights, inputs, targets, architecture, objective)
        assert np.linalg.norm(missed, 2) <= budget


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_agree_with_the_product_of_columns(architecture, monkeypatch):
    """A batch with inputs of its own for each network, several outputs, one decay a layer."""
    rng = np.random.default_rng(4)
    weights = [rng.standard_normal((5, h, d)) for d, h in pairwise([3, 4, 2, 3])]
    inputs, targets = rng.standard_normal((5, 6, 3)), rng.integers(1, 4, (5, 6))
    objective = Objective("cross-entropy", True, (0.1, 0.0, 0.3))
    summed = _hessians(monkeypatch, -1, weights, inputs, targets, architecture, objective)
    budget = 2 * hessian_error(weights, inputs, targets, architecture, objective)
    if not architecture.is_curved:
        product = _hessians(monkeypatch, np.inf, weights, inputs, targets, architecture, objective)
        assert np.all(np.linalg.norm(product - summed, 2, axis=(1, 2)) <= budget)
    for b in range(5):
        alone = hessian([w[b] for w in weights], inputs[b], targets[b], architecture, objective).matrix
        assert np.linalg.norm(alone - summed[b], 2) <= budget[b]


def _hessians(monkeypatch, copy, *arguments):
    monkeypatch.setattr(closed_form, "_COPY", copy)
    return hessian(*arguments).matrix


def test_are_chosen_where_outputs_and_examples_are_many(monkeypatch):
    monkeypatch.setattr(closed_form, "fill_gram", lambda *_: pytest.fail("a product of columns"))
    weights, inputs, targets = problem([2, 3, 3], "cross-entropy", 1, examples=closed_form._COPY)
    objective, relu = Objective("cross-entropy"), Architecture("relu")
    found = hessian(weights, inputs, targets, relu, objective)
    missed = found.matrix * np.exp(found.log_scale) - reference(weights, inputs, targets, relu, objective)
    budget = 2 * np.exp(found.log_scale) * hessian_error(weights, inputs, targets, relu, objective)
    assert np.linalg.norm(missed, 2) <= budget


@pytest.mark.parametrize(("classes", "loss"), [(1, "exponential"), (3, "cross-entropy")])
def test_a_large_hessian_takes_little_memory_beside_itself(classes, loss):
    weights, inputs, targets = problem([9, 40, 40, classes], loss, 1, examples=64)
    hessian(weights, inputs, targets, Architecture("relu"), Objective(loss))
    tracemalloc.start()
    try:
        matrix = hessian(weights, inputs, targets, Architecture("relu"), Objective(loss)).matrix
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 1.2 * matrix.nbytes
