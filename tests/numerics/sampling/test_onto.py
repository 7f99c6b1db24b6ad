"""Points moved onto equations: simple solutions are reached to rounding, multiple ones are not."""

import torch

from numerics.sampling.onto import moved_onto
from numerics.world.points import Points


def points(count=20):
    draw = torch.Generator().manual_seed(1)
    W = (torch.randn(count, 2, 3, generator=draw).double(), torch.randn(count, 1, 2, generator=draw).double())
    x = torch.randn(count, 2, 3, generator=draw).double()
    return Points(W, x, torch.ones(count, 2).double(), torch.zeros(count, 2).double())


def outputs(p):
    return torch.einsum("bi,bij,bnj->bn", p.W[1][:, 0], p.W[0], p.x)


def test_equations_are_met_to_rounding():
    moved = moved_onto(points(), lambda p: [outputs(p) - 1, (p.W[0] ** 2).sum((1, 2)) - 2])
    assert float((outputs(moved) - 1).abs().max()) < 1e-12
    assert float(((moved.W[0] ** 2).sum((1, 2)) - 2).abs().max()) < 1e-12
    assert set(moved.family) == {"given on equations"}


def test_inputs_and_targets_stay_unless_they_may_move():
    before = points()
    still = moved_onto(before, lambda p: [outputs(p)])
    moved = moved_onto(before, lambda p: [outputs(p) - p.y], inputs=True, targets=True)
    assert torch.equal(still.x, before.x) and torch.equal(still.y, before.y)
    assert not torch.equal(moved.x, before.x) and not torch.equal(moved.y, before.y)
    assert float((outputs(moved) - moved.y).abs().max()) < 1e-12


def test_what_has_no_solution_stays_finite():
    moved = moved_onto(points(), lambda p: [1 + outputs(p) ** 2])
    assert all(bool(w.isfinite().all()) for w in moved.W)
