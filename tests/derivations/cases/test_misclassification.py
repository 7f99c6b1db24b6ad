"""One misclassified example: the equilibrium against descent, and what each example holds."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import minimize

from derivations.cases import misclassification
from derivations.cases.misclassification import SIGNED, one_error

X = np.array(SIGNED, dtype=float)


def test_the_equilibrium_is_where_a_minimiser_ends():
    found = minimize(lambda w: np.exp(-X @ w).sum(), np.zeros(2), tol=1e-14).x
    log2, log7 = np.log(2), np.log(7)
    assert found == pytest.approx([(3 * log7 - 2 * log2) / 10, (2 * log7 + 2 * log2) / 10], abs=1e-5)
    curvature = np.linalg.eigvalsh((X.T * np.exp(-X @ found)) @ X)
    assert float(one_error()["least_curvature"][0]) == pytest.approx(curvature[0], rel=1e-4)


def test_one_example_is_wrong_and_both_directions_are_held():
    found = one_error()
    assert found["gradient"] == 0 and (found["span_of_errors"], found["held_directions"]) == (1, 2)
    assert found["growth_across"] == Fraction(4, 13)


def test_elsewhere_the_gradient_is_not_zero(monkeypatch):
    monkeypatch.setattr(misclassification, "EQUILIBRIUM", ((Fraction(0), Fraction(0)), (Fraction(0), Fraction(1))))
    monkeypatch.setattr(misclassification, "_across", lambda right, error: Fraction(0))
    monkeypatch.setattr(misclassification, "_value", lambda pair: misclassification.arb(-1))
    assert one_error()["gradient"] > 0
