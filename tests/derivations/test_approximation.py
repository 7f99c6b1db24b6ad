"""Approximation: constructions and bounds against floating point, brute force and properties."""

from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.approximation import DERIVATIONS, polynomials, rates, rectifiers, ridges, separation, trees

SMALL = st.integers(1, 4)
UNIT = st.fractions(0, 1, max_denominator=1000)


@pytest.mark.parametrize("build", DERIVATIONS, ids=lambda b: b.__name__)
def test_derivations_check(build):
    built = build()
    assert built.topic == "approximation" and built.name.endswith(build.__name__) and built.claims


# ---- polynomials


@given(SMALL, st.integers(0, 5))
def test_exponents_are_all_there_once_and_by_degree(n, k):
    found = polynomials.exponents(n, k)
    assert set(found) == {a for a in product(range(k + 1), repeat=n) if sum(a) <= k}
    assert len(found) == len(set(found)) == comb(n + k, k)
    assert [sum(a) for a in found] == sorted(map(sum, found))
    assert len(polynomials.homogeneous(n, k)) == comb(n + k - 1, k)


@given(st.integers(1, 12), st.integers(1, 200))
def test_the_number_of_units_is_between_its_bounds(n, k):
    assert Fraction(k**n, prod(range(1, n + 1))) < comb(n + k, k) <= (n + 1) * k**n


def test_counts():
    found = polynomials.units_of_a_shallow_network(3)
    assert found["leading"] == Fraction(1, 6) and found["degree_in_n"] == 3
    assert polynomials.units_of_a_deep_network()["limit_ratio"] == Fraction(1, 2)
    assert polynomials.polynomial_space(2, 3)["dimension"] == 10


# ---- Theorems 2 and 3


def test_the_network_of_theorem_2_is_near_its_polynomial():
    target, step = {(0, 0): 1, (1, 0): -2, (1, 1): 3, (0, 2): 1}, Fraction(1, 50)
    grid = polynomials.exponents(2, 2)
    weights = np.array([float(c) for c in ridges.outer_weights(2, target, step)])
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    network = np.exp(float(step) * x @ np.array(grid).T) @ weights
    wanted = sum(c * x[:, 0] ** a * x[:, 1] ** b for (a, b), c in target.items())
    bound = float(ridges.largest_error(2, target, step))
    assert 0 < np.abs(network - wanted).max() < bound < 1


def test_a_step_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="too long"):
        ridges.largest_error(4, {(0, 0): 1}, Fraction(1, 2))


def test_powers_along_too_few_directions_do_not_span():
    rows = [[(a**i) * (b**j) for i, j in polynomials.homogeneous(2, 3)] for a, b in ((1, 0), (0, 1), (1, 1))]
    assert np.linalg.matrix_rank(np.array(rows)) == 3 < ridges.power_rank(2, 3) == 4


# ---- trees


def test_the_gradient_of_a_composition_against_its_expansion():
    parts, x = trees.constituents(2, 2), [3, 1, 2, 5]
    found = trees.gradient(2, parts, x)
    keys = [(v, a) for v in parts for a in parts[v]]
    for at in (0, 7, 11, 17):  # of degree two at most in each coefficient, so that central differences are exact
        v, a = keys[at]
        up, down = ({**parts, v: {**parts[v], a: parts[v][a] + by}} for by in (1, -1))
        central = Fraction(int(trees.compose(2, up)(*x)) - int(trees.compose(2, down)(*x)), 2)
        assert (central - found[at]) % trees.PRIME == 0


def test_scale_and_offset_of_a_node_are_redundant():
    parts = {v: {(i, j): c for (i, j), c in p.items() if i + j <= 1} for v, p in trees.constituents(2, 1).items()}
    root = parts[1]  # affine constituents: 2 h - 3 below is undone by the root's coefficient of its first argument
    below = {a: 2 * c - 3 * (a == (0, 0)) for a, c in parts[2].items()}
    doubled = {a: 2 * c for a, c in root.items()}
    undone = {**doubled, (1, 0): root[1, 0], (0, 0): 2 * root[0, 0] + 3 * root[1, 0]}
    changed = trees.compose(2, {**parts, 1: undone, 2: below})
    assert changed == 2 * trees.compose(2, parts)


@pytest.mark.parametrize(("levels", "degree"), [(1, 2), (2, 1), (2, 3), (3, 2)])
def test_the_rank_attains_the_upper_bound(levels, degree):
    found = trees.dimensions(levels, degree)
    assert found["rank_gap"] == 0 and found["dimension"] <= found["full_dimension"]
    assert found["coefficients"] - found["dimension"] == 2 * (2**levels - 2)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=8))
def test_leaves_of_any_tree(sizes):
    found = trees.irregular_nodes(sizes)
    assert found["leaves"] - 1 == found["excess"] and found["nodes"] == len(sizes)


def test_leaves_that_make_no_groups_are_refused():
    with pytest.raises(ValueError, match="groups"):
        trees.nodes(6, 4)


def test_degrees_multiply():
    assert trees.composed_polynomials(2, 3)["composed_degree"] == 9
    assert trees.sparsity()["affine_ratio"] == 1


# ---- what networks cannot do


@given(st.integers(1, 6))
@settings(max_examples=6)
def test_units_have_no_higher_rank_than_their_number(units):
    assert separation.flattening_of_units(separation._weights(units, 6)).rank() <= units


def test_mixed_derivatives_of_a_shallow_network_have_low_rank():
    """sigma = exp, four variables, by differences: the matrix of the proof, at a point."""
    w = np.array([[0.3, -0.2, 0.5, 0.4], [-0.6, 0.1, 0.2, 0.7]])
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    at = [[sum(np.prod(v[[*s, *t]]) * np.exp(v.sum()) for v in w) for t in pairs] for s in pairs]
    assert np.linalg.matrix_rank(np.array(at), tol=1e-12) == 2
    assert separation.flattening_of_the_product(4).rank() == 6


def test_opposite_points_that_a_node_cannot_tell_apart():
    draw = np.random.default_rng(1)
    w, b, a = draw.normal(size=(20, 2)), draw.normal(size=20), draw.normal(size=20)

    def odd(angle):
        p = np.array([np.cos(angle), np.sin(angle)])
        return np.maximum(w @ p + b, 0) @ a - np.maximum(-w @ p + b, 0) @ a

    low, high = 0.0, np.pi
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if odd(low) * odd(middle) > 0 else (low, middle)
    p = np.array([np.cos(low), np.sin(low)])
    assert abs(odd(low)) < 1e-12 and p @ p - (-p) @ p == pytest.approx(2)


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_four_units_multiply(u, v):
    h = 1e-3
    sums = np.exp(h * (u + v)) + np.exp(-h * (u + v)) - np.exp(h * (u - v)) - np.exp(h * (v - u))
    assert sums / (4 * h**2) == pytest.approx(u * v, abs=1e-6)


# ---- rates


@given(UNIT, st.integers(1, 4))
def test_the_zigzag_is_continuous_at_zero_and_as_low_as_its_interval(t, exponent):
    assert abs(rates.zigzag(t, exponent)) <= 2 * t
    assert rates.zigzag(Fraction(1, 2), exponent) == rates.zigzag(Fraction(1, 4), exponent) == 0


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-2, 2)), min_size=1, max_size=5))
def test_exponential_sums_change_sign_less_often_than_they_have_terms(terms):
    t = np.linspace(-2, 2, 400)
    values = sum(a * np.exp(w * t) for w, a in terms)
    seen = np.sign(values[np.abs(values) > 1e-9])
    assert np.count_nonzero(np.diff(seen)) <= len(terms) - 1


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8), st.lists(st.floats(-1, 1), min_size=7, max_size=7))
def test_errors_pass_the_levels_as_derived(x, errors):
    delta, slope = 0.01, 1.5

    def root(values, noise):
        errors = iter(noise)
        while len(values) > 1:
            values = [
                slope * max(a, b) / 2 + slope * a / 2 + next(errors) * delta
                for a, b in zip(values[::2], values[1::2], strict=True)
            ]
        return values[0]

    gap = abs(root(x, errors) - root(x, [0] * 7))
    assert gap <= delta * (1 + slope + slope**2) + 1e-12


def test_growth_of_polynomials_is_below_one_and_near_it():
    assert all(Fraction(1, 2) < rates.growth_of_polynomials(n) < 1 for n in (1, 2, 5, 8))
    assert rates.channels(3, 2, 1)["functions"] == 7


# ---- rectifiers


@given(UNIT, st.integers(0, 8))
def test_teeth_interpolate_the_square(x, levels):
    error = rectifiers.approximate_square(x, levels) - x**2
    assert 0 <= error <= Fraction(1, 4 ** (levels + 1))


@given(UNIT, UNIT)
def test_hats_sum_to_one_and_interpolate_affine_functions(u, v):
    corners = list(product(range(-1, 3), repeat=2))
    assert rectifiers.interpolated(dict.fromkeys(corners, Fraction(1)), u, v) == 1
    assert rectifiers.interpolated({c: Fraction(3 * c[0] - c[1] + 2) for c in corners}, u, v) == 3 * u - v + 2


@given(st.fractions(-2, 2, max_denominator=50), st.fractions(-2, 2, max_denominator=50))
def test_squared_rectifiers_multiply(u, v):
    assert rectifiers._times(u, v) == u * v


def test_smoothness_of_the_squared_rectifier():
    found = rectifiers.smoothness_of_the_square()
    assert (found["value_jump"], found["slope_jump"], found["curvature_jump"]) == (0, 0, 2)


def test_one_matrix_is_monotone_and_one_hidden_layer_is_not():
    found = rectifiers.shallow_networks()
    assert found["layer_gap"] == 0 and found["single_least_error"] == Fraction(1, 2)


def test_finitely_many_pieces_miss_the_square():
    knots = np.linspace(-1, 1, 5)
    t = np.linspace(-1, 1, 4001)
    best = (np.interp(t, knots, knots**2) - t**2).max() / 2  # shifted down by half of the largest error
    assert float(rectifiers.realisable(pieces=4)["pieces_error"]) == pytest.approx(best, rel=1e-6)
