"""The dictionary: every word has an entry, every example is read by the parser and uses its word."""

import re

import pytest

from verify.formula.dictionary import ELSEWHERE, EXAMPLES, entry, hint
from verify.formula.errors import FormulaError
from verify.formula.parser import parse
from verify.formula.vocabulary import EVERY_WORD


def test_every_word_of_the_language_is_explained():
    assert set(EXAMPLES) == set(EVERY_WORD)
    assert entry("nonsense") is None


@pytest.mark.parametrize("word", sorted(EXAMPLES))
def test_each_example_is_a_formula_with_its_word(word):
    example = entry(word).example
    parse(example)
    assert re.search(rf"(?<!\w){word}(?!\w)", example)


def test_words_of_other_notations_are_none_of_the_language():
    assert not set(ELSEWHERE) & set(EVERY_WORD)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lambda_max(hess(L)) > 0", "write eigmax(M)"),
        ("eta > 0", "step sizes belong to the setting"),
        ("ReLU(f[1]) > 0", "act(z)"),
        ("theta[1] > 0", "vec(W)"),
        ("eigmn(hess(L)) > 0", "did you mean 'eigmin'?"),
    ],
)
def test_a_message_says_what_was_meant(text, said):
    with pytest.raises(FormulaError) as told:
        parse(text)
    assert said in str(told.value)


def test_no_hint_where_nothing_is_near():
    assert hint("qqqq", ["rho"]) == ""
