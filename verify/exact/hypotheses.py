"""Hypotheses that contradict each other: a setting without a point, whatever a simulation takes for one.

Where the contradiction lies below rounding, sampled points seem to meet the hypotheses. Here one of them is refuted by
a certificate of sign in which the others are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from derivations.exact.ring import Element, Undecidable

from ..claim import Setting, Statement
from ..formula.shapes import bindings
from ..world import CannotEvaluate
from . import worlds
from .certificates import assumed_signs, strictly_positive
from .programme import Programme, Sign, contradicts_itself

MOST_LABELLINGS = 32  # worlds that are looked at


def contradiction(statement: Statement, setting: Setting) -> str:
    """Why no point meets what a setting assumes, '' if that is not known."""
    if not setting.assume:
        return ""
    for widths in setting.widths:
        choices = worlds.label_choices(setting, setting.examples, widths[-1], renamed=False)
        if len(choices) > MOST_LABELLINGS:
            return ""
        for labels in choices:
            run, sizes = worlds.concrete(setting, widths, setting.examples, labels)
            try:
                if not run(lambda w, s=sizes: _contradictory(setting, w, s)):
                    return ""
            except (Undecidable, CannotEvaluate):
                return ""
    return "the hypotheses contradict each other: no point meets them"


def _contradictory(setting: Setting, world: Any, sizes: Any) -> bool:
    evaluator = worlds.LetterEvaluator(world, sizes)
    nonzero: set[int] = set.intersection(*(strictly_positive(h.formula, world, False) for h in setting.assume))
    found = [
        sign
        for h in setting.assume
        for bound in bindings(h.ranges, sizes)
        for sign in assumed_signs(h.formula, dict(bound), evaluator)
    ]
    certain = any(
        _follows(opposite, [*found[:i], *found[i + 1 :]], world, nonzero)
        for i, sign in enumerate(found)
        for opposite in _opposites(sign)
    )
    return certain or any(contradicts_itself(s) for s in _solved(found, world))


def _follows(sign: Sign, known: list[Sign], world: Any, nonzero: set[int]) -> bool:
    """By the shortest certificates only, for settings are asked often."""
    return Programme(world.ring.reduce, sign.element, known, world, nonzero).certified(sign.strict, "multiples")


def _solved(found: list[Sign], world: Any) -> Iterator[Sign]:
    """The signs after the equations among them were solved, as far as they are linear in some letter."""
    for sign in found:
        if sign.equal and not _reduced(sign.element).num.is_constant():
            world.impose(sign.element)
    yield from (replace(sign, element=_reduced(sign.element)) for sign in found)


def _reduced(e: Element) -> Element:
    return Element(e.ring, e.normal_form(), e.den)


def _opposites(sign: Sign) -> list[Sign]:
    """Signs each of which excludes this one."""
    if sign.equal:
        return [Sign(sign.element, strict=True), Sign(-sign.element, strict=True)]
    return [Sign(-sign.element, strict=not sign.strict)]
