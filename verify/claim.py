"""The nouns of a claim file: paper, setting, statement, claim. Frozen, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .formula.nodes import Node
from .formula.shapes import Range, Sizes

PLACES = ("stationary", "minimum", "stationary-direction")  # of points that are found, not drawn


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
    """One formula under judgement, with the settings it is judged in."""

    text: str
    formula: Node
    settings: tuple[Setting, ...]
    ranges: tuple[Range, ...] = ()
    at: str = "any"
    after: str | None = None


@dataclass(frozen=True)
class Witness:
    """A named function of the ground floor that measures or derives the quantities of a statement."""

    kind: str  # 'derivation' | 'experiment'
    name: str  # 'topic.function'
    arguments: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Reading:
    """One defensible reading of a sentence."""

    text: str
    printed: Statement
    corrected: Statement | None = None
    assuming: tuple[str, ...] = ()
    defect: str = ""  # what is wrong with `printed`, as far as the claim does not say it

    @property
    def known_wrong(self) -> bool:
        """Whether `printed` is known to be wrong."""
        return self.corrected is not None or bool(self.defect)


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
    witness: Witness | None = None
    open: str = ""
    settings: tuple[Setting, ...] = ()
    source: str = field(default="", compare=False)  # file and line
    digest: str = ""  # of the claim's own text and its settings

    @property
    def known_wrong(self) -> bool:
        """Whether `printed` is known to be wrong; a reading has its own."""
        return self.corrected is not None or bool(self.defect)

    @property
    def paper(self) -> str:
        return self.id.split("/", 1)[0]
