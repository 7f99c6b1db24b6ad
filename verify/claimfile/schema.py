"""The tables of a claim file, as pydantic models: nothing is coerced, no key is passed over."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ..about import Span

MAX_WIDTH, MAX_DEPTH, MAX_EXAMPLES, MAX_DIGITS = 10_000, 200, 1_000_000, 30
MAX_WEIGHTS = 1_000_000  # of one network; hundreds are looked at at once

NETWORKS = ("linear", "relu", "leaky-relu", "power", "smooth")
DATA = ("generic", "separable", "nonseparable", "digits")
MOST_QUOTED = 25  # words of a quotation
_RATIONAL = re.compile(rf"[+-]?\d{{1,{MAX_DIGITS}}}(?:/\d{{1,{MAX_DIGITS}}}|\.\d{{1,{MAX_DIGITS}}})?", re.ASCII)


def rational(value: Any) -> Fraction:
    """An exact number from an integer, a decimal as it is written, or text such as '1/10'."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, Decimal):
        value = format(value, "f") if value.is_finite() and abs(value.adjusted()) < MAX_DIGITS else str(value)
    if not isinstance(value, str) or not _RATIONAL.fullmatch(value):
        raise ValueError("an exact rational is wanted: an integer, a decimal or text such as '1/10'")
    if "/" in value and not int(value.split("/")[1]):
        raise ValueError("a denominator is 0")
    return Fraction(value)


def _decay(value: Any) -> Fraction | Literal["any"]:
    if value == "any":
        return "any"
    try:
        result = rational(value)
    except ValueError as error:
        raise ValueError(f"{error}; or 'any' for a positive letter") from None
    if result < 0:
        raise ValueError("weight decay is not negative")
    return result


def _decays(value: Any) -> Any:
    if not isinstance(value, list):
        return _decay(value)
    if not value:
        raise ValueError("a list of weight decays has one entry a layer")
    return tuple(_decay(v) for v in value)


def _slope(value: Any) -> Fraction:
    result = rational(value)
    if result <= 0:
        raise ValueError("the slope is positive; for 0 write network = 'relu'")
    return result


def _widths(value: Any) -> tuple[tuple[int, ...], ...]:
    """One list of widths, or several; always returned as several."""
    if not isinstance(value, list) or not value:
        raise ValueError("a list such as [4, 3, 1] is wanted: inputs, hidden layers, outputs")
    nested = [isinstance(v, list) for v in value]
    if any(nested) and not all(nested):
        raise ValueError("either one list of widths or a list of such lists, not a mixture")
    return tuple(_one_widths(v) for v in (value if all(nested) else [value]))


def _one_widths(value: list[Any]) -> tuple[int, ...]:
    if not 2 <= len(value) <= MAX_DEPTH + 1:
        raise ValueError(f"widths are of the input and of 1 to {MAX_DEPTH} layers; {len(value)} given")
    for width in value:
        if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= MAX_WIDTH:
            raise ValueError(f"a width is an integer from 1 to {MAX_WIDTH}, not {shown(width)}")
    weights = sum(rows * columns for rows, columns in pairwise(value))
    if weights > MAX_WEIGHTS:
        raise ValueError(f"{weights:,} weights; at most {MAX_WEIGHTS:,} are looked at: narrower layers show the same")
    return tuple(value)


def _names(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise ValueError("the name of a setting is wanted, or a list of such names")
    return tuple(dict.fromkeys(names))


def _hypotheses(value: Any) -> Any:
    """Entries of `assume`: a formula, or a table of a formula and its ranges."""
    if not isinstance(value, list):
        raise ValueError("a list of formulas is wanted, e.g. ['N*L < 1']")
    return [{"formula": v} if isinstance(v, str) else v for v in value]


def shown(value: Any) -> str:
    """A value as a person typed it, cut to a bearable length."""
    text = _typed(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _typed(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_typed, value))}]"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return {"True": "true", "False": "false"}.get(text, text)


Network = Literal["linear", "relu", "leaky-relu", "power", "smooth"]
Loss = Literal["exponential", "logistic", "cross-entropy", "square"]
Flow = Literal["gradient", "constrained", "fixed-rho", "weight-norm"]
# flows that a sentence may mean; no setting has one of the others yet, so nothing covers them
FlowMeant = Flow | Literal["linearised", "penalised", "descent", "batch-norm", "sgd"]
Start = Literal["random", "separating", "balanced", "equal-norms", "small"]
Place = Literal["any", "stationary", "minimum", "stationary-direction", "interpolating"]
After = Literal["separation", "single-support-vector"]

Text = Annotated[str, Field(min_length=1)]
Ranges = dict[str, Text]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Table(BaseModel):
    """A table of the claim file."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @classmethod
    def keys(cls) -> list[str]:
        """The keys as they are written in a file."""
        return [field.alias or name for name, field in cls.model_fields.items()]


def _format(value: Any) -> Any:
    """1 or 2; `true` is no number, though Python takes it for one."""
    if isinstance(value, bool) or value not in (1, 2):
        raise ValueError("the format is 1, or 2 where classes (about), clauses and the words that came with them stand")
    return value


class FileTable(Table):
    """A whole file; its settings, classes and claims are validated one by one."""

    format: Annotated[int, BeforeValidator(_format)]
    paper: Any = None
    setting: dict[str, Any] = {}
    about: dict[str, Any] = {}
    claim: list[Any] = []


class PaperTable(Table):
    """`[paper]`."""

    key: Word
    title: Text
    cite: str = ""


class HypothesisTable(Table):
    """An entry of `assume`."""

    formula: Text
    ranges: Ranges = Field(default={}, alias="for")


Hypotheses = Annotated[list[HypothesisTable], BeforeValidator(_hypotheses)]


class SettingTable(Table):
    """`[setting.NAME]`."""

    network: Network
    widths: Annotated[tuple[tuple[int, ...], ...], BeforeValidator(_widths)]
    examples: Annotated[int, Field(ge=1, le=MAX_EXAMPLES)]
    loss: Loss
    average: bool = True
    weight_decay: Annotated[Any, BeforeValidator(_decays)] = Fraction(0)
    flow: Flow = "gradient"
    data: Text = "generic"
    start: Start = "random"
    assume: Hypotheses = []
    degree: Annotated[int, Field(ge=2, le=64)] = 2
    slope: Annotated[Any, BeforeValidator(_slope)] = Fraction(1, 10)
    smooth: Literal["softplus", "tanh", "swish"] = "softplus"
    output_activation: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> SettingTable:
        problems = list(self._contradictions())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _contradictions(self):
        outputs = {w[-1] for w in self.widths}
        if self.loss == "cross-entropy" and min(outputs) < 2:
            raise ValueError("cross-entropy needs at least two outputs (classes): the last width is 1")
        if self.loss in ("exponential", "logistic") and max(outputs) > 1:
            yield f"labels +-1 need one output: the last width is {max(outputs)}, with loss = '{self.loss}' it is 1"
        for key, network in (("degree", "power"), ("slope", "leaky-relu"), ("smooth", "smooth")):
            if key in self.model_fields_set and self.network != network:
                yield f"{key} belongs to network = '{network}'; this network is '{self.network}'"
        yield from self._layer_contradictions()

    def _layer_contradictions(self):
        for widths in self.widths:
            layers = len(widths) - 1
            if isinstance(self.weight_decay, tuple) and len(self.weight_decay) != layers:
                yield f"weight_decay has {len(self.weight_decay)} entries for the {layers} layers of {list(widths)}"
            if self.data == "digits" and widths[0] != 64:
                yield f"the digits have 8 x 8 pixels: the first width is 64, not {widths[0]}"
            if self.data == "digits" and self.loss == "cross-entropy" and widths[-1] != 10:
                yield f"the digits have 10 classes: the last width is 10, not {widths[-1]}"


def _span(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError('a number or a range such as "2.." is wanted')
    return Span.read(str(value))


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _decays_meant(value: Any) -> Any:
    """One weight decay, or several of which each is meant."""
    return tuple(_decay(v) for v in _several(value))


def _ids(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _quotation(value: Any) -> Any:
    if isinstance(value, str) and len(value.split()) > MOST_QUOTED:
        raise ValueError(f"a quotation has at most {MOST_QUOTED} words; this one has {len(value.split())}")
    return value


Sizes = Annotated[Any, BeforeValidator(_span)]
Meant = TypeVar("Meant")
Listed = Annotated[list[Meant], BeforeValidator(_several)]


class AboutTable(Table):
    """`[about.NAME]`, or the table `about` of a claim or clause."""

    network: Listed[Network] = []
    layers: Sizes = None
    examples: Sizes = None
    outputs: Sizes = None
    loss: Listed[Loss] = []
    average: bool = True
    flow: Listed[FlowMeant] = []
    data: Listed[Text] = []
    start: Listed[Start] = []
    weight_decay: Annotated[Any, BeforeValidator(_decays_meant)] = ()
    output_activation: bool = False
    around: Text = "equilibrium"
    penalty: Text = "any"
    step: Text = "any"
    population: Text = "any"


class WordsTable(Table):
    """An entry of `hypotheses_words`: prose, and what carries it."""

    text: Text
    carried_by: Text | None = None
    checked: bool = True


class FormTable(Table):
    """What a claim, a clause and a reading share: a printed form and its correction."""

    printed: Text | None = None
    corrected: Text | None = None
    assuming: dict[str, Any] = {}
    defect: str = ""


class ReadingTable(FormTable):
    """`[[claim.reading]]`."""

    text: Text
    printed: Text


def _class(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise ValueError("the name of an [about.NAME] is wanted, or a table as it stands there")
    return value


Class = Annotated[Any, BeforeValidator(_class)]


class ClauseTable(FormTable):
    """`[[claim.clause]]`."""

    text: Text
    setting: Annotated[tuple[str, ...], BeforeValidator(_names)] | None = None
    ranges: Ranges | None = Field(default=None, alias="for")
    at: Place | None = None
    after: After | None = None
    open: str = ""
    about: Class | None = None
    scale: Literal["", "margin"] = ""
    given: Hypotheses = []
    letters: list[Text] = []
    remark: bool = False


class ClaimTable(FormTable):
    """`[[claim]]`."""

    id: Word
    text: Text
    setting: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    where: str = ""
    kind: Literal["equation", "lemma", "theorem", "proposition", "remark", "figure", "conjecture", "definition"] = (
        "equation"
    )
    topic: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = ""
    ranges: Ranges = Field(default={}, alias="for")
    at: Place = "any"
    after: After | None = None
    uses: list[Text] = []
    latex: str = ""
    ocr: str = ""
    reading: list[ReadingTable] = []
    clause: list[ClauseTable] = []
    about: Class | None = None
    scale: Literal["", "margin"] = ""
    given: Hypotheses = []
    letters: list[Text] = []
    hypotheses: Hypotheses = []
    hypotheses_words: list[WordsTable] = []
    same_as: Annotated[list[Text], BeforeValidator(_ids)] = []
    quote: Annotated[str, BeforeValidator(_quotation)] = ""
    quoted: bool = False
    severity: Literal["", "slip", "constant", "hypothesis", "theorem"] = ""
    reply: str = ""
    derivation: Annotated[str, Field(pattern=r"^[a-z_]\w*(\.[A-Za-z_]\w*)+$")] | None = None
    experiment: Annotated[str, Field(pattern=r"^[a-z_]\w*(\.[A-Za-z_]\w*)+$")] | None = None
    arguments: dict[str, Any] = Field(default={}, alias="with")
    open: str = ""


# what came with format 2
SECOND_FORMAT = frozenset(
    {"about", "clause", "scale", "given", "letters", "hypotheses", "hypotheses_words", "same_as", "quote", "quoted"}
    | {"severity", "reply"}
)
