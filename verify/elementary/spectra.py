"""Spectra and ranks of symmetric matrices: ends and traces, Gram matrices, ranks of products and sums."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.exact.laurent import Laurent
from derivations.exact.positivstellensatz import Constraint

from . import matrices
from .alphabet import Letter
from .reading import Reader


def spectral(terms: Reader, index: int, letter: Letter) -> Iterator[Constraint]:
    """What is known of one number about a matrix."""
    own, (one, size) = Laurent.letter(index), letter.data
    match letter.kind:
        case "rank":
            yield from _rank(terms, own, one, size)
        case "eigmin" | "eigmax":
            yield from _ends(terms, own, one, size, letter.kind)
        case "distinct":
            yield Constraint(Laurent.number(size) - own, ">=", "no more eigenvalues than rows")


def _rank(terms: Reader, own: Laurent, one: matrices.Form, size: int) -> Iterator[Constraint]:
    yield Constraint(Laurent.number(size) - own, ">=", "a rank is at most the number of rows")
    if len(one) > 1:
        total = Laurent.number(0)
        for word in one:
            rank = matrices.spectral(terms, "rank", {word: Laurent.number(1)}, size) if word else Laurent.number(size)
            total = total + rank
        yield Constraint(total - own, ">=", "a rank of a sum is at most the sum of the ranks")
        return
    ((word, _),) = one.items()
    least = min(matrices.sides(terms, word), default=size)
    yield Constraint(Laurent.number(least) - own, ">=", "a rank is at most any side of the factors")
    for i in range(1, len(word)):
        for part in (word[:i], word[i:]):
            rows = min(matrices.sides(terms, part))
            rank = matrices.spectral(terms, "rank", {part: Laurent.number(1)}, rows)
            yield Constraint(rank - own, ">=", "a rank of a product is at most that of a factor")


def _ends(terms: Reader, own: Laurent, one: matrices.Form, size: int, kind: str) -> Iterator[Constraint]:
    trace = matrices.trace_of_form(terms, one, (size,))
    many = Laurent.number(size)
    psd = is_gram(terms, one)
    if kind == "eigmin":
        yield Constraint(trace - many * own, ">=", "the least eigenvalue is at most the mean of all")
        other = matrices.spectral(terms, "eigmax", one, size)
        yield Constraint(other - own, ">=", "the least is at most the greatest")
        if psd:
            yield Constraint(own, ">=", "a Gram matrix is positive semidefinite")
        return
    rank = min((min(matrices.sides(terms, w)) for w in one if w), default=size) if len(one) == 1 else size
    if psd:
        yield Constraint(own, ">=", "a Gram matrix is positive semidefinite")
        yield Constraint(trace - own, ">=", "the greatest eigenvalue of a Gram matrix is at most its trace")
        yield Constraint(Laurent.number(rank) * own - trace, ">=", "the trace is at most rank times the greatest")
    else:
        yield Constraint(many * own - trace, ">=", "the greatest eigenvalue is at least the mean of all")


def is_gram(terms: Reader, one: matrices.Form) -> bool:
    """Whether a matrix is a sum of u u^T with factors that are not negative."""
    return all(
        terms.alphabet.is_nonnegative(c) and (not word or matrices.gram_root(word, cyclic=False) is not None)
        for word, c in one.items()
    )
