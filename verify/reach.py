"""How far a decision reaches in the class that a statement speaks of: all of it, listed sizes, a part.

A pure function of the statement and of what was decided in which setting; nobody types a reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import product

from .about import STARTS_WITHIN, About, Decay, Span, data_within, is_decay
from .claim import Setting, Statement
from .formula.nodes import Along, Indexed, Limit, Name, Node, Rate, walk


class Reach(StrEnum):
    """How far; the values stand in results.json."""

    ALL = "all"  # in general, for each network, loss and flow of the class
    SIZES = "sizes"  # each of them, at the sizes that are listed
    PART = "part"  # something of the class is not covered


WIDEST_FIRST = (Reach.ALL, Reach.SIZES, Reach.PART)


@dataclass(frozen=True)
class Decided:
    """A setting in which a statement was decided; `general`: for every depth, width and N that its words admit."""

    setting: Setting | None
    general: bool


@dataclass(frozen=True)
class Covered:
    """How far a decision reaches.

    Attributes:
        missing: what of the class is not covered.
        case: whether it is a single case, computed or measured, of a class of worlds.
    """

    reach: Reach
    missing: tuple[str, ...] = ()
    case: bool = False


def covered(statement: Statement, decided: Sequence[Decided]) -> Covered:
    """How far decisions in settings reach in the class of a statement, which without one speaks of its settings."""
    about = statement.about
    settings = [d for d in decided if d.setting is not None]
    if not settings:
        if about is None or not about.speaks:
            return Covered(Reach.ALL)
        return Covered(Reach.PART, ("every world but the case that is computed",), case=True)
    if about is None or not about.speaks:
        return Covered(Reach.ALL if all(d.general for d in settings) else Reach.SIZES)
    cells = [_cell(kind, about, statement, settings) for kind in _kinds(about)]
    missing = tuple(dict.fromkeys(m for _, found in cells for m in found))
    if missing:
        return Covered(Reach.PART, missing)
    return Covered(max((reach for reach, _ in cells), key=WIDEST_FIRST.index))


# ---- one network, loss, flow, kind of data and start


@dataclass(frozen=True)
class _Kind:
    network: str
    loss: str
    flow: str
    data: str
    start: str
    decay: Decay

    def words(self) -> str:
        plain = (self.network, self.loss, self.flow and f"{self.flow} flow", self.data and f"{self.data} data")
        start = f"{self.start} start" if self.start != "random" else ""
        decay = f"weight decay {self.decay}" if self.decay else ""
        return ", ".join(filter(None, (*plain, start, decay)))


def _kinds(about: About) -> Iterator[_Kind]:
    named = (about.network or ("",), about.loss or ("",), about.flow, about.data, about.start, about.weight_decay)
    yield from (_Kind(*kind) for kind in product(*named))


def _cell(kind: _Kind, about: About, statement: Statement, decided: Sequence[Decided]) -> tuple[Reach, list[str]]:
    """How far the decisions reach in one kind of world, and what of it they do not cover."""
    met = [d for d in decided if d.setting is not None and _shows(d.setting, kind, statement)]
    if not met:
        return Reach.PART, [kind.words() or "the class"]
    if reason := _decays_missing(kind.decay, met):
        return Reach.PART, [f"{kind.words()}: {reason}"]
    outputs = about.outputs_of(kind.loss) if kind.loss else about.outputs
    if _generally(about.layers, outputs, met):
        return (Reach.SIZES if _has_parameters(kind.network) else Reach.ALL), []
    missing = list(_sizes_missing(about.layers, about.examples, outputs, met))
    several = sum(1 for _ in _kinds(about)) > 1
    return Reach.SIZES, [f"{kind.words()}: {m}" if several else m for m in missing]


def _has_parameters(network: str) -> bool:
    """Whether a network has a degree, a slope or an activation, of which a setting has one of many."""
    return network in ("power", "leaky-relu", "smooth")


def _shows(setting: Setting, kind: _Kind, statement: Statement) -> bool:
    """Whether what is true in a setting is so in worlds of a kind."""
    points = not is_about_trajectories(statement.formula)
    starts = STARTS_WITHIN.get(kind.start, (kind.start,)) + (("small",) if points and kind.start == "random" else ())
    return (
        setting.network in (kind.network, setting.network if not kind.network else "")
        and (setting.loss == kind.loss or not kind.loss or not speaks_of_loss(statement))
        and (setting.flow == kind.flow or not speaks_of_flow(statement))
        and setting.data in data_within(kind.data)
        and setting.start in starts
        and (is_decay(setting.weight_decay, kind.decay) or setting.weight_decay == kind.decay)
    )


def is_about_trajectories(formula: Node) -> bool:
    """Whether a formula speaks of whole trajectories."""
    return any(isinstance(n, Along | Limit) for n in walk(formula))


def speaks_of_flow(statement: Statement) -> bool:
    """Whether another flow could change what a statement says."""
    nodes = [n for formula in _formulas(statement) for n in walk(formula)]
    if statement.at == "stationary-direction" or any(isinstance(n, Along | Limit) for n in nodes):
        return True
    multipliers = any(isinstance(n, Indexed) and n.base == "lam" for n in nodes)
    return multipliers or any(isinstance(n, Rate) and n.flow is None for n in nodes)


def enough(statement: Statement) -> tuple[Setting, ...]:
    """The settings that suffice: those of one flow, where no word depends on the flow."""
    if not statement.settings or speaks_of_flow(statement):
        return statement.settings
    return tuple(s for s in statement.settings if s.flow == statement.settings[0].flow)


def speaks_of_loss(statement: Statement) -> bool:
    """Whether another loss, and the labels that go with it, could change what a statement says."""
    nodes = [n for formula in _formulas(statement) for n in walk(formula)]
    if statement.at != "any" or speaks_of_flow(statement) or any(isinstance(n, Rate) for n in nodes):
        return True
    words = {n.name for n in nodes if isinstance(n, Name)} | {n.base for n in nodes if isinstance(n, Indexed)}
    return bool(words & {"L", "y", "Y", "margin", "min_norm", "svm", "max_margin", "decay"})


def _formulas(statement: Statement) -> Iterator[Node]:
    yield statement.formula
    yield from (h.formula for s in statement.settings for h in s.assume)


# ---- sizes


def _generally(layers: Span, outputs: Span | None, met: Sequence[Decided]) -> bool:
    """Whether every depth, width and number of examples of the class is decided.

    A decision of general scope at one layer speaks of one-layer networks, one at more of all that have more; each
    of as many outputs as were looked at.
    """
    if outputs is not None and not outputs.single:
        return False
    depths = {len(w) > 2 for d in met if d.general and d.setting is not None for w in d.setting.widths}
    deep = layers.high is None or layers.high > 1
    return (1 not in layers or False in depths) and (not deep or True in depths)


def _sizes_missing(layers: Span, examples: Span, outputs: Span | None, met: Sequence[Decided]) -> Iterator[str]:
    """What the listed sizes lack: the smallest depth and another, the smallest N and one of at least 3, a list of
    different widths and one with a width of 1, the smallest number of outputs and another; each where the class has it.
    """
    every = [(d.setting, w, d.general) for d in met if d.setting is not None for w in d.setting.widths]
    depths = {len(w) - 1 for _, w, _ in every}
    yield from _smallest_and_another("K", layers, depths)
    general = any(g for _, _, g in every)
    numbers = {s.examples for s, _, _ in every}
    if not general and examples.low not in numbers:
        yield f"N = {examples.low}"
    if not general and not any(n >= 3 for n in numbers) and (examples.high is None or examples.high >= 3):
        yield "an N of at least 3"
    if not general and not any(len(set(w)) == len(w) for _, w, _ in every):
        yield "widths that differ"
    deep = layers.high is None or layers.high > 1
    if not general and deep and not any(1 in w[1:-1] for _, w, _ in every):
        yield "a width of 1"
    if outputs is not None:
        yield from _smallest_and_another("number of outputs", outputs, {w[-1] for _, w, _ in every})


def _smallest_and_another(what: str, span: Span, met: set[int]) -> Iterator[str]:
    if span.low not in met:
        yield f"{what} = {span.low}"
    elif not span.single and len(met) < 2:
        yield f"another {what} than {span.low}"


STRENGTHS = (Fraction(1, 1000), Fraction(1))  # between these lie the three weight decays that may stand for any


def _decays_missing(meant: Decay, met: Sequence[Decided]) -> str:
    """What is wanting where a sentence speaks of any weight decay: a letter, or three values from 1/1000 to 1."""
    if meant != "any":
        return ""
    found = {d.setting.weight_decay for d in met if d.setting is not None}
    if any("any" in (v if isinstance(v, tuple) else (v,)) for v in found):
        return ""
    values = [v for v in found if isinstance(v, Fraction) and STRENGTHS[0] <= v <= STRENGTHS[1]]
    return "" if len(values) >= 3 else "more than the weight decays that are listed"
