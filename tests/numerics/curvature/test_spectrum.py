"""Spectra from compressed problems against dense eigvalsh; bounds; ranks; Lanczos."""

from itertools import pairwise

import numpy as np
import pytest

from numerics.curvature import (
    Architecture,
    Objective,
    extreme_eigenvalues,
    full_spectrum,
    hessian,
    hessian_error,
    hessian_operator,
    numerical_rank,
)
from numerics.curvature.rounding import gamma

# (widths, examples): kernel by fact 1, by both facts, by fact 2 alone, by neither.
SHAPES = (([5, 14, 10, 9, 2], 3), ([3, 10, 1], 2), ([3, 12, 1], 9), ([2, 3, 3, 1], 6))


def problem(widths, examples, seed=0):
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal((h, d)) / np.sqrt(d) for d, h in pairwise(widths)]
    targets = rng.standard_normal((examples, widths[-1]) if widths[-1] > 1 else examples)
    return weights, rng.standard_normal((examples, widths[0])), targets


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky-relu", "power"])
@pytest.mark.parametrize(("widths", "examples"), SHAPES)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_the_compressed_problem_has_the_whole_spectrum(activation, widths, examples, decay):
    weights, inputs, targets = problem(widths, examples)
    architecture, objective = Architecture(activation), Objective("square", True, decay)
    found = full_spectrum(weights, inputs, targets, architecture, objective)
    dense = np.linalg.eigvalsh(hessian(weights, inputs, targets, architecture, objective).matrix)
    assert found.eigenvalues.shape == dense.shape
    assert np.abs(found.eigenvalues - dense).max() <= 2 * found.error
    at_least = sum(max(0, h - examples * widths[-1]) * max(0, d - examples) for d, h in pairwise(widths))
    assert len(dense) - found.solved >= at_least
    assert found.structural_zeros == (0 if decay else len(dense) - found.solved)


def test_a_dominating_layer_is_folded():
    weights, inputs, targets = problem([3, 12, 1], 9)
    found = full_spectrum(weights, inputs, targets, Architecture("relu"), Objective("square"))
    assert found.solved == 12 + (12 + 9)  # W_2 whole, W_1 by its 12 cross columns and 9 Gram columns


def test_rank_is_given_only_where_the_bounds_meet():
    """Linear regression: H = (2/N) X^T X. Rank N from N < d inputs is the size of the compressed problem."""
    weights, inputs, targets = problem([9, 1], 4)
    rank = numerical_rank(full_spectrum(weights, inputs, targets, Architecture("linear"), Objective("square")))
    assert (rank.rank, rank.lower, rank.upper) == (4, 4, 4)
    inputs[3] = inputs[0] + inputs[1]
    rank = numerical_rank(full_spectrum(weights, inputs, targets, Architecture("linear"), Objective("square")))
    assert (rank.rank, rank.lower, rank.upper) == (None, 3, 4)
    assert rank.gap > 1


def test_decay_leaves_no_structural_zero():
    weights, inputs, targets = problem([9, 1], 4)
    spectrum = full_spectrum(weights, inputs, targets, Architecture("linear"), Objective("square", True, 0.25))
    assert numerical_rank(spectrum).rank == 9
    assert np.exp(spectrum.log_scale) * spectrum.eigenvalues[0] == pytest.approx(0.5)


@pytest.mark.parametrize("loss", ["exponential", "logistic", "square"])
def test_the_error_bound_covers_single_precision_mistakes_scaled_down(loss):
    """Inputs moved by one unit roundoff move H by no more than the bound, which counts such relative errors."""
    weights, inputs, targets = problem([3, 4, 3, 1], 5, seed=4)
    targets = targets if loss == "square" else np.sign(targets)
    architecture, objective = Architecture("power"), Objective(loss)
    one = hessian(weights, inputs, targets, architecture, objective)
    other = hessian([w * (1 + gamma(1)) for w in weights], inputs * (1 - gamma(1)), targets, architecture, objective)
    scale = np.exp(other.log_scale - one.log_scale)
    bound = hessian_error(weights, inputs, targets, architecture, objective)
    assert np.linalg.norm(one.matrix - other.matrix * scale, 2) <= 3 * bound


@pytest.mark.parametrize(
    "architecture", [Architecture("relu"), Architecture("leaky-relu", slope=-7.0), Architecture("power")], ids=str
)
def test_the_error_bound_dominates_the_matrix_itself(architecture):
    """The bound is (roundings) u times the sum of absolute values, so it exceeds (roundings) u |H|, steep gates too."""
    weights, inputs, targets = problem([3, 4, 3, 1], 5, seed=4)
    found = hessian(weights, inputs, targets, architecture, Objective("square"))
    bound = hessian_error(weights, inputs, targets, architecture, Objective("square"))
    assert bound >= gamma(5) * np.linalg.norm(found.matrix, 2)


def test_lanczos_finds_both_ends():
    weights, inputs, targets = problem([4, 8, 6, 1], 7)
    arguments = (weights, inputs, targets, Architecture("relu"), Objective("square"))
    found = extreme_eigenvalues(hessian_operator(*arguments), 4, "BE")
    dense = full_spectrum(*arguments)
    ends = dense.eigenvalues[[0, 1, -2, -1]]
    assert np.all(np.abs(found.values - ends) <= found.residuals + 2 * dense.error)
    again = extreme_eigenvalues(hessian_operator(*arguments), 4, "BE")
    assert np.array_equal(found.values, again.values)


def test_lanczos_at_forty_thousand_weights():
    """Square loss without residual: H = 2/N J^T J, whose largest eigenvalue is that of the N x N matrix 2/N J J^T."""
    weights, inputs, _ = problem([199, 200, 1], 6)
    hidden = inputs @ weights[0].T
    gates = (hidden > 0).astype(float)
    targets = (np.maximum(hidden, 0) @ weights[1].T)[:, 0]
    operator = hessian_operator(weights, inputs, targets, Architecture("relu"), Objective("square"))
    assert operator.size == 40_000
    found = extreme_eigenvalues(operator, 2)
    back = gates * weights[1]
    kernel = (back @ back.T) * (inputs @ inputs.T) + np.maximum(hidden, 0) @ np.maximum(hidden, 0).T
    expected = np.linalg.eigvalsh(2 / 6 * kernel)[-2:] * np.exp(-found.log_scale)
    budget = found.residuals + 1e-10 * expected[-1]  # eigvalsh of a 6 x 6 matrix is far more accurate
    assert np.all(np.abs(found.values - expected) <= budget)
    with pytest.raises(ValueError, match="one network"):
        extreme_eigenvalues(
            hessian_operator(
                [w[None].repeat(2, 0) for w in weights], inputs, targets, Architecture("relu"), Objective("square")
            )
        )


def test_spectra_at_margins_of_a_million():
    """y f = 10^6 |x_1|^2 and 2 10^6 |x_1|^2: only the first example is left, H e^(10^6 |x_1|^2) = x_1 x_1^T."""
    inputs = np.array([[3.0, 4.0, 0.0], [6.0, 8.0, 0.0]])
    arguments = ([inputs[:1] * 1e6], inputs, np.ones(2), Architecture("linear"), Objective("exponential", False))
    dense, ends = full_spectrum(*arguments), extreme_eigenvalues(hessian_operator(*arguments))
    assert dense.log_scale == ends.log_scale == -25e6
    assert np.abs(dense.eigenvalues - [0, 0, 25]).max() <= dense.error
    assert abs(ends.values[-1] - 25) <= ends.residuals[-1] + dense.error
    assert dense.solved == 2  # N = 2 examples, p = 3
    assert numerical_rank(dense).lower == 1


def test_nonsense_is_refused():
    weights, inputs, targets = problem([2, 3, 1], 4)
    batch = [w[None] for w in weights]
    with pytest.raises(ValueError, match="one network"):
        full_spectrum(batch, inputs, targets, Architecture(), Objective("square"))
    operator = hessian_operator(weights, inputs, targets, Architecture(), Objective("square"))
    with pytest.raises(ValueError, match="eigenvalues"):
        extreme_eigenvalues(operator, operator.size)
    with pytest.raises(ValueError, match="roundings"):
        gamma(2.0**60)
