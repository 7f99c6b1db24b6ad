"""Spectra of batches: what one matrix does is no business of the others."""

import torch

from numerics.world.spectra import eigenvalues, rank

ONE_OFF = torch.diag_embed(torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 0.0], [5.0, 4.0], [7.0, 6.0]])).double()


def test_a_matrix_on_which_nothing_converges_spoils_no_other(monkeypatch):
    solve = torch.linalg.eigvalsh

    def stubborn(matrix):
        if bool((matrix[:, 0, 0] == 5).any()):
            raise torch.linalg.LinAlgError("failed to converge")
        return solve(matrix)

    monkeypatch.setattr(torch.linalg, "eigvalsh", stubborn)
    values = eigenvalues(ONE_OFF)
    assert torch.equal(values[[0, 1, 2, 4]], torch.tensor([[1, 2], [0, 3], [0, 0], [6, 7]]).double())
    assert bool(values[3].isnan().all())


def test_a_matrix_that_is_not_finite_has_no_rank():
    broken = ONE_OFF.clone()
    broken[1, 0, 0] = torch.inf
    found = rank(broken)
    assert bool(found[1].isnan()) and found[[0, 2, 3, 4]].tolist() == [2, 0, 2, 2]
