"""A small plot beside a claim: a quantity along log10 t on a logarithmic axis, as SVG and as a picture of LaTeX.

About: lines, two labels an axis, and the value that is expected. matplotlib would take a minute for a hundred of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

WIDTH, HEIGHT = 250.0, 64.0  # of the lines, in points
LEFT, BELOW, ABOVE, RIGHT = 46.0, 14.0, 4.0, 8.0  # room for labels
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SOFT = "0.35 0.39 0.44"  # red, green and blue of the book's lines
_RUNS = ("0.04 0.37 0.65", "0.82 0.53 0")
_FLAT = 1e-9  # of its size: a quantity that moves less is a level line

Point = tuple[float, float]


@dataclass(frozen=True)
class Strip:
    """A plot, laid out: points from the lower left corner.

    Attributes:
        latex: the quantity.
        lines: one a run.
        expected: the height of the expected value, if it is within the plot.
        across: (place, log10 of log10 t) of the labels below.
        up: (place, label as text, label as LaTeX) of the labels at the left.
        note: what is said of the quantity, and what is fitted.
    """

    latex: str
    lines: tuple[tuple[Point, ...], ...]
    expected: float | None
    across: tuple[tuple[float, int], ...]
    up: tuple[tuple[float, str, str], ...]
    note: str


def strip(data: Mapping[str, Any]) -> Strip:
    """Lay out what `figures.series` gives for a claim."""
    curves = [([math.log10(x) for x in xs], list(ys)) for xs, ys in data["curves"]]
    left, right = _span([x for xs, _ in curves for x in xs])
    values = [y for _, ys in curves for y in ys]
    expected = _expected(data, values)
    low, high = _span([*values, *([] if expected is None else [expected])])
    lines = tuple(
        tuple((_place(x, left, right) * WIDTH, _place(y, low, high) * HEIGHT) for x, y in zip(xs, ys, strict=True))
        for xs, ys in curves
    )
    powers = range(math.ceil(left - 1e-9), math.floor(right + 1e-9) + 1)
    return Strip(
        str(data["latex"]),
        lines,
        None if expected is None else _place(expected, low, high) * HEIGHT,
        tuple((_place(p, left, right) * WIDTH, p) for p in powers),
        tuple((_place(v, low, high) * HEIGHT, *_label(v, data["logarithmic"], low, high)) for v in _ends(values)),
        f"fitted: {data['law']}" if data.get("law") else str(data["says"]),
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis; a level line gets one of its own size."""
    low, high = min(values), max(values)
    size = max(abs(low), abs(high), 1e-300)
    return (low, high) if high - low > _FLAT * size else (low - 0.5 * size, high + 0.5 * size)


def _expected(data: Mapping[str, Any], values: Sequence[float]) -> float | None:
    """The expected value where it can be shown without flattening the lines."""
    expected = None if data["logarithmic"] else data["expected"]
    low, high = min(values), max(values)
    room = 2 * max(high - low, _FLAT * max(abs(low), abs(high), 1.0))
    return expected if expected is not None and low - room <= expected <= high + room else None


def _ends(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [low, high] if high - low > _FLAT * max(abs(low), abs(high)) else [high]


def _place(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low)


def _label(value: float, logarithmic: bool, low: float, high: float) -> tuple[str, str]:
    """A number as text and as LaTeX, in as many digits as tell the ends apart."""
    if logarithmic:
        power = f"{value:.0f}" if abs(value) >= 1 else "0"
        return "10" + power.translate(_SUPERSCRIPTS), f"10^{{{power}}}"
    digits = max(3, min(8, 2 - math.floor(math.log10(max((high - low) / max(abs(low), abs(high)), 1e-12)))))
    text = f"{value:.{digits}g}".rstrip(".")
    mantissa, _, power = text.partition("e")
    latex = rf"{mantissa}\cdot 10^{{{int(power)}}}" if power else text
    return text.replace("-", "−"), latex


def as_svg(plot: Strip) -> Markup:
    """The plot as an element of the page, in the page's colours and letters."""
    wide, tall = LEFT + WIDTH + RIGHT, ABOVE + HEIGHT + BELOW
    parts = [
        f'<svg class="strip" viewBox="0 0 {wide:g} {tall:g}" role="img" aria-label="{escape(plot.note)}">',
        f'<path class="axis" d="M{LEFT:g} {ABOVE:g}V{ABOVE + HEIGHT:g}H{LEFT + WIDTH:g}"/>',
    ]
    if plot.expected is not None:
        parts.append(f'<path class="expected" d="M{LEFT:g} {_down(plot.expected)}h{WIDTH:g}"/>')
    for number, line in enumerate(plot.lines):
        steps = "L".join(f"{LEFT + x:.1f} {_down(y)}" for x, y in line)
        parts.append(f'<path class="run run{number % 2}" d="M{steps}"/>')
    parts += [
        f'<text x="{LEFT + x:.1f}" y="{tall - 4:g}" text-anchor="middle">{_power(p)}</text>' for x, p in plot.across
    ]
    parts += [f'<text x="{LEFT - 4:g}" y="{_down(y, -2.5)}" text-anchor="end">{t}</text>' for y, t, _ in plot.up]
    return Markup("".join([*parts, "</svg>"]))


def _down(y: float, shift: float = 0.0) -> str:
    """A height, counted from the top."""
    return f"{ABOVE + HEIGHT - y - shift:.1f}"


def _power(exponent: int) -> str:
    return str(10**exponent) if 0 <= exponent <= 2 else "10" + str(exponent).translate(_SUPERSCRIPTS)


def as_picture(plot: Strip) -> str:
    r"""The plot as a ``picture`` of LaTeX, its lines as operators of PDF, which no package has to know."""
    lines = [rf"\begin{{picture}}({LEFT + WIDTH + RIGHT:g},{BELOW + HEIGHT + ABOVE:g})(-{LEFT:g},-{BELOW:g})"]
    drawn = [_stroked([(0, HEIGHT), (0, 0), (WIDTH, 0)], _SOFT, 0.4)]
    if plot.expected is not None:
        drawn.append("[3 2.5] 0 d " + _stroked([(0, plot.expected), (WIDTH, plot.expected)], _SOFT, 0.5) + " [] 0 d")
    drawn += [_stroked(line, _RUNS[number % 2], 0.9) for number, line in enumerate(plot.lines)]
    lines.append(rf"\put(0,0){{\pdfliteral{{q 1 j {' '.join(drawn)} Q}}}}")
    for x, p in plot.across:
        lines.append(rf"\put({x:.1f},-9){{\makebox(0,0)[b]{{\tiny\color{{soft}}${_tex_power(p)}$}}}}")
    lines += [rf"\put(-3,{y:.1f}){{\makebox(0,0)[r]{{\tiny\color{{soft}}${t}$}}}}" for y, _, t in plot.up]
    return "".join(f"{line}%\n" for line in lines) + r"\end{picture}"


def _stroked(points: Sequence[Point], colour: str, width: float) -> str:
    """Operators of PDF that draw a line."""
    first, *rest = [f"{x:.1f} {y:.1f}" for x, y in points]
    return f"{colour} RG {width:g} w {first} m {' '.join(f'{p} l' for p in rest)} S"


def _tex_power(exponent: int) -> str:
    return str(10**exponent) if 0 <= exponent <= 2 else f"10^{{{exponent}}}"
