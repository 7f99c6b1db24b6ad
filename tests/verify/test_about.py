"""Classes: what a span holds, and how many outputs a loss allows."""

import pytest

from verify.about import About, Span


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("3", [3], [1, 2, 4]), ("2..5", [2, 5], [1, 6]), ("2..", [2, 10**6], [1]), (" 1 .. 2 ", [1, 2], [3])],
)
def test_a_span_holds_its_numbers(text, inside, outside):
    span = Span.read(text)
    assert all(n in span for n in inside) and not any(n in span for n in outside)
    assert Span.read(str(span)) == span


@pytest.mark.parametrize("text", ["", "a", "5..2", "0..", "1...3", "2,3", "-1", "1..K"])
def test_a_span_without_a_number_is_refused(text):
    with pytest.raises(ValueError, match=r"wanted|no number"):
        Span.read(text)


@pytest.mark.parametrize(
    ("small", "large", "within"),
    [("2", "1..", True), ("2..", "1..", True), ("1..", "2..", False), ("2..3", "2..3", True), ("2..", "2..5", False)],
)
def test_one_span_within_another(small, large, within):
    assert Span.read(small).within(Span.read(large)) is within


def test_outputs_are_those_that_the_loss_allows():
    several = About(outputs=Span(1, None))
    assert several.outputs_of("exponential") == Span(1, 1)
    assert several.outputs_of("square") == Span(1)
    assert several.outputs_of("cross-entropy") == Span(2)
    assert About().outputs_of("square") == Span(1, 1)


def test_a_narrowed_class_is_a_value():
    narrow = About(named=frozenset({"loss"})).narrowed(network=("relu",))
    assert narrow.named == {"loss", "network"} and hash(narrow) == hash(narrow.narrowed())
