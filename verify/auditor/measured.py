"""Statements about quantities that a named witness derives or measures, each known to lie in an interval."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from ..claim import Claim, Statement, Witness
from ..claimfile.witnesses import ROOMS, room_of
from ..evidence import Failure, Measured
from ..formula.nodes import And, BinOp, Call, Compare, Logic, Name, Neg, Node, Num
from ..options import Options


def measure(statement: Statement, claim: Claim, options: Options) -> Measured | Failure:
    """Run a claim's witness and relate its quantities as the statement says."""
    witness = claim.witness
    if witness is None:
        return Failure("the statement has neither a setting nor a witness")
    if find(witness) is None:
        return Failure(f"{witness.kind} '{witness.name}' is not a function of {' or '.join(ROOMS[witness.kind])}")
    quantities = {name: as_interval(value) for name, value in found_by(witness).items()}
    balls = {name: ball(*bounds[1:]) for name, bounds in quantities.items()}
    relation = relate(statement.formula, balls)
    shown = {name: tuple(_plain(v) for v in bounds) for name, bounds in quantities.items()}
    return Measured(witness.name, shown, relation, exact=witness.kind == "derivation")


def find(witness: Witness) -> Callable[..., Mapping[str, Any]] | None:
    """The function 'topic.name' on the ground floor, or None."""
    module, _, name = witness.name.rpartition(".")
    room = room_of(witness.kind, module)
    return None if room is None else getattr(importlib.import_module(f"{room}.{module}"), name, None)


def found_by(witness: Witness) -> Mapping[str, Any]:
    """What a witness finds; kept, for many statements are asked about the same quantities."""
    key = repr(witness)
    if key not in _kept:
        function = find(witness)
        assert function is not None
        _kept[key] = function(**dict(witness.arguments))
    return _kept[key]


_kept: dict[str, Mapping[str, Any]] = {}


def as_interval(value: Any) -> tuple[Any, Any, Any]:
    """A number as (value, low, high); a triple as it stands; None, for what was not at hand, without bounds."""
    return tuple(value) if isinstance(value, tuple | list) else (value, value, value)


def ball(low: Any, high: Any) -> arb:
    """The ball that holds an interval; the whole line where there are no bounds."""
    if low is None or high is None:
        return arb(0, math.inf)
    return _exact(low).union(_exact(high))


def _exact(value: Any) -> arb:
    if isinstance(value, arb):
        return value
    if isinstance(value, float):
        return arb(value)
    q = Fraction(value)
    return arb(fmpq(q.numerator, q.denominator))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | None) else str(value)


def relate(node: Node, balls: Mapping[str, arb]) -> str:
    """'holds' over all values in the intervals, 'fails' over all, or 'straddles'."""
    match node:
        case And(args=args):
            parts = {relate(a, balls) for a in args}
            return "fails" if "fails" in parts else "straddles" if "straddles" in parts else "holds"
        case Logic(func="implies", args=(a, b)):
            premise, conclusion = relate(a, balls), relate(b, balls)
            if premise == "fails" or conclusion == "holds":
                return "holds"
            return "fails" if (premise, conclusion) == ("holds", "fails") else "straddles"
        case Compare(op=op, left=left, right=right):
            return _compare(op, value(left, balls) - value(right, balls))
    raise ValueError("a statement about measured quantities is made of relations")


def _compare(op: str, gap: arb) -> str:
    zero = bool(gap == 0)
    signs = {
        "==": (zero, not gap.contains(0)),
        "!=": (not gap.contains(0), zero),
        "<": (bool(gap < 0), bool(gap >= 0)),
        "<=": (bool(gap <= 0), bool(gap > 0)),
        ">": (bool(gap > 0), bool(gap <= 0)),
        ">=": (bool(gap >= 0), bool(gap < 0)),
    }
    holds, fails = signs[op]
    return "holds" if holds else "fails" if fails else "straddles"


def value(node: Node, balls: Mapping[str, arb]) -> arb:
    """A term over balls."""
    match node:
        case Num(value=v):
            return arb(fmpq(v.numerator, v.denominator))
        case Name(name="pi"):
            return arb.pi()
        case Name(name=name):
            if name not in balls:
                known = ", ".join(sorted(balls))
                raise ValueError(f"the witness measures {known}; the statement speaks of '{name}'")
            return balls[name]
        case Neg(arg=arg):
            return -value(arg, balls)
        case BinOp(op=op, left=left, right=right):
            a, b = value(left, balls), value(right, balls)
            return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__, "**": a.__pow__}[op](b)
        case Call(func="exp" | "log" | "sqrt" as func, args=(arg,)):
            return getattr(value(arg, balls), func)()
        case Call(func="abs", args=(arg,)):
            return abs(value(arg, balls))
    raise ValueError("this term has no meaning for measured quantities")
