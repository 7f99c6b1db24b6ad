"""Curvature of losses of deep networks without biases: Hessians, products with them, spectra, ranks, error bounds."""

from .closed_form import Curvature, hessian
from .model import Architecture, Objective
from .products import HessianOperator, hessian_operator
from .rounding import gates_are_certain, hessian_error
from .spectrum import ExtremeEigenvalues, NumericalRank, Spectrum, extreme_eigenvalues, full_spectrum, numerical_rank
from .tensors import LossHessian, kink_distance, loss_hessian

__all__ = [
    "Architecture",
    "Curvature",
    "ExtremeEigenvalues",
    "HessianOperator",
    "LossHessian",
    "NumericalRank",
    "Objective",
    "Spectrum",
    "extreme_eigenvalues",
    "full_spectrum",
    "gates_are_certain",
    "hessian",
    "hessian_error",
    "hessian_operator",
    "kink_distance",
    "loss_hessian",
    "numerical_rank",
]
