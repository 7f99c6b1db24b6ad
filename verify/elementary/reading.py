"""What the rooms of matrices, networks and lemmas ask of whoever reads terms (`terms.Terms`)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint

from ..claim import Setting
from ..formula.nodes import Name, Node
from ..formula.shapes import Sizes
from .alphabet import Alphabet


class Reader(Protocol):
    """Reads scalar terms of one setting as polynomials in letters."""

    setting: Setting
    sizes: Sizes
    symbolic: bool
    sized: bool
    sample: dict[str, int]
    choices: Mapping[str, int]
    alphabet: Alphabet
    domain: list[Constraint]
    sums: list[tuple[Laurent, str, Name]]

    def shape(self, node: Node) -> tuple[int, ...]: ...
    def integer(self, node: Node) -> int: ...
    def poly(self, node: Node) -> Laurent: ...
    def opaque(self, node: Node, kind: str = "term", data: Any = None, **signs: bool) -> Laurent: ...
    def inverse(self, poly: Laurent) -> Laurent: ...
    def absolute(self, poly: Laurent) -> Laurent: ...
    def raised(self, base: Laurent, exponent: Fraction) -> Laurent: ...
    def exponential(self, argument: Laurent) -> Laurent: ...
