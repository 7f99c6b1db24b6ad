"""Letters of few values and the cases that they are split into: extremes, magnitudes, signs, gates, labels."""

from __future__ import annotations

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint

from ..formula.text import to_text
from .alphabet import Letter
from .network import stands_for_all
from .terms import Terms
from .units import GENERAL_POSITION, LINES

ONE = Laurent.number(1)
MOST_VALUES = 8


def cases(terms: Terms) -> tuple[str, int]:
    """The name of a letter that is to be split, and into how many cases; ('', 0) if there is none.

    What stands for every example at once is in no one case: the examples differ.
    """
    for letter in terms.alphabet.table:
        if any(stands_for_all(name) for name in letter.names):
            continue
        name, number = to_text(letter.node), _number(terms, letter)
        if 1 < number <= MOST_VALUES and name not in terms.choices:
            return name, number
    return "", 0


def _number(terms: Terms, letter: Letter) -> int:
    match letter.kind:
        case "greatest":
            return len(letter.data)
        case "abs" | "sign":
            return 2
        case "act" | "act1" if terms.setting.network in LINES:
            return 2
        case "label" if terms.setting.loss in ("exponential", "logistic") and terms.setting.data in GENERAL_POSITION:
            return 2
    return 0


def chosen(terms: Terms) -> list[Constraint]:
    """What the choices say of letters that are not replaced by their values."""
    found = []
    for index, letter in enumerate(terms.alphabet.table):
        which = terms.choices.get(to_text(letter.node))
        if which is not None and letter.kind != "greatest":
            found += _said(terms, Laurent.letter(index), letter, which == 0)
    return found


def _said(terms: Terms, own: Laurent, letter: Letter, first: bool) -> list[Constraint]:
    z, reason = letter.data, "case"
    low = Laurent.number(terms.setting.slope if terms.setting.network == "leaky-relu" else 0)
    side = z if first else ONE if z is None else -z
    match letter.kind:
        case "abs":
            return [Constraint(own - side, "==", reason), Constraint(side, ">=", reason)]
        case "sign":
            return [Constraint(own - (ONE if first else -ONE), "==", reason), Constraint(side, ">", reason)]
        case "act":
            value = z if first else low * z
            return [Constraint(own - value, "==", reason), Constraint(side, ">=", reason)]
        case "act1":
            return [Constraint(own - (ONE if first else low), "==", reason), Constraint(side, ">=", reason)]
    return [Constraint(own - (ONE if first else -ONE), "==", reason)]
