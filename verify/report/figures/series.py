"""What a statement about trajectories speaks of, along a few runs: numbers for a small plot beside the claim.

A run is made once for each setting and read by every claim of that setting. Nothing here bears on a verdict.

Notation: x = log10 t; y the quantity, or log10 of its size where it spans more than two decades or leaves the range
of floats; a matrix is shown by its Euclidean norm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...claim import Claim, Setting, Statement
from ...formula.latex import to_latex
from ...formula.nodes import Along, And, BinOp, Compare, Grad, Hess, Limit, Logic, Node, Rate, walk

RUNS = 2  # from random starts
TOLERANCE = 1e-5
SAMPLES = 40  # of a run, at most
_LAW = re.compile(r"(?:like|tends to) .*")
_DECADES = 2.0  # of a quantity, beyond which its logarithm is drawn


@dataclass(frozen=True)
class Term:
    """A quantity, what is expected of it (a node, a number or nothing), and what is said of it."""

    node: Node
    expected: Node | float | None
    says: str


def series(claims: Sequence[Claim]) -> dict[str, Any]:
    """By claim id: LaTeX of the quantity, scale, curves [x, y], and the expected value where there is one."""
    runs: dict[tuple[str, str], list[Any]] = {}
    found = {}
    for claim in claims:
        for statement in _statements(claim):
            shown = _shown(statement, runs, claim.paper)
            if shown:
                found[claim.id] = shown
                break
    return found


def _statements(claim: Claim) -> Iterator[Statement]:
    """Those of a claim, the printed ones first."""
    for form in claim.forms:
        yield from (s for s in (form.printed, form.corrected) if s is not None)


def _shown(statement: Statement, runs: dict[tuple[str, str], list[Any]], paper: str) -> dict[str, Any] | None:
    term = next(terms(statement.formula), None)
    if term is None or not statement.settings or any(isinstance(n, Grad | Hess | Rate) for n in walk(term.node)):
        return None
    setting = statement.settings[0]
    key = (paper, setting.name)
    if key not in runs:
        runs[key] = _runs(statement, setting)
    try:
        return _read(term, statement, runs[key]) if runs[key] else None
    except Exception:  # a plot less
        return None


def terms(node: Node) -> Iterator[Term]:
    """The quantities whose course along a trajectory a statement speaks of."""
    match node:
        case And(args=args):
            for arg in args:
                yield from terms(arg)
        case Logic(func="implies", args=(_, conclusion)):
            yield from terms(conclusion)
        case Logic(args=args):
            for arg in args:
                yield from terms(arg)
        case Along(func="asymptotic", args=(e, g)):
            yield Term(BinOp("/", e, g), 1.0, "tends to 1")
        case Along(func="outgrows", args=(e, g)):
            yield Term(BinOp("/", e, g), None, "grows beyond bounds")
        case Along(func="independent_of_start"):
            return
        case Along(func=func, args=(e, *_)):
            yield Term(e, None, _SAYS.get(func, func))
        case Compare(left=left, right=right):
            for limit, other in ((left, right), (right, left)):
                if isinstance(limit, Limit) and limit.variable == "t":
                    plain = not any(isinstance(n, Limit) for n in walk(other))
                    yield Term(limit.body, other if plain else None, "")
                    return


_SAYS = {
    "conserved": "is conserved",
    "nondecreasing": "never falls",
    "nonincreasing": "never rises",
    "diverges": "diverges",
    "converges": "converges",
    "bounded": "is bounded",
}


_SETTLES = (_SAYS["converges"], _SAYS["bounded"])


# ---- runs


def _runs(statement: Statement, setting: Setting) -> list[Any]:
    """A few courses of a setting; none where its flow is not integrated."""
    from numerics.trajectories.pairs import Pair, chosen, course

    from ...along.course import Course
    from ...points.draw import draw

    widths = setting.widths[0]
    keywords = setting.keywords(widths)
    try:
        batch = draw(statement, setting, widths, "quick", 0, "cpu", Counter())
        if batch is None:
            return []
        starts, made = chosen(batch.points, RUNS, 0), []
        for i in range(len(starts)):
            start = starts.instance(i)
            run = course(start, TOLERANCE, **keywords)
            if run.status != "collapsed" and len(run) >= 8:
                made.append(Course(Pair(run, run), start, keywords, setting.sizes(widths)))
        return made
    except Exception:
        return []


def _read(term: Term, statement: Statement, courses: Sequence[Any]) -> dict[str, Any] | None:
    """The curves of a term."""
    from ...points.batch import some_bindings

    bound = next(iter(some_bindings(statement, courses[0].sizes)))
    found = [_compared(term, bound, course) for course in courses]
    curves, expected = [f.curve for f in found], found[0].expected
    latex = rf"\left\|{found[0].latex}\right\|" if curves[0].values is None else found[0].latex
    shown = _plot(latex, term.says, curves, expected)
    return shown and shown | {"law": _law(statement, bound, courses[0])}


@dataclass(frozen=True)
class Compared:
    """A curve, LaTeX of what it shows, and the number that is expected of it."""

    curve: Curve
    latex: str
    expected: float | None


def _compared(term: Term, bound: dict[str, int], course: Any) -> Compared:
    """A term along a run. A matrix is shown by how far it is from what is expected of it, or from its end."""
    from numerics.world.scaled import Scaled, aligned

    from ...along.course import rows_of

    value, latex, latest = course.value(term.node, bound), to_latex(term.node), np.inf
    expected = term.expected if isinstance(term.expected, float) else None
    matrix, target = value.m.dim() > 1, None
    if isinstance(term.expected, Node):
        value, target = course.evaluator._agree(value, course.side(term.expected, bound))
        latex = to_latex(BinOp("-", term.node, term.expected)) if matrix else latex
        expected = None if matrix else float(target.flat.reshape(-1)[0])
    elif matrix and term.says in _SETTLES:
        target, latex = rows_of(value, [len(course.x) - 1] * len(value.m)), rf"{latex} - \text{{its last value}}"
        latest = course.x[-1] / 10  # nearer to the end the end itself is what is seen
    if matrix and target is not None:
        (a, b), scale = aligned([value, target])
        value = Scaled(a - b, scale)
    return Compared(_curve(course.x, value, latest), latex, expected)


def _law(statement: Statement, bound: dict[str, int], course: Any) -> str:
    """What is fitted to the first run: ``like (log t)^-1 in [-1.02, -0.98]``; "" where nothing is."""
    from ...along.outcome import outcome

    found = outcome(statement.formula, bound, [course], statement.settings[0])
    match = _LAW.search(found.because) if found is not None else None
    return match[0] if match else ""


@dataclass(frozen=True)
class Curve:
    """A quantity along a run: log10 t, its values (none of a matrix), and log10 of its size, (n,) each."""

    x: np.ndarray
    values: np.ndarray | None
    size: np.ndarray


def _curve(log_t: np.ndarray, value: Any, latest: float) -> Curve:
    half = int((log_t <= latest).sum())
    values = value.flat[:half].numpy() if value.m.dim() == 1 else None
    return Curve(log_t[:half] / np.log(10.0), values, value.log_size[:half].numpy() / np.log(10.0))


def _plot(latex: str, says: str, curves: Sequence[Curve], expected: float | None) -> dict[str, Any] | None:
    sizes = np.concatenate([c.size for c in curves])
    sizes = sizes[np.isfinite(sizes)]
    negative = any(c.values is not None and (c.values < 0).any() for c in curves)
    wide = len(sizes) > 0 and float(np.ptp(sizes)) > _DECADES
    logarithmic = wide and not negative and not expected
    lines = [_line(c, logarithmic) for c in curves]
    lines = [line for line in lines if len(line[0]) > 3]
    if not lines:
        return None
    return {"latex": latex, "says": says, "logarithmic": logarithmic, "expected": expected, "curves": lines}


def _line(curve: Curve, logarithmic: bool) -> list[list[float]]:
    with np.errstate(over="ignore"):
        y = curve.size if logarithmic else 10.0**curve.size if curve.values is None else curve.values
    keep = np.flatnonzero(np.isfinite(y) & np.isfinite(curve.x) & (curve.x > 0))
    keep = keep[:: max(1, -(-len(keep) // SAMPLES))]
    return [_short(curve.x[keep]), _short(y[keep])]


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{v:.4g}") for v in values]
