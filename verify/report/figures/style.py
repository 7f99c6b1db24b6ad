"""How every figure looks, and how a drawing becomes SVG for the page and PDF for the book, equal for equal data.

Colours are those of Okabe and Ito, which keep apart for the common kinds of colour blindness; lines differ in dashes
as well. Letters are drawn as paths, so that a figure looks the same everywhere and no font has to be there.
"""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE = "#0072b2", "#d55e00", "#009e73", "#b5579b", "#56b4e9", "#e69f00"
INK, SOFT, LINE = "#1d2126", "#5a6370", "#c9c9c2"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, INK)
DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (3, 1.2)), (0, (5, 1.2, 1.2, 1.2)), (0, (1.2, 1.2)))
WIDTH = 7.0  # inches: of a figure as wide as the page
_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "mathtext.fontset": "cm",
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 7,
    "axes.labelsize": 8,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.minor.width": 0.5,
    "lines.linewidth": 1.5,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.handlelength": 2.2,
    "text.color": INK,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "svg.fonttype": "path",
    "pdf.fonttype": 3,
    "axes.formatter.use_mathtext": True,
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
}
_NAMES = re.compile(r'(\bid="|href="#|url\(#)([^")]+)')
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</style>\s*</defs>\s*", re.DOTALL)
_JOINS = '<svg stroke-linejoin="round" stroke-linecap="butt" '  # matplotlib says it in a style sheet for the page
_SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')
_PATH = re.compile(r'(?<= d=")[^"]*')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def styled() -> Any:
    """The context in which a figure is made and written: this style, and nothing of the user's."""
    return matplotlib.rc_context({**matplotlib.rcParamsDefault, **_RC, "backend": matplotlib.get_backend()})


def panels(
    columns: int,
    rows: int = 1,
    height: float = 2.7,
    width: float = WIDTH,
    **options: Any,
) -> tuple[Figure, Any]:
    """A figure and its axes, laid out without overlaps."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


def note(axes: Axes, text: str, at: tuple[float, float], **options: Any) -> None:
    """A remark inside the axes, at fractions of their width and height."""
    axes.text(at[0], at[1], text, transform=axes.transAxes, color=SOFT, fontsize=7.5, **options)


def as_svg(figure: Figure, name: str) -> str:
    """The drawing as one element of a page; its ids begin with the name, so that two figures share none."""
    stream = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})
    element = _METADATA.sub("", _PROLOGUE.sub("", stream.getvalue()))
    element = _NAMES.sub(rf"\g<1>{name}-\g<2>", element)
    element = _PATH.sub(lambda path: _NUMBER.sub(_short, path[0]), element)
    element = element.replace("<svg ", _JOINS, 1)
    return _SIZE.sub("", element)


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def as_pdf(figure: Figure) -> bytes:
    """The drawing as a PDF of one page, without dates."""
    stream = io.BytesIO()
    FigureCanvasPdf(figure).print_pdf(stream, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return stream.getvalue()
