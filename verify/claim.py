"""The nouns of a claim file: paper, setting, statement, claim. Frozen, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .about import About
from .formula.nodes import Node
from .formula.shapes import Range, Sizes

PLACES = ("stationary", "minimum", "stationary-direction")  # of points that are found, not drawn

TOPICS = (
    "structural_lemma",
    "rho_v_dynamics",
    "stationarity",
    "margins",
    "norm_growth",
    "hessians",
    "linear_networks",
    "square_loss",
    "cross_entropy",
    "conjugacy",
    "early_stopping",
    "nonseparable",
    "discretization",
    "approximation",
    "real_data",
)


@dataclass(frozen=True)
class Paper:
    """A source of claims."""

    key: str
    title: str
    cite: str = ""


@dataclass(frozen=True)
class Hypothesis:
    """A formula that the points (or the starts) of a setting satisfy."""

    text: str
    formula: Node
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Setting:
    """A world in which claims live. Field for field the `[setting.NAME]` of the claim file.

    `widths` holds every list of widths that is asked for; `weight_decay` is an exact rational, the word
    "any" for a positive letter, or a tuple of these with one entry a layer.
    """

    name: str
    network: str
    widths: tuple[tuple[int, ...], ...]
    examples: int
    loss: str
    average: bool = True
    weight_decay: Fraction | str | tuple[Fraction | str, ...] = Fraction(0)
    flow: str = "gradient"
    data: str = "generic"
    start: str = "random"
    assume: tuple[Hypothesis, ...] = ()
    degree: int = 2
    slope: Fraction = Fraction(1, 10)
    smooth: str = "softplus"
    output_activation: bool = False

    def sizes(self, widths: tuple[int, ...]) -> Sizes:
        """What of the setting shapes can depend on, for one list of widths."""
        return Sizes(widths, self.examples, self.loss, self.network, self.flow)

    def at_sizes(self, widths: tuple[int, ...], examples: int) -> Setting:
        """The same world at one list of widths and one number of examples; decays that are alike in every layer are so
        at any depth."""
        decay = self.weight_decay
        if isinstance(decay, tuple) and len(set(decay)) == 1:
            decay = decay[:1] * (len(widths) - 1)
        return replace(self, widths=(widths,), examples=examples, weight_decay=decay)

    def keywords(self, widths: tuple[int, ...]) -> dict[str, Any]:
        """The setting as the plain keyword values that both worlds are built from."""
        return {
            "network": self.network,
            "widths": widths,
            "examples": self.examples,
            "loss": self.loss,
            "average": self.average,
            "weight_decay": self.weight_decay,
            "flow": self.flow,
            "degree": self.degree,
            "slope": self.slope,
            "smooth": self.smooth,
            "output_activation": self.output_activation,
        }


@dataclass(frozen=True)
class Statement:
    """One formula under judgement, with the settings it is judged in.

    Attributes:
        about: the class that it speaks of; None where it speaks of its settings.
        scale: 'margin' where the points are scaled to margin 1.
        letters: relations between the free real numbers of the formula.
    """

    text: str
    formula: Node
    settings: tuple[Setting, ...]
    ranges: tuple[Range, ...] = ()
    at: str = "any"
    after: str | None = None
    about: About | None = None
    scale: str = ""
    letters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Witness:
    """A named function of the ground floor that measures or derives the quantities of a statement."""

    kind: str  # 'derivation' | 'experiment'
    name: str  # 'topic.function'
    arguments: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Form:
    """A statement as it is printed, and what is right instead."""

    text: str
    printed: Statement | None
    corrected: Statement | None = None
    assuming: tuple[str, ...] = ()  # what the corrected form assumes beyond the setting, in words
    defect: str = ""  # what is wrong with `printed`

    @property
    def known_wrong(self) -> bool:
        """Whether `printed` is known to be wrong."""
        return self.corrected is not None or bool(self.defect)


@dataclass(frozen=True)
class Reading(Form):
    """One defensible reading of a sentence."""


@dataclass(frozen=True)
class Clause(Form):
    """One of the things that a sentence says.

    Attributes:
        open: why it is not decided, or has no formula.
        remark: it only says that something follows, and is shown, not judged.
    """

    open: str = ""
    remark: bool = False


@dataclass(frozen=True)
class Words:
    """A hypothesis of the paper in prose, with the formula or key that carries it; '' where nothing checks it."""

    text: str
    carried_by: str = ""


@dataclass(frozen=True)
class Claim:
    """One entry of a claim file."""

    id: str  # with the paper's key: 'pnas20/eq6'
    text: str
    printed: Statement | None
    where: str = ""
    kind: str = "equation"
    topic: str = ""
    latex: str = ""
    ocr: str = ""
    corrected: Statement | None = None
    assuming: tuple[str, ...] = ()  # what the corrected form assumes beyond the setting, in words
    defect: str = ""
    uses: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    clauses: tuple[Clause, ...] = ()
    about: About | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    hypotheses_words: tuple[Words, ...] = ()
    same_as: tuple[str, ...] = ()  # claims that it restates
    quote: str = ""
    quoted: bool = False  # a theorem of other authors that the paper cites
    severity: str = ""  # by hand; else it is computed
    reply: str = ""
    witness: Witness | None = None
    open: str = ""
    settings: tuple[Setting, ...] = ()
    source: str = field(default="", compare=False)  # file and line
    digest: str = ""  # of the claim's own text and its settings

    @property
    def known_wrong(self) -> bool:
        """Whether `printed` is known to be wrong; a reading or a clause has its own."""
        return self.corrected is not None or bool(self.defect)

    @property
    def forms(self) -> tuple[Form, ...]:
        """What is judged: the literal form or the clauses of it, then the readings beside it."""
        own = Form(self.text, self.printed, self.corrected, self.assuming, self.defect)
        literal = (own,) if self.printed is not None else self.clauses
        return (*literal, *self.readings)

    @property
    def paper(self) -> str:
        return self.id.split("/", 1)[0]
