"""What a setting says of every start: whether it separates, and whether a layer may pass through 0 later.

Starts separate, y_n f_n > 0 for all n, by the word in `start` or by hypotheses that say so of every example:
y_n f_n > 0, min_n y_n f_n > 0, and the same of f(V) (as in `margin`) for homogeneous networks, whose f(W) is a positive
multiple of f(V) where V exists; also c > 0 in place of 0, and positive factors. So do losses below that of one example
at output 0. Without decay such a loss keeps every layer of a homogeneous network from 0, where the output is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from flint import arb, fmpq

from ..claim import Hypothesis, Setting
from ..formula.nodes import And, Call, Compare, Name, Node, Num, Reduce, substitute
from ..formula.shapes import Sizes, bindings, integer
from .equivalence import ORIENTED, Terms, terms

HOMOGENEOUS = ("linear", "relu", "leaky-relu", "power")
SEPARATING = ("separating", "balanced", "equal-norms")
NORM = re.compile(r"(1/\()?rho(\[.*\])?\)?")  # rho, rho[k] and their inverses: not negative
OUTPUT = re.compile(r"(f|fV)\[(.*)\]")


def separates_at_start(setting: Setting) -> bool:
    """Whether every start has y_n f_n > 0."""
    return setting.loss != "square" and (said_to_separate(setting) or _small_loss(setting))


def below_one(setting: Setting) -> bool:
    """Whether every start has a loss below that of one example with output 0."""
    return _small_loss(setting) or (setting.examples == 1 and separates_at_start(setting))


def may_cross_zero(setting: Setting) -> bool:
    """Whether a trajectory may lead a layer through 0, where its direction jumps; the other flows end there."""
    homogeneous = setting.network in HOMOGENEOUS and not setting.output_activation
    kept_away = setting.weight_decay == 0 and (separates_at_start(setting) or below_one(setting))
    return setting.flow == "gradient" and not (homogeneous and kept_away)


def by_start(setting: Setting) -> Setting:
    """The setting with `start = "separating"` in place of hypotheses of which no more than that is used."""
    if setting.loss == "square" or not setting.assume or not said_to_separate(setting):
        return setting
    kept = tuple(h for h in setting.assume if not _only_separates(h, setting))
    return replace(setting, assume=kept, start=setting.start if setting.start in SEPARATING else "separating")


# ---- separation


def said_to_separate(setting: Setting) -> bool:
    """Whether the word in `start`, or hypotheses about outputs, say that every start separates."""
    if setting.start in SEPARATING:
        return True
    everyone = set(range(1, setting.examples + 1))
    every = (setting.sizes(w) for w in setting.widths)
    return all(everyone <= {n for h in setting.assume for n in separated_by(h, setting, s)} for s in every)


def _only_separates(hypothesis: Hypothesis, setting: Setting) -> bool:
    """Whether every part of a hypothesis says of some examples that they are separated."""
    return all(
        _separated(part, setting, sizes)
        for sizes in (setting.sizes(w) for w in setting.widths)
        for part in _parts(hypothesis, sizes)
    )


def separated_by(hypothesis: Hypothesis, setting: Setting, sizes: Sizes) -> set[int]:
    """The examples n of which a hypothesis says that y_n f_n > 0."""
    return {n for part in _parts(hypothesis, sizes) for n in _separated(part, setting, sizes)}


def _parts(hypothesis: Hypothesis, sizes: Sizes) -> Iterator[Node]:
    """The parts of a conjunction, for all values of its indices, with numbers in place of indices, N and K."""
    known = {"N": sizes.examples, "K": sizes.depth}
    for bound in bindings(hypothesis.ranges, sizes):
        meant = {name: Num(Fraction(v)) for name, v in {**known, **bound}.items()}
        yield from _conjuncts(substitute(hypothesis.formula, meant))


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for part in node.args:
            yield from _conjuncts(part)
    else:
        yield node


def _separated(part: Node, setting: Setting, sizes: Sizes) -> set[int]:
    """The examples of which one relation says that y_n f_n > 0."""
    if not isinstance(part, Compare) or part.op == "!=":
        return set()
    op, sign = ORIENTED[part.op]
    gap = Terms({}).plus(terms(part.left), sign).plus(terms(part.right), -sign)
    varying = {m: c for m, c in gap.coefficients.items() if m}
    least = -gap.constant
    if len(varying) != 1 or least < 0 or (least == 0 and op != ">"):
        return set()
    ((monomial, c),) = varying.items()
    if c < 0:
        return set()
    parts = dict(monomial)
    factors = {p: e for p, e in parts.items() if not NORM.fullmatch(p)}  # a product above 0 has no factor 0
    return _positive(factors, gap.parts, setting, sizes)


def _positive(factors: dict[str, int], parts: dict[str, Node], setting: Setting, sizes: Sizes) -> set[int]:
    """The examples that a positive product of parts says to be separated."""
    if any(e != 1 for e in factors.values()):
        return set()
    normalised = setting.network in HOMOGENEOUS  # f(V) has the sign of f(W)
    if len(factors) == 2:
        outputs = [m for m in map(OUTPUT.fullmatch, factors) if m and (m[1] == "f" or normalised)]
        labelled = [m for m in outputs if f"y[{m[2]}]" in factors]
        return {int(m[2]) for m in labelled if m[2].isdigit()}
    (text,) = factors if len(factors) == 1 else ("",)
    node = parts.get(text)
    if text == "margin" and normalised:
        return set(range(1, setting.examples + 1))
    if isinstance(node, Reduce) and node.func == "min":
        return _every_term(node, setting, sizes)
    return set()


def _every_term(least: Reduce, setting: Setting, sizes: Sizes) -> set[int]:
    """The examples that are separated if every term of a minimum is positive."""
    low, high = (integer(end, {}, sizes) for end in (least.low, least.high))
    zero = Num(Fraction(0))
    bodies = (substitute(least.body, {least.index: Num(Fraction(i))}) for i in range(low, high + 1))
    return {n for body in bodies for n in _separated(Compare(">", body, zero), setting, sizes)}


# ---- losses below that of one example


def _small_loss(setting: Setting) -> bool:
    """Whether some hypothesis bounds the sum of losses by that of one example at output 0."""
    if setting.loss not in ("exponential", "logistic"):
        return False
    plain = [h for h in setting.assume if not h.ranges]
    every = (setting.sizes(w) for w in setting.widths)
    return all(any(_bounds_loss(part, setting) for h in plain for part in _parts(h, sizes)) for sizes in every)


LOG_2 = Call("log", (Num(Fraction(2)),))


def _bounds_loss(part: Node, setting: Setting) -> bool:
    """Whether a relation says L < ell(0), over N for the mean; ell(0) is 1, or log 2 of the logistic loss."""
    if not isinstance(part, Compare) or part.op in ("==", "!="):
        return False
    op, sign = ORIENTED[part.op]
    found = Terms({}).plus(terms(part.left), sign).plus(terms(part.right), -sign).coefficients
    (loss,), (log_2,) = terms(Name("L")).coefficients, terms(LOG_2).coefficients
    slope = -found.get(loss, Fraction(0))
    if slope <= 0 or set(found) - {loss, log_2, ()}:
        return False
    share = Fraction(1, setting.examples if setting.average else 1)
    plain, logs = found.get((), Fraction(0)) / slope, found.get(log_2, Fraction(0)) / slope
    if setting.loss == "exponential":
        plain -= share
    else:
        logs -= share
    over = _sign(plain, logs)
    return over is not None and (over < 0 or (over == 0 and op == ">"))


def _sign(plain: Fraction, logs: Fraction) -> int | None:
    """The sign of plain + logs * log 2, if it is certain."""
    if not logs:
        return (plain > 0) - (plain < 0)
    value = arb(fmpq(plain.numerator, plain.denominator)) + arb(fmpq(logs.numerator, logs.denominator)) * arb(2).log()
    return 1 if value > 0 else -1 if value < 0 else 0 if not plain and not logs else None
