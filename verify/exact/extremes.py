"""Relations between an extreme and a bound, which say the same of every term.

min(n, e) > c is e > c for every n, and max(n, e) < c likewise; `margin` is min(n, y[n]*fV[n]) where labels are +-1.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from ..formula.nodes import BinOp, Compare, Indexed, Name, Num, Reduce, substitute
from ..formula.shapes import Range

ABOVE = {">": "min", ">=": "min", "<": "max", "<=": "max"}  # the extreme that stands to the left of such a relation
INDEX = "n"
MARGIN = Reduce(
    "min",
    INDEX,
    Num(Fraction(1)),
    Name("N"),
    BinOp("*", Indexed("y", Name(INDEX)), Indexed("fV", Name(INDEX))),
    implicit=True,
)


def every_term(relation: Compare, taken: Collection[str], *, labelled: bool) -> tuple[Compare, Range] | None:
    """(the relation of each term, the range of its index), or None for any other relation.

    Args:
        taken: names of indices that are bound already.
        labelled: whether labels are +-1, so that the margin is that of a single output.
    """
    for way in (relation, relation.turned):
        extreme = MARGIN if labelled and way.left == Name("margin") else way.left
        if isinstance(extreme, Reduce) and extreme.func == ABOVE.get(way.op):
            index = _fresh(extreme.index, taken)
            body = substitute(extreme.body, {extreme.index: Name(index)})
            return replace(way, left=body), Range(index, extreme.low, extreme.high)
    return None


def _fresh(index: str, taken: Collection[str]) -> str:
    while index in taken:
        index += "_"
    return index
