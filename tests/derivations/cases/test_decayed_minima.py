"""Weight decay on two layers: counts against the formula of the header and against floating point."""

import numpy as np
import pytest

from derivations.cases import decayed_minima
from derivations.cases.decayed_minima import one_layer_path, rotated_units, second_derivative_remainder


@pytest.mark.parametrize("loss", ["exponential", "square"])
@pytest.mark.parametrize("units", [1, 2, 3])
def test_two_linear_layers_rest_with_one_zero_mode_for_each_rotation(units, loss):
    found = rotated_units(units, loss)
    for when in ("", "later_"):
        assert found[f"{when}slope"] == 0 and found[f"{when}negative"] == 0
        assert found[f"{when}zero_modes"] == found[f"{when}symmetry_modes"] == units - 1
        assert found[f"{when}unmatched_modes"] == 0
    assert found["positive"] == 3 * units - (units - 1)
    assert found["decay"] > found["later_decay"]
    assert found["linear_zero_modes"] == units - 1


def test_rectifiers_have_the_rotations_of_either_half():
    found = rotated_units(3, "exponential", "relu")
    assert found["zero_modes"] == found["symmetry_modes"] == 4 == found["negative_without"]
    assert found["zero_modes_one_unit"] == 0


def test_the_spectrum_in_floating_point():
    u, loss = np.array([0.6, 0.8]), np.exp(-1.0)

    def penalised(w):
        first, second = w[:4].reshape(2, 2), w[4:]
        f = second @ first @ np.array([[1.0, -1.0], [1.0, 1.0]])
        return np.exp(-f * [1, -1]).sum() + loss * w @ w

    at, h, eye = np.concatenate([np.outer(u, [1, 0]).reshape(-1), u]), 1e-4, np.eye(6)
    slope = [(penalised(at + h * e) - penalised(at - h * e)) / (2 * h) for e in eye]
    hessian = [
        [sum(s * r * penalised(at + h * (s * a + r * b)) for s in (1, -1) for r in (1, -1)) / (4 * h * h) for a in eye]
        for b in eye
    ]
    values = np.linalg.eigvalsh(np.array(hessian))
    assert np.abs(slope).max() < 1e-6
    assert abs(values[0]) < 1e-5 < values[1]


def test_the_second_derivative_is_the_sum_of_the_header():
    assert second_derivative_remainder(2, 3) == 0


def test_a_wrong_sum_leaves_a_remainder(monkeypatch):
    monkeypatch.setattr(decayed_minima, "_squares", lambda entries: sum((2 * e**2 for e in list(entries)[1:]), 0 * 1))
    assert second_derivative_remainder(2, 2) == 1


def test_one_layer_is_hyperbolic_for_every_strength():
    found = one_layer_path(1, 20)
    assert found["slope"] == found["later_slope"] == found["turn"] == 0
    assert (found["zero_modes"], found["negative"]) == (0, 0) == (found["later_zero_modes"], found["later_negative"])
    assert 0 < found["later_decay"] < found["decay"]
    assert found["slope_without"] > 0
