"""Statements read back: the sentence says what is judged, and nothing else."""

from dataclasses import replace
from fractions import Fraction

import pytest

from verify.about import About, Span
from verify.claim import Hypothesis, Setting, Statement
from verify.formula import parse
from verify.formula.shapes import Range
from verify.statements.english import in_words, sentence

NET = Setting("net", "relu", ((4, 3, 1),), 5, "exponential")
DEEP = About(
    "deep",
    ("relu", "linear"),
    Span(2),
    Span(1),
    loss=("exponential",),
    data=("separable",),
    start=("separating",),
    named=frozenset({"network"}),
)
K = Range("k", parse("1"), parse("K"))


def statement(formula, **more):
    return Statement(formula, parse(formula, indices=["k"]), more.pop("settings", (NET,)), **more)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("L > 0", "L is greater than 0"),
        ("implies(L < 1, L <= 2)", "if L is less than 1, then L is at most 2"),
        ("iff(L == 1, L != 2) and L >= 0", "L equals 1 exactly if L differs from 2 and L is at least 0"),
        ("diverges(rho)", "the size of rho grows without bound as t → ∞"),
        ("limit(V[1]) == svm", "the limit of V[1] as t → ∞ equals svm"),
        ("outgrows(rho, log(t))", "the ratio of rho to log(t) tends to infinity as t → ∞"),
        (
            "independent_of_start(limit(V[1]))",
            "the limit of V[1] as t → ∞ is the same from every admissible start, on the same data",
        ),
        ("somewhere(margin > 0)", "for some admissible data and weights, margin is greater than 0"),
        ("nondecreasing(margin)", "margin never falls along the trajectory"),
    ],
)
def test_formulas_in_words(formula, words):
    assert in_words(parse(formula)) == words


def test_a_statement_about_points_names_networks_sizes_data_and_indices():
    assert sentence(statement("rho[k] > 0", ranges=(K,))) == (
        "For ReLU networks of widths 4-3-1, 5 examples, generic data, exponential loss (mean), "
        "for every k from 1 to K: rho[k] is greater than 0."
    )


def test_a_statement_about_trajectories_names_flow_and_start():
    told = sentence(statement("converges(V[1])", about=DEEP))
    assert told == (
        "For ReLU and linear networks of at least 2 layers and every width, any number of examples, separable data, "
        "exponential loss (mean), along gradient descent in continuous time from starts that separate the data: "
        "V[1] tends to a limit as t → ∞."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "linear"}, "For linear networks"),
        ({"widths": ((2, 1), (3, 2, 1))}, "widths 2-1 or 3-2-1"),
        ({"examples": 7}, "7 examples"),
        ({"loss": "square", "average": False}, "square loss (sum)"),
        ({"data": "separable"}, "separable data"),
        ({"start": "balanced"}, "from balanced starts that separate the data"),
        ({"flow": "fixed-rho"}, "along descent in the directions at fixed norms"),
        ({"weight_decay": "any"}, "with any weight decay"),
        ({"weight_decay": Fraction(1, 10)}, "with weight decay 1/10"),
        ({"assume": (Hypothesis("N*L < 1", parse("N*L < 1")),)}, "where at the start N*L < 1"),
    ],
)
def test_every_change_of_a_setting_is_read(change, words):
    before = sentence(statement("diverges(rho)"))
    after = sentence(statement("diverges(rho)", settings=(replace(NET, **change),)))
    assert words in after and words not in before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at": "minimum"}, "at every local minimum of the loss"),
        ({"at": "stationary"}, "at every finite stationary point"),
        ({"after": "separation"}, "once the data are separated"),
    ],
)
def test_places_and_times_are_read(change, words):
    assert words in sentence(statement("L > 0", **change))


def test_a_sentence_about_numbers_alone_names_no_world():
    assert sentence(Statement("1 > 0", parse("1 > 0"), (), about=About())) == "1 is greater than 0."
