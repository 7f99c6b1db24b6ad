"""The page: one file that needs no network, with the mathematics set by the KaTeX that is vendored beside it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from . import plain
from .entries import anchor
from .figures import Picture
from .formulas import breakable, is_safe, sentence, width
from .model import Report, by_verdict, title
from .strips import Strip, as_svg
from .verdicts import CLAIMS, LOOKS, STATEMENTS, look

NAME = "report.html"
_HALF = 34  # letters of mathematics in half a line of the page
_HERE = Path(__file__).parent
_KATEX = _HERE / "assets" / "katex"
_FONT = re.compile(r'url\(fonts/(KaTeX_[\w-]+)\.woff2\) format\("woff2"\)(?:,url\([^)]*\) format\("\w+"\))*')


def render_html(
    report: Report,
    graphs: Sequence[tuple[str, str]] = (),
    graph_note: str = "",
    pictures: Sequence[Picture] = (),
    plots: Mapping[str, Strip] = {},
) -> str:
    """The whole page.

    Args:
        graphs: title and SVG, made by this package, of the graphs of claims.
        graph_note: what to say in place of the graphs.
        pictures: SVG made by this package.
        plots: by claim id.
    """
    return standalone(
        "report.html.j2",
        report,
        graphs=[(name, Markup(drawing)) for name, drawing in graphs],
        graph_note=graph_note,
        pictures=list(pictures),
        plots=plots,
        claim_looks=list(CLAIMS.values()),
        statement_looks=list(STATEMENTS.values()),
    )


def standalone(template: str, report: Report, **values: Any) -> str:
    """A page in one file: styles, fonts and scripts inside, nothing to load."""
    scripts = [_text(_KATEX / "katex.min.js"), _text(_HERE / "assets" / "report.js")]
    return (
        _environment()
        .get_template(template)
        .render(
            report=report,
            scripts=[Markup(script) for script in scripts],
            styles=[Markup(_katex_style()), Markup(_text(_HERE / "assets" / "report.css"))],
            policy=_policy(scripts),
            looks=list(LOOKS.values()),
            **values,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"look": look, "by_verdict": by_verdict, "anchor": anchor, "beside": _beside}
    environment.tests["safe_latex"] = is_safe
    environment.tests["has"] = lambda group, item: item in group
    environment.filters |= {"title_of": title, "integer": plain.integer, "prose": _prose, "breakable": breakable}
    environment.filters |= {"id": id, "drawing": Markup, "sentence": sentence, "plot": as_svg}
    return environment


def _beside(ours: str, theirs: str) -> bool:
    """Whether two formulas are short enough to stand side by side."""
    return width(ours) <= _HALF and width(theirs) <= _HALF


def _prose(text: str) -> Markup:
    """Running text, with indices set low."""
    pieces = (
        Markup("<sub>{}</sub>").format(p) if low else escape(p) for p, low in plain.subscripts(plain.prettify(text))
    )
    return Markup("").join(pieces)


def _policy(scripts: list[str]) -> str:
    """Nothing is loaded, and no script runs but the page's own two, known by their digests."""
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    allowed = f"style-src 'unsafe-inline'; font-src data:; script-src {digests}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _katex_style() -> str:
    """KaTeX's style sheet with its fonts inside."""
    return _FONT.sub(lambda match: f'url({_font(match[1])}) format("woff2")', _text(_KATEX / "katex.min.css"))


def _font(name: str) -> str:
    data = (_KATEX / "fonts" / f"{name}.woff2").read_bytes()
    return "data:font/woff2;base64," + base64.b64encode(data).decode()


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
