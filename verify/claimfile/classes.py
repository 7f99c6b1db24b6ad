"""`[about.NAME]` tables to classes, and whether a setting lies in the class that a claim speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, get_args

from ..about import KEYS, STARTS_WITHIN, About, Span, data_within, is_decay
from ..claim import Hypothesis, Setting
from ..formula.errors import did_you_mean
from .locate import Place
from .schema import DATA, AboutTable, Flow, shown
from .source import Source

SPANS = ("layers", "examples", "outputs")


@dataclass(frozen=True)
class Classes:
    """The classes of a paper.

    Attributes:
        declared: those that could be read; `names` also has those that could not.
    """

    declared: Mapping[str, About] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    def read(self, value: Any, source: Source, place: Place) -> About | None:
        """The class that `about` names, or writes out; None where there is none or it is wrong, which is noted."""
        if value is None:
            return None
        if isinstance(value, dict):
            return read_class("", value, source, place)
        if value not in self.names:
            known = ", ".join(sorted(self.names)) or "none is declared"
            hint = did_you_mean(value, self.names) or f"; known: {known}"
            source.fail(place, f"unknown class {shown(value)}{hint}", value)
        return self.declared.get(value)

    def of_clause(self, value: Any, claims: About | None, source: Source, place: Place) -> About | None:
        """The class of a clause: that of the claim, with the keys that the clause names in place of its own."""
        own = self.read(value, source, place)
        if own is None or claims is None:
            return own or claims
        return claims.narrowed(**{key: getattr(own, key) for key in own.named})


def read_class(name: str, raw: Any, source: Source, place: Place) -> About | None:
    """The class of a table, or None with its mistakes noted."""
    table = source.validated(AboutTable, raw, place)
    if table is None:
        return None
    written = {key: getattr(table, key) for key in KEYS if key in table.model_fields_set}
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in written.items()}
    return About(name, **values, named=frozenset(written))


# ---- settings and their class


def outside(setting: Setting, about: About, hypotheses: tuple[Hypothesis, ...]) -> Iterator[tuple[str, str]]:
    """Where a setting leaves the class: the key, and what is wrong."""
    for key in ("network", "loss", "flow"):
        meant, met = getattr(about, key), getattr(setting, key)
        if meant and met not in meant:
            yield key, f"{key} = '{met}' is not of the class, which has {', '.join(meant)}"
    for key in ("average", "output_activation"):
        if getattr(about, key) != getattr(setting, key):
            yield key, f"{key} = {str(getattr(setting, key)).lower()}, in the class {str(getattr(about, key)).lower()}"
    yield from _sizes_outside(setting, about)
    yield from _hidden("data", setting.data, about.data, data_within(setting.data))
    yield from _hidden("start", setting.start, about.start, STARTS_WITHIN[setting.start])
    if not any(is_decay(setting.weight_decay, meant) for meant in about.weight_decay):
        meant = ", ".join(map(str, about.weight_decay))
        yield "weight_decay", f"weight_decay = {setting.weight_decay} is not of the class, which has {meant}"
    stated = {(h.formula, h.ranges) for h in hypotheses}
    for extra in setting.assume:
        if (extra.formula, extra.ranges) not in stated:
            yield "assume", _more(f"it assumes '{extra.text}'", "hypotheses")


def _hidden(key: str, met: str, meant: tuple[str, ...], is_one_of: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A word for data or start that says more, or other things, than the class does."""
    if met in meant:
        return
    classes = ", ".join(meant)
    if set(is_one_of) & set(meant):
        yield key, _more(f"{key} = '{met}' where the class has {classes}", f"about.{key}")
    else:
        yield key, f"{key} = '{met}' is not of the class, which has {classes}"


def _more(what: str, where: str) -> str:
    return f"{what}, more than the paper does: write it under 'assuming', or, where the paper says so, in {where}"


def _sizes_outside(setting: Setting, about: About) -> Iterator[tuple[str, str]]:
    if setting.examples not in about.examples:
        yield "examples", f"examples = {setting.examples}; the class has {about.examples}"
    for widths in setting.widths:
        if len(widths) - 1 not in about.layers:
            yield "widths", f"{list(widths)} has {len(widths) - 1} layers; the class has {about.layers}"
        if widths[-1] not in about.outputs_of(setting.loss):
            yield "widths", f"{list(widths)} has {widths[-1]} outputs; the class has {about.outputs_of(setting.loss)}"


def assumed(setting: Setting, hypotheses: tuple[Hypothesis, ...]) -> Setting:
    """The setting under the hypotheses of a claim that it does not assume yet."""
    known = {(h.formula, h.ranges) for h in setting.assume}
    added = tuple(h for h in hypotheses if (h.formula, h.ranges) not in known)
    return replace(setting, assume=(*setting.assume, *added)) if added else setting


# ---- settings made for a class

WIDTHS = {1: [3], 2: [4, 3], 3: [5, 4, 2]}  # inputs and hidden layers; with N = 6 and one output all are different
EXAMPLES = 6
UNSEEN = ("around", "penalty", "step", "population")  # no setting has these


def typical(about: About) -> Iterator[tuple[str, dict[str, Any]]]:
    """Settings, as tables of a file, that together show a class at listed sizes: each network, loss, flow, kind of
    data and start, the smallest depth and another, one example and several, widths that differ and a width of 1."""
    if any(key in about.named for key in UNSEEN):
        return
    kinds = product(about.network, about.loss or ("exponential",), about.flow, about.data, about.start)
    for network, loss, flow, data, start in kinds:
        widths = list(_widths(about, loss))
        if flow not in get_args(Flow) or data not in DATA or not widths:
            continue
        for decay, examples in product(about.weight_decay, _numbers(about, data)):
            kind = {"network": network, "loss": loss, "flow": flow, "data": data, "start": start}
            rest = {"average": about.average, "output_activation": about.output_activation, "weight_decay": str(decay)}
            name = f"{network}, {loss}, {flow}, {data}, {start}, decay {decay}, N = {examples}"
            yield name, {**kind, **rest, "widths": widths, "examples": examples}


def _widths(about: About, loss: str) -> Iterator[list[int]]:
    least = about.layers.low
    outputs = about.outputs_of(loss)
    for layers in dict.fromkeys((least, max(least + 1, 3))):
        for last in dict.fromkeys((outputs.low, outputs.low + 1)):
            if layers in about.layers and last in outputs:
                yield [*WIDTHS.get(layers, range(layers + 2, 2, -1)), last]
                if layers > 1:
                    yield [2, *[1] * (layers - 1), last]


def _numbers(about: About, data: str) -> Iterator[int]:
    least, several = about.examples.low, max(about.examples.low, EXAMPLES)
    for n in dict.fromkeys((least, several if several in about.examples else about.examples.high or several)):
        if n > 1 or data != "nonseparable":
            yield n


# ---- corrected forms of a smaller class

_ALONE = ("network", "loss", "flow", "data", "start")


def narrowed(about: About | None, assuming: Mapping[str, Any]) -> About | None:
    """The class under the further assumptions of a corrected form."""
    if about is None:
        return None
    changes: dict[str, Any] = {key: (assuming[key],) for key in _ALONE if isinstance(assuming.get(key), str)}
    if isinstance(n := assuming.get("examples"), int) and n > 0:
        changes["examples"] = Span(n, n)
    if isinstance(widths := assuming.get("widths"), list) and widths:
        every = widths if isinstance(widths[0], list) else [widths]
        changes["layers"] = Span(min(map(len, every)) - 1, max(map(len, every)) - 1)
    return about.narrowed(**changes)
