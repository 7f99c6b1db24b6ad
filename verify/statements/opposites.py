"""Variants of a true statement that are certain to be false: its opposites.

An opposite is false by logic alone, so that it has to be refuted, however weak the statement is:

    a == b                 a == b + 1, in the first entry of vectors and matrices
    a < b                  a >= b; likewise for > and !=
    a <= b                 a >= b + 1, for the two may be equal, and equal up to rounding; likewise for >=
    A and B                A and an opposite of B, for each part
    implies(A, B)          implies(A, opposite of B): false as soon as A holds somewhere
    iff(A, B)              iff(A, not B)
    somewhere(S)           not S, at every point
    conserved(e)           conserved(|e|^2 + L), for the loss falls but where it rests
    nondecreasing(e)       d(e) < 0
    limit(e) == v          limit(e) == v + 1
    diverges(e)            bounded(e); the others among these likewise
    asymptotic(e, g)       asymptotic(2*e, g)
    outgrows(e, g)         outgrows(g, e)
    independent_of_start(limit(e))   diverges(e), for there is a limit

All but the implication are false at every admissible point, or along every trajectory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial, reduce

from ..formula.nodes import Along, And, BinOp, Call, Compare, Limit, Logic, Name, Node, Num, Rate

COMPLEMENT = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
REVERSED = {"<=": ">=", ">=": "<="}
CONTRARY = {"diverges": "bounded", "converges": "diverges", "bounded": "diverges", "independent_of_start": "diverges"}
MONOTONE = {"nondecreasing": "<", "nonincreasing": ">"}
ZERO, ONE, TWO = (Num(Fraction(i)) for i in range(3))


def opposites(statement: Node) -> Iterator[tuple[Node, ...]]:
    """Statements that are false if this one is true, each in a few wordings of which the first that fits is meant."""
    match statement:
        case Compare(op="=="):
            yield _shifted(statement)
        case Compare(op="<=" | ">=" as op, right=right):
            yield (replace(statement, op=REVERSED[op], right=_plus(right, 1 if op == "<=" else -1)),)
        case Compare(op=op):
            yield (replace(statement, op=COMPLEMENT[op]),)
        case And(args=args):
            for i, part in enumerate(args):
                for wordings in opposites(part):
                    yield tuple(And((*args[:i], other, *args[i + 1 :])) for other in wordings)
        case Along(func=func, args=args):
            yield (_along(func, args),)
        case Logic():
            yield from _logic(statement)


def _shifted(equation: Compare) -> tuple[Node, ...]:
    """One side is one more: between scalars; else in the first entry of vectors, of matrices."""
    left, right = equation.left, equation.right
    if isinstance(right, Limit):
        left, right = right, left
    ones = (), (ONE,), (ONE, ONE)
    return tuple(Compare("==", _entry(left, at), _plus(_entry(right, at), 1)) for at in ones)


def _entry(e: Node, at: tuple[Node, ...]) -> Node:
    if not at:
        return e
    if isinstance(e, Limit):
        return replace(e, body=_entry(e.body, at))
    return ZERO if is_zero(e) else Call("entry", (e, *at))


def is_zero(e: Node) -> bool:
    """Whether a term is zero as it stands."""
    return e == ZERO or (isinstance(e, Call) and e.func == "zeros_like")


def _plus(e: Node, step: int) -> Node:
    if isinstance(e, Limit):  # stands as a whole side of a relation
        return replace(e, body=_plus(e.body, step))
    return Num(e.value + step) if isinstance(e, Num) else BinOp("+" if step > 0 else "-", e, ONE)


def _logic(statement: Logic) -> Iterator[tuple[Node, ...]]:
    match statement:
        case Logic(func="implies", args=(premise, conclusion)):
            for wordings in opposites(conclusion):
                yield tuple(Logic("implies", (premise, other)) for other in wordings)
        case Logic(func="generically", args=(inner,)):
            for wordings in opposites(inner):
                yield tuple(Logic("generically", (other,)) for other in wordings)
        case Logic(func="iff", args=(a, b)):
            other = negation(b)
            yield () if other is None else (Logic("iff", (a, other)),)
        case Logic(func="somewhere", args=(inner,)):
            other = negation(inner)
            yield () if other is None else (other,)


def _along(func: str, args: tuple[Node, ...]) -> Node:
    e = args[0].body if isinstance(args[0], Limit) else args[0]
    match func:
        case "conserved":
            return Along(func, (BinOp("+", _square(e), Name("L")),))
        case "nondecreasing" | "nonincreasing":
            return Compare(MONOTONE[func], Rate(e, None), ZERO)
        case "asymptotic":
            return Along(func, (BinOp("*", TWO, e), args[1]))
        case "outgrows":
            return Along(func, (args[1], e))
    return Along(CONTRARY[func], (e,))


def negation(statement: Node) -> Node | None:
    """What holds at exactly those points at which a statement does not, or None where the language has no words."""
    match statement:
        case Compare(op=op, left=left, right=right) if not isinstance(left, Limit) and not isinstance(right, Limit):
            return replace(statement, op=COMPLEMENT[op])
        case And(args=args) if all(isinstance(a, Compare) and a.op == "==" for a in args):
            squares = [_square(BinOp("-", a.left, a.right)) for a in args if isinstance(a, Compare)]
            return Compare("!=", reduce(partial(BinOp, "+"), squares), ZERO)
        case And(args=args):
            last = negation(args[-1])
            rest = args[0] if len(args) == 2 else And(args[:-1])
            return None if last is None else Logic("implies", (rest, last))
    return None


def _square(e: Node) -> Node:
    return Call("dot", (e, e))
