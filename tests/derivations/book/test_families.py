"""Whether a family's worlds suffice is computed from the terms that were met."""

import pytest

from derivations.book.derivation import StepDoesNotCheck, world_identity
from derivations.book.families import Family, NotDecisive


def test_narrow_worlds_are_refused():
    family = Family(sums=0, marked=1, width=2)
    terms, (k,) = next(iter(family.instances()))
    family.certify(terms.W(k) @ terms.W(k).T)
    wide = terms.W(k) @ terms.W(k).T @ terms.W(k) @ terms.W(k).T @ terms.W(k)
    with pytest.raises(NotDecisive) as caught:
        family.certify(wide)
    assert caught.value.width == 3


def test_what_cancels_still_counts():
    """The count is of the term as written: a term that vanishes in a narrow world may not vanish in a wide one."""
    family = Family(sums=0, marked=1, width=2)
    terms, (k,) = next(iter(family.instances()))
    gram = terms.W(k) @ terms.W(k).T
    zero = gram @ gram @ gram - gram @ gram @ gram
    assert zero.is_zero()
    with pytest.raises(NotDecisive):
        family.certify(zero)


def test_a_function_of_a_sum_over_examples_is_refused():
    terms, _ = next(iter(Family().instances()))
    with pytest.raises(NotDecisive, match="exponent"):
        terms.exp(terms.sum(terms.f))


def test_a_rank_identity_is_not_taken_for_a_theorem():
    """3 det A = 0 for A = W W^T with two rows: true at width 2 and false in general."""

    def left(t, k):
        a = t.W(k) @ t.W(k).T
        trace = [t.dot(t.W(k), t.W(k)), t.dot(a, a), t.dot(a @ a, a)]
        return trace[2] - 3 * trace[0] * trace[1] / 2 + trace[0] ** 3 / 2

    with pytest.raises(StepDoesNotCheck):
        world_identity("rank", "x", left, lambda t, k: t.number(0), family=Family(sums=0, marked=1), reason="r")


def test_hidden_sums_are_counted():
    def left(t, k):
        return t.sum(lambda n: t.f(n)) * t.sum(lambda n: t.f(n))

    with pytest.raises(StepDoesNotCheck, match="sums"):
        world_identity("sums", "x", left, left, family=Family(sums=1), reason="two sums, one declared")
    world_identity("sums", "x", left, left, family=Family(sums=2), reason="two sums")


def test_classes_cover_every_labelling_up_to_names():
    assert Family(loss="cross-entropy", outputs=3).labellings(2) == [(1, 2)]
    assert Family(loss="cross-entropy", outputs=3).labellings(3) == [(1, 1, 2), (1, 2, 1), (1, 2, 2), (1, 2, 3)]


def test_pairs_cover_equal_and_different_layers():
    met = {(terms.label, layers) for terms, layers in Family(layers="pairs", sums=0, marked=1).instances()}
    assert {layers for _, layers in met} == {(1, 1), (1, 2), (2, 1)}
