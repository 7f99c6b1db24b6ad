"""Fitted rates: exact laws recovered inside narrow intervals, neighbours told apart, false laws excluded, real
flows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.flows.rates import (
    CORRECTIONS,
    asymptotic_ratio,
    fit_expansion,
    fractional_corrections,
    growth_exponent,
    limit_at_infinity,
    which_law,
)
from numerics.flows.setting import FlowSetting
from numerics.flows.smooth import smooth_flow
from tests.numerics.flows.problems import gaussian_layers, separable_data

X = np.logspace(1.5, 10, 60)


def log_t(x):
    return x


def log_t_log_log_t(x):
    return x + np.log(x)


@given(st.floats(-3, 3), st.floats(-5, 5), st.floats(-2, 2))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_coefficient_of_log_log_t_is_found(kappa, constant, correction):
    values = X + kappa * np.log(X) + constant + correction * np.log(X) / X
    verdict, interval = which_law(X, values, log_t, log_t_log_log_t)
    assert interval.contains(kappa)
    assert interval.high - interval.low < 1e-4
    if abs(kappa) > 1e-3 and abs(kappa - 1) > 1e-3:
        assert verdict == "neither"


def test_the_two_laws_are_told_apart_and_too_little_data_tells_nothing():
    assert which_law(X, X + 3, log_t, log_t_log_log_t)[0] == "first"
    assert which_law(X, X + np.log(X) - 2, log_t, log_t_log_log_t)[0] == "second"
    short = np.linspace(20.0, 21.0, 40)
    assert which_law(short, short + 0.3 * short**0.4, log_t, log_t_log_log_t)[0] != "first"


def test_a_remainder_of_another_kind_widens_the_interval():
    named = limit_at_infinity(X, 2 + np.log(X) / X)
    other = limit_at_infinity(X, 2 + 1 / np.log(X))
    assert named.contains(2) and named.high - named.low < 1e-8
    assert other.high - other.low > 1e6 * (named.high - named.low)


def test_ratios_and_exponents():
    assert asymptotic_ratio(X, X + np.log(X), log_t).contains(1.0)
    assert not asymptotic_ratio(X, 1.01 * X, log_t).contains(1.0)
    assert growth_exponent(X, 3 * X**0.4 * (1 + 1 / X)).contains(0.4)
    assert not growth_exponent(X, 3 * X**0.4).contains(0.41)


def test_several_leading_terms():
    fitted = fit_expansion(
        X, 2 * np.sqrt(X) - 3 * np.log(X) + 1, {"root": np.sqrt, "loglog": np.log, "one": np.ones_like}
    )
    assert fitted["root"].contains(2) and fitted["loglog"].contains(-3) and fitted["one"].contains(1)


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="give twice as many"):
        limit_at_infinity(X[:5], X[:5])
    with pytest.raises(ValueError, match="beyond log t = 1"):
        limit_at_infinity(np.linspace(0.5, 30, 60), np.ones(60))


@pytest.mark.parametrize("widths", [(4, 1), (4, 3, 1), (4, 3, 2, 1)])
def test_the_loss_of_a_linear_flow_carries_its_log_log_term(widths):
    """log(1/L) = log t + (2 - 2/K) log log t + O(1), since dlog L/dt = -L |grad log L|^2 and |grad q|^2 ~ q^(2
    - 2/K)."""
    depth = len(widths) - 1
    setting = FlowSetting(widths, *separable_data(1))
    run = smooth_flow(setting, gaussian_layers(3, widths), 1e8, at=np.logspace(2.5, 8, 40), rtol=1e-7, samples=4)
    late = run.log10_t > 300
    corrections = CORRECTIONS if depth < 3 else fractional_corrections(1 / depth)
    laws = (run.log_t[late], -run.log_loss[late], log_t, log_t_log_log_t, corrections)
    _, kappa = which_law(*laws)
    assert kappa.contains(2 - 2 / depth)
    assert kappa.high - kappa.low < 1e-3
    exponent = growth_exponent(run.log_t[late], run.norms[late, 0], corrections)
    assert exponent.contains(1 / depth) and exponent.high - exponent.low < 1e-3
