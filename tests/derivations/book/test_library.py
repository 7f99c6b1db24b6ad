"""The library as a whole: names, uses, speed, and conclusions that the language of formulas can read."""

import subprocess
import sys
from dataclasses import replace

import pytest

from derivations.book import library
from derivations.book.derivation import definition
from derivations.book.library import all_derivations, derivation
from derivations.book.trust import TRUST
from verify.formula.parser import parse

LIBRARY = all_derivations()


def test_names_are_unique_and_found():
    names = [d.name for d in LIBRARY]
    assert len(names) == len(set(names)) >= 70
    assert derivation("structural_lemma.euler_identity").conclusion == "dot(W[k], grad(f[n], W[k])) == f[n]"
    with pytest.raises(KeyError):
        derivation("structural_lemma.nothing")


def test_uses_that_name_nothing_or_run_in_a_circle_are_errors():
    a = replace(LIBRARY[0], name="hessians.a", steps=(definition("s", "s", reason="r", uses=("hessians.b",)),))
    with pytest.raises(ValueError, match="no derivation"):
        library._check_uses({a.name: a})
    b = replace(a, name="hessians.b", steps=(definition("s", "s", reason="r", uses=("hessians.a",)),))
    with pytest.raises(ValueError, match="circle"):
        library._check_uses({a.name: a, b.name: b})


@pytest.mark.parametrize("derived", [d for d in LIBRARY if d.conclusion], ids=lambda d: d.name)
def test_conclusions_parse(derived):
    parse(derived.conclusion, list(derived.ranges))


def test_every_trusted_theorem_has_a_reference():
    for name, theorem in TRUST.items():
        assert theorem.reference and theorem.hypotheses and theorem.statement, name


def test_asking_for_builders_builds_nothing():
    script = (
        "from derivations.book.library import builders; from derivations.book import derivation as d; made = []; "
        "old = d.Derivation.__post_init__; "
        "d.Derivation.__post_init__ = lambda self: (made.append(self.name), old(self)); "
        "(first, *_) = builders('hessians'); assert not made, made; first(); assert made"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
