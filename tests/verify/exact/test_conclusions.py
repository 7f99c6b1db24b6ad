"""Which derivations have to be built to know whether one of them ends in a statement."""

import pytest

from derivations.book.library import MODULES, builders, written_conclusion
from verify.exact.derived import conclusions, read, words_of
from verify.formula.text import to_text

BUILDERS = [b for topic in MODULES for b in builders(topic)]


def test_what_a_builder_writes_out_is_its_conclusion():
    written = [written_conclusion(b) for b in BUILDERS]
    assert all(text in (None, b().conclusion) for b, text in zip(BUILDERS, written, strict=True))
    assert written.count(None) < len(BUILDERS) / 2


@pytest.mark.parametrize("derivation", [d for b in BUILDERS if (d := b()).conclusion], ids=lambda d: d.name)
def test_a_conclusion_is_found_by_its_words(derivation):
    tree, ranges = read(derivation)
    assert words_of(to_text(tree)) == words_of(derivation.conclusion)
    assert (derivation, tree, ranges) in list(conclusions(words_of(to_text(tree))))


def test_other_words_are_not_looked_up():
    assert all(written_conclusion(b) is None for b in BUILDERS for d, *_ in conclusions(frozenset({"svm"})) if b() is d)


def test_words():
    assert words_of("d_constrained(rho[k]) == rho/rho[k]*foo") == {"d", "rho"}
