"""Closed-form Hessians against automatic differentiation, by hand, and far out where exp(-y f) underflows."""

from fractions import Fraction

import numpy as np
import pytest

from numerics.curvature import Architecture, Objective, gates_are_certain, hessian, hessian_error, hessian_operator
from tests.numerics.curvature.problems import ARCHITECTURES, LOSSES, problem, reference


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_agrees_with_automatic_differentiation(architecture, loss):
    classes = 3 if loss == "cross-entropy" else 1
    for depth, widths in enumerate(([3, classes], [3, 4, classes], [2, 3, 4, classes], [2, 3, 2, 3, classes]), 1):
        objective = Objective(loss, depth % 2 == 0, tuple(0.1 * k for k in range(depth)))
        weights, inputs, targets = problem(widths, loss, depth)
        found = hessian(weights, inputs, targets, architecture, objective)
        expected = reference(weights, inputs, targets, architecture, objective)
        scale = np.exp(found.log_scale)
        # Both sides commit at most the bound of the closed form; autograd's own count is of the same order.
        budget = 2 * scale * hessian_error(weights, inputs, targets, architecture, objective)
        assert np.linalg.norm(found.matrix * scale - expected, 2) <= budget
        assert np.array_equal(found.matrix.shape, expected.shape)


def test_vector_targets_and_batches_agree_with_single_networks():
    rng = np.random.default_rng(3)
    weights = [rng.standard_normal((7, 4, 3)), rng.standard_normal((7, 3, 4)), rng.standard_normal((7, 2, 3))]
    inputs, targets = rng.standard_normal((7, 6, 3)), rng.standard_normal((7, 6, 2))
    objective = Objective("square")
    for architecture in ARCHITECTURES[:4]:
        together = hessian(weights, inputs, targets, architecture, objective)
        for b in range(7):
            alone = [w[b] for w in weights]
            one = hessian(alone, inputs[b], targets[b], architecture, objective)
            budget = 2 * hessian_error(alone, inputs[b], targets[b], architecture, objective)
            assert np.linalg.norm(one.matrix - together.matrix[b], 2) <= budget
            assert one.kink_distance == together.kink_distance[b]


def test_two_weights_by_hand():
    """f = w2 relu(w1 x), exponential: H = e [[w2^2 x^2, w1 w2 x^2 - y x], [., (w1 x)^2]] for w1 x > 0."""
    w1, w2, x, y = Fraction(1, 2), Fraction(3, 4), Fraction(2), Fraction(-1)
    expected = [[w2**2 * x**2, w1 * w2 * x**2 - y * x], [w1 * w2 * x**2 - y * x, (w1 * x) ** 2]]
    found = hessian(
        [np.array([[float(w1)]]), np.array([[float(w2)]])],
        np.array([[float(x)]]),
        np.array([float(y)]),
        Architecture("relu"),
        Objective("exponential", average=False),
    )
    assert float(found.log_scale) == float(w2 * w1 * x)
    assert found.matrix.tolist() == [[float(v) for v in row] for row in expected]
    assert found.kink_distance == 1.0


def test_square_loss_of_integers_is_exact():
    """Small integers: every product and sum is exact, so the Hessian is the integer one, symmetric to the bit."""
    weights = [np.array([[1.0, -2.0], [3.0, 1.0]]), np.array([[2.0, -1.0]])]
    inputs, targets = np.array([[1.0, 1.0], [2.0, -1.0]]), np.array([1.0, 0.0])
    objective = Objective("square", average=False)
    found = hessian(weights, inputs, targets, Architecture("linear"), objective)
    expected = reference(weights, inputs, targets, Architecture("linear"), objective)
    # sqrt(2) enters the rows of the Gram part, so its entries carry its rounding; S does not.
    assert np.allclose(
        found.matrix,
        np.rint(expected),
        rtol=0,
        atol=hessian_error(weights, inputs, targets, Architecture("linear"), objective),
    )


@pytest.mark.parametrize("loss", ["exponential", "logistic", "cross-entropy"])
def test_survives_margins_of_a_million(loss):
    """At y f ~ 10^6 the Hessian is exp(-10^6) times a matrix of order one that scaling the labels back shows."""
    rng = np.random.default_rng(5)
    classes = 2 if loss == "cross-entropy" else 1
    weights = [rng.standard_normal((3, 2)) * 1e3, np.abs(rng.standard_normal((classes, 3))) * 1e3]
    inputs = rng.standard_normal((4, 2))
    outputs = np.maximum(inputs @ weights[0].T, 0) @ weights[1].T
    targets = outputs.argmax(1) + 1 if classes == 2 else np.sign(outputs[:, 0] + (outputs[:, 0] == 0))
    inputs, targets = inputs[np.ptp(outputs, axis=1) > 1] if classes == 2 else inputs, targets
    targets = targets[np.ptp(outputs, axis=1) > 1] if classes == 2 else targets
    found = hessian(weights, inputs, targets, Architecture("relu"), Objective(loss))
    assert np.isfinite(found.matrix).all()
    assert np.abs(found.matrix).max() > 1
    worst = np.max(-np.abs(outputs[:, 0]) if classes == 1 else -np.ptp(outputs, axis=1)[np.ptp(outputs, axis=1) > 1])
    assert found.log_scale == pytest.approx(worst - np.log(len(inputs)), rel=1e-6)


def test_logistic_far_out_is_the_exponential():
    """sigmoid(-q) = e^{-q} (1 - e^{-q} + ...): at q > 40 the two Hessians agree to the unit roundoff."""
    weights, inputs, _ = problem([2, 3, 1], "exponential", 2)
    weights = [w * 1e4 for w in weights]
    outputs = np.maximum(inputs @ weights[0].T, 0) @ weights[1].T
    live = np.abs(outputs[:, 0]) > 40
    assert live.any()
    targets = np.sign(outputs[live, 0])
    one, other = (
        hessian(weights, inputs[live], targets, Architecture("relu"), Objective(loss))
        for loss in ("exponential", "logistic")
    )
    budget = hessian_error(weights, inputs[live], targets, Architecture("relu"), Objective("exponential"))
    assert one.log_scale == pytest.approx(float(other.log_scale))
    assert np.linalg.norm(one.matrix - other.matrix, 2) <= 2 * budget


def test_the_scale_leaves_room_for_weight_decay():
    weights, inputs, targets = problem([2, 2, 1], "exponential", 7)
    weights = [w * 100 for w in weights]
    targets = np.sign(np.maximum(inputs @ weights[0].T, 0) @ weights[1].T)[:, 0]
    targets = np.where(targets == 0, 1.0, targets)
    found = hessian(weights, inputs, targets, Architecture("relu"), Objective("exponential", True, (0.0, 0.5)))
    assert np.isfinite(found.matrix).all()
    assert np.diag(found.matrix * np.exp(found.log_scale))[4:].min() >= 1.0


def test_kink_distance_is_the_least_gated_preactivation():
    weights = [np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([[1.0, 1.0]])]
    inputs, targets = np.array([[3.0, 0.25], [-0.5, 2.0]]), np.array([1.0, -1.0])
    objective = Objective("exponential")
    assert hessian(weights, inputs, targets, Architecture("relu"), objective).kink_distance == 0.25
    assert hessian(weights, inputs, targets, Architecture("linear"), objective).kink_distance == np.inf
    assert gates_are_certain(weights, inputs, Architecture("relu"))
    on_kink = [np.array([[0.0, 0.0], [0.0, -1.0]]), weights[1]]
    assert not gates_are_certain(on_kink, inputs, Architecture("relu"))


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_products_agree_with_the_matrix(architecture, loss):
    classes = 3 if loss == "cross-entropy" else 1
    weights, inputs, targets = problem([2, 3, 4, classes], loss, 11)
    objective = Objective(loss, True, (0.1, 0.0, 0.2))
    matrix = hessian(weights, inputs, targets, architecture, objective).matrix
    operator = hessian_operator(weights, inputs, targets, architecture, objective)
    vectors = np.random.default_rng(1).standard_normal((1, operator.size, 3))
    budget = 2 * hessian_error(weights, inputs, targets, architecture, objective)
    missed = operator.apply(vectors)[0] - matrix @ vectors[0]
    assert np.all(np.linalg.norm(missed, axis=0) <= budget * np.linalg.norm(vectors[0], axis=0))
    assert np.array_equal(operator.apply(vectors[..., 0]), operator.apply(vectors[..., :1])[..., 0])


def test_many_examples_are_taken_in_turns():
    """More examples than a quarter of the Hessian has room for: distant blocks are summed in pieces."""
    weights, inputs, targets = problem([2, 3, 3, 3, 1], "square", 13, examples=200)
    objective = Objective("square")
    matrix = hessian(weights, inputs, targets, Architecture("leaky-relu"), objective).matrix
    operator = hessian_operator(weights, inputs, targets, Architecture("leaky-relu"), objective)
    product = operator.apply(np.eye(operator.size)[None])[0]
    budget = 2 * np.sqrt(len(matrix)) * hessian_error(weights, inputs, targets, Architecture("leaky-relu"), objective)
    assert np.linalg.norm(product - matrix, 2) <= budget


def test_memory_may_be_reused():
    weights, inputs, targets = problem([2, 3, 1], "square", 1)
    fresh = hessian(weights, inputs, targets, Architecture("relu"), Objective("square")).matrix
    out = np.full_like(fresh, np.nan)
    again = hessian(weights, inputs, targets, Architecture("relu"), Objective("square"), out=out).matrix
    assert np.shares_memory(again, out)
    assert np.array_equal(out, fresh)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="activation"):
        Architecture("tanh")
    with pytest.raises(ValueError, match="degree"):
        Architecture("power", degree=1)
    with pytest.raises(ValueError, match="loss"):
        Objective("hinge")
    with pytest.raises(ValueError, match="nonnegative"):
        Objective("square", True, -1.0)
    weights, inputs, targets = problem([2, 3, 1], "exponential", 0)
    with pytest.raises(ValueError, match="cannot follow"):
        hessian([weights[0], np.ones((1, 2))], inputs, targets, Architecture(), Objective())
    with pytest.raises(ValueError, match="weight decays"):
        hessian(weights, inputs, targets, Architecture(), Objective("exponential", True, (1.0,)))
    with pytest.raises(ValueError, match="contiguous"):
        hessian(weights, inputs, targets, Architecture(), Objective(), out=np.empty((9, 9)).T)
    with pytest.raises(ValueError, match="contiguous"):
        hessian(weights, inputs, targets, Architecture(), Objective(), out=np.empty((8, 8)))
    with pytest.raises(ValueError, match="labels"):
        hessian([weights[0], np.ones((3, 3))], inputs, np.zeros(5), Architecture(), Objective("cross-entropy"))
    with pytest.raises(ValueError, match="parameters"):
        hessian_operator(weights, inputs, targets, Architecture(), Objective()).apply(np.ones((1, 2)))
