"""How far decisions reach: what is covered of a class, and what is named as missing."""

from dataclasses import replace
from fractions import Fraction

import pytest

from verify.about import About, Span
from verify.claim import Setting, Statement
from verify.formula import parse
from verify.reach import Decided, Reach, covered

NAMED = frozenset({"network"})
DEEP = About("deep", ("relu",), Span(2), Span(1), loss=("exponential",), named=NAMED)
SEVERAL = Setting("several", "relu", ((4, 3, 1), (2, 1, 1), (5, 4, 2, 1)), 6, "exponential")
ONE = replace(SEVERAL, name="one", examples=1)


def statement(formula, about, settings=()):
    return Statement(formula, parse(formula, indices=["k", "n"]), settings, about=about)


def reach(about, *decided, formula="d(L) <= 0"):
    found = [Decided(s, general) for s, general in decided]
    return covered(statement(formula, about), found)


def test_without_a_class_a_statement_speaks_of_its_settings():
    assert reach(None, (SEVERAL, True)).reach == Reach.ALL
    assert reach(None, (SEVERAL, True), (ONE, False)).reach == Reach.SIZES
    assert reach(None, (None, False)).reach == Reach.ALL


def test_a_case_is_a_part_of_a_class_and_all_of_a_sentence_about_numbers():
    assert reach(DEEP, (None, True)) == covered(statement("L > 0", DEEP), [Decided(None, True)])
    assert reach(DEEP, (None, True)).reach == Reach.PART and reach(DEEP, (None, True)).case
    assert reach(About(), (None, True)).reach == Reach.ALL


def test_a_proof_in_general_reaches_all_of_a_class():
    assert reach(DEEP, (SEVERAL, True)).reach == Reach.ALL
    assert reach(DEEP, (SEVERAL, False), (ONE, False)).reach == Reach.SIZES


def test_one_layer_is_decided_apart_from_several():
    every = replace(DEEP, layers=Span(1))
    found = reach(every, (SEVERAL, True))
    assert (found.reach, found.missing) == (Reach.PART, ("K = 1",))
    assert reach(every, (SEVERAL, True), (replace(ONE, widths=((3, 1),)), True)).reach == Reach.ALL


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ([SEVERAL], "N = 1"),
        ([ONE], "an N of at least 3"),
        ([replace(s, widths=((4, 3, 1), (2, 1, 1))) for s in (ONE, SEVERAL)], "another K than 2"),
        ([replace(s, widths=((5, 4, 2, 1), (2, 1, 1, 1))) for s in (ONE, SEVERAL)], "K = 2"),
        ([replace(s, widths=((4, 3, 1), (5, 4, 2, 1))) for s in (ONE, SEVERAL)], "a width of 1"),
        ([replace(s, widths=((1, 1, 1), (2, 2, 2, 1))) for s in (ONE, SEVERAL)], "widths that differ"),
    ],
)
def test_what_the_listed_sizes_lack_is_named(settings, missing):
    found = reach(DEEP, *((s, False) for s in settings))
    assert (found.reach, found.missing) == (Reach.PART, (missing,))


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"network": ("relu", "linear")}, "linear, exponential, gradient flow, generic data"),
        ({"loss": ("exponential", "logistic")}, "relu, logistic, gradient flow, generic data"),
        ({"flow": ("gradient", "constrained")}, "relu, exponential, constrained flow, generic data"),
        ({"data": ("generic", "digits")}, "relu, exponential, gradient flow, digits data"),
    ],
)
def test_each_network_loss_flow_and_kind_of_data_counts(change, missing):
    found = reach(replace(DEEP, **change), (SEVERAL, True))
    assert (found.reach, found.missing) == (Reach.PART, (missing,))


def test_a_statement_that_names_no_flow_and_no_loss_is_one_for_all():
    several = replace(DEEP, loss=("exponential", "logistic"), flow=("gradient", "constrained"))
    assert reach(several, (SEVERAL, True), formula="dot(W[1], W[1]) == rho[1]**2").reach == Reach.ALL
    assert reach(several, (SEVERAL, True), formula="d(rho[1]) == 0").reach == Reach.PART
    assert reach(several, (SEVERAL, True), formula="L > 0").reach == Reach.PART


def test_what_holds_for_more_holds_for_less_and_not_the_other_way():
    trained = replace(DEEP, data=("separable",), start=("balanced",))
    wide = replace(SEVERAL, data="separable", start="separating")
    assert reach(trained, (wide, True)).reach == Reach.ALL
    assert reach(replace(trained, data=("generic",), start=("separating",)), (wide, True)).reach == Reach.PART


def test_any_weight_decay_is_a_letter_or_three_values():
    decayed = replace(DEEP, weight_decay=("any",))
    letter = replace(SEVERAL, weight_decay="any")
    values = [replace(SEVERAL, weight_decay=Fraction(1, n)) for n in (1000, 10, 1)]
    assert reach(decayed, (letter, True)).reach == Reach.ALL
    assert reach(decayed, *((v, True) for v in values[:2])).reach == Reach.PART
    assert reach(decayed, *((v, True) for v in values)).reach == Reach.ALL
    assert reach(decayed, (SEVERAL, True)).reach == Reach.PART


def test_several_outputs_are_listed():
    square = replace(DEEP, network=("linear",), layers=Span(1, 1), loss=("square",), outputs=Span(1))
    one, two = (Setting("s", "linear", ((3, o),), 6, "square") for o in (1, 2))
    assert reach(square, (one, True)).missing == ("another number of outputs than 1",)
    assert reach(square, (one, True), (two, True)).reach == Reach.SIZES


def test_one_degree_is_a_size():
    power = replace(DEEP, network=("power",))
    assert reach(power, (replace(SEVERAL, network="power"), True)).reach == Reach.SIZES
