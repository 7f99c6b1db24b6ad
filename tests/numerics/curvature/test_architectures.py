"""Smooth activations on arrays: against those of torch, in both tails, and the range that floats have."""

import numpy as np
import pytest
import torch

from numerics.curvature.architectures import SmoothArchitecture, architecture_of
from numerics.network.activations import SMOOTH, Activation


@pytest.mark.parametrize("name", SMOOTH)
def test_values_and_derivatives(name):
    here, there = SmoothArchitecture(smooth=name), Activation("smooth", smooth=name)
    z = np.array([-300.0, -40.0, -2.0, -0.3, 0.0, 0.4, 1.7, 30.0])
    for ours, theirs in ((here.value, there), (here.first, there.first), (here.second, there.second)):
        assert np.allclose(ours(z), theirs(torch.as_tensor(z)).numpy(), rtol=1e-9, atol=1e-14)


def test_tails_keep_their_digits():
    tanh, softplus = SmoothArchitecture(smooth="tanh"), SmoothArchitecture(smooth="softplus")
    assert tanh.first(np.array([-200.0]))[0] == pytest.approx(4 * np.exp(-400.0), rel=1e-13)
    assert softplus.second(np.array([600.0]))[0] == pytest.approx(np.exp(-600.0), rel=1e-12)


def test_saturation():
    for name, saturated, fine in (("softplus", -800.0, 800.0), ("swish", -800.0, 800.0), ("tanh", 400.0, 300.0)):
        here = SmoothArchitecture(smooth=name)
        assert here.is_saturated(np.array([0.0, saturated])) and not here.is_saturated(np.array([0.0, fine]))


def test_kinds():
    assert architecture_of(Activation("smooth", smooth="tanh"), True).output_activation
    assert architecture_of(Activation("leaky-relu", slope=0.25)).slope == 0.25
    with pytest.raises(ValueError, match="gelu"):
        SmoothArchitecture(smooth="gelu")
