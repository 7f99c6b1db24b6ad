"""Kernels of Hessians at rational minima: every zero is accounted for, once."""

from flint import fmpq_mat

from derivations.cases.kernel_examples import REST, derivatives, examples, kernel_splits, zeros_by_family
from derivations.exact.spectra import inertia
from derivations.exact.symmetries import NetworkPoint


def test_every_eigenvalue_is_counted_once_and_none_is_negative():
    for example, found in zip(examples(), kernel_splits(), strict=True):
        gradient, hessian = derivatives(example.point, example.targets)
        assert not any(gradient)
        signs = inertia(hessian)
        assert (signs.positive, signs.negative, signs.zero) == (len(found["nonzero"]), 0, sum(found["zeros"].values()))
        assert found["weights"] == signs.size and min(found["nonzero"]) > 0


def test_without_decay_no_more_are_positive_than_there_are_examples():
    found = {f["name"]: f for f in kernel_splits()}
    assert all(len(f["nonzero"]) <= f["examples"] for name, f in found.items() if name != "linear-decay")
    assert found["linear-decay"]["zeros"] == {"rotation": 1}
    assert found["linear-interpolating"]["zeros"] == {"unseen-input": 2, "general-linear": 4}


def test_what_no_family_reaches_is_the_rest():
    assert zeros_by_family(fmpq_mat([[1, 0], [0, 0]]), []) == {REST: 1}
    assert zeros_by_family(fmpq_mat([[1]]), []) == {}


def test_derivatives_by_hand():
    """(2 w - 3)^2 + w^2/2 at w = 1 with the input 2: slope -4 + 1, curvature 8 + 1."""
    from fractions import Fraction

    point = NetworkPoint([[[1]]], "linear", [[2]], decays=[Fraction(1, 2)])
    gradient, hessian = derivatives(point, fmpq_mat([[3]]))
    assert (gradient, hessian) == ([-3], fmpq_mat([[9]]))
