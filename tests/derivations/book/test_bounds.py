"""Bounds by norms: they hold on random networks, and a chain of aligned layers of rank one attains them."""

from itertools import pairwise

import numpy as np
import pytest

from derivations.book.bounds import DERIVATIONS
from derivations.book.derivation import StepDoesNotCheck, theorem


def output(layers, x):
    for w in layers[:-1]:
        x = np.maximum(w @ x, 0)
    return layers[-1] @ x


def test_the_output_bound_holds_and_is_attained():
    rng = np.random.default_rng(0)
    for widths in ((4, 3, 2, 1), (5, 1), (2, 6, 4, 3, 1)):
        layers = [rng.standard_normal((h, d)) for d, h in pairwise(widths)]
        x = rng.standard_normal(widths[0])
        rho = np.prod([np.linalg.norm(w) for w in layers])
        assert abs(output(layers, x)[0]) < rho * np.linalg.norm(x)
        aligned = [np.outer(np.ones(len(w)), np.ones(w.shape[1])) for w in layers]
        ones = np.ones(widths[0])
        rho = np.prod([np.linalg.norm(w) for w in aligned])
        assert output(aligned, ones)[0] == pytest.approx(rho * np.linalg.norm(ones))


@pytest.mark.parametrize("build", DERIVATIONS, ids=lambda b: b.__name__)
def test_every_derivation_checks(build):
    found = build()
    assert found.conclusion and all(step.check for step in found.steps)


def test_a_theorem_wants_its_hypotheses():
    with pytest.raises(StepDoesNotCheck, match="hypotheses supplied and wanted differ"):
        theorem("rows", "Cauchy-Schwarz", "x", given={}, reason="r")
