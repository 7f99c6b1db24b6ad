"""Every derivation of `structural_lemma` builds, and none of its steps survives a change."""

import pytest

from derivations import structural_lemma


@pytest.mark.parametrize("build", structural_lemma.DERIVATIONS, ids=lambda b: b.__name__)
def test_builds(build):
    derivation = build()
    assert derivation.name == f"structural_lemma.{build.__name__}" and derivation.steps


@pytest.mark.parametrize("build", structural_lemma.DERIVATIONS, ids=lambda b: b.__name__)
def test_no_step_survives_a_change(build, no_step_survives_a_change):
    no_step_survives_a_change(build)
