"""Whether a statement makes sense in a setting: every instance of it, before anything is evaluated."""

from __future__ import annotations

from itertools import islice

from . import vocabulary as voc
from .constants import MAX_EXPONENT, power_height
from .errors import FormulaError
from .nodes import And, Compare, Limit, Logic, Name, Node, free_names, walk
from .shapes import ShapeChecker, bindings
from .sizes import Range, Sizes

MAX_INSTANCES = 20_000  # that `for` may ask for
MAX_CHECKED = 500  # instances whose shapes are checked
MAX_VISITS = 100_000  # terms looked at before the instances seen stand for the rest


def check_statement(
    statement: Node,
    ranges: tuple[Range, ...],
    sizes: Sizes,
    source: str = "",
    quantities: frozenset[str] | None = None,
) -> None:
    """Check every instance of a statement; nothing is evaluated.

    `quantities` are the names that a witness measures, where the statement is about these.

    Raises:
        FormulaError: naming the first shape, index or relation that does not fit.
    """
    try:
        check_ranges(ranges, statement)
        _check_powers(statement, sizes)
        checker = ShapeChecker(sizes, quantities)
        for bound in _checked_bindings(ranges, sizes):
            checker.statement(statement, bound)
            if checker.visits > MAX_VISITS:
                break
        _check_time(statement)
    except FormulaError as error:
        column = error.column if error.column is not None and error.column >= 0 else None
        raise FormulaError(error.message, error.source or source, column) from None


def _checked_bindings(ranges: tuple[Range, ...], sizes: Sizes) -> list[dict[str, int]]:
    """The bindings to check; a mistake in a range has no place in the statement's own text."""
    try:
        every = len(list(islice(bindings(ranges, sizes), MAX_INSTANCES + 1)))
        if every > MAX_INSTANCES:
            raise FormulaError(f"more than {MAX_INSTANCES} instances")
        return list(islice(bindings(ranges, sizes, limit=3), MAX_CHECKED))
    except FormulaError as error:
        raise FormulaError(f"the ranges in 'for' do not fit: {error.message}") from None


def check_ranges(ranges: tuple[Range, ...], statement: Node) -> None:
    """Quantified ranges may depend only on sizes and on earlier indices, and must be used."""
    seen: set[str] = set()
    for r in ranges:
        unknown = (free_names(r.low) | free_names(r.high)) - seen - set(voc.CONSTANTS) - {"W"}
        if unknown:
            raise FormulaError(f"the range of '{r.index}' uses '{min(unknown)}', which is not bound before it")
        seen.add(r.index)
    used = free_names(statement)
    for r in ranges:
        later = set().union(*(free_names(s.low) | free_names(s.high) for s in ranges))
        if r.index not in used | later:
            raise FormulaError(f"index '{r.index}' is quantified in 'for' but does not occur in the formula")


def _check_powers(statement: Node, sizes: Sizes) -> None:
    """Exponents that sizes enter, such as ``x**(K*N)``."""
    if power_height(statement, {"K": sizes.depth, "N": sizes.examples}) > MAX_EXPONENT:
        raise FormulaError(f"exponents, also of powers of powers, are at most {MAX_EXPONENT}")


def _check_time(statement: Node) -> None:
    """Time has a value only inside a predicate about trajectories or inside a limit."""
    match statement:
        case And(args=args) | Logic(args=args):
            for arg in args:
                _check_time(arg)
        case Compare(left=left, right=right):
            for side in (left, right):
                _check_timeless(side)


def _check_timeless(side: Node) -> None:
    if isinstance(side, Limit):
        return
    for node in walk(side):
        if isinstance(node, Name) and node.name == "t":
            raise FormulaError("'t' stands only in statements about a trajectory", column=node.at)
