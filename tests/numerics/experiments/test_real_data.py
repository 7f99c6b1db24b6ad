"""Experiments on digits, and the numbers on record: small networks, tables written for the purpose."""

import csv
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from numerics.experiments.real_data import capacity, deposit, estimates, margins, normalised, training
from numerics.experiments.real_data.networks import Networks, cross_entropy, descend, shuffled_digits, start

# ---- intervals


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_binomial_interval_is_where_neither_tail_is_rare(counts):
    hits, trials = counts
    value, low, high = estimates.binomial(hits, trials)
    tail = (1 - estimates.LEVEL) / 2
    assert low <= value <= high
    if hits:
        assert binom.sf(hits - 1, trials, low) == pytest.approx(tail)
    if hits < trials:
        assert binom.cdf(hits, trials, high) == pytest.approx(tail)


def test_without_trials_nothing_is_known():
    assert estimates.binomial(0, 0) == (0.5, 0.0, 1.0)
    with pytest.raises(ValueError, match="3 successes in 2 trials"):
        estimates.binomial(3, 2)


def test_the_bootstrap_of_a_mean_is_near_the_classical_interval(monkeypatch):
    monkeypatch.setattr(estimates, "DRAWS", 2000)
    sample = np.random.default_rng(0).normal(1, 2, 200)
    value, low, high = estimates.bootstrap(np.mean, sample)
    half = 1.96 * sample.std(ddof=1) / math.sqrt(200)
    assert value == pytest.approx(sample.mean())
    assert (value - low, high - value) == (pytest.approx(half, rel=0.15), pytest.approx(half, rel=0.15))
    assert estimates.bootstrap(np.mean, sample) == (value, low, high)


def test_paired_samples_are_drawn_together_and_independent_ones_apart():
    x = np.arange(10.0)
    assert estimates.bootstrap(estimates.mean_difference, x, x) == (0, 0, 0)
    assert estimates.bootstrap_apart(estimates.mean_difference, x, x)[1] < 0


def test_lines_and_correlations():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert estimates.line(x, 2 * x + 1) == (pytest.approx(2), pytest.approx(1))
    assert estimates.rank_correlation(x, np.exp(x)) == pytest.approx(1)
    assert estimates.correlation(x, np.exp(x)) < 0.95
    assert math.isnan(estimates.slope(np.ones(4), x)) and math.isnan(estimates.correlation(np.ones(4), x))


# ---- networks


def test_outputs_losses_and_norms_against_single_networks():
    networks = start((64, 5, 4, 10), [1.0, 2.0, 0.5], seed=0)
    x, y = (a[:7] for a in shuffled_digits())
    for b in range(3):
        w1, w2, w3 = (w[b] for w in networks.layers)
        f = torch.relu(torch.relu(x @ w1.T) @ w2.T) @ w3.T
        assert torch.allclose(networks(x)[b], f.T)
        assert networks.losses(x, y)[b] == pytest.approx(float(torch.nn.functional.cross_entropy(f, y)))
        assert networks.errors(x, y)[b] == pytest.approx(float((f.argmax(1) != y).double().mean()))
        assert float(networks.norms()[b].prod()) == pytest.approx(float(w1.norm() * w2.norm() * w3.norm()))
    assert networks.parameters == 64 * 5 + 5 * 4 + 4 * 10


def test_networks_of_a_batch_do_not_see_one_another():
    x, y = (a[:9] for a in shuffled_digits())
    both = start((64, 5, 4, 10), [1.0, 0.5], seed=0)
    together = descend(both, x, y, 5)
    alone = descend(Networks(tuple(w[1:] for w in both.layers)), x, y, 5)
    assert all(torch.allclose(a[1:], b) for a, b in zip(together.layers, alone.layers, strict=True))


def test_divided_by_large_numbers_losses_lie_on_a_ray_with_the_remainder_that_was_derived():
    networks = start((64, 8, 8, 10), [1.0, 2.0], seed=1)
    x, y = (a[:50] for a in shuffled_digits())
    f = networks(x)
    mean = (f.gather(1, y.expand(2, -1)[:, None])[:, 0] - f.mean(1)).mean(1)
    reach = (f.amax(1) - f.amin(1)).square().mean(1)
    for s in (1.0, 10.0, 1000.0):
        rest = networks.losses(x, y, s) - (math.log(10) - mean / s)
        rounding = 64 * torch.finfo(f.dtype).eps
        assert bool((rest >= -rounding).all()) and bool((rest <= reach / (8 * s**2) + rounding).all())


def test_cross_entropy_takes_labels_for_each_network():
    f = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    y = torch.randint(0, 4, (3, 5), generator=torch.Generator().manual_seed(1))
    expected = torch.nn.functional.cross_entropy(f, y, reduction="none")
    assert torch.allclose(cross_entropy(f, y), expected)


# ---- experiments, small


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(estimates, "DRAWS", 100)


@pytest.fixture
def small(monkeypatch):
    """Few starts, few steps, nothing kept from one test to the next."""
    for module in (normalised, training, capacity):
        monkeypatch.setattr(module, "STARTS", 2)
    for name, value in (("STEPS", 60), ("RANDOM_STEPS", 60), ("RANDOM_STARTS", 2), ("EXAMPLES", 60)):
        monkeypatch.setattr(normalised, name, value)
    monkeypatch.setattr(training, "EXAMPLES", 60)
    kept = (normalised.trained, normalised.trained_on_random_labels, normalised.losses)
    for function in kept:
        function.cache_clear()
    yield
    for function in kept:
        function.cache_clear()


def well_formed(quantities):
    for name, interval in quantities.items():
        if interval is not None:
            value, low, high = interval
            assert low <= value <= high and math.isfinite(low) and math.isfinite(high), name
    return quantities


@pytest.mark.usefixtures("small")
def test_one_network_alone_makes_the_line_too():
    found = well_formed(normalised.loss_line())
    assert found["control_correlation"][1] > 0.999
    assert found["recorded_random_labels_gap"] is None


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "experiment",
    [
        normalised.zero_training_error,
        normalised.starts,
        normalised.random_labels,
        normalised.loss_ranking,
        normalised.offset,
    ],
)
def test_what_is_measured_has_a_value_in_its_interval(experiment):
    found = well_formed(experiment())
    assert any(name.startswith("digits_") for name in found)


@pytest.mark.usefixtures("small")
def test_perturbed_weights_grow_more_than_those_left_alone():
    found = well_formed(training.perturbations(settle=60, between=5, rounds=3))
    assert found["digits_norm_growth"][1] > 0 and found["cifar_norm_growth"] is None


def test_separation_is_found_at_the_first_step_that_has_it():
    x, y = (a[:5] for a in shuffled_digits())
    reached = capacity.first_separation(16, x, y, limit=200)
    networks = start(capacity.shape(16), [1.0] * len(reached), seed=7)
    for count in (int(reached[0]) - 1, int(reached[0])):
        assert bool(descend(networks, x, y, count).errors(x, y)[0] == 0) == (count == reached[0])


def test_the_polynomial_meets_the_rectifier_to_the_accuracy_of_its_degree():
    z = torch.linspace(-3, 3, 601, dtype=torch.float64)
    gaps = [float((training.rectifier_polynomial(d, 3.0)(z) - z.relu()).abs().max()) for d in (4, 8, 16)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 0.15


def test_the_margin_is_that_of_the_normalised_network():
    x, y = margins.odd_or_even()
    networks = start(margins.WIDTHS, [1.0, 3.0], seed=0)
    margin, support = margins.record(networks, x[:20], y[:20], 0.5, 0, 1)
    outputs = y[:20] * networks(x[:20])[:, 0] / networks.norms().prod(dim=1)[:, None]
    assert margin[0] == pytest.approx(outputs.amin(1).numpy())
    assert list(support[0]) == list(outputs.argmin(1))


# ---- the numbers on record


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Tables of three series of four networks: test loss is training loss plus a tenth, the ranks agree."""
    columns = [
        "series",
        "init_scale",
        "train_loss_last",
        "test_loss_last",
        "train_error_last",
        "test_error_last",
        "refnorm_train_loss",
        "refnorm_train_error",
        "refnorm_test_loss",
    ]
    with (tmp_path / "nets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for letter in "ABC":
            for i in range(4):
                writer.writerow([letter, 1, i, 3 - i, 0, i, i / 4, 0, i / 4 + 0.1])
        writer.writerow(["C", 100, 9, 9, 9, 9, 9, 9, 9])  # not of the core
    (tmp_path / "manifest.csv").write_text("origin_file\nfig2/a\nfig2/b\nreadme\n", encoding="utf-8")
    monkeypatch.setenv(deposit.VARIABLE, str(tmp_path))


@pytest.mark.usefixtures("recorded")
def test_the_tables_are_read_where_they_are_at_hand():
    line = deposit.normalised_line()
    assert line["recorded_slope_c"][0] == pytest.approx(1)
    assert line["recorded_intercept_a"] == (pytest.approx(0.1),) * 3
    assert deposit.ranking()["recorded_rank_correlation_b"][0] == pytest.approx(1)
    assert deposit.ranking()["recorded_raw_rank_correlation_b"][0] == pytest.approx(-1)
    assert deposit.contents()["recorded_files_of_fig2"] == (2.0, 2.0, 2.0)
    assert deposit.contents()["recorded_files_of_fig3"] == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("measure", [deposit.errors, deposit.normalised_line, deposit.ranking, deposit.contents])
def test_without_the_tables_nothing_is_at_hand(measure, monkeypatch, tmp_path):
    monkeypatch.setenv(deposit.VARIABLE, str(tmp_path / "nowhere"))
    assert set(measure().values()) == {None}
