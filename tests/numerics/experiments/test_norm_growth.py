"""Norms at equal loss."""

import math

import torch

from numerics.experiments.norm_growth import _ranks, descend, norms_and_errors, total_loss


def test_descent_reaches_the_loss():
    g = torch.Generator().manual_seed(1)
    x = torch.randn(4, 3, generator=g, dtype=torch.float64)
    y = torch.tensor([1.0, -1.0, 1.0, 1.0], dtype=torch.float64)
    w = torch.randn(2, 8, 3, generator=g, dtype=torch.float64)
    v = torch.randn(2, 8, generator=g, dtype=torch.float64)
    w, v = descend(w, v, x, y, 0.1)
    assert bool((total_loss(w, v, x, y) <= 0.1 * (1 + 1e-12)).all())


def test_ties_share_a_rank():
    assert _ranks(torch.tensor([3.0, 1.0, 1.0])).tolist() == [3.0, 1.5, 1.5]


def test_the_interval_holds_the_value():
    value, low, high = norms_and_errors(starts=8, loss=0.1)["correlation"]
    assert -1 <= low <= value <= high <= 1 and math.isfinite(value)
