"""Derivations that people read and the program has checked: steps, and how a step comes to be.

A step exists only if it was checked when it was made. There are six ways to make one:

* `identity`: two SymPy expressions whose difference has a zero numerator as a polynomial;
* `world_identity`: two terms that agree in every exact world of a family, by normal form;
* `ring_identity`: two elements of a ring of letters with one normal form;
* `computation`: two exact values, computed separately, that are equal;
* `theorem`: an entry of the trust list, applied to hypotheses that are checked steps, facts or assumptions;
* `definition`: a name for something, nothing to check.

What does not check raises `StepDoesNotCheck` with both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy

from .families import Family, NotDecisive
from .topics import MODULES
from .trust import TRUST

SETTING = frozenset(
    {
        "network",
        "loss",
        "flow",
        "average",
        "weight_decay",
        "widths",
        "examples",
        "data",
        "start",
        "assume",
        "at",
        "after",
        "output_activation",
        "layers",
    }
)

WIDEST = 6  # beyond this a step is better split than checked

_SEAL = object()  # only the constructors below hold it


class StepDoesNotCheck(Exception):
    """A step whose two sides are not shown to agree."""

    def __init__(self, name: str, left: Any, right: Any, why: str = ""):
        super().__init__(f"step '{name}' does not check{': ' + why if why else ''}\n  left:  {left}\n  right: {right}")
        self.name, self.left, self.right = name, left, right


@dataclass(frozen=True)
class Step:
    """One checked line of a derivation.

    Attributes:
        latex: the line as it is printed, without dollar signs.
        reason: why, in a sentence for a reader.
        uses: names of earlier steps of the derivation, or of other derivations ('topic.function').
        check: how the line was checked, in words.
        name: how later steps refer to it.
    """

    latex: str
    reason: str
    uses: tuple[str, ...]
    check: str
    name: str = ""
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("a step is made by identity, world_identity, computation, theorem or definition")
        for part in ("latex", "reason", "check", "name"):
            if not getattr(self, part).strip():
                raise ValueError(f"step '{self.name}': empty {part}")


@dataclass(frozen=True)
class Fact:
    """A hypothesis of a theorem that a program decides on the spot."""

    text: str
    decide: Callable[[], bool]


@dataclass(frozen=True)
class Assumed:
    """A hypothesis of a theorem that the derivation itself assumes: a key of its `hypotheses`, or 'domain'."""

    key: str
    text: str = ""


# ---- the six ways to make a step


def definition(name: str, latex: str, *, reason: str, uses: tuple[str, ...] = ()) -> Step:
    """A name for something; there is nothing to check."""
    return Step(latex, reason, uses, "a definition", name, _SEAL)


def identity(
    name: str,
    left: Any,
    right: Any,
    *,
    reason: str,
    uses: tuple[str, ...] = (),
    modulo: Iterable[Any] = (),
    latex: str = "",
) -> Step:
    """An equality of SymPy expressions: the numerator of the difference is the zero polynomial.

    Args:
        modulo: expressions that are zero by an earlier step or a hypothesis.
        latex: how to print it; by default as the two expressions that were checked.
    """
    left, right = _expression(left), _expression(right)
    relations = [_expression(r) for r in modulo]
    if not vanishes(left - right, relations):
        raise StepDoesNotCheck(name, left, right)
    how = "the difference is the zero polynomial"
    if relations:
        how += " modulo " + ", ".join(f"{r} = 0" for r in relations)
    return Step(latex or f"{sympy.latex(left)} = {sympy.latex(right)}", reason, uses, how, name, _SEAL)


def _expression(value: Any) -> sympy.Expr:
    """A SymPy expression or a number; never text, which `sympify` would execute."""
    if isinstance(value, str | float):
        raise TypeError("a side of an identity is a SymPy expression, an int or a Fraction")
    return sympy.sympify(value)


def vanishes(expression: sympy.Expr, relations: Iterable[sympy.Expr] = ()) -> bool:
    """Whether the numerator of an expression is the zero polynomial in its generators, modulo relations.

    A zero polynomial vanishes whatever its generators stand for, so True is a proof; False may only mean that
    the generators (exp(x) and exp(-x), say) depend on each other.
    """
    top = _numerator(expression)
    below = [_numerator(r) for r in relations]
    if top.is_Rational:
        return top == 0
    polys, options = sympy.parallel_poly_from_expr([top, *below], extension=None)
    if not below:
        return polys[0].is_zero
    return sympy.reduced(polys[0], polys[1:], *options.gens, order="lex")[1] == 0


def _numerator(expression: sympy.Expr) -> sympy.Expr:
    top, _ = sympy.fraction(sympy.together(sympy.expand_power_base(sympy.expand_power_exp(expression))))
    return sympy.expand(top)


def world_identity(
    name: str, latex: str, left: Callable, right: Callable, *, family: Family, reason: str, uses: tuple[str, ...] = ()
) -> Step:
    """An equality of terms of a network: equal normal forms in every world of a family.

    Args:
        left, right: functions of (terms, *layers), see `terms.Terms`.
    """
    while True:
        try:
            checked = _agree(name, left, right, family)
            break
        except NotDecisive as small:
            if not family.width < small.width <= WIDEST:
                raise StepDoesNotCheck(name, "every network", "the worlds checked", str(small)) from None
            family = replace(family, width=small.width)
    return Step(latex, reason, uses, family.explain(checked), name, _SEAL)


def _agree(name: str, left: Callable, right: Callable, family: Family) -> int:
    """In how many worlds of the family the sides were found equal: all."""
    checked = 0
    for terms, layers in family.instances():
        a, b = left(terms, *layers), right(terms, *layers)
        if not (a - b).is_zero():
            raise StepDoesNotCheck(name, a, b, f"in {terms.label}, layers {layers}")
        family.certify(a, b)
        checked += 1
    return checked


def ring_identity(name: str, latex: str, left: Any, right: Any, *, reason: str, uses: tuple[str, ...] = ()) -> Step:
    """An equality of elements of a ring of letters, or of lists of them."""
    pairs = list(zip(_listed(left), _listed(right), strict=True))
    if not pairs or not all((a - b).is_zero() for a, b in pairs):
        raise StepDoesNotCheck(name, left, right)
    return Step(latex, reason, uses, f"equal normal forms of {len(pairs)} elements of a ring of letters", name, _SEAL)


def _listed(value: Any) -> list:
    return list(value) if isinstance(value, list | tuple) else [value]


def computation(
    name: str, latex: str, left: Any, right: Any, *, reason: str, uses: tuple[str, ...] = (), how: str
) -> Step:
    """Two exact values (integers, rationals, tuples of them) that were computed in different ways."""
    if any(isinstance(v, float) for v in (left, right)) or left != right:
        raise StepDoesNotCheck(name, left, right)
    return Step(latex, reason, uses, f"{how}: {left}", name, _SEAL)


def theorem(
    name: str,
    trusted: str,
    latex: str,
    *,
    given: Mapping[str, Step | Fact | Assumed],
    reason: str,
    uses: tuple[str, ...] = (),
) -> Step:
    """An application of a theorem of the trust list; `given` supplies each of its hypotheses."""
    if trusted not in TRUST:
        raise StepDoesNotCheck(name, trusted, "the trust list", "no such theorem is trusted")
    wanted, supplied = set(TRUST[trusted].hypotheses), set(given)
    if wanted != supplied:
        raise StepDoesNotCheck(name, sorted(supplied), sorted(wanted), "hypotheses supplied and wanted differ")
    said, steps = [], []
    for key, evidence in given.items():
        if isinstance(evidence, Step):
            steps.append(evidence.name)
            said.append(f"{key}: step '{evidence.name}'")
        elif isinstance(evidence, Fact):
            if evidence.decide() is not True:
                raise StepDoesNotCheck(name, evidence.text, "true", f"hypothesis '{key}' fails")
            said.append(f"{key}: {evidence.text}")
        else:
            said.append(f"{key}: assumed ({evidence.text or evidence.key})")
    everything = tuple(dict.fromkeys((*uses, *steps)))
    return Step(latex, reason, everything, f"theorem '{trusted}' with {'; '.join(said)}", name, _SEAL)


# ---- the whole


@dataclass(frozen=True)
class Derivation:
    """A statement and the checked steps that lead to it.

    Attributes:
        name: 'topic.function', how other derivations refer to it.
        claims: ids of the claims that it is about.
        story: what is derived, why it matters, and what the papers print where that differs.
        conclusion: the statement as a formula, or '' where the language of formulas cannot say it.
        ranges: for each free index of the conclusion its range.
        hypotheses: constraints on the setting under which the conclusion holds.
        statement: the statement in LaTeX; needed where there is no formula.
    """

    name: str
    title: str
    claims: tuple[str, ...]
    story: str
    steps: tuple[Step, ...]
    conclusion: str = ""
    ranges: Mapping[str, str] = field(default_factory=dict)
    hypotheses: Mapping[str, Any] = field(default_factory=dict)
    statement: str = ""

    @property
    def topic(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def uses(self) -> tuple[str, ...]:
        """Names of the derivations that this one rests on."""
        return tuple(dict.fromkeys(u for s in self.steps for u in s.uses if "." in u))

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(f"derivation '{self.name}': {problem}")

    def _problem(self) -> str:
        if self.topic not in MODULES or self.name.count(".") != 1:
            return f"the name is not 'topic.function' with a topic of {', '.join(MODULES)}"
        if not self.title.strip() or not self.story.strip():
            return "no title, or no story"
        if not (self.conclusion.strip() or self.statement.strip()):
            return "neither a conclusion nor a statement"
        if not self.steps:
            return "no steps"
        unknown = set(self.hypotheses) - SETTING
        if unknown:
            return f"hypotheses that no setting knows: {sorted(unknown)}"
        if any(c.count("/") != 1 for c in self.claims):
            return "a claim id is 'paper/claim'"
        return self._problem_of_steps()

    def _problem_of_steps(self) -> str:
        known: set[str] = set()
        for step in self.steps:
            missing = [u for u in step.uses if "." not in u and u not in known]
            if missing:
                return f"step '{step.name}' uses {missing}, which no earlier step is called"
            if step.name in known or "." in step.name:
                return f"step name '{step.name}' is taken or has a dot"
            known.add(step.name)
        return ""
