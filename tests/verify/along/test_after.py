"""Statements that speak from the first separation on, or from the last change of the support vector on."""

import pytest
import torch

from numerics.trajectories.pairs import pair
from numerics.world.points import Points
from verify.along import refute_along, simulate_along
from verify.along.after import beginning
from verify.along.course import Course

LINE = {"network": "linear", "widths": (2, 1), "loss": "exponential", "average": True}


def course(claimed, weights, inputs, labels):
    """A run of one linear layer on given data."""
    tensors = [torch.tensor(a, dtype=torch.float64) for a in (weights, inputs, labels)]
    start = Points((tensors[0],), tensors[1], tensors[2], torch.zeros(1, 1, dtype=torch.float64), ("made",))
    keywords = {**LINE, "examples": len(inputs[0])}
    sizes = claimed("line", "diverges(rho)").printed.settings[0].sizes((2, 1))
    return Course(pair(start, **keywords), start, keywords, sizes)


SPREAD = [[[1.0, 0.0], [0.5, 2.0]]]


def test_without_a_word_a_statement_speaks_from_the_start(claimed):
    run = course(claimed, [[[-1.0, 0.5]]], SPREAD, [[1.0, 1.0]])
    assert beginning(run, None) is run.start


def test_separation_begins_at_the_first_sample_that_separates(claimed):
    run = course(claimed, [[[-1.0, 0.5]]], SPREAD, [[1.0, 1.0]])
    begin = beginning(run, "separation")
    assert begin is not run.start
    assert bool((begin.x @ begin.W[0][0, 0] * begin.y > 0).all())


def test_separation_begins_at_the_start_where_that_separates(claimed):
    run = course(claimed, [[[1.0, 0.5]]], SPREAD, [[1.0, 1.0]])
    assert beginning(run, "separation") is run.start


def test_data_that_are_never_separated_are_left_out(claimed):
    run = course(claimed, [[[1.0, 0.5]]], [[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]], [[1.0, -1.0, 1.0]])
    assert beginning(run, "separation") == "never separates"


def test_a_single_support_vector_is_that_of_the_end(claimed):
    """x_1 = (1, 0) alone holds the largest margin; at the start x_2 has the smaller one."""
    run = course(claimed, [[[1.0, -0.25]]], [[[1.0, 0.0], [3.0, 4.0]]], [[1.0, 1.0]])
    begin = beginning(run, "single-support-vector")
    margins = (begin.x @ begin.W[0][0, 0] * begin.y)[0]
    assert int(margins.argmin()) == 0


@pytest.mark.parametrize("inputs", [[[1.0, 0.5], [1.0, -0.5]], [[1.0, 0.25], [1.0, -0.5]]], ids=["tied", "closing"])
def test_two_support_vectors_are_left_out(claimed, inputs):
    run = course(claimed, [[[1.0, 0.0]]], [inputs], [[1.0, 1.0]])
    assert beginning(run, "single-support-vector") == "no single support vector in the limit"


def test_a_premise_of_time_takes_starts_out_of_the_count(claimed):
    claim = claimed("two", "limit(N*L*exp(rho*margin)) == 1", 'after = "single-support-vector"')
    seen, _ = simulate_along(claim.printed, claim.printed.settings[0], profile="quick", seed=0)
    assert seen.violations == 0 < seen.instances
    assert seen.excluded["no single support vector in the limit"] > 0
    plain = claimed("two", "limit(N*L*exp(rho*margin)) == 1").printed
    assert simulate_along(plain, plain.settings[0], profile="quick", seed=0)[0].violations > 0


def test_parts_about_points_are_judged_where_the_statement_begins(claimed):
    """From random starts a layer's norm may fall; once the data are separated it grows."""
    formula = "nondecreasing(rho[1]) and diverges(rho)"
    after = claimed("deep-random", formula, 'after = "separation"').printed
    seen, _ = simulate_along(after, after.settings[0], profile="quick", seed=0)
    plain = claimed("deep-random", formula).printed
    without, _ = simulate_along(plain, plain.settings[0], profile="quick", seed=0)
    assert seen.violations == 0 < seen.instances
    assert without.violations > 0


def test_a_witness_after_separation_separates_at_its_start(claimed):
    """A network at rest refutes that norms diverge; one that loses an example, that the loss vanishes."""
    resting = claimed("relu", "diverges(rho)", 'after = "separation"').printed
    assert refute_along(resting, resting.settings[0]) is None
    losing = claimed("relu", "limit(L) == 0", 'after = "separation"').printed
    found = refute_along(losing, losing.settings[0])
    assert found is not None
    assert found.certificate == "enclosure, then standing gates"


def test_no_exact_start_has_a_single_support_vector_for_certain(claimed):
    claim = claimed("line", "bounded(rho)", 'after = "single-support-vector"')
    assert refute_along(claim.printed, claim.printed.settings[0]) is None
